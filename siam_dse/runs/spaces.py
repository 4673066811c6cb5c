"""Search spaces by name or path, with objectives and constraints checked against what the model puts out."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from siam_dse.core.errors import InputError
from siam_dse.design.fields import Value
from siam_dse.design.space import Axis, Constraint, SearchSpace, refuse_function
from siam_dse.design.space_reader import parse_space, read_space, space_of_content, space_path
from siam_dse.design.space_technology import TechnologyFiles
from siam_dse.system.columns import OUTPUT_COLUMNS, VIOLATION_RULES
from siam_dse.technology.overlay import Overlay
from siam_dse.technology.technology import Technology


def load_space(name_or_path: str | Path, technology: Sequence[str | Path | Overlay] = ()) -> SearchSpace:
    """Search space of a YAML file, or a packaged one by name.

    Parameters
    ----------
    name_or_path : str or Path
    technology : overlays, optional
        Files, or names of packaged ones, laid over what the space fixes; its levels may name their rows.

    Returns
    -------
    SearchSpace

    Raises
    ------
    InputError
        Unknown name (the known ones are listed, the closest first), or every fault in the file with its line.
    """
    return read_space(space_path(name_or_path), OUTPUT_COLUMNS, VIOLATION_RULES, technology)


def space_of_text(text: str, where: str, more: Iterable[str] = (), folder: Path = Path()) -> SearchSpace:
    """Search space of YAML text in a folder, checked like a file; ``more`` columns may be objectives."""
    files = TechnologyFiles(folder)
    return parse_space(text, where, "space", [*OUTPUT_COLUMNS, *more], VIOLATION_RULES, files)


def Space(
    axes: Mapping[str, Sequence[Value] | Mapping[str, Any]] | Sequence[Axis],
    objectives: Sequence[str] | Mapping[str, str],
    constraints: Sequence[str | Constraint] = (),
    *,
    fixed: Mapping[str, Value] | None = None,
    profile: str = "default",
    name: str = "space",
    technology: Technology | None = None,
) -> SearchSpace:
    """Search space of plain Python values, checked as a file is.

    Parameters
    ----------
    axes : field or alias -> levels
        Levels listed, or a range ``{"low": 4, "high": 64, "step": 4}``; or a list of axes, such as those of another
        space.
    objectives : columns, or column -> direction
        A column without direction is bettered as its meaning says; ``"column:maximise"`` states one.
    constraints : rules by name, or bounds
        Such as ``"area_mm2 <= 500"``, or of two columns ``"energy_mj <= latency_ms"``.
    fixed : field or alias -> value, optional
    profile : str
        Where all other fields come from.
    name : str
    technology : Technology, optional
        What designs are computed with (``sd.Technology.load("mine.yaml")``). An axis ``technology`` lists overlay
        files, each laid over it, and ``packaged`` for none.

    Raises
    ------
    InputError
        Every fault: field, value, rule and remedy.

    Examples
    --------
    >>> space = Space(axes={"adc_bits": [5, 6, 7]}, objectives=["latency_ms"], constraints=["area_mm2 <= 500"])
    >>> space.size, space.constraints[0].text
    (3, 'area_mm2 <= 500')
    """
    refuse_function(*objectives, *constraints)
    content = {
        "name": name,
        "profile": profile,
        "axes": {str(key): _plain(levels) for key, levels in _levels(axes).items()},
        "fixed": {str(key): _plain(value) for key, value in (fixed or {}).items()},
        "objectives": _directions(objectives),
        "constraints": [c.text if isinstance(c, Constraint) else c for c in _listed("constraints", constraints)],
    }
    files = TechnologyFiles(more=overlays_of(technology))
    return space_of_content(content, f"search space {name}", name, OUTPUT_COLUMNS, VIOLATION_RULES, files)


def overlays_of(technology: Technology | Sequence[str | Path] | None) -> tuple[str | Path | Overlay, ...]:
    """Overlays of a technology, or as files or names of packaged ones.

    Raises
    ------
    InputError
        A technology whose values no file holds: a run with it could not be made again.
    """
    if technology is None:
        return ()
    if not isinstance(technology, Technology):
        return (technology,) if isinstance(technology, str | Path) else tuple(technology)
    if not technology.is_of_files:
        raise InputError("technology", f"{technology.name}: was changed in memory; write an overlay file and load it")
    return technology.overlays


def _levels(axes: Mapping[str, Any] | Sequence[Axis]) -> Mapping[str, Any]:
    return axes if isinstance(axes, Mapping) else {axis.name: axis.levels for axis in axes}


def _plain(values: Any) -> Any:
    """Levels as the reader takes them: arrays and tuples as lists, NumPy's numbers as Python's."""
    if isinstance(values, str | Mapping):
        return values
    if hasattr(values, "tolist"):
        return values.tolist()
    if isinstance(values, Sequence | range):
        return [_plain(value) for value in values]
    return values


def _listed(what: str, given: Sequence[Any]) -> Sequence[Any]:
    if isinstance(given, str):
        raise InputError("search space", f"{what}: must be a list, such as [{given!r}]")
    return given


def _directions(objectives: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    """Column -> direction; a column that is better one way by its meaning needs none."""
    if isinstance(objectives, Mapping):
        return dict(objectives)
    out: dict[str, str] = {}
    problems = []
    for text in _listed("objectives", objectives):
        name, _, way = str(text).partition(":")
        own = OUTPUT_COLUMNS[name].direction if name in OUTPUT_COLUMNS else "minimise"
        if not way and own is None:
            problems.append(f"objectives: {name}: neither way is better by itself; write {name}:minimise or :maximise")
        out[name] = way or own or "minimise"
    if problems:
        raise InputError("search space", problems)
    return out
