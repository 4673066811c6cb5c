"""A run made anew from its Optuna study: the folder is lost or damaged, the database is there."""

import shutil
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.errors import InputError, RunError, closest_first
from siam_dse.runs.atomic import OF_A_FILE, disk_errors
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.lock import run_lock
from siam_dse.runs.new_folder import check_name, new_folder
from siam_dse.runs.passwords import without_password
from siam_dse.runs.storage_url import check_storage_url, file_of, kept_url
from siam_dse.search.budget import ARCHIVE
from siam_dse.search.described import Description, described
from siam_dse.search.given import check_fingerprint
from siam_dse.search.problem import Problem
from siam_dse.search.quiet import quiet
from siam_dse.search.samplers import SAMPLERS
from siam_dse.search.session import Session
from siam_dse.search.start import Start
from siam_dse.search.storage import let_go, may_hold_studies, open_storage, storage_errors
from siam_dse.search.stored import front_of, table_of
from siam_dse.search.trials import check_figures, levels_of_trials, notes_of_trials

INTO = "--into"
_NOT_READ = "take a copy of it that is whole; of this one no run can be made anew"


class _OtherDesignsError(Exception):
    """A search repeated asks for other designs than the study has."""


def restore(storage: str, into: str | Path, study: str | None = None) -> RunFolder:
    """Make a run anew, in another folder, from its Optuna study alone.

    The trials are evaluated again, and must have the study's figures. A sweep of one of Optuna's samplers is repeated
    from its seed, so that it goes on as if nothing had happened; where that asks for other designs (a sampler object,
    another version of Optuna) the trials are taken as they are. An archive search gets the stored part of its front,
    and goes on from there; an enumeration begins again.

    Parameters
    ----------
    storage : Optuna storage URL, or a path that ends in .journal
    into : folder of the new run
    study : name of the study; not needed where there is one only

    Returns
    -------
    RunFolder
        ``interrupted``: :func:`resume` goes on with it.

    Raises
    ------
    InputError
        No storage, no such study (the known ones are listed), or the folder is taken.
    RunError
        A study that does not describe its run, or whose figures are not today's model's.
    """
    path = Path(into)
    check_name(INTO, path.name, given=str(into))
    description, trials, name = read_study(storage, study)
    for repeat in (True, False):
        run = remade(description, path, name, storage)
        try:
            with ExitStack() as undone:
                undone.callback(shutil.rmtree, run.path, ignore_errors=True)
                with run_lock(run.path):
                    _fill(run, check_fingerprint(run), trials, repeat=repeat)
                    run.update({"status": "interrupted"})
                undone.pop_all()
        except _OtherDesignsError:
            continue
        break
    return run


def read_study(storage_url: str, asked: str | None) -> tuple[Description, list[FrozenTrial], str]:
    """What the study of that name, or the only one, says of its run; its complete trials, and its name.

    Raises
    ------
    InputError
        No storage, or no such study (the known ones are listed).
    RunError
        It does not describe a run.
    """
    url = check_storage_url(storage_url)
    file = file_of(url)
    if file is not None and not file.is_file():
        raise InputError("--storage", f"{file}: there is no such file; check the path")
    if not may_hold_studies(url):
        raise InputError("--storage", f"{file}: holds no Optuna study; check the path")
    with storage_errors(url, damaged=_NOT_READ), quiet():
        storage = open_storage(url)
        try:
            names = optuna.get_all_study_names(storage)
            name = asked or (names[0] if len(names) == 1 else None)
            if name is None or name not in names:
                few = ", ".join((closest_first(asked, names) if asked else names)[:10])
                if not names:
                    raise InputError("--storage", f"{without_password(url)}: holds no Optuna study; check the path")
                raise InputError("--study", f"{asked!r} is not in this storage; it has {few}" if asked else
                                 f"is needed: the storage has {few}")  # fmt: skip
            found = optuna.load_study(study_name=name, storage=storage)
            description = described(found.user_attrs)
            trials = found.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        finally:
            let_go(storage)
    if description is None:
        raise RunError(
            f"{without_password(url)}: the study {name!r} does not describe a run; it is of an earlier version of "
            "siam-dse, of another program, or damaged"
        )
    return description, trials, name


def remade(description: Description, path: Path, study: str, storage: str) -> RunFolder:
    """A new folder with what a run was made with.

    Raises
    ------
    RunError
        The folder is taken, or the study is no run's.
    """
    names = [PurePosixPath(name) for name in description.texts]
    if any(name.is_absolute() or ".." in name.parts or len(name.parts) > 2 for name in names):  # a stranger's study
        raise RunError(f"study {study!r}: names a file outside of its run")
    with disk_errors(path.parent, OF_A_FILE):
        path.parent.mkdir(parents=True, exist_ok=True)
    with new_folder(path.parent, path.name, path.name, INTO) as made:
        run = RunFolder(made)
        for name, text in description.texts.items():
            with disk_errors(run.path):
                (run.path / name).parent.mkdir(exist_ok=True)
            run.files.replace_text(name, text)
        kept = None if description.info.get("storage") is None else kept_url(storage, run.path)
        run.update({**description.info, "name": run.path.name, "study": study, "storage": kept, "status": "running"})
    return run


def _fill(run: RunFolder, problem: Problem, trials: list[FrozenTrial], *, repeat: bool) -> None:
    """Put the trials' designs into the folder."""
    levels = levels_of_trials(problem.space, trials)
    if run.kind == "enumerate" or not len(levels):
        return
    check_figures(problem, levels, np.asarray([trial.values for trial in trials]))
    sampler = run.info["sampler"]
    if sampler == ARCHIVE:
        is_front = np.asarray([trial.user_attrs.get("found") == "front" for trial in trials])
        numbers = [int(trial.user_attrs.get("design", trial.number)) for trial in trials]
        frame = table_of(problem, levels, np.asarray(numbers, dtype=np.int64))
        run.store.replace(frame)
        if is_front.any():
            run.write_front(front_of(frame, problem, np.flatnonzero(is_front)))
            run.write_start(Start(levels[is_front], "").table(problem.space))
        return
    session = Session(run, problem, sampler=None if sampler in SAMPLERS else optuna.samplers.RandomSampler())
    if repeat and session.is_named:
        expected = _Expected(levels)
        while session.done < len(levels):
            session.generation(expected, len(levels) - session.done)
    else:
        session.adopt(levels, notes_of_trials(trials))
    session.finish("interrupted")


class _Expected:
    """Takes the designs of a search repeated, in the place of its study, if they are the study's."""

    def __init__(self, levels: IntArray) -> None:
        self.levels, self.done = levels, 0

    def write(self, levels: IntArray, objectives: FloatArray, slack: FloatArray) -> None:
        """The next designs (n, A)."""
        if not np.array_equal(levels, self.levels[self.done : self.done + len(levels)]):
            raise _OtherDesignsError
        self.done += len(levels)
