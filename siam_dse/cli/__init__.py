"""The command line: the only room that prints. Data on stdout, messages on stderr."""

import os
import sys
from pathlib import Path

from siam_dse.core.errors import InputError, SiamDseError

_MISTAKE = 2
_FAULT = 70  # EX_SOFTWARE of sysexits.h


def main() -> None:
    """Run ``siam-dse``; a user's mistake is one message and exit code 2, a fault of the program one line and 70.

    Nothing ends in a traceback on the screen: that of a fault goes to a crash report.
    """
    _open_what_is_closed()
    try:
        _refuse_empty(sys.argv[1:])
        from siam_dse.cli.app import app

        app(prog_name="siam-dse")
    except SiamDseError as error:
        _say(f"error: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _say("interrupted")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        from siam_dse.cli.crash import explained

        line, is_fault = explained(error)
        _say(f"error: {line}")
        sys.exit(_FAULT if is_fault else _MISTAKE)


def _refuse_empty(words: list[str]) -> None:
    """Refuse an option without a value: a variable that a script did not set, say, not a wish for the default."""
    for before, word in zip(["", *words], words, strict=False):
        option = before if not word.strip() else word.removesuffix("=") if word.endswith("=") else ""
        if option.startswith("--"):
            raise InputError(option, "is given without a value; give one, or leave the option out")


def _open_what_is_closed() -> None:
    """Let what is printed to a stream that the caller closed (``>&-``) go nowhere; Python has None in its place."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115


def _say(message: str) -> None:
    """A message on stderr, each character that a screen obeys spelled as an escape."""
    from siam_dse.core.text import ascii_marks

    print(ascii_marks(message), file=sys.stderr)
