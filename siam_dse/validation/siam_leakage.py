"""Leakage of an image in profile ``siam``, cause by cause."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.units import PERCENT
from siam_dse.design.designs import Designs
from siam_dse.system.evaluate import Evaluation, evaluate
from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.siam_headlines import HEADLINE_NETWORK
from siam_dse.workload.load import load_network

_OWN_RULE_AFTER, _OWN_RULE = "profile siam", "by SIAM's rule: the running layer's chiplets"
_LEAKAGE_STEPS: Mapping[str, Mapping[str, Any]] = {
    "profile siam": {},
    "without copies in tiles": {"in_tile_copies": False},
    "idle parts gated": {"idle_power": "gated"},
    "and buffers of SRAM": {"idle_power": "gated", "buffer_kind": "sram"},
    "and routers of their own energy": {"idle_power": "gated", "buffer_kind": "sram", "noc_energy": "wire"},
    "and low standby power": {
        "idle_power": "gated", "buffer_kind": "sram", "noc_energy": "wire", "roadmap": "lstp",
    },
}  # fmt: skip


def leakage_table() -> pd.DataFrame:
    """Energy of an image of ResNet-50 in profile ``siam`` [mJ], and what is left as each cause of leakage goes."""
    network = load_network(HEADLINE_NETWORK)
    rows = []
    for step, settings in _LEAKAGE_STEPS.items():
        evaluation = evaluate(network, Designs.grid(profile="siam", **settings))
        by_engine = evaluation.by_engine().set_index("engine")["leakage_energy_mj"]
        leakage = {engine: float(by_engine[engine]) for engine in ("crossbar", "tile", "noc")}
        rows.append(_leakage_row(step, evaluation, leakage))
        if step == _OWN_RULE_AFTER:
            share = _running_share(evaluation)
            own = {engine: energy_mj * share for engine, energy_mj in leakage.items()}
            rows.append(_leakage_row(_OWN_RULE, evaluation, own))
    return pd.DataFrame(rows)


def _leakage_row(step: str, evaluation: Evaluation, leakage_mj: Mapping[str, float]) -> dict[str, Any]:
    dynamic_mj = float(evaluation.column("dynamic_energy_mj")[0])
    return {
        "step": step,
        "latency [ms]": float(evaluation.column("latency_ms")[0]),
        "energy [mJ]": dynamic_mj + sum(leakage_mj.values()),
        "dynamic [mJ]": dynamic_mj,
        "leakage [mJ]": sum(leakage_mj.values()),
        **{f"leakage of {engine} [mJ]": energy_mj for engine, energy_mj in leakage_mj.items()},
    }


def _running_share(evaluation: Evaluation) -> float:
    """Share of chiplets, over the time of an image, that hold the layer that runs.

    References
    ----------
    SHIFFT_PPA (mec-UMN, commit 5fec171), main.cpp: leakage of a layer = that of the tiles of its own chiplets x its
    time.
    """
    layers = evaluation.by_layer(0)
    times = layers.filter(regex="_latency_ms$").sum(axis=1)
    chiplets = float(evaluation.column("chiplets")[0])
    return float((times * layers["chiplets"]).sum() / times.sum() / chiplets)


def leakage_findings(table: pd.DataFrame) -> list[str]:
    """What the table of leakage says, in sentences."""
    steps = table.set_index("step")
    profile, gated, last = (
        steps.loc[step] for step in ("profile siam", "idle parts gated", str(table["step"].iloc[-1]))
    )
    factors = packaged_technology().table("siam_temperature")
    warm = factors["leakage_factor"][factors.rows(node_nm=np.array([32.0]), roadmap=np.array(["hp"]))]
    share = (float(warm[0]) - 1) * PERCENT
    alone, own = steps.loc["without copies in tiles"], steps.loc[_OWN_RULE]
    return [
        f"The released parameters together take {profile['energy [mJ]']:.4g} mJ an image of ResNet-50, "
        f"{profile['leakage [mJ]']:.4g} of them leakage, in {profile['latency [ms]']:.3g} ms; without copies in tiles "
        f"{alone['energy [mJ]']:.4g} mJ in {alone['latency [ms]']:.3g} ms.",
        "SIAM's code, as a derivative of its group keeps it, counts the leakage of the running layer's chiplets alone: "
        f"{own['energy [mJ]']:.3g} mJ an image by that rule. The profile's always_on is harsher.",
        f"Parts that are never off make {profile['leakage [mJ]'] - gated['leakage [mJ]']:.4g} mJ of the leakage; "
        f"SIAM's 301 K makes {share:.2g} % of that of its circuits. Registers, routers and fast transistors are the "
        f"rest: with parts gated, SRAM buffers, routers of their own energy and low standby power "
        f"{last['energy [mJ]']:.3g} mJ are left.",
    ]
