"""The list of runs."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from siam_dse.core.errors import RunError
from siam_dse.runs.folder import RunFolder

RUN_COLUMNS = (
    *("run", "kind", "status", "network", "space", "sampler", "trials", "evaluated", "feasible", "front", "time_s"),
    "updated",
)


def runs_table(runs: Sequence[RunFolder]) -> pd.DataFrame:
    """One row a run: what was searched, how far it got, how long it took; a damaged run says so in ``status``."""
    return pd.DataFrame([_row(run) for run in runs], columns=list(RUN_COLUMNS))


def _row(run: RunFolder) -> dict[str, Any]:
    try:
        info = run.info
    except RunError:
        return {"run": run.name, "status": "damaged"}
    counts, timing = info.get("counts") or {}, info.get("timing") or {}
    return {
        "run": run.name,
        "kind": info.get("kind"),
        "status": run.status,
        "network": info.get("network"),
        "space": info.get("space"),
        "sampler": info.get("sampler"),
        "trials": _whole(counts.get("trials")),
        "evaluated": _whole(counts.get("evaluated")),
        "feasible": _whole(counts.get("feasible")),
        "front": _whole(counts.get("front")),
        "time_s": timing.get("seconds"),
        "updated": timing.get("updated") or timing.get("started"),
    }


def _whole(value: Any) -> Any:
    """A count, or an unknown one; keeps a column of counts whole."""
    return pd.NA if value is None else int(value)
