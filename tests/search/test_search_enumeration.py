"""Enumerations: the exact front, whatever the processes, the chunks and the interruptions; certificates."""

import os
import signal

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal

from siam_dse.core.errors import InputError, MismatchError, RunError
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import space_of_text
from siam_dse.search import chunk, enumeration
from siam_dse.search.certify import certify, compare
from siam_dse.search.chunk import cheap_constraints, run_chunk
from siam_dse.search.enumeration import enumerate_space, exact_front, resume_enumeration
from siam_dse.search.front import nondominated
from siam_dse.search.problem import Problem
from siam_dse.search.sweep import resume, sweep
from siam_dse.workload.load import load_network

OBJECTIVES = ["tiles", "chiplets", "utilisation"]


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(chunk, "CHUNK", 100)  # 1,080 designs: 11 chunks
    monkeypatch.setattr(chunk, "cheap_constraints", lambda *_: (1,))  # else timed, and counts with it


@pytest.mark.usefixtures("stub", "small_chunks")
@pytest.mark.slow
def test_the_front_is_that_of_all_designs(tmp_path, network, space):
    steps = []
    run = enumerate_space(network, space, results=tmp_path, progress=steps.append)
    problem = Problem(network, space)
    scores = problem.scores(problem.evaluate(space.levels_at(np.arange(space.size))))
    feasible = np.flatnonzero(scores.feasible)
    exact = feasible[nondominated(scores.objectives[feasible])]
    assert_array_equal(np.sort(run.front()["trial"]), exact)
    assert_array_equal(run.points()["trial"], np.arange(space.size))
    assert run.info["counts"] == {
        "trials": space.size, "evaluated": steps[-1].evaluated, "feasible": len(feasible), "front": len(exact),
        "space": space.size,
    }  # fmt: skip
    assert [step.done for step in steps] == [*range(100, 1001, 100), 1080]
    assert run.status == "complete"
    assert not (run.path / "checkpoint.npz").exists()
    assert run.front()["knee"].sum() == 1
    with pytest.raises(RunError, match="is complete"):
        resume_enumeration(run)
    with pytest.raises(RunError, match="is an enumeration, not a sweep"):
        resume(run, trials=10)


@pytest.mark.slow
def test_processes_change_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(chunk, "CHUNK", 20)
    network = load_network("lenet5")
    space = space_of_text(
        "name: two\naxes: {crossbar_size: [64, 128], adc_bits: [4, 5, 6], nop_bandwidth_gbps: [40, 80, 160, 320],\n"
        "  tiles_per_chiplet: [1, 4]}\nobjectives: {latency_ms: minimise, energy_mj: minimise, area_mm2: minimise}\n"
        "constraints: [fits, area_mm2 <= 1000]", "f"
    )  # fmt: skip
    one = enumerate_space(network, space, jobs=1, name="one", results=tmp_path)
    two = enumerate_space(network, space, jobs=2, name="two", results=tmp_path)
    assert (one.path / "pareto.csv").read_bytes() == (two.path / "pareto.csv").read_bytes()
    assert_frame_equal(one.points(), two.points())
    assert len(one.points()) == 48


@pytest.mark.usefixtures("stub", "small_chunks")
@pytest.mark.slow
def test_what_is_kept(tmp_path, network, space, monkeypatch):
    monkeypatch.setattr(enumeration, "SAMPLE", 50)
    kept = {keep: enumerate_space(network, space, keep=keep, name=keep, results=tmp_path) for keep in enumeration.KEEP}
    front = set(kept["all"].front()["trial"])
    assert set(kept["front"].points()["trial"]) == front
    assert len(kept["all"].points()) == space.size
    sample = set(kept["sample"].points()["trial"])
    assert front < sample
    assert 50 <= len(sample) <= 50 + len(front)
    again = enumerate_space(network, space, keep="sample", name="again", results=tmp_path)
    assert_frame_equal(again.points(), kept["sample"].points())
    assert len({(run.path / "pareto.csv").read_bytes() for run in kept.values()}) == 1
    with pytest.raises(InputError, match="unknown choice 'none'; known: "):
        enumerate_space(network, space, keep="none", results=tmp_path)


