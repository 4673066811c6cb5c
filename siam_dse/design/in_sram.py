"""Designs as products of two activations see them: crossbars whose cells are of SRAM and hold activations."""

import numpy as np

from siam_dse.core.arrays import BoolArray, IntArray
from siam_dse.design.designs import Designs, DesignsOnDemand
from siam_dse.design.fields import code


def has_product_crossbars(designs: Designs) -> BoolArray:
    """Designs whose products take place in SRAM crossbars, (U,)."""
    return np.asarray(designs.product_unit == code("product_unit", "sram_cim"))


def with_operands(designs: Designs, rows: IntArray) -> Designs:
    """Designs at ``rows`` with cells of SRAM, and activations for weights."""
    columns = {
        "cell": np.full(len(rows), code("cell", "sram")),
        "cell_bits": np.ones(len(rows), dtype=np.int64),
        "weight_bits": designs.activation_bits[rows],
    }
    return DesignsOnDemand(designs, rows, columns)
