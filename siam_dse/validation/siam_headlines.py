"""SIAM's published ratios over GPUs, and what energy of an image they imply."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from siam_dse.core.units import MJ_PER_J
from siam_dse.design.designs import Designs
from siam_dse.system.evaluate import evaluate
from siam_dse.technology.technology import packaged_technology
from siam_dse.workload.load import load_network

PROFILE, DEFAULT = "profile siam", "default"  # this model's columns
HEADLINE_NETWORK = "resnet50"
# Energy efficiency over a baseline: what is claimed, of what, on ResNet-50.
_CLAIMS = (
    ("SIAM", "V100", 130.0),
    ("SIAM", "T4", 72.0),
    ("Big-Little", "V100", 259.0),
    ("Big-Little", "T4", 139.0),
)
_CLAIMED_OVER_SIMBA = 48.0
_SIMBA_LEAST_MJ, _SIMBA_MOST_MJ = 0.9, 1.34  # 0.11 pJ an operation at best; 6.1 TOPS/W at most


def headline_table() -> pd.DataFrame:
    """What the published ratios imply for an image of ResNet-50, against each baseline known [mJ].

    Notes
    -----
    Energy implied = energy of the baseline / ratio; ours over the baseline for profile ``siam`` and the default.
    """
    own = {name: _image_mj(profile) for name, profile in ((PROFILE, "siam"), (DEFAULT, "default"))}
    rows = []
    for claimant, baseline, ratio in _CLAIMS:
        for name, energy_mj in _baselines(baseline):
            implied = energy_mj / ratio
            simba = implied * _CLAIMED_OVER_SIMBA if claimant == "Big-Little" else np.nan
            rows.append(
                {
                    "claim": f"{claimant}: {ratio:g}x {baseline}",
                    "baseline": name,
                    "baseline [mJ]": energy_mj,
                    "implied [mJ]": implied,
                    "implied Simba [mJ]": simba,
                    **{f"baseline / {column}": energy_mj / value for column, value in own.items()},
                }
            )
    return pd.DataFrame(rows)


def _image_mj(profile: str) -> float:
    evaluation = evaluate(load_network(HEADLINE_NETWORK), Designs.grid(profile=profile))
    return float(evaluation.column("energy_mj")[0])


def _baselines(kind: str) -> Iterable[tuple[str, float]]:
    """Published machines whose name starts with ``kind``, with their energy an image [mJ]."""
    table = packaged_technology().table("baselines")
    for name, network, energy_j in zip(table["name"], table["network"], table["energy"], strict=True):
        if str(name).startswith(kind.lower()) and network == HEADLINE_NETWORK:
            yield str(name), float(energy_j) * MJ_PER_J


def headline_findings(table: pd.DataFrame) -> list[str]:
    """What the table of headlines says, in sentences."""
    first, simba = table.iloc[0], table["implied Simba [mJ]"].dropna()
    own = table.loc[table["claim"].str.startswith("SIAM"), "implied [mJ]"]
    return [
        f"130x a V100 on single images implies {first['implied [mJ]']:.3g} mJ an image of ResNet-50: the default "
        f"stands at {first[f'baseline / {DEFAULT}']:.3g}x. No one energy satisfies both of SIAM's ratios with the "
        f"published figures of V100 and T4: they imply {own.min():.2g} to {own.max():.3g} mJ.",
        "Big-Little over SIAM: 259 / 130 = 1.99 and 139 / 72 = 1.93: half of SIAM's energy against the same GPUs.",
        f"48x Simba would put Simba at {simba.min():.2g} to {simba.max():.3g} mJ an image, by the baseline. Its own "
        f"figures give {_SIMBA_LEAST_MJ} mJ (0.11 pJ an operation) to {_SIMBA_MOST_MJ} mJ (6.1 TOPS/W): the claim "
        "cannot be reconciled with them; their Simba was evaluated otherwise.",
    ]
