"""ArchiveSession: one process' work on an archive search, from its checkpoint to the end of its budget."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import AnyArray, FloatArray, IntArray
from siam_dse.core.errors import RunError
from siam_dse.runs.checkpoint import CHECKPOINT, read_checkpoint, write_checkpoint
from siam_dse.runs.folder import HISTORY_COLUMNS, RunFolder
from siam_dse.runs.provenance import now
from siam_dse.search.archive import ArchiveSearch
from siam_dse.search.budget import Budget
from siam_dse.search.compiling import compile_beside
from siam_dse.search.crew import Crew
from siam_dse.search.failure import FailureNoted
from siam_dse.search.interrupt import Interruptible
from siam_dse.search.problem import Problem
from siam_dse.search.progress import Callback, Clock, Progress
from siam_dse.search.publish import Numbered, check_complete, check_storage, chosen, write_study
from siam_dse.search.quality import RunVolume
from siam_dse.search.start import search_anew, start_levels
from siam_dse.search.stored import front_of, table_of
from siam_dse.search.workers import Jobs, usual_jobs

_CHECKPOINT_S = 5.0


class ArchiveSession:
    """An archive search in this process: restores its checkpoint when made; :meth:`go_on` searches further.

    The checkpoint is the state between two generations. A budget of evaluations may end within one: its designs count,
    and a resumed run, which breeds the same generation again, evaluates them once more and the rest of it after them.
    """

    def __init__(
        self,
        run: RunFolder,
        problem: Problem,
        progress: Callback | None = None,
        on_interrupt: Callable[[], None] | None = None,
        storage: str | None = None,
        jobs: Jobs | None = None,
    ) -> None:
        self.run, self.problem = run, problem
        self.asked_jobs, self.jobs = jobs, jobs or 1
        self.progress, self.on_interrupt = progress, on_interrupt
        info = run.info
        self.keep, self.trials = int(info["keep"]), info["budget"].get("trials")
        self.url = run.storage_url(storage)
        self.search = ArchiveSearch(problem, int(info["seed"]), start_levels(run, problem))
        self.volume = RunVolume(len(problem.objective_names))
        self.rows: list[tuple[float, ...]] = []
        self.why = ""
        seconds = self._restore()
        self._between = self._state()
        self.before = self.search.evaluated
        self.clock = Clock(seconds)

    @property
    def path(self) -> Path:
        """The checkpoint."""
        return self.run.checkpoint_path

    @property
    def evaluated(self) -> int:
        """Different designs evaluated, over all sessions."""
        return self.search.evaluated

    @property
    def evaluated_in_all(self) -> int:
        """The same with those of a generation that was begun."""
        return max(self.evaluated, int((self.run.info.get("counts") or {}).get("evaluated", 0)))

    def go_on(self, budget: Budget, changes: Mapping[str, Any] | None = None) -> None:
        """Search until the budget is used up, the front is settled or the space exhausted; leave the run complete.

        ``changes`` to run.json are made once the study's database is known to be usable.
        """
        status = "failed"
        if self.asked_jobs is None:
            self.jobs = usual_jobs(budget)
        check_storage(self.run, self.problem, self.url)
        self.run.update(changes or {})
        compile_beside()
        crew = Crew(self.problem, self.jobs)
        try:
            with Interruptible(self.on_interrupt) as interrupt, FailureNoted(self.run), closing(crew):
                self._loop(budget, interrupt, crew)
            status = "interrupted" if interrupt.asked and not self.why else "complete"
        except KeyboardInterrupt:
            status = "interrupted"
            self._put(self._between)
            raise
        finally:
            if status != "failed":
                self._finish(status)
            else:
                if self.search.generation:
                    with suppress(RunError):
                        self._checkpoint()
                self.run.update({"status": status})
        if status == "interrupted":
            raise KeyboardInterrupt

    def begin_anew(self, levels: IntArray, numbers: IntArray) -> None:
        """Evaluate under today's model what the checkpoint, made under another, has of the front, and designs.

        The designs are the run's stored ones, levels (n, A) with their numbers (n,).
        """
        search = self.search.under(self.problem, levels, numbers, self.evaluated_in_all)
        self.search, self.volume, self.rows = search, RunVolume(len(self.problem.objective_names)), []
        front = search.objectives[search.front]
        self._measure(front, front)
        self._between = self._state()
        self._checkpoint()

    def _loop(self, budget: Budget, interrupt: Interruptible, crew: Crew) -> None:
        """Generation after generation."""
        saved = time.monotonic()
        while not interrupt.asked:
            self.why = self._ended(budget)  # a session has one generation at least
            if self.why:
                return
            brood = self.search.brood()
            if not len(brood.levels):
                self.why = "every design of the space is known"
                return
            left = len(brood.levels)
            if budget.evaluations is not None:
                left = min(left, budget.evaluations - self.evaluated)
            part = brood.first(left)
            scores = crew.scores(part.levels)
            joined = self.search.take(part, scores)
            self._measure(scores.objectives[scores.feasible], scores.objectives[joined])
            if left < len(brood.levels):  # the checkpoint stays where this generation begins
                self.why = self._ended(budget)
                return
            self._between = self._state()
            if time.monotonic() - saved > _CHECKPOINT_S:
                self._checkpoint()
                saved = time.monotonic()
            if self.progress:
                self.progress(self._progress(budget))

    def _ended(self, budget: Budget) -> str:
        """Why the search is over; empty where it is not."""
        if budget.evaluations is not None and self.evaluated >= budget.evaluations:
            return f"{self.evaluated:,} designs are evaluated"
        if budget.time_s is not None and self.clock.session >= budget.time_s and self.evaluated > self.before:
            return f"{budget.time_s:.4g} s are over"
        if self.search.is_settled:
            return "the front has not moved for long, and all within two steps of it is known"
        return ""

    def _measure(self, feasible: FloatArray, joined: FloatArray) -> None:
        """A row of the history after a generation's ``feasible`` designs, of which some ``joined`` the front."""
        search = self.search
        front = search.objectives[search.front]
        value = self.volume.grown(feasible, front, joined)
        self.rows.append((search.evaluated, self.clock.seconds, search.n_feasible, len(front), value))

    # --- from the disk and to it -------------------------------------------------------------------------------------

    def _state(self) -> dict[str, AnyArray]:
        return {
            **self.search.state(),
            **self.volume.state(),
            "history": np.asarray(self.rows).reshape(-1, len(HISTORY_COLUMNS)),
        }

    def _put(self, state: Mapping[str, AnyArray]) -> None:
        self.search.restore(state)
        self.volume.restore(state)
        self.rows = [tuple(row) for row in state["history"].tolist()]

    def _restore(self) -> float:
        """Take over the checkpoint; returns the seconds of the run before."""
        counted = int((self.run.info.get("counts") or {}).get("between", 0))
        seconds = 0.0
        if self.run.files.exists(CHECKPOINT):
            state = read_checkpoint(self.run.files)
            try:
                self._put(state)
            except KeyError as missing:
                raise RunError(
                    f"{self.path}: has no {missing}: an earlier version of the search wrote it; "
                    f"{search_anew(self.run)} searches anew from its front"
                ) from None
            seconds = float(state["seconds"])
        check_complete(self.path, self.evaluated, counted)
        return seconds

    def _checkpoint(self) -> None:
        write_checkpoint(self.run.files, {**self._between, "seconds": self.clock.seconds})

    def _finish(self, status: str) -> None:
        """Write what the run folder holds."""
        seconds = self.clock.seconds  # of the search: writing does not count
        self._checkpoint()
        search, problem = self.search, self.problem
        objectives = search.objectives[search.front]
        self.volume.fix(objectives)
        front = Numbered(search.levels, search.numbers).take(search.front)
        found = chosen(front, objectives, Numbered(*search.sample()), self.keep, self.trials)
        frame = table_of(problem, found.levels, found.numbers)
        self.run.store.replace(frame)
        if len(objectives):
            self.run.write_front(front_of(frame, problem, found.on_front))
        history = pd.DataFrame(self.rows, columns=list(HISTORY_COLUMNS))
        counts = ["evaluations", "feasible", "front_size"]
        self.run.write_history(history.astype(dict.fromkeys(counts, np.int64)))
        write_study(self.run, problem, frame, found, self.url)
        self.run.update(
            {
                "status": status,
                "ended": self.why or "interrupted",
                "counts": {
                    "trials": found.n_trials,
                    "evaluated": search.evaluated,
                    "between": int(self._between["counts"][0]),
                    "feasible": search.n_feasible,
                    "front": len(objectives),
                    "stored_front": found.n_front,
                    "space": problem.space.size,
                },
                "binding": search.binding(),
                "timing": {"updated": now(), "seconds": seconds},
                **self.volume.content(problem.objective_names, problem.signs),
                "random": {
                    "evaluated": search.n_random,
                    "hypervolume": self.volume.of_others(search.random_front),
                },
            }
        )

    def _progress(self, budget: Budget) -> Progress:
        session = max(self.clock.session, 1e-9)
        rate = (self.evaluated - self.before) / session
        totals = [float(budget.evaluations)] if budget.evaluations is not None else []
        if budget.time_s is not None:
            totals.append(self.before + rate * max(budget.time_s, session))
        return Progress(
            done=self.evaluated,
            total=int(min(totals, default=self.evaluated)),
            evaluated=self.evaluated,
            feasible=self.search.n_feasible,
            front_size=len(self.search.front),
            hypervolume=self.volume.value,
            seconds=self.clock.seconds,
            rate=rate,
        )
