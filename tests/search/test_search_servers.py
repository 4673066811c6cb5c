"""Workers whose server is killed and started again: every number once, nothing running, a clear line at the end."""

import signal
import time
from collections import Counter

import pytest
from database_servers import server_of
from test_search_work import check_shared, killed_at_work, told, trials_of, workers

from siam_dse.core.errors import RunError
from siam_dse.search import alive, shared
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
    monkeypatch.setattr(shared, "_AWAY_S", 1.0)
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
