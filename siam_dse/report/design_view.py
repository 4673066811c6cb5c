"""A few designs of a front from within: tiles on the package, loads of its links, layers, where energy goes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.units import MJ_PER_J, MM2_PER_M2, MS_PER_S
from siam_dse.engines.nop.link_bits import link_bits
from siam_dse.engines.nop.network import network_of
from siam_dse.engines.nop.placement import places_on_square
from siam_dse.engines.nop.routes import transfer_routes
from siam_dse.engines.nop.topologies import RING, SNAKE
from siam_dse.mapping.field import places_in_field
from siam_dse.report.front import chosen_designs
from siam_dse.report.html import live_part
from siam_dse.report.labels import number, short_design, unit_of, words_of
from siam_dse.report.style import engine_look, thinned
from siam_dse.report.view import RunView, design_levels, shown_axes
from siam_dse.system.breakdown import layer_table
from siam_dse.system.compose import Composition
from siam_dse.system.evaluate import evaluate
from siam_dse.workload.network_set import members_of

MOST_DESIGNS = 12  # of a front that are drawn from within
_MOST_TILES = 40_000  # of a package that are drawn one by one
_DIGITS = 4
_FACTS = ("latency_ms", "energy_mj", "area_mm2", "cost_usd", "accuracy_loss_pct", "tops_per_w", "utilisation")
_OPS_PER_MAC = 2


def viewed_designs(view: RunView, picks: pd.DataFrame | None = None) -> pd.DataFrame:
    """Picks, the knee, the best design in each objective, and others evenly spread over the front; (few rows)."""
    if view.changes or not len(view.front):
        return view.front.iloc[:0]
    chosen = chosen_designs(view.front, view.objectives)
    if picks is not None and len(picks):
        chosen = pd.concat([picks, chosen], ignore_index=True).drop_duplicates("trial", ignore_index=True)
    others = view.front[~view.front["trial"].isin(chosen["trial"])]
    spread = thinned(others, max(MOST_DESIGNS - len(chosen), 0)) if len(chosen) < MOST_DESIGNS else others.iloc[:0]
    return pd.concat([chosen.copy(), spread.copy().assign(chosen="")], ignore_index=True)


def design_part(view: RunView, designs: pd.DataFrame) -> str:
    """The view of ``designs`` as a part of a page that holds plotly's script already; empty where there are none."""
    return live_part("designs", design_data(view, designs)) if len(designs) else ""


def design_data(view: RunView, designs: pd.DataFrame) -> dict[str, Any]:
    """What the script shows of each design, evaluated now."""
    network = members_of(view.network)[0]  # of several the first one
    levels = np.concatenate([design_levels(view.space, designs.iloc[[i]])[None] for i in range(len(designs))])
    evaluation = evaluate(network, view.space.designs(levels))
    composed = [evaluation.composed(i) for i in range(len(designs))]
    looks = map(engine_look, composed[0].engines)
    return {
        "engines": [{"name": look.word, "colour": look.colour} for look in looks],
        "layers": list(network.layer_names),
        "macs": network.macs.tolist(),
        "designs": [_one(view, each, designs.iloc[i]) for i, each in enumerate(composed)],
    }


def _one(view: RunView, composed: Composition, row: pd.Series) -> dict[str, Any]:
    layers, engines = layer_table(composed), composed.engines
    role = str(row.get("chosen") or "")
    name = f"{int(row['trial'])}{f', {role}' if role else ''}"
    axes = short_design(row.to_dict(), shown_axes(view.front, view.axes))
    facts = "; ".join(f"{words_of(n)} {number(row[n])} {unit_of(n)}".strip() for n in _FACTS if n in row)
    crossing = composed.figure("nop_crossed.busiest_bits")[0]
    return {
        "id": int(row["trial"]),
        "name": name,
        "facts": f"{axes}: {facts}",
        "package": package_data(composed),
        "latency": [_rounded(layers[f"{engine}_latency_ms"]) for engine in engines],
        "energy": [_rounded(layers[f"{engine}_dynamic_energy_mj"]) for engine in engines],
        "copies": layers["copies"].tolist(),
        "bits": _rounded(crossing),
        "bandwidth": float(f"{float(composed.designs.nop_bandwidth_gbps[0]) * 1e9:.6g}"),
        "shares": _shares(composed, layers, engines),
    }


