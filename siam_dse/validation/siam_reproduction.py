"""SIAM reproduced: its engine as measured, the engine's rules, profile ``siam`` and the default beside one another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.errors import InputError
from siam_dse.core.units import MJ_PER_J, MM2_PER_M2, MS_PER_S, NS_PER_S, PJ_PER_J
from siam_dse.design.designs import Designs
from siam_dse.engines.crossbar.engine import crossbar_unit
from siam_dse.engines.tile.engine import tile_unit
from siam_dse.system.evaluate import Evaluation, evaluate
from siam_dse.validation import siam, siam_chiplet
from siam_dse.validation.siam_headlines import DEFAULT, PROFILE, headline_findings, headline_table
from siam_dse.validation.siam_layers import SiamOptions
from siam_dse.validation.siam_leakage import leakage_findings, leakage_table
from siam_dse.validation.tables import load_kind, reference_rows
from siam_dse.workload.build import to_network
from siam_dse.workload.graph import Header, Layer, siam_chain, with_siam_map
from siam_dse.workload.load import load_network
from siam_dse.workload.network import Network

MEASURED, RULES, SOUND = "SIAM's engine", "its rules", "without artefacts"
COLUMNS = (MEASURED, RULES, SOUND, PROFILE, DEFAULT)
_PARTS = ("adc", "accumulation", "other")
_WORDS = {"adc": "converters and cells", "accumulation": "accumulation", "other": "drivers, buffers, the rest"}
_NO_ARTEFACTS = SiamOptions(False, False, False, False, False)
_ACTIVITY = 0.875  # all inputs 1: seven of eight bits
_CHIPLET_TILES, _TILE_CROSSBARS = 16, 16
# What the profile leaves open and the engine was run with.
_AS_RUN: Mapping[str, Any] = {"cell": "rram_crosspoint", "input_activity": _ACTIVITY, "n_chiplets": 0}
_CONVERTING = ("adc", "encoder", "array", "precharge", "sense_amp")
_JOINING = ("shift_add", "accumulator", "adder_tree", "pedestal")
_US_PER_NS, _UJ_PER_PJ, _MM2_PER_UM2 = 1e-3, 1e-6, 1e-6


@dataclass(frozen=True)
class Reproduction:
    """SIAM beside this model for one network.

    ``components`` has a row for each quantity and component, a column for each of ``COLUMNS``; a figure that a column
    does not have is NaN. ``headlines`` and ``leakage`` are of ResNet-50.
    """

    network: str
    crossbar: int
    layers: int
    components: pd.DataFrame
    headlines: pd.DataFrame
    leakage: pd.DataFrame
    findings: list[str]


def measured_networks() -> tuple[str, ...]:
    """Networks of which layers were measured, as SIAM's files are named."""
    return tuple(dict.fromkeys(reference_rows(load_kind("siam"))["network"]))


def reproduce_siam(name: str = "resnet110") -> Reproduction:
    """SIAM reproduced on one network.

    Parameters
    ----------
    name : str
        One of :func:`measured_networks`, whose layers measured are taken, else a network of the zoo or a file.

    Returns
    -------
    Reproduction

    Raises
    ------
    InputError
        No such network, or it has grouped layers, which SIAM cannot express.
    """
    rows, network = _rows_and_network(name)
    crossbar = int(rows["crossbar"].iloc[0])
    evaluations = {
        PROFILE: _evaluated(network, crossbar, "siam", _AS_RUN),
        DEFAULT: _evaluated(network, crossbar, "default", {}),
    }
    components = pd.concat([_times(rows, evaluations), _energies(rows, evaluations), _areas(name, rows, evaluations)])
    components = components.reset_index(drop=True)
    headlines, leakage = headline_table(), leakage_table()
    return Reproduction(
        network=network.name,
        crossbar=crossbar,
        layers=network.n_layers,
        components=components,
        headlines=headlines,
        leakage=leakage,
        findings=[*_component_findings(components), *headline_findings(headlines), *leakage_findings(leakage)],
    )


# --- layers ----------------------------------------------------------------------------------------------------------


