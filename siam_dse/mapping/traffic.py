"""Transfers: what moves between layers, in bits an image. NoC and NoP turn them into time and energy."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, of_layers
from siam_dse.core.loops import for_loop, takes_loop
from siam_dse.core.once import once
from siam_dse.design.designs import Designs
from siam_dse.mapping.held import earlier_readers
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.precision import partial_sum_bits
from siam_dse.mapping.split import (
    PackageSums,
    chiplet_sum_bits,
    exceeds_chiplet,
    input_share,
    readers,
    sums_over_package,
)
from siam_dse.workload.network import EDGE_KINDS, HOST, Network

# Fields of a design that the traffic depends on, beside those of the mapping.
TRAFFIC_FIELDS = ("activation_bits", "adc_bits", "adc_bits_first_last")

_SAVED_S = 1e-7  # CPU time that loops save a mapping's layer, measured
_SAVED_BITS_S = 3e-9  # and a design's layer, for the bits of values moved, measured
_INPUT = EDGE_KINDS.index("input")
_ROUNDED = 1e-12  # of a volume: less is none left

TRANSFER_KINDS = ("activation", "residual", "partial_sum", "input", "output")


@dataclass(frozen=True)
class Transfers:
    """T transfers of a network, the same list for every design; arrays are (T,) or (U, T).

    ``producer`` and ``consumer`` are layers (``HOST`` for the port beside the package); a partial sum has its layer on
    both ends. ``layer`` is the layer whose latency and energy the transfer counts for: the consumer, or for an output
    the producer.

    ``accumulated`` is the share of a transfer that starts at the global accumulator beside the host port, since it was
    added up there: a copy of its producer exceeds a chiplet. A partial sum that crosses ends there.

    Of each transfer, ``tile_bits`` are all bits that enter tiles (a feature map once for each column block that reads
    it), and ``chiplet_bits`` the bits that each destination chiplet takes in if the transfer crosses the NoP (a datum
    once a chiplet, however many tiles and layers there read it; the copies for them are made inside). Of a partial sum,
    ``chiplet_bits`` are the bits that each of the layer's chiplets sends out. ``readers`` are the tiles of a copy that
    read each value of a map.
    """

    kind: IntArray  # (T,) code in TRANSFER_KINDS
    producer: IntArray  # (T,)
    consumer: IntArray  # (T,)
    layer: IntArray  # (T,)
    tile_bits: FloatArray  # (U, T)
    chiplet_bits: FloatArray  # (U, T)
    crosses: BoolArray  # (U, T)
    accumulated: FloatArray  # (U, T)
    readers: IntArray  # (U, T)

    @property
    def is_sum(self) -> BoolArray:
        """Partial sums, (T,): one a layer, in their order; the others carry feature maps."""
        return np.asarray(self.kind == TRANSFER_KINDS.index("partial_sum"))

    def take(self, rows: Any) -> "Transfers":
        """Transfers of the keys at ``rows``."""
        per_key = ("tile_bits", "chiplet_bits", "crosses", "accumulated", "readers")
        return replace(self, **{name: getattr(self, name)[rows] for name in per_key})


@dataclass(frozen=True)
class _Part:
    """Some transfers: the (U, T) fields of :class:`Transfers` for a slice of T."""

    tile_bits: FloatArray
    chiplet_bits: FloatArray
    crosses: BoolArray
    accumulated: FloatArray


def transfers(designs: Designs, network: Network, mapping: ChipMapping) -> Transfers:
    """Every transfer that physics needs for one image.

    - Along each input edge the consumer's input bits go to every column block of tiles that reads them; copies of a
      layer share the input between them (the halo of overlapping windows is left out). Across the NoP a datum goes once
      to each chiplet that needs it: the share of the input that its tiles read (:func:`input_share`). The first layer
      of a chiplet that needs a map brings it there, the chiplet's buffer keeps it (:mod:`siam_dse.mapping.held`), and a
      later one adds what it needs beyond that: nothing, if it reads no more of the map. On chip the map comes from the
      perimeter for each of them, as the buffer has no place of its own on the mesh.
    - A residual edge carries its own bits once to the layer whose output it is added to, an equal part to each of the
      layer's chiplets; so does an operand. A product reads its first operand once too: heads are spread over its
      chiplets, each where its queries, keys and values are made, unless those come from the global accumulator.
    - A layer with several row blocks sends its partial sums to the tiles of its first row block; only where a column
      block of one copy lies on several chiplets do the chiplets' sums cross the NoP to the global accumulator beside
      the host port (:func:`sums_over_package`).
    - The host sends the network's input and takes its output, after pooling.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``MAPPING_FIELDS`` and ``TRAFFIC_FIELDS``.
    network : Network
    mapping : ChipMapping
        Of the same designs.

    Returns
    -------
    Transfers
        T = edges + layers + outputs.

    Notes
    -----
    Partial sums of a layer: ``tile_bits`` are those of max(row blocks - sums that no other of the same chiplet is added
    to, 0) sums of every output, as wide as a tile's (:func:`siam_dse.mapping.precision.partial_sum_bits`); those that
    chiplets send (:func:`sums_over_package`) are as wide as what a chiplet adds up (:func:`chiplet_sum_bits`).
    """
    of_tiles = partial_sum_bits(designs, network)
    of_chiplets = sent_sum_bits(designs, network, mapping, np.arange(len(designs)), of_tiles)
    return _transfers(network, mapping, designs.activation_bits, of_tiles, of_chiplets)


def transfers_of_values(designs: Designs, network: Network, mapping: ChipMapping) -> Transfers:
    """:func:`transfers` of values of one bit each, for designs that differ in ``MAPPING_FIELDS`` only.

    Volumes are proportional to the bits of a value: ``activation_bits`` of a feature map, of a partial sum those of
    :func:`siam_dse.mapping.precision.partial_sum_bits`, or of :func:`sent_sum_bits` where it leaves a chiplet.
    """
    if takes_loop(mapping.tiles.size, _SAVED_S):
        return _looped(network, mapping)
    one, ones = np.ones(len(designs), dtype=np.int64), np.ones_like(mapping.tiles)
    return _transfers(network, mapping, one, ones, ones)


def sent_sum_bits(
    designs: Designs, network: Network, mapping: ChipMapping, rows: IntArray, tile_sum_bits: AnyArray
) -> AnyArray:
    """Bits of a sum that leaves a chiplet, of each layer.

    Parameters
    ----------
    designs : Designs (U)
    network : Network
    mapping : ChipMapping
    rows : (U,)
        Row of the mapping of each design.
    tile_sum_bits : (U, L) [bit]
        Of one tile: those of layers whose sums stay on a chiplet.

    Returns
    -------
    (U, L) [bit]
    """
    design, layer = np.nonzero(exceeds_chiplet(mapping)[rows])
    if not len(design):
        return tile_sum_bits
    bits = tile_sum_bits.copy()
    bits[design, layer] = chiplet_sum_bits(designs, network, mapping, design, rows[design], layer)
    return bits


def _transfers(
    network: Network, mapping: ChipMapping, value_bits: IntArray, tile_sum_bits: IntArray, sent_bits: IntArray
) -> Transfers:
    """Transfers of values of ``value_bits`` (U,) and of sums (U, L) that tiles and chiplets send."""
    sums = sums_over_package(mapping)
    parts = [
        _along_edges(network, mapping, value_bits, sums),
        _partial_sums(network, mapping, tile_sum_bits, sent_bits, sums),
        _outputs(network, value_bits, sums),
    ]
    names = _Part.__dataclass_fields__
    figures = {name: np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names}
    return Transfers(*_listed(network), **figures, readers=_reading(network, mapping))


def _reading(network: Network, mapping: ChipMapping) -> IntArray:
    """Tiles of a copy that read each value of a transfer, (U, T); 1 of what is no map."""
    out = np.ones((len(mapping.tiles), len(_listed(network)[0])), dtype=np.int64)
    is_input = np.flatnonzero(network.edge_kind == _INPUT)
    out[:, is_input] = of_layers(readers(network, mapping), network.edge_consumer[is_input])
    return out


@once
def _listed(network: Network) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Kind, producer, consumer and layer of every transfer, (T,) each: along edges, partial sums, outputs."""
    layers, outputs = np.arange(network.n_layers), np.flatnonzero(network.is_output)
    producer = np.concatenate([network.edge_producer, layers, outputs])
    consumer = np.concatenate([network.edge_consumer, layers, np.full(len(outputs), HOST)])
    is_residual = network.edge_kind == EDGE_KINDS.index("residual")
    of_edges = np.where(is_residual, TRANSFER_KINDS.index("residual"), TRANSFER_KINDS.index("activation"))
    of_edges = np.where(network.edge_producer == HOST, TRANSFER_KINDS.index("input"), of_edges)
    codes = TRANSFER_KINDS.index("partial_sum"), TRANSFER_KINDS.index("output")
    kind = np.concatenate([of_edges, np.full(len(layers), codes[0]), np.full(len(outputs), codes[1])])
    return kind, producer, consumer, np.where(consumer == HOST, producer, consumer)


