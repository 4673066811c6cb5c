"""Transfers of values of one bit as plain loops: ``traffic``, mapping by mapping, its products in the same order."""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled

_CHIPLET, _SPANNED, _READERS, _ROWS = range(4)  # of ``chips``
_INPUT, _MET, _SENT = range(3)  # of ``shares``
_ROUNDED = 1e-12  # of traffic


@compiled
def along_edges(
    chip: IntArray,
    share: FloatArray,
    edges: IntArray,
    values: FloatArray,
    is_added: BoolArray,
    is_product: BoolArray,
    is_spread: bool,
    tile_bits: FloatArray,
    chiplet_bits: FloatArray,
    met: FloatArray,
    crosses: BoolArray,
) -> None:
    """Feature maps of one mapping along its edges, into the last four; see ``traffic._along_edges``.

    Parameters and results as :func:`values_of` has them, of one mapping; in chiplets all that they need.
    """
    for edge in range(len(values)):
        producer, consumer = edges[0, edge], edges[1, edge]
        met[edge] = share[_MET, producer] if producer >= 0 else 0.0
        tile_bits[edge] = values[edge] * (1 if is_added[edge] else chip[_READERS, consumer])
        read = 1 / chip[_SPANNED, consumer] if is_added[edge] else share[_INPUT, consumer]
        chiplet_bits[edge] = values[edge] * read
        is_apart = producer < 0 or chip[_CHIPLET, producer] != chip[_CHIPLET, consumer]
        if is_spread and not is_apart:
            here, there = chip[_SPANNED, producer], chip[_SPANNED, consumer]
            is_apart = max(here, there) > 1 and not (is_product[consumer] and here == there)
        crosses[edge] = is_apart or (is_product[consumer] and met[edge] > 0)


@compiled
def leave_what_came(
    chiplet: IntArray, spanned: IntArray, edges: IntArray, is_product: BoolArray, there: FloatArray, left: FloatArray
) -> None:
    """Of what each edge's consumer needs, what no earlier reader brought there; see ``traffic._not_yet_there``.

    Parameters
    ----------
    chiplet, spanned : (L,)
        First chiplet of each layer, and how many it spans.
    edges : (4, E)
        Of :func:`values_of`.
    is_product : (L,)
    there : (E,)
        Needed at each consumer; what is there afterwards.
    left : (E,) or longer
        Result.
    """
    for place in range(len(there)):
        edge, brought = edges[2, place], 0.0
        layer = edges[1, edge]
        for before in range(edges[2 + 1, place], place):  # the last row
            other = edges[1, edges[2, before]]
            is_same = chiplet[other] == chiplet[layer] and spanned[other] == spanned[layer]
            if is_same and not is_product[layer]:
                brought = there[edges[2, before]]
        beyond = there[edge] - brought
        left[edge] = beyond if beyond > _ROUNDED * there[edge] else 0.0
        there[edge] = max(there[edge], brought)


@compiled
def kept_of(
    chiplet: IntArray, spanned: IntArray, edges: IntArray, is_product: BoolArray, values: FloatArray, kept: FloatArray
) -> None:
    """Values that a chiplet's buffer keeps for each layer, added to ``kept`` (U, L); see ``traffic.kept_values``.

    Parameters
    ----------
    chiplet, spanned : (U, L)
    edges : (4, E)
        Of :func:`values_of`.
    is_product : (L,)
    values : (E,)
        Of each edge's input, 0 of what is added to an output.
    kept : (U, L)
    """
    there, left = np.empty(len(values)), np.empty(len(values))
    for u in range(len(kept)):
        there[:] = values
        leave_what_came(chiplet[u], spanned[u], edges, is_product, there, left)
        for edge in range(len(values)):
            kept[u, edges[1, edge]] += values[edge] - left[edge]


@compiled
def values_of(
    chips: IntArray,
    shares: FloatArray,
    edges: IntArray,
    values: FloatArray,
    is_added: BoolArray,
    is_product: BoolArray,
    sums: FloatArray,
    outputs: IntArray,
    pooled: FloatArray,
    is_spread: BoolArray,
    tile_bits: FloatArray,
    chiplet_bits: FloatArray,
    met: FloatArray,
    crosses: BoolArray,
) -> None:
    """Every transfer of a network, of values of one bit; see ``traffic.transfers``.

    Parameters
    ----------
    chips : (U, 4, L)
        First chiplet, spanned chiplets, column blocks that read a value, row blocks.
    shares : (U, 3, L)
        Of the input that each chiplet reads; of the outputs that meet in the accumulator, and sums sent for one.
    edges : (4, E)
        Producer and consumer; place by place in the order of producers the edge, and the first of earlier readers.
    values : (E,)
    is_added : (E,)
    is_product : (L,)
    sums : (L,)
        Values of a layer's output.
    outputs, pooled : (O,)
        Layers and their values.
    is_spread : (U,)
        Layers are dealt out over chiplets.
    tile_bits, chiplet_bits, met, crosses : (U, T)
        For the bits into tiles and into chiplets, the share that was accumulated, and whether it crosses the package.
    """
    n_edges, n_layers = len(values), len(sums)
    there = values.copy()
    for u in range(len(chips)):
        chip, share, own = chips[u], shares[u], chiplet_bits[u]
        of_edges = tile_bits[u], own, met[u], crosses[u]
        along_edges(chip, share, edges, values, is_added, is_product, is_spread[u], *of_edges)
        there[:] = own[:n_edges]
        leave_what_came(chip[_CHIPLET], chip[_SPANNED], edges, is_product, there, own)
        for layer in range(n_layers):
            t, sent = n_edges + layer, share[_SENT, layer]
            tile_bits[u, t] = sums[layer] * max(chip[_ROWS, layer] - (sent + (1 - share[_MET, layer])), 0.0)
            own[t] = sums[layer] * sent / chip[_SPANNED, layer]
            met[u, t], crosses[u, t] = 0, sent > 0
        for i in range(len(outputs)):
            t = n_edges + n_layers + i
            tile_bits[u, t], own[t], met[u, t], crosses[u, t] = pooled[i], pooled[i], share[_MET, outputs[i]], True
