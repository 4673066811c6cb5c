"""The plan: which engines there are. A new one is its folder and a line here, or an entry point of another package."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.core.declare import Engine
from siam_dse.core.errors import InputError
from siam_dse.core.plan import Plan
from siam_dse.design.converters import differ_by_layer
from siam_dse.design.designs import Designs
from siam_dse.engines.accuracy.parts import ACCURACY, ACCURACY_BY_LAYER
from siam_dse.engines.carbon.parts import CARBON
from siam_dse.engines.cost.parts import COST
from siam_dse.engines.crossbar.parts import CROSSBAR
from siam_dse.engines.digital.parts import DIGITAL
from siam_dse.engines.dram.parts import DRAM
from siam_dse.engines.noc.parts import NOC
from siam_dse.engines.nop.parts import NOP, NOP_PLACED
from siam_dse.engines.nop.placement import is_placed
from siam_dse.engines.thermal.parts import THERMAL
from siam_dse.engines.tile.parts import TILE
from siam_dse.mapping.parts import MAPPING

ENTRY_POINTS = "siam_dse.engines"
NOC_MODELS = ("fast", "fluid", "cycle")
PACKAGED = (MAPPING, CROSSBAR, TILE, DIGITAL, NOC, NOP, ACCURACY, COST, CARBON, THERMAL, DRAM)


@cache  # reading the installed packages' entry points takes longer than an evaluation
def plan(*, by_layer: bool = False, placed: bool = False) -> Plan:
    """The packaged engines, and those that installed packages add.

    ``by_layer``: for designs whose converters may run at different bits from layer to layer; ``placed``: for those
    whose chiplets are placed by swaps.
    """
    found = [_loaded(point) for point in entry_points(group=ENTRY_POINTS)]
    packages = {engine.name: package for engine, package in found}
    others = {ACCURACY.name: ACCURACY_BY_LAYER} if by_layer else {}
    others |= {NOP.name: NOP_PLACED} if placed else {}
    packaged = (others.get(engine.name, engine) for engine in PACKAGED)
    return Plan((*packaged, *(engine for engine, _ in found)), packages)


def plan_numbers(designs: Designs) -> IntArray:
    """Number of the plan that each design needs, (D,), for :func:`numbered`."""
    return np.asarray(differ_by_layer(designs) + 2 * is_placed(designs))


def numbered(numbers: IntArray) -> Plan:
    """The plan of designs that all have the same number, (D,)."""
    number = int(numbers[0]) if len(numbers) else 0
    return plan(by_layer=number % 2 > 0, placed=number > 1)


def _loaded(point: EntryPoint) -> tuple[Engine, str]:
    """Engine of an entry point, and its package."""
    package = point.dist.name if point.dist else point.module
    try:
        engine = point.load()
    except Exception as error:
        message = f"package {package}, entry point {point.name} = {point.value}: cannot be loaded ({error!r})"
        raise InputError("engines", f"{message}; repair or uninstall the package") from error
    if not isinstance(engine, Engine):
        raise InputError("engines", f"package {package}, entry point {point.name} = {point.value}: is no Engine")
    return engine, package
