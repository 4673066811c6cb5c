"""One tile beside its crossbars: area and leakage of buffers, adders, activation and pooling units, and its H-tree."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, freeze, total
from siam_dse.core.once import once
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.engines.tile.buffers import BankArray, bank_array
from siam_dse.engines.tile.interconnect import bus_length, htree_area, htree_lengths, htree_path
from siam_dse.engines.tile.library import Library, design_library, logic_supply
from siam_dse.engines.tile.pooling import comparator, pool_comparators
from siam_dse.engines.tile.shape import SHAPE_FIELDS, TileShape, tile_shape
from siam_dse.engines.tile.trees import adder_law, tree_counts
from siam_dse.technology.wires import bus_wire, htree_wire

# Fields of a design that a tile beside its crossbars depends on, with the area of a crossbar.
TILE_FIELDS = (*SHAPE_FIELDS, "buffer_kind")


@dataclass(frozen=True)
class TileUnit:
    """One tile of each design; arrays (U,), SI, read-only."""

    area_m2: FloatArray  # beside the crossbars
    tile_area_m2: FloatArray  # with the crossbars
    leakage_w: FloatArray  # beside the crossbars
    area_by_component: Mapping[str, FloatArray]
    leakage_by_component: Mapping[str, FloatArray]
    leaf_m: FloatArray  # pitch of the crossbars: side of a leaf of the H-tree


def tile_unit(designs: Designs, crossbar_area_m2: FloatArray) -> TileUnit:
    """Area and leakage of one tile beside its crossbars.

    A tile of n x n crossbars buffers the inputs and the sums of one position, adds its row crossbars in a tree a lane,
    accumulates the sums of other tiles, applies the activation and pools (SIAM: activation and pooling in the chiplet).
    With ``bias_correction`` a lane has a subtractor more, and the tile a memory of one constant for each output.
    Inputs and results travel an H-tree over the crossbars.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``TILE_FIELDS``.
    crossbar_area_m2 : (U,) [m2]
        One crossbar with its periphery.

    Returns
    -------
    TileUnit

    Notes
    -----
    A leaf of the H-tree is a square as large as the tile without its H-tree / n^2. The repeaters of every wire leak:
    along the path and, past the other crossbars of a row (column), along a bus.

    Blocks were checked one by one at 22 to 65 nm (``siam-dse validate --kind upper``); the way they are put together is
    this package's. Not modelled: control, clock tree, white space of a layout.

    References
    ----------
    [neurosim13] Tile.cpp (banks of 32 x 32 bits, wires folded 16 times).
    """
    library, shape = design_library(designs), tile_shape(designs)
    k = designs.technology.constants("tile")
    buffers = tile_buffers(designs)
    law = adder_law(library)
    tree = tree_counts(shape.side, shape.crossbar_bits).adder_bits * shape.lanes
    accumulators = shape.accumulator_bits * shape.lanes
    subtractors = np.where(designs.bias_correction, accumulators, 0)
    pool = comparator(library, designs.activation_bits)
    comparators = np.ceil(shape.lanes / k["pool_window"]) * pool_comparators(k["pool_window"])
    register = library.register
    area = {
        "input_buffer": buffers.area(shape.input_capacity),
        "output_buffer": buffers.area(shape.output_capacity),
        "adder_tree": tree * law.area_per_bit_m2,
        "accumulator": accumulators * law.area_per_bit_m2,
        "correction": buffers.area(shape.correction_capacity) + subtractors * law.area_per_bit_m2,
        "activation": accumulators * register.area_m2,
        "pooling": comparators * pool.area_m2,
    }
    leakage = {
        "input_buffer": buffers.leakage(shape.input_capacity),
        "output_buffer": buffers.leakage(shape.output_capacity),
        "adder_tree": tree * law.leakage_per_bit_w,
        "accumulator": accumulators * law.leakage_per_bit_w,
        "correction": buffers.leakage(shape.correction_capacity) + subtractors * law.leakage_per_bit_w,
        "activation": accumulators * register.leakage_w,
        "pooling": comparators * pool.leakage_w,
    }
    crossbars_m2 = designs.crossbars_per_tile * crossbar_area_m2
    leaf_m = np.sqrt((crossbars_m2 + total(area.values())) / designs.crossbars_per_tile)
    area["htree"] = htree_area(library.node, shape.side, leaf_m, _wires(shape), k["htree_fold"])
    leakage["htree"] = _wires(shape) * _wire_leakage(library, shape, leaf_m)
    leakage = {name: logic_supply(designs) * leakage_w for name, leakage_w in leakage.items()}
    beside = total(area.values())
    return TileUnit(
        area_m2=freeze(beside),
        tile_area_m2=freeze(crossbars_m2 + beside),
        leakage_w=freeze(total(leakage.values())),
        area_by_component=_frozen(area),
        leakage_by_component=_frozen(leakage),
        leaf_m=freeze(leaf_m),
    )


@once
def tile_buffers(designs: Designs) -> BankArray:
    """Banks of each design's tile buffers."""
    return bank_array(design_library(designs), designs.technology.constants("tile")["tile_bank"], is_sram(designs))


def is_sram(designs: Designs) -> BoolArray:
    """Designs whose buffers are SRAM, (U,)."""
    return np.asarray(designs.buffer_kind == code("buffer_kind", "sram"))


def tile_wires(shape: TileShape, leaf_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Wire between the port and the first crossbar of a row, and on past the others [m], (U,) each."""
    return htree_path(htree_lengths(shape.side, leaf_m)), bus_length(shape.side, leaf_m)


def _wires(shape: TileShape) -> FloatArray:
    """Wires of the H-tree, (U,)."""
    return (shape.input_wires + shape.output_wires).astype(np.float64)


def _wire_leakage(library: Library, shape: TileShape, leaf_m: FloatArray) -> FloatArray:
    """Leakage of the repeaters of one wire [W], (U,)."""
    path, past = tile_wires(shape, leaf_m)
    return path * htree_wire(library.node).leakage_w_per_m + past * bus_wire(library.node).leakage_w_per_m


def _frozen(parts: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
    return MappingProxyType({name: freeze(values) for name, values in parts.items()})
