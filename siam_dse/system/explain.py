"""explain: one design in words."""

from collections.abc import Mapping

import numpy as np

from siam_dse.core.units import MJ_PER_J, MM2_PER_M2, MS_PER_S, PERCENT, PJ_PER_J
from siam_dse.design.validated import outside_validated_range
from siam_dse.engines.noc.engine import BOTTLENECKS
from siam_dse.system.figures import ENGINES, Figures
from siam_dse.system.violations import VIOLATION_RULES
from siam_dse.technology.load import load_table

_ENGINE_WORDS = {
    "crossbar": "crossbars",
    "tile": "tiles (buffers, accumulators, H-trees)",
    "noc": "network on chip",
    "nop": "network on package",
}
_SLOWEST_SHOWN = 3


def explanation(figures: Figures, violations: Mapping[str, float]) -> str:
    """Where energy, time and area go, what limits, and what a design breaks.

    Parameters
    ----------
    figures : Figures
        Of one design.
    violations : rule -> by how much it is broken

    Returns
    -------
    str, several paragraphs
    """
    paragraphs = [_mapping(figures), _energy(figures), _latency(figures), _area(figures), _accuracy(figures)]
    paragraphs += _published(figures)
    paragraphs += [_broken(name, by, figures) for name, by in violations.items() if by > 0]
    outside = outside_validated_range(figures.batch.designs, 0)
    if outside:
        listed = "; ".join(f"{engine}: {', '.join(names)}" for engine, names in outside.items())
        paragraphs.append(f"Extrapolated, outside the range an engine was checked in: {listed}.")
    return "\n".join(paragraphs)


def _mapping(f: Figures) -> str:
    m, network = f.batch.mapping, f.batch.network
    skipped = f" ({1 - network.performed_macs.sum() / network.macs.sum():.3g} of them left out)"
    return (
        f"{network.name}: {network.macs.sum() / 1e9:.3g} G multiply-accumulates"
        f"{skipped if network.sparsity.any() else ''} on {int(m.total_tiles[0])} tiles of "
        f"{int(m.n_chiplets[0])} chiplet(s), {int(m.chiplets_used[0])} of them with weights; "
        f"{float(m.utilisation[0]) * PERCENT:.3g} % of all cells hold weights; up to "
        f"{int(m.copies.max())} copies of a layer."
    )


def _energy(f: Figures) -> str:
    parts = {e: float((f.dynamic_energy_j(e) + f.leakage_energy_j(e))[0]) for e in ENGINES}
    total = sum(parts.values())
    per_mac = total / float(f.batch.network.performed_macs.sum()) * PJ_PER_J
    leak = sum(float(f.leakage_energy_j(e)[0]) for e in ENGINES)
    components = {name: float(v[0].sum()) for name, v in f.batch.crossbar_energy.by_component.items()}
    first = sorted(components, key=lambda name: -components[name])[:_SLOWEST_SHOWN]
    inside = ", ".join(f"{name} {components[name] / total * PERCENT:.3g} %" for name in first)
    return (
        f"Energy {total * MJ_PER_J:.4g} mJ an inference, {per_mac:.3g} pJ a multiply-accumulate: {_shares(parts)}. "
        f"Of it {leak / total * PERCENT:.3g} % leaks. Largest in the crossbars: {inside}."
    )


def _latency(f: Figures) -> str:
    parts = {e: float(f.latency_s(e)[0]) for e in ENGINES}
    total = sum(parts.values())
    layers = np.asarray(sum(f.layer_latency_s(e)[0] for e in ENGINES))
    order = np.argsort(-layers)[:_SLOWEST_SHOWN]
    names = f.batch.network.layer_names
    slow = ", ".join(f"{names[i]} {layers[i] / total * PERCENT:.3g} %" for i in order)
    on_chip = f.batch.noc.bottleneck[0][np.argmax(f.batch.noc.latency_s[0])]
    limit = max(parts, key=lambda name: parts[name])
    words = {"nop": "more nop_bandwidth_gbps or larger chiplets", "noc": "wider NoC links or larger crossbars",
             "crossbar": "copies (more chiplets), fewer columns_per_adc or fewer activation_bits",
             "tile": "a faster clock_hz"}  # fmt: skip
    return (
        f"Latency {total * MS_PER_S:.4g} ms: {_shares(parts)}. Slowest layers: {slow}. "
        f"The {_ENGINE_WORDS[limit]} limit it; what helps: {words[limit]}. "
        f"On chip the slowest layer waits for: {BOTTLENECKS[int(on_chip)]}."
    )


