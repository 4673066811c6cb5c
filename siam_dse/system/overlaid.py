"""What it means where figures of designs under an overlay are no numbers: one of its values is at fault."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from siam_dse.core.arrays import AnyArray
from siam_dse.core.errors import InputError
from siam_dse.core.text import command
from siam_dse.system.columns import OUTPUT_COLUMNS
from siam_dse.technology.technology import Technology

_OF_ANY_SIGN = ("dB", "C")  # units of columns that may be below 0


@contextmanager
def overlays_blamed(technology: Technology, columns: Mapping[str, AnyArray] | None = None) -> Iterator[None]:
    """Name a technology's overlays where a formula divides by nothing, goes beyond all numbers, or below 0.

    Each value of an overlay lies within its bounds; two may not go together all the same, such as currents of a DRAM
    at rest above those at work.

    Parameters
    ----------
    technology : Technology
    columns : name -> (D,), optional
        Output columns that are filled within.

    Raises
    ------
    InputError
        In place of an ArithmeticError, or for a column below 0, where there are overlays.
    """
    try:
        yield
        if columns and technology.overlays:
            check_signs(columns)
    except ArithmeticError as error:
        if not technology.overlays:
            raise
        shows = command("technologies", "diff", technology.overlays[-1].path)
        raise InputError(
            ", ".join(str(overlay.path) for overlay in technology.overlays),
            f"a figure of these designs is no number under it ({error}): a value is 0 where a formula divides by it, "
            f"or out of proportion; {shows} lists what it changes",
        ) from error


def check_signs(columns: Mapping[str, AnyArray]) -> None:
    """Refuse figures below 0 that can be none.

    Raises
    ------
    ArithmeticError
    """
    for name, values in columns.items():
        if name in OUTPUT_COLUMNS and OUTPUT_COLUMNS[name].unit not in _OF_ANY_SIGN and (values < 0).any():
            raise ArithmeticError(f"{name} = {np.min(values[values < 0]):g}, which is never below 0")
