"""Several processes on one study: each design once, numbers once, nothing running at the end, the owner takes it in."""

import contextlib
import itertools
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np
import optuna
import pytest
import sqlalchemy
from numpy.testing import assert_array_equal
from optuna.trial import TrialState
from pandas.testing import assert_frame_equal

from siam_dse.core.errors import InputError, RunError
from siam_dse.runs.fingerprint import digest
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.lock import run_lock
from siam_dse.runs.spaces import space_of_text
from siam_dse.search import alive
from siam_dse.search import work as work_module
from siam_dse.search.given import check_fingerprint
from siam_dse.search.quiet import quiet
from siam_dse.search.restore import restore
from siam_dse.search.shared import SharedStudy
from siam_dse.search.storage import let_go, open_storage
from siam_dse.search.sweep import resume, sweep
from siam_dse.search.work import work

pytestmark = pytest.mark.usefixtures("stub")
POSTGRESQL = "postgresql+psycopg://postgres@127.0.0.1:5432/test"
MARIADB = "mysql+pymysql://root@127.0.0.1:3306/test"
BEAT_S, GRACE_S = 1, 4
CODE = """
import sys, time
sys.path.insert(0, STUB)
import stub_model
from siam_dse.search import alive, problem, work
def evaluate(network, designs):
    time.sleep(0.2)
    return stub_model.evaluate(network, designs)
problem.evaluate = evaluate
alive.HEARTBEAT_S, alive.GRACE_S = BEAT_S, GRACE_S
done = work.work(sys.argv[1], int(sys.argv[2]), sys.argv[3])
print(done.own, done.complete, done.lost, flush=True)
"""


@pytest.fixture
def run(tmp_path, network, space):
    return sweep(network, space, 20, "nsga2", name="a", results=tmp_path, population=10, seed=3)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(alive, "HEARTBEAT_S", BEAT_S)
    monkeypatch.setattr(alive, "GRACE_S", GRACE_S)


def trials_of(url, name):
    with quiet():
        storage = open_storage(url)
        try:
            return optuna.load_study(study_name=name, storage=storage).trials
        finally:
            let_go(storage)


def shared_study(run, worker):
    problem = check_fingerprint(run)
    return SharedStudy(problem, run.storage_url(), run.study_name, digest(run.info["fingerprint"]), worker)


def check_shared(url, run, target):
    """Numbers once, the asked number complete, no design twice, nothing running or waiting."""
    trials = trials_of(url, run.study_name)
    assert [trial.number for trial in trials] == list(range(len(trials)))
    states = Counter(trial.state for trial in trials)
    assert set(states) <= {TrialState.COMPLETE, TrialState.FAIL}
    assert states[TrialState.COMPLETE] == target
    designs = Counter(tuple(trial.params.values()) for trial in trials if trial.state == TrialState.COMPLETE)
    assert max(designs.values()) == 1
    return trials


@pytest.mark.parametrize(
    "sampler", ["nsga2", *(pytest.param(name, marks=pytest.mark.slow) for name in ("random", "qmc", "tpe", "nsga3"))]
)
def test_a_worker_adds_trials_that_the_owner_takes_in(tmp_path, network, space, sampler):
    run = sweep(network, space, 20, sampler, name="a", results=tmp_path, population=10, seed=3)
    before = run.points(duplicates=True)
    n = int((before["duplicate_of"] < 0).sum())
    done = work(run, 25)
    assert (done.own, done.complete, done.target, done.lost) == (25, 45, 45, 0)
    assert work(run, 25).own == 0
    assert run.info["counts"]["trials"] == 20
    trials = trials_of(run.own_storage_url, "a")
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 45
    resume(run)
    points = run.points(duplicates=True)
    assert_frame_equal(points.iloc[:20], before)
    assert_array_equal(points["trial"], np.arange(45))
    assert (points["duplicate_of"][20:] == -1).all()
    assert run.info["counts"]["evaluated"] == n + 25
    assert_array_equal(points[list(run.objectives)].to_numpy(), [trial.values for trial in trials])
    assert (run.status, run.info["target"]) == ("complete", 45)
    with pytest.raises(InputError, match="has all 45 trials that were asked for"):
        resume(run)
    resume(run, 15)
    assert len(trials_of(run.own_storage_url, "a")) == 60


@pytest.mark.slow
def test_a_run_goes_on_alike_after_workers_however_often_it_is_broken_off(tmp_path, run):
    """The sampler learns what workers found, also of a generation that was begun."""
    resume(run, 4)  # of a generation of ten
    work(run, 13)
    again = restore(run.own_storage_url, tmp_path / "again")  # a repeated search does not ask for a worker's designs
    assert len(again.points(duplicates=True)) == 24 + 13
    resume(run, 10)
    resume(run, 3)
    resume(run, 17)
    resume(again, 30)
    columns = [name for name in run.points() if name not in ("seconds", "generation")]
    own, other = run.points(columns, duplicates=True), again.points(columns, duplicates=True)
    assert_frame_equal(own[:37], other[:37])
    assert len(own) == len(other) == 67


