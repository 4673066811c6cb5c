"""Session: one process' work on a sweep, from the points on the disk to the points asked for."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray, IntArray, chunks
from siam_dse.core.errors import RunError
from siam_dse.runs.fingerprint import digest
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.provenance import now
from siam_dse.search.history import NOTES, History, progress_table
from siam_dse.search.interrupt import Interruptible
from siam_dse.search.problem import Problem
from siam_dse.search.progress import Callback, Clock, Progress
from siam_dse.search.samplers import SAMPLERS
from siam_dse.search.start import start_levels
from siam_dse.search.storage import StudyMirror, StudyShape
from siam_dse.search.study import MemoryStudy

_CHECKPOINT_S = 5.0  # front and counts are written this often
_CHECKPOINT_SHARE = 0.1  # ... but take at most this share of the time


class Session:
    """A sweep in this process: restores what is on the disk when made; :meth:`go_on` adds to it."""

    def __init__(
        self,
        run: RunFolder,
        problem: Problem,
        progress: Callback | None = None,
        on_interrupt: Callable[[], None] | None = None,
        storage: str | None = None,
    ) -> None:
        self.run = run
        self.problem = problem
        self.progress = progress
        self.on_interrupt = on_interrupt
        info = run.info
        self.batch = SAMPLERS[info["sampler"]].batch or info["population"]
        self.history = History(problem)
        self.study = MemoryStudy(problem, info["sampler"], info["seed"], info["population"], start_levels(run, problem))
        self.store = run.store
        self.url = run.storage_url(storage)
        self._generations: list[IntArray] = []
        self._seconds: list[FloatArray] = []
        self._restore()
        self.before = len(self.history)
        self.clock = Clock(float(self._seconds[-1][-1]) if self._seconds else 0.0)

    @property
    def done(self) -> int:
        """Trials so far, over all sessions."""
        return len(self.history)

    def go_on(self, target: int, changes: Mapping[str, Any] | None = None) -> None:
        """Search until there are ``target`` trials or the space is exhausted; leave the run complete.

        ``changes`` to run.json are made once the study is open: what is refused until then changes nothing.
        """
        status, mirror = "failed", None
        try:
            with Interruptible(self.on_interrupt) as interrupt:
                mirror = self._open_mirror()
                self.run.update(changes or {})
                self._fill(mirror)
                self._loop(mirror, target, interrupt)
            status = "interrupted" if interrupt.asked and self.done < target else "complete"
        except KeyboardInterrupt:
            status = "interrupted"
            raise
        except Exception as error:
            if mirror:
                self.run.update({"error": str(error)})
            raise
        finally:
            if mirror:
                mirror.close()
                self._finish(status)
        if status == "interrupted":
            raise KeyboardInterrupt

    def _loop(self, mirror: StudyMirror, target: int, interrupt: Interruptible) -> None:
        """Generation after generation."""
        size, spent, last = self.problem.space.size, 0.0, time.monotonic()
        while self.done < target and self.history.evaluated < size and not interrupt.asked:
            n = min(self.batch - self.done % self.batch, target - self.done)
            self.generation(mirror, n)
            if self.progress:
                self.progress(self._progress(target))
            waited = time.monotonic() - last
            if waited > max(_CHECKPOINT_S, spent / _CHECKPOINT_SHARE):
                started = time.monotonic()
                self._checkpoint("running")
                last = time.monotonic()
                spent = last - started

    def generation(self, mirror: StudyMirror, n: int) -> None:
        """Ask, evaluate, tell, store."""
        levels = self.study.ask(n)
        frame, scores, _ = self.history.generation(levels, self.done // self.batch, self.clock.seconds)
        self.study.tell(scores)
        frame[NOTES] = [json.dumps(notes) for notes in self.study.attributes()]
        self.store.append(frame, self.study.state())  # from here on the generation cannot be lost
        self._take_over(frame, levels)
        mirror.write(levels, scores.objectives, scores.slack)

    # --- from the disk and to it -------------------------------------------------------------------------------------

    def _restore(self) -> None:
        """Take over the trials on the disk."""
        frame = self.store.read()
        self._check_all_there(len(frame))
        if not len(frame):
            return
        if list(frame["trial"]) != list(range(len(frame))):
            raise RunError(f"{self.store.path}: trials are missing; was a file of the run removed? restore it")
        levels = self.problem.space.levels_of(self.run.designs_of(frame))
        scores = self.problem.scores_of_table(frame)
        self.study.restore(levels, scores, [json.loads(notes) for notes in frame[NOTES]], self.store.state())
        self._take_over(frame, levels)

    def _check_all_there(self, n: int) -> None:
        """Refuse to go on with fewer points than run.json counts: the front would be made anew from the rest."""
        counted = int((self.run.info.get("counts") or {}).get("trials", 0))
        if n < counted:
            raise RunError(
                f"{self.store.path}: has {n} trials of the {counted} that run.json counts: points were removed; "
                f"restore {self.store.path.name} from a copy, or start a new run (nothing was changed here)"
            )

    def _take_over(self, frame: pd.DataFrame, levels: IntArray) -> None:
        self.history.add(frame, levels, self.problem.scores_of_table(frame))
        self._generations.append(frame["generation"].to_numpy(dtype=np.int64))
        self._seconds.append(frame["seconds"].to_numpy(dtype=np.float64))

    def _open_mirror(self) -> StudyMirror:
        """The study on its database; a database that cannot be used is refused here, before anything is changed."""
        info = self.run.info
        notes = {"network": info["network"], "space": self.problem.space.text, "profile": info["profile"]}
        return StudyMirror(self.url, self.run.name, self._shape(), digest(info["fingerprint"]), notes, self.done)

    def _fill(self, mirror: StudyMirror) -> None:
        """Add every trial that the study lacks."""
        if not self.done:
            return
        frame = self.store.read()[mirror.stored() :]
        for part in chunks(len(frame), self.batch):
            levels = self.problem.space.levels_of(self.run.designs_of(frame[part]))
            scores = self.problem.scores_of_table(frame[part])
            mirror.write(levels, scores.objectives, scores.slack)

    def _shape(self) -> StudyShape:
        problem = self.problem
        signs = tuple(problem.signs.tolist())
        return StudyShape(problem.space.axes, problem.objective_names, signs, problem.constraint_names)

    def _finish(self, status: str) -> None:
        """Leave the folder whole."""
        self.store.fold()
        self._checkpoint(status)

    def _checkpoint(self, status: str) -> None:
        """Write front, history and run.json."""
        front = self.history.front()
        if len(front):
            self.run.write_front(front[_front_columns(front)])
        volume = self.history.hypervolume()
        changes = {
            "status": status,
            "counts": {
                "trials": self.done,
                "evaluated": self.history.evaluated,
                "feasible": self.history.n_feasible,
                "front": len(self.history.archive),
                "space": self.problem.space.size,
            },
            "hypervolume": volume,
            "timing": {"updated": now(), "seconds": self.clock.seconds},
        }
        reference = self.history.reference
        if reference is not None:
            names = self.problem.objective_names
            values = (reference * self.problem.signs).tolist()
            changes["reference_point"] = dict(zip(names, values, strict=True))
            scores = self.problem.scores_of_table(self.store.read(list(names) + list(self.problem.excess_columns)))
            table = progress_table(np.concatenate(self._generations), scores, np.concatenate(self._seconds), reference)
            self.run.write_history(table)
        self.run.update(changes)

    def _progress(self, target: int) -> Progress:
        session = self.clock.session
        return Progress(
            done=self.done,
            total=target,
            evaluated=self.history.evaluated,
            feasible=self.history.n_feasible,
            front_size=len(self.history.archive),
            hypervolume=self.history.hypervolume(),
            seconds=self.clock.seconds,
            rate=(self.done - self.before) / session if session > 0 else 0.0,
        )


def _front_columns(front: pd.DataFrame) -> list[str]:
    """Columns of pareto.csv: all but the excesses, which a front does not have."""
    return [name for name in front.columns if not name.startswith("excess: ") and name != "violation"]
