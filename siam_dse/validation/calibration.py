"""Calibration of the crossbar on measured points of a macro: one factor each on energy, time and area.

The file is an overlay that states fields of a design, and has measured points of one crossbar::

    name: my_macro
    sources: {lab: {title: "Our macro", authors: "A. Author", where: "measured"}}
    about: {source: lab, status: measured}
    fields: {cell: sram, node_nm: 65, crossbar_rows: 256, crossbar_cols: 64, adc_bits: 4, columns_per_adc: 1}
    measured:
      - {supply_v: 1.0, input_bits: 4, energy_pj: 650, time_ns: 25, area_mm2: 0.23}
      - {supply_v: 0.8, input_bits: 4, energy_pj: 458, time_ns: 40}

A point is a product of the whole crossbar with a vector of ``input_bits``, which takes ceil(input bits /
``input_bits_per_read``) reads; by default one bit. What is measured of one point foretells the others: the model's
figures at the supply of the fields, energy times (V / that supply)^2, time times its inverse.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray, total
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.text import shown
from siam_dse.core.units import MM2_PER_M2, NS_PER_S, PJ_PER_J
from siam_dse.core.yaml_text import parse_yaml
from siam_dse.design.designs import Designs
from siam_dse.design.fields import field_faults_too, fields
from siam_dse.engines.crossbar.design_case import case_of_designs
from siam_dse.engines.crossbar.engine import crossbar_unit
from siam_dse.engines.crossbar.subarray import energy_by_component
from siam_dse.system.overlaid import overlays_blamed
from siam_dse.technology.overlay import Overlay
from siam_dse.technology.overlay_reader import read_overlay
from siam_dse.technology.technology import packaged_technology

QUANTITIES = {"energy": "energy_pj", "time": "time_ns", "area": "area_mm2"}
_SETTINGS = ("supply_v", "input_bits", "note", "source")
_FIELD_OF = {"supply_v": "supply_v", "input_bits": "activation_bits"}  # fields that settings of a point lie within
_NEAR = 1.3
_UNNAMED = "this_project"
_FARTHEST = 1e6  # measured over model; beyond it is no measurement of this macro
_CALIBRATION = "calibration"  # file of the constants that are found here


@dataclass(frozen=True)
class Calibration:
    """What measured points say of a design's crossbar.

    ``factor`` are geometric means of measured over model and ``spread`` geometric standard deviations, by quantity, for
    the quantities that were measured; ``points`` a row a point and quantity: model, measured, and their ratio by the
    other points' factor.
    """

    overlay: Overlay
    factor: Mapping[str, float]
    spread: Mapping[str, float]
    points: pd.DataFrame
    pairs: pd.DataFrame

    @property
    def name(self) -> str:
        """Name of the macro."""
        return self.overlay.name

    @property
    def source(self) -> str:
        """Key of the source of the points: that of the first that names one, else the first of ``sources``."""
        named = [str(point["source"]) for point in self.overlay.measured if point.get("source")]
        return (named or [*self.overlay.sources, _UNNAMED])[0]


def calibrate(path: Path) -> Calibration:
    """Factors of the points in a file, and how far each point is from what the others foretell.

    Raises
    ------
    InputError
        Names every fault of the file.
    """
    with field_faults_too(packaged_technology()):
        overlay = read_overlay(path, packaged_technology())
    points = _checked(overlay)
    model_of = _model(overlay, points)
    rows, factor, spread, shares = [], {}, {}, []
    for quantity, column in QUANTITIES.items():
        known = [i for i, point in enumerate(points) if column in point]
        if not known:
            continue
        model = model_of[quantity]
        measured = np.array([float(points[i][column]) for i in known])
        ratio = np.log(measured) - np.log(model[known])
        _check_units(path, column, known, np.abs(ratio))
        factor[quantity], spread[quantity] = float(np.exp(ratio.mean())), _spread(quantity, ratio)
        off = np.abs(ratio[:, None] - ratio)[~np.eye(len(known), dtype=bool)]
        if len(off):
            within = {f"within_{x:g}x_pct": 100 * float((off <= np.log(x)).mean()) for x in (_NEAR, 2)}
            shares.append({"quantity": quantity, "pairs": len(off), **within, "geometric_sd": float(spread[quantity])})
        for place, i in enumerate(known):
            others = np.delete(ratio, place)
            rows.append(
                {
                    "quantity": quantity,
                    **{name: points[i].get(name, np.nan) for name in _SETTINGS[:2]},
                    "unit": column.rpartition("_")[2],
                    "measured": measured[place],
                    "model": model[i],
                    "factor": float(np.exp(ratio[place])),
                    "by_the_others": float(np.exp(others.mean() - ratio[place])) if len(others) else np.nan,
                }
            )
    return Calibration(overlay, factor, spread, pd.DataFrame(rows), pd.DataFrame(shares))


def _check_units(path: Path, column: str, known: list[int], off: FloatArray) -> None:
    """Refuse points out of all proportion to the model, whose logarithms are ``off`` by (n,): of another unit, say."""
    far = [i + 1 for i, one in zip(known, off, strict=True) if one > np.log(_FARTHEST)]
    if far:
        raise InputError(
            str(path),
            f"measured: points {', '.join(map(str, far))}: {column} is more than {_FARTHEST:g} times off the model; "
            "check its unit, and supply_v and input_bits",
        )


def _spread(quantity: str, ratio: FloatArray) -> float:
    """Geometric standard deviation of a point foretold by another one, at least that of all macros with several.

    Points of one macro often differ in the supply alone, and a design in more.
    """
    others = packaged_technology().constants("silicon")[f"{quantity}_pair_spread"]
    return max(float(np.exp(np.std(ratio, ddof=1) * np.sqrt(2))), others) if len(ratio) > 1 else others


def _checked(overlay: Overlay) -> list[dict[str, Any]]:
    """Points of an overlay, every fault named."""
    points, where = overlay.measured, str(overlay.path)
    if not overlay.fields:
        raise InputError(where, "lacks fields: what the macro is, such as cell, node_nm, crossbar_rows")
    if not isinstance(points, list) or not points or not all(isinstance(point, dict) for point in points):
        raise InputError(where, f"measured: must be a list of points, got {shown(points)}")
    known, table, problems = (*_SETTINGS, *QUANTITIES.values()), fields(), []
    for i, point in enumerate(points, start=1):
        problems += [f"measured: point {i}: {unknown_name('entry', str(n), known)}" for n in point if n not in known]
        if not set(point) & set(QUANTITIES.values()):
            problems.append(f"measured: point {i}: give one of {', '.join(QUANTITIES.values())}")
        for name, value in point.items():
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if name in (*QUANTITIES.values(), "supply_v", "input_bits") and not (is_number and 0 < value < np.inf):
                problems.append(f"measured: point {i}: {name}: must be a number above 0, got {shown(value)}")
            elif name in _FIELD_OF and (fault := table[_FIELD_OF[name]].limit_fault(value)):
                problems.append(f"measured: point {i}: {name}: {fault}")
    if problems:
        raise InputError(where, problems)
    return points


def _model(overlay: Overlay, points: list[dict[str, Any]]) -> dict[str, FloatArray]:
    """Energy [pJ], time [ns] and area [mm2] of each point by the model without a calibration, (n,)."""
    others = {key: record for key, record in overlay.constants.items() if key[0] != _CALIBRATION}
    technology = packaged_technology().with_overlay(replace(overlay, constants=others))
    one = Designs.grid(technology=technology)
    with overlays_blamed(technology), np.errstate(divide="raise", invalid="raise", over="raise"):
        case, unit, k = case_of_designs(one), crossbar_unit(one), technology.constants("silicon")
        lit = np.maximum(k["activity"] * case.rows, 1)
        energy_j = float(total(energy_by_component(case, lit).values())[0])
    own = float(case.node.vdd_v[0])
    supply = np.array([float(point.get("supply_v", own)) for point in points]) / own
    bits = np.array([float(point.get("input_bits", 1)) for point in points])
    reads = np.ceil(bits / case.bits_per_read)
    return {
        "energy": energy_j * PJ_PER_J * reads * supply**2,
        "time": float(unit.bit_vector_s[0]) * NS_PER_S * reads / supply**2,
        "area": np.full(len(points), float(unit.area_m2[0]) * MM2_PER_M2),
    }


def overlay_text(found: Calibration, source: str) -> str:
    """The file of a calibration: what was given, and the constants that lay it over the technology.

    Parameters
    ----------
    found : Calibration
    source : str
        Key of the source of the points.
    """
    content = parse_yaml(found.overlay.text, str(found.overlay.path))
    own = content.pop("constants", None) or {}
    own = {key: row for key, row in own.items() if not key.startswith(f"{_CALIBRATION}.")}
    kept = {"name": found.name} | {part: value for part, value in content.items() if part != "name"}
    lines = [*_yaml_lines(kept), *_yaml_lines({"constants": own})]
    for quantity, value in found.factor.items():
        n = int((found.points["quantity"] == quantity).sum())
        about = f'unit: "1", source: {source}, locator: "siam-dse calibrate", status: fitted'
        low, high = value / found.spread[quantity], value * found.spread[quantity]
        lines.append(
            f"  {_CALIBRATION}.{quantity}: {{value: {value:.4g}, {about}, range: [{low:.4g}, {high:.4g}], "
            f'note: "measured over model, {n} point(s)"}}'
        )
        lines.append(
            f"  {_CALIBRATION}.{quantity}_spread: {{value: {found.spread[quantity]:.4g}, {about}, "
            'note: "geometric standard deviation of a point foretold by the others"}'
        )
    return "\n".join(lines) + "\n"


def _yaml_lines(content: Mapping[str, Any]) -> list[str]:
    """Parts of a file as YAML in flow style, one line an entry."""
    import json

    lines = []
    for part, value in content.items():
        if not isinstance(value, list | dict):
            lines.append(f"{part}: {json.dumps(value)}")
        elif isinstance(value, list):
            lines += [f"{part}:", *(f"  - {json.dumps(each)}" for each in value)]
        else:
            lines += [f"{part}:", *(f"  {key}: {json.dumps(each)}" for key, each in value.items())]
    return lines
