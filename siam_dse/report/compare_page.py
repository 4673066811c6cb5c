"""The page of a comparison: what the terminal shows, the fronts over each other, each run's knee."""

from html import escape

import pandas as pd

from siam_dse.report.compare import Comparison
from siam_dse.report.html import figure_part, list_part, page, table_part
from siam_dse.report.labels import as_flags, label, number, run_label, varied_fields
from siam_dse.report.pairs import overlaid_fronts, overlaid_matrix
from siam_dse.report.scatter import knee_rows
from siam_dse.runs.tables import ID


def comparison_page(found: Comparison, x: str, y: str) -> str:
    """HTML of a comparison, its scatter in the columns ``x`` and ``y``."""
    names = ", ".join(found.networks)
    warned = f"<div class='warn'><b>To bear in mind</b>{list_part(found.notes)}</div>" if found.notes else ""
    body = f"<h1>Fronts beside each other</h1><p class='sub'>{escape(names)}</p>{warned}"
    body += "<h2>Run by run</h2>" + _runs_part(transposed(found.table))
    body += f"<p class='note'>{escape(measured_in(found))}</p>" if found.is_joint else ""
    body += "<h2>The fronts</h2>"
    body += figure_part(overlaid_fronts(found.fronts, x, y, found.directions, found.networks), "figure-fronts")
    if found.is_joint and len(found.directions) > 2:
        body += figure_part(overlaid_matrix(found.fronts, found.directions), "figure-matrix")
    body += "<h2>Each run's knee</h2>" + _runs_part(_knees(found))
    return page(f"fronts of {names}", f"<main>{body}</main>")


def measured_in(found: Comparison) -> str:
    """In one sentence how the volumes of a joint comparison are measured."""
    reference = ", ".join(f"{name} = {value:.4g}" for name, value in found.reference.items())
    logarithmic = f"; in logarithms: {', '.join(found.logarithmic)}" if found.logarithmic else ""
    return (
        f"reference point: {reference}{logarithmic}. All runs together: {found.joint_size} designs on the joint front, "
        f"hypervolume share {found.joint_share:.4g} of the box between the best values and the reference point"
    )


def transposed(table: pd.DataFrame) -> pd.DataFrame:
    """A comparison's table with a column a run: a few runs have many figures."""
    figures = table.drop(columns="run").T
    shown = pd.DataFrame({str(run): [number(value) for value in figures[i]] for i, run in enumerate(table["run"])})
    shown.insert(0, "", [run_label(str(name)) for name in figures.index])
    return shown


def _runs_part(table: pd.DataFrame) -> str:
    """A table with a column a run, named as the run is."""
    return table_part(table, heads={name: name or "figure" for name in map(str, table)})


def _knees(found: Comparison) -> pd.DataFrame:
    """The knee of each front, a column a run: what differs between them, and the objectives."""
    knees = pd.concat([knee_rows(front).head(1).assign(run=name) for name, front in found.fronts.items()])
    shown = [name for name in dict.fromkeys((ID, *varied_fields(knees), *found.directions)) if name in knees]
    texts = knees[shown].apply(as_flags).map(number).T
    texts.columns = pd.Index(knees["run"].map(str))
    texts.insert(0, "", [label(name) for name in shown])
    return texts