@once
def _edges(network: Network, is_any_spread: bool) -> IntArray:
    """``edges`` of :func:`siam_dse.mapping.traffic_kernel.values_of`, (4, E)."""
    order = _by_producer(network)
    producer = network.edge_producer[order]
    earlier = [earlier_readers(network, producer, place, is_any_spread).start for place in range(len(order))]
    return np.stack([network.edge_producer, network.edge_consumer, order, np.array(earlier, dtype=np.int64)])


def _looped(network: Network, mapping: ChipMapping) -> Transfers:
    """:func:`_transfers` of values of one bit by compiled loops."""
    from siam_dse.mapping.traffic_kernel import values_of

    sums, outputs = sums_over_package(mapping), np.flatnonzero(network.is_output)
    own = mapping.first_chiplet, mapping.spanned_chiplets, readers(network, mapping), mapping.row_blocks
    shares = input_share(mapping, network), sums.share, sums.sent
    listed = _listed(network)
    shape = len(mapping.tiles), len(listed[0])
    tile_bits, chiplet_bits, met = (np.empty(shape) for _ in shares)
    crosses = np.empty(shape, dtype=bool)
    values_of(
        tuple(map(for_loop, own)),
        tuple(map(for_loop, shares)),
        _edges(network, bool(mapping.is_spread.any())),
        network.edge_values.astype(np.float64),
        network.edge_kind != _INPUT,
        network.is_product,
        network.output_values.astype(np.float64),
        outputs,
        network.pooled_values[outputs].astype(np.float64),
        mapping.is_spread,
        tile_bits,
        chiplet_bits,
        met,
        crosses,
    )
    return Transfers(*listed, tile_bits, chiplet_bits, crosses, met, _reading(network, mapping))


