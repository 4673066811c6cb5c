"""RunView: what pages, plots and tables need of a run, read once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.design.fields import ALIASES
from siam_dse.design.space import SearchSpace
from siam_dse.report.effects import by_effect
from siam_dse.report.scatter import EXCESS, knee_rows
from siam_dse.report.volume import costs
from siam_dse.runs.fingerprint import differences, fingerprint
from siam_dse.runs.folder import RunFolder
from siam_dse.search.budget import ARCHIVE
from siam_dse.search.problem import Problem
from siam_dse.search.scale import Scale, thinned
from siam_dse.search.stored import stored_front
from siam_dse.workload.network_set import Workload

# Columns that stand in for a second objective, or are shown beside the objectives.
COMPANIONS = ("latency_ms", "energy_mj", "cost_usd", "area_mm2", "die_area_mm2", "accuracy_loss_pct", "tops_per_w")
MOST_DRAWN = 1000  # designs of a front on a page: more make it slow to open, and no picture clearer


@dataclass(frozen=True)
class RunView:
    """A run as its report sees it.

    ``points`` are the evaluated designs, each once; ``front`` is sorted by the first objective and marks the knee.
    Where a part of the front stands for it, the others are in neither: what is counted is counted in ``whole``.
    """

    name: str
    info: dict[str, Any]
    network: Workload
    space: SearchSpace
    points: pd.DataFrame
    front: pd.DataFrame
    history: pd.DataFrame
    own: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # of several networks the front of each alone
    run: RunFolder | None = None
    unthinned: "RunView | None" = None

    @classmethod
    def of(cls, run: RunFolder, most: int | None = None) -> "RunView":
        """View of a run folder, with at most so many designs of a larger front, spread over it."""
        points, network, space = run.points(), run.network(), run.space()
        front = run.front()
        if not len(front) and len(points):  # of a run that was killed before it wrote its front
            front = stored_front(Problem(network, space), points)
        view = cls(
            name=run.name,
            info={**run.info, "status": run.status},
            network=network,
            space=space,
            points=points,
            front=front if len(front) else points.iloc[:0].assign(knee=False),
            history=run.history(),
            own={name: own.front() for name, own in run.own_runs().items()},
            run=run,
        )
        return view if most is None or len(front) <= most else view.thinned(most)

    def thinned(self, most: int) -> "RunView":
        """The same with so many designs of the front, spread over it."""
        kept = _spread(self.front, self.objectives, most)
        return replace(
            self,
            points=self.points[~self.points["trial"].isin(self.front["trial"][~kept])].reset_index(drop=True),
            front=self.front[kept].reset_index(drop=True),
            unthinned=self,
        )

    @property
    def whole(self) -> "RunView":
        """The view with all of the front."""
        return self.unthinned or self

    @property
    def objectives(self) -> dict[str, str]:
        """Objective -> ``minimise`` or ``maximise``."""
        return dict(self.space.objectives)

    @property
    def front_size(self) -> int:
        """Designs of the run's whole front, of which ``front`` may be a part."""
        return max(int((self.info.get("counts") or {}).get("front") or 0), len(self.front))

    @property
    def of_front(self) -> str:
        """How many designs of the front are shown, in words."""
        return f"{len(self.front):,} front designs{' shown here' if self.unthinned else ''}"

    @property
    def axes(self) -> list[str]:
        """Axes of the space that have several levels."""
        return [axis.name for axis in self.space.axes if len(axis.levels) > 1]

    @cached_property
    def ranked_axes(self) -> list[str]:
        """Axes, first those that move the objectives most."""
        return by_effect(self.whole.points, self.axes, self.objectives)

    @cached_property
    def knee(self) -> pd.Series | None:
        """The knee of the front, None where there is no front."""
        rows = knee_rows(self.front)
        return rows.iloc[0] if len(rows) else None

    @cached_property
    def constraint_names(self) -> list[str]:
        """Constraints whose excess the points carry."""
        return [str(name).removeprefix(EXCESS) for name in self.points if str(name).startswith(EXCESS)]

    @cached_property
    def judged(self) -> pd.DataFrame:
        """Points that constraints are judged on: all; of an archive search the random ones: it bred the others."""
        whole = self.whole
        if not self.is_bred:
            return whole.points
        return whole.points[~whole.points["trial"].isin(whole.front["trial"])].reset_index(drop=True)

    @property
    def is_bred(self) -> bool:
        """Whether points hold a front and random designs only."""
        return self.info.get("sampler") == ARCHIVE

    def excess(self, constraint: str) -> pd.Series:
        """Excess of the judged points over a constraint; > 0 = violated."""
        return self.judged[EXCESS + constraint]

    @cached_property
    def changes(self) -> list[str]:
        """What has changed in model, data or inputs since the run: designs evaluated now would not compare with it."""
        return differences(self.info.get("fingerprint") or {}, fingerprint(self.network, self.space))

    @cached_property
    def around_knee(self) -> pd.DataFrame:
        """The knee with one axis changed at a time, evaluated now; see :func:`one_axis_at_a_time`.

        Empty without a front, or where model or data have changed since the run.
        """
        if self.knee is None or self.changes:
            return pd.DataFrame({"axis": [], "level": []})
        return one_axis_at_a_time(self.network, self.space, self.front[self.front["knee"].astype(bool)])

    def column(self, name: str) -> str:
        """``name`` where points have such a column; else an error that lists what there is."""
        if name not in self.points:
            known = [str(column) for column in self.points if not str(column).startswith(EXCESS)]
            raise InputError(self.name, unknown_name("column", name, known))
        return name


