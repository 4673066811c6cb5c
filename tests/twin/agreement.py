"""Comparison of the twin's figures with the package's: relative, and with everything a reader needs where they differ."""

import pytest


def assert_agree(mine, wanted, where, rtol=1e-9):
    """Every figure of ``wanted``, a dict of numbers, is among ``mine`` and equal within ``rtol``."""
    wrong = [
        f"{name}: twin {mine[name]!r}, package {value!r}, {_relative(mine[name], value):.2e} apart"
        for name, value in wanted.items()
        if not _relative(mine[name], value) <= rtol
    ]
    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} figures differ of {where}", *wrong]))


def _relative(mine, wanted):
    return 0.0 if mine == wanted else abs(mine - wanted) / max(abs(mine), abs(wanted))
