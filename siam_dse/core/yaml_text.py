"""The one reader of YAML: plain values within limits, or one error with line and column.

Texts come from strangers: size, depth, aliases, and the lengths of numbers are limited; tags other than those of plain
values are refused; values are text, whole numbers, floats, truth values, nothing, lists and mappings. What looks like a
date is text.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from siam_dse.core.errors import InputError
from siam_dse.core.text import MOST_LETTERS, ascii_marks, cut, read_text, shown, text_fault

_DEEPEST = 20
_MOST_VALUES = 500_000  # aliases written out
_MOST_DIGITS = 40
_MESSAGE = 300  # letters
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_RESERVED = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
_TAG = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+"
                    r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?)")  # fmt: skip
_NAMED_FLOATS = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_TRUTHS = {**dict.fromkeys(("true", "True", "TRUE"), True), **dict.fromkeys(("false", "False", "FALSE"), False)}
_NOTHING = ("", "~", "null", "Null", "NULL")


class LinedDict(dict[Any, Any]):
    """A mapping that knows the lines of its keys, counted from 1."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[Any, int] = {}


class LinedList(list[Any]):
    """A list that knows the lines of its items, counted from 1."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []


def read_yaml(path: Path) -> Any:
    """Content of a YAML 1.2 file.

    Raises
    ------
    InputError
        The file cannot be read, or has a fault of syntax.
    """
    return parse_yaml(read_text(path), str(path))


def parse_yaml(text: str, where: str) -> Any:
    """Content of YAML 1.2 text: mappings and lists know the lines of their keys and items.

    Parameters
    ----------
    text : str
    where : str
        File to name in errors.

    Raises
    ------
    InputError
        A fault of syntax, with line and column; a text beyond the limits.
    """
    if len(text) > MOST_LETTERS:
        raise InputError(where, f"has more than {MOST_LETTERS:,} letters; is it the right file?")
    try:
        return _Builder(yaml.parse(text, Loader=_LOADER)).document()
    except _Refused as error:
        raise InputError(where, cut(ascii_marks(str(error)), _MESSAGE)) from None
    except yaml.MarkedYAMLError as error:
        raise InputError(where, cut(ascii_marks(_fault(error)), _MESSAGE)) from None
    except (yaml.YAMLError, ValueError, IndexError, AttributeError, AssertionError, TypeError, KeyError) as error:
        what = " ".join(str(error).split())  # the parser's own slips on broken text too
        raise InputError(where, cut(ascii_marks(f"not valid YAML: {what}"), _MESSAGE)) from None


def _fault(error: yaml.MarkedYAMLError) -> str:
    """What the parser found, where, and where what it stands in begins."""
    if "nesting depth" in str(error.problem):
        return _TOO_DEEP
    mark = error.problem_mark or error.context_mark
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    begin = error.context_mark
    since = f" from line {begin.line + 1}, column {begin.column + 1}:" if begin and error.context else ""
    what = " ".join(str(part) for part in (error.context and f"{error.context}{since}", error.problem) if part)
    return f"{place}not valid YAML: {what}"


def quoted(text: str) -> str:
    """YAML scalar for a text: plain where that is safe."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return json.dumps(text, ensure_ascii=False)


class _Refused(Exception):
    """A text that is YAML but not taken."""


_LOADER = getattr(yaml, "CLoader", yaml.Loader)  # only its events are used; in C it is twenty times faster
_TOO_DEEP = f"is nested too deeply: more than {_DEEPEST} levels; check its brackets"


