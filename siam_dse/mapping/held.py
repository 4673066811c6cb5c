"""Feature maps that chiplets hold: how much at once, in the order of execution."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, read_only
from siam_dse.core.loops import takes_loop
from siam_dse.core.once import once
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.split import input_share
from siam_dse.workload.lifetime import live_values
from siam_dse.workload.network import EDGE_KINDS, Network

_SAVED_S = 5e-8  # CPU time that loops save a mapping's layer, measured


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
    layer makes goes to the chiplets that need it at once; the network's output goes to the host.

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
    return np.ascontiguousarray(peak.T)


def held_while_running(network: Network, mapping: ChipMapping) -> Held:
    """What the chiplets of each layer hold while it runs, counted as in :func:`held_values`.

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
    return Held(*(read_only(np.ascontiguousarray(values.T)) for values in (own, together, chiplets)))


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


def earlier_readers(network: Network, producers: IntArray, edge: int) -> range:
    """Edges before one of some, (E,) sorted by producer, whose consumer may hold the same map on the same chiplet."""
    first = int(np.searchsorted(producers, producers[edge]))
    return range(first if network.shares_weights else max(first, edge - 1), edge)


@once
def _first_readers(network: Network) -> IntArray:
    """First of the :func:`earlier_readers` of each edge, (E,)."""
    producer, _ = _edges(network)
    return np.array([earlier_readers(network, producer, edge).start for edge in range(len(producer))])


@once
def _looped(mapping: ChipMapping, network: Network) -> FloatArray:
    """Own, together and chiplets of :class:`Held`, and :func:`held_values`, by compiled loops, (4, U, L)."""
    from siam_dse.mapping.held_kernel import hold, maps_of

    edges, (_, consumer), steps = _order(network), _edges(network), _waiting(network)
    is_added = network.edge_kind[edges] != EDGE_KINDS.index("input")
    chiplet, spanned = (np.ascontiguousarray(each) for each in (mapping.first_chiplet, mapping.spanned_chiplets))
    maps, values = np.empty((len(chiplet), len(edges))), network.edge_values[edges].astype(np.float64)
    share, ends = np.ascontiguousarray(input_share(mapping, network)), np.stack([consumer, _first_readers(network)])
    maps_of(chiplet, spanned, share, ends, values, is_added, network.is_product, maps)
    born = np.array([starting.start for starting, _ in steps] + [len(edges)])
    waiting = np.array([layer for _, layers in steps for layer in layers])
    starts = np.cumsum([0, *(len(layers) for _, layers in steps)])
    held = np.zeros((4, *chiplet.shape))  # as many figures
    hold(chiplet, spanned, maps, consumer, born, waiting, starts, np.empty(network.n_layers), held)
    return held


@once
def _maps(mapping: ChipMapping, network: Network) -> tuple[FloatArray, ...]:
    """Values that the consumer's chiplet holds for each of the edges in :func:`_order`, (U,) each.

    Where a later consumer of the same map lies on the same chiplet, the map counts there, as large as for any of them:
    the next one, as chiplets are filled in layer order, or where layers share weights any.
    """
    edges, (producer, consumer) = _order(network), _edges(network)
    chiplet, share = (
        np.ascontiguousarray(values.T) for values in (mapping.first_chiplet, input_share(mapping, network))
    )
    is_added = network.edge_kind[edges] != EDGE_KINDS.index("input")
    maps: list[FloatArray] = []
    for edge, (layer, values) in enumerate(zip(consumer.tolist(), network.edge_values[edges].tolist(), strict=True)):
        here = values / mapping.spanned_chiplets[:, layer] if is_added[edge] else values * share[layer]
        together = np.add if network.is_product[layer] else np.maximum  # queries, keys and values are apart
        for before in earlier_readers(network, producer, edge):
            joined = chiplet[consumer[before]] == chiplet[layer]
            together(here, maps[before] * joined, out=here)
            maps[before] = maps[before] * ~joined
        maps.append(here)
    return tuple(maps)
