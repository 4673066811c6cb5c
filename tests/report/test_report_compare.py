"""Runs beside each other, the list of runs, the view of a run: on real folders of a small space."""

from dataclasses import replace

import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from report_runs import SMALL, small_run

from siam_dse.core.errors import InputError
from siam_dse.report.compare import compare_runs
from siam_dse.report.compare_page import comparison_page, transposed
from siam_dse.report.fidelity import again
from siam_dse.report.gallery import FIGURES
from siam_dse.report.runs import RUN_COLUMNS, runs_table
from siam_dse.report.view import RunView, cross, one_axis_at_a_time
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import space_of_text
from siam_dse.search.enumeration import enumerate_space
from siam_dse.search.sweep import sweep
from siam_dse.system import MODEL_VERSION
from siam_dse.workload.load import load_network

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    small_run(folder)
    network, space = load_network("lenet5"), space_of_text(SMALL, "small")
    sweep(network, space, trials=6, sampler="random", name="few", results=folder, population=6)
    other = space.with_objectives({"tiles": "minimise", "chiplets": "minimise"})
    enumerate_space(network, other, name="two", results=folder)
    return folder


@pytest.fixture(scope="module")
def view(results):
    return RunView.of(RunFolder.open("small", results))


def test_the_view_reads_the_run(view):
    assert view.network.name == "lenet5"
    assert view.axes == ["crossbar_size", "tiles_per_chiplet", "nop_bandwidth_gbps"]
    assert len(view.points) == view.space.size
    assert view.constraint_names == ["fits", "chiplets <= 60", "rules"]
    assert view.knee is not None
    with pytest.raises(InputError, match="unknown column 'tile'; known: tiles"):
        view.column("tile")


def test_one_axis_at_a_time_changes_one_axis(view):
    knee = view.front[view.front["knee"]]
    around = one_axis_at_a_time(view.network, view.space, knee)
    assert len(around) == sum(view.space.radices)
    base = around[around["is_base"]]
    assert len(base) == len(view.space.axes)
    for name in ("tiles", "utilisation", "latency_ms"):
        assert_allclose(base[name].astype(float), float(knee[name].iloc[0]), rtol=1e-12, atol=0)
    for axis in view.axes:
        rows = around[around["axis"] == axis]
        assert_array_equal(rows[axis], rows["level"].astype(rows[axis].dtype))
        for other in view.axes:
            if other != axis:
                assert (rows[other] == knee[other].iloc[0]).all()


def test_around_the_knee_agrees_with_the_points_of_the_run(view):
    stored = view.points.set_index(view.axes)["latency_ms"]
    for row in view.around_knee.to_dict(orient="records"):
        assert_allclose(row["latency_ms"], stored[tuple(row[name] for name in view.axes)], rtol=1e-12, atol=0)


def test_nothing_is_evaluated_anew_for_a_run_of_another_model(view):
    old = view.info["fingerprint"] | {"model": {"version": "0"}}
    before = replace(view, info=view.info | {"fingerprint": old})
    assert view.changes == []
    assert before.changes == [f"model: version: was 0, now {MODEL_VERSION}"]
    assert len(before.around_knee) == 0
    assert FIGURES["nop_bandwidth"](before) is None


def test_cross_takes_every_combination(view):
    frame = cross(view.network, view.space, view.front[view.front["knee"]],
                  {"crossbar_size": [0, 1], "nop_bandwidth_gbps": [0, 1]})  # fmt: skip
    assert len(frame[["crossbar_size", "nop_bandwidth_gbps"]].drop_duplicates()) == 4
    assert frame["tiles_per_chiplet"].nunique() == 1


def test_the_bandwidth_figure_is_made_of_designs_around_the_knee(view):
    figure = FIGURES["nop_bandwidth"](view).figure()
    levels = view.space.axes[view.space.axis_names.index("nop_bandwidth_gbps")].levels
    assert_array_equal(figure.data[0].x, levels)
    around = view.around_knee[view.around_knee["axis"] == "nop_bandwidth_gbps"]
    assert_allclose(figure.data[0].y, around["latency_ms"].astype(float), rtol=1e-12, atol=0)


