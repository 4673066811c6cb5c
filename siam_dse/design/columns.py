"""Columns of designs from given values: encoded, aliases expanded, defaults filled in, every fault with its row."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from siam_dse.core.arrays import AnyArray
from siam_dse.core.errors import InputError
from siam_dse.design.fields import ALIASES, Field, default_values, expand_aliases
from siam_dse.technology.gates import offered_nodes, say_offered
from siam_dse.technology.technology import Technology
from siam_dse.technology.variants import FIELD, Variants

_MOST_OF_A_GRID = 10_000_000  # designs, which take some 8 GB of memory
_DTYPES: Mapping[str, type] = {"int": np.int64, "float": np.float64, "bool": np.bool_, "choice": np.int64}


def default_column(
    field: Field, profile: str, technology: Technology | Variants, size: int, which: AnyArray | None
) -> AnyArray:
    """Default of a field for each design, (size,), of several technologies that of its own."""
    if field.name == FIELD or which is None or not isinstance(technology, Variants):
        own = technology if isinstance(technology, Technology) else None
        value = field.default if field.name == FIELD else default_values(profile, own)[field.name]
        return np.full(size, field.encode(value), dtype=_DTYPES[field.kind])
    of_each = [field.encode(default_values(profile, one)[field.name]) for one in technology.technologies]
    return np.asarray(of_each, dtype=_DTYPES[field.kind])[which]


def as_column(values: Any) -> AnyArray:
    """Column of plain values; a scalar becomes a column of one."""
    array = np.asarray(values, dtype=object) if isinstance(values, list | tuple) else np.asarray(values)
    if array.ndim > 1:  # values that are lists themselves: each one value, which no field takes
        array = np.fromiter(map(str, array), dtype=object, count=len(array))
    return np.atleast_1d(array)


def grid_columns(values: Mapping[str, Sequence[Any]], where: str) -> tuple[dict[str, list[Any]], int]:
    """Columns of every combination of the values, the first slowest, and how many there are.

    Raises
    ------
    InputError
        There are more than a batch holds.
    """
    n = prod(map(len, values.values()))
    if n > _MOST_OF_A_GRID:
        walks = "'siam-dse sweep' and 'enumerate' walk larger spaces"
        raise InputError(where, f"makes {n:,} designs; {_MOST_OF_A_GRID:,} are evaluated at once at most; {walks}")
    points = list(product(*values.values()))
    return {name: [point[i] for point in points] for i, name in enumerate(values)}, n


def expand_alias_columns(
    given: Mapping[str, AnyArray], where: str, technology: Technology | Variants
) -> dict[str, AnyArray]:
    """Aliases replaced by their fields; disagreeing columns are refused with the first row that disagrees."""
    plain = {name: name for name in given}  # checks the names only: values may differ row by row
    expand_aliases({name: plain[name] for name in plain if name not in _alias_members(given)}, where, technology)
    out = {name: column for name, column in given.items() if name not in ALIASES}
    problems = []
    for alias, members in ALIASES.items():
        if alias not in given:
            continue
        for member in members:
            if member in given:
                a, b = np.broadcast_arrays(given[alias], given[member])
                unequal = np.flatnonzero((a == a) & (a != b))
                if len(unequal):
                    row = int(unequal[0])
                    problems.append(
                        f"row {row + 1}: {alias} = {a[row]} sets {member}, which is also given as {b[row]}; give one"
                    )
            else:
                out[member] = given[alias]
    if problems:
        raise InputError(where, problems)
    return out


def _alias_members(given: Mapping[str, AnyArray]) -> set[str]:
    """Fields that an alias in ``given`` sets too."""
    return {member for alias, members in ALIASES.items() if alias in given for member in members}


def encoded_column(field: Field, column: AnyArray) -> tuple[AnyArray, list[str]]:
    """Stored form of a column and a line for each distinct fault."""
    texts = column if column.dtype.kind in "biuf" else column.astype(object).astype(str)
    _, first, inverse = np.unique(texts, return_index=True, return_inverse=True)
    coded, faults = [], []
    for row in first.tolist():
        plain = _plain(field, column[row])
        fault = field.fault(plain)
        if fault:
            faults.append(f"row {row + 1}: {fault}")
            plain = field.default
        coded.append(field.encode(plain))
    return np.asarray(coded, dtype=_DTYPES[field.kind])[inverse.reshape(-1)], faults


def _plain(field: Field, value: Any) -> Any:
    """``value`` as Python has it; text that spells a number or truth value counts as one, as in a CSV file."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, str) and field.kind != "choice":
        text = value.strip().lower()
        if field.kind == "bool" and text in {"true", "false"}:
            return text == "true"
        try:
            return float(text)
        except ValueError:
            return value
    if field.kind == "int" and isinstance(value, float) and value == int(value if abs(value) < 1e300 else 0):
        return int(value)
    return value


JOINED = ("node_nm", "crossbars_per_tile", "r_off_ohm", "r_on_ohm")  # fields of the rules below


def joint_faults(columns: Mapping[str, AnyArray], technology: Technology | Variants) -> list[str]:
    """Rules that join fields: square tiles, nodes that are offered, an off resistance above the on resistance."""
    problems = []
    each = technology.technologies if isinstance(technology, Variants) else (technology,)
    offered = np.asarray(sorted(set.intersection(*(set(offered_nodes(one)) for one in each))))
    for row in np.flatnonzero(~np.isin(columns["node_nm"], offered))[:1]:
        problems.append(
            f"row {row + 1}: node_nm: {columns['node_nm'][row]:g} nm is not among the nodes; {say_offered(offered)}"
        )
    side = np.sqrt(columns["crossbars_per_tile"])
    for row in np.flatnonzero(side != np.round(side))[:1]:
        value = columns["crossbars_per_tile"][row]
        problems.append(f"row {row + 1}: crossbars_per_tile: must be a square number (1, 4, 9, 16, ...), got {value}")
    for row in np.flatnonzero(columns["r_off_ohm"] <= columns["r_on_ohm"])[:1]:
        problems.append(
            f"row {row + 1}: r_off_ohm: must exceed r_on_ohm = {columns['r_on_ohm'][row]:g}, "
            f"got {columns['r_off_ohm'][row]:g}"
        )
    return problems
