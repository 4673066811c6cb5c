"""Levels of one axis: values as YAML gives them, and ranges cut into levels."""

from typing import Any

import numpy as np

from siam_dse.design.fields import ALIASES, fields
from siam_dse.technology.technology import Technology
from siam_dse.technology.variants import Variants

LEVELS_OF_A_FLOAT_RANGE = 1001
MOST_LEVELS = 20_000


def level_faults(name: str, value: Any, technology: Technology | Variants | None = None) -> list[str]:
    """What is wrong with a value of a field or alias (each fault once)."""
    faults = [fields(technology)[member].fault(value) for member in ALIASES.get(name, (name,))]
    found = [fault for fault in faults if fault]
    return [f"{name}: {found[0].partition(': ')[2]}"] if found else []


def spelled(name: str, value: Any, technology: Technology | Variants | None = None) -> Any:
    """A value of a field or alias, a choice as its table spells it."""
    return fields(technology)[ALIASES.get(name, (name,))[0]].spelled(value)


def finite(text: str) -> float:
    """Number that ``text`` spells; NaN and infinity are refused."""
    value = float(text)
    if not np.isfinite(value):
        raise ValueError(text)
    return value


def number(value: Any) -> Any:
    """A number as a float, so that 1 and 1.0 are the same level; anything else as it is."""
    return float(value) if is_number(value) else value


def is_number(value: Any) -> bool:
    """Whether a value is a number (truth values are not)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def range_faults(numbers: dict[str, float], *, log: bool, whole: bool) -> list[str]:
    """What is wrong with the numbers of a range, found before any level is made."""
    problems = [f"{key} must be finite, got {value:g}" for key, value in numbers.items() if not np.isfinite(value)]
    if problems:
        return problems
    low, high = numbers["low"], numbers["high"]
    if not low < high:
        problems.append(f"low must be below high, got {low:g} and {high:g}")
    if log and low <= 0:
        problems.append(f"log needs a positive low, got {low:g}")
    step, levels = numbers.get("step"), numbers.get("levels")
    if step is not None and not step > 0:
        problems.append(f"step must be positive, got {step:g}")
    if levels is not None and (levels != int(levels) or not 2 <= levels <= MOST_LEVELS):
        problems.append(f"levels must be a whole number from 2 to {MOST_LEVELS}, got {levels:g}")
    if step is not None and step > 0 and (high - low) / step > MOST_LEVELS:
        problems.append(f"step makes more than {MOST_LEVELS} levels; make it larger")
    if whole and step is None and levels is None and high - low > MOST_LEVELS:
        problems.append(f"there are more than {MOST_LEVELS} whole numbers in it; give step or levels")
    return problems


def range_levels(numbers: dict[str, float], *, log: bool, whole: bool) -> list[Any]:
    """Levels of a sound range."""
    low, high = numbers["low"], numbers["high"]
    if "step" in numbers:
        count = int(np.floor((high - low) / numbers["step"] * (1 + 1e-12))) + 1
        values = low + numbers["step"] * np.arange(count)
    elif whole and "levels" not in numbers:
        values = np.arange(np.ceil(low), np.floor(high) + 1)
    else:
        count = int(numbers.get("levels", LEVELS_OF_A_FLOAT_RANGE))
        values = np.geomspace(low, high, count) if log else np.linspace(low, high, count)
    if whole:
        values = np.unique(np.round(values) if "step" not in numbers else values)
    return [int(value) if whole and value == int(value) else float(f"{value:.12g}") for value in values]
