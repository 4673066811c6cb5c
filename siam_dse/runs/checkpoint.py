"""Checkpoint: arrays of a search in one file, replaced as a whole and checked when it is read."""

import io
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from siam_dse.core.arrays import AnyArray
from siam_dse.core.errors import RunError
from siam_dse.runs.atomic import disk_errors, replace_file

_DIGEST_BYTES = sha256().digest_size


def write_checkpoint(path: Path, arrays: Mapping[str, ArrayLike]) -> None:
    """Replace a checkpoint; when this returns it is on the disk."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{name: np.asarray(values) for name, values in arrays.items()})
    content = buffer.getvalue()
    replace_file(path, lambda new: new.write_bytes(sha256(content).digest() + content))


def read_checkpoint(path: Path) -> dict[str, AnyArray]:
    """Arrays of a checkpoint.

    Raises
    ------
    RunError
        The file is not as it was written.
    """
    with disk_errors(path):
        whole = path.read_bytes()
    digest, content = whole[:_DIGEST_BYTES], whole[_DIGEST_BYTES:]
    if sha256(content).digest() != digest:
        raise RunError(f"{path}: is damaged (its checksum does not agree); restore it from a copy, or start a new run")
    with np.load(io.BytesIO(content)) as saved:
        return {name: saved[name] for name in saved.files}
