"""Run folders: made, found, listed; what they say of themselves; fingerprints and their differences."""

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from siam_dse.core.errors import InputError, RunError
from siam_dse.design.space_reader import parse_space
from siam_dse.runs.files import RunFiles
from siam_dse.runs.fingerprint import PARTS, differences, digest, fingerprint
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.lock import run_lock
from siam_dse.runs.provenance import git_commit, provenance
from siam_dse.runs.spaces import load_space, space_of_text
from siam_dse.workload.load import load_network

TEXT = "name: my space\naxes: {crossbar_size: [64, 128]}\nobjectives: {tiles: minimise}\nconstraints: [fits]\n"


@pytest.fixture
def space():
    return space_of_text(TEXT, "f.yaml")


@pytest.fixture
def network():
    return load_network("lenet5")


def test_a_new_run_explains_itself(tmp_path, network, space):
    run = RunFolder.create(tmp_path, None, network, space, {"kind": "sweep", "seed": 3})
    assert run.name == "lenet5-my_space"
    assert run.status == "interrupted"  # no process holds it
    with run_lock(run.path):
        assert run.status == "running"
    assert run.info["objectives"] == {"tiles": "minimise"}
    assert run.network().text == network.text
    assert run.space() == space
    assert len(run.points()) == len(run.front()) == len(run.history()) == 0
    run.update({"status": "complete", "counts": {"a": 1}})
    run.update({"counts": {"b": 2}})
    assert run.info["counts"] == {"a": 1, "b": 2}
    assert run.info["seed"] == 3
    assert run.storage_url().startswith("sqlite:////")
    assert run.plots_path.is_dir()


def test_names_are_counted_up_and_a_given_name_is_kept(tmp_path, network, space):
    made = [RunFolder.create(tmp_path, None, network, space, {}).name for _ in range(3)]
    assert made == ["lenet5-my_space", "lenet5-my_space-2", "lenet5-my_space-3"]
    RunFolder.create(tmp_path, "mine", network, space, {})
    with pytest.raises(RunError, match=r"mine: this run exists; continue it with 'siam-dse resume .*mine'"):
        RunFolder.create(tmp_path, "mine", network, space, {})
    assert [run.name for run in RunFolder.all(tmp_path)] == [*sorted(made), "mine"]
    assert RunFolder.all(tmp_path / "nowhere") == []


@pytest.mark.parametrize("name", ["a/b", "..", "", ".hidden", "-x"])
def test_a_name_that_is_no_folder_name_is_refused(tmp_path, network, space, name):
    with pytest.raises(InputError, match="must be a plain folder name"):
        RunFolder.create(tmp_path, name, network, space, {})


@pytest.mark.parametrize("name", ["a\nb", "a\u202eb", "a" * 300])
def test_a_name_that_a_screen_obeys_or_that_is_long_is_refused(tmp_path, network, space, name):
    with pytest.raises(InputError, match=r"which a screen obeys or hides|at most 200 are allowed"):
        RunFolder.create(tmp_path, name, network, space, {})


def test_a_folder_left_by_a_process_that_died_while_making_it_is_taken_over(tmp_path, network, space):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "space.yaml").write_text("half")
    assert RunFolder.create(tmp_path, "mine", network, space, {}).space() == space
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.tex").write_text("precious")
    with pytest.raises(RunError, match="foreign: holds other files; move them away, or give another --name"):
        RunFolder.create(tmp_path, "foreign", network, space, {})
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="file: is a file; move it away, or give another --name"):
        RunFolder.create(tmp_path, "file", network, space, {})


def test_of_several_that_make_a_run_of_one_name_at_once_one_does(tmp_path, network, space, monkeypatch):
    """The others neither take its half-made folder over nor write into it; without a name each has its own."""
    written, replace_text = threading.Barrier(4, timeout=30), RunFiles.replace_text

    def slowly(files, name, text):
        time.sleep(0.3)
        replace_text(files, name, text)

    def made(seed, name):
        written.wait()
        try:
            return RunFolder.create(tmp_path, name, network, space, {"seed": seed}).info
        except RunError as error:
            return str(error)

    monkeypatch.setattr(RunFiles, "replace_text", slowly)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(made, range(4), ["one"] * 4))
        (info,) = [each for each in answers if isinstance(each, dict)]
        assert RunFolder.open("one", tmp_path).info == info
        assert all("another process makes this run" in str(each) for each in answers if each is not info)
        names = [info["name"] for info in pool.map(made, range(4), [None] * 4)]
    assert sorted(names) == ["lenet5-my_space", *(f"lenet5-my_space-{i}" for i in (2, 3, 4))]


def test_open_by_name_or_path_and_say_what_there_is(tmp_path, network, space):
    run = RunFolder.create(tmp_path, "mine", network, space, {})
    assert RunFolder.open("mine", tmp_path).path == run.path
    assert RunFolder.open(run.path).name == "mine"
    assert RunFolder.open(run) is run
    with pytest.raises(RunError, match=r"'mien': there is no such run .* known: mine"):
        RunFolder.open("mien", tmp_path)
    (run.path / "run.json").write_text("{")
    with pytest.raises(RunError, match="is not valid JSON"):
        RunFolder.open(run.path)
    (run.path / "run.json").write_text("[]")
    with pytest.raises(RunError, match="is not a run's description"):
        RunFolder.open(run.path)


