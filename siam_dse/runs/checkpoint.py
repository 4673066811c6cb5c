"""Checkpoint: arrays of a search in one file of the run, replaced as a whole and checked when it is read."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from siam_dse.core.arrays import AnyArray
from siam_dse.runs.files import RunFiles

CHECKPOINT = "checkpoint.npz"


def write_checkpoint(files: RunFiles, arrays: Mapping[str, ArrayLike]) -> None:
    """Replace a run's checkpoint; when this returns it is on the disk."""

    def write(new: Path) -> None:
        with new.open("wb") as file:
            np.savez(file, allow_pickle=False, **{name: np.asarray(values) for name, values in arrays.items()})

    files.replace(CHECKPOINT, write)


def read_checkpoint(files: RunFiles) -> dict[str, AnyArray]:
    """Arrays of a run's checkpoint.

    Raises
    ------
    DamageError
        The file is not as it was written.
    """
    with files.opened(CHECKPOINT) as file, np.load(file) as saved:
        return {name: saved[name] for name in saved.files}
