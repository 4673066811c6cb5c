"""How SIAM's engine lays a layer out on tiles: crossbars, copies inside tiles, and what its circuits are charged for.

A tile of SIAM is a square of crossbars in 2 x 2 processing elements (PE). A layer keeps to its tiles; what it leaves
free of them is filled with copies of it (:mod:`siam_dse.mapping.in_tile`, field ``in_tile_copies``).

References
----------
[siam_engine] measured on single layers of 1 to 63 crossbars along a side, crossbars of 64, 128 and 256.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.errors import InputError
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.validation.sub_arrays import number
from siam_dse.workload.shapes import siam_map

_ELEMENTS = 2  # along a side of a tile
_SIZES = (
    *("ifm_w", "ifm_h", "channels_in", "kernel_w", "kernel_h", "channels_out"),
    *("crossbar", "tile_crossbars", "weight_bits", "activation_bits"),
)


@dataclass(frozen=True)
class SiamOptions:
    """What SIAM's engine does that its architecture does not: named, all on in ``validate --kind siam``, off elsewhere.

    copies_counted_twice : the time of a layer within one PE is divided by its copies in the other PEs twice, and by
        half as much again along a side on which the PE itself holds two copies: by 36, 24 and 16 for layers of 1 x 1,
        2 x 1 and 2 x 2 crossbars, which have 16, 8 and 4 copies.
    shared_positions : copies share a position, so that a layer of one position takes a fraction of one.
    one_crossbar_charged : a layer within one PE is charged for one crossbar's drivers, encoders and shift-adds, and for
        converting its columns once, however many crossbars its rows take.
    empty_elements_charged : in a tile without copies a PE without weights is charged what the one before it is.
    serial_chiplet_sums : sums of several tiles are added one output channel after another by trees of which each works
        for a position, and all trees are charged for each.
    """

    copies_counted_twice: bool = True
    shared_positions: bool = True
    one_crossbar_charged: bool = True
    empty_elements_charged: bool = True
    serial_chiplet_sums: bool = True


AS_SIAM = SiamOptions()


@dataclass(frozen=True)
class SiamLayers:
    """Layers, each on crossbars of its own size; arrays (n,)."""

    rows: IntArray  # of the weight matrix
    columns: IntArray  # cells, one a bit of a weight
    channels_out: IntArray
    positions: IntArray
    crossbar: IntArray  # side
    side: IntArray  # crossbars along a side of a tile
    options: SiamOptions

    @property
    def row_crossbars(self) -> IntArray:
        """Crossbars along the rows."""
        return ceil_div(self.rows, self.crossbar)

    @property
    def column_crossbars(self) -> IntArray:
        """Crossbars along the columns."""
        return ceil_div(self.columns, self.crossbar)

    @property
    def row_tiles(self) -> IntArray:
        """Tiles along the rows."""
        return ceil_div(self.rows, self.crossbar * self.side)

    @property
    def column_tiles(self) -> IntArray:
        """Tiles along the columns."""
        return ceil_div(self.columns, self.crossbar * self.side)

    @property
    def is_in_one_element(self) -> BoolArray:
        """Layers that fit one PE."""
        element = self.side // _ELEMENTS
        return np.asarray((self.row_crossbars <= element) & (self.column_crossbars <= element))

    @property
    def copies(self) -> IntArray:
        """Copies in each layer's tiles."""
        along = (np.maximum(self.side // taken, 1) for taken in (self.row_crossbars, self.column_crossbars))
        return np.asarray(np.prod(list(along), axis=0))

    @cached_property
    def rounds(self) -> FloatArray:
        """Positions that a copy takes, one after another."""
        copies = self.copies.astype(np.float64)
        if self.options.copies_counted_twice:
            again = [
                np.where(2 * taken <= self.side // _ELEMENTS, (1 + 2) / 2, 2)
                for taken in (self.row_crossbars, self.column_crossbars)
            ]
            copies = copies * np.where(self.is_in_one_element, np.prod(again, axis=0), 1.0)
        rounds = self.positions / copies
        return rounds if self.options.shared_positions else np.ceil(rounds)

    @cached_property
    def _charged(self) -> tuple[FloatArray, FloatArray]:
        pairs = [_charged_crossbars(self, i) for i in range(len(self.rows))]
        crossbars, real = np.array(pairs, dtype=np.float64).reshape(len(pairs), 2).T
        return crossbars, real

    @property
    def charged_crossbars(self) -> FloatArray:
        """Crossbars whose drivers, encoders and shift-adds a position is charged for."""
        return np.where(self._is_one, 1.0, self._charged[0])

    @property
    def charged_columns(self) -> FloatArray:
        """Columns that a bit-vector is charged for converting."""
        crossbars, real = self._charged
        return np.where(self._is_one, self.columns, self.columns * self.row_crossbars * crossbars / real)

    @property
    def _is_one(self) -> BoolArray:
        return self.is_in_one_element & self.options.one_crossbar_charged


def siam_layers(rows: pd.DataFrame, options: SiamOptions = AS_SIAM) -> SiamLayers:
    """Layers of reference rows: SIAM's network columns, its rule of positions, one bit a cell.

    Raises
    ------
    InputError
        A size that is no whole number of at least 1, or tiles that are no square of crossbars.
    """
    check_sizes(rows, _SIZES)
    sides = np.sqrt(number(rows, "tile_crossbars"))
    crooked = np.flatnonzero(sides != np.round(sides))
    if len(crooked):
        value = rows["tile_crossbars"].iloc[crooked[0]]
        raise InputError("rows", f"row {crooked[0] + 1}, column 'tile_crossbars': must be a square number, got {value}")
    width, height, kernel_w, kernel_h = (whole(rows, name) for name in ("ifm_w", "ifm_h", "kernel_w", "kernel_h"))
    is_small = width < kernel_w
    window = np.where(is_small, width * height, kernel_w * kernel_h)
    maps = [siam_map(*layer) for layer in zip(height.tolist(), width.tolist(), kernel_h.tolist(), kernel_w.tolist(),
                                              strict=True)]  # fmt: skip
    return SiamLayers(
        rows=window * whole(rows, "channels_in"),
        columns=whole(rows, "channels_out") * whole(rows, "weight_bits"),
        channels_out=whole(rows, "channels_out"),
        positions=np.array([h * w for h, w in maps], dtype=np.int64),
        crossbar=whole(rows, "crossbar"),
        side=sides.astype(np.int64),
        options=options,
    )


def check_sizes(rows: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse sizes that are no whole numbers of at least 1, all faults in one error."""
    faults = []
    for name in names:
        values = number(rows, name)
        for i in np.flatnonzero(~((values >= 1) & (values == np.floor(values)))).tolist():
            faults.append(f"row {i + 1}, column {name!r}: must be a whole number of at least 1, got {values[i]:g}")
    if faults:
        raise InputError("rows", faults)


def whole(rows: pd.DataFrame, name: str) -> IntArray:
    """Column of whole numbers, (n,)."""
    return rows[name].to_numpy(dtype=np.int64)


def _charged_crossbars(layers: SiamLayers, i: int) -> tuple[int, int]:
    """Crossbars that a layer is charged for, and those that it has."""
    rows, columns = int(layers.row_crossbars[i]), int(layers.column_crossbars[i])
    if not layers.options.empty_elements_charged or layers.copies[i] > 1:
        return rows * columns, rows * columns
    side = int(layers.side[i])
    tiles = product(_tiles_along(rows, side), _tiles_along(columns, side))
    return sum(_charged_in_tile(high, wide, side // _ELEMENTS) for high, wide in tiles), rows * columns


def _tiles_along(crossbars: int, side: int) -> list[int]:
    """Crossbars in each of the tiles along a side of a layer."""
    return [min(crossbars - first, side) for first in range(0, crossbars, side)]


def _charged_in_tile(high: int, wide: int, element: int) -> int:
    """Crossbars charged in a tile of which ``high`` x ``wide`` hold weights: an empty PE is as the one before it."""
    charged = before = 0
    for row, column in product(range(_ELEMENTS), repeat=2):
        here = max(min(high - row * element, element), 0) * max(min(wide - column * element, element), 0)
        before = here or before
        charged += before
    return charged
