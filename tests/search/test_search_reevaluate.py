"""A run of an earlier model brought to today's."""

import json
import sqlite3
from contextlib import closing

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal

from siam_dse.core.errors import MismatchError, RunError
from siam_dse.runs.checkpoint import read_checkpoint, write_checkpoint
from siam_dse.runs.fingerprint import digest
from siam_dse.runs.folder import RunFolder
from siam_dse.search import archive
from siam_dse.search.enumeration import enumerate_space
from siam_dse.search.given import check_fingerprint
from siam_dse.search.reevaluate import re_evaluate
from siam_dse.search.sweep import resume, sweep
from siam_dse.search.work import work

pytestmark = [pytest.mark.usefixtures("stub"), pytest.mark.slow]


def aged(run, **fingerprint):
    """The run as an earlier model would have left it: half the tiles in one design, no field ``pedestal``."""
    run.store.fold()
    path = run.path / "points.parquet"
    table = pq.read_table(path)
    frame = table.to_pandas().drop(columns="pedestal")
    frame["tiles"] *= np.where(frame["trial"] == 3, 0.5, 1.0)
    aged_table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(table.schema.metadata)
    run.files.replace("points.parquet", lambda new: pq.write_table(aged_table, new))
    info = run.info
    info["fingerprint"]["model"]["version"] = "0"
    del info["fingerprint"]["profile"]["pedestal"]
    info["fingerprint"] |= fingerprint
    run.update({"fingerprint": info["fingerprint"]})
    if run.study_path.exists():
        in_study(run, "siam_dse:fingerprint", digest(info["fingerprint"]))
    return frame


def in_study(run, key, value):
    """Set an attribute of the run's study."""
    with closing(sqlite3.connect(run.study_path)) as study:
        study.execute("UPDATE study_user_attributes SET value_json = ? WHERE key = ?", (json.dumps(value), key))
        study.commit()


def test_the_designs_get_todays_figures_and_those_of_before_stay(tmp_path, network, space):
    run = sweep(network, space, 40, "nsga2", name="old", results=tmp_path, population=10)
    fresh, front = run.points(duplicates=True), run.front()
    old = aged(run)
    with pytest.raises(MismatchError, match="--re-evaluate"):
        resume(run, 10)
    moves = re_evaluate(run)
    assert_frame_equal(run.points(duplicates=True), fresh)
    assert_frame_equal(
        run.front().drop(columns="seconds", errors="ignore"), front.drop(columns="seconds", errors="ignore")
    )
    assert_frame_equal(pq.read_table(run.path / "points_before.parquet").to_pandas(), old)
    assert {path.name for path in moves.kept} == {"points_before.parquet", "pareto_before.csv", "study_before.db"}
    tiles = moves.table.set_index("column").loc["tiles"]
    assert tiles["moved"] == 1
    assert_allclose(tiles["largest_pct"], 100.0)
    assert moves.front == (len(front), len(front))
    assert [line.partition(":")[0] for line in moves.changes] == ["profile", "model"]
    with pytest.raises(RunError, match="nothing to evaluate again"):
        re_evaluate(run)
    whole = sweep(network, space, 50, "nsga2", name="new", results=tmp_path, population=10)
    resume(run, 10)
    first, second = (each.points(duplicates=True).drop(columns="seconds") for each in (whole, run))
    assert_frame_equal(first, second)


def test_the_second_time_nothing_is_written_over(tmp_path, network, space):
    run = sweep(network, space, 20, "random", name="twice", results=tmp_path)
    aged(run)
    re_evaluate(run)
    first = (run.path / "points_before.parquet").read_bytes()
    aged(run)
    kept = re_evaluate(run).kept
    assert {path.name for path in kept} == {"points_before-2.parquet", "pareto_before-2.csv", "study_before-2.db"}
    assert (run.path / "points_before.parquet").read_bytes() == first