@pytest.mark.slow
def test_designs_of_stored_rows_come_back(tmp_path, network, space):
    run = RunFolder.create(tmp_path, "mine", network, space, {})
    frame = space.designs_at([0, 1]).to_frame().assign(trial=[0, 1], duplicate_of=-1, sampler_notes="{}", tiles=[4, 2])
    run.store.append(frame)
    run.write_front(frame.assign(knee=[False, True]))
    assert_array_equal(run.designs_of(run.points()).crossbar_rows, [64, 128])
    assert_array_equal(run.designs_of(run.front()).crossbar_rows, [64, 128])
    assert "sampler_notes" not in run.points()
    assert list(run.points(["tiles"]).columns) == ["tiles"]
    run.store.append(frame.assign(trial=[2, 3], duplicate_of=[0, 1]))
    assert len(run.points()) == 2
    assert len(run.points(duplicates=True)) == 4
    (run.path / "pareto.csv").write_text('"unfinished\n1,2,3')
    with pytest.raises(
        RunError, match=r"pareto\.csv: is damaged: .* Lost is the table of the front; .*resume.* writes it anew"
    ):
        run.front()


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path, network, space):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="a file is where a folder would be"):
        RunFolder.create(tmp_path / "file", "x", network, space, {})


def test_equal_problems_have_equal_fingerprints_and_every_change_is_shown(network, space):
    print_ = fingerprint(network, space)
    assert tuple(print_) == PARTS
    assert json.loads(json.dumps(print_)) == print_
    assert differences(print_, fingerprint(network, space)) == []
    other = parse_space(
        "profile: siam\naxes: {crossbar_size: [64, 256], adc_bits: [4]}\nobjectives: {tiles: maximise}\n"
        "constraints: [tiles <= 9]", "g"
    )  # fmt: skip
    lines = differences(print_, fingerprint(load_network("vgg8"), other))
    assert "space: axes.crossbar_size: was 64, 128, now 64, 256" in lines
    assert "space: axes.adc_bits: new, now 4" in lines
    assert "space: constraints.fits: was True, now gone" in lines
    assert "profile: adc_kind: was sar, now flash" in lines
    assert "objectives: tiles: was minimise, now maximise" in lines
    assert "network: name: was lenet5, now vgg8" in lines
    assert digest(print_) != digest(fingerprint(network, other))
    changed = {**print_, "technology": {**print_["technology"], "noc.yaml": "0"}, "model": {"version": "other"}}
    assert [line.split(": ")[:2] for line in differences(print_, changed)] == [
        ["technology", "noc.yaml"],
        ["model", "version"],
    ]


def test_provenance_names_versions_commit_and_command(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/usr/bin/siam-dse", "sweep", "lenet5"])
    found = provenance()
    assert found["command"] == ["siam-dse", "sweep", "lenet5"]
    assert {"python", "optuna", "numpy", "siam-dse"} <= set(found["versions"])
    commit = git_commit()
    assert commit is None or len(commit["commit"]) == 40


def test_load_space_checks_what_the_model_puts_out(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(TEXT.replace("tiles", "tails"))
    with pytest.raises(InputError, match=r"a\.yaml: line 3: objectives: unknown output column 'tails'; known: tiles"):
        load_space(path)


def test_history_columns(tmp_path, network, space):
    run = RunFolder.create(tmp_path, "mine", network, space, {})
    table = pd.DataFrame([(10, 0.5, 3, 2, 1.5)], columns=list(run.history().columns))
    run.write_history(table)
    assert run.history().equals(table)


def test_a_front_is_read_anew_where_it_changed_and_is_each_readers_own(tmp_path, network, space):
    run = RunFolder.create(tmp_path, "mine", network, space, {})
    for tiles in ([3, 4], [5, 6]):
        front = pd.DataFrame({"trial": [0, 1], "tiles": tiles, "knee": [True, False]})
        run.write_front(front)
        read = run.front()
        assert read.equals(front)
        read["tiles"] = 0
        read.loc[0, "trial"] = 9
        assert run.front().equals(front)


def test_figures_of_a_front_come_back_to_the_last_digit(tmp_path, network, space):
    run = RunFolder.create(tmp_path, "mine", network, space, {})
    rng = np.random.default_rng(0)
    figures = rng.random(2000) * 10.0 ** rng.integers(-30, 30, 2000)
    front = pd.DataFrame({"trial": range(2000), "tiles": figures, "knee": False})
    run.write_front(front)
    assert run.front().equals(front)


@pytest.mark.parametrize(("text", "lacks"), [
    ("a: &a [x,x]\n", "trial, tiles"), ("trial\n1\n", "tiles"), ("trial,tiles\n1,x\n", "tiles")
])  # fmt: skip
def test_a_table_that_is_no_front_is_one_clear_error(tmp_path, network, space, text, lacks):
    """Of a run from before there were checksums."""
    run = RunFolder.create(tmp_path, "mine", network, space, {})
    (run.path / "run.json").write_text(json.dumps({"status": "complete", "objectives": {"tiles": "minimise"}}))
    (run.path / "pareto.csv").write_text(text)
    (run.path / "history.csv").write_text("evaluations,seconds,feasible,front_size\n1,0.5,x,1\n")
    line = r"{}\.csv: has no column of numbers {}, which each such file has\. Lost is the {}"
    with pytest.raises(RunError, match=line.format("pareto", lacks, "table")):
        run.front()
    with pytest.raises(RunError, match=line.format("history", "feasible, hypervolume", "progress")):
        run.history()
