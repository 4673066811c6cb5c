"""The rules every design must meet, whatever the search space asks for: how much each is broken by, > 0 = violated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from siam_dse.core.arrays import AnyArray
from siam_dse.core.units import MM2_PER_M2
from siam_dse.design.fields import code
from siam_dse.engines.cost.engine import reticle_area_m2
from siam_dse.system.columns import Parts

_MM_PER_M = 1e3


@dataclass(frozen=True)
class Rule:
    """A rule: what it says, how far a design is beyond it (D,), and what to do about it."""

    name: str
    meaning: str
    remedy: str
    slack: Callable[[Parts], AnyArray]


def _fits(p: Parts) -> AnyArray:
    m = p.totals.batch.mapping
    missing = np.where(m.chiplets_given > 0, m.chiplets_needed - m.chiplets_given, 0)
    return missing[p.totals.batch.mapping_key.gather]


def _spares(p: Parts) -> AnyArray:
    m = p.totals.batch.mapping
    spare = np.where(m.is_custom & (m.chiplets_given > 0), m.chiplets_given - m.chiplets_used, 0)
    return np.maximum(spare, 0)[p.totals.batch.mapping_key.gather]


def _shoreline(p: Parts) -> AnyArray:
    b = p.totals.batch
    return (b.nop.shoreline_m[b.nop_key.gather] - np.sqrt(p.totals.die_area_m2)) * _MM_PER_M


def _reticle(p: Parts) -> AnyArray:
    return (p.totals.die_area_m2 - reticle_area_m2()) * MM2_PER_M2


def _sram_bits(p: Parts) -> AnyArray:
    d = p.totals.batch.designs
    return np.where(d.cell == code("cell", "sram"), d.cell_bits - 1, 0)


VIOLATION_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            Rule("fits", "chiplets needed beyond those given", "more or larger chiplets, or larger crossbars", _fits),
            Rule("spare_custom", "custom chiplets given that no layer fills", "n_chiplets = 0 or fewer", _spares),
            Rule("phy_shoreline", "mm of chiplet edge that the NoP PHY lacks",
                 "less NoP bandwidth, a denser link or a larger chiplet", _shoreline),
            Rule("reticle", "mm2 of the largest die beyond the reticle", "fewer tiles a chiplet", _reticle),
            Rule("sram_cell_bits", "bits beyond the one that an SRAM cell stores", "cell_bits = 1", _sram_bits),
        )
    }
)  # fmt: skip
