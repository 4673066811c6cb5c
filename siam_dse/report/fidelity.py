"""A front evaluated again with the finer mesh model, and what that changes."""

import pandas as pd

from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.units import PERCENT
from siam_dse.engines.mesh.models import TRACE_MODELS
from siam_dse.report.labels import number
from siam_dse.report.view import RunView
from siam_dse.report.volume import costs
from siam_dse.search.front import nondominated
from siam_dse.system.joint import evaluate_workload

_NEGLIGIBLE_PCT = 0.05  # largest change of an objective that is not worth a column
# Shown where an objective feels the mesh only through them.
_ALWAYS = ("latency_ms",)


def again(view: RunView, noc_model: str) -> tuple[pd.DataFrame, list[str], list[str]]:
    """A run's front evaluated with another mesh model.

    Parameters
    ----------
    view : RunView
    noc_model : str
        ``fast``, ``fluid`` or ``cycle``.

    Returns
    -------
    front : DataFrame
        With ``<noc_model>_<column>`` and ``<column>_change_pct`` for each objective (and the latency) that changes.
    names : those columns
    notes : sentences on how far they change, and on designs that leave the front
    """
    if noc_model not in TRACE_MODELS:
        raise InputError("--noc-model", unknown_name("mesh model", noc_model, TRACE_MODELS))
    wanted = list(dict.fromkeys([*view.objectives, *(name for name in _ALWAYS if name in view.front)]))
    fresh = evaluate_workload(view.network, view.space.designs_of(view.front), noc_model=noc_model).columns(wanted)
    front, names = view.front.copy(), []
    notes = [
        f"the model has changed since this run, and that is part of the difference: {line}" for line in view.changes
    ]
    changed = view.front.copy()
    for name in wanted:
        before = front[name].to_numpy(dtype=float)
        changed[name] = fresh[name]
        change = PERCENT * (fresh[name] / before - 1)
        if abs(change).max() <= _NEGLIGIBLE_PCT:
            continue
        front[f"{noc_model}_{name}"] = fresh[name]
        front[f"{name}_change_pct"] = change
        names += [f"{noc_model}_{name}", f"{name}_change_pct"]
        middle = pd.Series(change).median()
        notes.append(
            f"{name}: {noc_model} against the run's own model: median {middle:+.3g} %, "
            f"from {change.min():+.3g} % to {change.max():+.3g} %"
        )
    if not names:
        notes.append(f"no objective changes by more than {number(_NEGLIGIBLE_PCT)} %")
    beaten = int((~nondominated(costs(changed, view.objectives))).sum())
    notes.append(f"{beaten} of {len(front)} front designs are beaten by another one with the {noc_model} model")
    return front, names, notes
