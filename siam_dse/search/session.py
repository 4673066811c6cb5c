"""Session: one process' work on a sweep, from the points on the disk to the points asked for."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import optuna
import pandas as pd

from siam_dse.core.arrays import FloatArray, IntArray, chunks
from siam_dse.core.errors import InputError, RunError
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.provenance import now
from siam_dse.search.budget import Budget
from siam_dse.search.failure import FailureNoted
from siam_dse.search.history import NOTES, History
from siam_dse.search.interrupt import Interruptible
from siam_dse.search.mirror import PatientMirror
from siam_dse.search.problem import Problem, Scores
from siam_dse.search.progress import Callback, Clock, Progress
from siam_dse.search.publish import open_mirror
from siam_dse.search.samplers import SAMPLERS
from siam_dse.search.start import start_levels
from siam_dse.search.study import make_study
from siam_dse.search.trials import check_figures, levels_of_trials, notes_of_trials

_CHECKPOINT_S = 5.0  # front and counts are written this often
_CHECKPOINT_SHARE = 0.05  # ... but take at most this share of the time


_ADOPTED = 4096  # designs evaluated, or written to a study, at once that are not asked for here
_FIRST = "generations_from"  # in the state stored with the points


Plan = Callable[[int], tuple[Budget, Mapping[str, Any]]]


@dataclass(frozen=True)
class _Begun:
    """The stored part of a generation that the sampler is not told of yet: levels (n, A) and their scores."""

    levels: IntArray
    scores: Scores


class Mirror(Protocol):
    """What takes the designs of a generation that is on the disk."""

    def write(self, levels: IntArray, objectives: FloatArray, slack: FloatArray) -> None:
        """Take designs (n, A) with objectives (n, M) and slack (n, C)."""


class Session:
    """A sweep in this process: restores what is on the disk when made; :meth:`go_on` adds to it.

    A generation is asked for as a whole. Where trials end within one, the sampler is not told of its part: a resumed
    run asks for the same generation again, and takes from it what is missing.
    """

    def __init__(
        self,
        run: RunFolder,
        problem: Problem,
        progress: Callback | None = None,
        on_interrupt: Callable[[], None] | None = None,
        storage: str | None = None,
        sampler: str | optuna.samplers.BaseSampler | None = None,
    ) -> None:
        self.run = run
        self.problem = problem
        self.progress = progress
        self.on_interrupt = on_interrupt
        info = run.info
        sampler = sampler or _known(info["sampler"])
        self.is_named = isinstance(sampler, str)
        self.batch = (SAMPLERS[sampler].batch if isinstance(sampler, str) else None) or info["population"]
        self.history = History(problem)
        self.study = make_study(problem, sampler, info["seed"], info["population"], start_levels(run, problem))
        self.store = run.store
        self.url = run.storage_url(storage)
        self.why = ""
        self._begun: _Begun | None = None
        self._first = 0  # trial from which generations count: those before were partly not asked for here
        seconds = self._restore()
        self.before = len(self.history)
        self.clock = Clock(seconds)

    @property
    def done(self) -> int:
        """Trials so far, over all sessions."""
        return len(self.history)

    def go_on(self, budget: Budget) -> None:
        """Search until the budget is used up or the space exhausted; leave the run complete."""
        self.resume(lambda _: (budget, {}))

    def resume(self, plan: Plan) -> None:
        """Search as planned, when the trials are taken in that workers left in the study; leave the run complete.

        ``plan`` is asked once the study is open, with the trials that workers were asked for, for the budget and
        changes to run.json: what is refused until then changes nothing.
        """
        status, mirror = "failed", None
        try:
            with Interruptible(self.on_interrupt) as interrupt:
                mirror, budget = self._opened(plan)
                with FailureNoted(self.run):
                    self._fill(mirror)
                    self._loop(mirror, budget, interrupt)
            status = "interrupted" if interrupt.asked and not self._is_over(budget) else "complete"
            self.why = self._exhausted(budget)
        except KeyboardInterrupt:
            status = "interrupted"
            raise
        finally:
            if mirror:
                mirror.close()
                self.finish(status)
        if status == "interrupted":
            raise KeyboardInterrupt

    def _opened(self, plan: Plan) -> tuple[PatientMirror, Budget]:
        """The study on its database, and the budget to go on with."""
        mirror = self._open_mirror()
        try:
            self._gather(mirror)
            budget, changes = plan(mirror.target())
            self.run.update(changes)
        except BaseException:  # an interrupt too: the database is let go
            mirror.close()
            raise
        return mirror, budget

    def _gather(self, mirror: PatientMirror) -> None:
        """Take in the trials that workers added to the study."""
        trials = mirror.beyond(self.done) if mirror.stored() > self.done else []
        if trials:
            levels = levels_of_trials(self.problem.space, trials)
            check_figures(self.problem, levels, np.asarray([trial.values for trial in trials]))
            self.adopt(levels, notes_of_trials(trials))

    def adopt(self, levels: IntArray, notes: list[dict[str, Any]]) -> None:
        """Take in designs (n, A) that this sampler did not ask for as the next trials; generations count from there."""
        if self._begun:  # it is not asked for again
            self.study.learn(self._begun.levels, self._begun.scores, [{} for _ in self._begun.levels])
            self._begun = None
        for part in chunks(len(levels), _ADOPTED):
            numbers = (self.done + np.arange(part.stop - part.start)) // self.batch
            frame, scores, _ = self.history.generation(levels[part], numbers, self.clock.seconds)
            frame[NOTES] = [json.dumps(note) for note in notes[part]]
            self.study.learn(levels[part], scores, notes[part])
            self._first = self.done + len(frame)
            self.store.append(frame, self._state())
            self.history.add(frame, levels[part], scores)

    def _state(self) -> dict[str, Any]:
        """What the sampler needs to go on, and from which trial generations count."""
        return {**self.study.state(), **({_FIRST: self._first} if self._first else {})}

    def _loop(self, mirror: PatientMirror, budget: Budget, interrupt: Interruptible) -> None:
        """Generation after generation."""
        spent, last = 0.0, time.monotonic()
        while not self._is_over(budget) and not interrupt.asked:
            self.generation(mirror, self.batch if budget.trials is None else budget.trials - self.done)
            if self.progress:
                self.progress(self._progress(budget))
            waited = time.monotonic() - last
            if waited > max(_CHECKPOINT_S, spent / _CHECKPOINT_SHARE):
                started = time.monotonic()
                self._checkpoint("running")
                last = time.monotonic()
                spent = last - started

    def _is_over(self, budget: Budget) -> bool:
        """Whether the budget is used up, or the space exhausted."""
        known = self.history.evaluated
        return (
            known >= self.problem.space.size
            or (budget.trials is not None and self.done >= budget.trials)
            or (budget.evaluations is not None and known >= budget.evaluations)
            or (budget.time_s is not None and self.clock.session >= budget.time_s)
        )

    def _exhausted(self, budget: Budget) -> str:
        """Why a search ended before its trials did; empty where it did not."""
        known = self.history.evaluated
        if known < self.problem.space.size or budget.trials is None or self.done >= budget.trials:
            return ""
        return (
            f"after {self.done:,} of {budget.trials:,} trials, which have all {known:,} designs of the space "
            f"({self.done - known:,} repeat one)"
        )

    def generation(self, mirror: Mirror, most: int) -> None:
        """Ask, evaluate and store the next generation, or ``most`` of it; tell it when it is whole."""
        begun = len(self._begun.levels) if self._begun else 0
        state = self._state()
        levels = self.study.ask(self.batch if self.is_named else min(self.batch, most))
        notes = self.study.attributes()
        own = slice(begun, min(begun + most, len(levels)))
        frame, scores, _ = self.history.generation(levels[own], self.done // self.batch, self.clock.seconds)
        scores = self._begun.scores.joined(scores) if self._begun else scores
        is_whole = own.stop == len(levels)
        if is_whole:
            self.study.tell(scores)
            state, notes = self._state(), self.study.attributes()
        self._begun = None if is_whole else _Begun(levels[: own.stop], scores)
        frame[NOTES] = [json.dumps(note) for note in notes[own]]
        self.store.append(frame, state)  # from here on the generation cannot be lost
        self.history.add(frame, levels[own], self.problem.scores_of_table(frame), is_whole=is_whole)
        mirror.write(levels[own], scores.objectives[begun:], scores.slack[begun:])

    # --- from the disk and to it -------------------------------------------------------------------------------------

    def _restore(self) -> float:
        """Take over the trials on the disk; returns the seconds of the run before."""
        frame = self.store.read()
        self._check_all_there(len(frame))
        if not len(frame):
            return 0.0
        if list(frame["trial"]) != list(range(len(frame))):
            raise RunError(f"{self.store.path}: trials are missing; was a file of the run removed? restore it")
        levels = self.problem.space.levels_of(self.run.designs_of(frame))
        scores = self.problem.scores_of_table(frame)
        state = self.store.state()
        self._first = int(state.pop(_FIRST, 0))
        told = len(frame) - ((len(frame) - self._first) % self.batch if self.is_named else 0)
        read = {text: json.loads(text) for text in frame[NOTES].unique()}
        notes = [dict(read[text]) for text in frame[NOTES][:told]]
        self.study.restore(levels[:told], scores.take(slice(told)), notes, state)
        self._begun = _Begun(levels[told:], scores.take(slice(told, None))) if told < len(frame) else None
        self.history.add(frame, levels, scores, is_whole=self._begun is None)
        return float(frame["seconds"].iloc[-1])

    def _check_all_there(self, n: int) -> None:
        """Refuse to go on with fewer points than run.json counts: the front would be made anew from the rest."""
        counted = int((self.run.info.get("counts") or {}).get("trials", 0))
        if n < counted:
            raise RunError(
                f"{self.store.path}: has {n} trials of the {counted} that run.json counts: points were removed; "
                f"restore {self.store.path.name} from a copy, or start a new run (nothing was changed here)"
            )

    def _open_mirror(self) -> PatientMirror:
        """The study on its database; a database that cannot be used is refused here, before anything is changed."""
        return open_mirror(self.run, self.problem, self.url, self.done)

    def _fill(self, mirror: PatientMirror) -> None:
        """Add every trial that the study lacks."""
        stored = mirror.stored()
        if stored >= self.done:  # as nearly always: the table is not read again
            return
        frame = self.store.read()[stored:]
        for part in chunks(len(frame), _ADOPTED):
            levels = self.problem.space.levels_of(self.run.designs_of(frame[part]))
            scores = self.problem.scores_of_table(frame[part])
            mirror.write(levels, scores.objectives, scores.slack)

    def finish(self, status: str) -> None:
        """Leave the folder whole."""
        self.store.fold()
        self._checkpoint(status)

    def _checkpoint(self, status: str) -> None:
        """Write front, history and run.json."""
        front = self.history.front()
        if len(front):
            self.run.write_front(front[_front_columns(front)])
        changes = {
            "status": status,
            "counts": {
                "trials": self.done,
                "evaluated": self.history.evaluated,
                "feasible": self.history.n_feasible,
                "front": len(self.history.archive),
                "space": self.problem.space.size,
            },
            "timing": {"updated": now(), "seconds": self.clock.seconds},
            "ended": self.why,
        }
        if status != "running":
            self.history.volume.fix(self.history.archive.objectives)
        volume = self.history.volume.content(self.problem.objective_names, self.problem.signs)
        self.run.write_history(self.history.table())
        self.run.update({**changes, **volume})

    def _progress(self, budget: Budget) -> Progress:
        session = self.clock.session
        return Progress(
            done=self.done,
            total=budget.trials or self.done,
            evaluated=self.history.evaluated,
            feasible=self.history.n_feasible,
            front_size=len(self.history.archive),
            hypervolume=self.history.volume.value,
            seconds=self.clock.seconds,
            rate=(self.done - self.before) / session if session > 0 else 0.0,
            unit="trials",
        )


def _known(name: str) -> str:
    """A sampler's name; refused where it is the class of an object that a run was started with."""
    if name in SAMPLERS:
        return name
    raise InputError("resume", f"the run was started with a {name} object; give one as sampler, which only Python can")


def _front_columns(front: pd.DataFrame) -> list[str]:
    """Columns of pareto.csv: all but the excesses, which a front does not have."""
    return [name for name in front.columns if not name.startswith("excess: ") and name != "violation"]