@pytest.mark.usefixtures("stub", "small_chunks")
@pytest.mark.slow
def test_interrupted_and_resumed_equals_unbroken(tmp_path, network, space):
    def interrupt(progress):
        if progress.done == 300:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        enumerate_space(network, space, name="part", results=tmp_path, progress=interrupt)
    part = RunFolder.open("part", tmp_path)
    assert part.status == "interrupted"
    assert part.info["counts"]["trials"] == 300
    steps = []
    resume_enumeration(part, progress=steps.append)
    assert steps[0].done == 400
    whole = enumerate_space(network, space, name="whole", results=tmp_path)
    assert_frame_equal(part.points(), whole.points())
    assert (part.path / "pareto.csv").read_bytes() == (whole.path / "pareto.csv").read_bytes()
    assert part.info["counts"] == whole.info["counts"]


@pytest.mark.usefixtures("stub", "small_chunks")
@pytest.mark.parametrize("keep", ["sample", "all", "front"])
@pytest.mark.slow
def test_points_that_were_removed_are_noticed_and_nothing_is_overwritten(tmp_path, network, space, keep, monkeypatch):
    monkeypatch.setattr(enumeration, "SAMPLE", 50)
    with pytest.raises(KeyboardInterrupt):
        enumerate_space(network, space, name="a", keep=keep, results=tmp_path,
                        progress=lambda _: os.kill(os.getpid(), signal.SIGINT))  # fmt: skip
    run = RunFolder.open("a", tmp_path)
    parts = run.path / "points.parts"
    if keep == "front":  # none so far
        assert not parts.exists()
        resume_enumeration(run)
        return
    parts.rename(tmp_path / "parts")
    info, front = run.info, run.front()
    with pytest.raises(RunError, match=r"points\.parquet: has 0 of the \d+ designs kept .* restore it"):
        resume_enumeration(run)
    assert run.info == info
    assert_frame_equal(run.front(), front)
    (tmp_path / "parts").rename(parts)
    resume_enumeration(run)
    assert run.status == "complete"


