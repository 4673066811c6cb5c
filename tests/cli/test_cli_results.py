"""front, plot, report, compare, runs, dashboard: data on stdout, messages on stderr, exit codes."""

import io
import json

import pandas as pd
import pytest
from results_cases import HOPELESS, make_run, run_cli


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    make_run(folder, "good")
    make_run(folder, "other")
    make_run(folder, "bad", HOPELESS)
    return folder


@pytest.fixture
def cli(results, monkeypatch, capsys):
    return lambda command, *words: run_cli(monkeypatch, capsys, command, *words, "--results", results)


# --- front -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_front_marks_the_knee_and_has_units_in_its_heads(cli):
    code, out, err = cli("front", "good")
    assert code == 0
    assert out.splitlines()[0].startswith("good: lenet5 on looked_at")
    assert out.count("knee") == 1
    assert "[TOPS/W]" in out
    assert "minimise tiles; maximise utilisation" in err


@pytest.mark.slow
def test_front_as_csv_and_json_is_the_whole_front(cli, results):
    stored = pd.read_csv(results / "good" / "pareto.csv")
    code, out, _ = cli("front", "good", "--format", "csv")
    assert code == 0
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(out)), stored)
    _, out, _ = cli("front", "good", "--format", "json")
    assert [row["tiles"] for row in json.loads(out)] == stored["tiles"].tolist()


def test_front_shows_the_columns_asked_for_in_the_order_asked_for(cli):
    code, out, _ = cli("front", "good", "--columns", "energy_mj,die_area_mm2", "--sort", "energy_mj", "--format", "csv")
    assert code == 0
    table = pd.read_csv(io.StringIO(out))
    axes = ["crossbar_size", "tiles_per_chiplet", "n_chiplets"]
    assert list(table) == ["trial", "knee", *axes, "energy_mj", "die_area_mm2"]
    assert table["energy_mj"].is_monotonic_increasing


def test_front_is_written_to_a_file(cli, tmp_path, results):
    code, out, err = cli("front", "good", "--out", tmp_path / "front.csv")
    assert (code, out) == (0, "")
    assert "wrote" in err
    assert len(pd.read_csv(tmp_path / "front.csv")) == len(pd.read_csv(results / "good" / "pareto.csv"))


@pytest.mark.slow
def test_front_with_the_fluid_model_says_what_changes(cli):
    code, out, err = cli("front", "good", "--noc-model", "fluid", "--format", "csv")
    assert code == 0
    assert "evaluating" in err
    assert "beaten by another one with the fluid model" in err
    assert len(pd.read_csv(io.StringIO(out)))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["front", "nowhere"], "there is no such run"),
        (["front", "good", "--columns", "latency"], "unknown column 'latency'; known: latency_ms"),
        (["front", "good", "--sort", "costs"], "unknown column 'costs'"),
        (["front", "good", "--noc-model", "slow"], "unknown mesh model 'slow'; known: "),
        (["front", "good", "--out", "front.xlsx"], "cannot write .xlsx"),
        (["plot", "good", "--x", "latency"], "unknown column 'latency'"),
        (["report", "good", "--out", "report.pdf"], "cannot write .pdf; use .html"),
        (["compare", "good"], "needs at least two runs"),
        (["compare", "good", "other", "--x", "nothing", "--out", "c.html"], "unknown column 'nothing'"),
    ],
)
@pytest.mark.slow
def test_a_mistake_is_one_message_and_code_2(cli, words, message):
    code, out, err = cli(*words)
    assert code == 2
    assert message in err.replace("\n", " ")
    assert "Traceback" not in err
    if words[0] != "compare":
        assert out == ""


def test_an_unknown_mesh_model_is_refused_before_the_work(cli):
    _, _, err = cli("front", "good", "--noc-model", "slow")
    assert "evaluating" not in err


def test_an_unknown_run_lists_those_there_are(cli):
    _, _, err = cli("front", "goood")
    assert "known: good, " in err
    assert "other" in err


def test_no_feasible_design_is_code_3_and_says_why(cli):
    code, out, err = cli("front", "bad")
    assert (code, out) == (3, "")
    assert "bad: no feasible design; chiplets <= 1 excludes" in err


# --- plot and report -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_plot_writes_the_scatter_asked_for(cli, results):
    code, out, _ = cli("plot", "good", "--x", "area_mm2", "--y", "energy_mj")
    assert code == 0
    path = results / "good" / "plots" / "scatter_area_mm2_energy_mj.html"
    assert out.split() == [str(path)]
    assert "silicon area [mm²]" in path.read_text(encoding="utf-8").replace("\\u00b2", "²")


@pytest.mark.slow
def test_report_is_written_into_the_run(cli, results):
    code, out, _ = cli("report", "good")
    assert code == 0
    assert out.split() == [str(results / "good" / "report.html")]
    assert "lenet5 on looked_at" in (results / "good" / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_report_without_a_feasible_design_says_so_and_is_code_3(cli, tmp_path):
    code, out, err = cli("report", "bad", "--out", tmp_path / "bad.html")
    assert code == 3
    assert out.split() == [str(tmp_path / "bad.html")]
    assert "no feasible design" in err
    assert "No feasible design was found" in (tmp_path / "bad.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_plots_without_a_feasible_design_show_what_was_tried(cli, tmp_path):
    code, out, err = cli("plot", "bad", "--out", tmp_path)
    assert code == 3
    assert {path.name for path in tmp_path.iterdir()} == {"pareto.html", "plotly.min.js"}
    assert len(out.split()) == 1
    assert "no feasible design" in err


# --- compare and runs ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_compare_prints_shares_under_one_reference_point(cli, tmp_path):
    code, out, err = cli("compare", "good", "other", "--format", "csv", "--out", tmp_path / "c.html")
    assert code == 0
    table = pd.read_csv(io.StringIO(out))
    assert table["run"].tolist() == ["good", "other"]
    assert table["hypervolume_share"].nunique() == 1
    assert "reference point: tiles = " in err
    assert (tmp_path / "c.html").exists()


def test_compare_leaves_out_what_the_runs_share(cli):
    code, out, _ = cli("compare", "good", "other")
    assert code == 0
    assert "hypervolume" in out
    assert "lenet5" not in out


def test_runs_lists_every_run(cli):
    code, out, _ = cli("runs", "--format", "json")
    assert code == 0
    assert [row["run"] for row in json.loads(out)] == ["bad", "good", "other"]
    _, out, _ = cli("runs")
    assert "enumerate" in out


def test_no_runs_is_a_message(monkeypatch, capsys, tmp_path):
    code, out, err = run_cli(monkeypatch, capsys, "runs", "--results", tmp_path)
    assert (code, out) == (0, "")
    assert "no runs in" in err
