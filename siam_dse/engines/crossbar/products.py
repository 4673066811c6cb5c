"""SRAM crossbars that one operand of a product of two activations is written into (``product_unit: sram_cim``)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, freeze
from siam_dse.design.designs import Designs
from siam_dse.design.in_sram import has_product_crossbars, with_operands
from siam_dse.engines.crossbar.design_case import CROSSBAR_FIELDS, case_of_designs
from siam_dse.engines.crossbar.energy import CrossbarEnergy
from siam_dse.engines.crossbar.engine import crossbar_unit
from siam_dse.engines.crossbar.loading import LayerShapes
from siam_dse.mapping.crossbars import columns_per_weight
from siam_dse.technology.series import at_node
from siam_dse.workload.network import Network

# Fields of a design that these crossbars depend on.
PRODUCT_FIELDS = (*CROSSBAR_FIELDS, "product_unit")


@dataclass(frozen=True)
class ProductCrossbars:
    """One such crossbar of U designs, and reading products through them; SI, read-only, 0 where products are digital.

    ``is_used`` are the designs that have them. ``columns`` hold one value; ``row_write_s`` is the time of writing a
    row, ``value_write_j`` the energy of writing a value; ``read_j`` that of all bit-vectors of each product, (U, L).
    """

    is_used: BoolArray
    area_m2: FloatArray
    leakage_w: FloatArray
    position_s: FloatArray
    fill_s: FloatArray
    row_write_s: FloatArray
    value_write_j: FloatArray
    columns: IntArray
    read_j: FloatArray


def product_crossbars(designs: Designs, network: Network) -> ProductCrossbars:
    """Crossbars of SRAM that a product's second operand is written into, and its first one is applied to.

    They are the design's crossbars with cells of SRAM: as large, with the same converters, read the same way. The
    second operand has the bits of an activation, in as many columns a value as ``weight_mapping`` gives a weight of so
    many bits. A row is written in a cycle of the clock.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``PRODUCT_FIELDS``.
    network : Network

    Returns
    -------
    ProductCrossbars

    Notes
    -----
    Energy: h m c vectors of k rows through n columns x columns a value each (c the causal share), as a weight layer's.
    """
    is_used = has_product_crossbars(designs)
    rows = np.flatnonzero(is_used)
    if not len(rows) or network.product_heads.max() == 0:
        none, nowhere = np.zeros(len(designs)), np.zeros((len(designs), network.n_layers))
        return ProductCrossbars(is_used, none, none, none, none, none, none, none.astype(np.int64), nowhere)
    sram = with_operands(designs, rows)
    unit, columns = crossbar_unit(sram), columns_per_weight(sram)
    bit_j = at_node(designs.technology.constants("digital"), "sram_nodes", "sram_write", sram.node_nm)
    return ProductCrossbars(
        is_used=is_used,
        area_m2=_scattered(is_used, unit.area_m2),
        leakage_w=_scattered(is_used, unit.leakage_w),
        position_s=_scattered(is_used, unit.position_s),
        fill_s=_scattered(is_used, unit.fill_s),
        row_write_s=_scattered(is_used, 1 / sram.clock_hz),
        value_write_j=_scattered(is_used, columns * bit_j),
        columns=_scattered(is_used, columns).astype(np.int64),
        read_j=_scattered(is_used, _Reading(sram, network, case_of_designs(sram)).energy_j),
    )


def _scattered(is_used: BoolArray, values: FloatArray | IntArray) -> FloatArray:
    """Values of the designs that have crossbars for products among zeros, (U, ...)."""
    out = np.zeros((len(is_used), *values.shape[1:]), dtype=values.dtype)
    out[is_used] = values
    return freeze(out)


class _Reading(CrossbarEnergy):
    """Energy of bit-vectors of products: a second operand of k x n is a layer of k rows and n outputs."""

    @cached_property
    def _shapes(self) -> LayerShapes:
        network = self.network
        return LayerShapes(
            rows=np.maximum(network.product_k, 1),
            channels_out=np.maximum(network.product_n, 1),
            groups=np.ones(network.n_layers, dtype=np.int64),
            activity=np.full(network.n_layers, np.nan),
            vectors=network.product_heads * network.product_m * network.product_causal,
        )
