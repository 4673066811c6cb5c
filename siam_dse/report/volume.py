"""Fronts measured on one scale and from one reference point."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.search.front import nondominated
from siam_dse.search.quality import scaled_volume, share_of_front, volume_share, worst_gap_pct
from siam_dse.search.scale import MARGIN, Scale


def costs(front: pd.DataFrame, directions: Mapping[str, str]) -> FloatArray:
    """Objectives as an array (n, M), all to be minimised."""
    signs = np.asarray([-1.0 if way == "maximise" else 1.0 for way in directions.values()])
    return np.asarray(front[list(directions)].to_numpy(dtype=np.float64) * signs)


class SharedBox:
    """Several fronts on the scale of their joint front: logarithmic in objectives that span a decade on it.

    Volumes are shares of the box between the joint front's best values and a tenth of its extent beyond its worst.

    Parameters
    ----------
    fronts : name -> front, at least one with a design
    directions : objective -> ``minimise`` or ``maximise``
    """

    def __init__(self, fronts: Mapping[str, pd.DataFrame], directions: Mapping[str, str]) -> None:
        self.directions = dict(directions)
        self.costs = {name: costs(front, directions) for name, front in fronts.items()}
        every = np.concatenate(list(self.costs.values()))
        self._joint = every[nondominated(every)]
        self._scale = Scale.of(self._joint)

    def share(self, name: str) -> float:
        """Volume of a front as a share of the box."""
        return self.joint_share * volume_share(self.costs[name], self._joint)

    def of_joint_pct(self, name: str) -> float:
        """Volume of a front over that of the joint front [%]."""
        return 100 * volume_share(self.costs[name], self._joint)

    def worst_gap_pct(self, name: str) -> float:
        """Largest percentage by which some design of the joint front beats a whole front [%]."""
        return worst_gap_pct(self.costs[name], self._joint)

    def share_of_joint_pct(self, name: str) -> float:
        """Share of the joint front's points that a front has [%]."""
        return 100 * share_of_front(self.costs[name], self._joint)

    @property
    def joint_share(self) -> float:
        """Volume of all fronts together as a share of the box."""
        return scaled_volume(self._scale(self._joint)) / (1 + MARGIN) ** len(self.directions)

    def on_joint_front(self, name: str) -> BoolArray:
        """Designs of a front that no design of another run beats."""
        joint = {row.tobytes() for row in np.ascontiguousarray(self._joint)}
        return np.asarray([row.tobytes() in joint for row in np.ascontiguousarray(self.costs[name])], dtype=bool)

    @property
    def joint_size(self) -> int:
        """Different points on the front of all runs together."""
        return len(self._joint)

    @property
    def logarithmic(self) -> list[str]:
        """Objectives that are measured in logarithms."""
        return [name for name, is_log in zip(self.directions, self._scale.is_log, strict=True) if is_log]

    @property
    def reference_values(self) -> dict[str, float]:
        """Objective -> value of the reference point."""
        signs = [-1.0 if way == "maximise" else 1.0 for way in self.directions.values()]
        values = self._scale.value_at(1 + MARGIN)
        return {name: float(sign * v) for name, sign, v in zip(self.directions, signs, values, strict=True)}
