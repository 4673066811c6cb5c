"""certify: how much of the exact front a sweep found."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.errors import RunError
from siam_dse.runs.fingerprint import differences
from siam_dse.runs.folder import RunFolder
from siam_dse.search.enumeration import exact_front
from siam_dse.search.estimate import check_time, enumeration_s
from siam_dse.search.front import nondominated
from siam_dse.search.given import check_enumerable
from siam_dse.search.problem import Problem
from siam_dse.search.progress import Callback
from siam_dse.search.quality import share_of_front, volume_share, worst_gap_pct
from siam_dse.search.scale import MARGIN, Scale
from siam_dse.search.workers import Jobs, check_workers


@dataclass(frozen=True)
class Certificate:
    """A sweep against the exact front of its space.

    ``hypervolume_fraction`` is the hypervolume found / exact, both on the exact front's scale (logarithmic in
    objectives that span a decade on it) from its worst values and a tenth of its extent beyond; ``share_of_front`` the
    share of the exact front's points that were found; ``worst_gap_pct`` the largest percentage by which one of them
    beats every design found.
    """

    hypervolume_fraction: float
    share_of_front: float
    worst_gap_pct: float
    exact_front_size: int
    found_front_size: int
    reference_point: dict[str, float]


def certify(
    run: RunFolder,
    jobs: Jobs = 1,
    progress: Callback | None = None,
    on_interrupt: Callable[[], None] | None = None,
    exact: RunFolder | None = None,
    force: bool = False,
) -> Certificate:
    """Certificate of a run, also written into its run.json.

    Parameters
    ----------
    run : RunFolder
    jobs : processes for the enumeration
    progress, on_interrupt : as for enumerate_space
    exact : RunFolder, optional
        A complete enumeration of the same problem; left out, the space is enumerated now.
    force : bool
        Enumerate even if that is estimated to take more than a day.

    Raises
    ------
    RunError
        ``exact`` is not a complete enumeration of the same problem, or no design is feasible.
    """
    check_workers(jobs)
    problem = Problem(run.network(), run.space())
    if exact is None and run.kind != "enumerate":
        check_enumerable(problem.space, "--certify")
        if not force:
            check_time(problem.space, enumeration_s(problem, jobs), "--certify")
    front = (
        _stored_front(run, exact, problem) if exact else exact_front(problem, jobs, progress, on_interrupt).objectives
    )
    if not len(front):
        raise RunError(f"{run.path}: no design of the space meets the constraints; there is no front to compare with")
    found = run.front()[list(problem.objective_names)].to_numpy(dtype=np.float64) * problem.signs
    found = found[nondominated(found)] if len(found) else np.zeros((0, front.shape[1]))
    certificate = compare(found, front, problem)
    run.update({"certificate": asdict(certificate)})
    return certificate


def compare(found: FloatArray, exact: FloatArray, problem: Problem) -> Certificate:
    """Certificate of a front (n, M) against the exact one (E, M), objectives to be minimised."""
    exact = exact[np.lexsort(exact.T)]  # a volume is a sum: the same to the last bit in whatever order they came
    reference = Scale.of(exact).value_at(1 + MARGIN) * problem.signs
    return Certificate(
        hypervolume_fraction=volume_share(found, exact),
        share_of_front=share_of_front(found, exact),
        worst_gap_pct=worst_gap_pct(found, exact),
        exact_front_size=len(exact),
        found_front_size=len(found),
        reference_point=dict(zip(problem.objective_names, reference.tolist(), strict=True)),
    )


def _stored_front(run: RunFolder, exact: RunFolder, problem: Problem) -> FloatArray:
    """Front of a complete enumeration of the same problem."""
    if exact.kind != "enumerate" or exact.status != "complete":
        raise RunError(f"{exact.path}: is not a complete enumeration")
    changed = differences(run.info["fingerprint"], exact.info["fingerprint"])
    if changed:
        raise RunError(f"{exact.path}: is not of the same problem as {run.path}: {changed[0]}")
    values = exact.front()[list(problem.objective_names)].to_numpy(dtype=np.float64)
    return np.asarray(values * problem.signs)
