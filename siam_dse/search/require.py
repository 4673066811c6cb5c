"""What must my device be? The loosest value of a field or constant with which a design still meets its targets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.design.space import Constraint
from siam_dse.search.problem import excess
from siam_dse.system.columns import VIOLATION_RULES
from siam_dse.system.evaluate import Evaluation, evaluate
from siam_dse.system.overlaid import check_signs
from siam_dse.technology.ranges import factors_within_bounds, names, scaled
from siam_dse.workload.network import Network

_POINTS = 33  # values tried over a field's range at once
_ROUNDS = 4  # times that the step at a border is cut into as many again
_FACTOR = 16.0  # constants are tried from their sixteenth to sixteen times
_LOG_SPAN = 50.0  # of a range from which values are spread by ratio


@dataclass(frozen=True)
class Requirement:
    """What one field or constant must be, all else as the design has it.

    ``low`` and ``high`` bound the values that meet the targets; None where the whole range on that side does. ``meets``
    is False where no value does. Constants are factors on their value.
    """

    name: str
    unit: str
    own: float
    meets: bool
    low: float | None
    high: float | None
    is_interval: bool  # all values between meet the targets, as far as was tried


def requirements(
    network: Network, design: Designs, targets: Sequence[Constraint], free: Sequence[str]
) -> list[Requirement]:
    """The loosest value of each free field or constant alone.

    Parameters
    ----------
    network : Network
    design : Designs
        One design.
    targets : constraints that must hold
    free : fields of numbers, or constants and columns of tables as ``file.name``

    Raises
    ------
    InputError
        A name that is neither, no name, or more than one design.
    """
    if not free:
        raise InputError("--free", "names nothing; give fields of numbers, or constants as file.name")
    if len(design) != 1:
        raise InputError("require", f"needs one design, got {len(design)}; give each field one value")
    return [_requirement(network, design, targets, _axis(design, name)) for name in free]


def border(
    network: Network, design: Designs, targets: Sequence[Constraint], along: str, of: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The trade-off of two: for values of one field of numbers, the ends of another that meet the targets.

    Returns
    -------
    along, low, high : (n,) float64; NaN where no value meets them
    """
    first, second = _axis(design, along), _axis(design, of)
    if not first.is_field:
        raise InputError("--free", f"{along}: the first of a trade-off is a field; name the constant second")
    low, high = _ends_along(network, design, targets, first, second)
    met = np.flatnonzero(np.isfinite(low))
    if 0 < len(met) < _POINTS // 2:  # where the targets are met lies between few of the values: look closer
        ends = first.values[max(met[0] - 1, 0)], first.values[min(met[-1] + 1, len(low) - 1)]
        closer = (np.geomspace if first.is_log and ends[0] > 0 else np.linspace)(*ends, _POINTS)
        first = replace(first, values=np.unique(np.round(closer)) if first.is_whole else closer)
        low, high = _ends_along(network, design, targets, first, second)
    return first.values, low, high


def _ends_along(
    network: Network, design: Designs, targets: Sequence[Constraint], first: "_Axis", second: "_Axis"
) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest value of the second axis at each value of the first, NaN where none meets the targets."""
    low, high = np.full((2, len(first.values)), np.nan)
    for i, value in enumerate(first.values):
        one = _with(design, first, [value])
        found = _requirement(network, one, targets, second) if one is not None else None
        if found is not None and found.meets:
            low[i] = second.values[0] if found.low is None else found.low
            high[i] = second.values[-1] if found.high is None else found.high
    return low, high


@dataclass(frozen=True)
class _Axis:
    name: str
    unit: str
    own: float
    values: FloatArray
    is_field: bool
    is_whole: bool
    is_log: bool


def _axis(design: Designs, name: str) -> _Axis:
    if name in fields():
        field = fields()[name]
        if field.kind not in ("int", "float") or field.low is None or field.high is None:
            raise InputError("--free", f"{name}: is a choice, not a number; compare its choices with evaluate")
        own, low, high = float(getattr(design, name)[0]), float(field.low), float(field.high)
        positive = max(low, high / 1e9) if low <= 0 else low
        is_log = high / positive >= _LOG_SPAN and field.kind == "float" and low > 0
        values = np.geomspace(positive, high, _POINTS) if is_log else np.linspace(low, high, _POINTS)
        if field.kind == "int":
            values = np.unique(np.round(np.geomspace(max(low, 1), high, _POINTS)))
        return _Axis(name, field.unit, own, np.unique(np.append(values, own)), True, field.kind == "int", is_log)
    known = names(design.technology)
    if name not in known:
        raise InputError("--free", unknown_name("field or constant", name, [*fields(), *known]))
    values = np.geomspace(1 / _FACTOR, _FACTOR, _POINTS)
    low, high = factors_within_bounds(design.technology, name)
    values = np.unique(np.clip(values, min(low, 1.0), max(high, 1.0)))
    return _Axis(name, "x its value", 1.0, values, False, False, True)


def _requirement(network: Network, design: Designs, targets: Sequence[Constraint], axis: _Axis) -> Requirement:
    """Ends of the run of values that meet the targets which is nearest to the design's own value."""
    values, met = axis.values, _met(network, design, targets, axis, axis.values)
    if not met.any():
        return Requirement(axis.name, axis.unit, axis.own, False, None, None, False)
    start = int(np.flatnonzero(met)[np.abs(values[met] - axis.own).argmin()])
    first = last = start
    while first > 0 and met[first - 1]:
        first -= 1
    while last < len(values) - 1 and met[last + 1]:
        last += 1
    ends: list[float | None] = [None, None]
    for side, inside, outside in ((0, first, first - 1), (1, last, last + 1)):
        if 0 <= outside < len(values):
            ends[side] = _refined(network, design, targets, axis, values[inside], values[outside])
    return Requirement(axis.name, axis.unit, axis.own, True, ends[0], ends[1], bool(met.sum() == last - first + 1))