def test_of_two_workers_that_offer_the_same_designs_one_gets_them(run):
    """32 free designs, room for 12: the second worker gets those that the first has not, up to what was asked for."""
    one, two = shared_study(run, "one"), shared_study(run, "two")
    try:
        one.aim(32)
        two.aim(30)  # less than another asked for
        one.look()
        levels = np.asarray([row for row in itertools.product(range(5), range(3), [0], [1, 2], [0])
                             if np.asarray(row).tobytes() not in one.taken])  # fmt: skip
        notes = [{}] * len(levels)
        seen, claim = one.begin(levels[:8], notes[:8])
        assert (seen.room, claim.rows) == (12, list(range(8)))
        seen, claim = two.begin(levels, notes)
        assert (seen.running, seen.room) == (8, 4)
        assert claim.rows == [8, 9, 10, 11]
        assert one.begin(levels[20:], notes[20:])[1].ids == []
        assert two.look().complete == 20
        one.give_up(claim.ids)
        assert two.look().room == 4
        assert two.tell(claim.ids, seen.scores.take(slice(4))) == 4  # marked failed by another
    finally:
        one.close()
        two.close()


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_a_dead_workers_trials_are_failed_and_a_live_ones_are_not(run, network):
    one, two = shared_study(run, "one"), shared_study(run, "two")
    try:
        one.aim(40)
        one.look()
        fresh = np.asarray([[4, 2, 3, 5, level] for level in range(3)])
        _, claim = one.begin(fresh, [{}] * 3)
        ids = claim.ids
        assert len(ids) >= 2
        with pytest.raises(RunError, match=r"workers are evaluating trials of this run \(one\); wait for them or stop"):
            resume(run)
        assert run.status == "complete"
        one._heart.stop(ids[0])  # as if its worker had died
        time.sleep(GRACE_S + 1.5)
        two.bury()
        assert two.look().running == len(ids) - 1
        one.give_up(ids[1:])
    finally:
        one.close()
        two.close()
    resume(run, 5)
    states = Counter(trial.state for trial in trials_of(run.own_storage_url, "a"))
    assert states == {TrialState.COMPLETE: 25, TrialState.FAIL: len(ids)}


@pytest.mark.slow
def test_a_worker_ends_where_every_design_is_evaluated(tmp_path, network):
    """15 designs; 8 trials of a random sampler leave at least 7."""
    small = space_of_text("name: few\naxes: {crossbar_size: [64, 96, 128, 192, 256], adc_bits: [5, 6, 7]}\n"
                          "objectives: {tiles: minimise, utilisation: maximise}\n", "few.yaml")  # fmt: skip
    run = sweep(network, small, 8, "random", name="a", results=tmp_path, population=4)
    known = run.info["counts"]["evaluated"]
    done = work(run, 100)
    assert done.own == 15 - known
    resume(run)
    assert run.info["counts"]["evaluated"] == 15
    assert "which have all 15 designs of the space" in run.info["ended"]


@pytest.mark.slow
def test_a_worker_without_the_runs_folder_has_all_it_needs_in_the_database(tmp_path, run):
    work(run, 5)
    run.path.rename(tmp_path / "away")
    url = f"sqlite:///{tmp_path / 'away' / 'study.db'}"
    run = RunFolder.open(tmp_path / "away")
    shared = shared_study(run, "owner")
    shared.aim(31)
    shared.close()
    done = work(storage=url)
    assert (done.own, done.complete) == (6, 31)
    with pytest.raises(InputError, match="without RUN it takes --storage"):
        work(storage=url, trials=5)
    with pytest.raises(InputError, match="--study: 'x' is not in this storage; it has a"):
        work(storage=url, study="x")


@pytest.mark.slow
def test_what_workers_cannot_work_on_is_refused(tmp_path, run, network, space):
    with run_lock(run.path), pytest.raises(RunError, match="a search is at work on this run"):
        work(run, 5)
    with pytest.raises(RunError, match="has no study 'a'; 'siam-dse resume RUN --storage URL' brings"):
        work(run, 5, f"sqlite:///{tmp_path}/other.db")
    assert not (tmp_path / "other.db").exists()
    archive = sweep(network, space, sampler="archive", evaluations=100, name="b", results=tmp_path)
    with pytest.raises(InputError, match=r"works on runs of the samplers nsga2.*--scheduler"):
        work(archive, 5)
    journal = sweep(network, space, 10, "random", str(tmp_path / "s.journal"), name="c", results=tmp_path, population=5)
    with pytest.raises(InputError, match="workers share a study on PostgreSQL, MySQL, MariaDB or SQLite"):
        work(journal, 5)
    timed = sweep(network, space, None, "random", name="d", results=tmp_path, time_s=0.01, population=5)
    with pytest.raises(InputError, match="was not asked for a number of trials"):
        work(timed)


