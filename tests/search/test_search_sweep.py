"""Sweeps by Optuna's samplers: everything stored, nothing evaluated twice, resumed exactly, refused clearly."""

import cProfile
import os
import pstats
import shutil
import signal
import sqlite3
import sys
from pathlib import Path

import numpy as np
import optuna
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal

from siam_dse.core.errors import InputError, MismatchError, RunError
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.lock import run_lock
from siam_dse.runs.passwords import without_password
from siam_dse.runs.spaces import space_of_text
from siam_dse.search import problem as problem_module
from siam_dse.search.quiet import quiet
from siam_dse.search.storage import open_storage
from siam_dse.search.sweep import resume
from siam_dse.search.sweep import sweep as sweep_by_any

pytestmark = pytest.mark.usefixtures("stub")


def sweep(*args, sampler="nsga2", **options):
    """A sweep by one of Optuna's samplers."""
    return sweep_by_any(*args, sampler=sampler, **options)


def stored_study(run):
    with quiet():
        return optuna.load_study(study_name=run.name, storage=open_storage(run.storage_url()))


def content(run):
    """Every file of a run's folder but its lock and the database, which a look changes."""
    files = [path for path in run.path.rglob("*") if path.is_file() and not path.name.startswith(("run.lock", "study"))]
    return {path: path.read_bytes() for path in files}


@pytest.fixture
def journal(tmp_path):
    """A storage that opens quicker than SQLite, where the test is not about SQLite."""
    return str(tmp_path / "study.journal")


@pytest.fixture
def count_designs(stub, monkeypatch):
    """Every design that is evaluated, as its row of fields."""
    seen = []
    original = problem_module.evaluate

    def counting(network, designs, *args, **kwargs):
        seen.extend(designs.to_frame().drop(columns="crossbar_size").itertuples(index=False, name=None))
        return original(network, designs, *args, **kwargs)

    monkeypatch.setattr(problem_module, "evaluate", counting)
    return seen


@pytest.mark.slow
def test_a_run_holds_every_trial_and_the_study_agrees(tmp_path, network, space):
    steps = []
    run = sweep(network, space, trials=70, population=30, seed=1, results=tmp_path, progress=steps.append)
    points = run.points(duplicates=True)
    assert_array_equal(points["trial"], np.arange(70))
    assert_array_equal(points["generation"], np.repeat([0, 1, 2], [30, 30, 10]))
    assert [step.done for step in steps] == [30, 60, 70]
    assert steps[-1].front_size == run.info["counts"]["front"] == len(run.front())
    assert run.status == "complete"
    assert run.info["counts"]["evaluated"] == len(run.points()) == points["duplicate_of"].eq(-1).sum()

    study = stored_study(run)
    assert [trial.number for trial in study.trials] == list(range(70))
    assert study.directions == [optuna.study.StudyDirection.MINIMIZE] * 2 + [optuna.study.StudyDirection.MAXIMIZE]
    for trial, row in zip(study.trials, points.to_dict("records"), strict=True):
        assert trial.values == [row["tiles"], row["chiplets"], row["utilisation"]]
        assert trial.params == {name: row[name] for name in space.axis_names}
        assert all(value > 0 for value in trial.constraints.values())
        assert (sum(trial.constraints.values()) > 0) == (row["violation"] > 0) == (not row["feasible"])
        if not row["feasible"]:
            assert_allclose(sum(trial.constraints.values()), row["violation"], rtol=1e-12, atol=0)
    front = run.front()
    best = {tuple(trial.values) for trial in study.best_trials}
    assert {tuple(row) for row in front[["tiles", "chiplets", "utilisation"]].to_numpy()} == best
    assert front["knee"].sum() == 1

    history = run.history()
    assert list(history["evaluations"]) == [30, 60, 70]
    assert history["hypervolume"].is_monotonic_increasing
    assert_allclose(history["hypervolume"].iloc[-1], run.info["hypervolume"], rtol=1e-12, atol=0)


