"""Search spaces by name or path, with objectives and constraints checked against what the model puts out."""

from collections.abc import Iterable
from pathlib import Path

from siam_dse.design.space import SearchSpace
from siam_dse.design.space_reader import parse_space, read_space, space_path
from siam_dse.system.columns import OUTPUT_COLUMNS, VIOLATION_RULES


def load_space(name_or_path: str | Path) -> SearchSpace:
    """Search space of a YAML file, or a packaged one by name.

    Parameters
    ----------
    name_or_path : str or Path

    Returns
    -------
    SearchSpace

    Raises
    ------
    InputError
        Unknown name (the known ones are listed, the closest first), or every fault in the file with its line.
    """
    return read_space(space_path(name_or_path), OUTPUT_COLUMNS, VIOLATION_RULES)


def space_of_text(text: str, where: str, more: Iterable[str] = ()) -> SearchSpace:
    """Search space of YAML text, checked like a file; ``more`` columns may be objectives."""
    return parse_space(text, where, "space", [*OUTPUT_COLUMNS, *more], VIOLATION_RULES)
