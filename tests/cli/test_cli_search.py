"""Commands sweep, resume, enumerate, spaces: exit codes, what goes to stdout and what to stderr."""

import json

import pytest

from siam_dse.cli import main
from siam_dse.runs.folder import RunFolder

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
    code, out, err = run_cli(
        "sweep", "lenet5", "--space", "cli.yaml", "--trials", "8", "--name", "a", "--format", "json"
    )
    assert code == 0
    front = json.loads(out)
    assert len(front) == len(RunFolder.open("a").front()) > 0
    assert "8 trials" in err
    code, out, err = run_cli("resume", "a", "--trials", "4", "--certify")
    assert code == 0
    assert "knee" in out
    assert "% of the exact hypervolume" in err
    assert RunFolder.open("a").info["counts"]["trials"] == 12
    assert RunFolder.open("a").info["command"] == ["siam-dse", "resume", "a", "--trials", "4", "--certify"]
    code, out, err = run_cli("sweep", "lenet5", "--space", "cli.yaml", "--name", "a")
    assert (code, out) == (2, "")
    assert err.startswith("error: results/a: this run exists; continue it with 'siam-dse resume results/a'")
    code, _, err = run_cli("resume", "a")
    assert code == 2
    assert "say how many more" in err


def test_enumerate_and_its_resume(run_cli):
    code, out, err = run_cli("enumerate", "lenet5", "--space", "cli.yaml", "--format", "csv", "--keep", "all")
    assert code == 0
    assert out.startswith("trial,crossbar_size,")
    assert "16 designs" in err
    code, _, err = run_cli("resume", "lenet5-cli", "--trials", "3")
    assert code == 2
    assert "--trials and --storage have no meaning" in err
    code, _, err = run_cli("resume", "lenet5-cli")
    assert code == 2
    assert "is complete" in err


def test_no_feasible_design_has_its_own_exit_code(run_cli):
    code, out, err = run_cli("sweep", "lenet5", "--space", "hopeless.yaml", "--trials", "4")
    assert (code, out) == (3, "")
    assert "constraint 'tiles <= 1' excludes all 16 designs" in err
    assert "no feasible design was found" in err


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
        (["resume", "nothing"], "there is no such run"),
        (["spaces", "shwo"], "write 'spaces' or 'spaces show NAME'"),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2(run_cli, words, message):
    code, out, err = run_cli(*words)
    assert (code, out) == (2, "")
    assert message in err


def test_spaces_lists_what_there_is(run_cli):
    code, out, _ = run_cli("spaces", "--format", "json")
    assert code == 0
    assert {row["name"]: row["designs"] for row in json.loads(out)}["siam"] == 21609
    code, out, _ = run_cli("spaces", "show", "siam")
    assert out.startswith("name: siam\n")
