"""The notebooks of the manual run from top to bottom."""

import json
from pathlib import Path

import pytest

import siam_dse as sd

NOTEBOOKS = sorted((Path(sd.__file__).parent / "manual" / "notebooks").glob("*.ipynb"))
pytestmark = pytest.mark.slow


def run(path):
    """Names that a notebook's cells leave behind; a cell's last value is shown as a notebook shows it."""
    names = {}
    for number, cell in enumerate(json.loads(path.read_text())["cells"]):
        if cell["cell_type"] != "code":
            continue
        assert cell["outputs"] == []  # outputs are made where it is run
        *_, last = [line for line in cell["source"] if not line.startswith((" ", ")", "'"))]
        code = compile("".join(cell["source"]), f"{path.name}, cell {number}", "exec")
        exec(code, names)
        try:
            shown = eval(compile(last, path.name, "eval"), names)
        except SyntaxError:  # a statement shows nothing
            continue
        assert (getattr(shown, "_repr_html_", None) or shown.__repr__)()
    return names


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_there_is_one_for_each_user():
    assert [path.stem for path in NOTEBOOKS] == ["architect", "explore", "lab"]


def test_the_architect_gets_a_design_within_the_budget():
    names = run(NOTEBOOKS[0])
    assert names["choice"].row["cost_usd"] <= names["front"]["cost_usd"].median() * 1.01
    assert names["page"].stat().st_size < 7e6
    assert names["front"]["accuracy_loss_pct"].max() <= 5


def test_the_explorer_asks_what_no_command_asks():
    names = run(NOTEBOOKS[1])
    best = names["own"].nsmallest(1, "ed2p").iloc[0]
    assert best["ed2p"] == (names["points"]["energy_mj"] * names["points"]["latency_ms"] ** 2).min()
    assert best["die_area_mm2"] < 0.5 * best["area_mm2"]
    assert best["feasible"]


def test_the_lab_sees_what_its_converter_changes():
    names = run(NOTEBOOKS[2])
    ratio = names["measured"]["latency_ms"] / names["packaged"]["latency_ms"]
    assert ((ratio > 0.6) & (ratio < 1)).all()  # a converter at 0.6 of the cycle, and other parts unchanged
    assert names["doubt"].designs["stays"].between(0, 100).all()