def test_a_sweep_beside_the_exact_front(results):
    runs = [RunFolder.open(name, results) for name in ("small", "few")]
    found = compare_runs(runs)
    table = found.table.set_index("run")
    assert_allclose(table.loc["small", "hypervolume_share"], found.joint_share, rtol=1e-12, atol=0)
    assert table.loc["few", "hypervolume_share"] <= found.joint_share
    assert table.loc["small", "on_joint_front"] == found.joint_size
    assert table.loc["small", "least_tiles"] == runs[0].front()["tiles"].min()
    assert table.loc["few", "most_utilisation"] == runs[1].front()["utilisation"].max()
    assert found.notes == []


def test_runs_with_different_objectives_are_compared_in_those_they_share(results):
    found = compare_runs([RunFolder.open(name, results) for name in ("small", "two")])
    assert list(found.directions) == ["tiles"]
    assert any("not shared by all runs: chiplets, utilisation" in note for note in found.notes)


def test_runs_of_different_networks_are_not_measured_together(results, tmp_path):
    space = space_of_text(SMALL, "small")
    enumerate_space(load_network("vgg8"), space, name="vgg", results=tmp_path)
    found = compare_runs([RunFolder.open("small", results), RunFolder.open("vgg", tmp_path)])
    assert not found.is_joint
    assert found.joint_size == 0
    assert not any(name in found.table for name in ("hypervolume_share", "on_joint_front", "worst_gap_pct"))
    assert "a joint front would mean nothing" in found.notes[0]
    page = comparison_page(found, "tiles", "utilisation")
    assert "figure-matrix" not in page
    assert "vgg8" in page


def test_the_page_of_a_comparison_has_what_the_terminal_shows(results):
    found = compare_runs([RunFolder.open(name, results) for name in ("small", "few")])
    page = comparison_page(found, "tiles", "chiplets")
    shown = transposed(found.table).set_index("")
    assert shown.loc["its designs on the joint front", "small"] == str(found.joint_size)
    assert list(shown) == ["small", "few"]
    for text in ("its designs on the joint front", "reference point: tiles = ", "figure-fronts", "knee"):
        assert text in page


def test_what_cannot_be_compared_is_refused(results):
    small = RunFolder.open("small", results)
    with pytest.raises(InputError, match="at least two runs, got 1"):
        compare_runs([small])
    with pytest.raises(InputError, match="given twice"):
        compare_runs([small, small])


def test_the_list_of_runs_bears_a_damaged_one(results, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "run.json").write_text("{", encoding="utf-8")
    table = runs_table([*RunFolder.all(results), RunFolder(broken)]).set_index("run")
    assert list(table.reset_index()) == list(RUN_COLUMNS)
    assert table.loc["broken", "status"] == "damaged"
    assert table.loc["few", "trials"] == 6
    assert table.loc["small", "kind"] == "enumerate"


def test_no_run_is_an_empty_list():
    assert list(runs_table([])) == list(RUN_COLUMNS)


def test_the_fluid_level_is_shown_beside_the_front(view):
    front, names, notes = again(view, "fluid")
    assert len(front) == len(view.front)
    pd.testing.assert_frame_equal(front[view.front.columns], view.front)
    assert notes[-1].endswith("front designs are beaten by another one with the fluid model")
    for name in names:
        if name.endswith("_change_pct"):
            column = name.removesuffix("_change_pct")
            change = 100 * (front[f"fluid_{column}"] / front[column] - 1)
            assert_allclose(front[name], change, rtol=1e-9, atol=1e-12)
    same, none, _ = again(view, "fast")
    assert none == []
    assert list(same) == list(view.front)
    with pytest.raises(InputError, match="unknown mesh model 'slow'; known: "):
        again(view, "slow")