@pytest.mark.parametrize("sampler", ["nsga2", "nsga3", "qmc", "tpe", "random"])
@pytest.mark.slow
def test_a_resumed_run_equals_an_unbroken_one(tmp_path, network, space, sampler, journal):
    options = {"population": 10, "sampler": sampler, "results": tmp_path, "storage": journal}
    whole = sweep(network, space, trials=40, seed=3, name="a", **options)
    part = sweep(network, space, trials=13, seed=3, name="b", **options)
    resume(part, trials=14)
    resume(part, trials=13)
    assert_frame_equal(
        whole.points(duplicates=True).drop(columns="seconds"), part.points(duplicates=True).drop(columns="seconds")
    )
    other = sweep(network, space, trials=10, seed=4, name="c", **options)
    assert not other.points(duplicates=True)["tiles"].equals(part.points(duplicates=True)["tiles"][:10])


@pytest.mark.slow
def test_tpe_asks_in_small_batches(tmp_path, network, space, journal):
    run = sweep(network, space, trials=25, sampler="tpe", results=tmp_path, storage=journal)
    assert_array_equal(run.points(duplicates=True)["generation"], np.repeat([0, 1, 2], [10, 10, 5]))


@pytest.mark.slow
def test_no_design_is_evaluated_twice(tmp_path, network, space, count_designs, journal):
    options = {"population": 20, "seed": 2, "results": tmp_path, "storage": journal}
    run = sweep(network, space, trials=100, sampler="nsga3", **options)
    resume(run, trials=60)
    assert run.info["counts"]["trials"] == 160
    assert len(run.points()) < 160  # the sampler did propose designs again
    assert len(count_designs) == len(set(count_designs)) == len(run.points())


@pytest.mark.slow
def test_a_small_space_ends_when_every_design_is_known(tmp_path, network, journal):
    from siam_dse.runs.spaces import space_of_text

    tiny = space_of_text("name: tiny\naxes: {cell_bits: [1, 2], adc_bits: [4, 5]}\nobjectives: {tiles: minimise}", "f")
    run = sweep(network, tiny, trials=1000, population=3, sampler="random", results=tmp_path, storage=journal)
    assert len(run.points()) == 4
    assert run.status == "complete"
    assert run.info["counts"]["trials"] < 1000


@pytest.mark.slow
def test_objectives_can_be_given(tmp_path, network, space, journal):
    options = {"trials": 10, "results": tmp_path, "storage": journal}
    run = sweep(network, space, objectives=["utilisation", "chiplets:minimise"], **options)
    assert run.objectives == {"utilisation": "maximise", "chiplets": "minimise"}
    assert run.space().objectives == run.objectives
    run = sweep(network, space, objectives={"tiles": "maximise"}, **options)
    assert run.objectives == {"tiles": "maximise"}


@pytest.mark.slow
def test_any_storage(tmp_path, network, space):
    url = f"sqlite:///{tmp_path}/elsewhere.db"
    run = sweep(network, space, trials=20, population=10, storage=url, results=tmp_path)
    assert not (run.path / "study.db").exists()
    resume(run, trials=10)
    assert len(stored_study(run).trials) == 30
    moved = str(tmp_path / "moved.journal")
    resume(run, trials=10, storage=moved)  # a new place gets the whole study
    assert run.storage_url() == moved
    assert len(stored_study(run).trials) == 40


@pytest.mark.slow
def test_a_password_is_neither_kept_nor_shown(tmp_path, network, space, monkeypatch):
    url = "postgresql+nothing://me:secret@localhost/db"
    monkeypatch.setattr(sys, "argv", ["siam-dse", "sweep", "--storage", url])
    with pytest.raises(RunError, match=r"postgresql\+nothing://me:\*\*\*@localhost/db: ") as refused:
        sweep(network, space, trials=20, population=10, storage=url, name="a", results=tmp_path)
    assert "secret" not in str(refused.value)
    run = sweep(network, space, trials=20, population=10, name="b", results=tmp_path)
    run.update({"storage": without_password(url)})
    assert "secret" not in (run.path / "run.json").read_text()
    assert run.info["command"] == ["siam-dse", "sweep", "--storage", "postgresql+nothing://me:***@localhost/db"]
    with pytest.raises(InputError, match="the password is not kept; give the URL with it"):
        resume(run, trials=10)
    resume(run, trials=10, storage=run.own_storage_url)
    assert run.info["counts"]["trials"] == 30


# --- interruptions -----------------------------------------------------------------------------------------------


