"""Validation of SIAM's own engine, chiplet by chiplet: area of a group's chiplets by component.

A group is the layers that share a chiplet, or the one layer that is split over several; its chiplets are equal, and the
area is that of all of them. What a chiplet holds follows from the crossbars of its tiles, whatever its layers; only
sums over tiles need a chiplet's accumulator.

Area of the design model (profile ``siam`` without copies in tiles, cross-point cells) where its parts hold: shift-adds
of the engine's widths, a tree over the PEs of a tile for each ADC along it, register buffers of the tile's inputs and
sums, 64 kbit of chiplet buffer, an H-tree of crossbar side x (1 + 1 / columns an ADC) wires. Not those of the
predecessor's sub-array class, and measured here (one figure each for all sizes, status measured): a converter with its
encoder takes 2.2 times the class's area, and what drives rows and columns grows with the cells, as if the pass gates
were sized for all rows of a column conducting at once. SIAM's engine counts three quarters of the cells.

Artefact, decided from the rule of its circuits, a lane a converter (``oversized_sums``): where a layer of the group
has rows on several tiles, the engine lays out 409,600 trees over tiles, whatever the crossbar. The converters of a
chiplet of 16 tiles of 128 x 128 crossbars give 1024 sums at a time along the tiles' columns; so many trees are a
four-hundredth, 0.02 mm2 in place of 9.6. Its latency, too, uses one for each ADC along a tile.

References
----------
[siam_engine] LeNet-5, ResNet-20, ResNet-110 and DenseNet-40 at crossbars of 64, 128 and 256.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.paths import data_folder
from siam_dse.core.units import UM2_PER_M2
from siam_dse.design.designs import Designs
from siam_dse.engines.crossbar import shift_add
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.subarray import area_by_component
from siam_dse.engines.tile.buffers import bank_array
from siam_dse.engines.tile.interconnect import htree_area
from siam_dse.engines.tile.library import design_library
from siam_dse.engines.tile.trees import tree_counts
from siam_dse.engines.tile.unit import tile_unit
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.mapping.partition import partition
from siam_dse.technology.logic import adder_area
from siam_dse.technology.technology import Technology
from siam_dse.validation import siam
from siam_dse.validation.kind import PACKAGED, Kind, Target
from siam_dse.validation.siam_layers import check_sizes, whole
from siam_dse.validation.sub_arrays import number

_KNOBS = ("network", "crossbar", "tiles_per_chiplet", "first_layer", "last_layer")
_SIDE = 4  # crossbars along a tile
_WEIGHT_BITS = _INPUT_BITS = 8
_CHIPLET_BUFFER_BITS = 65536
_CONVERTER_UM2 = 195.86  # measured with its encoder at 64, 128 and 256: alike to 1e-4
_DRIVERS_UM2_PER_CELL = 0.3454  # measured at 128 and 256, alike to 3e-3; 0.300 at 64
_COUNTED_CELLS = 3 / 4  # measured: exact at all sizes
_OVERSIZED_TREES = 409_600  # measured: 404,000 to 410,000 with two to ten tiles along the rows
_SUM_BITS = 8  # of the first adder over tiles


def predict(
    rows: pd.DataFrame, noc_model: str = "fast", technology: Technology = PACKAGED, *, oversized_sums: bool = True
) -> Mapping[str, FloatArray]:
    """Areas of each group of chiplets, (n,) [um2]."""
    del noc_model
    if not len(rows):
        return {name: np.zeros(0) for name in _QUANTITIES}
    check_sizes(rows, ("crossbar", "tiles_per_chiplet"))
    groups = [_group(*row) for row in zip(*(_column(rows, name) for name in (*_KNOBS, "chiplet")), strict=True)]
    chiplets, row_tiles = np.array(groups, dtype=np.int64).T
    sides = whole(rows, "crossbar")
    bits = {"weight_bits": _WEIGHT_BITS, "activation_bits": _INPUT_BITS}
    case = siam.case_of(pd.DataFrame({"crossbar": sides, **bits}), technology)
    tiles = number(rows, "tiles_per_chiplet") * chiplets
    crossbars = tiles * _SIDE**2
    parts = {
        "adc": crossbars * case.converters * _CONVERTER_UM2,
        "accumulation": _sums(case, crossbars, tiles, row_tiles if oversized_sums else np.ones_like(row_tiles)),
        "buffer": _buffers(technology, sides, tiles),
        "cells": crossbars * _COUNTED_CELLS * area_by_component(case)["array"] * UM2_PER_M2,
    }
    parts["other"] = crossbars * case.rows * case.cols * _DRIVERS_UM2_PER_CELL + parts["buffer"]
    leaf_m = np.sqrt(sum(parts[name] for name in ("adc", "other", "cells")) / crossbars / UM2_PER_M2)
    wires = case.cols * (1 + 1 / case.columns_per_adc)
    fold = case.technology.constants("tile")["htree_fold"]
    side = np.full(len(rows), _SIDE)
    parts["routing"] = tiles * htree_area(case.node, side, leaf_m, wires, fold) * UM2_PER_M2
    total = sum(parts[name] for name in ("adc", "accumulation", "other", "cells", "routing"))
    return {"total_area_um2": np.asarray(total), **{f"{name}_area_um2": values for name, values in parts.items()}}


def _sums(case: Case, crossbars: FloatArray, tiles: FloatArray, row_tiles: IntArray) -> FloatArray:
    """Shift-adds, trees over the PEs of tiles, and those over tiles, (n,) [um2]."""
    unit = siam.shift_add_unit(case)
    bit_m2 = adder_area(case.node, np.ones(len(case)), case.nand2)
    in_tile = _SIDE * case.converters * (unit.register_bits + 1) * bit_m2
    tree = tree_counts(row_tiles, np.full(len(case), _SUM_BITS), halving=True)
    over_tiles = _OVERSIZED_TREES * tree.adder_bits * bit_m2
    return (crossbars * shift_add.unit_area(case, unit) + tiles * in_tile + over_tiles) * UM2_PER_M2


def _buffers(technology: Technology, sides: IntArray, tiles: FloatArray) -> FloatArray:
    """Buffers of tiles and of the group's chiplet, (n,) [um2]."""
    designs = Designs.from_columns(
        {"crossbar_rows": sides, "crossbar_cols": sides, "in_tile_copies": False},
        profile="siam",
        n=len(sides),
        where="rows",
        technology=technology,
    )
    parts = tile_unit(designs, np.zeros(len(sides))).area_by_component
    library, bank = design_library(designs), designs.technology.constants("tile")["chiplet_bank"]
    chiplet = bank_array(library, bank, np.zeros(len(sides), dtype=bool)).area(
        np.full(len(sides), _CHIPLET_BUFFER_BITS)
    )
    return (tiles * (parts["input_buffer"] + parts["output_buffer"]) + chiplet) * UM2_PER_M2