def _refined(
    network: Network, design: Designs, targets: Sequence[Constraint], axis: _Axis, inside: float, outside: float
) -> float:
    """The border between a value that meets the targets and one that does not, on the side that does."""
    for _ in range(_ROUNDS):
        spread = np.geomspace if axis.is_log else np.linspace
        values = spread(inside, outside, _POINTS)
        if axis.is_whole:
            values = np.unique(np.round(values))
            values = values if inside < outside else values[::-1]
        met = _met(network, design, targets, axis, values)
        last = int(np.flatnonzero(np.append(~met, True))[0]) - 1  # the first values meet them
        inside, outside = values[max(last, 0)], values[min(last + 1, len(values) - 1)]
    return float(inside)


def _met(
    network: Network, design: Designs, targets: Sequence[Constraint], axis: _Axis, values: FloatArray
) -> BoolArray:
    """Which values meet the targets and the rules of the model, (n,).

    Those that no design may have do not, and those of which a figure is no number, or below 0 where none can be,
    whether there is an overlay, which is then named as what is at fault, or none.
    """
    if not axis.is_field:
        return np.array([_met_at_factor(network, design, targets, axis.name, float(value)) for value in values])
    met = np.zeros(len(values), dtype=bool)
    legal = np.flatnonzero([_with(design, axis, [value]) is not None for value in values])
    batch = _with(design, axis, values[legal]) if len(legal) else None
    if batch is None:
        return met
    try:
        met[legal] = _holds(evaluate(network, batch), targets)
    except (ArithmeticError, InputError):  # of one of them at least
        met[legal] = [_met_alone(network, batch.take(np.array([i])), targets) for i in range(len(legal))]
    return met


def _met_alone(network: Network, design: Designs, targets: Sequence[Constraint]) -> bool:
    """Whether one design meets the targets."""
    try:
        return bool(_holds(evaluate(network, design), targets)[0])
    except (ArithmeticError, InputError):
        return False


def _met_at_factor(
    network: Network, design: Designs, targets: Sequence[Constraint], constant: str, factor: float
) -> bool:
    """Whether the design with a constant at a factor meets the targets."""
    return _met_alone(network, design.with_technology(scaled(design.technology, {constant: factor})), targets)


def _with(design: Designs, axis: _Axis, values: Sequence[float] | FloatArray) -> Designs | None:
    """The design with each value of a field; None where one of them is not legal beside its other fields."""
    frame = design.to_frame().loc[np.zeros(len(values), dtype=int)].reset_index(drop=True)
    frame[axis.name] = np.asarray(values).astype(int) if axis.is_whole else np.asarray(values)
    try:
        return Designs.from_frame(frame[[name for name in fields() if name in frame]], technology=design.technology)
    except InputError:
        return None


def _holds(evaluation: Evaluation, targets: Sequence[Constraint]) -> BoolArray:
    columns = evaluation.columns(dict.fromkeys(name for target in targets for name in target.columns))
    check_signs(columns)
    broken = [evaluation.violations[t.name] if t.is_rule else excess(t, columns) for t in targets]
    rules = [evaluation.violations[name] for name in VIOLATION_RULES]
    return np.asarray(np.all(np.stack([*broken, *rules]) <= 0, axis=0))
