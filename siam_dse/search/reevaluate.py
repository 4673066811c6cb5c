"""A run of an earlier model brought to today's: its designs evaluated again, what moved, the old figures kept."""

import shlex
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, IntArray, chunks
from siam_dse.core.errors import MismatchError, RunError
from siam_dse.core.units import PERCENT
from siam_dse.runs.atomic import disk_errors
from siam_dse.runs.fingerprint import differences, fingerprint
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.lock import run_lock
from siam_dse.runs.provenance import provenance
from siam_dse.runs.tables import ID
from siam_dse.search.alive import BusyError
from siam_dse.search.archive_session import ArchiveSession
from siam_dse.search.budget import ARCHIVE, Budget
from siam_dse.search.history import NOTES, TRIAL_COLUMNS
from siam_dse.search.own import with_own_best
from siam_dse.search.problem import Problem
from siam_dse.search.publish import open_mirror
from siam_dse.search.session import Session
from siam_dse.search.start import search_anew
from siam_dse.search.storage import may_hold_studies
from siam_dse.search.trials import levels_of_trials, notes_of_trials
from siam_dse.workload.network_set import NetworkSet

_DESIGNS_AT_ONCE = 20_000
_BESIDE = ("latency_ms", "energy_mj", "area_mm2", "cost_usd", "accuracy_loss_pct")
_STILL_PCT = 1e-6  # change that counts as none
_COPIED = ("points.parquet", "pareto.csv")
_STUDY = ("study.db", "study.db-wal", "study.db-shm")


@dataclass(frozen=True)
class Moves:
    """What moved in a run between two versions of the model.

    ``table`` has a row a figure: ``column``, ``moved`` (designs in which it changes), and the least, median and largest
    change [%] over all designs. ``kept`` are the files that hold what was before. ``own`` are the same of each network
    alone, where the run is of several. ``taken_in`` are trials that workers had left in the study.
    """

    changes: list[str]
    table: pd.DataFrame
    feasible: tuple[int, int]
    front: tuple[int, int]
    left: list[int]
    joined: list[int]
    kept: list[Path]
    own: dict[str, "Moves"] = field(default_factory=dict)
    taken_in: int = 0


def re_evaluate(run: RunFolder, storage: str | None = None) -> Moves:
    """Evaluate all stored designs of a sweep with today's model and data, and write front, history and study anew.

    The figures of before stay beside them as ``points_before.parquet`` and ``pareto_before.csv`` (with a number where
    there are some already), the study of before as ``study_before.db``; one on a database of another place is left
    there, and the run gets one of its own. Trials that workers left in it are taken in, with today's figures.

    An archive search keeps no more than its front and the random designs that it began with: these are evaluated again.
    What its front is under today's model it has yet to search; resumed, it does, and may try every other design again.

    Parameters
    ----------
    run : RunFolder
    storage : Optuna storage URL of the study, if it is not the one that the run keeps

    Raises
    ------
    RunError
        An enumeration, a run without points, or one that nothing has changed for; workers are at work on it, or its
        study cannot be read, which may have trials of theirs.
    MismatchError
        The space, the objectives, the network or a default that the run was made with has changed: its designs would
        be other designs, not the same ones with other figures.
    """
    if run.kind != "sweep":
        raise RunError(
            f"{run.path}: is an enumeration, whose front over stored designs alone would not be exact; "
            "'siam-dse enumerate' does it again"
        )
    own = {name: re_evaluate(each) for name, each in run.own_runs().items() if _changes(each)}
    with run_lock(run.path):
        changes = _changes(run)
        if not changes and not own:
            raise RunError(f"{run.path}: was made with today's model and data; there is nothing to evaluate again")
        _check_same_designs(run, changes)
        return _brought_up_to_date(run, changes, own, storage)


def _brought_up_to_date(run: RunFolder, changes: list[str], own: dict[str, Moves], storage: str | None) -> Moves:
    info, space, network = run.info, run.space(), run.network()
    if isinstance(network, NetworkSet):
        network = with_own_best(run, network, space)
    problem = Problem(network, space)
    store = run.store
    store.fold()
    before, old_front = store.read(), run.front()
    if not len(before):
        raise RunError(f"{run.path}: has no design yet; there is nothing to evaluate again")
    is_archive = info.get("sampler") == ARCHIVE
    left = _LeftByWorkers() if is_archive else _left_by_workers(run, problem, len(before), storage)
    levels = space.levels_of(run.designs_of(before))
    now = _evaluated(problem, before, levels)
    archive_before = ArchiveSession(run, problem) if is_archive else None  # what it refuses leaves nothing behind
    number = _free_number(run)
    kept = _kept(run, _COPIED, number, shutil.copy2)
    if archive_before:
        archive_before.begin_anew(levels, before[ID].to_numpy(dtype=np.int64))
    else:
        store.rewrite(now)
        session = Session(run, problem, storage=run.own_storage_url)
        session.adopt(left.levels, left.notes)  # before their study is moved away: so they cannot get lost
    kept += _kept(run, _STUDY, number, shutil.move)
    if isinstance(network, NetworkSet):
        run.set_best(network)
    run.update(
        {"fingerprint": fingerprint(network, space), "storage": None, "re_evaluated": changes, "certificate": None}
    )
    status = info["status"]
    if is_archive:
        archive = ArchiveSession(run, problem)
        archive.go_on(Budget(evaluations=archive.evaluated), provenance())
    else:
        session.resume(lambda _: (Budget(trials=session.done), provenance()))
        if len(left.levels):
            target = max(left.target, session.done)
            run.update({"target": target, "budget": Budget(trials=target).content})
            status = status if session.done >= target else "interrupted"
    run.update({"status": status})
    return _moves(run, changes, before, now, old_front, kept, own, len(left.levels))


