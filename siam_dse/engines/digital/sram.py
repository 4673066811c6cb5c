"""Products of two activations in SRAM crossbars: the second operand is written, the first one applied bit by bit.

The crossbars of a chiplet are shared by its products, so an operand is written anew for each of them in every pass: in
decode the whole cache of keys and values too.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.design.designs import Designs
from siam_dse.engines.digital.unit import DigitalUnit
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.workload.network import Network

# Fields of a design that products in crossbars depend on, beside the crossbars' own.
SRAM_FIELDS = ("product_crossbars_per_chiplet", "crossbar_rows", "crossbar_cols")


@dataclass(frozen=True)
class Operands:
    """Second operands of the products at ``rows`` in crossbars of U designs; (U, n)."""

    row_blocks: IntArray
    column_blocks: IntArray
    crossbars: IntArray  # that hold the operands of all heads; heads that share one share its crossbars


def operands(designs: Designs, network: Network, rows: IntArray, columns: IntArray) -> Operands:
    """Crossbars that second operands take: h_kv ceil(k / R) ceil(n c / C), ``columns`` c a value, (U,)."""
    row_blocks = ceil_div(network.product_k[rows], designs.crossbar_rows[:, None])
    column_blocks = ceil_div(network.product_n[rows] * columns[:, None], designs.crossbar_cols[:, None])
    return Operands(row_blocks, column_blocks, network.product_kv_heads[rows] * row_blocks * column_blocks)


def sram_energy(
    designs: Designs, network: Network, rows: IntArray, unit: DigitalUnit, crossbars: Any, new: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Energy of products in crossbars, and of writing their second operands, (U, n) [J] each.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``SRAM_FIELDS``.
    network : Network
    rows : (n,)
        The products.
    unit : DigitalUnit
    crossbars : ProductCrossbars
        Both of the same designs.
    new : (n,)
        Values that the pass adds to the cache.

    Notes
    -----
    Products: reading the crossbars; h m k ceil(n c / C) c_s values read from the unit's buffer (c_s the causal share),
    h m n c_s written to it; a lane's operation for each sum of two row blocks. Writing: h_kv k n values, read from the
    buffer.
    """
    held = operands(designs, network, rows, crossbars.columns)
    h, m, k, n, causal = (
        getattr(network, f"product_{name}")[rows].astype(np.float64) for name in ("heads", "m", "k", "n", "causal")
    )
    outputs, written = h * m * n * causal, network.product_kv_heads[rows] * k * n
    reading = (
        crossbars.read_j[:, rows]
        + h * m * k * held.column_blocks * causal * unit.read_j[:, None]
        + (outputs + new) * unit.write_j[:, None]
        + outputs * (held.row_blocks - 1) * unit.simple_j[:, None]
    )
    return reading, written * (unit.read_j + crossbars.value_write_j)[:, None]


def sram_latency(
    designs: Designs, network: Network, rows: IntArray, crossbars: Any, chiplets: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Time of products in crossbars, and what of it writes second operands, (U, n) [s] each.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``SRAM_FIELDS``.
    network : Network
    rows : (n,)
        The products.
    crossbars : ProductCrossbars
        Of the same designs.
    chiplets : (U, n)
        Whose crossbars a product has.

    Notes
    -----
    ceil(crossbars needed / those there) rounds, of min(k, R) rows written one after the other, all crossbars at once,
    and ceil(h / h_kv) m vectors read bit by bit. A mask spares energy, but no time.
    """
    held = operands(designs, network, rows, crossbars.columns)
    rounds = ceil_div(held.crossbars, designs.product_crossbars_per_chiplet[:, None] * chiplets)
    written = np.minimum(network.product_k[rows], designs.crossbar_rows[:, None])
    write_s = rounds * written * crossbars.row_write_s[:, None]
    vectors = network.product_m[rows] * ceil_div(network.product_heads[rows], network.product_kv_heads[rows])
    read_s = rounds * (vectors * crossbars.position_s[:, None] + crossbars.fill_s[:, None])
    return write_s + read_s, write_s
