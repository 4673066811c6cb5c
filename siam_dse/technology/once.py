"""Figures that are computed once a record: of a node, of a sub-array, of a batch of designs."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

Record = TypeVar("Record", bound=Any)
Options = ParamSpec("Options")
Figure = TypeVar("Figure")


def once(figure: Callable[Concatenate[Record, Options], Figure]) -> Callable[Concatenate[Record, Options], Figure]:
    """A function of a record, computed when it is first asked for and kept with the record as long as that lives.

    Many figures rest on the same few: the size of an array, the gates of a node. Records and figures are not to be
    changed. Further arguments must be hashable, as each set of them has a figure of its own.
    """
    name = f"{figure.__module__}.{figure.__qualname__}"

    @wraps(figure)
    def kept(record: Record, *args: Options.args, **options: Options.kwargs) -> Figure:
        figures = vars(record).setdefault("_figures", {})
        key = (name, args, tuple(options.items()))
        if key not in figures:
            figures[key] = figure(record, *args, **options)
        found: Figure = figures[key]
        return found

    return kept