def package_data(f: Composition) -> dict[str, Any]:
    """Chiplets of one design, what lies on their tiles, and the bits over each link of the package in one inference.

    Of streamed weights the first round, and no links: their traffic is that of a package as large as they fill.
    """
    mapping, transfers = f.record("mapping").take([0]), f.record("transfers").take([0])
    rounds, package_side = int(mapping.rounds[0]), int(mapping.package_side[0])
    side = int(mapping.mesh_side[0]) if rounds == 1 else package_side
    routes, network = transfer_routes(mapping, transfers), network_of(f.designs.take([0]), mapping)
    site = np.asarray(f.figure("nop_loads.site"))
    is_swapped = rounds == 1 and bool((site >= 0).any())
    position = places_on_square(network, site) if is_swapped else None
    found = link_bits(network, routes, position) if len(routes) and rounds == 1 else []
    links = [link for link in found if link.onward or link.back]
    tiles, n_chiplets = int(mapping.die_tiles[0]), int(mapping.n_chiplets[0])
    runs = _runs(mapping) if tiles * n_chiplets <= _MOST_TILES else None
    return {
        "side": package_side,
        "links_side": side,
        "rounds": rounds,
        "chiplets": n_chiplets,
        "tiles": tiles,
        "columns": _columns(mapping)[:n_chiplets] if mapping.chiplet_side.ndim > 1 else None,
        "kind_b": int(f.on_kind_b[1][0]),
        "die_mm2": float(f"{float(f.largest_die_m2[0]) * MM2_PER_M2:.4g}"),
        "runs": runs and [run for run in runs if run[0] < n_chiplets],
        "layer_of": _first_layers(mapping)[:n_chiplets],
        "snake": bool(network.topology[0] == RING or network.placement[0] == SNAKE),
        "places": places_in_field(site, mapping.mesh_side, n_chiplets)[0].tolist() if is_swapped else None,
        "links": [[*link.start, *link.end, *_rounded(np.array([link.onward, link.back]))] for link in links],
        "port": float(f"{float(routes.bits[routes.through_port].sum()):.5g}"),
    }


def _runs(mapping: Any) -> list[list[int]]:
    """Runs of tiles that a layer fills: chiplet, first tile, number of tiles, layer."""
    out = []
    spans, copies = mapping.spanned_chiplets[0], mapping.tiles[0] * mapping.copies[0]
    for layer, (first, spanned) in enumerate(zip(mapping.first_chiplet[0], spans, strict=True)):
        left, each = int(copies[layer]), int(mapping.tiles_on_chiplet[0, layer])
        for chiplet in range(int(first), int(first + spanned)):
            start = int(mapping.first_tile[0, layer]) if spanned == 1 else 0
            out.append([chiplet, start, min(each, left), layer])
            left -= min(each, left)
    return [run for run in out if run[2] > 0]


def _columns(mapping: Any) -> list[int]:
    """Columns of tiles of each chiplet that holds weights, where there are two kinds of them."""
    return [int(mapping.chiplet_side[0, first]) for first, _ in _first_layers(mapping)]


def _first_layers(mapping: Any) -> list[list[int]]:
    """First and last layer on each chiplet that holds weights."""
    layers: dict[int, list[int]] = {}
    for layer, (first, spanned) in enumerate(zip(mapping.first_chiplet[0], mapping.spanned_chiplets[0], strict=True)):
        for chiplet in range(int(first), int(first + spanned)):
            layers.setdefault(chiplet, [layer, layer])[1] = layer
    return [layers[chiplet] for chiplet in sorted(layers)]


def _shares(f: Composition, layers: pd.DataFrame, engines: Sequence[str]) -> dict[str, list[list[Any]]]:
    """Energy [mJ], latency [ms] and area [mm2] by engine, energy by component and leakage too: name, parent, value."""
    energy: list[list[Any]] = []
    latency: list[list[Any]] = []
    area: list[list[Any]] = []
    for engine in engines:
        word = engine_look(engine).word
        dynamic, leakage = float(layers[f"{engine}_dynamic_energy_mj"].sum()), float(f.leakage_energy_j(engine)[0])
        leakage *= MJ_PER_J
        energy.append([word, "", _short(dynamic + leakage)])
        ends = (f"{engine}_", "_mj")
        components = [
            c for c in map(str, layers) if c.startswith(ends[0]) and c.endswith(ends[1]) and "dynamic" not in c
        ]
        named = 0.0
        for column in components:
            part = float(layers[column].sum())
            named += part
            energy.append([words_of(column[len(ends[0]) : -len(ends[1])]), word, _short(part)])
        if components and dynamic > named * (1 + 1e-9):
            energy.append(["others", word, _short(dynamic - named)])
        elif not components:
            energy.append(["dynamic", word, _short(dynamic)])
        energy.append(["leakage", word, _short(leakage)])
        latency.append([word, "", _short(float(f.latency_s(engine)[0]) * MS_PER_S)])
        area.append([word, "", _short(float(f.of_engine(engine, "area_m2")[0]) * MM2_PER_M2)])
    return {"energy": energy, "latency": latency, "area": area}


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _rounded(values: Any) -> list[float]:
    return [_short(float(value)) for value in values]