def bits_of_values(values: FloatArray, rows: IntArray, *widths: AnyArray) -> FloatArray:
    """Bits of what moves, from values of one bit each.

    Parameters
    ----------
    values : (M, K, L)
        Of M mappings and K kinds of values: those of feature maps, and those of partial sums.
    rows : (U,)
        Mapping of each design.
    *widths : (U, 1) or (U, L) [bit]
        Of a value of each kind.

    Returns
    -------
    (U, L) float64 [bit]
    """
    bits: FloatArray
    if takes_loop(len(rows) * values.shape[2], _SAVED_BITS_S):
        from siam_dse.mapping.traffic_kernel import bits_of

        bits = np.zeros((len(rows), values.shape[2]))
        bits_of(values, rows, tuple(for_loop(width.astype(np.float64, copy=False)) for width in widths), bits)
        return bits
    bits = values[rows, -1]
    bits *= widths[-1]
    for kind, width in enumerate(widths[:-1]):
        bits += values[rows, kind] * width
    return bits


def _along_edges(network: Network, mapping: ChipMapping, value_bits: IntArray, sums: PackageSums) -> _Part:
    """Feature maps along the edges, E of them: inputs, residuals and operands."""
    producer, consumer = network.edge_producer, network.edge_consumer
    is_added = network.edge_kind != _INPUT
    bits = (network.edge_values * value_bits[:, None]).astype(np.float64)  # (U, E)
    blocks = np.where(is_added, 1, of_layers(readers(network, mapping), consumer))
    from_host = producer == HOST
    inner = np.where(from_host, 0, producer)
    met = of_layers(sums.share, inner)
    is_beside = network.is_product[consumer]  # reads on the producer's chiplets what does not come from the accumulator
    first = mapping.first_chiplet
    apart = (of_layers(first, inner) != of_layers(first, consumer)) | (is_beside & (met > 0))
    if mapping.is_spread.any():
        spans = mapping.spanned_chiplets[:, inner], mapping.spanned_chiplets[:, consumer]
        stays = is_beside & (spans[0] == spans[1]) | (np.maximum(*spans) == 1)
        apart |= mapping.is_spread[:, None] & ~stays
    read = of_layers(input_share(mapping, network), consumer)
    share = np.where(is_added, 1 / of_layers(mapping.spanned_chiplets, consumer), read)
    return _Part(
        tile_bits=bits * blocks,
        chiplet_bits=_not_yet_there(network, mapping, bits * share),
        crosses=apart | from_host,
        accumulated=np.where(from_host, 0.0, met),
    )


