"""What it means where figures of designs under an overlay are no numbers: one of its values is at fault."""

from collections.abc import Iterator
from contextlib import contextmanager

from siam_dse.core.errors import InputError
from siam_dse.core.text import command
from siam_dse.technology.technology import Technology


@contextmanager
def overlays_blamed(technology: Technology) -> Iterator[None]:
    """Name a technology's overlays where a formula divides by nothing or goes beyond all numbers.

    Raises
    ------
    InputError
        In place of an ArithmeticError, where there are overlays.
    """
    try:
        yield
    except ArithmeticError as error:
        if not technology.overlays:
            raise
        shows = command("technologies", "diff", technology.overlays[-1].path)
        raise InputError(
            ", ".join(str(overlay.path) for overlay in technology.overlays),
            f"a figure of these designs is no number under it ({error}): a value is 0 where a formula divides by it, "
            f"or out of proportion; {shows} lists what it changes",
        ) from error
