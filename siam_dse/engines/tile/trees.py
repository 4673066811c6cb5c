"""Adder tree: adders, energy, delay and area of summing several inputs."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, IntArray
from siam_dse.engines.tile.library import Library, column_of
from siam_dse.technology.logic import adder_area, adder_delay, adder_energy, adder_leakage


@dataclass(frozen=True)
class TreeCounts:
    """Adders of a tree by the width they have; counts, shaped like the tree's inputs.

    ``adder_bits`` is the sum over adders of their bits, ``path_bits`` that over the stages of one path.
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
    shape = np.broadcast_shapes(np.shape(inputs), np.shape(first_bits))
    left: IntArray = np.broadcast_to(inputs, shape)
    stages = np.ceil(np.log2(np.maximum(left, 1))).astype(np.int64)
    none: AnyArray = np.zeros(shape, dtype=np.int64)
    adders, adder_bits, path_bits = none, none, none
    for stage in range(int(stages.max(initial=0))):
        here = np.where(stage < stages, left // 2, 0)
        width = first_bits + stage
        adders = adders + here
        adder_bits = adder_bits + here * width
        path_bits = path_bits + np.where(stage < stages, width, 0)
        left = left // 2 if halving else left - here
    return TreeCounts(adders, adder_bits, stages, path_bits)


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


def adder_law(library: Library) -> AdderLaw:
    """Linear law of the library's ripple adder, from two widths."""
    node, gate, activity = library.node, library.adder_nand, library.adder_activity
    one = np.ones(len(node))
    energy, more = adder_energy(node, one, gate, activity), adder_energy(node, 2 * one, gate, activity)
    delay, slower = adder_delay(node, 2 * one, gate), adder_delay(node, 2 * one + 1, gate)
    return AdderLaw(
        energy_fixed_j=2 * energy - more,
        energy_per_bit_j=more - energy,
        delay_fixed_s=delay - 2 * (slower - delay),
        delay_per_bit_s=slower - delay,
        area_per_bit_m2=adder_area(node, one, gate),
        leakage_per_bit_w=adder_leakage(one, gate),
    )
