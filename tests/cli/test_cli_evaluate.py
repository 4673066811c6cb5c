"""Command evaluate: tables in and out, mistakes, and what --help loads."""

import subprocess
import sys

import pandas as pd
import pytest
from numpy.testing import assert_allclose
from results_cases import run_cli

import siam_dse as sd
from siam_dse.cli.components import component_table
from siam_dse.engines.crossbar.engine import crossbar_unit
from siam_dse.system.columns import NOTES

# The three layers of tests/system/test_evaluate_mapping.py, which counts their tiles by hand.
TABLE = "8,8,64,3,3,128,0,1\n8,8,128,3,3,128,1,1\n1,1,512,1,1,10,0,1\n"


@pytest.fixture
def siam_dse(monkeypatch, capsys, tmp_path):
    """The command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: run_cli(monkeypatch, capsys, *words)


def test_the_designs_are_written_with_their_mapping(siam_dse, tmp_path):
    (tmp_path / "small.csv").write_text(TABLE)
    (tmp_path / "designs.csv").write_text("crossbar_size,tiles_per_chiplet,n_chiplets\n128,16,0\n128,4,0\n64,16,0\n")
    code, _, err = siam_dse(
        "evaluate", "small.csv", "--profile", "siam", "--designs", "designs.csv", "--out", "out.csv"
    )
    assert code == 0, err
    written = pd.read_csv("out.csv")
    # At 64 x 64 tiles are 256 x 256: 3 x 4 + 5 x 4 + 2 x 1 = 34 tiles; 12 | 20 = 2 chiplets of its own | 2.
    assert list(written["tiles"]) == [11, 11, 34]
    assert list(written["chiplets"]) == [1, 4, 4]


def test_a_decoder_is_evaluated_by_tokens_and_phase(siam_dse):
    code, _, err = siam_dse("evaluate", "gpt2", "--tokens", "64", "--phase", "decode", "--out", "out.csv")
    assert code == 0, err
    written = pd.read_csv("out.csv").iloc[0]
    assert_allclose(written["tokens_per_s"] * written["latency_ms"], 1e3, rtol=1e-9, atol=0)
    assert written["energy_per_token_mj"] == written["energy_mj"]
    code, out, err = siam_dse("networks", "show", "gpt2", "--tokens", "64", "--phase", "decode")
    assert code == 0, err
    assert "12 x (1 x 64) (64 x 64)" in out
    assert "*b1.qkv" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "resnet5"], "unknown network 'resnet5'"),
        (["evaluate", "resnet20", "--set", "adc_bit=4"], "unknown field 'adc_bit'; known: adc_bits"),
        (["evaluate", "resnet20", "--set", "adc_bits"], "must be field=value"),
        (["evaluate", "resnet20", "--set", "adc_bits=40"], "must lie in [1, 12] bit"),
        (["evaluate", "resnet20", "--profile", "simba"], "unknown profile 'simba'"),
        (["evaluate", "resnet20", "--designs", "nowhere.csv"], "no such file"),
        (["evaluate", "resnet20", "--out", "table.xlsx"], "cannot write .xlsx"),
        (["evaluate", "resnet20", "--tokens", "8"], "those of this network are fixed by its rows"),
        (["evaluate", "vit_b16", "--tokens", "8"], "those of this network follow from its input map"),
        (["explain", "gpt2", "--phase", "encode"], "phase: got 'encode'; must be one of prefill, decode"),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2(siam_dse, arguments, message):
    code, _, err = siam_dse(*arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


SLOW_TO_IMPORT = {"numpy", "scipy", "pandas", "pyarrow", "joblib", "onnx", "optuna", "plotly", "moocore", "asyncio"}


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("--help", set()),
        ("networks", {"numpy"}),
        ("fields", {"numpy"}),
        ("evaluate lenet5", {"numpy", "scipy"}),
    ],
)
def test_a_command_imports_no_package_that_it_does_not_need(command, needed):
    code = (
        f"import sys\nfrom siam_dse.cli import main\nsys.argv = ['siam-dse', *{command.split()}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(*(m for m in {sorted(SLOW_TO_IMPORT)} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.splitlines()[-1].split()) <= needed


def test_the_process_ends_with_one_message_and_exit_code_2():
    command = [sys.executable, "-m", "siam_dse", "evaluate", "resnet5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_each_note_is_told_once_with_the_designs_it_concerns(siam_dse):
    """32 nm lies between two tabulated processes, 28 nm is one of them."""
    code, out, err = siam_dse("evaluate", "resnet20", "--set", "cost_node_nm=28,32", "--set", "adc_bits=6,7")
    assert code == 0, err
    text = NOTES["cost_node_between"].text
    assert err.count(text) == 1
    assert f"note on 2 of 4 design(s), cost_node_between: {text}" in err
    assert text not in out


def test_components_of_a_crossbar_add_up_and_small_figures_have_fitting_units(siam_dse):
    designs = sd.Designs.grid(adc_kind=["sar", "flash"], cell=["rram_1t1r", "digital_cim"])
    table, unit = component_table(designs), crossbar_unit(designs)
    assert_allclose(table.groupby("design")["area_um2"].sum(), unit.area_m2 * 1e12, rtol=1e-12, atol=0)
    assert_allclose(table.groupby("design")["time_ns"].sum(), unit.conversion_s * 1e9, rtol=1e-12, atol=0)
    assert_allclose(table.groupby("design")[["area_pct", "energy_pct", "time_pct"]].sum(), 100, rtol=1e-12, atol=0)
    share = table.set_index(["design", "part"])["area_pct"]
    assert_allclose(share[0, "level_shifter"], 46.3, rtol=1e-3, atol=0)
    code, out, _ = siam_dse("evaluate", "lenet5", "--components")
    assert code == 0
    assert "level_shifter" in out
    assert "conversion or sum" in siam_dse("explain", "lenet5", "--crossbar")[1]
    code, out, err = siam_dse("evaluate", "lenet5", "--layers")
    assert code == 0
    assert "crossbar_nj" in out
    assert "crossbar_latency_us" in out
    assert " mJ" not in err


@pytest.mark.parametrize("network", ["lenet5", "gpt2"])
def test_one_design_prints_what_a_table_of_designs_does(network, capsys):
    import siam_dse as sd
    from siam_dse.cli import evaluating

    evaluation = sd.evaluate(network)
    evaluating._print_one(evaluation, "default")
    alone = capsys.readouterr().out
    evaluating._print_tables(evaluation, evaluation.to_frame(), "default")
    assert capsys.readouterr().out == alone
    assert "accuracy_loss_pct" in alone