@pytest.mark.parametrize(("asked", "status"), [(12, "complete"), (30, "interrupted")])
def test_what_workers_left_is_taken_in_with_todays_figures(tmp_path, network, space, asked, status):
    """20 trials of the run and 12 of workers, who were asked for 12 or 30."""
    run = sweep(network, space, 20, "random", name="left", results=tmp_path, population=10)
    work(run, 12)
    if asked > 12:
        in_study(run, "siam_dse:target", 20 + asked)
    aged(run)
    moves = re_evaluate(run)
    points = run.points(duplicates=True)
    assert (moves.taken_in, len(points), run.info["counts"]["trials"]) == (12, 32, 32)
    assert (run.status, run.info["target"]) == (status, 20 + asked)
    problem = check_fingerprint(run)
    levels = run.space().levels_of(run.designs_of(points))
    assert_array_equal(problem.evaluate(levels).column("tiles"), points["tiles"])
    if status == "interrupted":
        resume(run)
    assert len(run.points(duplicates=True)) == 20 + asked


def test_a_study_that_cannot_be_read_may_hold_trials_of_workers(tmp_path, network, space):
    run = sweep(network, space, 10, "random", name="away", results=tmp_path, population=10)
    aged(run)
    (run.path / "study.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(RunError, match="may have trials of workers: say where it is with --storage"):
        re_evaluate(run)
    assert re_evaluate(run, run.own_storage_url + ".lost").taken_in == 0


def test_designs_that_would_be_others_are_refused(tmp_path, network, space):
    run = sweep(network, space, 10, "random", storage=str(tmp_path / "other.journal"), name="other", results=tmp_path)
    aged(run, network={"name": "another"})
    before = {path: path.read_bytes() for path in run.path.glob("*.*") if path.name != "run.lock"}
    with pytest.raises(MismatchError, match="network: name: was another"):
        re_evaluate(RunFolder.open(run.path))
    assert {path: path.read_bytes() for path in before} == before
    assert_array_equal(run.status, "complete")


def test_an_archive_search_goes_on_under_todays_model(tmp_path, network, space, monkeypatch):
    monkeypatch.setattr(archive, "GENERATION", 100)
    run = sweep(network, space, sampler="archive", evaluations=250, name="old", results=tmp_path)
    fresh, front = run.points(), run.front()
    aged(run)
    run.write_front(front.iloc[1:])
    moves = re_evaluate(run)
    assert run.status == "complete"
    assert moves.table.set_index("column").loc["tiles", "moved"] == 1
    assert (moves.front, moves.joined) == ((len(front) - 1, len(front)), [front["trial"][0]])
    assert {path.name for path in moves.kept} == {"points_before.parquet", "pareto_before.csv", "study_before.db"}
    now = run.points().set_index("trial")
    assert_frame_equal(now, fresh.set_index("trial").loc[now.index])
    assert_frame_equal(run.front(), front)
    assert run.info["counts"]["evaluated"] == 250
    resume(run, evaluations=space.size)
    exact = enumerate_space(network, space, name="exact", results=tmp_path)
    objectives = list(space.objectives)
    assert_array_equal(run.front()[objectives], exact.front()[objectives])


def test_a_checkpoint_that_is_refused_leaves_nothing_behind(tmp_path, network, space, monkeypatch):
    """One of before there was leniency is none: all its members are within the bounds."""
    monkeypatch.setattr(archive, "GENERATION", 100)
    run = sweep(network, space, sampler="archive", evaluations=250, name="old", results=tmp_path)
    aged(run)
    state = read_checkpoint(run.files)
    write_checkpoint(run.files, {name: values for name, values in state.items() if name != "gains"})
    before = {path.name for path in run.path.iterdir()}
    with pytest.raises(RunError, match=r"has no 'gains': .*sweep .*network.yaml --space .*space.yaml --start-from"):
        re_evaluate(run)
    assert {path.name for path in run.path.iterdir()} == before
    write_checkpoint(run.files, {name: values for name, values in state.items() if not name.endswith("beyond")})
    front = run.front()
    re_evaluate(run)
    assert_frame_equal(run.front(), front)
