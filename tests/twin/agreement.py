"""Comparison of the twin's figures with the package's: relative, and with all that a reader needs where they differ."""

import math

import pytest

# Points of top-1 lost are a share of at most 100 %, one less another share: four units in the last place are not known.
FLOORS = {"accuracy_loss_pct": 4 * math.ulp(100)}


def assert_agree(mine, wanted, where, rtol=1e-9):
    """Every figure of ``wanted``, a dict of numbers, is among ``mine`` and equal within ``rtol``."""
    wrong = [
        f"{name}: twin {mine[name]!r}, package {value!r}, {relative(mine[name], value):.2e} apart"
        for name, value in wanted.items()
        if not (relative(mine[name], value) <= rtol or abs(mine[name] - value) <= FLOORS.get(name, 0))
    ]
    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} figures differ of {where}", *wrong]))


def relative(mine, wanted):
    """Distance over the larger of the two, 0 where they are equal, or neither is a number."""
    if math.isnan(mine) and math.isnan(wanted):
        return 0.0
    return 0.0 if mine == wanted else abs(mine - wanted) / max(abs(mine), abs(wanted))
