"""Hypervolumes that a person can read: shares of a box, and fronts measured from one reference point."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.search.front import hypervolume, nondominated, reference_point


def costs(front: pd.DataFrame, directions: Mapping[str, str]) -> FloatArray:
    """Objectives as an array (n, M), all to be minimised."""
    signs = np.asarray([-1.0 if way == "maximise" else 1.0 for way in directions.values()])
    return np.asarray(front[list(directions)].to_numpy(dtype=np.float64) * signs)


def box_volume(front: pd.DataFrame, directions: Mapping[str, str], reference: Mapping[str, float]) -> float:
    """Volume between a front's best values and a reference point; hypervolumes are shares of it.

    Parameters
    ----------
    front : DataFrame
    directions : objective -> ``minimise`` or ``maximise``
    reference : objective -> value
    """
    values = costs(front, directions)
    worst = costs(pd.DataFrame([dict(reference)]), directions)[0]
    return float(np.prod(worst - values.min(axis=0))) if len(values) else float("nan")


class SharedBox:
    """Several fronts in one box: from the best values of all to one reference point beyond the worst of all.

    Parameters
    ----------
    fronts : name -> front, at least one with a design
    directions : objective -> ``minimise`` or ``maximise``
    """

    def __init__(self, fronts: Mapping[str, pd.DataFrame], directions: Mapping[str, str]) -> None:
        self.directions = dict(directions)
        self.costs = {name: costs(front, directions) for name, front in fronts.items()}
        every = np.concatenate(list(self.costs.values()))
        self.best = every.min(axis=0)
        self.reference = reference_point(every[nondominated(every)])
        self._joint = every[nondominated(every)]

    def share(self, name: str) -> float:
        """Hypervolume of a front as a share of the box."""
        return self._share(self.costs[name])

    @property
    def joint_share(self) -> float:
        """Hypervolume of all fronts together as a share of the box."""
        return self._share(self._joint)

    def on_joint_front(self, name: str) -> BoolArray:
        """Designs of a front that no design of another run beats."""
        mine = self.costs[name]
        return np.asarray([bool((self._joint == row).all(axis=1).any()) for row in mine], dtype=bool)

    @property
    def joint_size(self) -> int:
        """Different points on the front of all runs together."""
        return len(self._joint)

    @property
    def reference_values(self) -> dict[str, float]:
        """Objective -> value of the reference point."""
        signs = [-1.0 if way == "maximise" else 1.0 for way in self.directions.values()]
        return {name: float(sign * v) for name, sign, v in zip(self.directions, signs, self.reference, strict=True)}

    def _share(self, values: FloatArray) -> float:
        extent = self.reference - self.best
        scaled = (values - self.best) / np.where(extent > 0, extent, 1)
        return hypervolume(scaled, np.ones(len(self.best)))
