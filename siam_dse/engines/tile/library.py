"""Cell library of a design: its node and the circuit variant that its digital logic follows."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray
from siam_dse.core.once import once, pick
from siam_dse.core.units import ROUNDING
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.design.process import node_row
from siam_dse.technology.gates import Gate, Node, all_nodes
from siam_dse.technology.logic import FlipFlop, adder_gate, flip_flop, folded_where
from siam_dse.technology.technology import Technology

# Fields of a design that the library depends on.
LIBRARY_FIELDS = ("node_nm", "roadmap", "circuit")


@dataclass(frozen=True)
class Library:
    """Gates of U rows; arrays are (U,).

    ``widened``: gates fill the standard cell, as in V1.3; SIAM's older circuit has minimum gates and no calibrated
    activity. ``folded_nand2`` and ``folded_nors`` mark gates that the source folds in two through rounding of a tie:
    validation only.
    """

    node: Node
    widened: BoolArray
    adder_activity: FloatArray
    decoder_activity: FloatArray
    folded_nand2: BoolArray
    folded_nors: BoolArray

    def __len__(self) -> int:
        return len(self.node)

    @property
    @once
    def adder_nand(self) -> Gate:
        """NAND2 of an adder or comparator."""
        return folded_where(self.node, adder_gate(self.node, widened=self.widened), 2, self.folded_nand2)

    @property
    @once
    def register(self) -> FlipFlop:
        """One flip-flop, clocked in full."""
        return flip_flop(self.node, widened=self.widened)


def calibrated_library(node: Node, folded_nand2: BoolArray, folded_nors: BoolArray) -> Library:
    """Library of V1.3: widened gates, calibrated activities."""
    return _library(node, np.ones(len(node), dtype=bool), folded_nand2, folded_nors)


@once
def design_library(designs: Designs) -> Library:
    """Library of each design, from ``LIBRARY_FIELDS``: no gate is folded at a tie."""
    technology = designs.technology
    widened = designs.circuit == code("circuit", "neurosim13")
    return pick(_every_library(technology), node_row(designs) + widened * len(all_nodes(technology)))


@once
def _every_library(technology: Technology) -> Library:
    """Library of every node with minimum gates, then with widened ones."""
    nodes = all_nodes(technology)
    widened = np.repeat([False, True], len(nodes))
    none = np.zeros(len(widened), dtype=bool)
    return _library(pick(nodes, np.tile(np.arange(len(nodes)), 2)), widened, none, none)


def _library(node: Node, widened: BoolArray, folded_nand2: BoolArray, folded_nors: BoolArray) -> Library:
    return Library(
        node=node,
        widened=widened,
        adder_activity=np.where(widened, node.technology.constants("logic")["adder_activity"], 1.0),
        decoder_activity=np.where(widened, node.technology.constants("buffers")["decoder_activity"], 1.0),
        folded_nand2=folded_nand2,
        folded_nors=folded_nors,
    )


def whole_cycles(time_s: FloatArray, clock_hz: FloatArray) -> FloatArray:
    """Cycles that a step of ``time_s`` takes, rounded up."""
    return np.ceil(time_s * clock_hz - ROUNDING)


def column_of(values: FloatArray, like: AnyArray) -> FloatArray:
    """(U,) values laid along axis 0 of ``like``, (U, ...)."""
    return values[(slice(None), *([None] * (np.ndim(like) - 1)))]