class _Builder:
    """Values of a stream of events."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events
        self.anchors: dict[str, tuple[Any, int]] = {}  # value, and values in it
        self.count = 0

    def document(self) -> Any:
        """Value of the only document; None of an empty text."""
        value, found = None, False
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                if event.version or event.tags:
                    raise _Refused(f"{_place(event)}: directives (lines with %) are not taken; remove them")
                if found:
                    raise _Refused(f"{_place(event)}: not valid YAML: a second document starts; keep one")
                found = True
            elif isinstance(event, NodeEvent):
                value = self.value(event, 0)
        return value

    def value(self, event: Any, depth: int) -> Any:
        """Value that starts with an event."""
        if isinstance(event, AliasEvent):
            if event.anchor not in self.anchors:
                raise _Refused(f"{_place(event)}: not valid YAML: *{event.anchor} names no finished value before it")
            value, size = self.anchors[event.anchor]
            self.add(size)
            return value
        if depth > _DEEPEST:
            raise _Refused(_TOO_DEEP)
        before = self.count
        self.add(1)
        if isinstance(event, ScalarEvent):
            value = _scalar(event)
        elif isinstance(event, MappingStartEvent):
            value = self.mapping(event, depth)
        else:
            value = self.sequence(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.count - before)
        return value

    def add(self, n: int) -> None:
        """Count values."""
        self.count += n
        if self.count > _MOST_VALUES:
            raise _Refused(f"has more than {_MOST_VALUES:,} values, with those that aliases repeat; make it smaller")

    def sequence(self, start: SequenceStartEvent, depth: int) -> LinedList:
        _check_tag(start, "seq")
        out = LinedList()
        while not isinstance(event := next(self.events), SequenceEndEvent):
            out.append(self.value(event, depth + 1))
            out.lines.append(event.start_mark.line + 1)
        return out

    def mapping(self, start: MappingStartEvent, depth: int) -> LinedDict:
        _check_tag(start, "map")
        out, merged = LinedDict(), list[Any]()
        while not isinstance(event := next(self.events), MappingEndEvent):
            key = self.value(event, depth + 1)
            if isinstance(key, list | dict):
                raise _Refused(f"{_place(event)}: not valid YAML: a key is a list or a mapping; give a name")
            value = self.value(next(self.events), depth + 1)
            if key == "<<" and isinstance(event, ScalarEvent) and not event.style:
                merged.append((event, value))
                continue
            if key in out:
                raise _Refused(f"{_place(event)}: not valid YAML: found duplicate key {shown(key)}; keep one")
            out[key] = value
            out.lines[key] = event.start_mark.line + 1
        for event, value in merged:
            for each in value if isinstance(value, list) else [value]:
                if not isinstance(each, dict):
                    raise _Refused(f"{_place(event)}: not valid YAML: << must name a mapping")
                for key, item in each.items():
                    if key not in out:
                        out[key] = item
                        out.lines[key] = event.start_mark.line + 1
        return out


def _place(event: Any) -> str:
    return f"line {event.start_mark.line + 1}, column {event.start_mark.column + 1}"


def _check_tag(event: Any, *kinds: str) -> str:
    """Kind that a tag states; empty where there is none."""
    tag = event.tag
    if tag is None or tag == "!":
        return ""
    text = str(tag)
    text = text.replace("!!", _TAG, 1) if text.startswith("!!") else text
    if text.removeprefix(_TAG) not in kinds or not text.startswith(_TAG):
        raise _Refused(f"{_place(event)}: the tag {shown(str(tag))} is not taken here; remove it")
    return text.removeprefix(_TAG)


def _scalar(event: ScalarEvent) -> Any:
    """Value of a scalar: as its tag says, as it looks, or text in quotes."""
    text = str(event.value)
    fault = text_fault(text)
    if fault:
        raise _Refused(f"{_place(event)}: {shown(text)} {fault}")
    kind = _check_tag(event, "str", "int", "float", "bool", "null")
    if kind == "str" or (not kind and (event.style or event.tag == "!")):
        return text
    try:
        return _TAGGED[kind](text) if kind else _plain(text)
    except (ValueError, KeyError):
        raise _Refused(f"{_place(event)}: {shown(text)} is no {_CALLED[kind]}; mend it, or put it in quotes") from None


def _plain(text: str) -> Any:
    """Value that plain text looks like."""
    if text in _NOTHING:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    if text in _NAMED_FLOATS:
        return _NAMED_FLOATS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INT.fullmatch(text):
        return _int(text)
    return _float(text) if _FLOAT.fullmatch(text) else text


def _int(text: str) -> int:
    if not _INT.fullmatch(text) or len(text) > _MOST_DIGITS:
        raise ValueError
    digits = text.replace("_", "")
    sign, digits = (-1, digits[1:]) if digits[0] == "-" else (1, digits.removeprefix("+"))
    base = {"0b": 2, "0o": 8, "0x": 16}.get(digits[:2], 10)
    return sign * int(digits[2:] if base != 10 else digits, base)


def _float(text: str) -> float:
    if text in _NAMED_FLOATS:
        return _NAMED_FLOATS[text]
    value = float(text.replace("_", ""))
    if len(text) > _MOST_DIGITS or abs(value) == float("inf"):
        raise ValueError
    return value


def _nothing(text: str) -> None:
    if text not in _NOTHING:
        raise ValueError


_TAGGED: dict[str, Callable[[str], Any]] = {
    "int": _int, "float": _float, "bool": lambda text: _TRUTHS[text], "null": _nothing,
}  # fmt: skip
_CALLED = {
    "": f"number of at most {_MOST_DIGITS} letters within the range of floats",
    "int": "whole number", "float": "number", "bool": "truth value", "null": "null",
}  # fmt: skip