def test_an_interrupted_worker_leaves_nothing_running(run, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(work_module.Problem, "evaluate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        work(run, 10)
    states = Counter(trial.state for trial in trials_of(run.own_storage_url, "a"))
    assert states == {TrialState.COMPLETE: 20, TrialState.FAIL: 10}


@contextlib.contextmanager
def study_on(url, tmp_path, network, space):
    """A run whose study is on a server, and is gone afterwards; skipped where there is no server."""
    made = sqlalchemy.make_url(url)
    pytest.importorskip(made.drivername.partition("+")[2])
    with closing(socket.socket()) as probe:
        if probe.connect_ex((made.host, made.port)):
            pytest.skip(f"no database server at {made.host}:{made.port}")
    name = f"siam-dse-work-{os.getpid()}"
    try:
        run = sweep(network, space, 20, "nsga2", url, name=name, results=tmp_path, population=10, seed=3)
    except RunError as error:  # whatever keeps a stranger's server from letting us in
        pytest.skip(f"the database server at {made.host}:{made.port} has no database for tests ({error})")
    try:
        yield run
    finally:
        with quiet():
            storage = open_storage(url)
            optuna.delete_study(study_name=name, storage=storage)
            let_go(storage)


@contextlib.contextmanager
def workers(n, run, trials, url):
    """Workers, which do not outlive the test."""
    code = CODE.replace("STUB", repr(str(Path(__file__).parent))).replace("BEAT_S, GRACE_S\n", f"{BEAT_S}, {GRACE_S}\n")
    command = [sys.executable, "-c", code, str(run.path), str(trials), url]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(n)]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def killed_at_work(victims, url, run, others=()):
    """Kill processes while they evaluate trials; wait for others to have begun some."""
    left = {f"{platform.node()}:{process.pid}": process for process in victims}
    awaited = {f"{platform.node()}:{process.pid}" for process in others}
    until = time.monotonic() + 120
    while left or awaited:
        assert time.monotonic() < until, "no worker was seen at work"
        for trial in trials_of(url, run.study_name):
            worker = trial.user_attrs.get("worker")
            awaited.discard(worker)
            if trial.state == TrialState.RUNNING and (found := left.pop(worker, None)):
                found.send_signal(signal.SIGKILL)


def cut_off(url):
    """End the connections that workers have, as a server that is started anew does."""
    engine = sqlalchemy.create_engine(sqlalchemy.make_url(url).set(query={}), poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        name = sqlalchemy.make_url(url).query["application_name"]
        select = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = :name"
        return connection.execute(sqlalchemy.text(select), {"name": name}).scalar()


def told(processes):
    """Own, complete and lost trials that workers told of."""
    out = []
    for process in processes:
        stdout, stderr = process.communicate(timeout=240)
        assert process.returncode == 0, stderr
        out.append([int(word) for word in stdout.split()])
    return np.asarray(out)


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_eight_workers_on_postgresql_of_which_two_are_killed_and_all_are_cut_off(tmp_path, network, space):
    url = f"{POSTGRESQL}?application_name=siam-dse-test-{os.getpid()}"
    with study_on(url, tmp_path, network, space) as run, workers(8, run, 180, url) as started:
        killed_at_work(started[:2], url, run)
        assert cut_off(url) > 0
        counts = told(started[2:])
        trials = check_shared(url, run, 200)
        assert [process.wait() for process in started[:2]] == [-signal.SIGKILL] * 2
        failed = [trial for trial in trials if trial.state == TrialState.FAIL]
        names = {f"{platform.node()}:{process.pid}" for process in started[:2]}
        assert names <= {trial.user_attrs["worker"] for trial in failed}
        assert counts[:, 0].sum() <= 180
        assert (counts[:, 1] == 200).all()
        resume(run, storage=url)
        assert run.info["counts"]["trials"] == 200
        assert run.status == "complete"


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("url", [MARIADB, "sqlite"])
def test_workers_on_mariadb_and_sqlite_of_which_one_is_killed(tmp_path, network, space, url):
    url = f"sqlite:///{tmp_path}/study.db" if url == "sqlite" else url
    kept = contextlib.nullcontext(None) if url.startswith("sqlite") else study_on(url, tmp_path, network, space)
    with kept as run:
        run = run or sweep(network, space, 20, "nsga2", url, name="a", results=tmp_path, population=10, seed=3)
        with workers(3, run, 80, url) as started:
            killed_at_work(started[:1], url, run)
            told(started[1:])
        check_shared(url, run, 100)
        resume(run, storage=url)
        assert run.info["counts"]["trials"] == 100
