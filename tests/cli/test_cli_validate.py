"""validate: error tables on stdout, predictions into files."""

import io
import json

import pandas as pd
import pytest
from numpy.testing import assert_allclose
from results_cases import run_cli

from siam_dse.cli import validating
from siam_dse.validation import tables
from siam_dse.validation.kind import Kind, Target

ROWS = pd.DataFrame(
    {
        "size": [1.0, 2.0, 4.0, 8.0],
        "shape": ["a", "a", "b", "b"],
        "flows": ["0;1;2;3;4;5;6;7;8;9;10;11;12;13;14", "1", "2", "3"],
        "area": [10.0, 20.0, 50.0, 80.0],
    }
)
TOY = Kind(
    name="toy",
    reference="toy.csv",
    quantities={"area_mm2": "area"},
    predict=lambda rows, noc_model, technology: {"area_mm2": 10.0 * rows["size"].to_numpy(dtype=float)},
    knobs=("size", "flows"),
    groups=("shape",),
    targets={"all": Target(0.05, 0.1), "shape = a": Target(0.01, 0.02)},
    note="a toy",
)


@pytest.fixture
def toy(monkeypatch, capsys):
    """The command line with one kind of four rows: the third is 20 % off."""
    monkeypatch.setattr(tables, "KINDS", ("toy",))
    monkeypatch.setattr("siam_dse.validation.knobs.reference_rows", lambda kind: ROWS)
    monkeypatch.setattr(tables, "load_kind", lambda name: {"toy": TOY}[name])
    monkeypatch.setattr(tables, "reference_rows", lambda kind: ROWS)
    return lambda *words: run_cli(monkeypatch, capsys, "validate", *words)


def test_errors_stand_beside_their_targets(toy):
    code, out, _ = toy("--format", "csv")
    assert code == 0
    table = pd.read_csv(io.StringIO(out)).set_index("group")
    # |error| in %: 0, 0, 20, 0. Median 0, 95th percentile 20 x 0.85 = 17 (between the two largest of four).
    assert_allclose(table.loc["all", ["median", "p95", "worst"]].astype(float), [0, 17, 20], rtol=0, atol=1e-9)
    assert_allclose(table.loc["all", ["target_median", "target_p95"]].astype(float), [5, 10], rtol=1e-12, atol=0)
    assert table.loc["all", "met"] == "False" or table.loc["all", "met"] is False
    assert str(table.loc["shape = a", "met"]) == "True"
    assert pd.isna(table.loc["shape = b", "met"])


def test_a_table_shows_errors_then_the_worst_rows(toy):
    code, out, err = toy("--kind", "toy", "--worst", "1")
    assert code == 0
    head, _, worst = out.partition("worst rows of toy")
    assert "target_p95" in head
    assert "yes" in head
    assert "no" in head
    assert "-0.2" in worst
    assert "toy: a toy" in err


def test_long_cells_are_cut_in_a_table_only(toy):
    code, out, _ = toy("--kind", "toy", "--worst", "4")
    assert code == 0
    assert ROWS["flows"][0][:24] + "..." in out
    _, out, _ = toy("--kind", "toy", "--worst", "4", "--format", "json")
    assert ROWS["flows"][0] in {row["flows"] for row in json.loads(out)}


def test_all_kinds_are_brief(toy):
    _, out, _ = toy()
    assert "shape = a" in out  # has a target
    assert "shape = b" not in out
    assert "worst rows" not in out


def test_predictions_are_appended_in_order(toy, tmp_path):
    given = ROWS[["size", "flows"]].iloc[::-1].assign(mine=[4, 3, 2, 1])
    given.to_csv(tmp_path / "rows.csv", index=False)
    code, out, err = toy("--kind", "toy", "--data", tmp_path / "rows.csv", "--out", tmp_path / "out.csv")
    assert (code, out) == (0, "")
    assert "wrote 4 rows" in err
    table = pd.read_csv(tmp_path / "out.csv")
    assert list(table) == ["size", "flows", "mine", "pred_area_mm2"]
    assert_allclose(table["pred_area_mm2"], [80, 40, 20, 10], rtol=1e-12, atol=0)
    assert table["mine"].tolist() == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "rows.csv"], "--data and --out go together"),
        (["--kind", "toy", "--out", "out.csv"], "--data and --out go together"),
        (["--data", "rows.csv", "--out", "out.csv"], "--data needs --kind; kinds: toy"),
        (["--kind", "toy", "--data", "missing.csv", "--out", "out.csv"], "missing.csv: no such file"),
        (["--noc-model", "slow"], "unknown mesh model 'slow'; known: "),
        (["--worst", "-1"], "must be 0 or more"),
    ],
)
def test_a_mistake_is_one_message_and_code_2(toy, words, message):
    code, out, err = toy(*words)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize("cell", ["1_0", "\u0663", "many"])
def test_a_number_that_a_table_would_keep_as_text_is_none(toy, tmp_path, cell):
    (tmp_path / "rows.csv").write_text(f"size,flows\n{cell},1\n", encoding="utf-8")
    code, _, err = toy("--kind", "toy", "--data", tmp_path / "rows.csv", "--out", tmp_path / "out.csv")
    assert code == 2
    assert "row 1, column 'size': must be a number" in err


def test_missing_knobs_are_named(toy, tmp_path):
    ROWS[["shape"]].to_csv(tmp_path / "rows.csv", index=False)
    code, _, err = toy("--kind", "toy", "--data", tmp_path / "rows.csv", "--out", tmp_path / "out.csv")
    assert code == 2
    assert "column 'size' is missing" in err
    assert "column 'flows' is missing" in err


def test_an_unknown_kind_lists_those_there_are(monkeypatch, capsys):
    code, _, err = run_cli(monkeypatch, capsys, "validate", "--kind", "sqrn")
    assert code == 2
    assert "unknown kind 'sqrn'; known: sqnr, " in err


def test_the_errors_of_a_report_are_the_brief_table(toy):
    del toy
    table = validating.error_tables(None, "fast", brief=True)
    assert set(table["group"]) == {"all", "shape = a"}


def test_a_packaged_kind_runs_end_to_end(monkeypatch, capsys):
    code, out, _ = run_cli(monkeypatch, capsys, "validate", "--kind", "cost", "--format", "json")
    assert code == 0
    rows = [row for row in json.loads(out) if row["group"] == "all"]
    assert rows
    assert all(row["rows"] > 0 and row["median"] < 1 for row in rows)


def test_an_overlay_is_what_the_model_computes_with(monkeypatch, capsys, tmp_path):
    path = tmp_path / "small_wafer.yaml"
    path.write_text(
        "sources:\n  fab: {title: Our wafers, authors: A. Author, where: measured}\n"
        "constants:\n  cost.wafer_diameter: {value: 200, unit: mm, source: fab, status: measured}\n",
        encoding="utf-8",
    )
    words = ("validate", "--kind", "cost", "--format", "csv")
    code, out, _ = run_cli(monkeypatch, capsys, *words, "--technology", str(path))
    bias = pd.read_csv(io.StringIO(out)).query("group == 'all'").set_index("quantity")["bias"]
    assert code == 0
    assert abs(bias["die_yield"]) < 1e-3
    # (300 / 200)^2 = 2.25 wafers for one, and more lost at the edges of small ones: 2.4 times the cost of a die
    assert 125 < bias["kgd_usd"] < 150
