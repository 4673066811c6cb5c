"""A table for a paper, a note or a page: LaTeX (booktabs), Markdown, HTML; numbers to four digits, heads with units."""

from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType

import pandas as pd

from siam_dse.report.labels import label, number

_TEX = str.maketrans(
    {**{letter: f"\\{letter}" for letter in "&%_#$"}, "²": "$^2$", "·": r"$\cdot$", "Ω": r"$\Omega$", "–": "--"}
)


def latex(frame: pd.DataFrame, caption: str) -> str:
    """A LaTeX table with the rules of the package booktabs."""
    heads, rows, right = _cells(frame)
    lines = [r"\begin{table}", r"\centering", rf"\caption{{{caption.translate(_TEX)}}}",
             rf"\begin{{tabular}}{{{''.join('r' if each else 'l' for each in right)}}}", r"\toprule"]  # fmt: skip
    lines += [" & ".join(cell.translate(_TEX) for cell in heads) + r" \\", r"\midrule"]
    lines += [" & ".join(cell.translate(_TEX) for cell in row) + r" \\" for row in rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}"])


def markdown(frame: pd.DataFrame, caption: str) -> str:
    """A Markdown table, its caption above."""
    heads, rows, right = _cells(frame)
    rule = ["---:" if each else "---" for each in right]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (heads, rule, *rows)]
    return "\n".join([caption, "", *lines])


def html(frame: pd.DataFrame, caption: str) -> str:
    """An HTML table."""
    heads, rows, right = _cells(frame)
    ways = [' style="text-align:right"' if each else "" for each in right]
    head = "".join(f"<th{way}>{escape(cell)}</th>" for way, cell in zip(ways, heads, strict=True))
    body = [
        "<tr>" + "".join(f"<td{way}>{escape(cell)}</td>" for way, cell in zip(ways, row, strict=True)) + "</tr>"
        for row in rows
    ]
    inner = "\n".join([f"<caption>{escape(caption)}</caption>", f"<thead><tr>{head}</tr></thead>", "<tbody>", *body])
    return f"<table>\n{inner}\n</tbody>\n</table>"


PAPER_TABLES: Mapping[str, Callable[[pd.DataFrame, str], str]] = MappingProxyType(
    {"latex": latex, "markdown": markdown, "html": html}
)


def _cells(frame: pd.DataFrame) -> tuple[list[str], list[list[str]], list[bool]]:
    """Heads, rows of texts, and which columns are numbers."""
    heads = [label(str(name)) if str(name).strip() else "" for name in frame.columns]
    columns = [[number(value) for value in frame[name].tolist()] for name in frame.columns]
    right = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]
    return heads, [list(row) for row in zip(*columns, strict=True)], right