def _spread(front: pd.DataFrame, directions: dict[str, str], most: int) -> BoolArray:
    """Which designs of a front to show, (n,): spread over it in scaled objectives, with the knee and the extremes."""
    values = costs(front, directions)
    kept = np.zeros(len(front), dtype=bool)
    kept[thinned(Scale.of(values)(values), most)] = True
    return np.asarray(kept | front["knee"].to_numpy(dtype=bool))


def one_axis_at_a_time(network: Workload, space: SearchSpace, design: pd.DataFrame) -> pd.DataFrame:
    """A design of a space with one axis changed at a time, through all levels of each.

    Parameters
    ----------
    network, space : what was searched
    design : DataFrame
        One row with the fields of a design of ``space``.

    Returns
    -------
    DataFrame
        ``axis`` and ``level`` that was set, ``is_base`` where it is the design's own, then a run's columns.
    """
    own = design_levels(space, design)
    rows, names, levels = [], [], []
    for a, axis in enumerate(space.axes):
        for i, level in enumerate(axis.levels):
            row = own.copy()
            row[a] = i
            rows.append(row)
            names.append(axis.name)
            levels.append(level)
    frame = evaluated(network, space, np.asarray(rows))
    is_base = [bool((row == own).all()) for row in rows]
    head = pd.DataFrame({"axis": names, "level": pd.Series(levels, dtype=object), "is_base": is_base})
    return pd.concat([head, frame], axis=1)


def cross(network: Workload, space: SearchSpace, design: pd.DataFrame, levels: dict[str, list[int]]) -> pd.DataFrame:
    """A design with some axes set to every combination of the given levels (axis -> indices of levels)."""
    own = design_levels(space, design)
    names = list(space.axis_names)
    grids = np.meshgrid(*levels.values(), indexing="ij")
    rows = np.repeat(own[None, :], grids[0].size, axis=0)
    for name, grid in zip(levels, grids, strict=True):
        rows[:, names.index(name)] = grid.reshape(-1)
    return evaluated(network, space, rows)


def design_levels(space: SearchSpace, design: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Levels (A,) of the first row of a table of designs."""
    out = []
    for axis in space.axes:
        value = design[axis.members[0]].iloc[0]
        matching = [i for i, level in enumerate(axis.levels) if str(level) == str(value) or level == value]
        if not matching:
            raise InputError(
                f"search space {space.name}", f"{axis.name} = {value} of the design is not one of its levels"
            )
        out.append(matching[0])
    return np.asarray(out, dtype=np.int64)


def evaluated(network: Workload, space: SearchSpace, levels: np.ndarray[Any, np.dtype[np.int64]]) -> pd.DataFrame:
    """Designs at rows of levels with all columns of a run's points."""
    problem = Problem(network, space)
    evaluation = problem.evaluate(levels)
    return problem.table(evaluation)


def shown_axes(frame: pd.DataFrame, axes: list[str]) -> list[str]:
    """Axes that a table has as columns, by their fields where the alias has gaps."""
    out: list[str] = []
    for name in axes:
        if name in frame and frame[name].notna().all():
            out.append(name)
        else:
            out += [member for member in ALIASES.get(name, (name,)) if member in frame]
    return out
