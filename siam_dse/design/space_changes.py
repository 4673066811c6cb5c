"""A search space with what a command line or a call adds to it: other levels, fixed fields, further constraints."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from siam_dse.core.errors import InputError
from siam_dse.core.yaml_text import parse_yaml
from siam_dse.design.fields import ALIASES
from siam_dse.design.space import SearchSpace
from siam_dse.design.space_reader import read_constraints, space_of_content
from siam_dse.design.space_technology import TechnologyFiles
from siam_dse.technology.overlay import Overlay
from siam_dse.technology.variants import FIELD, PACKAGED

SETTING, BOUND, TECHNOLOGY = "--set", "--constraint", "--technology"


def with_settings(space: SearchSpace, settings: Mapping[str, Any]) -> SearchSpace:
    """The space with fields fixed at a value, or with an axis through several values.

    Parameters
    ----------
    space : SearchSpace
    settings : field or alias -> value, or list of values
        A value takes the axis of that name away and fixes the field; several values become the axis' levels.

    Raises
    ------
    InputError
        Every unknown field and illegal value, and a field that another axis of the space sets.
    """
    if not settings:
        return space
    content = _content(space)
    axes, fixed = dict(content["axes"]), dict(content.get("fixed") or {})
    faults = []
    for name, given in settings.items():
        taken = _other_name(name, [*axes, *fixed])
        if taken:
            faults.append(f"{name}: the space sets it by {taken}; set {taken} in its place")
            continue
        values = [_scalar(value) for value in _listed(given)]
        if len(values) == 1:
            axes.pop(name, None)
            # an overlay lies over what the space fixes, as it did on the axis
            fixed[name] = (
                [*fixed.get(name, []), *(each for each in values if each != PACKAGED)] if name == FIELD else values[0]
            )
        elif name == FIELD:
            axes[name] = values
        else:
            fixed.pop(name, None)
            axes[name] = values
    if not axes:
        faults.append("leaves no axis to search; 'siam-dse evaluate' computes a single design")
    if faults:
        raise InputError(SETTING, faults)
    files = TechnologyFiles(known=space.overlays)
    return space_of_content({**content, "axes": axes, "fixed": fixed}, SETTING, files=files)


def with_technology(space: SearchSpace, overlays: Sequence[str | Path | Overlay]) -> SearchSpace:
    """The space with overlays laid over those that it fixes, under those of its axis ``technology``.

    Raises
    ------
    InputError
        Every fault of an overlay.
    """
    if not overlays:
        return space
    files = TechnologyFiles(known=space.overlays, more=tuple(overlays))
    return space_of_content(_content(space), TECHNOLOGY, space.name, files=files)


def with_constraints(
    space: SearchSpace,
    texts: Iterable[str],
    columns: Collection[str] | None = None,
    rules: Collection[str] | None = None,
    where: str = BOUND,
) -> SearchSpace:
    """The space with further constraints; a bound on a column takes the place of the space's own on the same side.

    Parameters
    ----------
    space : SearchSpace
    texts : constraints as a search-space file writes them
    columns, rules : names that they may have, optional
    where : str
        Option to name in errors.

    Raises
    ------
    InputError
        Every constraint that is none.
    """
    added = read_constraints(texts, where, columns, rules)
    if not added:
        return space
    sides = {(constraint.columns, constraint.op) for constraint in added if not constraint.is_rule}
    kept = [constraint for constraint in space.constraints if (constraint.columns, constraint.op) not in sides]
    content = {**_content(space), "constraints": [constraint.text for constraint in (*kept, *added)]}
    return space_of_content(content, where, space.name, columns, rules, TechnologyFiles(known=space.overlays))


def _content(space: SearchSpace) -> dict[str, Any]:
    content: dict[str, Any] = parse_yaml(space.text, f"search space {space.name}")
    return content


def _other_name(name: str, taken: Sequence[str]) -> str | None:
    """Alias or member by which the space sets the field already."""
    for alias, members in ALIASES.items():
        if name == alias:
            return next((member for member in members if member in taken), None)
        if name in members and alias in taken:
            return alias
    return None


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]


def _scalar(value: Any) -> Any:
    """A value as YAML has it: text that spells a number or truth value counts as one."""
    if not isinstance(value, str):
        return value.item() if hasattr(value, "item") else value
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(value.strip().lower(), value.strip())
