"""Several runs beside each other: hypervolume under one reference point, who holds the joint front, best values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from siam_dse.core.errors import InputError
from siam_dse.report.volume import SharedBox
from siam_dse.runs.folder import RunFolder


@dataclass(frozen=True)
class Comparison:
    """A table with one row a run, the shared objectives, the fronts by run, and what to bear in mind.

    Runs of different networks are put beside each other, not measured together: the columns that need a joint front are
    empty then, ``reference`` too, ``joint_share`` is NaN and ``joint_size`` 0.
    """

    table: pd.DataFrame
    directions: dict[str, str]
    fronts: dict[str, pd.DataFrame]
    networks: dict[str, str]
    reference: dict[str, float]
    logarithmic: list[str]
    joint_share: float
    joint_size: int
    notes: list[str]

    @property
    def is_joint(self) -> bool:
        """Whether the runs are of one network, so that one design may beat another."""
        return len(set(self.networks.values())) == 1


def compare(*runs: str | Path | RunFolder, results: str | Path = "results") -> Comparison:
    """Compare the fronts of two or more runs, given by name, path or as run folders; see :func:`compare_runs`."""
    return compare_runs([RunFolder.open(run, results) for run in runs])


def compare_runs(runs: Sequence[RunFolder]) -> Comparison:
    """Compare the fronts of two or more runs.

    Runs of one network are compared in the objectives that all of them have, on a scale that is logarithmic in those
    that span a decade on the joint front. The reference point lies beyond the joint front's worst values; a hypervolume
    is a share of the box between its best values and that point. A worst gap is the largest percentage by which some
    design of the joint front beats a whole run.

    Raises
    ------
    InputError
        Fewer than two runs, no shared objective, or no run with a feasible design.
    """
    if len(runs) < 2:
        raise InputError("compare", f"needs at least two runs, got {len(runs)}")
    names = _unique_names(runs)
    directions = _shared_objectives(runs)
    fronts = {name: run.front() for name, run in zip(names, runs, strict=True)}
    held = {name: front for name, front in fronts.items() if len(front)}
    if not held:
        raise InputError(
            "compare", "none of the runs has a feasible design; see 'siam-dse front RUN' for what excludes them"
        )
    networks = {name: str(run.info.get("network")) for name, run in zip(names, runs, strict=True)}
    box = SharedBox(held, directions) if len(set(networks.values())) == 1 else None
    rows = [_row(name, run, fronts[name], box, directions) for name, run in zip(names, runs, strict=True)]
    return Comparison(
        table=pd.DataFrame(rows),
        directions=directions,
        fronts=held,
        networks=networks,
        reference=box.reference_values if box else {},
        logarithmic=box.logarithmic if box else [],
        joint_share=box.joint_share if box else float("nan"),
        joint_size=box.joint_size if box else 0,
        notes=_notes(names, runs, directions),
    )


def _row(
    name: str, run: RunFolder, front: pd.DataFrame, box: SharedBox | None, directions: Mapping[str, str]
) -> dict[str, Any]:
    info = run.info
    counts, timing = info.get("counts") or {}, info.get("timing") or {}
    row: dict[str, Any] = {
        "run": name,
        "kind": run.kind,
        "status": run.status,
        "network": info.get("network"),
        "space": info.get("space"),
        "evaluated": counts.get("evaluated"),
        "time_s": timing.get("seconds"),
        "front": len(front),
    }
    if box:
        row |= {
            "hypervolume_share": box.share(name) if len(front) else 0.0,
            "of_joint_volume_pct": box.of_joint_pct(name) if len(front) else 0.0,
            "of_joint_front_pct": box.share_of_joint_pct(name) if len(front) else 0.0,
            "worst_gap_pct": box.worst_gap_pct(name) if len(front) else None,
            "on_joint_front": int(box.on_joint_front(name).sum()) if len(front) else 0,
        }
    for objective, way in directions.items():
        values = front[objective]
        word = "most" if way == "maximise" else "least"
        row[f"{word}_{objective}"] = (values.max() if way == "maximise" else values.min()) if len(front) else None
    return row


def _shared_objectives(runs: Sequence[RunFolder]) -> dict[str, str]:
    """Objectives that all runs have, in the order of the first."""
    first = runs[0].objectives
    shared = {name: way for name, way in first.items() if all(run.objectives.get(name) == way for run in runs[1:])}
    if not shared:
        lines = [f"{run.name}: {', '.join(f'{name} ({way})' for name, way in run.objectives.items())}" for run in runs]
        raise InputError("compare", ["the runs share no objective", *lines])
    return shared


def _notes(names: Sequence[str], runs: Sequence[RunFolder], directions: Mapping[str, str]) -> list[str]:
    """What makes the runs less than comparable."""
    out = []
    for key in ("network", "profile"):
        found = {name: str(run.info.get(key)) for name, run in zip(names, runs, strict=True)}
        if len(set(found.values())) > 1:
            listed = ", ".join(f"{name}: {value}" for name, value in found.items())
            apart = (
                "; their fronts stand beside each other, a joint front would mean nothing" if key == "network" else ""
            )
            out.append(f"the runs differ in {key}: {listed}{apart}")
    models = [str((run.info.get("fingerprint") or {}).get("model")) for run in runs]
    data = [str((run.info.get("fingerprint") or {}).get("technology")) for run in runs]
    if len(set(models)) > 1 or len(set(data)) > 1:
        out.append("the runs were made with different model versions or technology data: figures are not comparable")
    left_out = {name for run in runs for name in run.objectives} - set(directions)
    if left_out:
        out.append(
            f"compared in {', '.join(directions)}; not shared by all runs: {', '.join(sorted(left_out))}; "
            "a front in more objectives may hold designs that are beaten in these"
        )
    return out


def _unique_names(runs: Sequence[RunFolder]) -> list[str]:
    """Names of runs, by their paths where two share one."""
    names = [run.name for run in runs]
    names = [name if names.count(name) == 1 else str(run.path) for name, run in zip(names, runs, strict=True)]
    if len(set(names)) < len(names):
        raise InputError("compare", f"a run is given twice: {', '.join(names)}; give each once")
    return names
