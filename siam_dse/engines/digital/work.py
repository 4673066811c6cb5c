"""What the digital units do in one inference: energy and time of products of two activations and of vector work.

Products take place in systolic arrays, or in SRAM crossbars (:mod:`siam_dse.engines.digital.sram`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, freeze, read_only
from siam_dse.design.designs import Designs
from siam_dse.engines.digital.sram import SRAM_FIELDS, sram_energy, sram_latency
from siam_dse.engines.digital.unit import DigitalUnit
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.workload.network import EDGE_KINDS, VECTOR_SORTS, Network

# Fields of a design that the time of the work depends on, beside its mapping and its units.
TIME_FIELDS = (*SRAM_FIELDS, "mac_arrays_per_chiplet", "mac_array_side", "vector_lanes", "digital_clock_hz")


@dataclass(frozen=True)
class DigitalEnergy:
    """Energy of the digital units by layer, (U, L) [J], read-only."""

    products_j: FloatArray
    operand_writes_j: FloatArray  # into SRAM crossbars; arrays are loaded within the products' energy
    vectors_j: FloatArray

    @property
    def energy_j(self) -> FloatArray:
        """Of all."""
        return self.products_j + self.operand_writes_j + self.vectors_j

    @property
    def by_component(self) -> dict[str, FloatArray]:
        """By component."""
        parts = {"products": self.products_j, "operand_writes": self.operand_writes_j}
        return {**parts, "vectors": self.vectors_j}


@dataclass(frozen=True)
class DigitalTimes:
    """Latency of layers in digital units, (U, L) [s], read-only."""

    latency_s: FloatArray
    operand_writes_s: FloatArray  # of it, into SRAM crossbars


def vector_work(network: Network) -> FloatArray:
    """Values that the vector unit works on after each layer, by sort, (4, L)."""
    return network.vector.astype(np.float64)


def has_vectors(network: Network) -> bool:
    """Whether the network has work for vector units."""
    return bool(network.vector.any())


def cached_values(network: Network) -> tuple[IntArray, IntArray]:
    """Values of keys and values that earlier tokens left, and those that this pass adds, (L,) each.

    Of a cached operand edges bring what is new; the rest is read from the cache.
    """
    every = np.where(network.product_cached, network.product_kv_heads * network.product_k * network.product_n, 0)
    is_operand = (network.edge_kind == EDGE_KINDS.index("operand")) & network.product_cached[network.edge_consumer]
    new = np.zeros(network.n_layers, dtype=np.int64)
    np.add.at(new, network.edge_consumer[is_operand], network.edge_values[is_operand])
    return every - new, new


def digital_energy(designs: Designs, network: Network, unit: DigitalUnit, crossbars: Any) -> DigitalEnergy:
    """Energy of products and of vector work.

    A product keeps k x n tiles of its second operand in an array of s x s elements while the m rows of the first one
    stream through it, tile after tile. Operands come from the unit's own buffer, results go there. Products in SRAM
    crossbars: :func:`siam_dse.engines.digital.sram.sram_energy`.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``mac_array_side`` and ``SRAM_FIELDS``.
    network : Network
    unit : DigitalUnit
    crossbars : ProductCrossbars
        Both of the same designs.

    Returns
    -------
    DigitalEnergy

    Notes
    -----
    Product: h m k n c multiply-accumulates (c the causal share) at e_mac; reads h m k ceil(n / s) c + h_kv k n, writes
    h m n c; control of an array for each cycle of its passes. What is new of a cached operand is written once more.
    Vectors: N e of the sort of operation, and N values read and written.
    """
    n_layers, n_designs = network.n_layers, len(designs)
    products, operand_writes, vectors = (np.zeros((n_designs, n_layers)) for _ in range(3))
    rows = np.flatnonzero(network.product_heads)
    if len(rows):
        h, m, k, n, causal = _shapes(network, rows)
        side = designs.mac_array_side[:, None]
        reads = h * m * k * ceil_div(network.product_n[rows], side) * causal + network.product_kv_heads[rows] * k * n
        _, new = cached_values(network)
        writes = h * m * n * causal + new[rows]
        macs = network.product_macs[rows].astype(np.float64)
        products[:, rows] = (
            macs * unit.mac_j[:, None]
            + reads * unit.read_j[:, None]
            + writes * unit.write_j[:, None]
            + _array_cycles(network, rows, side) * unit.array_cycle_j[:, None]
        )
        if crossbars.is_used.any():
            in_sram = sram_energy(designs, network, rows, unit, crossbars, new[rows])
            for energy, own in zip((products, operand_writes), in_sram, strict=True):
                energy[:, rows] = np.where(crossbars.is_used[:, None], own, energy[:, rows])
    passed_j = unit.read_j + unit.write_j
    for sort, values in zip(VECTOR_SORTS, vector_work(network), strict=True):
        if values.any():
            vectors += values * (getattr(unit, f"{sort}_j") + passed_j)[:, None]
    return DigitalEnergy(freeze(products), freeze(operand_writes), freeze(vectors))


def digital_latency(
    designs: Designs, network: Network, mapping: ChipMapping, rows: IntArray, crossbars: Any
) -> DigitalTimes:
    """Time of products and of vector work after each layer.

    The work of a layer is spread over the units of its chiplets, those that exist, and nothing overlaps with it.
    Products in SRAM crossbars: :func:`siam_dse.engines.digital.sram.sram_latency`.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``TIME_FIELDS``.
    network : Network
    mapping : ChipMapping
    rows : (U,)
        Row of the mapping of each design.
    crossbars : ProductCrossbars
        Of the same designs.

    Returns
    -------
    DigitalTimes

    Notes
    -----
    Products: ceil(passes / arrays) (m + 2 s - 1) c cycles with h ceil(k / s) ceil(n / s) passes. Vectors: a cycle a
    value and lane, two of normalisation (moments, then scale), softmax_interval a value and softmax unit.

    References
    ----------
    HISIM's systolic array: a pass of m rows through s x s elements takes m + 2 s - 1 cycles.
    """
    cycles, in_sram, writes = (np.zeros((len(designs), network.n_layers)) for _ in range(3))
    spanned = np.minimum(mapping.spanned_chiplets, mapping.working_chiplets[:, None])[rows]
    products = np.flatnonzero(network.product_heads)
    if len(products):
        side, arrays = designs.mac_array_side[:, None], designs.mac_arrays_per_chiplet[:, None]
        _, m, _, _, causal = _shapes(network, products)
        rounds = ceil_div(_passes(network, products, side), arrays * spanned[:, products])
        is_digital = ~crossbars.is_used[:, None]
        cycles[:, products] = rounds * (m + 2 * side - 1) * causal * is_digital
        if crossbars.is_used.any():
            of_sram = sram_latency(designs, network, products, crossbars, spanned[:, products])
            in_sram[:, products], writes[:, products] = (np.where(is_digital, 0, times) for times in of_sram)
    if has_vectors(network):
        c = designs.technology.constants("digital")
        lanes = designs.vector_lanes[:, None] * spanned
        units = np.maximum(np.floor(designs.vector_lanes / c["lanes_per_softmax"]), 1)[:, None] * spanned
        work = dict(zip(VECTOR_SORTS, vector_work(network), strict=True))
        cycles += np.ceil(work["simple"] / lanes) + np.ceil(work["special"] / lanes)
        cycles += c["norm_passes"] * np.ceil(work["norm"] / lanes)
        cycles += c["softmax_interval"] * np.ceil(work["softmax"] / units)
    latency = cycles / designs.digital_clock_hz[:, None] + in_sram
    return DigitalTimes(read_only(latency), read_only(writes))


def _shapes(network: Network, rows: IntArray) -> tuple[FloatArray, ...]:
    """Heads, m, k, n and causal share of the products at ``rows``."""
    names = ("heads", "m", "k", "n", "causal")
    return tuple(getattr(network, f"product_{name}")[rows].astype(np.float64) for name in names)


def _passes(network: Network, rows: IntArray, side: IntArray) -> IntArray:
    """Tiles of second operands that go through arrays, (U, n)."""
    k, n = network.product_k[rows], network.product_n[rows]
    return np.asarray(network.product_heads[rows] * ceil_div(k, side) * ceil_div(n, side))


def _array_cycles(network: Network, rows: IntArray, side: IntArray) -> FloatArray:
    """Cycles of all passes together, (U, n)."""
    _, m, _, _, causal = _shapes(network, rows)
    return np.asarray(_passes(network, rows, side) * (m + 2 * side - 1) * causal)
