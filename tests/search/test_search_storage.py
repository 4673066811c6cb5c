"""The run's database: moved, renamed, damaged, hanging, or all that is left."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from types import SimpleNamespace

import optuna
import pytest
from pandas.testing import assert_frame_equal

from siam_dse.core.errors import InputError, RunError
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import space_of_text
from siam_dse.search import archive
from siam_dse.search import restore as restore_module
from siam_dse.search.described import Description
from siam_dse.search.enumeration import resume_enumeration
from siam_dse.search.patience import OneThread
from siam_dse.search.quiet import quiet
from siam_dse.search.restore import remade, restore
from siam_dse.search.storage import let_go, open_storage, storage_errors
from siam_dse.search.sweep import resume, sweep

pytestmark = pytest.mark.usefixtures("stub")
SERVERS = {
    "postgresql+psycopg://postgres@127.0.0.1:5432/test": ("psycopg", 5432),
    "mysql+pymysql://root@127.0.0.1:3306/test": ("pymysql", 3306),
}


def trials_of(run):
    with quiet():
        storage = open_storage(run.storage_url())
        try:
            return optuna.load_study(study_name=run.study_name, storage=storage).trials
        finally:
            let_go(storage)


def same_points(one, two):
    columns = [name for name in one.points() if name != "seconds"]
    assert_frame_equal(one.points(columns, duplicates=True), two.points(columns, duplicates=True))


@pytest.fixture(params=SERVERS)
def server(request):
    """A database server on this machine, without the studies of earlier tests; skipped where there is none."""
    module, port = SERVERS[request.param]
    pytest.importorskip(module)
    with closing(socket.socket()) as probe:
        if probe.connect_ex(("127.0.0.1", port)):
            pytest.skip(f"no database server at 127.0.0.1:{port}")
    with quiet():
        try:
            storage = open_storage(request.param)
        except Exception as error:  # whatever keeps a stranger's server from letting us in
            pytest.skip(f"the database server at 127.0.0.1:{port} has no database for tests ({error})")
        name = f"siam-dse-test-{os.getpid()}"
        yield request.param, name
        for study in optuna.get_all_study_names(storage):
            if study.startswith(name):
                optuna.delete_study(study_name=study, storage=storage)
        let_go(storage)


@pytest.mark.slow
def test_a_relative_database_stays_where_it_is_when_the_run_is_renamed(tmp_path, network, space, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = sweep(network, space, 20, "random", storage="sqlite:///mine.db", name="a", population=10)
    assert run.info["storage"] == "sqlite:///../../mine.db"
    (tmp_path / "results" / "a").rename(tmp_path / "results" / "b")
    monkeypatch.chdir(tmp_path / "results")
    run = resume("b", 10, results=".")
    assert [path.name for path in tmp_path.rglob("*.db")] == ["mine.db"]
    assert (run.name, run.study_name, len(trials_of(run))) == ("b", "a", 30)
    (tmp_path / "mine.db").unlink()
    with pytest.raises(RunError, match=r"mine\.db: the run's Optuna study is not there; was it moved"):
        resume("b", 10, results=".")
    resume("b", 10, results=".", storage=str(tmp_path / "new.journal"))
    assert len(trials_of(run)) == 40


@pytest.mark.slow
def test_a_sweep_is_made_anew_from_its_database_and_goes_on_as_if_nothing_had_happened(tmp_path, network, space):
    journal = str(tmp_path / "s.journal")
    lost = sweep(network, space, 35, "nsga2", storage=journal, name="lost", results=tmp_path, population=10, seed=4)
    again = restore(journal, tmp_path / "elsewhere" / "again")
    assert (again.name, again.study_name, again.status) == ("again", "lost", "interrupted")
    same_points(again, lost)
    assert_frame_equal(again.front(), lost.front())
    resume(again, 25)
    whole = sweep(network, space, 60, "nsga2", name="whole", results=tmp_path, population=10, seed=4)
    same_points(again, whole)
    assert len(trials_of(again)) == 60
    with pytest.raises(RunError, match="this run exists"):
        restore(journal, tmp_path / "elsewhere" / "again")
    with pytest.raises(InputError, match="--study: 'x' is not in this storage; it has lost"):
        restore(journal, tmp_path / "third", "x")
    with pytest.raises(InputError, match="there is no such file"):
        restore(f"sqlite:///{tmp_path}/none.db", tmp_path / "third")
    assert not (tmp_path / "third").exists()


@pytest.mark.slow
def test_trials_that_a_repeated_search_does_not_ask_for_are_taken_as_they_are(tmp_path, network, space):
    sampler = optuna.samplers.RandomSampler(seed=99)
    lost = sweep(network, space, 30, sampler, name="lost", results=tmp_path, population=10)
    again = restore(lost.own_storage_url, tmp_path / "again")
    assert again.info["storage"] is None  # a study of its own, not the lost run's
    columns = [name for name in lost.points() if name not in ("seconds", "generation")]
    assert_frame_equal(again.points(columns), lost.points(columns))
    resume(again, 5, sampler=sampler)
    assert len(trials_of(again)) == 35


@pytest.mark.slow
def test_an_archive_search_goes_on_from_the_front_that_its_database_has(tmp_path, network, space, monkeypatch):
    monkeypatch.setattr(archive, "GENERATION", 200)
    lost = sweep(network, space, sampler="archive", evaluations=400, name="lost", results=tmp_path, seed=2)
    again = restore(lost.own_storage_url, tmp_path / "again")
    objectives = list(lost.objectives)
    front = lost.front()[objectives].sort_values(objectives, ignore_index=True)
    assert_frame_equal(again.front()[objectives].sort_values(objectives, ignore_index=True), front)
    assert len(again.start()) == len(front)
    resume(again, evaluations=300)
    assert again.info["counts"]["evaluated"] == 300


@pytest.mark.slow
def test_a_study_that_was_changed_or_describes_no_run_makes_none(tmp_path, network, space, monkeypatch):
    lost = sweep(network, space, 20, "random", name="lost", results=tmp_path, population=10)
    url = lost.own_storage_url
    with monkeypatch.context() as patched:
        patched.setattr(restore_module, "described", lambda _: None)
        with pytest.raises(RunError, match="does not describe a run"):
            restore(url, tmp_path / "again")
    with quiet():
        study = optuna.load_study(study_name="lost", storage=open_storage(url))
        trial = study.trials[3]
        study.add_trial(optuna.create_trial(params=trial.params, distributions=trial.distributions, values=[1.0, 2, 3]))
    with pytest.raises(RunError, match="trial 20 has other figures in the study than today's model"):
        restore(url, tmp_path / "again")
    assert not (tmp_path / "again").exists()


@pytest.mark.slow
def test_a_journal_with_a_damaged_line_gets_the_remedy_and_the_remedy_works(tmp_path, network, space):
    journal = tmp_path / "s.journal"
    run = sweep(network, space, 20, "random", storage=str(journal), name="a", results=tmp_path, population=10)
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join([*lines[:5], lines[5][:20] + lines[5][30:], *lines[6:]]))
    with pytest.raises(RunError, match=r"s\.journal: has a damaged line; move it away and resume with --storage"):
        resume(run, 10)
    journal.rename(tmp_path / "away")
    resume(run, 10, storage=str(journal))
    assert len(trials_of(run)) == 30


@pytest.mark.slow
def test_a_journal_whose_last_line_was_cut_is_added_to(tmp_path, network, space):
    journal = tmp_path / "s.journal"
    run = sweep(network, space, 20, "random", storage=str(journal), name="a", results=tmp_path, population=10)
    content = journal.read_bytes()
    journal.write_bytes(content[:-30])
    resume(run, 10)
    assert len(trials_of(run)) == 30


@pytest.mark.slow
def test_a_server_keeps_the_study_of_a_run_and_gives_it_back(tmp_path, network, space, server):
    url, name = server
    run = sweep(network, space, 30, "nsga2", storage=url, name=name, results=tmp_path, population=10)
    resume(run, 10)
    assert len(trials_of(run)) == 40
    again = restore(url, tmp_path / "again", name)
    same_points(again, run)
    resume(again, 10)
    assert len(trials_of(again)) == 50
    with pytest.raises(RunError, match=r"has 50 complete trials of this run, points\.parquet has 40"):
        resume(run, 10)


def test_a_call_that_hangs_is_left_to_itself():
    thread = OneThread()
    assert thread.run(max, 1, 2) == 2
    with pytest.raises(ZeroDivisionError):
        thread.run(lambda: 1 / 0)
    before = signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            thread.run(time.sleep, 3)
        assert time.monotonic() - started < 2
    finally:
        signal.signal(signal.SIGALRM, before)
    assert thread.is_hung
    thread.end()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_interrupts_are_answered_while_a_database_hangs(tmp_path, space, number):
    pytest.importorskip("psycopg")
    (tmp_path / "space.yaml").write_text(space.text)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"postgresql+psycopg://me@127.0.0.1:{silent.getsockname()[1]}/x"
        code = (
            "import signal, sys\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
            "from siam_dse.cli import main\nmain()"
        )
        words = ["sweep", "vgg8", "--space", "space.yaml", "--sampler", "random", "--trials", "10", "--storage", url]
        with subprocess.Popen(
            [sys.executable, "-c", code, *words, "--name", "a"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
        ) as process:
            connection, _ = silent.accept()
            with connection:
                process.send_signal(number)
                told = process.stderr.readline()
                while "again" not in told and told:
                    told = process.stderr.readline()
                process.send_signal(number)
                assert process.wait(20) == 130
    assert RunFolder.open("a", tmp_path / "results").status == "interrupted"


@pytest.mark.slow
def test_a_sweep_that_has_tried_the_whole_space_says_so(tmp_path, network):
    small = space_of_text("name: six\naxes: {crossbar_size: [64, 128], adc_bits: [5, 6, 7]}\n"
                          "objectives: {tiles: minimise}\n", "six.yaml")  # fmt: skip
    run = sweep(network, small, 300, "random", results=tmp_path, population=10)
    done = run.info["counts"]["trials"]
    assert (
        run.info["ended"]
        == f"after {done} of 300 trials, which have all 6 designs of the space ({done - 6} repeat one)"
    )


@pytest.mark.slow
def test_lost_tables_of_a_complete_run_are_written_anew(tmp_path, network, space, monkeypatch):
    monkeypatch.setattr(archive, "GENERATION", 200)
    for options in ({"sampler": "random", "trials": 20, "population": 10}, {"sampler": "archive", "evaluations": 300},
                    {"trials": 30}):  # fmt: skip
        run = sweep(network, space, results=tmp_path, **options)
        front, history = run.front(), run.history()
        for name in ("pareto.csv", "history.csv"):
            if (run.path / name).exists():
                (run.path / name).write_text("damaged")
        again = resume_enumeration(run) if run.kind == "enumerate" else resume(run)
        assert_frame_equal(again.front(), front)
        assert len(again.history()) == len(history)
        assert again.status == "complete"


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("sqlite:///nowhere/x.db", "there is no folder 'nowhere'; make it, or give another --storage"),
        ("nowhere/x.journal", "there is no folder 'nowhere'; make it"),
        ("postgresql://u:secret@[::1", r"u:\*\*\*@\[::1: is no URL"),
    ],
)
def test_a_storage_that_cannot_be_says_what_to_do(url, remedy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError, match=remedy):
        open_storage(url)


def test_an_empty_storage_is_not_left_aside(tmp_path, network, space):
    with pytest.raises(InputError, match="is no storage; write sqlite:///FILE"):
        sweep(network, space, 20, "random", storage="", name="a", results=tmp_path)


def test_a_file_without_studies_is_read_and_left_as_it_is(tmp_path):
    """Optuna would write its tables into it."""
    empty, other = tmp_path / "empty.csv", tmp_path / "other.db"
    empty.touch()
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE mine (x)")
    before = other.read_bytes()
    for path in (empty, other):
        with pytest.raises(InputError, match=f"{path.name}: holds no Optuna study; check the path"):
            restore(f"sqlite:///{path}", tmp_path / "again")
    assert (empty.read_bytes(), other.read_bytes()) == (b"", before)


@pytest.mark.parametrize(
    ("into", "message"),
    [
        ("a\nb", "has the character U[+]000A"),
        ("deep/.hid", "--into: 'deep/.hid': must end in a plain folder name"),
        ("..", "--into: '..': must end in a plain folder name"),
        ("/", "must end in a plain folder name"),
        ("-x", "must end in a plain folder name"),
        ("x" * 300, "has 300 letters"),
    ],
)
def test_a_run_is_not_made_anew_under_a_name_that_no_run_may_have(into, message):
    with pytest.raises(InputError, match=message):
        restore("sqlite:///not_looked_at.db", into)


def test_a_run_is_not_made_anew_where_a_file_is(tmp_path):
    (tmp_path / "file").touch()
    description = Description({}, {})
    with pytest.raises(RunError, match=r"file: a file is where a folder would be \(File exists\); move it away"):
        remade(description, tmp_path / "file" / "a", "a", "sqlite:///a.db")
    with pytest.raises(RunError, match="file: is a file; move it away, or give another --into"):
        remade(description, tmp_path / "file", "a", "sqlite:///a.db")


@pytest.mark.parametrize("name", ["a.db", "a.journal"])
def test_of_a_damaged_storage_without_a_run_nothing_is_written_anew(tmp_path, name):
    (tmp_path / name).write_text("no study\n" * 1000)
    url = f"sqlite:///{tmp_path}/{name}" if name.endswith(".db") else str(tmp_path / name)
    with pytest.raises(RunError, match="take a copy of it that is whole; of this one no run can be made anew") as told:
        restore(url, tmp_path / "again")
    assert "points.parquet" not in str(told.value)


@pytest.mark.parametrize(("free", "words"), [(4096, r"the disk is full \(.*\); free some space"),
                                             (1 << 30, r"cannot be read or written \(disk I/O error\)")])  # fmt: skip
def test_a_full_disk_is_told_from_a_failing_one(tmp_path, monkeypatch, free, words):
    """SQLite says no more than disk I/O error where its index of the log finds no room."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(RunError, match=words), storage_errors(f"sqlite:///{tmp_path}/a.db"):
        raise sqlite3.OperationalError("disk I/O error")


def test_what_is_no_plain_file_holds_no_study(tmp_path):
    for path, kind in ((tmp_path, "a folder"), ("/dev/null", "no plain file")):
        with pytest.raises(RunError, match=f"is {kind}; give the path of a file as --storage"):
            open_storage(f"sqlite:///{path}")
