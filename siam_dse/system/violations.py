"""The rules every design must meet, whatever the search space asks for: how much each is broken by, > 0 = violated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from siam_dse.core.arrays import AnyArray
from siam_dse.core.units import MM2_PER_M2, MM_PER_M
from siam_dse.design.fields import code
from siam_dse.system.figures import Figures


@dataclass(frozen=True)
class Rule:
    """A rule: what it says, what to do about it, and how far a design is beyond it, (D,)."""

    name: str
    meaning: str
    remedy: str
    slack: Callable[[Figures], AnyArray]


def _missing_chiplets(f: Figures) -> AnyArray:
    m = f.batch.mapping
    missing = np.where(m.chiplets_given > 0, np.maximum(m.chiplets_needed - m.chiplets_given, 0), 0)
    return f.at(f.batch.mapping_key, missing)


def _spare_custom_chiplets(f: Figures) -> AnyArray:
    m = f.batch.mapping
    spare = np.where(m.is_custom & (m.chiplets_given > 0), m.chiplets_given - m.chiplets_used, 0)
    return f.at(f.batch.mapping_key, np.maximum(spare, 0))


def _sram_bits(f: Figures) -> AnyArray:
    designs = f.designs
    return np.where(designs.cell == code("cell", "sram"), designs.cell_bits - 1, 0)


def _magnitude_bits(f: Figures) -> AnyArray:
    designs = f.designs
    is_differential = designs.weight_mapping == code("weight_mapping", "differential")
    return np.where(is_differential & (designs.weight_bits < 2), 1, 0)


def _beyond_reticle(f: Figures) -> AnyArray:
    reticle_m2 = f.designs.technology.constants("cost")["reticle"]
    return np.asarray(np.maximum(f.die_area_m2 - reticle_m2, 0) * MM2_PER_M2)


def _phy_beyond_edge(f: Figures) -> AnyArray:
    shoreline_m = f.at(f.batch.package_key, f.batch.links.shoreline_m)
    return np.asarray(np.maximum(shoreline_m - np.sqrt(f.die_area_m2), 0) * MM_PER_M)


VIOLATION_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            Rule("fits", "chiplets needed beyond those given", "more or larger chiplets, or larger crossbars",
                 _missing_chiplets),
            Rule("spare_custom", "custom chiplets given that no layer fills", "n_chiplets = 0 or fewer",
                 _spare_custom_chiplets),
            Rule("sram_cell_bits", "bits beyond the one that an SRAM cell stores", "cell_bits = 1", _sram_bits),
            Rule("differential_bits", "bits that a signed weight needs beyond its one", "weight_bits = 2, or offset",
                 _magnitude_bits),
            Rule("reticle", "mm2 by which the largest die exceeds what can be exposed at once", "smaller chiplets",
                 _beyond_reticle),
            Rule("phy_fits", "millimetres by which a PHY is longer than the die's edge",
                 "less nop_bandwidth_gbps, a denser link, or larger chiplets", _phy_beyond_edge),
        )
    }
)  # fmt: skip
