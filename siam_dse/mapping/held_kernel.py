"""Feature maps that chiplets hold, as plain loops: ``held`` mapping by mapping, its sums in the same order."""

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled


@compiled
def maps_of(
    chiplet: IntArray,
    spanned: IntArray,
    share: FloatArray,
    ends: IntArray,
    values: FloatArray,
    is_added: BoolArray,
    is_product: BoolArray,
    maps: FloatArray,
) -> None:
    """Values that the consumer's chiplet holds for each edge, into ``maps`` (U, E); see ``held._maps``.

    Parameters
    ----------
    chiplet, spanned : (U, L)
        First chiplet of each layer, and its chiplets.
    share : (U, L)
        Of a layer's input that each of its chiplets reads.
    ends : (2, E)
        Consumer of each edge, and the first edge whose consumer may hold the same map.
    values : (E,)
    is_added : (E,)
    is_product : (L,)
    maps : (U, E)
    """
    for u in range(len(chiplet)):
        for edge in range(len(values)):
            layer = ends[0, edge]
            here = values[edge] / spanned[u, layer] if is_added[edge] else values[edge] * share[u, layer]
            for before in range(ends[1, edge], edge):
                other = ends[0, before]
                if chiplet[u, other] == chiplet[u, layer] and spanned[u, other] == spanned[u, layer]:
                    here = here + maps[u, before] if is_product[layer] else max(here, maps[u, before])
                    maps[u, before] = 0
            maps[u, edge] = here


@compiled
def begin_step(first: int, end: int, consumer: IntArray, maps: FloatArray, holding: FloatArray) -> None:
    """Add the edges ``first`` to ``end`` that start at a step to what is held for their consumers, (L,)."""
    for edge in range(first, end):
        holding[consumer[edge]] += maps[edge]


@compiled
def hold(
    packed: IntArray,
    chiplet: IntArray,
    spanned: IntArray,
    maps: FloatArray,
    consumer: IntArray,
    born: IntArray,
    waiting: IntArray,
    starts: IntArray,
    holding: FloatArray,
    held: FloatArray,
) -> None:
    """What chiplets hold step by step, into ``held`` (4, U, L): own, together, chiplets, and most at any time.

    See ``held.held_while_running`` and ``held.held_values``.

    Parameters
    ----------
    packed : (u,)
        Mappings whose layers lie one after the other.
    chiplet, spanned : (U, L)
    maps : (U, E)
        Of :func:`maps_of`.
    consumer : (E,)
    born : (L + 1,)
        First edge that starts at each step, and the end of the last one's.
    waiting : (W,)
        Layers for which values are held, step by step, as they lie.
    starts : (L + 1,)
        First of them at each step.
    holding : (L,)
        For the values held for each layer.
    held : (4, U, L)
        Zeros.
    """
    own, together, chiplets, most = held[0], held[1], held[2], held[2 + 1]  # the fourth
    for u in packed:
        holding[:] = 0
        for step in range(len(starts) - 1):
            begin_step(born[step], born[step + 1], consumer, maps[u], holding)
            own[u, step] = holding[step]
            on_chiplet, before = 0.0, -1
            for i in range(starts[step], starts[step + 1]):
                layer = waiting[i]
                if chiplet[u, layer] == chiplet[u, step]:
                    together[u, step] += holding[layer]
                if before < 0 or chiplet[u, layer] != chiplet[u, before]:
                    chiplets[u, step] += spanned[u, layer]
                    on_chiplet = 0.0
                on_chiplet += holding[layer]
                most[u, layer] = max(most[u, layer], on_chiplet)
                before = layer


@compiled
def hold_runs(
    dealt: IntArray,
    first: IntArray,
    spanned: IntArray,
    maps: FloatArray,
    consumer: IntArray,
    born: IntArray,
    waiting: IntArray,
    starts: IntArray,
    holding: FloatArray,
    held: FloatArray,
) -> None:
    """What chiplets hold where layers are dealt out, as :func:`hold` has it elsewhere; see ``held._put_runs``.

    Parameters
    ----------
    dealt : (u,)
        Mappings whose layers are.
    first, spanned : (U, L)
        Chiplets of each layer.
    maps, consumer, born, waiting, starts, holding, held : as of :func:`hold`
    """
    for u in dealt:
        holding[:] = 0
        for step in range(len(starts) - 1):
            begin_step(born[step], born[step + 1], consumer, maps[u], holding)
            runs = waiting[starts[step] : starts[step + 1]]
            fullest, beside = 0.0, 0.0
            for layer in runs:  # what they add up to is most where one of them begins
                begin, there = first[u, layer], 0.0
                for other in runs:
                    if first[u, other] <= begin < first[u, other] + spanned[u, other]:
                        there += holding[other]
                fullest = max(fullest, there)
                if first[u, step] <= begin < first[u, step] + spanned[u, step]:
                    beside = max(beside, there)
            held[0, u, step], held[1, u, step], held[2 + 1, u, step] = holding[step], beside, fullest
            held[2, u, step] = covered(runs, first[u], spanned[u], holding)


@compiled
def covered(runs: IntArray, first: IntArray, spanned: IntArray, holding: FloatArray) -> int:
    """Chiplets that the runs of layers cover together for which values are held."""
    chiplets, reached = 0, -1
    while True:  # the next run that reaches beyond those before, of them the one that begins first
        begin, end = -1, -1
        for layer in runs:
            stop = first[layer] + spanned[layer]
            if holding[layer] > 0 and stop > reached:
                start = max(first[layer], reached)
                if begin < 0 or start < begin or (start == begin and stop > end):
                    begin, end = start, stop
        if begin < 0:
            return chiplets
        chiplets, reached = chiplets + end - begin, end