@pytest.fixture
def _answers_interrupts():
    """The suite may have been started by a shell that ignores interrupts for what runs in its background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_answers_interrupts")
@pytest.mark.slow
def test_the_first_interrupt_finishes_the_generation(tmp_path, network, space, journal):
    told = []

    def interrupt(progress):
        if progress.done == 20:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        sweep(network, space, trials=60, population=10, seed=5, name="a", results=tmp_path, progress=interrupt,
              on_interrupt=lambda: told.append(1), storage=journal)  # fmt: skip
    run = RunFolder.open("a", tmp_path)
    assert told == [1]
    assert run.status == "interrupted"
    assert run.info["counts"]["trials"] == 20
    assert len(stored_study(run).trials) == 20
    resume(run)  # what is missing of the 60
    whole = sweep(network, space, trials=60, population=10, seed=5, name="b", results=tmp_path,
                  storage=journal)  # fmt: skip
    assert_frame_equal(run.points().drop(columns="seconds"), whole.points().drop(columns="seconds"))
    assert run.status == "complete"
    with pytest.raises(InputError, match="has all 60 trials that were asked for; say how many more"):
        resume(run)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("_answers_interrupts")
@pytest.mark.slow
def test_the_second_interrupt_stops_at_once_and_loses_no_generation(tmp_path, network, space, monkeypatch, journal):
    original = problem_module.evaluate

    def slow(network, designs, *args, **kwargs):
        if len(RunFolder.open("a", tmp_path).points()):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
        return original(network, designs, *args, **kwargs)

    monkeypatch.setattr(problem_module, "evaluate", slow)
    with pytest.raises(KeyboardInterrupt):
        sweep(network, space, trials=60, population=10, name="a", results=tmp_path, storage=journal)
    run = RunFolder.open("a", tmp_path)
    assert run.status == "interrupted"
    assert len(run.points(duplicates=True)) == len(stored_study(run).trials) == 10


@pytest.mark.slow
def test_a_study_left_behind_is_completed_and_running_trials_are_failed(tmp_path, network, space, monkeypatch, journal):
    run = sweep(network, space, trials=20, population=10, results=tmp_path, storage=journal)
    with monkeypatch.context() as patch:  # a process that dies before the study is written
        patch.setattr("siam_dse.search.mirror.StudyMirror.write", lambda *_: os.kill(os.getpid(), signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            resume(run, trials=20)
    study = stored_study(run)
    with quiet():
        study.ask()  # another program that died
    assert len(study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))) == 20
    resume(run, trials=10)
    study = stored_study(run)
    states = [trial.state.name for trial in study.trials]
    assert states.count("COMPLETE") == len(run.points(duplicates=True)) == 40
    assert states.count("FAIL") == 1
    assert states.count("RUNNING") == 0


@pytest.mark.slow
def test_what_has_changed_is_shown_and_refused(tmp_path, network, space, monkeypatch, journal):
    run = sweep(network, space, trials=10, results=tmp_path, storage=journal)
    text = (run.path / "space.yaml").read_text()
    run.files.replace_text("space.yaml", text.replace("[4, 6, 8]", "[4, 6, 9]").replace("<= 120", "<= 130"))
    with pytest.raises(MismatchError) as caught:
        resume(run, trials=10)
    assert "space: axes.adc_bits: was 4, 6, 8, now 4, 6, 9" in str(caught.value)
    assert "space: constraints.tiles <= 130: new" in str(caught.value)
    (run.path / "space.yaml").write_text(text)
    monkeypatch.setattr("siam_dse.runs.fingerprint.MODEL_VERSION", "other")
    with pytest.raises(MismatchError, match=r"model: version: was .*, now other"):
        resume(run, trials=10)
    monkeypatch.undo()
    resume(run, trials=10)


@pytest.mark.slow
def test_an_error_of_the_study_ends_the_sweep_and_keeps_what_was_found(tmp_path, network, space, monkeypatch):
    def fault(*_):
        raise sqlite3.OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr("siam_dse.search.sqlite_rows.SqliteRows.add", fault)
        with pytest.raises(RunError, match="stayed locked by another program for 30 s; close it, then resume"):
            sweep(network, space, trials=30, population=10, name="a", results=tmp_path)
    run = RunFolder.open("a", tmp_path)
    assert run.status == "failed"
    assert len(run.points(duplicates=True)) == 10
    resume(run, trials=20)
    assert [trial.number for trial in stored_study(run).trials] == list(range(30))


@pytest.mark.slow
def test_a_damaged_study_is_refused_and_rewritten_when_moved_away(tmp_path, network, space):
    run = sweep(network, space, trials=20, population=10, results=tmp_path)
    (run.path / "study.db").write_bytes(b"this is no database, but it is long enough to look at" * 100)
    for leftover in run.path.glob("study.db-*"):
        leftover.unlink()
    with pytest.raises(RunError, match="is not an SQLite database, or is damaged; move it away and resume"):
        resume(run, trials=10)
    assert len(run.points(duplicates=True)) == 20
    (run.path / "study.db").rename(run.path / "old.db")
    resume(run, trials=10)
    assert len(stored_study(run).trials) == 30


@pytest.mark.slow
def test_a_foreign_study_is_refused(tmp_path, network, space):
    url = f"sqlite:///{tmp_path}/shared.db"
    sweep(network, space, trials=10, storage=url, name="a", results=tmp_path / "one")
    with pytest.raises(RunError, match="has an Optuna study 'a' that is not this run's"):
        sweep(network, space.with_profile("siam"), trials=10, storage=url, name="a", results=tmp_path / "two")
    with pytest.raises(RunError, match=r"has 10 complete trials of this run, points\.parquet has 0"):
        sweep(network, space, trials=10, storage=url, name="a", results=tmp_path / "three")


@pytest.mark.slow
def test_a_refused_storage_leaves_no_folder_and_a_run_as_it_was(tmp_path, network, space, journal):
    with pytest.raises(RunError, match=r"mysql\+nothing://x/d: cannot be used as an Optuna storage"):
        sweep(network, space, trials=10, storage="mysql+nothing://x/d", name="a", results=tmp_path)
    assert list(tmp_path.iterdir()) == []
    run = sweep(network, space, trials=10, storage=journal, name="a", results=tmp_path)  # the name is free
    before = content(run)
    with pytest.raises(RunError, match="cannot be used as an Optuna storage"):
        resume(run, trials=10, storage="mysql+nothing://x/d")
    assert content(run) == before
    resume(run, trials=10)


@pytest.mark.slow
def test_an_error_in_the_first_generation_leaves_no_folder(tmp_path, network, space, monkeypatch, journal):
    def fault(*_):
        raise InputError("model", "cannot")

    with monkeypatch.context() as patch:
        patch.setattr(problem_module, "evaluate", fault)
        with pytest.raises(InputError, match="model: cannot"):
            sweep(network, space, trials=10, storage=journal, name="a", results=tmp_path)
    assert RunFolder.all(tmp_path) == []
    sweep(network, space, trials=10, storage=journal, name="a", results=tmp_path)


# --- points that were removed ------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [0, 10])
@pytest.mark.slow
def test_points_that_were_removed_are_noticed_and_nothing_is_overwritten(tmp_path, network, space, left, journal):
    run = sweep(network, space, trials=30, population=15, results=tmp_path, storage=journal)
    kept = (run.path / "points.parquet").read_bytes()
    points = run.store.read()
    run.files.remove("points.parquet")
    run.store.append(points[:left], {}, fold=False)
    before = content(run)
    message = rf"points\.parquet: has {left} trials of the 30 that run\.json counts: .*; restore .* or start a new run"
    with pytest.raises(RunError, match=message):
        resume(run, trials=10)
    assert content(run) == before
    shutil.rmtree(run.store.parts_path, ignore_errors=True)
    run.files.replace("points.parquet", lambda new: new.write_bytes(kept))
    resume(run, trials=10)
    assert_frame_equal(run.store.read()[:30], points)


@pytest.mark.slow
def test_points_removed_from_a_run_that_counted_none_are_noticed_by_its_study(tmp_path, network, space):
    """A run killed in its first seconds has no counts in run.json yet."""
    run = sweep(network, space, trials=30, population=30, results=tmp_path)
    run.files.remove("points.parquet")
    run.update({"counts": None, "status": "running"})
    before = content(run)
    with pytest.raises(RunError, match=r"study\.db: has 30 complete trials .*, points\.parquet has 0; .* restore"):
        resume(run, trials=10)
    assert content(run) == before


# --- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_names_and_paths_of_network_and_space_are_loaded(tmp_path, space, journal):
    (tmp_path / "mine.yaml").write_text(space.text)
    run = sweep("vgg8", tmp_path / "mine.yaml", trials=10, storage=journal, results=tmp_path)
    assert run.network().name == "vgg8"
    assert run.space().axes == space.axes
    with pytest.raises(InputError, match="unknown network 'vgg88'; known: vgg8"):
        sweep("vgg88", "quick", results=tmp_path)
    with pytest.raises(InputError, match="unknown search space 'quik'; known: quick"):
        sweep("vgg8", "quik", results=tmp_path)
    with pytest.raises(InputError, match=r"network: must be a network, or the name or path of one, got None"):
        sweep(None, space, results=tmp_path)
    with pytest.raises(InputError, match=r"space: must be a search space, or the name or path of one, got 3 \(int\)"):
        sweep("vgg8", 3, results=tmp_path)


@pytest.mark.slow
def test_a_full_disk_is_one_clear_error_and_loses_nothing(tmp_path, network, space, monkeypatch, journal):
    run = sweep(network, space, trials=20, population=10, results=tmp_path, storage=journal)
    before = run.points(duplicates=True)
    original = os.fsync

    def full(handle):
        if "points" in str(Path(f"/proc/self/fd/{handle}").readlink()):
            raise OSError(28, "No space left on device")
        return original(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(RunError, match="the disk is full; free some space"):
            resume(run, trials=30)
    assert run.status == "failed"
    assert "disk is full" in run.info["error"]
    assert_frame_equal(run.points(duplicates=True), before)
    resume(run, trials=10)
    assert len(run.points(duplicates=True)) == 30


@pytest.mark.slow
def test_one_process_at_a_time(tmp_path, network, space, monkeypatch, journal):
    monkeypatch.setattr("siam_dse.search.sweep._LOCK_WAIT_S", 0.0)
    run = sweep(network, space, trials=10, results=tmp_path, storage=journal)
    with run_lock(run.path), pytest.raises(RunError, match="in use by process"):
        resume(run, trials=10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sampler": "nsga"}, "unknown sampler 'nsga'; known: nsga"),
        ({"trials": 0}, "must be at least 1, got 0"),
        ({"trials": 1.5}, "--trials: must be a whole number, got 1.5"),
        ({"seed": -1}, r"--seed: must lie in \[0, 2\^32 - 1\], got -1"),
        ({"seed": 2**32}, "--seed: must lie in"),
        ({"population": 1}, "must be at least 2, got 1"),
        ({"objectives": ["latency"]}, "unknown output column"),
    ],
)
def test_options_are_checked_before_a_folder_is_made(tmp_path, network, space, options, message):
    with pytest.raises(InputError, match=message):
        sweep(network, space, results=tmp_path, **options)
    assert list(tmp_path.iterdir()) == []


def test_gp_says_what_it_needs(tmp_path, network, space, monkeypatch):
    monkeypatch.setattr("siam_dse.search.samplers.find_spec", lambda _: None)
    with pytest.raises(InputError, match="gp needs torch"):
        sweep(network, space, sampler="gp", results=tmp_path)


@pytest.mark.slow
def test_a_resumed_run_costs_in_proportion_to_its_trials(tmp_path, network):
    """Calls of Python functions for 1,000 stored trials and for four times as many: four times as many at most."""
    large = space_of_text(
        "name: large\naxes:\n  crossbar_size: {low: 32, high: 512, step: 8}\n"
        "  tiles_per_chiplet: {low: 1, high: 100, step: 1}\n  n_chiplets: {low: 1, high: 100, step: 1}\n"
        "objectives: {tiles: minimise, utilisation: maximise}\n",
        "large.yaml",
    )
    calls = {}
    for trials in (1000, 4000):
        run = sweep(network, large, trials, sampler="random", name=f"run{trials}", results=tmp_path, population=500)
        with cProfile.Profile() as profile:
            resume(run, 1)
        calls[trials] = pstats.Stats(profile).total_calls
        assert run.info["counts"]["trials"] == trials + 1
    assert calls[4000] < 4 * calls[1000]
