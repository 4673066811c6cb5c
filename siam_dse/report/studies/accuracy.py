"""Study ``accuracy``: which crossbars and ADC resolutions stand on a front, with and without a price on accuracy."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from siam_dse.core.arrays import chunks
from siam_dse.core.errors import InputError
from siam_dse.core.units import PERCENT
from siam_dse.design.space import SearchSpace
from siam_dse.report.labels import label, number
from siam_dse.report.studies.study import Setting, StudyResult, joined
from siam_dse.report.style import BLUE, dress
from siam_dse.runs.spaces import load_space
from siam_dse.search.front import Archive
from siam_dse.search.problem import Problem
from siam_dse.workload.network import Network

SPACES = ("siam", "exact")
ACCURACY_COLUMNS = ("accuracy_loss_pct", "sqnr_db")
WITHOUT = "without accuracy"
METHOD = (
    "Every design of a space is evaluated; its exact front is that of the space's objectives under its constraints.",
    "'without accuracy' is the same space with accuracy_loss_pct (and sqnr_db) struck from objectives and constraints: "
    "what a tool without an accuracy model would recommend. accuracy_loss_pct of its front is evaluated afterwards.",
    "Share: front designs at a crossbar size and an ADC resolution / all front designs. Feasible: designs at that pair "
    "of levels that meet the constraints.",
)
_ROWS, _BITS = "crossbar_rows", "adc_bits"
_CHUNK = 16_384  # designs evaluated at once
_LARGEST = 2_000_000  # designs of a space that this study enumerates
_SCALE = ((0.0, "#ffffff"), (1e-9, "#deebf7"), (1.0, BLUE))
_ACROSS = 2
_PANEL_HEIGHT, _ROW_GAP, _HEAD, _FOOT = 270, 90, 110, 64  # pixels


def answer(
    networks: Sequence[Network], setting: Setting, *, spaces: Sequence[SearchSpace | str] = SPACES
) -> StudyResult:
    """Levels that survive on the exact fronts of some spaces, with and without an accuracy term.

    Raises
    ------
    InputError
        A space too large to enumerate here.
    """
    del setting  # a space says itself what is fixed
    loaded = [load_space(space) if isinstance(space, str) else space for space in spaces]
    tables, fronts = [], []
    for network in networks:
        for space in loaded:
            for case, searched in cases(space).items():
                levels, front = front_levels(network, searched)
                tables.append(levels.assign(network=network.name, case=case))
                fronts.append(front.assign(network=network.name, case=case))
    table = joined(tables)
    table = table[["network", "case", *(name for name in table if name not in ("network", "case"))]]
    summary = summarise(table, joined(fronts))
    return StudyResult(table, summary, findings(summary), figures(table))


def cases(space: SearchSpace) -> Mapping[str, SearchSpace]:
    """The space as it is, and without its accuracy term."""
    objectives = {name: way for name, way in space.objectives.items() if name not in ACCURACY_COLUMNS}
    constraints = tuple(rule for rule in space.constraints if rule.name not in ACCURACY_COLUMNS)
    return {
        space.name: space,
        f"{space.name}, {WITHOUT}": replace(space, objectives=objectives, constraints=constraints),
    }


def front_levels(network: Network, space: SearchSpace) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Designs, feasible and front designs at each pair of crossbar rows and ADC bits, and the front itself."""
    if space.size > _LARGEST:
        raise InputError(
            f"search space {space.name}",
            f"has {space.size} designs, this study enumerates up to {_LARGEST}; use 'siam-dse enumerate'",
        )
    problem = Problem(network, space)
    archive = Archive(1, len(problem.objective_names))
    pairs = []
    for part in chunks(space.size, _CHUNK):
        flat = np.arange(part.start, part.stop, dtype=np.int64)
        evaluation = problem.evaluate(space.levels_at(flat))
        scores = problem.scores(evaluation)
        archive.add(flat[scores.feasible][:, None], scores.objectives[scores.feasible])
        designs = evaluation.designs
        pairs.append(pd.DataFrame({_ROWS: designs.crossbar_rows, _BITS: designs.adc_bits, "ok": scores.feasible}))
    grouped = joined(pairs).groupby([_ROWS, _BITS])["ok"]
    levels = pd.DataFrame({"designs": grouped.size(), "feasible": grouped.sum()})
    front = problem.evaluate(space.levels_at(archive.keys[:, 0])).to_frame()
    on_front = front.groupby([_ROWS, _BITS]).size()
    levels["front"] = on_front.reindex(levels.index, fill_value=0).astype(int)
    levels["front_pct"] = PERCENT * levels["front"] / max(len(front), 1)
    return levels.reset_index(), front


