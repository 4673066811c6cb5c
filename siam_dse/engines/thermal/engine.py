"""Thermal engine: steady temperature of every chiplet, from its power to the air.

From the board side up: base, bumps, dies, interface, spreader, sink, air; no heat leaves through the board. Heat of a
die goes up through the interface over its own area, or down into the base, along it, and up beside the dies. Dies
exchange heat through the base and through what fills the gaps: a cosine transform over the dies makes both diagonal.
Spreader and sink are series of modes (``plates.py``).
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.engines.thermal.modes import Axis
from siam_dse.engines.thermal.plates import Cooling, Plate

_SWEEPS = 2  # between dies and plates; more change no rise by a thousandth
_RELAXED = 0.5  # share of a new flow that a sweep takes over


@dataclass(frozen=True)
class Stack:
    """What lies around equal square dies, (U,) each [m, W/(m K), K/W].

    ``gap_m`` is between the dies and around them; ``gap_conductivity`` is that of what fills gaps.
    """

    die_m: FloatArray
    gap_m: FloatArray
    gap_conductivity: FloatArray
    die_thickness_m: FloatArray
    die_conductivity: FloatArray
    base_thickness_m: FloatArray
    base_conductivity: FloatArray
    bump_thickness_m: FloatArray
    bump_conductivity: FloatArray
    tim_thickness_m: FloatArray
    tim_conductivity: FloatArray
    spreader: Plate
    sink: Plate
    convection_k_per_w: FloatArray

    def take(self, rows: IntArray) -> "Stack":
        """The stack of some designs."""
        return Stack(**{field.name: _taken(getattr(self, field.name), rows) for field in fields(self)})


def _taken(value: Any, rows: IntArray) -> Any:
    if isinstance(value, Plate):
        return Plate(value.side_m[rows], value.thickness_m[rows], value.conductivity[rows])
    return value[rows]


@dataclass(frozen=True)
class Rise:
    """Rise above ambient [K]: in the middle of each die, (U, ny, nx), and of the sink, (U,)."""

    die_k: FloatArray
    sink_k: FloatArray


def rise(stack: Stack, power_w: FloatArray, convection_above: float = 0.0, grid: int = 0) -> Rise:
    """Rise of dies in rows and columns.

    Parameters
    ----------
    stack : Stack (U)
    power_w : (U, ny, nx) [W]
        Of each die, spread evenly over it.
    convection_above : float
        See :class:`Cooling`: 0, or 1/2 as in HotSpot.
    grid : int
        Cells along an axis of a grid that blurs gaps between dies, as HotSpot's; 0 for none.

    Returns
    -------
    Rise

    Notes
    -----
    Linear in power. The spreader's rise under a die is higher in its middle than in the mean; silicon, base and half
    the interface level that for a cosine over the die.
    """
    n_rows, n_columns = power_w.shape[1:]
    return Field(stack, n_rows, n_columns, convection_above, grid).rise(power_w)


class Field:
    """Dies in rows and columns in their stack, ready for any powers; parameters as of :func:`rise`."""

    def __init__(self, stack: Stack, n_rows: int, n_columns: int, convection_above: float = 0.0, grid: int = 0) -> None:
        pitch_m = stack.die_m + stack.gap_m
        width_m, height_m = (n * pitch_m + stack.gap_m for n in (n_columns, n_rows))
        self._cooling = cooling = Cooling(
            width_m, height_m, stack.spreader, stack.sink, stack.convection_k_per_w, convection_above
        )
        self._network = _Network(stack, n_rows, n_columns, width_m * height_m, grid)
        self._y = _Stretches(cooling.y, _places(stack, n_rows), height_m)
        self._x = self._y if cooling.x is cooling.y else _Stretches(cooling.x, _places(stack, n_columns), width_m)

    def rise(self, power_w: FloatArray) -> Rise:
        """Rise for powers of the dies, (U, ny, nx) [W]."""
        y, x, network = self._y, self._x, self._network
        up_w, round_w = power_w, np.zeros_like(power_w)
        for sweep in range(_SWEEPS + 1):
            spreader, sink = self._cooling.solve(_onto(y.die, up_w, x.die) + _onto(y.round, round_w, x.round))
            under = _of(y.die, spreader, x.die)
            if sweep == _SWEEPS:
                break
            new_up_w, new_round_w = network.flows(power_w, under, _of(y.round, spreader, x.round))
            share = 1 if sweep == 0 else _RELAXED
            up_w, round_w = up_w + share * (new_up_w - up_w), round_w + share * (new_round_w - round_w)
        peak = (_of(y.middle, spreader, x.middle) - under) * network.levelled[:, None, None]
        in_sink = (self._cooling.y.middle[:, None, :] @ sink @ self._cooling.x.middle[:, :, None])[:, 0, 0]
        return Rise(under + up_w / network.up_w_per_k + peak, in_sink)


class _Stretches:
    """Modes along an axis over each die, over it with half of the gaps beside, and in its middle, (U, n, N)."""

    def __init__(self, axis: Axis, place: tuple[FloatArray, FloatArray], length_m: FloatArray) -> None:
        self.die = axis.means(*place)
        self.round = axis.means(*_rounded(place, length_m))
        self.middle = axis.at((place[0] + place[1]) / 2)


def _places(stack: Stack, n: int) -> tuple[FloatArray, FloatArray]:
    """Where n dies along an axis begin and end, (U, n) [m]."""
    low = stack.gap_m[:, None] + np.arange(n) * (stack.die_m + stack.gap_m)[:, None]
    return low, low + stack.die_m[:, None]


def _rounded(place: tuple[FloatArray, FloatArray], length_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The same with half of the gaps between them, and all of those around, (U, n) [m]."""
    low, high = place
    between = (high[:, :-1] + low[:, 1:]) / 2
    return np.insert(between, 0, 0, axis=1), np.concatenate([between, length_m[:, None]], axis=1)


