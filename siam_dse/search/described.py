"""The description of a run within its Optuna study: the database alone makes the run anew.

Study attributes hold what run.json and the run's texts say, packed, in pieces that the tables of every database take.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from siam_dse.runs.folder import RunFolder

_KEY = "siam_dse:run:"
_PIECE = 30_000  # letters; a text column of MySQL takes 65,535 bytes
_MOST = 100_000_000  # bytes unpacked
_FOUND_ANEW = ("points.parquet", "pareto.csv", "history.csv", "checkpoint.npz")
_OF_A_SESSION = ("files", "status", "counts", "error", "warnings", "certificate")


@dataclass(frozen=True)
class Description:
    """Entries of run.json that say what was asked for, and the texts of the files that the run was made with."""

    info: dict[str, Any]
    texts: dict[str, str]


def description_of(run: RunFolder) -> dict[str, str]:
    """Study attributes that describe a run."""
    info = run.info
    texts = {name: run.files.text(name) for name in info.get("files") or {} if name not in _FOUND_ANEW}
    kept = {key: value for key, value in info.items() if key not in _OF_A_SESSION}
    packed = b64encode(zlib.compress(json.dumps([kept, texts]).encode(), 9)).decode()
    pieces = [packed[start : start + _PIECE] for start in range(0, len(packed), _PIECE)]
    return {f"{_KEY}{i}": piece for i, piece in enumerate(pieces)}


def described(attributes: Mapping[str, Any]) -> Description | None:
    """The description in a study's attributes; None where there is none that can be read."""
    pieces: list[str] = []
    while isinstance(piece := attributes.get(f"{_KEY}{len(pieces)}"), str):
        pieces.append(piece)
    try:
        unpacked = zlib.decompressobj().decompress(b64decode("".join(pieces), validate=True), _MOST)
        info, texts = json.loads(unpacked)
    except (ValueError, TypeError, zlib.error):
        return None
    if not isinstance(info, dict) or not isinstance(texts, dict):
        return None
    return Description(info, texts) if all(isinstance(text, str) for text in texts.values()) else None
