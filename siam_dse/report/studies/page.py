"""The page of a study: what it found, its key figures, its plots, how they were made."""

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from siam_dse.design.fields import fields
from siam_dse.report.html import figure_part, list_part, page, table_part
from siam_dse.report.labels import label
from siam_dse.report.studies.study import Study, StudyResult

_MOST_ROWS = 300  # of the whole table on the page; the CSV has all


def study_page(study: Study, result: StudyResult, info: Mapping[str, Any]) -> str:
    """HTML of a study.

    Parameters
    ----------
    study : Study
    result : StudyResult
    info : content of study.json
    """
    networks = ", ".join(str(name) for name in info["networks"])
    body = f"<h1>{escape(study.title)}</h1><p class='sub'>{escape(study.question)} ({escape(networks)})</p>"
    body += _section("What it found", list_part(result.findings))
    body += _section("Key figures", table_part(result.summary, heads={n: _head(n) for n in map(str, result.summary)}))
    parts = "".join(figure_part(figure, f"figure-{name}") for name, figure in result.figures.items())
    body += _section("Plots", parts)
    body += _section("How this was done", list_part(study.method) + _setting(info))
    body += _section("Every row", _whole_table(result.table))
    return page(f"study {study.name}: {study.title}", f"<main>{body}</main>")


def shown_columns(table: pd.DataFrame) -> pd.DataFrame:
    """A table without the fields that are the same in every row."""
    same = [name for name in table if name in fields() and table[name].nunique(dropna=False) == 1]
    doubled = ["crossbar_rows", "crossbar_cols"] if "crossbar_size" in table else []
    return table.drop(columns=[name for name in dict.fromkeys([*same, *doubled]) if name in table])


def _whole_table(table: pd.DataFrame) -> str:
    shown = shown_columns(table)
    note = f"{len(shown)} rows; the CSV beside this page has them with all fields."
    if len(shown) > _MOST_ROWS:
        note = f"The first {_MOST_ROWS} of {note}"
    rows = table_part(shown.head(_MOST_ROWS))
    return f"<p class='note'>{escape(note)}</p><details><summary>Show the table</summary>{rows}</details>"


def _setting(info: Mapping[str, Any]) -> str:
    """What else the figures depend on."""
    fixed = ", ".join(f"{name} = {value}" for name, value in info["fixed"].items()) or "none"
    laid = ", ".join(name.removesuffix(".yaml") for name in info.get("technology") or {}) or "packaged"
    lines = [
        f"Profile {info['profile']}; fields set beside it: {fixed}; technology: {laid}.",
        f"Command: {' '.join(info['command'])}",
        f"Model version {info['model_version']}, made {info['made']}; "
        + ", ".join(f"{name} {version}" for name, version in info["versions"].items()),
    ]
    return "<div class='note'>" + list_part(lines) + "</div>"


def _section(heading: str, content: str) -> str:
    return f"<h2>{escape(heading)}</h2>{content}" if content else ""


def _head(name: str) -> str:
    """Head of a column of the summary: words as they are, a field or output column with its unit."""
    return name if " " in name else label(name)
