"""Text from users: files read within limits, values shown within limits, names without what a screen obeys."""

import csv
import io
import re
import reprlib
import shlex
from pathlib import Path
from typing import Any

from siam_dse.core.errors import InputError

MOST_LETTERS = 4_000_000  # of a text file; the largest network of the zoo has 21,000
_LONGEST_NAME = 200
_SHOWN = 100  # letters of a value in a message
# Control characters, marks that turn the direction of text, line and paragraph separators, halves of surrogate pairs.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_LAYOUT = re.compile("[\t\n\r]")


def read_text(path: Path, missing: str = "check the path") -> str:
    """Content of a text file the user named.

    Parameters
    ----------
    path : Path
    missing : str
        What to do where there is no such file.

    Raises
    ------
    InputError
        No such file, no plain file, too large, or not UTF-8.
    """
    try:
        if not path.exists():
            raise InputError(str(path), f"there is no such file; {missing}")
        if not path.is_file():
            raise InputError(str(path), f"cannot be read: {'Is a directory' if path.is_dir() else 'is no plain file'}")
        with path.open("rb") as file:
            content = file.read(MOST_LETTERS + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        why = error.strerror if isinstance(error, OSError) else error
        raise (error if isinstance(error, InputError) else InputError(str(path), f"cannot be read: {why}")) from None
    if len(content) > MOST_LETTERS:
        raise InputError(str(path), f"is larger than {MOST_LETTERS:,} bytes; is it the right file?")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"is not UTF-8 text (byte {error.start}); save it as UTF-8") from None


def read_rows(path: Path) -> list[list[str]]:
    """Cells of a CSV file the user named, row by row.

    Raises
    ------
    InputError
        As :func:`read_text`; or quotes, line ends or cells that no table has.
    """
    text = read_text(path)
    try:
        return list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise InputError(str(path), f"cannot be read as a table: {error}") from None


def shown(value: Any) -> str:
    """A value for a message, cut to some letters; what is nested or long is not walked through."""
    value = value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value
    if isinstance(value, bool | float) or value is None:
        return repr(value)
    if isinstance(value, int):
        return repr(value) if abs(value) < 10**_SHOWN else f"a number of about {value.bit_length() * 3 // 10} digits"
    if isinstance(value, str):
        return ascii_marks(repr(value) if len(value) <= _SHOWN else f"{value[:_SHOWN]!r}...")
    text = _SHORT.repr(value)
    return ascii_marks(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def short(name: Any) -> str:
    """A name for a message, without quotes, cut to some letters."""
    return ascii_marks(cut(name, _SHOWN)) if isinstance(name, str) else shown(name)


def command(*words: object) -> str:
    """A command of this program as a message names it, in marks."""
    line = command_line(*words)
    return f'"{line}"' if "'" in line else f"'{line}'"


def command_line(*words: object) -> str:
    """A command of this program for copying, its words quoted where a shell needs it."""
    return shlex.join(["siam-dse", *map(str, words)])


def cut(text: str, letters: int) -> str:
    """A text cut to some letters."""
    return text if len(text) <= letters else f"{text[: letters - 3]}..."


def ascii_marks(text: str) -> str:
    """The text with each character that a screen obeys spelled as an escape; tabs and line ends stay."""
    return _OBEYED.sub(lambda found: found[0] if _LAYOUT.match(found[0]) else f"\\u{ord(found[0]):04x}", text)


def text_fault(text: str) -> str | None:
    """What is wrong with a text: a character other than tab and line end that a screen obeys; None if nothing is."""
    for found in _OBEYED.finditer(text):
        if not _LAYOUT.match(found[0]):
            return f"has the character U+{ord(found[0]):04X}, which a screen obeys or hides; remove it"
    return None


def name_fault(name: str) -> str | None:
    """What is wrong with a name: a character that a screen obeys, more than 200 letters; None if nothing is."""
    found = _OBEYED.search(name)
    if found:
        return f"has the character U+{ord(found[0]):04X}, which a screen obeys or hides; remove it"
    return f"has {len(name):,} letters, at most {_LONGEST_NAME} are allowed" if len(name) > _LONGEST_NAME else None


_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxlist, _SHORT.maxdict, _SHORT.maxstring, _SHORT.maxother, _SHORT.maxlong = 3, 6, 6, 60, 60, 60
