"""What a run's figures can be trusted for: checked ranges, the accuracy model's uncertainty, what is left out."""

import pandas as pd

from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.design.space import SearchSpace
from siam_dse.design.validated import in_validated_range, is_outside, validated_ranges
from siam_dse.engines.accuracy.engine import accuracy_cost
from siam_dse.report.labels import label, number
from siam_dse.report.view import RunView
from siam_dse.system.columns import NOTES, OUTPUT_COLUMNS
from siam_dse.system.joint import evaluate_workload
from siam_dse.workload.network import Network
from siam_dse.workload.network_set import members_of


def outside_table(front: pd.DataFrame, space: SearchSpace) -> pd.DataFrame:
    """Fields of front designs that lie outside the range in which an engine was checked.

    Returns
    -------
    DataFrame
        ``engine``, ``field``, ``checked`` (range or choices), ``designs`` of the front outside it, ``at the front``:
        the values there.
    """
    designs = space.designs_of(front)
    rows = []
    for engine, ranges in validated_ranges().items():
        for name, checked in ranges.items():
            outside = is_outside(designs, name, checked)
            if outside.any():
                values = front.loc[outside, name].drop_duplicates().sort_values().tolist()
                rows.append(
                    {
                        "engine": engine,
                        "field": name,
                        "checked": _range(name, checked),
                        "designs": int(outside.sum()),
                        "at the front": ", ".join(number(value) for value in values),
                    }
                )
    return pd.DataFrame(rows, columns=["engine", "field", "checked", "designs", "at the front"])


def validity_lines(view: RunView) -> list[str]:
    """Sentences on the range in which the run's figures were checked, and on the accuracy model."""
    lines = []
    if len(view.front):
        inside = in_validated_range(view.space.designs_of(view.front))
        lines.append(
            f"{int(inside.sum()):,} of the {view.of_front} lie wholly inside the ranges in which every engine "
            "was checked against simulations; the others extrapolate the model's laws (column in_validated_range)."
        )
    lines += accuracy_lines(view)
    lines += [f"{label(name)}: {OUTPUT_COLUMNS[name].meaning}." for name in view.objectives if name in OUTPUT_COLUMNS]
    lines += [
        "Times on the mesh come from the closed form that the search uses; 'siam-dse front RUN --noc-model fluid' "
        "evaluates the front with the finer model.",
        "'siam-dse validate' prints the error of every engine against the packaged reference rows.",
    ]
    return lines


def note_lines(view: RunView) -> list[str]:
    """What the engines say of the front's designs, each note once, with how many designs it concerns.

    Empty where model or data have changed since the run, so that nothing is evaluated anew.
    """
    if view.changes or not len(view.front):
        return []
    applies = evaluate_workload(view.network, view.space.designs_of(view.front)).notes
    return [f"{NOTES[name].text} ({int(where.sum()):,} of {view.of_front})." for name, where in applies.items()]


def accuracy_lines(view: RunView) -> list[str]:
    """Sentences on the accuracy model: the knee's range, and whether the network is beyond those it was measured on."""
    if view.knee is None or "accuracy_loss_pct" not in view.front:
        return []
    knee = view.space.designs_of(view.front[view.front["knee"].astype(bool)])
    networks = members_of(view.network)
    lines = []
    for network in networks:
        lines += _accuracy_of(network, knee, f" of {network.name}" if len(networks) > 1 else "")
    return lines


def _accuracy_of(network: Network, knee: Designs, of: str) -> list[str]:
    """The same of one network; ``of`` names it where there are several."""
    if not network.has_top1:
        return [f"{network.name} states no int8_top1: accuracy_loss_pct has no value, sqnr_db takes its place."]
    cost = accuracy_cost(knee, network)
    low, high = sorted((float(cost.accuracy_loss_low_pct[0]), float(cost.accuracy_loss_high_pct[0])))
    lines = [
        f"Accuracy loss{of} is the model's widest figure: at the knee {number(float(cost.accuracy_loss_pct[0]))} "
        f"points, between {number(low)} and {number(high)} within the uncertainty of the accuracy curve alone."
    ]
    if bool(cost.is_extrapolated[0]):
        lines.append(
            f"{network.name} lies beyond the networks on which the accuracy curve was measured (deeper, or "
            "another data set): treat the loss as a ranking of designs, not as a top-1 to publish."
        )
    return lines


def _range(name: str, checked: list[float | str]) -> str:
    if fields()[name].kind == "choice":
        return ", ".join(str(value) for value in checked)
    return " to ".join(f"{float(value):g}" for value in checked)
