"""Phases of transfers on chip and what they add up to, as plain loops: ``phases`` and ``loads``, key by key.

Products and sums are in the order of the arrays', so the figures are the same bytes.
"""

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled

# Figures of a mapping that phases are made of, in the order of ``chips``.
CHIPS = (
    "first_tile", "tiles_on_chiplet", "spanned_chiplets", "tiles", "row_blocks", "column_blocks", "copies", "by_columns"
)  # fmt: skip
_FIRST, _HERE, _SPANNED, _TILES, _ROWS, _COLUMNS, _COPIES, _BY_COLUMNS = range(8)  # of CHIPS
# Numbers of a phase: columns and rows of its mesh, first node and number of nodes of its sources and destinations; then
# its key and transfer, and which of the transfer's phases it is.
N_NUMBERS = 9  # of these
_N_MESH = 6  # of those that say which geometry it is
_INSIDE, _LEAVING, _ENTERING = range(3)  # phases of feature maps, in the order in which they are added up
_CUT_BLOCKS = 2  # column blocks of a chiplet that lie on its neighbours too, at most

Figures = tuple[AnyArray, ...]  # several of one shape


@compiled
def phases_of(
    chips: Figures,
    sides: IntArray,
    ends: IntArray,
    is_sum: BoolArray,
    bits: Figures,
    crosses: BoolArray,
    numbers: IntArray,
    amounts: FloatArray,
) -> int:
    """Phases of all transfers, key by key, else as ``phases.transfer_phases`` has them.

    Parameters
    ----------
    chips : eight of (U, L)
        ``CHIPS`` of the mapping.
    sides : (U, 2, 1), or (U, 2, L) where kinds of chiplets have their own
        Columns and rows of the mesh of a chiplet.
    ends : (3, T)
        Producer, consumer and layer of each transfer; the host is negative.
    is_sum : (T,)
    bits : three of (U, T)
        Bits into tiles and into chiplets [bit], share of them that was accumulated.
    crosses : (U, T)
    numbers : (n, 9)
        For the phases' numbers, ``N_NUMBERS``.
    amounts : (n, 2) [bit]
        For the bits of one instance, and of all.

    Returns
    -------
    int
        Phases found, at most two a transfer.
    """
    n = 0
    for u in range(len(crosses)):
        first = n
        for sort in range(_ENTERING + 1):
            n = maps_of(sort, u, chips, ends, is_sum, bits, crosses, numbers, amounts, n)
        n = sums_of(u, chips, ends, is_sum, bits, crosses, numbers, amounts, n)
        for i in range(first, n):
            t, place, side = numbers[i, _N_MESH + 1], numbers[i, _N_MESH + 2], 0
            if sides.shape[2] > 1:  # the last axis
                side = ends[0, t] if place == 0 and not is_sum[t] else ends[2, t]
            numbers[i, 0], numbers[i, 1], numbers[i, _N_MESH] = sides[u, 0, side], sides[u, 1, side], u
    return n


@compiled
def maps_of(
    sort: int,
    u: int,
    chips: Figures,
    ends: IntArray,
    is_sum: BoolArray,
    bits: Figures,
    crosses: BoolArray,
    numbers: IntArray,
    amounts: FloatArray,
    n: int,
) -> int:
    """Phases of the feature maps of a key from place ``n`` on: inside chiplets, out of or into them; the next place."""
    for t in range(len(is_sum)):
        producer, consumer, instances, sent = ends[0, t], ends[1, t], 1, 0.0
        if is_sum[t] or crosses[u, t] != (sort != _INSIDE):
            continue
        if (sort != _ENTERING and producer < 0) or (sort != _LEAVING and consumer < 0):
            continue
        if sort == _LEAVING:
            instances = chips[_SPANNED][u, producer]
            if bits[2][u, t] < 1:
                receivers = chips[_SPANNED][u, consumer] if consumer >= 0 else 1
                sent = bits[1][u, t] * receivers / instances * (1 - bits[2][u, t])
        else:
            instances = chips[_SPANNED][u, consumer] if sort == _ENTERING else 1
            sent = bits[0][u, t] / instances
        if not sent > 0:
            continue
        for i in range(2, _N_MESH):
            numbers[n, i] = 0  # the perimeter
        if sort != _ENTERING:
            numbers[n, 2], numbers[n, 3] = chips[_FIRST][u, producer], chips[_HERE][u, producer]  # the sources
        if sort != _LEAVING:
            numbers[n, 4], numbers[n, 5] = chips[_FIRST][u, consumer], chips[_HERE][u, consumer]  # the destinations
        numbers[n, _N_MESH + 1], numbers[n, _N_MESH + 2] = t, int(sort == _ENTERING)
        amounts[n, 0], amounts[n, 1] = sent, sent * instances
        n += 1
    return n


