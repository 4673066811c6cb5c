"""pick, front --where, explain RUN, evaluate --designs: one design of a run, on the command line."""

import io
import json

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from results_cases import make_run, run_cli

from siam_dse.cli.choosing import parse_weights
from siam_dse.core.errors import InputError

SPACE = """
name: picked
axes: {crossbar_size: [64, 128], adc_bits: [6, 7, 8], n_chiplets: [4, 9], nop_bandwidth_gbps: [40, 320]}
fixed: {cell_sigma: 0.1, tiles_per_chiplet: 9}
objectives: {latency_ms: minimise, energy_mj: minimise}
constraints: [fits]
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    make_run(folder, "good", SPACE)
    return folder


@pytest.fixture
def cli(results, monkeypatch, capsys):
    return lambda *words: run_cli(monkeypatch, capsys, *words, "--results", results)


def test_the_stored_front_is_evaluated_again_as_it_is_and_keeps_its_ids(results, monkeypatch, capsys):
    path = results / "good" / "pareto.csv"
    stored = pd.read_csv(path)
    code, out, err = run_cli(monkeypatch, capsys, "evaluate", "lenet5", "--designs", path, "--format", "csv")
    assert code == 0
    assert "columns that are figures, not fields, were left aside" in err
    again = pd.read_csv(io.StringIO(out))
    assert_frame_equal(again, stored[list(again)])
    assert again.columns[0] == "trial"
    number = int(stored["trial"].iloc[2])
    words = ("--designs", path, "--design", number)
    code, out, _ = run_cli(monkeypatch, capsys, "evaluate", "lenet5", *words, "--format", "csv")
    assert_frame_equal(pd.read_csv(io.StringIO(out)), again[again["trial"] == number].reset_index(drop=True))
    code, _, err = run_cli(monkeypatch, capsys, "evaluate", "lenet5", "--design", number)
    assert (code, "--design: names a row of --designs FILE" in err) == (2, True)


def test_the_printed_command_evaluates_the_pick(cli, results, monkeypatch, capsys):
    code, out, err = cli("pick", "good")
    assert code == 0
    assert "nothing watches accuracy: accuracy_loss_pct is neither an objective nor bounded" in err
    words = out.split("Exactly this design again:\n")[1].split("\nor\n")[0].replace("\\\n", "").split()
    picked = json.loads(cli("pick", "good", "--format", "json")[1])[0]
    code, out, _ = run_cli(monkeypatch, capsys, *words[1:], "--format", "json")
    evaluated = json.loads(out)[0]
    assert {name: evaluated[name] for name in evaluated} == {name: picked[name] for name in evaluated}


def test_pick_under_bounds_with_weights(cli):
    code, out, _ = cli(
        "pick", "good", "--where", "adc_bits <= 7", "--weights", "latency_ms=3,cost_usd=1", "--format", "json"
    )
    assert code == 0
    assert json.loads(out)[0]["adc_bits"] <= 7
    code, out, err = cli("pick", "good", "--where", "latency_ms <= 1e-9")
    assert (code, out) == (3, "")
    assert "the nearest is design" in err
    for words, message in (
        (("--where", "latency <= 1"), "unknown column 'latency'"),
        (("--where", "latency_ms < 1"), "is neither a rule nor 'column <= number'"),
        (("--where", "fits"), "write 'column <= number'"),
        (("--weights", "latency_ms"), "must be column=weight"),
        (("--objective", "latency_ms:up"), "'up' is no direction"),
    ):
        code, _, err = cli("pick", "good", *words)
        assert (code, message in err) == (2, True), err


def test_front_where_and_weights(cli, results):
    stored = pd.read_csv(results / "good" / "pareto.csv")
    bound = stored["energy_mj"].median()
    _, out, _ = cli("front", "good", "--where", f"energy_mj <= {bound}", "--format", "csv")
    table = pd.read_csv(io.StringIO(out))
    assert set(table["trial"]) == set(stored.loc[stored["energy_mj"] <= bound, "trial"])
    _, out, err = cli("front", "good", "--weights", "latency_ms=2", "--format", "csv")
    table = pd.read_csv(io.StringIO(out))
    assert table["distance"].is_monotonic_increasing
    assert "weights: latency_ms=2, energy_mj=1" in err


@pytest.mark.parametrize(
    ("fmt", "start", "inside"),
    [("latex", "\\begin{table}", "latency [ms] & energy [mJ]"),
     ("markdown", "good: lenet5 on picked", "| latency [ms] |"),
     ("html", "<table>", "<th style=\"text-align:right\">latency [ms]</th>")],
)  # fmt: skip
def test_front_for_a_paper_or_a_page(cli, fmt, start, inside):
    code, out, _ = cli("front", "good", "--format", fmt)
    assert code == 0
    assert out.startswith(start)
    assert inside in out


def test_a_design_of_a_run_is_explained(cli, results, monkeypatch, capsys):
    number = int(pd.read_csv(results / "good" / "pareto.csv")["trial"].iloc[0])
    code, out, _ = cli("explain", "good", "--design", number)
    assert code == 0
    assert out.startswith(f"Design {number} of good is one of the")
    assert "Best single change: " in out
    assert "Where energy, time and area go:\n\nEnergy " in out
    assert max(map(len, [line for line in out.splitlines() if str(results) not in line])) <= 80
    code, _, err = cli("explain", "good", "--design", number, "--set", "adc_bits=5")
    assert (code, "a design of a run is what it is" in err) == (2, True)
    monkeypatch.chdir(results.parent)
    code, _, err = run_cli(monkeypatch, capsys, "explain", str(results / "good"))
    assert (code, "is a run: say which of its designs, --design ID" in err) == (2, True)
    code, _, err = run_cli(monkeypatch, capsys, "check-noc", str(results / "good"))
    assert (code, "is a run: say which of its designs, --design ID" in err) == (2, True)


def test_weights_are_numbers_by_column():
    assert parse_weights(" latency_ms = 2 , energy_mj=1") == {"latency_ms": 2.0, "energy_mj": 1.0}
    assert parse_weights(None) == {}
    with pytest.raises(InputError, match="latency_ms: given twice"):
        parse_weights("latency_ms=1,latency_ms=2")
