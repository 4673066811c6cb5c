"""Where energy, latency and area of chosen designs go: stacked bars by engine."""

from collections.abc import Sequence

import pandas as pd

from siam_dse.core.units import PERCENT
from siam_dse.report.chart import Chart
from siam_dse.report.labels import label, number, unit_of
from siam_dse.report.style import dress, engine_look
from siam_dse.system.columns import QUANTITIES

BREAKDOWN_QUANTITIES = QUANTITIES

_BAR_HEIGHT = 56


def engines_of(table: pd.DataFrame | pd.Series) -> list[str]:
    """Engines whose share of every total a table has: those installed when it was made."""
    names = list(table.columns if isinstance(table, pd.DataFrame) else table.index)
    first = f"_{BREAKDOWN_QUANTITIES[0]}"
    engines = [str(name).removesuffix(first) for name in names if str(name).endswith(first)]
    return [engine for engine in engines if all(f"{engine}_{quantity}" in names for quantity in BREAKDOWN_QUANTITIES)]


def engine_breakdown(
    designs: pd.DataFrame, names: Sequence[str], quantities: Sequence[str] = BREAKDOWN_QUANTITIES
) -> Chart:
    """Energy, latency, area and leakage of a few designs, stacked by engine, each total written at its bar.

    Parameters
    ----------
    designs : DataFrame
        A row a design, with columns ``<engine>_<quantity>``.
    names : one text a design, written at its bars
    """
    heads = [f"<b>{label(q)}</b>" for q in quantities]
    figure = Chart(cols=len(quantities), shared_y=True, gap_x=0.035, heads=heads)
    used = {engine for engine in engines_of(designs) for q in quantities if designs[f"{engine}_{q}"].any()}
    for col, quantity in enumerate(quantities, start=1):
        columns = {engine: designs[f"{engine}_{quantity}"].astype(float) for engine in engines_of(designs)}
        total = pd.concat(columns, axis=1).sum(axis=1)
        for engine, values in columns.items():
            look = engine_look(engine)
            share = (PERCENT * values / total.where(total > 0)).fillna(0)
            figure.add_bar(
                y=list(names), x=values, orientation="h", name=look.word, row=1, col=col,
                marker={"color": look.colour, "line": {"width": 0.5, "color": "white"}},
                legendgroup=engine, showlegend=col == 1 and engine in used, customdata=share,
                hovertemplate=f"{look.word}: %{{x:.4g}} {unit_of(quantity)} (%{{customdata:.1f}} %)<extra></extra>",
            )  # fmt: skip
        figure.add_scatter(
            x=total, y=list(names), mode="text", text=[f"  {number(value)}" for value in total.tolist()],
            textposition="middle right", textfont={"size": 13}, showlegend=False, hoverinfo="skip", cliponaxis=False,
            row=1, col=col,
        )  # fmt: skip
        top = float(total.max()) if len(total) else 1.0
        figure.update_xaxes(range=[0, 1.28 * top or 1.0], nticks=5, row=1, col=col)
    dress(figure, "Where energy, latency and area go", _BAR_HEIGHT * len(designs) + 260,
          "one inference; energy with leakage; latency engine after engine, no overlap")  # fmt: skip
    figure.update_layout(barmode="stack", bargap=0.35, margin={"t": 120, "b": 96, "r": 50})
    below = -70 / (_BAR_HEIGHT * len(designs) + 44)
    figure.update_layout(legend={"y": below, "yanchor": "top", "traceorder": "normal"})
    figure.update_yaxes(autorange="reversed", ticks="", tickfont={"size": 13})
    figure.update_annotations(font={"size": 14})
    return figure


def engine_table(design: pd.Series) -> pd.DataFrame:
    """Breakdown of one design by engine, with the total and each engine's share of the energy and latency."""
    rows = [
        {"engine": engine_look(engine).word, **{q: float(design[f"{engine}_{q}"]) for q in BREAKDOWN_QUANTITIES}}
        for engine in engines_of(design)
    ]
    table = pd.DataFrame(rows)
    for quantity in ("energy_mj", "latency_ms", "area_mm2"):
        total = table[quantity].sum()
        table[f"{quantity} share"] = PERCENT * table[quantity] / total if total > 0 else 0.0
    total_row = {"engine": "total", **table.drop(columns="engine").sum().to_dict()}
    return pd.concat([table, pd.DataFrame([total_row])], ignore_index=True)
