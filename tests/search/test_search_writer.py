"""The study written by a process of its own: the same study, the same errors, nothing left running."""

import optuna
import pytest

from siam_dse.core.errors import RunError
from siam_dse.runs.folder import RunFolder
from siam_dse.search.quiet import quiet
from siam_dse.search.storage import StudyShape, open_storage
from siam_dse.search.sweep import resume, sweep
from siam_dse.search.writer import WriterProcess

pytestmark = pytest.mark.usefixtures("stub")


@pytest.fixture(autouse=True)
def apart(monkeypatch):
    monkeypatch.setattr("siam_dse.search.session._WORTH_A_PROCESS", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)


@pytest.mark.slow
def test_every_trial_arrives_in_its_order(tmp_path, network, space):
    run = sweep(network, space, trials=60, population=10, results=tmp_path)
    with quiet():
        study = optuna.load_study(study_name=run.name, storage=open_storage(run.storage_url()))
    points = run.points(duplicates=True)
    assert [trial.values for trial in study.trials] == points[list(space.objectives)].to_numpy().tolist()


@pytest.fixture
def bad(tmp_path):
    """Storage URL of a file that is no database."""
    path = tmp_path / "bad.db"
    path.write_bytes(b"this is no database, but it is long enough to look at" * 100)
    return f"sqlite:///{path}"


@pytest.mark.slow
def test_a_storage_that_cannot_be_used_is_refused_before_the_first_generation(tmp_path, network, space, bad):
    with pytest.raises(RunError, match="is not an SQLite database"):
        sweep(network, space, trials=20, population=10, storage=bad, name="a", results=tmp_path)
    assert RunFolder.all(tmp_path) == []


@pytest.mark.slow
def test_an_error_of_the_process_is_the_sweeps_error(tmp_path, network, space, bad, monkeypatch):
    monkeypatch.setattr(RunFolder, "own_storage_url", bad)  # a run's own study is new: it is not looked at first
    with pytest.raises(RunError, match="is not an SQLite database"):
        sweep(network, space, trials=2000, population=10, name="a", results=tmp_path)
    run = RunFolder.open("a", tmp_path)
    assert run.status == "failed"
    assert len(run.points()) > 0  # what was found until then is kept
    resume(run, trials=10, storage=str(tmp_path / "good.journal"))
    assert run.status == "complete"


def test_a_process_that_dies_is_noticed(tmp_path, space):
    shape = StudyShape(space.axes, ("tiles",), (1.0,), ())
    url = f"sqlite:///{tmp_path}/x.db"
    with (tmp_path / "lock").open("w") as lock:
        writer = WriterProcess(url, "x", shape, "f", {}, 0, lock.fileno())
        writer._process.kill()
        with pytest.raises(RunError, match="the process that writes the study ended"):
            writer.stored()
        writer.abandon()
