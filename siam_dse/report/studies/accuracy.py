"""Study ``accuracy``: which crossbars and ADC resolutions stand on a front, with and without a price on accuracy."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from siam_dse.core.arrays import chunks
from siam_dse.core.errors import InputError
from siam_dse.design.space import SearchSpace
from siam_dse.report.labels import label, number
from siam_dse.report.studies.study import Setting, StudyResult, joined
from siam_dse.report.style import dress
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
_PERCENT = 100


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
    levels["front_pct"] = _PERCENT * levels["front"] / max(len(front), 1)
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
    """A map a case: share of the front at each crossbar size and ADC resolution, the number of designs written in."""
    names = list(dict.fromkeys(table["case"]))
    across = 2
    down = -(-len(names) // across)
    figure = make_subplots(rows=down, cols=across, horizontal_spacing=0.1, vertical_spacing=0.34 / (down + 1),
                           subplot_titles=[f"<b>{name}</b>" for name in names])  # fmt: skip
    top = float(table["front_pct"].max()) or 1.0
    for i, name in enumerate(names):
        rows = table[table["case"] == name]
        place = {"row": i // across + 1, "col": i % across + 1}
        share = rows.pivot(index=_BITS, columns=_ROWS, values="front_pct")
        count = rows.pivot(index=_BITS, columns=_ROWS, values="front")
        feasible = rows.pivot(index=_BITS, columns=_ROWS, values="feasible")
        texts = [
            [_cell(int(c), int(f)) for c, f in zip(*pair, strict=True)]
            for pair in zip(count.to_numpy(), feasible.to_numpy(), strict=True)
        ]
        figure.add_heatmap(
            x=[number(size) for size in share.columns], y=[number(bits) for bits in share.index], z=share.to_numpy(),
            text=texts, texttemplate="%{text}", textfont={"size": 13}, colorscale="Blues", zmin=0, zmax=top, xgap=2,
            ygap=2, showscale=i == 0, colorbar={"title": {"text": "share of the front [%]", "side": "right"},
                                                 "thickness": 16, "outlinewidth": 0},
            customdata=feasible.to_numpy(),
            hovertemplate="%{x} rows, %{y} bit: %{z:.3g} % of the front, %{customdata} feasible<extra></extra>",
            **place,
        )  # fmt: skip
        figure.update_xaxes(title={"text": label(_ROWS), "standoff": 6}, type="category", **place)
        figure.update_yaxes(title=label(_BITS), type="category", **place)
    dress(figure, f"{network}: crossbars and ADC bits that survive", 380 * down + 150,
          "numbers: designs on the front; a dot: feasible, but beaten; empty: infeasible")  # fmt: skip
    figure.update_layout(margin={"t": 130})
    figure.update_annotations(font={"size": 13})
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(showgrid=False)
    return figure


def _cell(on_front: int, feasible: int) -> str:
    if on_front:
        return str(on_front)
    return "·" if feasible else ""


def _listed(values: pd.Series) -> str:
    return ", ".join(number(value) for value in sorted(values.unique())) or "none"
