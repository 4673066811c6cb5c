"""Transfers of values of one bit as plain loops: ``traffic``, mapping by mapping, its products in the same order."""

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled

_CHIPLET, _SPANNED, _READERS, _ROWS = range(4)  # of ``chips``
_INPUT, _MET, _SENT = range(3)  # of ``shares``
_ROUNDED = 1e-12  # of traffic

Figures = tuple[AnyArray, ...]  # several of one shape


@compiled
def along_edges(
    chip: Figures,
    share: Figures,
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
        met[edge] = share[_MET][producer] if producer >= 0 else 0.0
        tile_bits[edge] = values[edge] * (1 if is_added[edge] else chip[_READERS][consumer])
        read = 1 / chip[_SPANNED][consumer] if is_added[edge] else share[_INPUT][consumer]
        chiplet_bits[edge] = values[edge] * read
        is_apart = producer < 0 or chip[_CHIPLET][producer] != chip[_CHIPLET][consumer]
        if is_spread and not is_apart:
            here, there = chip[_SPANNED][producer], chip[_SPANNED][consumer]
            is_apart = max(here, there) > 1 and not (is_product[consumer] and here == there)
        crosses[edge] = is_apart or (is_product[consumer] and met[edge] > 0)


@compiled
def not_yet_there(
    chiplet: IntArray, spanned: IntArray, edges: IntArray, is_product: BoolArray, there: FloatArray, out: FloatArray
) -> None:
    """Of what each edge's consumer needs, what no earlier reader of the map brought; see ``traffic._not_yet_there``.

    Parameters
    ----------
    chiplet, spanned : (L,)
        First chiplet of each layer, and how many it lies on.
    edges : (4, E)
    is_product : (L,)
    there : (E,)
        What each edge's consumer needs on each of its chiplets; is changed.
    out : (E,)
    """
    for place in range(len(there)):
        edge, brought = edges[2, place], 0.0
        layer = edges[1, edge]
        for before in range(edges[2 + 1, place], place):  # the last row
            other = edges[1, edges[2, before]]
            is_same = chiplet[other] == chiplet[layer] and spanned[other] == spanned[layer]
            if is_same and not is_product[layer]:
                brought = there[edges[2, before]]
        left = there[edge] - brought
        out[edge] = left if left > _ROUNDED * there[edge] else 0.0
        there[edge] = max(there[edge], brought)


@compiled
def kept_of(
    chiplet: IntArray,
    spanned: IntArray,
    edges: IntArray,
    values: FloatArray,
    is_product: BoolArray,
    again: IntArray,
    kept: FloatArray,
) -> None:
    """Values of each layer's input that its chiplet has already, onto ``kept`` (U, L); see ``traffic.kept_values``.

    Parameters
    ----------
    chiplet, spanned : (U, L)
    edges : (4, E)
        As :func:`values_of` has them.
    values : (E,)
        Of inputs, 0 of what is added to an output.
    is_product : (L,)
    again : (e,)
        Inputs that an earlier layer read.
    kept : (U, L)
        Zeros.
    """
    there, brought = np.empty_like(values), np.empty_like(values)
    for u in range(len(kept)):
        there[:] = values
        not_yet_there(chiplet[u], spanned[u], edges, is_product, there, brought)
        for edge in again:
            kept[u, edges[1, edge]] += values[edge] - brought[edge]


@compiled
def values_of(
    chips: Figures,
    shares: Figures,
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
    chips : four of (U, L)
        First chiplet, spanned chiplets, column blocks that read a value, row blocks.
    shares : three of (U, L)
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
    for u in range(len(crosses)):
        chip = chips[_CHIPLET][u], chips[_SPANNED][u], chips[_READERS][u], chips[_ROWS][u]
        share, own = (shares[_INPUT][u], shares[_MET][u], shares[_SENT][u]), chiplet_bits[u]
        of_edges = tile_bits[u], own, met[u], crosses[u]
        along_edges(chip, share, edges, values, is_added, is_product, is_spread[u], *of_edges)
        there[:] = own[:n_edges]
        not_yet_there(chip[_CHIPLET], chip[_SPANNED], edges, is_product, there, own)
        for layer in range(n_layers):
            t, sent = n_edges + layer, share[_SENT][layer]
            tile_bits[u, t] = sums[layer] * max(chip[_ROWS][layer] - (sent + (1 - share[_MET][layer])), 0.0)
            own[t] = sums[layer] * sent / chip[_SPANNED][layer]
            met[u, t], crosses[u, t] = 0, sent > 0
        for i in range(len(outputs)):
            t = n_edges + n_layers + i
            tile_bits[u, t], own[t], met[u, t], crosses[u, t] = pooled[i], pooled[i], share[_MET][outputs[i]], True


@compiled
def add_bits(values: FloatArray, width: FloatArray, out: FloatArray) -> None:
    """Values (L,) times their width, (L,) or (1,), onto ``out`` (L,)."""
    if len(width) > 1:
        for layer in range(len(out)):
            out[layer] += values[layer] * width[layer]
    else:
        for layer in range(len(out)):
            out[layer] += values[layer] * width[0]


@compiled
def bits_of(values: FloatArray, rows: IntArray, widths: Figures, out: FloatArray) -> None:
    """Bits of what moves, onto ``out`` (U, L) of zeros; see ``traffic.bits_of_values``.

    Parameters
    ----------
    values : (M, K, L)
    rows : (U,)
    widths : K of (U, 1) or (U, L) [bit]
    out : (U, L) [bit]
    """
    last = len(widths) - 1
    for u in range(len(rows)):
        here = values[rows[u]]
        add_bits(here[last], widths[last][u], out[u])
        for kind in range(last):
            add_bits(here[kind], widths[kind][u], out[u])
