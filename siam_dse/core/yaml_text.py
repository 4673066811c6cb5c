"""YAML text from users: parsed, or refused with line and column."""

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from siam_dse.core.errors import InputError


def parse_yaml(text: str, where: str, *, with_lines: bool = False) -> Any:
    """Content of YAML 1.2 text.

    Parameters
    ----------
    text : str
    where : str
        File to name in errors.
    with_lines : bool
        Keep the lines of keys and items (ruamel's round-trip containers).

    Raises
    ------
    InputError
        A fault of syntax, with line and column.
    """
    try:
        return YAML(typ="rt" if with_lines else "safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        what = " ".join(str(part) for part in (error.context, error.problem) if part)
        raise InputError(where, f"{place}not valid YAML: {what}") from None
    except YAMLError as error:
        raise InputError(where, f"not valid YAML: {error}") from None
    except RecursionError:
        raise InputError(where, "is nested too deeply to be read; check its brackets") from None
