"""Commands sweep, resume, enumerate, spaces: exit codes, what goes to stdout and what to stderr."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from siam_dse.cli import main
from siam_dse.cli.found import shown_designs
from siam_dse.cli.progress import described
from siam_dse.cli.results import draw
from siam_dse.core.errors import DiskFullError, InputError
from siam_dse.runs.folder import RunFolder
from siam_dse.search.budget import seconds_of
from siam_dse.search.progress import Progress

SPACE = """
name: cli
axes: {crossbar_size: [64, 128], adc_bits: [5, 6], tiles_per_chiplet: [1, 4], nop_bandwidth_gbps: [40, 160]}
objectives: {latency_ms: minimise, energy_mj: minimise}
constraints: [fits]
"""


@pytest.fixture
def run_cli(tmp_path, monkeypatch, capsys):
    (tmp_path / "cli.yaml").write_text(SPACE)
    (tmp_path / "hopeless.yaml").write_text(SPACE.replace("[fits]", "[fits, tiles <= 1]"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("siam_dse.cli.results.draw", lambda run: None)  # plots are tested with the report

    def run(*words):
        monkeypatch.setattr("sys.argv", ["siam-dse", *words])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        out = capsys.readouterr()
        assert "Traceback" not in out.err
        return code, out.out, out.err

    return run


def test_sweep_and_resume(run_cli, tmp_path):
    words = ("--sampler", "nsga2", "--trials", "8", "--name", "a", "--format", "json")
    code, out, err = run_cli("sweep", "lenet5", "--space", "cli.yaml", *words)
    assert code == 0
    front = json.loads(out)
    assert len(front) == len(RunFolder.open("a").front()) > 0
    assert "8 trials stored" in err
    code, out, err = run_cli("resume", "a", "--trials", "4", "--certify")
    assert code == 0
    assert "knee" in out
    assert re.search(r"certificate: .* % of the exact front's \d+ points, .* % of its volume; an exact design", err)
    assert RunFolder.open("a").info["counts"]["trials"] == 12
    assert RunFolder.open("a").info["command"] == ["siam-dse", "resume", "a", "--trials", "4", "--certify"]
    code, out, err = run_cli("sweep", "lenet5", "--space", "cli.yaml", "--name", "a")
    assert (code, out) == (2, "")
    assert err.startswith("error: results/a: this run exists; continue it with 'siam-dse resume results/a'")
    code, _, err = run_cli("resume", "a")
    assert code == 2
    assert "say how many more" in err


def test_a_sweep_of_a_small_space_is_exact_and_says_so(run_cli):
    code, out, err = run_cli("sweep", "lenet5", "--space", "cli.yaml", "--name", "a", "--certify")
    assert code == 0
    assert "of the front's" in out
    assert "best latency_ms: " in err
    assert "all 16 designs, " in err
    assert "on the front (exact)" in err
    assert "certificate: every design was evaluated, so that the front is exact" in err
    assert RunFolder.open("a").study_path.exists()


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("1.5m", 90), ("2h", 7200), ("45", 45), ("5 min", 300)])
def test_times_as_they_are_written(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "3 weeks", "fast"])
def test_a_time_that_is_none_is_refused(text):
    with pytest.raises(InputError, match="write a time such as 30s, 5m or 2h"):
        seconds_of(text)


def test_enumerate_and_its_resume(run_cli):
    code, out, err = run_cli("enumerate", "lenet5", "--space", "cli.yaml", "--format", "csv", "--keep", "all")
    assert code == 0
    assert out.startswith("trial,crossbar_size,")
    assert "16 designs" in err
    code, _, err = run_cli("resume", "lenet5-cli", "--trials", "3")
    assert code == 2
    assert "--trials, --time, --evaluations and --storage have no meaning" in err
    code, _, err = run_cli("resume", "lenet5-cli")
    assert code == 2
    assert "is complete" in err


@pytest.mark.slow
def test_no_feasible_design_has_its_own_exit_code(run_cli):
    words = ("--sampler", "archive", "--evaluations", "4")
    code, out, err = run_cli("sweep", "lenet5", "--space", "hopeless.yaml", *words)
    assert (code, out) == (3, "")
    assert "constraint 'tiles <= 1' excludes all 16 designs" in err
    assert "no feasible design was found among 4; the nearest breaks 'tiles <= 1' (by " in err
    assert "'tiles <= 1' excludes 100 % of them" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sweep", "lenet5", "--space", "nope"], "unknown search space 'nope'"),
        (["sweep", "lenet5", "--space", "nope.yaml"], "nope.yaml: there is no such file"),
        (["sweep", "lenet", "--space", "cli.yaml"], "unknown network 'lenet'; known: lenet5"),
        (["sweep", "lenet5", "--space", "cli.yaml", "--sampler", "x"], "unknown sampler 'x'"),
        (["sweep", "lenet5", "--space", "cli.yaml", "--objectives", "latency"], "unknown output column 'latency'"),
        (["sweep", "lenet5", "--space", "cli.yaml", "--profile", "saim"], "unknown profile 'saim'; known: siam"),
        (["enumerate", "lenet5", "--space", "cli.yaml", "--keep", "x"], "unknown choice 'x'"),
        (["sweep", "lenet5", "--space", "cli.yaml", "--time", "soon"], "--time: 'soon': write a time such as 30s"),
        (["sweep", "lenet5", "--space", "cli.yaml", "--time", "-3"], "--time: must be a positive number of seconds"),
        (["resume", "nothing"], "there is no such run"),
        (["spaces", "shwo"], "write 'spaces' or 'spaces show NAME'"),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2(run_cli, words, message):
    code, out, err = run_cli(*words)
    assert (code, out) == (2, "")
    assert message in err


def front_of(n):
    """A front of two objectives sorted by the first: a falls as b rises, the knee in the middle."""
    a = np.arange(n, dtype=float)
    return pd.DataFrame({"a": a, "b": a[::-1], "knee": np.arange(n) == n // 2})


def test_the_printed_front_has_its_named_designs_and_some_between():
    """100 designs: 12 evenly spread rows are 0, 9, 18, ..., 99; the knee at 50 and no other named one beside them."""
    rows = shown_designs(front_of(100), {"a": "minimise", "b": "minimise"})
    assert list(rows["a"]) == [0, 9, 18, 27, 36, 45, 50, 54, 63, 72, 81, 90, 99]
    assert [name for name in rows["design"] if name] == ["best a", "knee", "best b"]
    rows = shown_designs(front_of(100), {"a": "minimise", "b": "maximise"})
    assert rows["design"].iloc[0] == "best a, best b"


@pytest.mark.parametrize("n", [1, 2, 5, 12, 13])
def test_a_small_front_is_printed_as_it_is(n):
    rows = shown_designs(front_of(n), {"a": "minimise", "b": "minimise"})
    assert len(rows) == min(n, 13)
    assert rows["a"].is_monotonic_increasing


@pytest.mark.slow
def test_the_printed_front_says_how_many_more_there_are(run_cli):
    code, out, err = run_cli("enumerate", "lenet5", "--space", "quick", "--name", "a")
    assert code == 0
    front = RunFolder.open("a").front()
    title, *lines = [line.strip() for line in out.splitlines()]
    rows = [line.split() for line in lines if line[:1].isdigit()]
    assert title == f"a: {len(rows)} of the front's {len(front)} designs, by latency_ms"
    assert 12 <= len(rows) <= 17
    assert {int(row[0]) for row in rows} <= set(front["trial"])
    assert "all designs with all columns: results/a/pareto.csv" in err
    best = int(front.loc[front["energy_mj"].idxmin(), "trial"])
    assert f"best energy_mj: {best}" in err
    latencies = [float(row[-4]) for row in rows]
    assert latencies == sorted(latencies)


def test_progress_tells_rate_front_and_volume():
    step = Progress(done=1500, total=2000, evaluated=1400, feasible=700, front_size=80, hypervolume=0.12345,
                    seconds=2.0, rate=750.4, unit="trials")  # fmt: skip
    assert described(step) == "1,500 of 2,000 trials, 750/s, 700 feasible, front 80, volume 12.3 %"


@pytest.mark.slow
def test_a_full_disk_while_plotting_advises_the_report_and_not_a_search(run_cli, monkeypatch):
    def full(*_, **__):
        raise DiskFullError("somewhere.html", "'siam-dse resume' continues")

    run_cli("sweep", "lenet5", "--space", "cli.yaml", "--sampler", "nsga2", "--trials", "8", "--name", "a")
    monkeypatch.setattr("siam_dse.report.page.write_report", full)
    monkeypatch.setattr("siam_dse.report.gallery.write_plots", full)
    monkeypatch.setattr("siam_dse.report.gallery.run_figures", lambda _: {})
    monkeypatch.setattr("siam_dse.cli.results.draw", draw)
    for words, remedy in [
        (["report", "a"], "'siam-dse report a'"),
        (["plot", "a"], "'siam-dse plot a'"),
        (["resume", "a", "--trials", "2"], "'siam-dse report results/a' and 'siam-dse plot results/a' write what is"),
    ]:
        code, _, err = run_cli(*words)
        assert code == 2
        assert f"error: somewhere.html: the disk is full; free some space, then {remedy}" in err
        assert "siam-dse resume" not in err
    assert RunFolder.open("a").status == "complete"


@pytest.mark.slow
def test_spaces_lists_what_there_is(run_cli):
    code, out, _ = run_cli("spaces", "--format", "json")
    assert code == 0
    assert {row["name"]: row["designs"] for row in json.loads(out)}["siam"] == 21609
    code, out, _ = run_cli("spaces")
    sizes = {line.split()[0]: line.split()[1] for line in out.splitlines()[1:]}
    assert sizes["siam"] == "21,609"
    assert sizes["quick"] == "540"
    assert "e+" not in sizes["full"]
    assert 1e17 < float(sizes["full"]) < 2e17
    code, out, _ = run_cli("spaces", "show", "siam")
    assert out.startswith("name: siam\n")