@compiled
def sums_of(
    u: int,
    chips: Figures,
    ends: IntArray,
    is_sum: BoolArray,
    bits: Figures,
    crosses: BoolArray,
    numbers: IntArray,
    amounts: FloatArray,
    n: int,
) -> int:
    """Phases of the partial sums of a key from place ``n`` on: within blocks of tiles, out of chiplets; the next place.

    Blocks as ``phases`` has them: ``size`` tiles of which ``summing`` sum up, ``instances`` of them at once.
    """
    for t in range(len(is_sum)):
        layer = ends[2, t]
        if not is_sum[t] or (not bits[0][u, t] > 0 and not (crosses[u, t] and bits[1][u, t] > 0)):
            continue
        start, here, spanned = chips[_FIRST][u, layer], chips[_HERE][u, layer], chips[_SPANNED][u, layer]
        exceeds = chips[_TILES][u, layer] > here and spanned > 1
        size = here if exceeds else chips[_TILES][u, layer]
        summing = min(chips[_COLUMNS][u, layer], size)
        instances, leaving = spanned if exceeds else chips[_COPIES][u, layer], summing
        if chips[_BY_COLUMNS][u, layer]:
            size, summing, leaving = min(chips[_ROWS][u, layer], here), 1, min(here, _CUT_BLOCKS)
            instances = max(chips[_COPIES][u, layer] * chips[_COLUMNS][u, layer], spanned)
        if bits[0][u, t] > 0 and size > summing:
            numbers[n, 2], numbers[n, 3] = start + summing, size - summing  # the sources
            numbers[n, 4], numbers[n, 5] = start, summing  # the destinations
            numbers[n, _N_MESH + 1], numbers[n, _N_MESH + 2] = t, 0
            amounts[n, 0] = bits[0][u, t] / instances
            amounts[n, 1] = amounts[n, 0] * instances
            n += 1
        if crosses[u, t] and bits[1][u, t] > 0:
            numbers[n, 2], numbers[n, 3] = start, leaving  # the sources
            numbers[n, 4], numbers[n, 5] = 0, 0  # the perimeter
            numbers[n, _N_MESH + 1], numbers[n, _N_MESH + 2] = t, 1
            amounts[n, 0], amounts[n, 1] = bits[1][u, t], bits[1][u, t] * spanned
            n += 1
    return n


@compiled
def add_up(
    numbers: IntArray,
    amounts: FloatArray,
    which: IntArray,
    unit: FloatArray,
    ends: IntArray,
    is_sum: BoolArray,
    busy: FloatArray,
    head: FloatArray,
    link_bits: FloatArray,
    router_bits: FloatArray,
) -> None:
    """Cycles of phases, and bits over links and routers of each layer, as ``loads.NocLoads`` has them.

    Parameters
    ----------
    numbers, amounts : of n phases
    which : (n,)
        Row of ``unit`` of each.
    unit : (geometries, 3)
        Busy cycles and links traversed of one flit in all, and cycles of a flit's way.
    ends : (3, T)
    is_sum : (T,)
    busy, head : (U, T, 2)
        For the busy cycles and those of a flit's way, zeros.
    link_bits, router_bits : (U, 3, L)
        For bits over links and over routers, zeros.
    """
    for n in range(len(which)):
        u, t, place = numbers[n, _N_MESH], numbers[n, _N_MESH + 1], numbers[n, _N_MESH + 2]
        row, kind, layer = which[n], 1 + place if is_sum[t] else 0, ends[2, t]
        busy[u, t, place], head[u, t, place] = unit[row, 0] * amounts[n, 0], unit[row, 2]
        over = unit[row, 1] * amounts[n, 1]
        link_bits[u, kind, layer] += over
        router_bits[u, kind, layer] += over + amounts[n, 1]


@compiled
def latency_of(
    busy: FloatArray,
    head: FloatArray,
    rows: IntArray,
    flits: FloatArray,
    clock_hz: FloatArray,
    transfers: IntArray,
    layer: IntArray,
    is_sum: bool,
    out: FloatArray,
) -> None:
    """Latency of some of each layer's transfers, onto ``out`` (D, L) of zeros; see ``loads.fast_latency_s``.

    Parameters
    ----------
    busy, head : (U, T, 2) [cycle]
        Of the busiest channel for a flit a value, and of a flit's way.
    rows : (D,)
        Mapping of each design.
    flits : (D, 1, 1) or (D, L, 2)
        A value.
    clock_hz : (D,)
    transfers : (t,)
        Those that count.
    layer : (T,)
    is_sum : bool
        Whether their phases follow one another.
    out : (D, L) [s]
    """
    by_layer = flits.shape[1] > 1
    for d in range(len(rows)):
        u = rows[d]
        for i in range(len(transfers)):
            t = transfers[i]
            of = layer[t]
            row = of if by_layer else 0
            first = max(busy[u, t, 0] * flits[d, row, 0] - 1, 0.0) + head[u, t, 0]
            second = max(busy[u, t, 1] * flits[d, row, -1] - 1, 0.0) + head[u, t, 1]
            out[d, of] += first + second if is_sum else max(first, second)
        for of in range(out.shape[1]):
            out[d, of] /= clock_hz[d]
