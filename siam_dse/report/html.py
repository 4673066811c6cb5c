"""HTML by hand: figures as files or as parts of a page, tables, boxes of figures, the page itself."""

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from siam_dse.report.chart import Chart
from siam_dse.report.labels import label, number
from siam_dse.report.style import CONFIG, TEMPLATE
from siam_dse.runs.atomic import replace_text

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT = 450  # pixels of a figure that states none: plotly's default
_LONG_TEXT = 60  # letters from which a cell may wrap


@dataclass(frozen=True)
class Drawn:
    """A figure as pages hold it, for several of them: its content as JSON, and its height in pixels."""

    text: str
    height: int

    @classmethod
    def of(cls, figure: "go.Figure | Chart") -> "Drawn":
        """A figure, which may change afterwards."""
        content: dict[str, Any]
        if isinstance(figure, Chart):
            content = {"data": figure.data, "layout": {**figure.layout, "template": _template()}}
        else:
            content = figure.to_plotly_json()
        text = json.dumps(_light(content), separators=(",", ":")).replace("<", "\\u003c")
        return cls(text, int(content["layout"].get("height") or _HEIGHT))


Figure: TypeAlias = "Drawn | Chart | go.Figure"


def write_figure(figure: Figure, path: Path, title: str, plotly: str = "") -> None:
    """Write a figure as one HTML file that needs nothing else, or nothing but the file ``plotly`` beside it."""
    body = figure_part(figure, path.stem)
    replace_text(path, page(title, f'<div style="max-width:1400px;margin:0 auto;padding:16px">{body}</div>', plotly))


def write_plotly(folder: Path) -> str:
    """Write plotly's script for the figures of a folder; returns the file's name."""
    name = "plotly.min.js"
    replace_text(folder / name, plotly_script())
    return name


@cache
def plotly_script() -> str:
    """Plotly's script."""
    return _of_plotly("plotly.min.js")


@cache
def _template() -> Any:
    """Content of the template below all figures."""
    return json.loads(_of_plotly("templates", f"{TEMPLATE}.json"))


def _of_plotly(*path: str) -> str:
    """A file of plotly's, without importing what makes figures."""
    return files("plotly").joinpath("package_data", *path).read_text(encoding="utf-8")


def figure_part(figure: Figure, name: str) -> str:
    """A figure as a part of a page that holds plotly's script already; it is drawn when it is scrolled to."""
    drawn = figure if isinstance(figure, Drawn) else Drawn.of(figure)
    return (
        f'<div id="{name}" class="figure" style="min-height:{drawn.height}px"></div>'
        f'<script type="application/json" data-of="{name}">{drawn.text}</script>'
    )


def _light(value: Any) -> Any:
    """Content of a figure in as few letters as a reader can tell: numbers to six digits, arrays in single precision."""
    if value is None or isinstance(value, str | bool | int):  # most of all: texts under the pointer
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() else float(f"{value:.6g}")
    if isinstance(value, list | tuple):
        return [_light(each) for each in value]
    if isinstance(value, Mapping) and value.get("dtype") == "f8" and "shape" not in value:  # as plotly packs arrays
        return _light(np.frombuffer(b64decode(value["bdata"]), np.float64))
    if isinstance(value, Mapping):
        return {key: _light(each) for key, each in value.items()}
    if isinstance(value, np.ndarray | pd.Series | pd.Index):
        array = np.asarray(value)
        if array.dtype.kind == "f" and array.ndim == 1:
            packed = b64encode(np.ascontiguousarray(array, np.float32).tobytes()).decode("ascii")
            return {"dtype": "f4", "bdata": packed}
        return _light(array.tolist())
    return _light(value.item()) if isinstance(value, np.generic) else value


def page(title: str, body: str, plotly: str = "") -> str:
    """A whole page; plotly's script is in it, or in the file ``plotly`` beside it."""
    script = f'<script src="{escape(plotly)}"></script>' if plotly else f"<script>{plotly_script()}</script>"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{asset('page.css')}</style>{script}"
        f"<script>const PLOT_CONFIG = {json.dumps(dict(CONFIG))};{asset('theme.js')}</script></head>\n"
        f"<body>{body}<script>{asset('figures.js')}</script></body></html>\n"
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
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def live_part(name: str, data: Mapping[str, Any]) -> str:
    """A part of a page with a script: ``assets/<name>.html`` and ``.js``, whose function ``name`` is handed the data.

    Nothing in the data can end the script or start a tag.
    """
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f"{asset(f'{name}.html')}<script>{asset(f'{name}.js')}\n{name}({text});</script>"


@cache
def asset(name: str) -> str:
    """A script or style sheet of the package's, to stand in a page that needs nothing else."""
    return files("siam_dse.report").joinpath("assets", name).read_text(encoding="utf-8")


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
