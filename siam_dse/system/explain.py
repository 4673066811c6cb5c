"""A design in words: where energy, time and area go, what limits it, why it is infeasible and what would fit."""

import numpy as np
import pandas as pd

from siam_dse.system.breakdown import component_table, headline, layer_table
from siam_dse.system.evaluate import Evaluation
from siam_dse.system.ranges import outside_fields
from siam_dse.system.totals import ENGINES
from siam_dse.system.violations import VIOLATION_RULES

_ENGINE_WORDS = {
    "crossbar": "crossbars (cells, drivers, ADCs, shift-add)",
    "tile": "tiles (buffers, H-trees, adder trees, activation) and chiplet buffers",
    "noc": "network on chip",
    "nop": "network on package",
}


def explain_design(evaluation: Evaluation, i: int) -> str:
    """Paragraphs about design ``i``."""
    names = ["latency_ms", "energy_mj", "area_mm2", "die_area_mm2", "tops_per_w", "utilisation", "chiplets"]
    names += ["tiles", "chiplets_needed", "accuracy_loss_pct", "sqnr_db", "cost_usd", "power_w", "nop_lanes"]
    names += ["leakage_energy_mj", "mono_cost_usd", "mono_area_mm2", "mono_fits_reticle"]
    value = {name: float(values[i]) for name, values in evaluation.columns(names).items()}
    batch = evaluation.batch_of(np.array([i]))
    figures = headline(batch)
    layers = layer_table(evaluation, i)
    parts = [
        _heading(evaluation, i, value),
        f"Energy {value['energy_mj']:.4g} mJ ({figures['pj_per_mac']:.3g} pJ a MAC, {value['tops_per_w']:.3g} TOPS/W; "
        f"leakage {value['leakage_energy_mj'] / value['energy_mj']:.0%}): {_shares(evaluation, i, 'energy_mj')}. "
        f"{_largest_components(evaluation, i)} ADCs take {figures['adc_share_of_energy']:.0%}.",
        f"Latency {value['latency_ms']:.4g} ms ({figures['bit_vector_ns']:.3g} ns an input bit-vector): "
        f"{_shares(evaluation, i, 'latency_ms')}. {_slowest_layers(layers)}",
        f"Area {value['area_mm2']:.4g} mm2 of silicon ({figures['mm2_per_million_weights']:.3g} mm2 a million weights, "
        f"largest die {value['die_area_mm2']:.4g} mm2): {_shares(evaluation, i, 'area_mm2')}. "
        f"{value['utilisation']:.0%} of the package's cells hold weights.",
        _accuracy(value),
        _cost(value),
        _feasibility(evaluation, i),
    ]
    outside = outside_fields(evaluation.designs, i)
    if outside:
        parts.append("Outside the validated range: " + "; ".join(outside) + ".")
    return "\n\n".join(part for part in parts if part)


def _heading(evaluation: Evaluation, i: int, value: dict[str, float]) -> str:
    design = evaluation.designs.describe(i)
    return (
        f"{evaluation.network.name} on {value['chiplets']:.0f} chiplets of {design['tiles_per_chiplet']} tiles "
        f"({value['tiles']:.0f} tiles hold weights), {design['crossbar_rows']} x {design['crossbar_cols']} "
        f"{design['cell']} crossbars of {design['cell_bits']} bit a cell, "
        f"{design['adc_bits']}-bit {design['adc_kind']} ADCs, "
        f"{design['node_nm']:g} nm {design['roadmap']}; NoP {design['nop_link']} at "
        f"{design['nop_bandwidth_gbps']:g} Gb/s an edge ({value['nop_lanes']:.0f} lanes)."
    )


def _shares(evaluation: Evaluation, i: int, quantity: str) -> str:
    values = {engine: float(evaluation.column(f"{engine}_{quantity}")[i]) for engine in ENGINES}
    total = sum(values.values())
    ranked = sorted(values, key=lambda engine: -values[engine])
    return ", ".join(f"{values[engine] / total:.0%} {_ENGINE_WORDS[engine]}" for engine in ranked)


def _largest_components(evaluation: Evaluation, i: int) -> str:
    table = component_table(evaluation, i).nlargest(3, "energy_mj")
    shown = ", ".join(f"{row.engine} {str(row.component).replace('_', ' ')} {row.energy_mj:.3g} mJ"
                      for row in table.itertuples())  # fmt: skip
    return f"The largest parts are {shown}."


def _slowest_layers(layers: pd.DataFrame) -> str:
    total = layers["latency_us"].sum()
    slowest = layers.nlargest(3, "latency_us")
    shown = ", ".join(f"{row.layer} {row.latency_us / total:.0%}" for row in slowest.itertuples())
    return f"The slowest layers are {shown}."


def _accuracy(value: dict[str, float]) -> str:
    return (
        f"Accuracy: {value['accuracy_loss_pct']:.3g} points of top-1 lost against int8 "
        f"(effective SQNR {value['sqnr_db']:.3g} dB); a model with wide uncertainty, good for ranking."
    )


def _cost(value: dict[str, float]) -> str:
    ratio = value["cost_usd"] / value["mono_cost_usd"]
    fits = "" if value["mono_fits_reticle"] else ", which exceeds the reticle"
    return (
        f"Cost {value['cost_usd']:.4g} USD a good package; the same tiles on one die of "
        f"{value['mono_area_mm2']:.4g} mm2{fits}, would cost {value['mono_cost_usd']:.4g} USD "
        f"(chiplets: {ratio:.2f}x)."
    )


def _feasibility(evaluation: Evaluation, i: int) -> str:
    broken = [(VIOLATION_RULES[name], float(v[i])) for name, v in evaluation.violations.items() if v[i] > 0]
    if not broken:
        return "It breaks no rule."
    lines = [f"- {rule.name}: {amount:.4g} {rule.meaning}. Remedy: {rule.remedy}." for rule, amount in broken]
    if any(rule.name == "fits" for rule, _ in broken):
        needed = int(evaluation.column("chiplets_needed")[i])
        lines.append(f"- {needed} chiplets of this size would hold one copy of every layer.")
    return "Infeasible:\n" + "\n".join(lines)