# --- which layers a chiplet holds ------------------------------------------------------------------------------------


@cache
def _networks() -> pd.DataFrame:
    return pd.read_csv(data_folder("validation") / "siam_networks.csv")


@cache
def network_layers(name: str) -> pd.DataFrame:
    """Rows of the weight matrix and output channels of each layer of a network as SIAM released it.

    References
    ----------
    [siam2021] Networks/: sizes of weight matrices.
    """
    table = _networks()
    if name not in set(table["network"]):
        raise InputError("rows", unknown_name("network of SIAM", name, tuple(table["network"].unique())))
    found = table[table["network"] == name]
    return found.loc[found.index.repeat(found["last_layer"] - found["first_layer"] + 1)].reset_index(drop=True)


def _column(rows: pd.DataFrame, name: str) -> list[Any]:
    return list(rows[name]) if name in rows else [np.nan] * len(rows)


def _group(name: str, crossbar: int, capacity: int, first: float, last: float, chiplet: float) -> tuple[int, int]:
    """Chiplets of a group, and the most tiles along the rows of its layers.

    Where the layers are not given they are those of the ``chiplet``-th group of SIAM's partition; a layer larger than a
    chiplet is a group of its own (the source lists it with the layer before it).
    """
    layers, tile = network_layers(str(name)), np.array(_SIDE * int(crossbar))
    row_tiles = ceil_div(layers["weight_rows"].to_numpy(), tile)
    tiles = row_tiles * ceil_div(layers["channels_out"].to_numpy() * _WEIGHT_BITS, tile)
    placed = partition(tiles[None], np.array([int(capacity)]))
    if np.isnan(first) or np.isnan(last):
        starts = np.unique(placed.first_chiplet[0])
        if not 1 <= chiplet <= len(starts):
            raise InputError(
                "rows",
                f"chiplet {chiplet}: {name} has groups 1 to {len(starts)}; give first_layer and last_layer, or it",
            )
        held = np.flatnonzero(placed.first_chiplet[0] == starts[int(chiplet) - 1])
    else:
        if not 1 <= first <= last <= len(layers):
            raise InputError("rows", f"layers {first:g} to {last:g}: {name} has layers 1 to {len(layers)}")
        held = np.arange(int(first) - 1, int(last))
        if tiles[held[-1]] > capacity:
            held = held[-1:]
    return int(placed.spanned_chiplets[0, held[-1]]), int(row_tiles[held].max())


_PARTS = ("adc", "accumulation", "other", "cells", "routing", "buffer")
_QUANTITIES = ("total_area_um2", *(f"{part}_area_um2" for part in _PARTS))

KIND = Kind(
    name="siam_chiplet",
    reference="siam_engine_chiplets.csv",
    quantities={name: name for name in _QUANTITIES},
    predict=predict,
    knobs=_KNOBS,
    groups=("crossbar", "network"),
    targets={"all": Target(0.1, 0.3)},
    note="the buffers are part of the other area. 409,600 trees over the tiles of a chiplet whose layers span tiles "
    "are an artefact of the source (oversized_sums).",
)