@pytest.mark.usefixtures("stub")
def test_an_error_before_the_first_chunk_leaves_no_folder(tmp_path, network, space, monkeypatch):
    def fault(*_):
        raise InputError("model", "cannot")

    monkeypatch.setattr(chunk, "run_chunk", fault)
    with pytest.raises(InputError, match="model: cannot"):
        enumerate_space(network, space, name="a", results=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("stub")
@pytest.mark.slow
def test_names_and_paths_are_loaded_and_options_checked(tmp_path, space):
    (tmp_path / "mine.yaml").write_text(space.text)
    run = enumerate_space("vgg8", str(tmp_path / "mine.yaml"), results=tmp_path)
    assert run.network().name == "vgg8"
    for options, message in [
        ({"jobs": 0}, "--jobs: must be at least 1, or -1 for one a core, got 0"),
        ({"jobs": -3}, "--jobs: must be at least 1"),
        ({"jobs": None}, "--jobs: must be a whole number, got None"),
        ({"seed": -1}, "--seed: must lie in"),
    ]:
        with pytest.raises(InputError, match=message):
            enumerate_space("vgg8", space, results=tmp_path / "none", **options)
    with pytest.raises(InputError, match="--jobs: must be at least 1"):
        resume_enumeration(run, jobs=0)
    assert not (tmp_path / "none").exists()


@pytest.mark.usefixtures("stub", "small_chunks")
@pytest.mark.slow
def test_a_changed_problem_is_not_continued(tmp_path, network, space):
    with pytest.raises(KeyboardInterrupt):
        enumerate_space(
            network, space, name="a", results=tmp_path, progress=lambda _: os.kill(os.getpid(), signal.SIGINT)
        )
    run = RunFolder.open("a", tmp_path)
    text = (run.path / "space.yaml").read_text()
    run.files.replace_text("space.yaml", text.replace("<= 120", "<= 119"))
    with pytest.raises(MismatchError, match="tiles <= 120: was True, now gone"):
        resume_enumeration(run)


@pytest.mark.usefixtures("stub")
def test_checking_cheap_constraints_first_changes_no_front(network, space):
    problem = Problem(network, space)
    plain = run_chunk(problem, (), 0, space.size, np.zeros(0, dtype=np.int64))
    for cheap in [(0,), (1,), (0, 1), (1, 0)]:
        screened = run_chunk(problem, cheap, 0, space.size, np.zeros(0, dtype=np.int64))
        assert_array_equal(screened.keys, plain.keys)
        assert_array_equal(screened.objectives, plain.objectives)
        assert screened.n_feasible == plain.n_feasible
        assert screened.n_evaluated < plain.n_evaluated
    assert set(cheap_constraints(problem, 0)) <= {0, 1}


@pytest.mark.slow
def test_a_space_too_large_is_refused_before_a_folder_is_made(tmp_path, network):
    axes = ["cell_sigma: {low: 0, high: 1}", "input_activity: {low: 0, high: 1}", "bond_yield: {low: 0.9, high: 1}",
            "clock_hz: {low: 1e8, high: 1e9}", "noc_clock_hz: {low: 1e8, high: 1e9}",
            "read_voltage_v: {low: 0.1, high: 1}", "r_on_ohm: {low: 1e4, high: 1e5}"]  # fmt: skip
    huge = space_of_text(f"axes: {{{', '.join(axes)}}}\nobjectives: {{tiles: minimise}}", "f")
    with pytest.raises(InputError, match="would never end"):
        enumerate_space(network, huge, results=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("stub", "small_chunks")
@pytest.mark.slow
def test_a_sweep_is_certified_against_the_exact_front(tmp_path, network, space):
    run = sweep(network, space, trials=150, sampler="nsga2", population=50, results=tmp_path,
                storage=str(tmp_path / "s.journal"))  # fmt: skip
    found = certify(run)
    assert 0.5 < found.hypervolume_fraction <= 1
    assert run.info["certificate"]["share_of_front"] == found.share_of_front
    assert found.exact_front_size == len(exact_front(Problem(network, space)))
    exact = enumerate_space(network, space, name="exact", results=tmp_path)
    assert certify(run, exact=exact) == found
    assert certify(exact).hypervolume_fraction == certify(exact).share_of_front == 1
    assert certify(exact).worst_gap_pct == 0
    with pytest.raises(RunError, match="is not a complete enumeration"):
        certify(run, exact=run)
    other = enumerate_space(network, space.with_profile("siam"), name="other", results=tmp_path)
    with pytest.raises(RunError, match="is not of the same problem"):
        certify(run, exact=other)


def test_a_certificate_by_hand(network, space):
    """Exact (0, 2), (1, 1), (2, 0) up to (2.2, 2.2): 0.44 + 1.44 + 0.44 less overlaps.

    Strips: x 0..1: 0.2, 1..2: 1.2, 2..2.2: 2.2 x 0.2 = 0.44; total 1.84. Without (1, 1): 2 x 0.2 + 0.44 = 0.84.
    """
    problem = Problem(network, space.with_objectives({"tiles": "minimise", "chiplets": "minimise"}))
    exact = np.asarray([[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]])
    found = compare(exact[[0, 2]], exact, problem)
    assert_allclose(found.hypervolume_fraction, 0.84 / 1.84, rtol=1e-12, atol=0)
    assert_allclose(found.share_of_front, 2 / 3, rtol=1e-12, atol=0)
    assert_allclose(found.worst_gap_pct, 100, rtol=1e-12, atol=0)  # (1, 1) beats (0, 2) and (2, 0) by a factor of 2
    assert_allclose(list(found.reference_point.values()), [2.2, 2.2], rtol=1e-12, atol=0)