def _rows_and_network(name: str) -> tuple[pd.DataFrame, Network]:
    """Layers as rows of the kind ``siam``, measured where they are, and as a network."""
    table = reference_rows(load_kind("siam"))
    if name in measured_networks():
        rows = table[table["network"] == name]
        sizes = rows["crossbar"].value_counts()
        rows = rows[rows["crossbar"] == (128 if 128 in sizes.index else sizes.index[0])].reset_index(drop=True)
        layers = [_layer(row) for row in rows.to_dict("records")]
        return rows, to_network(Header(name, layout="siam"), layers, siam_chain(layers))
    network = load_network(name)
    if np.any(network.groups > 1):
        raise InputError(name, "has grouped layers, which SIAM cannot express; take a network without")
    columns = ("ifm_w", "ifm_h", "channels_in", "kernel_w", "kernel_h", "channels_out")
    return pd.DataFrame(
        {
            "network": network.name,
            "layer": np.arange(1, network.n_layers + 1),
            **{column: getattr(network, column) for column in columns},
            **{"crossbar": 128, "tile_crossbars": _TILE_CROSSBARS, "weight_bits": 8, "activation_bits": 8},
            "activity": _ACTIVITY,
        }
    ), network


def _layer(row: Mapping[Any, Any]) -> Layer:
    ifm = (int(row["ifm_h"]), int(row["ifm_w"]), int(row["channels_in"]))
    kernel = (int(row["kernel_h"]), int(row["kernel_w"]))
    return with_siam_map(
        Layer(
            name=f"layer{int(row['layer'])}",
            kind="fc" if ifm[:2] == kernel == (1, 1) else "conv",
            ifm=ifm,
            kernel=kernel,
            out=int(row["channels_out"]),
        )
    )


def _evaluated(network: Network, crossbar: int, profile: str, settings: Mapping[str, Any]) -> Evaluation:
    return evaluate(network, Designs.grid(profile=profile, crossbar_size=crossbar, **settings))


# --- components ------------------------------------------------------------------------------------------------------


def _table(quantity: str, unit: str, parts: Mapping[str, Mapping[str, float]], total: str) -> pd.DataFrame:
    """Rows of a quantity: its components, and their sum."""
    rows = [{"quantity": quantity, "component": part, "unit": unit, **values} for part, values in parts.items()]
    frame = pd.DataFrame(rows, columns=["quantity", "component", "unit", *COLUMNS])
    sums = frame[list(COLUMNS)].sum(min_count=1)
    frame.loc[len(frame)] = [quantity, total, unit, *sums]
    return frame


def _of_engine(rows: pd.DataFrame, ending: str, factor: float) -> dict[str, dict[str, float]]:
    """Sums over layers as measured, by the engine's rules, and without its artefacts."""
    rules, sound = siam.predict(rows), siam.predict(rows, options=_NO_ARTEFACTS)
    return {
        part: {
            MEASURED: float(rows[f"{part}_{ending}"].sum()) * factor if f"{part}_{ending}" in rows else np.nan,
            RULES: float(rules[f"{part}_{ending}"].sum()) * factor,
            SOUND: float(sound[f"{part}_{ending}"].sum()) * factor,
        }
        for part in _PARTS
    }


def _times(rows: pd.DataFrame, evaluations: Mapping[str, Evaluation]) -> pd.DataFrame:
    found = _of_engine(rows, "latency_ns", _US_PER_NS)
    parts = {
        "conversions": found["adc"],
        "accumulation": found["accumulation"],
        "word lines, the rest": found["other"],
    }
    for name, evaluation in evaluations.items():
        by_engine = evaluation.by_engine().set_index("engine")["latency_ms"]
        us_per_ms = NS_PER_S / MS_PER_S * _US_PER_NS
        parts["conversions"][name] = float(by_engine["crossbar"]) * us_per_ms
        parts["accumulation"][name] = float(by_engine["tile"]) * us_per_ms
    return _table("time of the arrays", "us", parts, "together")


def _energies(rows: pd.DataFrame, evaluations: Mapping[str, Evaluation]) -> pd.DataFrame:
    found = _of_engine(rows, "energy_pj", _UJ_PER_PJ)
    parts = {_WORDS[part]: values for part, values in found.items()}
    for name, evaluation in evaluations.items():
        layers = {str(column): float(value) for column, value in evaluation.by_layer(0).sum(numeric_only=True).items()}
        energies = {
            column.removesuffix("_mj").partition("_")[2]: value
            for column, value in layers.items()
            if column.endswith("_mj") and column.startswith(("crossbar_", "tile_")) and "dynamic" not in column
        }
        for part, value in _grouped(energies).items():
            parts[_WORDS[part]][name] = value * PJ_PER_J / MJ_PER_J * _UJ_PER_PJ
    return _table("energy of the arrays", "uJ", parts, "together, without leakage")