def _onto(y: FloatArray, flow_w: FloatArray, x: FloatArray) -> FloatArray:
    """Modes of flows that are even over places, (U, N, N)."""
    return np.asarray(y.transpose(0, 2, 1) @ flow_w @ x)


def _of(y: FloatArray, modes: FloatArray, x: FloatArray) -> FloatArray:
    """A field of modes over places, (U, ny, nx)."""
    return np.asarray(y @ modes @ x.transpose(0, 2, 1))


class _Network:
    """Dies, base and gaps as a network of a node each a die, diagonal under the cosine transform."""

    def __init__(self, s: Stack, n_rows: int, n_columns: int, field_m2: FloatArray, grid: int) -> None:
        die_m2 = s.die_m**2
        round_m2 = field_m2 / (n_rows * n_columns)
        extent_m = (np.sqrt(round_m2) - s.die_m) / 2  # of the gap around a die
        base_sheet, tim_sheet = s.base_thickness_m * s.base_conductivity, s.tim_thickness_m * s.tim_conductivity
        to_base = s.base_thickness_m / s.base_conductivity / 2 + s.bump_thickness_m / s.bump_conductivity
        die = s.die_thickness_m / s.die_conductivity / 2
        tim, spreader = s.tim_thickness_m / s.tim_conductivity, s.spreader.through_m2_k_per_w / 2
        lower = tim / 2 + spreader
        # the interface spreads heat beyond the die as a fin does, and so does the base below the gap
        tim_fin = _fin_m(tim_sheet, lower, extent_m)
        self.up_w_per_k = (1 / ((die + tim / 2) / die_m2 + lower / (s.die_m + 2 * tim_fin) ** 2))[:, None, None]
        through_gap = to_base + s.die_thickness_m / s.gap_conductivity + tim + spreader
        reached = _fin_m(base_sheet, through_gap, extent_m) / extent_m
        self._round = (reached * (round_m2 - die_m2) / through_gap)[:, None, None]
        self._down = (die_m2 / (to_base + die))[:, None, None]
        self._dct = [_cosines(n) for n in (n_rows, n_columns)]
        steps = [2 - 2 * np.cos(np.pi * np.arange(n) / n) for n in (n_rows, n_columns)]
        self._base = base_sheet[:, None, None] * (steps[0][:, None] + steps[1])
        along = [_between_dies(s, n, grid)[:, None] * step for n, step in zip((n_rows, n_columns), steps, strict=True)]
        self._dies = along[0][:, :, None] + along[1][:, None, :]
        wave = (2 * np.pi / s.die_m) ** 2
        base = base_sheet / (1 + (to_base + die) * base_sheet * wave)
        within = s.die_thickness_m * s.die_conductivity + base + tim_sheet / 2
        self.levelled = 1 / (1 + within * (die + tim + spreader) * wave)

    def flows(self, power_w: FloatArray, under: FloatArray, around: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Flow of each die up into the spreader, and round by the base, (U, ny, nx) [W], for the spreader's rise."""
        over_y, over_x = self._dct
        power, up, beside = (over_y @ values @ over_x.T for values in (power_w, under, around))
        base = self._down + self._base + self._round
        own = self.up_w_per_k + self._down + self._dies - self._down**2 / base
        dies = (power + self.up_w_per_k * up + self._down * self._round * beside / base) / own
        bases = (self._down * dies + self._round * beside) / base
        dies, bases = (over_y.T @ values @ over_x for values in (dies, bases))
        return (dies - under) * self.up_w_per_k, (bases - around) * self._round


def _fin_m(sheet: FloatArray, through: FloatArray, extent_m: FloatArray) -> FloatArray:
    """Length of a fin that conducts as if it were all as hot as its root: L tanh(extent / L), L^2 = sheet x through."""
    length = np.sqrt(sheet * through)
    return np.asarray(length * np.tanh(extent_m / length))


def _cosines(n: int) -> FloatArray:
    """Orthonormal cosine transform of n places, (n, n)."""
    k = np.arange(n)
    values = np.cos(np.pi * k[:, None] * (2 * k + 1) / (2 * n))
    return np.asarray(values / np.sqrt((values**2).sum(axis=1, keepdims=True)))


def _between_dies(s: Stack, n: int, grid: int) -> FloatArray:
    """Conductance from a die to the next in a row of n, through both halves and the gap, (U,) [W/K]."""
    pitch_m = s.die_m + s.gap_m
    if n == 1:
        return np.zeros(len(pitch_m))
    resistance = s.die_m / s.die_conductivity + s.gap_m / s.gap_conductivity
    if grid:  # cells that a gap lies in have the mean conductivity by area
        length_m = n * pitch_m + s.gap_m
        low, high = _places(s, n)
        edges_m = np.arange(grid + 1) * (length_m / grid)[:, None]
        covered = np.minimum(edges_m[:, None, 1:], high[:, :, None]) - np.maximum(
            edges_m[:, None, :-1], low[:, :, None]
        )
        share = np.maximum(covered, 0).sum(axis=1) / (length_m / grid)[:, None]
        place_m = (edges_m[:, 1:] + edges_m[:, :-1]) / 2
        first_m, last_m = (s.gap_m + s.die_m / 2)[:, None], (length_m - s.gap_m - s.die_m / 2)[:, None]
        inside = (place_m > first_m) & (place_m < last_m)
        cell = inside / (share * s.die_conductivity[:, None] + (1 - share) * s.gap_conductivity[:, None])
        resistance = pitch_m * cell.sum(axis=1) / inside.sum(axis=1)
    return np.asarray(s.die_m * s.die_thickness_m / resistance)
