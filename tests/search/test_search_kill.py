"""SIGKILL at any moment: no completed generation is lost, none evaluated twice, no trial left running."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import optuna
import pytest
import test_search_archive
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from siam_dse.runs.checkpoint import read_checkpoint
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import space_of_text
from siam_dse.search import archive
from siam_dse.search.quiet import quiet
from siam_dse.search.storage import open_storage
from siam_dse.search.sweep import resume, sweep

CODE = """
import sys
sys.path.insert(0, STUB)
import stub_model
from siam_dse.search import archive, archive_session, problem
problem.evaluate = stub_model.evaluate
archive.GENERATION, archive.CLIMBERS, archive_session._CHECKPOINT_S = 200, 20, 0.0
archive.ArchiveSearch.is_settled = False
from siam_dse.runs.spaces import space_of_text
from siam_dse.workload.load import load_network
from siam_dse.search.sweep import sweep, resume
folder, text, sampler = sys.argv[1:4]
sampler, _, storage = sampler.partition("@")
done = lambda progress: print(progress.done, flush=True)
# jobs=1 below: another process would not have the stub, and would hold stdout when this one is killed
if sampler == "enumeration":
    from siam_dse.search import chunk, enumeration
    chunk.CHUNK, enumeration._CHECKPOINT_S = 20, 0.0
    if len(sys.argv) > 4:
        enumeration.resume_enumeration(sys.argv[4], results=folder, progress=done)
    else:
        enumeration.enumerate_space(load_network("vgg8"), space_of_text(text, "f"), name="killed", keep="all",
                                    results=folder, progress=done)
elif len(sys.argv) > 4:
    resume(sys.argv[4], results=folder, progress=done, jobs=1)
else:
    most = {"evaluations": 10**6} if sampler == "archive" else {"trials": 10**6}
    sweep(load_network("vgg8"), space_of_text(text, "f"), population=10, seed=6, name="killed", sampler=sampler,
          results=folder, progress=done, jobs=1, storage=storage or None, **most)
"""


def kill_in_the_middle(folder, text, delay_s, *words, sampler="nsga2"):
    """Start a sweep (or resume one) and kill it some time after a generation; returns the last count it told.

    The sweep is far longer than it can live, so that a busy machine changes only how far it gets. An enumeration that
    was killed behind its last chunk has none to tell of: 0.
    """
    code = CODE.replace("STUB", repr(str(Path(__file__).parent)))
    command = [sys.executable, "-c", code, str(folder), text, sampler, *words]
    with (
        (folder / "stderr").open("w+") as stderr,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr) as process,
    ):
        told = process.stdout.readline()
        if not told and sampler == "enumeration" and process.wait() == 0:
            return 0
        assert told, f"ended before its first generation: {(folder / 'stderr').read_text()}"
        time.sleep(delay_s)
        os.kill(process.pid, signal.SIGKILL)
        told += process.stdout.read()
    return int(told[: told.rindex(b"\n")].splitlines()[-1])


def check_nothing_lost(run, told):
    """What was told is stored, whole generations only, trials numbered without a gap."""
    points = run.points(duplicates=True)
    assert len(points) >= told
    assert len(points) % 10 == 0
    assert_array_equal(points["trial"], np.arange(len(points)))
    fields = points[points["duplicate_of"] < 0].drop(columns=["trial", "generation", "seconds"])
    assert not fields.duplicated().any()
    return len(points)


@pytest.mark.usefixtures("stub")
@pytest.mark.slow
def test_killed_and_resumed_equals_unbroken(tmp_path, network, space):
    """Many kills: tests/benchmarks/kills.py."""
    rng = random.Random(8)
    told = kill_in_the_middle(tmp_path, space.text, rng.uniform(0.0, 0.1))
    run = RunFolder.open("killed", tmp_path)
    assert (run.info["status"], run.status) == ("running", "interrupted")
    stored = check_nothing_lost(run, told)
    resume(run, trials=20)
    whole = sweep(network, space, trials=stored + 20, population=10, seed=6, sampler="nsga2", name="whole",
                  results=tmp_path,
                  storage=str(tmp_path / "whole.journal"))  # fmt: skip
    columns = [name for name in whole.points().columns if name != "seconds"]
    assert_frame_equal(run.points(columns, duplicates=True), whole.points(columns, duplicates=True))
    with quiet():
        study = optuna.load_study(study_name="killed", storage=open_storage(run.storage_url()))
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * (stored + 20)


@pytest.mark.usefixtures("stub")
@pytest.mark.slow
def test_an_archive_search_killed_and_resumed_equals_an_unbroken_one(tmp_path, network, monkeypatch):
    """What the last checkpoint has is not lost, and what comes after it is found again."""
    for name, value in (("GENERATION", 200), ("CLIMBERS", 20)):
        monkeypatch.setattr(archive, name, value)
    monkeypatch.setattr(archive.ArchiveSearch, "is_settled", False)  # there is always something to kill
    space = space_of_text(test_search_archive.SPACE, "middle.yaml")
    told = kill_in_the_middle(tmp_path, space.text, random.Random(9).uniform(0.1, 0.5), sampler="archive")
    run = RunFolder.open("killed", tmp_path)
    assert (run.info["status"], run.status) == ("running", "interrupted")
    stored = int(read_checkpoint(run.files)["counts"][0])
    assert stored >= told
    target = stored + 350
    run.update({"budget": {"time_s": None, "evaluations": target, "trials": 50}})
    resume(run)
    whole = sweep(network, space, evaluations=target, trials=50, seed=6, sampler="archive", name="whole",
                  results=tmp_path)  # fmt: skip
    test_search_archive.check_same(run, whole)
