"""Chart: a figure as plain data, with the methods of plotly's figures that ours need.

A plotly figure checks every value when it is set, a hundred times the work of keeping it: of the many figures of a
report that is most of the time. A chart keeps what plotly's script takes; tests have plotly check it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEAD_FONT = {"size": 16}  # plotly's of a head above a panel


class Chart:
    """Traces and layout of a figure: panels in rows and columns, counted from 1 at the top left.

    Parameters
    ----------
    rows, cols : panels
    gap_x, gap_y : space between panels, as a share of the figure's width and height
    heads : texts above the first panels, row by row
    shared_x, shared_y
        Panels of a column share their horizontal axis, labelled at the bottom; those of a row their vertical one.
    """

    def __init__(
        self,
        rows: int = 1,
        cols: int = 1,
        *,
        gap_x: float = 0.0,
        gap_y: float = 0.0,
        heads: Sequence[str] = (),
        shared_x: bool = False,
        shared_y: bool = False,
    ) -> None:
        self.data: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {"annotations": []}
        self._cols = cols
        width, height = (1 - gap_x * (cols - 1)) / cols, (1 - gap_y * (rows - 1)) / rows
        for i in range(rows * cols):
            row, col = divmod(i, cols)
            left, bottom = col * (width + gap_x), (rows - 1 - row) * (height + gap_y)
            x: dict[str, Any] = {"anchor": f"y{_place(i)}", "domain": [left, min(left + width, 1.0)]}
            y: dict[str, Any] = {"anchor": f"x{_place(i)}", "domain": [bottom, min(bottom + height, 1.0)]}
            if shared_x and row < rows - 1:
                x |= {"matches": f"x{_place((rows - 1) * cols + col)}", "showticklabels": False}
            if shared_y and col > 0:
                y |= {"matches": f"y{_place(row * cols)}", "showticklabels": False}
            self.layout |= {f"xaxis{_place(i)}": x, f"yaxis{_place(i)}": y}
            if i < len(heads):
                self.layout["annotations"].append(
                    {"text": heads[i], "x": left + width / 2, "y": bottom + height, "xref": "paper", "yref": "paper",
                     "xanchor": "center", "yanchor": "bottom", "showarrow": False, "font": dict(_HEAD_FONT)}
                )  # fmt: skip

    def add(self, kind: str, row: int = 1, col: int = 1, **trace: Any) -> None:
        """Add a trace of plotly's ``kind`` to a panel, with its settings."""
        place = self._place(row, col)
        self.data.append({"type": kind, "xaxis": f"x{place}", "yaxis": f"y{place}", **trace})

    def add_scatter(self, row: int = 1, col: int = 1, **trace: Any) -> None:
        """Add points or lines to a panel."""
        self.add("scatter", row, col, **trace)

    def add_bar(self, row: int = 1, col: int = 1, **trace: Any) -> None:
        """Add bars to a panel."""
        self.add("bar", row, col, **trace)

    def add_vline(self, x: float, row: int = 1, col: int = 1, **settings: Any) -> None:
        """Add a vertical line through a panel."""
        place = self._place(row, col)
        ends = {"x0": x, "x1": x, "xref": f"x{place}", "y0": 0, "y1": 1, "yref": f"y{place} domain"}
        self.layout.setdefault("shapes", []).append({"type": "line", **ends, **settings})

    def update_xaxes(self, row: int | None = None, col: int | None = None, **settings: Any) -> None:
        """Change the horizontal axes of a row, of a column, of one panel or of all."""
        self._update_axes("xaxis", row, col, settings)

    def update_yaxes(self, row: int | None = None, col: int | None = None, **settings: Any) -> None:
        """Change the vertical axes of a row, of a column, of one panel or of all."""
        self._update_axes("yaxis", row, col, settings)

    def update_layout(self, **settings: Any) -> None:
        """Change the layout; of what is a mapping on both sides, the settings that are given."""
        _merge(self.layout, settings)

    def update_annotations(self, **settings: Any) -> None:
        """Change all texts in the figure."""
        for each in self.layout["annotations"]:
            _merge(each, settings)

    def figure(self) -> "go.Figure":
        """The chart as a figure of plotly's, which checks it."""
        import plotly.graph_objects as go

        return go.Figure({"data": self.data, "layout": self.layout})

    def _place(self, row: int, col: int) -> str:
        return _place((row - 1) * self._cols + col - 1)

    def _update_axes(self, kind: str, row: int | None, col: int | None, settings: Mapping[str, Any]) -> None:
        for name, axis in self.layout.items():
            if name.startswith(kind):
                at = divmod(int(name.removeprefix(kind) or 1) - 1, self._cols)
                if row in (None, at[0] + 1) and col in (None, at[1] + 1):
                    _merge(axis, settings)


def _place(i: int) -> str:
    """What stands behind ``x`` and ``y`` for panel ``i``."""
    return str(i + 1) if i else ""


def _merge(old: dict[str, Any], settings: Mapping[str, Any]) -> None:
    """Change settings in place; None takes one away, and a title may be given as its text alone."""
    for name, value in settings.items():
        new = {"text": value} if name == "title" and isinstance(value, str) else value
        if new is None:
            old.pop(name, None)
        elif isinstance(new, Mapping):
            _merge(old.setdefault(name, {}), new)
        else:
            old[name] = new
