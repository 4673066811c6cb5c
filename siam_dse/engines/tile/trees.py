"""Adder tree: adders, energy, delay and area of summing several inputs."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, IntArray
from siam_dse.core.once import once
from siam_dse.engines.tile.library import Library, column_of
from siam_dse.technology.logic import adder_area, adder_energy, adder_leakage, carry_chain

_MOST_LISTED = 65_536  # inputs up to which trees of every size are counted at once


@dataclass(frozen=True)
class TreeCounts:
    """Adders of a tree by the width they have; counts, shaped like the tree's inputs.

    ``adder_bits`` is the sum over adders of their bits, ``path_bits`` that over the stages of one path, where a first
    adder of one bit counts two: it is as slow.
    """

    adders: AnyArray
    adder_bits: AnyArray
    stages: AnyArray
    path_bits: AnyArray


def tree_counts(inputs: IntArray, first_bits: IntArray, *, halving: bool = False) -> TreeCounts:
    """Adders of a tree of ``inputs`` inputs of ``first_bits`` bits, one bit more a stage.

    Parameters
    ----------
    inputs, first_bits : int64 arrays that broadcast
        One input is no tree.
    halving : bool
        Whole halves only, as the source counts: an odd input is dropped and three inputs have one adder. Otherwise
        an odd input joins the next stage, and there are inputs - 1 adders.

    Returns
    -------
    TreeCounts

    References
    ----------
    [neurosim13] AdderTree.cpp (``halving`` measured, exact).
    """
    largest = int(np.max(inputs, initial=1))
    if largest < np.size(inputs) or largest < _MOST_LISTED:
        tree, row = _trees(np.arange(largest + 1), halving), np.asarray(inputs)
    else:
        some, row = np.unique(inputs, return_inverse=True)
        tree, row = _trees(some, halving), row.reshape(np.shape(inputs))
    adders, stages = tree.adders[row], tree.stages[row]
    return TreeCounts(
        adders=adders,
        adder_bits=adders * first_bits + tree.adder_bits[row],
        stages=stages,
        path_bits=stages * first_bits + tree.path_bits[row] + ((first_bits == 1) & (stages > 0)),
    )


def _trees(inputs: IntArray, halving: bool) -> TreeCounts:
    """Trees of so many inputs (n,) of no bits: their bits are those by which sums grow."""
    left: IntArray = inputs
    stages = np.ceil(np.log2(np.maximum(left, 1))).astype(np.int64)
    adders, adder_bits = np.zeros_like(left), np.zeros_like(left)
    for stage in range(int(stages.max())):
        here = np.where(stage < stages, left // 2, 0)
        adders = adders + here
        adder_bits = adder_bits + here * stage
        left = left // 2 if halving else left - here
    return TreeCounts(adders, adder_bits, stages, path_bits=stages * (stages - 1) // 2)


@dataclass(frozen=True)
class AdderLaw:
    """Figures of an adder that are linear in its bits: value = ``fixed`` + bits x ``per_bit``; arrays (U,), SI."""

    energy_fixed_j: FloatArray
    energy_per_bit_j: FloatArray
    delay_fixed_s: FloatArray
    delay_per_bit_s: FloatArray
    area_per_bit_m2: FloatArray
    leakage_per_bit_w: FloatArray

    def energy(self, adders: AnyArray, bits: AnyArray) -> AnyArray:
        """Energy of ``adders`` additions of ``bits`` bits together [J]; arrays (U, ...)."""
        fixed, per_bit = column_of(self.energy_fixed_j, adders), column_of(self.energy_per_bit_j, adders)
        return np.asarray(adders * fixed + bits * per_bit)

    def delay(self, stages: AnyArray, bits: AnyArray) -> AnyArray:
        """Delay of ``stages`` adders of ``bits`` bits together, one after another [s]; arrays (U, ...)."""
        fixed, per_bit = column_of(self.delay_fixed_s, stages), column_of(self.delay_per_bit_s, stages)
        return np.asarray(stages * fixed + bits * per_bit)


@once
def adder_law(library: Library) -> AdderLaw:
    """Linear law of the library's ripple adder."""
    node, gate, activity = library.node, library.adder_nand, library.adder_activity
    one = np.ones(len(node))
    energy, more = adder_energy(node, one, gate, activity), adder_energy(node, 2 * one, gate, activity)
    carry = carry_chain(node, gate)
    return AdderLaw(
        energy_fixed_j=2 * energy - more,
        energy_per_bit_j=more - energy,
        delay_fixed_s=carry.ends_s - 2 * carry.between_s,
        delay_per_bit_s=carry.between_s,
        area_per_bit_m2=adder_area(node, one, gate),
        leakage_per_bit_w=adder_leakage(node, one, gate),
    )
