"""``plot`` for papers: the suffix decides, fonts are embedded, one error where matplotlib is missing."""

import builtins
import re

import pandas as pd
import pytest
from results_cases import make_run, run_cli

from siam_dse.cli.output import has_room, print_table


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plotted")
    make_run(folder, "a")
    return folder


@pytest.fixture
def plot(monkeypatch, capsys, results):
    return lambda *words: run_cli(monkeypatch, capsys, "plot", "a", "--results", results, *words)


def test_the_suffix_of_a_file_decides(plot, tmp_path):
    code, out, _ = plot("--x", "area_mm2", "--y", "energy_mj", "--out", tmp_path / "one.html")
    assert (code, out.strip()) == (0, str(tmp_path / "one.html"))
    assert (tmp_path / "one.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--out", "fig.gif"), "cannot write .gif; give a folder, or a file in html, pdf, svg, png"),
        (("--out", "fig.svg", "--to", "pdf"), "is .svg, but --to says pdf; make them agree"),
        (("--to", "pfd"), "unknown format 'pfd'; known: pdf"),
        (("--width", "3.5pt", "--to", "pdf"), "must be a length from 0.5in to 40in"),
    ],
)
def test_mistakes(plot, words, message):
    code, out, err = plot(*words)
    assert (code, out) == (2, "")
    assert message in err


def test_without_matplotlib_there_is_one_clear_error(plot, monkeypatch, tmp_path):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    code, out, err = plot("--out", tmp_path / "fig.svg")
    assert (code, out) == (2, "")
    assert "need matplotlib, which is not installed: pip install 'siam-dse[paper]'" in err
    assert not (tmp_path / "fig.svg").exists()


@pytest.mark.slow
def test_figures_for_a_paper(plot, tmp_path):
    pytest.importorskip("matplotlib", reason="needs pip install 'siam-dse[paper]'")
    code, out, _ = plot("--to", "pdf", "--width", "88.9mm", "--font-size", "7", "--out", tmp_path)
    assert code == 0
    paths = [line.rpartition("/")[2] for line in out.splitlines()]
    assert paths == ["front.pdf", "breakdown.pdf", "layers.pdf"]
    content = (tmp_path / "front.pdf").read_bytes()
    assert b"/Type3" not in content
    width = float(re.search(rb"/MediaBox \[ ?0 0 ([\d.]+)", content)[1])
    assert width == 3.5 * 72  # points
    assert plot("--x", "area_mm2", "--y", "energy_mj", "--out", tmp_path / "one.svg")[0] == 0
    text = (tmp_path / "one.svg").read_text()
    assert ">silicon area [mm²]</text>" in text  # text stays text
    first = content
    plot("--to", "pdf", "--width", "88.9mm", "--font-size", "7", "--out", tmp_path)
    assert (tmp_path / "front.pdf").read_bytes() == first


def test_a_table_fits_the_terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")  # as where there is one
    frame = pd.DataFrame({f"column_{i}": [123456.0] for i in range(9)} | {"meaning": ["word " * 40]})
    assert not has_room(frame)
    print_table(frame)
    out, err = capsys.readouterr()
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip()) for line in out.splitlines()) <= 60
    left_out = [name for name in frame if name in err]
    assert left_out == ["column_3", "column_4", "column_5", "column_6", "column_7"]
    monkeypatch.setattr("rich.console.Console.is_terminal", False)
    monkeypatch.delenv("TTY_COMPATIBLE")
    assert has_room(frame)
    print_table(frame)  # no terminal: all of it
    out = capsys.readouterr().out
    assert all(name in out for name in frame)
