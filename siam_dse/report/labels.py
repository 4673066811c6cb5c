"""How columns and fields are named on axes, in tables and under the pointer: quantity, unit, which way is better."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from siam_dse.design.fields import ALIASES, fields
from siam_dse.runs.tables import ID
from siam_dse.system.columns import OUTPUT_COLUMNS
from siam_dse.system.joint import RATIOS
from siam_dse.technology.variants import FIELD

# Units by the suffix of a name, the longest first: columns of a run that this version of the model does not put out.
_SUFFIX_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "_mj_ms_mm2": "mJ·ms·mm²", "_mj_ms": "mJ·ms", "_tops_per_mm2": "TOPS/mm²", "_tops_per_w": "TOPS/W",
        "_mm2": "mm²", "_mj": "mJ", "_ms": "ms", "_ips": "images/s", "_usd": "USD", "_pct": "%", "_db": "dB",
        "_gbps": "Gb/s", "_bits": "bit", "_ohm": "Ω", "_hz": "Hz", "_nm": "nm", "_w": "W", "_v": "V", "_s": "s",
        "_fraction": "1",
    }
)  # fmt: skip
_PRETTY = (("mm2", "mm²"), ("ohm", "Ω"), ("ug", "µg"), ("*", "·"), (" ", "·"))
_NO_UNIT = frozenset({"", "1", "count"})
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        ID: "id",
        "htree": "H-tree",
        "shift_add": "shift-add",
        "cell": "memory cell",
        "cell_bits": "bits per cell",
        "r_on_ohm": "on-state resistance",
        "r_off_ohm": "off-state resistance",
        "weight_bits": "weight precision",
        "activation_bits": "activation precision",
        "in_tile_copies": "copies within a tile",
        "cache_kib_per_chiplet": "KiB of cache per chiplet",
        "noc_energy": "NoC energy model",
        "nop_bandwidth_ratio_xy": "NoP bandwidth ratio of rows to columns",
        "tim": "thermal interface material",
        "ambient_c": "ambient temperature",
        "grid_g_per_kwh": "carbon intensity of the grid",
        "lifetime_years": "lifetime",
        "carbon_embodied_kg": "embodied carbon",
        "carbon_per_inference_ug": "carbon per inference",
        "cost_usd": "package cost",
        "mono_cost_usd": "monolithic cost",
        "mono_area_mm2": "monolithic die",
        "accuracy_loss_pct": "accuracy loss",
        "area_mm2": "silicon area",
        "die_area_mm2": "largest die",
        "tops_per_w": "energy efficiency",
        "tops_per_mm2": "compute density",
        "pipelined_tops_per_mm2": "pipelined compute density",
        "throughput_ips": "throughput",
        "tokens_per_s": "token rate",
        "mono_fits_reticle": "monolithic die fits the reticle",
        "n_chiplets": "chiplets given",
        "spare_tiles": "spare tiles of a chiplet",
        "adc_bits": "ADC resolution",
        "adc_bits_first_last": "ADC bits of first and last layer",
        "adc_sqnr_target_db": "SQNR kept by a layer",
        "crossbar_rows": "crossbar rows",
        "temperature_nominal_c": "hottest chiplet, leakage at 300 K",
        "temperature_max_c": "hottest chiplet",
        "r_convec_k_per_w": "sink to air",
        "crossbar_cols": "crossbar columns",
    }
)
# Words for a column of text, where there is room for few letters.
_NARROW: Mapping[str, str] = MappingProxyType(
    {
        "adc_bits": "ADC bits",
        "nop_bandwidth_gbps": "NoP bandw.",
        "tiles_per_chiplet": "tiles a chiplet",
        "cost_usd": "cost",
    }
)
_OF_RUNS: Mapping[str, str] = MappingProxyType(  # columns of a comparison of runs, with their units
    {
        "time_s": "search time [s]",
        "front": "designs on its front",
        "hypervolume_share": "hypervolume, share of the joint box",
        "of_joint_volume_pct": "of the joint front's volume [%]",
        "of_joint_front_pct": "of the joint front's designs [%]",
        "worst_gap_pct": "beaten by at most [%]",
        "on_joint_front": "its designs on the joint front",
    }
)
_NARROW_WIDTH = 7
_CAPITALS: Mapping[str, str] = MappingProxyType(
    {
        name.lower().replace("/", ""): name
        for name in ("ADC", "NoC", "NoP", "DRAM", "I/O", "MAC", "SQNR", "EDP", "EDAP", "TOPS")
    }
)
_CHANGE = "_change_pct"
_KIND_B = "kind_b"
# Columns of 0 and 1 that say no and yes.
FLAGS = ("in_validated_range", "mono_fits_reticle")
_BETTER: Mapping[str, str] = MappingProxyType({"minimise": "lower is better", "maximise": "higher is better"})
_NO_DECIMALS_FROM, _WHOLE_UP_TO = 1e3, 1e6


def unit_of(name: str) -> str:
    """Unit of an output column, field or alias as printed, empty for counts, fractions and choices."""
    if name.endswith(_CHANGE):
        return "%"
    name = name.partition("[")[0]
    if name in RATIOS:
        return ""
    if name in OUTPUT_COLUMNS:
        unit = OUTPUT_COLUMNS[name].unit
        unit = "points" if name == "accuracy_loss_pct" else unit
    elif ALIASES.get(name, (name,))[0] in fields():
        unit = fields()[ALIASES.get(name, (name,))[0]].unit
    else:
        unit = next((unit for suffix, unit in _SUFFIX_UNITS.items() if f"_{name}".endswith(suffix)), "")
    if unit in _NO_UNIT:
        return ""
    unit = "°C" if unit == "C" else unit
    for plain, pretty in _PRETTY:
        unit = unit.replace(plain, pretty)
    return unit


def words_of(name: str) -> str:
    """The quantity in words, without its unit: ``nop_bandwidth_gbps`` is ``NoP bandwidth``."""
    if name in _WORDS:
        return _WORDS[name]
    if name.startswith(_KIND_B):
        return f"kind B {words_of(name.removeprefix(_KIND_B).removeprefix('_'))}".strip()
    if name.endswith(_CHANGE):
        return f"change of {words_of(name.removesuffix(_CHANGE))}"
    column, bracket, network = name.removesuffix("]").partition("[")
    if bracket and column.endswith(" "):  # words with their unit already
        return name
    if bracket:
        return f"{words_of(column)} of {network}"
    if name in RATIOS:
        return f"{words_of(RATIOS[name])} ratio"
    stem = name
    if unit_of(name):
        suffix = next((suffix for suffix in _SUFFIX_UNITS if name.endswith(suffix)), "")
        stem = name.removesuffix(suffix) or name
    return " ".join(_CAPITALS.get(word, word) for word in stem.split("_"))


def run_label(name: str) -> str:
    """What a column of a table of runs is called, with its unit."""
    return _OF_RUNS.get(name) or label(name)


def label(name: str) -> str:
    """Words and unit, as in ``latency [ms]``."""
    unit = unit_of(name)
    return f"{words_of(name)} [{unit}]" if unit else words_of(name)


def stacked(name: str, width: int = 10) -> str:
    """Label for the narrow head of a column of text: words over each other, the unit below."""
    lines: list[str] = []
    width = _NARROW_WIDTH if name in _NARROW else width
    for word in _NARROW.get(name, words_of(name)).split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join([*lines, *([f"[{unit_of(name)}]"] if unit_of(name) else [])])


def axis_label(name: str, directions: Mapping[str, str] | None = None) -> str:
    """Label with the way that is better, as in ``latency [ms], lower is better``.

    ``directions`` (column -> ``minimise`` or ``maximise``) rules over the column's own direction.
    """
    return ", ".join(part for part in (label(name), _BETTER.get(direction_of(name, directions), "")) if part)


def direction_of(name: str, directions: Mapping[str, str] | None = None) -> str:
    """``minimise``, ``maximise``, or empty where neither is better."""
    if directions and name in directions:
        return directions[name]
    if name in RATIOS:
        return "minimise"
    column = OUTPUT_COLUMNS.get(name.partition("[")[0])
    return (column.direction or "") if column else ""


def number(value: object, digits: int = 4) -> str:
    """A value for reading: four significant digits, whole numbers whole, a dash where unknown."""
    if value is None or str(value) == "<NA>" or value != value:
        return "–"
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return "yes" if value else "no"
    if isinstance(value, float) or hasattr(value, "dtype"):
        real = float(value)  # type: ignore[arg-type]
        if abs(real) < _WHOLE_UP_TO and (real == int(real) or abs(real) >= _NO_DECIMALS_FROM):
            return f"{real:.0f}"
        return f"{real:.{digits}g}"
    return str(value)


def _numbers(values: list[Any]) -> list[str]:
    """Values of a column for reading; one that stands in many rows becomes text once."""
    texts = {value: number(value) for value in dict.fromkeys(values)}
    return [texts[value] for value in values]


def as_flags(column: pd.Series) -> pd.Series:
    """A column of 0 and 1 that says no and yes as truth values; any other as it is."""
    return column.astype(bool) if column.name in FLAGS and column.notna().all() else column


def varied_fields(points: pd.DataFrame) -> list[str]:
    """Design fields that differ between points, an alias in place of the fields it sets."""
    known = [name for name in (FIELD, *ALIASES, *fields()) if name in points]
    names = [name for name in known if points[name].nunique(dropna=False) > 1]
    for alias, members in ALIASES.items():
        if alias in names and points[alias].notna().all():
            names = [name for name in names if name not in members]
        elif alias in names:
            names.remove(alias)
    return names


def short_design(row: Mapping[Any, Any], axes: Sequence[str]) -> str:
    """A design on one line: the values of its axes with their units."""
    parts = []
    for name in axes:
        if name == "n_chiplets" and row.get(name) == 0:
            parts.append("as many chiplets as needed")
        elif name in row:
            parts.append(f"{words_of(name)} {number(row[name])} {unit_of(name)}".strip())
    return ", ".join(parts)


def hover(points: pd.DataFrame, axes: Sequence[str], outputs: Sequence[str]) -> tuple[list[list[str]], str]:
    """What the pointer shows of each point: in what the designs differ, and what they reach.

    Returns
    -------
    customdata : one list of texts a point
        Values of ``axes`` and ``outputs``.
    template : str
        Labels around the values.
    """
    axes = [name for name in axes if name in points]
    outputs = [name for name in dict.fromkeys(outputs) if name in points]
    names = [*axes, *outputs]
    shown = [_numbers(as_flags(points[name]).tolist()) for name in names]
    data = [list(row) for row in zip(*shown, strict=True)] if names else []
    lines = [f"{label(name)}: <b>%{{customdata[{i}]}}</b>" for i, name in enumerate(names)]
    template = "<br>".join(lines[: len(axes)]) + "<br>─<br>" + "<br>".join(lines[len(axes) :])
    return data, template