def _area(f: Figures) -> str:
    parts = {e: float(f.area_m2(e)[0]) for e in ENGINES}
    per_weight = f.total_area_m2[0] * MM2_PER_M2 / float(f.batch.network.weights.sum()) * 1e6
    return (
        f"Area {f.total_area_m2[0] * MM2_PER_M2:.4g} mm2 in dies of {f.die_area_m2[0] * MM2_PER_M2:.4g} mm2 at most, "
        f"{per_weight:.3g} mm2 a million weights: {_shares(parts)}. Cost {f.cost.cost_usd[0]:.4g} USD, "
        f"die yield {f.cost.die_yield_fraction[0] * PERCENT:.3g} %; one big die: "
        f"{f.mono_area_m2[0] * MM2_PER_M2:.4g} mm2, {f.monolithic.mono_cost_usd[0]:.4g} USD"
        f"{'' if f.monolithic.mono_fits_reticle[0] else ', beyond the reticle'}."
    )


def _accuracy(f: Figures) -> str:
    accuracy = f.batch.accuracy
    if not f.batch.network.has_top1:
        return f"SQNR {accuracy.sqnr_db[0]:.3g} dB; the network states no int8_top1, so no loss of top-1 is given."
    note = ", extrapolated beyond the networks it was measured on" if accuracy.is_extrapolated[0] else ""
    return (
        f"SQNR {accuracy.sqnr_db[0]:.3g} dB: about {accuracy.accuracy_loss_pct[0]:.3g} points of top-1 lost "
        f"({accuracy.accuracy_loss_low_pct[0]:.3g} to {accuracy.accuracy_loss_high_pct[0]:.3g}{note})."
    )


def _published(f: Figures) -> list[str]:
    """Energy an image beside that of published machines on the same network, where there are any."""
    table = load_table("baselines")
    ours_mj, dram_mj = f.energy_j[0] * MJ_PER_J, f.dram_j[0] * MJ_PER_J
    ratios = []
    for row, energy_j in enumerate(table["energy"]):
        if table["network"][row] == f.batch.network.name and np.isfinite(energy_j):
            theirs_mj = energy_j * MJ_PER_J
            ratios.append(
                f"{table['name'][row]} ({theirs_mj:.3g} mJ, {table['status'][row]}) {theirs_mj / ours_mj:.3g}x"
            )
    if not ratios:
        return []
    return [
        f"Energy an image of published machines / ours of {ours_mj:.3g} mJ: {', '.join(ratios)}. Theirs is of whole "
        f"devices, ours without DRAM; a load of the weights shared by {int(f.batch.designs.batch[0])} image(s) adds "
        f"{dram_mj:.3g} mJ."
    ]


def _broken(name: str, by: float, f: Figures) -> str:
    rule = VIOLATION_RULES[name]
    text = f"Infeasible, rule {name}: {rule.meaning}, here {by:.4g}. Remedy: {rule.remedy}"
    if name == "fits":
        m = f.batch.mapping
        text += f"; n_chiplets = {int(m.chiplets_needed[0])} of these chiplets would fit"
    return text + "."


def _shares(parts: Mapping[str, float]) -> str:
    total = sum(parts.values())
    order = sorted(parts, key=lambda name: -parts[name])
    return ", ".join(f"{_ENGINE_WORDS[name]} {parts[name] / total * PERCENT:.3g} %" for name in order)