def summarise(table: pd.DataFrame, fronts: pd.DataFrame) -> pd.DataFrame:
    """A row for each network and case: the size of the front, what survives on it, and its accuracy."""
    rows = []
    for (network, case), levels in table.groupby(["network", "case"], sort=False):
        front = fronts[(fronts["network"] == network) & (fronts["case"] == case)]
        alive = levels[levels["front"] > 0]
        loss = front["accuracy_loss_pct"]
        rows.append(
            {
                "network": network,
                "case": case,
                "designs": int(levels["designs"].sum()),
                "feasible": int(levels["feasible"].sum()),
                "front": len(front),
                "crossbars on the front": _listed(alive[_ROWS]),
                "ADC bits on the front": _listed(alive[_BITS]),
                "least loss [points]": loss.min() if len(loss) else np.nan,
                "median loss [points]": loss.median() if len(loss) else np.nan,
                "most loss [points]": loss.max() if len(loss) else np.nan,
            }
        )
    return pd.DataFrame(rows)


def findings(summary: pd.DataFrame) -> list[str]:
    """Sentences: what survives with a price on accuracy and without."""
    lines = []
    for row in summary.to_dict("records"):
        if not row["front"]:
            lines.append(f"{row['network']}, {row['case']}: no feasible design.")
            continue
        lines.append(
            f"{row['network']}, {row['case']}: {row['front']} designs on the front; crossbars "
            f"{row['crossbars on the front']}; ADC bits {row['ADC bits on the front']}; accuracy loss "
            f"{number(row['least loss [points]'])} to {number(row['most loss [points]'])} points, median "
            f"{number(row['median loss [points]'])}."
        )
    return lines


def figures(table: pd.DataFrame) -> dict[str, go.Figure]:
    """Maps of the front's share by crossbar and ADC resolution, one a network."""
    return {str(network): survival_map(rows, str(network)) for network, rows in table.groupby("network", sort=False)}


def survival_map(table: pd.DataFrame, network: str) -> go.Figure:
    """A map a case: designs on the front at each crossbar size and ADC resolution; grey where nothing is feasible."""
    names = list(dict.fromkeys(table["case"]))
    down = -(-len(names) // _ACROSS)
    inner = down * (_PANEL_HEIGHT + _ROW_GAP) - _ROW_GAP
    figure = make_subplots(rows=down, cols=_ACROSS, horizontal_spacing=0.1, vertical_spacing=_ROW_GAP / inner,
                           subplot_titles=[f"<b>{name}</b>" for name in names])  # fmt: skip
    axis_title = {"standoff": 6, "font": {"size": 13}}
    for i, name in enumerate(names):
        rows = table[table["case"] == name]
        place = {"row": i // _ACROSS + 1, "col": i % _ACROSS + 1}
        maps = {column: rows.pivot(index=_BITS, columns=_ROWS, values=column)
                for column in ("front", "front_pct", "feasible")}  # fmt: skip
        count, feasible = maps["front"], maps["feasible"]
        figure.add_heatmap(
            x=[number(size) for size in count.columns], y=[number(bits) for bits in count.index],
            z=count.where(feasible > 0).to_numpy(dtype=float), zmin=0, zmax=max(float(count.to_numpy().max()), 1.0),
            text=[[_cell(int(c)) for c in line] for line in count.to_numpy()], texttemplate="%{text}",
            textfont={"size": 13}, colorscale=_SCALE, xgap=2, ygap=2, showscale=False, hoverongaps=False,
            customdata=np.stack([maps["front_pct"].to_numpy(), feasible.to_numpy()], axis=-1),
            hovertemplate="%{x} rows, %{y} bit: %{z} on the front (%{customdata[0]:.3g} %), "
            "%{customdata[1]} feasible<extra></extra>",
            **place,
        )  # fmt: skip
        figure.update_xaxes(title={"text": label(_ROWS), **axis_title}, type="category", showgrid=False, **place)
        figure.update_yaxes(title={"text": label(_BITS), **axis_title}, type="category", showgrid=False, **place)
    note = "numbers: designs on the front, darker where a map has more; white: feasible, but beaten; grey: infeasible"
    dress(figure, f"{network}: crossbars and ADC bits that survive", inner + _HEAD + _FOOT, note)
    figure.update_layout(margin={"t": _HEAD, "b": _FOOT}, plot_bgcolor="#dfe4e9")
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(showgrid=False)
    figure.update_annotations(font={"size": 13})
    return figure


def _cell(on_front: int) -> str:
    return str(on_front) if on_front else ""


def _listed(values: pd.Series) -> str:
    return ", ".join(number(value) for value in sorted(values.unique())) or "none"
