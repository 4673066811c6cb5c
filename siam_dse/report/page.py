"""The report of a run: one self-contained HTML file, and its plots one file each."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from siam_dse.report.labels import short_label

_STYLE = """
:root { color-scheme: light; }
body { font-family: Inter, "Segoe UI", Helvetica, Arial, sans-serif; color: #1f2937; margin: 0 auto; max-width: 1180px;
       padding: 32px 28px 80px; line-height: 1.5; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 42px 0 8px; border-bottom: 1px solid #e5e7eb;
     padding-bottom: 6px; } .sub { color: #6b7280; margin: 0 0 22px; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin: 18px 0; }
.fact { background: #f8fafc; border: 1px solid #e5e7eb; border-radius: 8px; padding: 10px 14px; }
.fact b { display: block; font-size: 18px; } .fact span { color: #6b7280; font-size: 12px; }
.scroll { overflow-x: auto; max-height: 520px; border: 1px solid #e5e7eb; border-radius: 8px; }
table { border-collapse: collapse; font-size: 12.5px; width: 100%; }
th { position: sticky; top: 0; background: #f1f5f9; text-align: right; padding: 7px 10px; white-space: nowrap; }
td { text-align: right; padding: 5px 10px; border-top: 1px solid #eef2f7; white-space: nowrap; }
tr.knee td { background: #fff7ed; font-weight: 600; } .note { color: #6b7280; font-size: 13px; }
li { margin: 4px 0; }
"""


def table_html(frame: pd.DataFrame, mark: str | None = None) -> str:
    """A table with units in its head; rows whose first cell is ``mark`` stand out."""
    head = "".join(f"<th>{escape(short_label(str(name)))}</th>" for name in frame.columns)
    body = []
    for row in frame.itertuples(index=False, name=None):
        kind = ' class="knee"' if mark and row[0] == mark else ""
        body.append(f"<tr{kind}>" + "".join(f"<td>{escape(_cell(value))}</td>" for value in row) + "</tr>")
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'


def _cell(value: object) -> str:
    if value is None or value != value or str(value) == "<NA>":
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def facts_html(facts: Mapping[str, str]) -> str:
    """A row of boxes, each a figure with its name below."""
    boxes = [f'<div class="fact"><b>{escape(value)}</b><span>{escape(name)}</span></div>' for name, value in facts.items()]
    return f'<div class="facts">{"".join(boxes)}</div>'


def figure_html(figure: go.Figure, name: str) -> str:
    """A figure as a part of a page that holds plotly's script already."""
    html: str = figure.to_html(full_html=False, include_plotlyjs=False, div_id=name, config={"displaylogo": False})
    return html


def page(title: str, subtitle: str, sections: list[tuple[str, str]]) -> str:
    """A whole page: title, and sections of (heading, HTML)."""
    body = "".join((f"<h2>{escape(head)}</h2>" if head else "") + content for head, content in sections)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><script>{get_plotlyjs()}</script></head><body>"
        f'<h1>{escape(title)}</h1><p class="sub">{escape(subtitle)}</p>{body}</body></html>'
    )


def write_figure(figure: go.Figure, path: Path) -> None:
    """Write a figure as a self-contained HTML file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.write_html(path, include_plotlyjs=True, config={"displaylogo": False})
