"""explain: one design in words."""

from collections.abc import Mapping

import numpy as np

from siam_dse.core.declare import AREA, ENERGY, LATENCY
from siam_dse.core.units import MJ_PER_J, MM2_PER_M2, MS_PER_S, PERCENT, PJ_PER_J
from siam_dse.design.validated import outside_validated_range
from siam_dse.system.bands import bands
from siam_dse.system.columns import NOTES, VIOLATION_RULES
from siam_dse.system.compose import Composition

_SLOWEST_SHOWN = 3


def explanation(f: Composition, violations: Mapping[str, float]) -> str:
    """Where energy, time and area go, what limits, and what a design breaks.

    Parameters
    ----------
    f : Composition
        Of one design.
    violations : rule -> by how much it is broken

    Returns
    -------
    str, several paragraphs
    """
    said = [text for engine in f.sums.results.plan.engines.values() if engine.says and (text := engine.says(f))]
    paragraphs = [_energy(f), _latency(f), _area(f), f"Bands: {bands(f).words()}.", *said, *_published(f)]
    paragraphs += [_broken(name, by, f) for name, by in violations.items() if by > 0]
    paragraphs += [f"Note: {note.text}." for note in NOTES.values() if note.applies(f)[0]]
    outside = outside_validated_range(f.designs, 0)
    if outside:
        listed = "; ".join(f"{engine}: {', '.join(names)}" for engine, names in outside.items())
        paragraphs.append(f"Extrapolated, outside the range an engine was checked in: {listed}.")
    return "\n".join(paragraphs)


def _energy(f: Composition) -> str:
    parts = {e: float((f.of_engine(e, ENERGY) + f.leakage_energy_j(e))[0]) for e in f.engines}
    total = sum(parts.values())
    per_mac = total / float(f.network.performed_macs.sum()) * PJ_PER_J
    return (
        f"Energy {total * MJ_PER_J:.4g} mJ an inference, {per_mac:.3g} pJ a multiply-accumulate: {_shares(f, parts)}. "
        f"Of it {float(f.total_leakage_j[0]) / total * PERCENT:.3g} % leaks."
    )


def _latency(f: Composition) -> str:
    parts = {e: float(f.latency_s(e)[0]) for e in f.engines}
    total = sum(parts.values())
    layers = f.by_layer(LATENCY)[0]
    slowest = np.argsort(-layers, kind="stable")[:_SLOWEST_SHOWN]
    slow = ", ".join(f"{f.network.layer_names[i]} {layers[i] / total * PERCENT:.3g} %" for i in slowest)
    limit = f.sums.results.plan.engines[max(parts, key=lambda name: parts[name])]
    return (
        f"Latency {total * MS_PER_S:.4g} ms: {_shares(f, parts)}. Slowest layers: {slow}. "
        f"Limited by the {limit.word}; what helps: {limit.remedy}."
    )


def _area(f: Composition) -> str:
    parts = {e: float(f.of_engine(e, AREA)[0]) for e in f.engines}
    total_mm2 = f.total(AREA)[0] * MM2_PER_M2
    return (
        f"Area {total_mm2:.4g} mm2 in dies of {f.largest_die_m2[0] * MM2_PER_M2:.4g} mm2 at most, "
        f"{total_mm2 / float(f.network.weights.sum()) * 1e6:.3g} mm2 a million weights: {_shares(f, parts)}."
    )


def _published(f: Composition) -> list[str]:
    """Energy an image beside that of published machines on the same network, where there are any."""
    table = f.designs.technology.table("baselines")
    ours_mj, dram_mj = f.energy_j[0] * MJ_PER_J, f.figure("dram.energy_j")[0] * MJ_PER_J
    low_mj, high_mj = bands(f).energy_j[0] * MJ_PER_J
    ratios = []
    for row, energy_j in enumerate(table["energy"]):
        if table["network"][row] == f.network.name and np.isfinite(energy_j):
            theirs_mj = energy_j * MJ_PER_J
            ratios.append(
                f"{table['name'][row]} ({theirs_mj:.3g} mJ, {table['status'][row]}) "
                f"{theirs_mj / high_mj:.2g} to {theirs_mj / low_mj:.2g}x"
            )
    if not ratios:
        return []
    return [
        f"Energy an image of published machines / ours of {low_mj:.3g} to {high_mj:.3g} mJ (as it stands "
        f"{ours_mj:.3g}): "
        f"{', '.join(ratios)}. Theirs is of whole "
        f"devices, ours without DRAM; a load of the weights shared by {int(f.designs.batch[0])} image(s) adds "
        f"{dram_mj:.3g} mJ."
    ]


def _broken(name: str, by: float, f: Composition) -> str:
    rule = VIOLATION_RULES[name]
    text = f"Infeasible, rule {name}: {rule.meaning}, here {by:.4g}. Remedy: {rule.remedy}"
    if name == "fits":
        enough = int((f.figure("mapping.chiplets_needed") + f.designs.spare_chiplets)[0])
        text += f"; n_chiplets = {enough} of these chiplets would fit"
    return text + "."


def _shares(f: Composition, parts: Mapping[str, float]) -> str:
    total = sum(parts.values())
    order = sorted((name for name in parts if parts[name]), key=lambda name: -parts[name])
    words = f.sums.results.plan.engines
    return ", ".join(f"{words[name].word} {parts[name] / total * PERCENT:.3g} %" for name in order)
