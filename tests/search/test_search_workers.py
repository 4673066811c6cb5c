"""Where designs are evaluated changes nothing: processes, workers of dask where it is installed, killed ones."""

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from siam_dse.core.errors import InputError, RunError
from siam_dse.search import workers
from siam_dse.search.budget import Budget
from siam_dse.search.enumeration import enumerate_space
from siam_dse.search.sweep import sweep
from siam_dse.search.workers import check_workers, in_order, n_workers, usual_jobs

needs_dask = pytest.mark.skipif(find_spec("distributed") is None, reason="needs dask.distributed")
SCHEDULER = "local:2"
SOON_S = 30.0


def squared(number):
    return number * number


def squared_once_dead(number, folder):
    """The square; the first worker that is asked for that of 3 dies."""
    mark = Path(folder) / "died"
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


@pytest.mark.parametrize("given", [1, 8, -1, "local:3", "tcp://head:8786", "tls://10.0.0.1:9000"])
def test_processes_and_schedulers(given):
    check_workers(given)


@pytest.mark.parametrize(
    ("given", "words"),
    [(0, "--jobs: must be at least 1"), ("head:8786", "--scheduler: must be an address such as tcp://host:8786"),
     ("local:0", "or local:N for N workers, got 'local:0'"), (1.5, "must be a whole number")],
)  # fmt: skip
def test_what_is_neither_is_refused(given, words):
    with pytest.raises(InputError, match=words):
        check_workers(given)


def test_a_long_search_takes_a_process_a_core_and_four_at_most(monkeypatch):
    for cores, expected in ((1, 1), (2, 2), (64, 4)):
        monkeypatch.setattr(workers.joblib, "cpu_count", lambda cores=cores: cores)
        assert usual_jobs(Budget(time_s=10)) == usual_jobs(Budget(evaluations=100_000)) == expected
        assert usual_jobs(Budget(time_s=9.9)) == usual_jobs(Budget(evaluations=99_999)) == usual_jobs(Budget()) == 1


def test_results_come_in_order():
    assert list(in_order(1, squared, ((i,) for i in range(5)))) == [0, 1, 4, 9, 16]
    assert n_workers(3) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_the_others_end_with_a_process_that_is_killed():
    script = (
        "import os, time\n"
        "from siam_dse.search.workers import start_processes\n"
        "others = start_processes(1)\n"
        "print(others.submit(os.getpid).result(), flush=True)\n"
        "others.submit(time.sleep, 1000).result()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert int(parent.stdout.readline()) != parent.pid
        parent.kill()
        parent.communicate(timeout=SOON_S)  # until nobody has its output open any more


def test_dask_that_is_not_installed_is_one_message(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    workers._client.cache_clear()
    with pytest.raises(InputError, match=r"needs dask, which is not installed: pip install 'siam-dse\[distributed\]'"):
        list(in_order("local:2", squared, [(1,)]))


@needs_dask
@pytest.mark.slow
def test_a_scheduler_that_is_not_there_is_one_message(monkeypatch):
    monkeypatch.setattr(workers, "_WAIT_S", 0.5)
    with pytest.raises(RunError, match=r"--scheduler tcp://127\.0\.0\.1:9: does not answer"):
        list(in_order("tcp://127.0.0.1:9", squared, [(1,)]))


@needs_dask
@pytest.mark.slow
def test_tasks_of_a_worker_that_died_are_repeated(tmp_path):
    tasks = ((i, str(tmp_path)) for i in range(12))
    assert list(in_order(SCHEDULER, squared_once_dead, tasks)) == [i * i for i in range(12)]
    assert (tmp_path / "died").exists()


@needs_dask
@pytest.mark.slow
def test_a_front_is_the_same_bit_for_bit(tmp_path, network, space):
    here, there = (
        enumerate_space(network, space, name=name, jobs=jobs, results=tmp_path)
        for name, jobs in (("here", 1), ("there", SCHEDULER))
    )
    assert_frame_equal(here.points(), there.points())
    assert (here.path / "pareto.csv").read_bytes() == (there.path / "pareto.csv").read_bytes()
    options = {"sampler": "archive", "evaluations": 300, "trials": 40, "results": tmp_path}
    alone, spread = (sweep(network, space, name=f"a{jobs}", jobs=jobs, **options) for jobs in (1, SCHEDULER))
    assert_frame_equal(alone.points(), spread.points())
    assert_frame_equal(alone.front(), spread.front())