def _evaluated(problem: Problem, before: pd.DataFrame, levels: IntArray) -> pd.DataFrame:
    """The table of a run with today's figures of its designs, levels (n, A)."""
    tables = []
    for rows in chunks(len(levels), _DESIGNS_AT_ONCE):
        evaluation = problem.evaluate(levels[rows])
        tables.append(problem.table(evaluation))
    head, notes = (before[[name for name in names if name in before]] for names in (TRIAL_COLUMNS, (NOTES,)))
    return pd.concat([head, pd.concat(tables, ignore_index=True), notes], axis=1)


@dataclass(frozen=True)
class _LeftByWorkers:
    """Complete trials of workers that the run has not: levels (n, A), notes of samplers, how many were asked for."""

    levels: IntArray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    notes: list[dict[str, Any]] = field(default_factory=list)
    target: int = 0


def _left_by_workers(run: RunFolder, problem: Problem, done: int, storage: str | None) -> _LeftByWorkers:
    """What workers left in the run's study behind its first ``done`` trials."""
    url = run.storage_url(storage)
    if not may_hold_studies(url):
        return _LeftByWorkers()
    try:
        mirror = open_mirror(run, problem, url, done)
    except BusyError:
        raise
    except RunError as error:
        lost = shlex.quote(f"{run.own_storage_url}.lost")
        remedy = f"say where it is with --storage; where it is lost, --storage {lost} goes on without it"
        raise RunError(f"{error}; its study may have trials of workers: {remedy}") from error
    try:
        trials = mirror.beyond(done) if mirror.stored() > done else []
        return _LeftByWorkers(levels_of_trials(problem.space, trials), notes_of_trials(trials), mirror.target())
    finally:
        mirror.close()


def _changes(run: RunFolder) -> list[str]:
    return differences(run.info.get("fingerprint") or {}, fingerprint(run.network(), run.space()))


def _check_same_designs(run: RunFolder, changes: list[str]) -> None:
    """Refuse what makes stored designs other designs: only model, data, and fields that are new may differ."""
    others = [
        line for line in changes
        if not line.startswith(("model:", "technology:")) and not (line.startswith("profile:") and ": new, now" in line)
    ]  # fmt: skip
    if others:
        lines = "\n".join(f"  - {line}" for line in others[:20])
        raise MismatchError(
            f"{run.path}: its designs cannot be evaluated again as the same designs; this has changed beside the "
            f"model:\n{lines}\nrestore it, or start a new run "
            f"({search_anew(run)} begins with its front)"
        )


def _free_number(run: RunFolder) -> int:
    """The first number under which no file of before stands."""
    number = 1
    while any((run.path / _before(name, number)).exists() for name in (*_COPIED, _STUDY[0])):
        number += 1
    return number


def _kept(run: RunFolder, names: Sequence[str], number: int, keep: Callable[[Path, Path], object]) -> list[Path]:
    """Put files of before beside the run's, with a number in their names."""
    kept = []
    with disk_errors(run.path):
        for name in names:
            if (run.path / name).exists():
                kept.append(run.path / _before(name, number))
                keep(run.path / name, kept[-1])
    return kept


def _before(name: str, number: int) -> str:
    stem, _, suffix = name.partition(".")
    return f"{stem}_before{'' if number == 1 else f'-{number}'}.{suffix}"


def _moves(
    run: RunFolder, changes: list[str], before: pd.DataFrame, now: pd.DataFrame, old_front: pd.DataFrame,
    kept: list[Path], own: dict[str, Moves], taken_in: int,
) -> Moves:  # fmt: skip
    is_first = (before["duplicate_of"] < 0).to_numpy()
    names = [name for name in dict.fromkeys([*run.objectives, *_BESIDE]) if name in before and name in now]
    rows = []
    for name in names:
        old, new = (frame.loc[is_first, name].to_numpy(dtype=np.float64) for frame in (before, now))
        with np.errstate(divide="ignore", invalid="ignore"):
            change = PERCENT * (new / old - 1)
        known = change[np.isfinite(change)]
        moved = int((np.abs(known) > _STILL_PCT).sum())
        ends = (known.min(), np.median(known), known.max()) if len(known) else (np.nan,) * 3
        rows.append((name, moved, *map(float, ends)))
    front = run.front()
    old_ids, new_ids = (set(frame[ID].tolist()) if ID in frame else set() for frame in (old_front, front))
    return Moves(
        changes=changes,
        table=pd.DataFrame(rows, columns=["column", "moved", "least_pct", "median_pct", "largest_pct"]),
        feasible=(_n_feasible(before, is_first), _n_feasible(now, is_first)),
        front=(len(old_front), len(front)),
        left=sorted(old_ids - new_ids),
        joined=sorted(new_ids - old_ids),
        kept=kept,
        own=own,
        taken_in=taken_in,
    )


def _n_feasible(frame: pd.DataFrame, is_first: BoolArray) -> int:
    return int((frame["feasible"].to_numpy(dtype=bool) & is_first).sum())
