"""What the digital units do in one inference: energy and time of products of two activations and of vector work."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, freeze, read_only
from siam_dse.design.designs import Designs
from siam_dse.engines.digital.unit import DigitalUnit
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.workload.network import EDGE_KINDS, VECTOR_SORTS, Network

# Fields of a design that the time of the work depends on, beside its mapping and its units.
TIME_FIELDS = ("mac_arrays_per_chiplet", "mac_array_side", "vector_lanes", "digital_clock_hz")


@dataclass(frozen=True)
class DigitalEnergy:
    """Energy of the digital units by layer, (U, L) [J], read-only."""

    products_j: FloatArray
    vectors_j: FloatArray

    @property
    def energy_j(self) -> FloatArray:
        """Of both."""
        return self.products_j + self.vectors_j

    @property
    def by_component(self) -> dict[str, FloatArray]:
        """By component."""
        return {"products": self.products_j, "vectors": self.vectors_j}


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


def digital_energy(designs: Designs, network: Network, unit: DigitalUnit) -> DigitalEnergy:
    """Energy of products and of vector work.

    A product keeps k x n tiles of its second operand in an array of s x s elements while the m rows of the first one
    stream through it, tile after tile. Operands come from the unit's own buffer, results go there.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``mac_array_side``.
    network : Network
    unit : DigitalUnit
        Of the same designs.

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
    products, vectors = np.zeros((2, n_designs, n_layers))
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
    passed_j = unit.read_j + unit.write_j
    for sort, values in zip(VECTOR_SORTS, vector_work(network), strict=True):
        if values.any():
            vectors += values * (getattr(unit, f"{sort}_j") + passed_j)[:, None]
    return DigitalEnergy(freeze(products), freeze(vectors))


def digital_latency(designs: Designs, network: Network, mapping: ChipMapping, rows: IntArray) -> FloatArray:
    """Time of products and of vector work after each layer, (U, L) [s].

    The work of a layer is spread over the units of its chiplets, and nothing overlaps with it.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``TIME_FIELDS``.
    network : Network
    mapping : ChipMapping
    rows : (U,)
        Row of the mapping of each design.

    Returns
    -------
    (U, L) float64 [s]

    Notes
    -----
    Products: ceil(passes / arrays) (m + 2 s - 1) c cycles with h ceil(k / s) ceil(n / s) passes. Vectors: a cycle a
    value and lane, two of normalisation (moments, then scale), softmax_interval a value and softmax unit.

    References
    ----------
    HISIM's systolic array: a pass of m rows through s x s elements takes m + 2 s - 1 cycles.
    """
    cycles = np.zeros((len(designs), network.n_layers))
    spanned = mapping.spanned_chiplets[rows]
    products = np.flatnonzero(network.product_heads)
    if len(products):
        side, arrays = designs.mac_array_side[:, None], designs.mac_arrays_per_chiplet[:, None]
        _, m, _, _, causal = _shapes(network, products)
        rounds = ceil_div(_passes(network, products, side), arrays * spanned[:, products])
        cycles[:, products] = rounds * (m + 2 * side - 1) * causal
    if has_vectors(network):
        c = designs.technology.constants("digital")
        lanes = designs.vector_lanes[:, None] * spanned
        units = np.maximum(np.floor(designs.vector_lanes / c["lanes_per_softmax"]), 1)[:, None] * spanned
        work = dict(zip(VECTOR_SORTS, vector_work(network), strict=True))
        cycles += np.ceil(work["simple"] / lanes) + np.ceil(work["special"] / lanes)
        cycles += c["norm_passes"] * np.ceil(work["norm"] / lanes)
        cycles += c["softmax_interval"] * np.ceil(work["softmax"] / units)
    return read_only(cycles / designs.digital_clock_hz[:, None])


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