def _not_yet_there(network: Network, mapping: ChipMapping, needed: FloatArray) -> FloatArray:
    """Of what each edge's consumer needs on each of its chiplets, what no earlier reader of the map brought there.

    Parts of one map are taken to overlap as far as they can; those that a product reads are apart. Chiplets are filled
    in layer order, so readers of a map on one chiplet follow one another unless layers share weights; where layers are
    dealt out only those on the same run of chiplets count.

    Parameters
    ----------
    network : Network
    mapping : ChipMapping
    needed : (U, E) [bit]

    Returns
    -------
    (U, E) float64 [bit]
    """
    order = _by_producer(network)
    producer, consumer = network.edge_producer[order], network.edge_consumer[order]
    again = np.flatnonzero(producer[1:] == producer[:-1]) + 1
    if not len(again):
        return needed
    chiplet, there = np.ascontiguousarray(mapping.first_chiplet.T), np.ascontiguousarray(needed.T)
    spanned = np.ascontiguousarray(mapping.spanned_chiplets.T)
    out = there.copy()
    for place in again.tolist():
        edge, brought = order[place], np.zeros(len(needed))
        for before in earlier_readers(network, producer, place, bool(mapping.is_spread.any())):
            same_place = chiplet[consumer[place]] == chiplet[consumer[before]]
            same_place &= spanned[consumer[place]] == spanned[consumer[before]]
            brought = np.where(same_place, there[order[before]], brought)
        brought *= not network.is_product[consumer[place]]
        left = there[edge] - brought
        out[edge] = np.where(left > _ROUNDED * there[edge], left, 0)
        np.maximum(there[edge], brought, out=there[edge])
    return out.T


@once
def _by_producer(network: Network) -> IntArray:
    """Edges by producer, consumer and kind, (E,)."""
    return np.lexsort((network.edge_kind, network.edge_consumer, network.edge_producer))


def kept_values(network: Network, mapping: ChipMapping) -> FloatArray:
    """Of each layer's input, the values that its chiplet's buffer keeps since an earlier layer there read them, (U, L).

    As :func:`transfers` brings a map to a chiplet once; what is added to an output is left out.
    """
    is_input, kept = network.edge_kind == _INPUT, np.zeros(mapping.tiles.shape)
    values = np.where(is_input, network.edge_values, 0).astype(np.float64)
    again = np.flatnonzero((values > 0) & _is_read_again(network))
    if takes_loop(kept.size, _SAVED_S):
        from siam_dse.mapping.traffic_kernel import kept_of

        edges = _edges(network, bool(mapping.is_spread.any()))
        where = for_loop(mapping.first_chiplet), for_loop(mapping.spanned_chiplets)
        kept_of(*where, edges, values, network.is_product, again, kept)
        return kept
    if not len(again):
        return kept
    brought = _not_yet_there(network, mapping, np.tile(values, (len(kept), 1)))
    for edge in again.tolist():
        kept[:, network.edge_consumer[edge]] += values[edge] - brought[:, edge]
    return kept


@once
def _is_read_again(network: Network) -> BoolArray:
    """Edges whose producer has one before them in the order of producers, (E,)."""
    order, out = _by_producer(network), np.zeros(len(network.edge_producer), dtype=bool)
    producer = network.edge_producer[order]
    out[order[1:]] = producer[1:] == producer[:-1]
    return out


def _partial_sums(
    network: Network, mapping: ChipMapping, tile_sum_bits: IntArray, sent_bits: IntArray, sums: PackageSums
) -> _Part:
    """Partial sums of layers with several row blocks."""
    bits = network.output_values * tile_sum_bits.astype(np.float64)  # (U, L) one sum of each output
    ends = sums.sent + (1 - sums.share)  # sums of an output that no other of the same chiplet is added to
    return _Part(
        tile_bits=np.asarray(bits * np.maximum(mapping.row_blocks - ends, 0)),
        chiplet_bits=network.output_values * sent_bits * sums.sent / mapping.spanned_chiplets,
        crosses=sums.sent > 0,
        accumulated=np.zeros(bits.shape),
    )


def _outputs(network: Network, value_bits: IntArray, sums: PackageSums) -> _Part:
    """The network's outputs, pooled, to the host."""
    layers = np.flatnonzero(network.is_output)
    bits = (network.pooled_values[layers] * value_bits[:, None]).astype(np.float64)
    return _Part(
        tile_bits=bits,
        chiplet_bits=bits,
        crosses=np.ones(bits.shape, dtype=bool),
        accumulated=of_layers(sums.share, layers),
    )
