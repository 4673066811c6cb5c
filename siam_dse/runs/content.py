"""RunContent: what run.json says, checked to be of the kinds that are read from it.

A file may be whole and yet not as this version writes it: of an earlier or later version, or of another program.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from siam_dse.runs.damage import damaged

_WORDS: dict[type, str] = {dict: "a mapping", list: "a list", str: "a text", int: "a whole number"}
_KINDS: dict[str, type] = {
    **dict.fromkeys(("name", "status", "network", "space", "profile", "kind", "sampler", "storage", "study"), str),
    **dict.fromkeys(("seed", "population", "target"), int),
    **dict.fromkeys(("constraints", "warnings", "command"), list),
    **dict.fromkeys(
        ("objectives", "fingerprint", "budget", "counts", "timing", "networks", "reference_point", "versions"), dict
    ),
}
_BUDGET = ("time_s", "evaluations", "trials")


class RunContent(dict[str, Any]):
    """Content of the run.json at ``path``; an entry that is asked for and not there is one clear error.

    Raises
    ------
    DamageError
        An entry is of another kind than it is written with.
    """

    def __init__(self, path: Path, content: Mapping[str, Any]) -> None:
        super().__init__(content)
        self._path = path
        faults = list(_faults(content))
        if faults:
            raise damaged(path, f"is not as this version of siam-dse writes it: {'; '.join(faults)}")

    def __missing__(self, key: str) -> Any:
        raise damaged(self._path, f"has no entry {key!r}: another version of siam-dse wrote it, or another program")


def _faults(content: Mapping[str, Any]) -> Iterator[str]:
    """What is not of its kind; an entry that is null or not there is no fault."""
    kinds = _KINDS if content.get("kind") == "enumerate" else {**_KINDS, "keep": int}
    faulty = {name for name, kind in kinds.items() if not _is(content.get(name), kind)}
    yield from (f"{name} is not {_WORDS[kinds[name]]}" for name in sorted(faulty))
    for name, kind, known in (("fingerprint", dict, None), ("objectives", str, None), ("budget", float, _BUDGET),
                              ("counts", float, None)):  # fmt: skip
        entries = {} if name in faulty else content.get(name) or {}
        yield from (f"{name} has an unknown entry {key!r}" for key in entries if known and key not in known)
        yield from (f"{name}.{key} is of another kind" for key, value in entries.items() if not _is(value, kind))


def _is(value: Any, kind: type) -> bool:
    """Whether a value of a JSON file is of a kind, or null."""
    if value is None:
        return True
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float if kind is float else kind)
