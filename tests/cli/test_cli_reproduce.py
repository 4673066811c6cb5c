"""The command reproduce, in-process: a table and a page, kept unless told otherwise."""

import pandas as pd
import pytest
from numpy.testing import assert_allclose
from typer.testing import CliRunner

from siam_dse.cli.app import app
from siam_dse.core.errors import InputError, RunError


def run(*words):
    return CliRunner().invoke(app, ["reproduce", *map(str, words)])


@pytest.mark.slow
def test_siam_is_reproduced(tmp_path):
    result = run("siam", "resnet110", "--out", tmp_path, "--format", "csv")
    assert result.exit_code == 0
    table = pd.read_csv(tmp_path / "siam-resnet110.csv").set_index(["quantity", "component"])
    times = table.loc[("time of the arrays", "together")]
    assert_allclose(float(times["SIAM's engine"]), 677, rtol=1e-3, atol=0)  # us, sum of 110 layers as measured
    assert_allclose(float(times["its rules"]), 677, rtol=0.01, atol=0)
    assert "48x Simba" in (tmp_path / "siam-resnet110.html").read_text()
    again = run("siam", "resnet110", "--out", tmp_path)
    assert isinstance(again.exception, RunError)
    assert "--replace" in str(again.exception)


@pytest.mark.parametrize(("tool", "quantity"), [("simba", "latency"), ("isaac", "energy")])
def test_a_system_has_a_page_where_it_is_asked_for(tool, quantity, tmp_path):
    result = run(tool, "--out", tmp_path, "--format", "csv")
    assert result.exit_code == 0
    table = pd.read_csv(tmp_path / f"{tool}.csv")
    assert table["quantity"].str.contains(quantity).any()
    assert_allclose(table["ours / published"], table["ours"] / table["published"], rtol=1e-6, atol=0)
    page = (tmp_path / f"{tool}.html").read_text()
    assert "figure-ratios" in page
    assert table["why"].dropna().iloc[0].split()[0] in page
    assert "--replace" in str(run(tool, "--out", tmp_path).exception)


@pytest.mark.parametrize(
    ("words", "message"),
    [(["gem5"], "siam"), (["siam", "mobilenet_v2"], "grouped layers"), (["siam", "resnet111"], "resnet110")],
)
def test_a_wrong_name_is_told(words, message, tmp_path):
    result = run(*words, "--out", tmp_path)
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
    assert not list(tmp_path.iterdir())
