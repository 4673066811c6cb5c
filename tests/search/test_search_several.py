"""Several networks, one machine: own runs, the joint run, constraints for each, resuming."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal

from siam_dse.core.errors import InputError, NoFeasibleDesignError
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import space_of_text
from siam_dse.search.enumeration import enumerate_space, resume_enumeration
from siam_dse.search.sweep import resume, sweep
from siam_dse.system.evaluate import evaluate
from siam_dse.workload.load import load_network

NAMES = ["lenet5", "resnet20"]
SPACE = space_of_text(
    """
name: both
axes: {crossbar_size: [64, 128, 256], tiles_per_chiplet: [4, 9], n_chiplets: [4, 9, 25], nop_bandwidth_gbps: [40, 320]}
objectives: {latency_ms: minimise, cost_usd: minimise}
constraints: [fits, latency_ms <= 1.7]
""",
    "both.yaml",
)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return tmp_path_factory.mktemp("several")


@pytest.fixture(scope="module")
def joint(results):
    return sweep(NAMES, SPACE, 16, "nsga2", name="sum", results=results, population=8, weights=[20, 1])


@pytest.mark.slow
def test_a_joint_run_holds_each_network_its_own_run_and_its_figures(joint):
    assert joint.network().names == ("lenet5", "resnet20")
    assert [path.name for path in sorted(joint.own_path.iterdir())] == NAMES
    frame = joint.points()
    for name in NAMES:
        own = joint.own_runs()[name]
        assert own.info["counts"]["trials"] == 16
        assert own.network().text == load_network(name).text == joint.network_path(name).read_text()
        alone = evaluate(load_network(name), joint.designs_of(frame))
        assert_array_equal(frame[f"latency_ms[{name}]"], alone.column("latency_ms"))
    assert_allclose(frame["latency_ms"], 20 * frame["latency_ms[lenet5]"] + frame["latency_ms[resnet20]"], rtol=1e-14)


@pytest.mark.slow
def test_a_bound_holds_for_each_network_not_for_the_sum(joint):
    frame = joint.points()
    worst = np.maximum(frame["latency_ms[lenet5]"], frame["latency_ms[resnet20]"])
    assert_allclose(frame["excess: latency_ms <= 1.7"], worst / 1.7 - 1, rtol=1e-12, atol=1e-15)
    feasible = frame[frame["feasible"]]
    assert (feasible["latency_ms"] > 1.7).any()
    assert (feasible[["latency_ms[lenet5]", "latency_ms[resnet20]"]] <= 1.7).all(axis=None)


@pytest.mark.slow
def test_a_run_stopped_among_the_own_runs_goes_on_as_an_unbroken_one(joint, results):
    def stop(progress):
        stop.calls += 1
        if stop.calls == 3:
            raise KeyboardInterrupt

    stop.calls = 0
    options = {"sampler": "nsga2", "name": "stopped", "results": results, "population": 8, "weights": [20, 1]}
    with pytest.raises(KeyboardInterrupt):
        sweep(NAMES, SPACE, 16, progress=stop, **options)
    run = RunFolder.open("stopped", results)
    assert run.status == "interrupted"
    assert list(run.own_runs()) == NAMES
    assert not run.store.has_rows()
    resume(run)
    assert run.status == "complete"
    assert {own.status for own in run.own_runs().values()} == {"complete"}
    first, second = (each.points(duplicates=True).drop(columns="seconds") for each in (joint, run))
    assert_frame_equal(first, second)


@pytest.mark.slow
def test_worst_ratios_are_to_the_own_best_and_stand_in_the_runs_space(results):
    run = sweep(NAMES, SPACE, 8, "nsga2", name="worst", results=results, population=8, aggregate="worst")
    assert run.objectives == {"latency_ratio": "minimise", "cost_usd": "minimise"}
    assert dict(run.space().objectives) == run.objectives
    best = {name: own.front()["latency_ms"].min() for name, own in run.own_runs().items()}
    assert run.info["networks"]["best"] == {"latency_ms": [best["lenet5"], best["resnet20"]]}
    frame = run.points()
    ratios = [frame[f"latency_ms[{name}]"] / best[name] for name in NAMES]
    assert_allclose(frame["latency_ratio"], np.maximum(*ratios), rtol=1e-14)
    assert resume(run, 8).info["counts"]["trials"] == 16


def test_what_joins_networks_is_refused_for_one(results):
    with pytest.raises(InputError, match="--weights, --aggregate: join several networks"):
        sweep("lenet5", SPACE, 8, results=results, weights=[1])
    with pytest.raises(InputError, match="lenet5: given twice"):
        sweep(["lenet5", "lenet5"], SPACE, 8, results=results)


@pytest.mark.slow
def test_a_network_without_a_feasible_design_has_no_best_to_take_a_ratio_to(results):
    with pytest.raises(NoFeasibleDesignError, match="no feasible design was found for resnet20 alone"):
        sweep(NAMES, SPACE, 8, "random", results=results, name="none", aggregate="worst",
              constraints=["latency_ms <= 0.01"])  # fmt: skip
    assert not (results / "none").exists()


def test_an_archive_search_of_several_begins_with_the_fronts_of_each(tmp_path):
    run = sweep(NAMES, SPACE, name="archive", results=tmp_path, evaluations=60, sampler="archive")
    assert run.status == "complete"
    assert set(run.own_runs()) == set(NAMES)
    assert all(own.info["sampler"] == "archive" for own in run.own_runs().values())
    start = run.designs_of(run.start())
    stored = run.designs_of(run.points())
    chosen = [{name: getattr(each, name)[i] for name in ("crossbar_rows", "adc_bits", "n_chiplets")}
              for each in (start, stored) for i in range(len(each))]  # fmt: skip
    assert all(design in chosen[len(start) :] for design in chosen[: len(start)])


@pytest.mark.parametrize("aggregate", ["sum", "worst"])
def test_a_set_is_enumerated_each_alone_and_together(tmp_path, aggregate):
    run = enumerate_space(NAMES, SPACE, name="set", results=tmp_path, weights=[20, 1], aggregate=aggregate)
    assert run.status == "complete"
    assert run.info["counts"]["trials"] == SPACE.size
    alone = {}
    for name, own in run.own_runs().items():
        again = enumerate_space(name, SPACE, name=name, results=tmp_path)
        assert_frame_equal(own.front(), again.front())
        alone[name] = again.front()["latency_ms"].min()
    frame = run.points()
    latency = [frame[f"latency_ms[{name}]"] for name in NAMES]
    ratio = [weight * each / alone[name] for weight, each, name in zip([20, 1], latency, NAMES, strict=True)]
    objective = 20 * latency[0] + latency[1] if aggregate == "sum" else np.maximum(*ratio)
    name = next(iter(run.objectives))
    assert_allclose(frame[name], objective, rtol=1e-14)
    feasible = frame[frame["feasible"]]
    values = feasible[[name, "cost_usd"]].to_numpy()
    is_best = [not ((values <= own).all(axis=1) & (values < own).any(axis=1)).any() for own in values]
    exact = {tuple(row) for row in values[is_best]}
    assert {tuple(row) for row in run.front()[[name, "cost_usd"]].to_numpy()} == exact


def test_a_sweep_of_several_is_exact_where_every_design_can_be_evaluated(tmp_path):
    run = sweep(NAMES, SPACE, name="auto", results=tmp_path, weights=[20, 1])
    assert run.kind == "enumerate"
    assert run.storage_url()  # with a study, as every sweep
    assert [own.info["counts"]["trials"] for own in run.own_runs().values()] == [SPACE.size] * 2
    exact = enumerate_space(NAMES, SPACE, name="exact", results=tmp_path, weights=[20, 1])
    assert_frame_equal(run.front(), exact.front())
    searched = sweep(NAMES, SPACE, name="few", results=tmp_path, evaluations=SPACE.size - 1)
    assert searched.info["sampler"] == "archive"


def test_an_enumeration_of_several_goes_on_where_it_stopped(tmp_path):
    def stop(progress):
        stop.calls += 1
        if stop.calls == 2:
            raise KeyboardInterrupt

    stop.calls = 0
    with pytest.raises(KeyboardInterrupt):
        enumerate_space(NAMES, SPACE, name="stopped", results=tmp_path, progress=stop)
    run = resume_enumeration("stopped", results=tmp_path)
    assert {own.status for own in run.own_runs().values()} == {run.status} == {"complete"}
    assert_frame_equal(run.front(), enumerate_space(NAMES, SPACE, name="whole", results=tmp_path).front())
