"""Feature maps that chiplets hold: how much at once, in the order of execution."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, chunks, read_only
from siam_dse.core.loops import takes_loop
from siam_dse.core.once import once
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.split import input_share
from siam_dse.workload.lifetime import live_values
from siam_dse.workload.network import EDGE_KINDS, Network

_SAVED_S = 5e-8  # CPU time that loops save a mapping's layer, measured
_ELEMENTS = 2_000_000  # pairs of layers that wait, of mappings whose layers are dealt out, worked on at once


@dataclass(frozen=True)
class Held:
    """What chiplets hold while each layer runs; arrays (U, L)."""

    own: FloatArray  # values on each of the layer's chiplets that are held for the layer itself
    together: FloatArray  # values that each of these chiplets holds for all of its layers
    chiplets: FloatArray  # chiplets of the package that hold any value, each counted once


def held_values(network: Network, mapping: ChipMapping) -> FloatArray:
    """Most values that a chiplet holds at any time for those of its layers that do not come after each, (U, L).

    Layers run one after another. A chiplet holds what its layers read or add, from when it is made (the network's input
    from the start) until the last of them is done, and a map that several of them need once. Each chiplet of a split
    layer holds the share of the input that it reads, and as many parts of what is added as there are chiplets. What a
    layer makes goes to the chiplets that need it at once; the network's output goes to the host. Where layers are dealt
    out it is what the fullest chiplet of the package holds while each layer runs.

    Parameters
    ----------
    network : Network
        Layers in an order of execution.
    mapping : ChipMapping

    Returns
    -------
    (U, L) float64; the largest among the layers of a chiplet is what it holds at its fullest.
    """
    if takes_loop(mapping.tiles.size, _SAVED_S):
        return np.asarray(_looped(mapping, network)[-1])
    chiplet = np.ascontiguousarray(mapping.first_chiplet.T)
    peak = np.zeros(chiplet.shape)  # for the layers up to each at any step
    for waiting, holding in _steps(network, mapping):
        together, before = np.zeros(chiplet.shape[1]), -1
        for layer in waiting:
            if before >= 0:
                together *= chiplet[layer] == chiplet[before]
            together += holding[layer]
            np.maximum(peak[layer], together, out=peak[layer])
            before = layer
    out = np.ascontiguousarray(peak.T)
    _put_runs(network, mapping, {3: out})  # the fourth
    return out


def held_while_running(network: Network, mapping: ChipMapping) -> Held:
    """What the chiplets of each layer hold while it runs, counted as in :func:`held_values`.

    Where layers are dealt out their chiplets hold different layers' values: those together are of the fullest of them.

    Parameters
    ----------
    network : Network
        Layers in an order of execution.
    mapping : ChipMapping

    Returns
    -------
    Held
    """
    if takes_loop(mapping.tiles.size, _SAVED_S):
        return Held(*_looped(mapping, network)[:3])
    chiplet = np.ascontiguousarray(mapping.first_chiplet.T)
    spanned = np.ascontiguousarray(mapping.spanned_chiplets.T)
    own, together, chiplets = np.zeros((3, *chiplet.shape))
    for step, (waiting, holding) in enumerate(_steps(network, mapping)):
        own[step], before = holding[step], -1
        for layer in waiting:
            together[step] += holding[layer] * (chiplet[layer] == chiplet[step])
            chiplets[step] += spanned[layer] * (chiplet[layer] != chiplet[before]) if before >= 0 else spanned[layer]
            before = layer
    figures = [np.ascontiguousarray(values.T) for values in (own, together, chiplets)]
    _put_runs(network, mapping, dict(enumerate(figures)))
    return Held(*map(read_only, figures))


def _put_runs(network: Network, mapping: ChipMapping, figures: dict[int, FloatArray]) -> None:
    """Put what is held where layers are dealt out in ``figures``, (U, L), by their number in :func:`_looped`.

    Their runs of chiplets overlap. What they add up to is most where one of them begins.
    """
    dealt = np.flatnonzero(mapping.is_spread)
    if not len(dealt):
        return
    most_waiting = max(len(waiting) for _, waiting in _waiting(network))
    for part in chunks(len(dealt), max(_ELEMENTS // most_waiting**2, 1)):
        rows = dealt[part]
        own = mapping.take(rows)
        first = np.ascontiguousarray(own.first_chiplet.T)
        end = first + own.spanned_chiplets.T
        for step, (waiting, holding) in enumerate(_steps(network, own)):
            begin, stop, held = first[waiting], end[waiting], holding[waiting]  # (W, u)
            there = np.zeros(begin.shape)  # where each run begins
            for layer in waiting:
                there += holding[layer] * ((begin >= first[layer]) & (begin < end[layer]))
            here = np.where((begin >= first[step]) & (begin < end[step]), there, 0)
            chiplets = _covered(begin, np.where(held > 0, stop, begin))
            of_step = holding[step], here.max(axis=0), chiplets, there.max(axis=0)
            for number, values in figures.items():
                values[rows, step] = of_step[number]


def _covered(begin: IntArray, end: IntArray) -> IntArray:
    """Chiplets that some runs cover together, (W, u) -> (u,)."""
    order = np.argsort(begin, axis=0)
    begin, end = (np.take_along_axis(values, order, axis=0) for values in (begin, end))
    reached = np.zeros_like(end)  # by the runs before
    np.maximum.accumulate(end[:-1], axis=0, out=reached[1:])
    return np.asarray(np.maximum(end - np.maximum(begin, reached), 0).sum(axis=0))


def pooled_bits(network: Network, activation_bits: IntArray, n_chiplets: IntArray) -> FloatArray:
    """Bits of the buffer of each of ``n_chiplets`` equal dies, which together hold all that is alive, (U,).

    Parameters
    ----------
    network : Network
    activation_bits, n_chiplets : (U,)

    Notes
    -----
    ceil(most live values x activation bits / chiplets) (:func:`siam_dse.workload.lifetime.live_values`).
    """
    return np.asarray(np.ceil(live_values(network).max() * activation_bits / n_chiplets))


def _steps(network: Network, mapping: ChipMapping) -> Iterator[tuple[list[int], FloatArray]]:
    """Step by step the layers for which values are held, as they lie, and the values held for each layer, (L, U).

    The layer that runs is the first of them; those of other layers than these are not to be read.
    """
    maps, holding, until = _maps(mapping, network), np.zeros(mapping.first_chiplet.T.shape), _edges(network)[1]
    for born, waiting in _waiting(network):
        for edge in born:
            holding[until[edge]] += maps[edge]
        yield waiting, holding


@once
def _waiting(network: Network) -> tuple[tuple[range, list[int]], ...]:
    """Step by step the edges that start, and the layers for which values are held then, as they lie."""
    producer, until = _edges(network)
    born = np.searchsorted(np.maximum(producer, 0), np.arange(network.n_layers + 1)).tolist()
    place, waiting, steps = np.argsort(network.by_place).tolist(), set[int](), []
    for step in range(network.n_layers):
        starting = range(born[step], born[step + 1])
        waiting |= set(until[starting.start : starting.stop].tolist())
        steps.append((starting, sorted(waiting, key=place.__getitem__)))
        waiting.discard(step)
    return tuple(steps)


def _edges(network: Network) -> IntArray:
    """Producer and consumer of the edges in :func:`_order`, (2, E)."""
    return np.stack([network.edge_producer, network.edge_consumer])[:, _order(network)]


@once
def _order(network: Network) -> IntArray:
    """Edges by producer, then by consumer, (E,)."""
    return np.lexsort((network.edge_consumer, network.edge_producer))


def earlier_readers(network: Network, producers: IntArray, edge: int, is_any_spread: bool) -> range:
    """Edges before one of some, (E,) sorted by producer, whose consumer may hold the same map on the same chiplets.

    The last one, as chiplets are filled in layer order, or any where layers share weights or are dealt out.
    """
    first = int(np.searchsorted(producers, producers[edge]))
    return range(first if network.shares_weights or is_any_spread else max(first, edge - 1), edge)


@once
def _first_readers(network: Network, is_any_spread: bool) -> IntArray:
    """First of the :func:`earlier_readers` of each edge, (E,)."""
    producer, _ = _edges(network)
    return np.array([earlier_readers(network, producer, edge, is_any_spread).start for edge in range(len(producer))])


@once
def _looped(mapping: ChipMapping, network: Network) -> FloatArray:
    """Own, together and chiplets of :class:`Held`, and :func:`held_values`, by compiled loops, (4, U, L)."""
    from siam_dse.mapping.held_kernel import hold, hold_runs, maps_of

    edges, (_, consumer), steps = _order(network), _edges(network), _waiting(network)
    is_added = network.edge_kind[edges] != EDGE_KINDS.index("input")
    chiplet, spanned = (np.ascontiguousarray(each) for each in (mapping.first_chiplet, mapping.spanned_chiplets))
    maps, values = np.empty((len(chiplet), len(edges))), network.edge_values[edges].astype(np.float64)
    ends = np.stack([consumer, _first_readers(network, bool(mapping.is_spread.any()))])
    share = np.ascontiguousarray(input_share(mapping, network))
    maps_of(chiplet, spanned, share, ends, values, is_added, network.is_product, maps)
    born = np.array([starting.start for starting, _ in steps] + [len(edges)])
    waiting = np.array([layer for _, layers in steps for layer in layers])
    starts = np.cumsum([0, *(len(layers) for _, layers in steps)])
    held = np.zeros((4, *chiplet.shape))  # as many figures
    steps_held = maps, consumer, born, waiting, starts, np.empty(network.n_layers), held
    hold(np.flatnonzero(~mapping.is_spread), chiplet, spanned, *steps_held)
    if mapping.is_spread.any():
        hold_runs(np.flatnonzero(mapping.is_spread), chiplet, spanned, *steps_held)
    return held


@once
def _maps(mapping: ChipMapping, network: Network) -> tuple[FloatArray, ...]:
    """Values that the consumer's chiplet holds for each of the edges in :func:`_order`, (U,) each.

    Where a later consumer of the same map lies on the same chiplets, the map counts there, as large as for any of them.
    """
    edges, (producer, consumer) = _order(network), _edges(network)
    figures = mapping.first_chiplet, mapping.spanned_chiplets, input_share(mapping, network)
    chiplet, spanned, share = (np.ascontiguousarray(values.T) for values in figures)
    is_added = network.edge_kind[edges] != EDGE_KINDS.index("input")
    maps: list[FloatArray] = []
    for edge, (layer, values) in enumerate(zip(consumer.tolist(), network.edge_values[edges].tolist(), strict=True)):
        here = values / mapping.spanned_chiplets[:, layer] if is_added[edge] else values * share[layer]
        together = np.add if network.is_product[layer] else np.maximum  # queries, keys and values are apart
        for before in earlier_readers(network, producer, edge, bool(mapping.is_spread.any())):
            joined = chiplet[consumer[before]] == chiplet[layer]
            joined &= spanned[consumer[before]] == spanned[layer]
            together(here, maps[before] * joined, out=here)
            maps[before] = maps[before] * ~joined
        maps.append(here)
    return tuple(maps)
