"""Kinds of memory cells: which are SRAM, which a resistance behind a transistor."""

from functools import reduce

import numpy as np

from siam_dse.core.arrays import BoolArray
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code

SRAM_CELLS = ("sram", "charge", "digital_cim")
TRANSISTOR_CELLS = ("rram_1t1r", "mram", "pcm")
WEARING_CELLS = ("rram_1t1r", "rram_crosspoint", "pcm")


def is_of(designs: Designs, names: tuple[str, ...]) -> BoolArray:
    """Designs whose cell is one of ``names``, (U,)."""
    return np.asarray(reduce(np.logical_or, [designs.cell == code("cell", name) for name in names]))


def is_sram(designs: Designs) -> BoolArray:
    """Designs whose cells are SRAM, with or without a capacitor or a gate, (U,)."""
    return is_of(designs, SRAM_CELLS)


def is_charge(designs: Designs) -> BoolArray:
    """Designs whose cells are SRAM with a capacitor each, (U,)."""
    return np.asarray(designs.cell == code("cell", "charge"))
