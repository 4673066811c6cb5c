"""What a damaged or missing file of a run means: what is lost with it, and what makes it anew."""

from pathlib import Path

from siam_dse.core.errors import DamageError
from siam_dse.core.text import command

_WRITTEN_ANEW = ("resume {run}", "writes it anew")
_FROM_STUDY = ("resume --storage {study} --into FOLDER", "makes the run anew from its Optuna study")
_NEW_RUN = ("", "start a new run")
_LOST = {
    "run.json": ("what the run was asked for, its counts and the checksums of its files", _FROM_STUDY),
    "space.yaml": ("the search space (another one takes a new run)", _FROM_STUDY),
    "network.yaml": ("the network", _FROM_STUDY),
    "technology": ("the overlay of a technology", _FROM_STUDY),
    "networks": ("one of the networks", _FROM_STUDY),
    "points.parquet": ("the stored designs with their figures", _FROM_STUDY),
    "points.parts": ("stored designs with their figures", _FROM_STUDY),
    "pareto.csv": ("the table of the front", _WRITTEN_ANEW),
    "history.csv": ("the progress of the run", _WRITTEN_ANEW),
    "checkpoint.npz": (
        "where the search stands, but not what it has stored",
        ("sweep NETWORK --space {run}/space.yaml --start-from {run}", "begins a new run with its front"),
    ),
    "start.csv": ("the designs that the search was given to begin with", _NEW_RUN),
}
WRITTEN_ANEW = tuple(name for name, (_, remedy) in _LOST.items() if remedy == _WRITTEN_ANEW)


def damaged(path: Path, what: str = "is damaged: its checksum does not agree with run.json's") -> DamageError:
    """The error for a file of a run that is not as it was written."""
    name = path.parent.name if path.parent.name in ("points.parts", "networks", "technology") else path.name
    run = path.parent.parent if name != path.name else path.parent
    lost, remedy = _LOST.get(name, ("a part of what the run was made with", _NEW_RUN))
    study = f"sqlite:///{run}/study.db" if (run / "study.db").exists() else "URL"
    words, does = remedy
    named = f"{command(*(word.format(run=run, study=study) for word in words.split()))} " if words else ""
    return DamageError(f"{path}: {what}. Lost is {lost}; restore it from a copy, or {named}{does}")
