"""Searches whose server is killed and started again: every number once, nothing running, a clear line at the end."""

import contextlib
import signal
import threading
import time
from collections import Counter

import pytest
from database_servers import server_of
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from pandas.testing import assert_frame_equal
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from test_search_work import check_shared, killed_at_work, told, trials_of, workers

from siam_dse.core.errors import RunError
from siam_dse.runs.folder import RunFolder
from siam_dse.search import alive, away, shared
from siam_dse.search.archive_session import ArchiveSession
from siam_dse.search.mirror import StudyMirror
from siam_dse.search.sweep import resume, sweep
from siam_dse.search.work import work

pytestmark = [pytest.mark.usefixtures("stub"), pytest.mark.slow]
DOWN_S = 3.0


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request):
    with server_of(request.param) as started:
        yield started


@pytest.mark.parametrize("n", [8])
def test_workers_outlive_a_server_that_is_killed(tmp_path, network, space, server, n, monkeypatch):
    """Two of eight are killed, then the server, which is away for three seconds."""
    monkeypatch.setattr(alive, "HEARTBEAT_S", 1)
    monkeypatch.setattr(alive, "GRACE_S", 4)
    run = sweep(network, space, 20, "nsga2", server.url, name="a", results=tmp_path, population=10, seed=3)
    with workers(n, run, 180, server.url) as started:
        killed_at_work(started[:2], server.url, run, started[2:])
        server.stop()
        time.sleep(DOWN_S)
        server.start()
        counts = told(started[2:])
        assert [process.wait() for process in started[:2]] == [-signal.SIGKILL] * 2
    check_shared(server.url, run, 200)
    assert counts[:, 0].sum() <= 180
    assert (counts[:, 1] == 200).all()
    resume(run, storage=server.url)
    assert (run.info["counts"]["trials"], run.status) == (200, "complete")


def test_a_worker_whose_server_stays_away_says_so(tmp_path, network, space, server, monkeypatch):
    run = sweep(network, space, 20, "nsga2", server.url, name="a", results=tmp_path, population=10, seed=3)
    monkeypatch.setattr(away, "AWAY_S", 1.0)
    evaluate = shared.SharedStudy.begin

    def gone(*args):
        claimed = evaluate(*args)
        server.stop()
        return claimed

    monkeypatch.setattr(shared.SharedStudy, "begin", gone)
    with pytest.raises(RunError, match="did not answer for 1 s") as caught:
        work(run, 10, server.url)
    assert "\n" not in str(caught.value)
    server.start()
    monkeypatch.undo()
    states = Counter(trial.state.name for trial in trials_of(server.url, run.study_name))
    assert states == {"COMPLETE": 20, "RUNNING": 10}


@contextlib.contextmanager
def stopped_in(server, monkeypatch, number, down_s=DOWN_S):
    """Stop the server after half of the trials of the write with this number, and start it again ``down_s`` later."""
    add, calls = StudyMirror._add, []

    def stopping(mirror, trials):
        calls.append(len(trials))
        if len(calls) != number:
            return add(mirror, trials)
        half = len(trials) // 2
        mirror.study.add_trials(trials[:half])
        server.stop()
        threading.Timer(down_s, server.start).start()
        mirror._in_doubt = True
        return add(mirror, trials)

    monkeypatch.setattr(StudyMirror, "_add", stopping)
    yield
    assert len(calls) > number


def check_once(url, run):
    """Each of the run's trials is complete in the study once, in their order."""
    trials = [trial for trial in trials_of(url, run.study_name) if trial.state == TrialState.COMPLETE]
    points = run.points(duplicates=True)
    assert [trial.values for trial in trials] == points[list(run.objectives)].to_numpy().tolist()


def test_a_sweep_outlives_a_server_that_is_killed(tmp_path, network, space, server, monkeypatch):
    """Half of a generation is in the study already when the server dies."""
    with stopped_in(server, monkeypatch, 3):
        run = sweep(network, space, 60, "nsga2", server.url, name="a", results=tmp_path, population=10, seed=3)
    whole = sweep(network, space, 60, "nsga2", name="whole", results=tmp_path, population=10, seed=3)
    columns = [name for name in whole.points() if name != "seconds"]
    assert_frame_equal(run.points(columns, duplicates=True), whole.points(columns, duplicates=True))
    assert run.status == "complete"
    check_once(server.url, run)


def test_a_trial_whose_answer_was_lost_is_complete_once(tmp_path, network, space, server, monkeypatch):
    """Optuna adds it again; the copy is marked failed."""
    add, lost = RDBStorage._create_new_trial, []

    def twice(storage, study_id, template_trial=None):
        if template_trial is not None and not lost:
            lost.append(add(storage, study_id, template_trial))
            with contextlib.suppress(SQLAlchemyError), storage.engine.connect() as connection:
                connection.execute(text("SELECT what FROM nowhere"))  # an error that the mirror hears of
        return add(storage, study_id, template_trial)

    monkeypatch.setattr(RDBStorage, "_create_new_trial", twice)
    run = sweep(network, space, 20, "random", server.url, name="a", results=tmp_path, population=10, seed=3)
    states = Counter(trial.state.name for trial in trials_of(server.url, run.study_name))
    assert states == {"COMPLETE": 20, "FAIL": 1}
    check_once(server.url, run)


def test_an_archive_search_waits_for_its_server_to_leave_its_study_there(tmp_path, network, space, server, monkeypatch):
    """The server dies while the search runs, and comes back when the study is written."""
    finish = ArchiveSession._finish

    def stopped(session, status):
        server.stop()
        threading.Timer(DOWN_S, server.start).start()
        finish(session, status)

    monkeypatch.setattr(ArchiveSession, "_finish", stopped)
    run = sweep(network, space, None, "archive", server.url, name="a", results=tmp_path, evaluations=300, seed=3)
    assert run.status == "complete"
    assert len(trials_of(server.url, run.study_name)) == run.info["counts"]["trials"]


@pytest.mark.parametrize("sampler", ["nsga2", "archive"])
def test_a_sweep_whose_server_stays_away_says_how_to_go_on(tmp_path, network, space, server, sampler, monkeypatch):
    monkeypatch.setattr(away, "AWAY_S", 1.0)
    budget = {"trials": 60} if sampler == "nsga2" else {"evaluations": 300}
    options = {"sampler": sampler, "population": 10, "seed": 3, **budget}
    write = StudyMirror.write

    def gone(mirror, *given):
        if sampler == "archive" or mirror._known == 20:
            server.stop()
        write(mirror, *given)

    results = tmp_path / "two words"
    with monkeypatch.context() as patch:
        patch.setattr(StudyMirror, "write", gone)
        with pytest.raises(RunError, match="did not answer for 1 s") as caught:
            sweep(network, space, storage=server.url, name="a", results=results, **options)
    assert "\n" not in str(caught.value)
    assert f"start the server, then \"siam-dse resume '{results / 'a'}'\"" in str(caught.value)
    run = RunFolder.open("a", results)
    assert run.status in ("failed", "interrupted")
    server.start()
    resume(run) if sampler == "archive" else resume(run, 60 - run.info["counts"]["trials"])
    whole = sweep(network, space, name="whole", results=tmp_path, **options)
    columns = [name for name in whole.points() if name != "seconds"]
    assert_frame_equal(run.points(columns, duplicates=True), whole.points(columns, duplicates=True))
    assert run.status == "complete"
    check_once(server.url, run) if sampler == "nsga2" else None
