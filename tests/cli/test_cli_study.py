"""The command study, in-process."""

import csv
import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from siam_dse.cli.app import app
from siam_dse.core.errors import InputError, RunError


def run(*words):
    return CliRunner().invoke(app, ["study", *map(str, words)])


def failure(*words):
    result = run(*words)
    assert result.exception is not None
    return result.exception


def test_without_a_name_the_studies_are_listed():
    result = run()
    assert result.exit_code == 0
    for name in ("styles", "bandwidth", "monolithic", "accuracy", "noc"):
        assert name in result.stdout


@pytest.mark.slow
def test_a_study_writes_its_folder_and_prints_its_key_figures(tmp_path):
    out = tmp_path / "styles"
    result = run("styles", "lenet5", "--out", out, "--format", "csv", "--set", "adc_bits=6")
    assert result.exit_code == 0
    printed = result.stdout.splitlines()
    assert printed[0].startswith("network,crossbar_size,tiles_per_chiplet,chiplets,")
    assert len(printed) == 1 + 3 * 5
    assert sorted(path.name for path in out.iterdir()) == [
        "study.json", "styles.csv", "styles.html", "styles_summary.csv"
    ]  # fmt: skip
    assert set(pd.read_csv(out / "styles.csv")["adc_bits"]) == {6}
    assert json.loads((out / "study.json").read_text(encoding="utf-8"))["networks"] == ["lenet5"]
    before = (out / "styles.html").read_bytes()
    error = failure("styles", "lenet5", "--out", out)
    assert isinstance(error, RunError)
    assert "--replace writes it anew" in str(error)
    assert (out / "styles.html").read_bytes() == before
    assert run("styles", "resnet20", "--out", out, "--replace").exit_code == 0
    assert json.loads((out / "study.json").read_text(encoding="utf-8"))["networks"] == ["resnet20"]


@pytest.mark.slow
def test_links_of_the_bandwidth_study(tmp_path):
    result = run("bandwidth", "lenet5", "--links", "grs, aib2", "--out", tmp_path / "b", "--format", "csv")
    assert result.exit_code == 0
    assert {line.split(",")[2] for line in result.stdout.splitlines()[1:]} == {"grs", "aib2"}
    rows = csv.DictReader((tmp_path / "b" / "bandwidth.csv").read_text(encoding="utf-8").splitlines())
    assert {(row["nop_link"], row["package"]) for row in rows} == {("grs", "organic"), ("aib2", "interposer")}


@pytest.mark.slow
def test_the_default_folder_is_below_results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("monolithic", "lenet5").exit_code == 0
    assert (tmp_path / "results" / "studies" / "monolithic" / "monolithic.html").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("stiles",), "study: unknown study 'stiles'; known: styles,"),
        (("styles", "resnet5"), "unknown network 'resnet5'; known: resnet50,"),
        (("styles", "lenet5", "--set", "crossbar_size=64"), "this study varies crossbar_cols, crossbar_rows itself"),
        (("styles", "lenet5", "--set", "adc_bits=6,7"), "adc_bits: one value only in a study, got 6,7"),
        (("styles", "lenet5", "--set", "adc_bit=6"), "unknown field 'adc_bit'; known: adc_bits,"),
        (("styles", "lenet5", "--profile", "siamese"), "unknown profile 'siamese'; known: siam,"),
        (("accuracy", "lenet5", "--set", "adc_bits=6"), "the study accuracy searches whole spaces"),
        (("styles", "lenet5", "--links", "all"), "--links: belongs to the study bandwidth, not to styles"),
        (("bandwidth", "lenet5", "--links", "grs,bus"), "nop_link: unknown choice 'bus'; known:"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(tmp_path, words, message):
    out = tmp_path / "out"
    error = failure(*words, "--out", out)
    assert isinstance(error, InputError)
    assert message in str(error)
    assert not list(out.glob("*"))
