"""HTML by hand: figures as files or as parts of a page, tables, boxes of figures, the page itself."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from siam_dse.report.labels import label, number
from siam_dse.report.style import CONFIG
from siam_dse.runs.atomic import replace_text

_PAGE_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font-family: 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif; font-size: 15px;
  color: #1f2933; background: #f4f6f8; margin: 0; line-height: 1.55; }
main { max-width: 1280px; margin: 0 auto; padding: 36px 44px 90px; background: white; min-height: 100vh; }
h1 { font-size: 28px; margin: 0 0 4px; line-height: 1.25; }
h2 { font-size: 20px; margin: 52px 0 10px; padding-bottom: 6px; border-bottom: 2px solid #e2e7ec; }
h3 { font-size: 16px; margin: 26px 0 6px; }
.sub { color: #5b6673; margin: 0 0 20px; }
nav { font-size: 14px; margin: 14px 0 6px; } nav a { color: #00558c; margin-right: 18px; text-decoration: none; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin: 18px 0; }
.fact { border: 1px solid #dde3e9; border-radius: 8px; padding: 10px 14px; background: #fafbfc; }
.fact b { display: block; font-size: 20px; font-weight: 600; } .fact span { color: #5b6673; font-size: 13px; }
.scroll { overflow: auto; max-height: 560px; border: 1px solid #dde3e9; border-radius: 8px; margin: 10px 0; }
table { border-collapse: collapse; font-size: 13.5px; width: 100%; font-variant-numeric: tabular-nums; }
th { position: sticky; top: 0; background: #eef2f5; text-align: right; padding: 8px 12px; vertical-align: bottom;
  font-weight: 600; }
td { text-align: right; padding: 5px 12px; border-top: 1px solid #eaeef2; white-space: nowrap; }
th.text, td.text { text-align: left; } td.long { white-space: normal; min-width: 280px; }
tr.mark td { background: #fdf0e6; font-weight: 600; }
.note { color: #5b6673; font-size: 14px; margin: 8px 0; } .warn { border-left: 4px solid #d55e00; padding: 6px 14px;
  background: #fdf6f0; margin: 12px 0; }
ul { margin: 8px 0; padding-left: 22px; } li { margin: 4px 0; }
details { margin: 12px 0; } summary { cursor: pointer; color: #00558c; }
code { font-family: Consolas, 'DejaVu Sans Mono', Menlo, monospace; font-size: 13px; overflow-wrap: anywhere; }
.plotly-graph-div { margin: 12px 0 4px; }
@media print { body { background: white; } main { padding: 0; } .scroll { max-height: none; overflow: visible; }
  nav { display: none; } }
"""
_LONG_TEXT = 60  # letters from which a cell may wrap


def write_figure(figure: go.Figure, path: Path, title: str) -> None:
    """Write a figure as one HTML file that needs nothing else."""
    body = figure_part(figure, path.stem)
    replace_text(path, page(title, f'<div style="max-width:1400px;margin:0 auto;padding:16px">{body}</div>'))


def figure_part(figure: go.Figure, name: str) -> str:
    """A figure as a part of a page that holds plotly's script already."""
    part: str = figure.to_html(full_html=False, include_plotlyjs=False, div_id=name, config=dict(CONFIG))
    return part


def page(title: str, body: str) -> str:
    """A whole page with plotly's script embedded once."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_PAGE_STYLE}</style>"
        f"<script>{get_plotlyjs()}</script></head>\n<body>{body}</body></html>\n"
    )


def table_part(
    frame: pd.DataFrame, marked: Sequence[bool] | None = None, heads: Mapping[str, str] | None = None
) -> str:
    """A table with units in its head; ``marked`` rows stand out."""
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]
    kinds = ["" if right else ' class="text"' for right in numeric]
    names = [(heads or {}).get(str(name), label(str(name)) if str(name).strip() else "") for name in frame.columns]
    head = "".join(f"<th{kind}>{escape(name)}</th>" for kind, name in zip(kinds, names, strict=True))
    columns = [[number(value) for value in frame[name].tolist()] for name in frame.columns]
    rows = []
    for i in range(len(frame)):
        kind = ' class="mark"' if marked is not None and marked[i] else ""
        cells = "".join(_cell(column[i], right) for column, right in zip(columns, numeric, strict=True))
        rows.append(f"<tr{kind}>{cells}</tr>")
    body = "".join(rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def facts_part(facts: Mapping[str, str]) -> str:
    """A row of boxes, each a figure with its name below."""
    boxes = "".join(
        f'<div class="fact"><b>{escape(value)}</b><span>{escape(name)}</span></div>' for name, value in facts.items()
    )
    return f'<div class="facts">{boxes}</div>'


def list_part(lines: Sequence[str]) -> str:
    """A list of sentences."""
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _cell(text: str, right: bool) -> str:
    kind = "" if right else (' class="text long"' if len(text) > _LONG_TEXT else ' class="text"')
    return f"<td{kind}>{escape(text)}</td>"