def _grouped(parts: Mapping[str, float]) -> dict[str, float]:
    """Components in the three groups of SIAM's engine."""
    converting = sum(value for name, value in parts.items() if name in _CONVERTING)
    joining = sum(value for name, value in parts.items() if name in _JOINING)
    return dict(zip(_PARTS, (converting, joining, sum(parts.values()) - converting - joining), strict=True))


def _areas(name: str, rows: pd.DataFrame, evaluations: Mapping[str, Evaluation]) -> pd.DataFrame:
    """Area of a chiplet on average, without network on chip and package."""
    parts: dict[str, dict[str, float]] = {
        part: {} for part in ("converters", "accumulation", "drivers, the rest", "buffers", "cells", "wires of tiles")
    }
    for column, values in _chiplet_columns(name, int(rows["crossbar"].iloc[0])).items():
        for part, value in zip(parts, values, strict=True):
            parts[part][column] = value
    for column, evaluation in evaluations.items():
        for part, value in zip(parts, _design_areas(evaluation), strict=True):
            parts[part][column] = value
    return _table("area of a chiplet, mean", "mm2", parts, "together")


def _chiplet_columns(name: str, crossbar: int) -> dict[str, tuple[float, ...]]:
    """What SIAM's chiplets were measured with, and what the rules say of them, where the network is known there."""
    table = reference_rows(load_kind("siam_chiplet"))
    groups = table[(table["network"] == name) & (table["crossbar"] == crossbar)]
    if not len(groups):
        return {}
    rules, sound = siam_chiplet.predict(groups), siam_chiplet.predict(groups, oversized_sums=False)
    chiplets = float(np.round(groups["cells_area_um2"] / groups["cells_area_um2"].min()).sum())
    return {
        column: _chiplet_parts(values, chiplets)
        for column, values in ((MEASURED, groups), (RULES, rules), (SOUND, sound))
    }


def _chiplet_parts(areas: Mapping[str, Any] | pd.DataFrame, chiplets: float) -> tuple[float, ...]:
    adc, added, other, buffers, cells, wires = (
        float(np.sum(areas[f"{part}_area_um2"])) * _MM2_PER_UM2 / chiplets
        for part in ("adc", "accumulation", "other", "buffer", "cells", "routing")
    )
    return adc, added, other - buffers, buffers, cells, wires


def _design_areas(evaluation: Evaluation) -> tuple[float, ...]:
    """Area of a chiplet by the same components [mm2]."""
    designs = evaluation.designs
    crossbar = crossbar_unit(designs)
    tile = tile_unit(designs, crossbar.area_m2)
    per_chiplet = float(designs.tiles_per_chiplet[0]) * MM2_PER_M2
    crossbars = per_chiplet * float(designs.crossbars_per_tile[0])
    of_crossbar = {name: float(area[0]) * crossbars for name, area in crossbar.area_by_component.items()}
    of_tile = {name: float(area[0]) * per_chiplet for name, area in tile.area_by_component.items()}
    summed = of_tile["adder_tree"] + of_tile["accumulator"] + sum(of_crossbar[n] for n in _JOINING if n in of_crossbar)
    converters, cells = of_crossbar["adc"] + of_crossbar["encoder"], of_crossbar["array"]
    tiles = float(designs.tiles_per_chiplet[0]) * float(evaluation.column("chiplets")[0])
    both_mm2 = float(evaluation.column("crossbar_area_mm2")[0] + evaluation.column("tile_area_mm2")[0])
    in_tiles = sum(of_crossbar.values()) + sum(of_tile.values())
    chiplet_buffer = both_mm2 / tiles * float(designs.tiles_per_chiplet[0]) - in_tiles
    buffers = of_tile["input_buffer"] + of_tile["output_buffer"] + chiplet_buffer
    rest = in_tiles + chiplet_buffer - converters - summed - buffers - cells - of_tile["htree"]
    return converters, summed, rest, buffers, cells, of_tile["htree"]


def _component_findings(table: pd.DataFrame) -> list[str]:
    lines = []
    for quantity, rows in table.groupby("quantity", sort=False):
        last = rows.iloc[-1]
        words = [f"{column} {last[column]:.4g}" for column in COLUMNS if np.isfinite(last[column])]
        lines.append(f"{str(quantity).capitalize()} [{last['unit']}]: {', '.join(words)}.")
    return lines
