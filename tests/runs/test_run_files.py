"""Checksums of a run's files: damage is told in one message, and a process may die at any operation on a file."""

import json
import os
import stat
from pathlib import Path

import pytest

from siam_dse.core.errors import DamageError
from siam_dse.runs.files import RunFiles

TEXTS = {"a.csv": ("old a", "new a"), "b.csv": ("", "new b"), "c.csv": ("old c", "")}  # empty: no file


@pytest.fixture
def files(tmp_path):
    made = RunFiles(tmp_path)
    made.replace_text("early.yaml", "made before run.json")
    made.update({"status": "running"})
    return made


def test_a_file_is_read_as_it_was_written_and_its_owners_alone(files):
    files.replace_text("a.csv", "1")
    files.replace_text("a.csv", "2")
    assert files.text("a.csv") == "2"
    assert files.text("early.yaml") == "made before run.json"
    assert files.faults() == {}
    for name in ("run.json", "a.csv", "early.yaml"):
        assert stat.S_IMODE((files.folder / name).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("content", "what"), [("1", "is damaged: its checksum"), ("", "is damaged"), (None, "is missing")]
)
def test_a_changed_an_older_and_a_missing_file_are_damage(files, content, what):
    files.replace_text("pareto.csv", "1")
    files.replace_text("pareto.csv", "2")
    files.update({})  # from here on only the newest is right
    (files.folder / "pareto.csv").unlink()
    if content is not None:
        (files.folder / "pareto.csv").write_text(content)
    assert files.exists("pareto.csv")
    with pytest.raises(DamageError, match=rf"pareto\.csv: {what}.* Lost is the table of the front.*resume"):
        files.text("pareto.csv")
    assert list(files.faults()) == ["pareto.csv"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("running", "runnin9"),
        lambda text: text.replace('"checksum"', '"checksun"'),
        lambda text: text.replace('"files"', '"filet"'),
        lambda text: text[:-30],
        lambda text: "",
        lambda text: "[" * 100_000,
    ],
)
def test_a_changed_run_json_is_damage(files, change):
    path = files.folder / "run.json"
    path.write_text(change(path.read_text()))
    with pytest.raises(DamageError, match=r"run\.json: .* Lost is what the run was asked for.*resume --st") as told:
        files.info()
    assert len(str(told.value)) < 700


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"seed": "x"}, "seed is not a whole number"),
        ({"keep": "x", "kind": "sweep"}, "keep is not a whole number"),
        ({"seed": True, "counts": []}, "counts is not a mapping; seed is not a whole number"),
        ({"budget": {"foo": 1}}, "budget has an unknown entry 'foo'"),
        ({"budget": {"trials": "x"}}, "budget.trials is of another kind"),
        ({"fingerprint": {"model": "1"}}, "fingerprint.model is of another kind"),
        ({"objectives": {"a": 1}, "storage": 5}, "storage is not a text; objectives.a is of another kind"),
    ],
)
def test_a_run_json_that_another_version_wrote_is_one_message(files, changes, what):
    """Whole, its checksum right, and yet not what is read."""
    files.update(changes)
    with pytest.raises(DamageError, match=rf"run\.json: is not as this version of siam-dse writes it: {what}\. Lost"):
        files.info()


def test_an_entry_of_run_json_that_is_not_there_is_one_message(files):
    files.update({"kind": "enumerate", "keep": "all", "seed": None, "budget": {"trials": None, "time_s": 0.5}})
    info = files.info()
    assert (info["keep"], info["seed"], info.get("counts")) == ("all", None, None)
    with pytest.raises(DamageError, match=r"run\.json: has no entry 'sampler': another version of siam-dse wrote it"):
        info["sampler"]


def test_a_run_of_before_there_were_checksums_is_read_and_what_is_written_to_it_checked(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"status": "complete"}))
    (tmp_path / "pareto.csv").write_text("old")
    files = RunFiles(tmp_path)
    assert files.text("pareto.csv") == "old"
    files.replace_text("history.csv", "new")
    assert files.text("pareto.csv") == "old"
    (tmp_path / "history.csv").write_text("other")
    with pytest.raises(DamageError):
        RunFiles(tmp_path).text("history.csv")


def _replaces_all(folder, dies_at):
    """Replace three files and run.json, dying before an operation on the disk; whether all was done."""
    counted = 0

    def dying(operation):
        def run(*args, **kwargs):
            nonlocal counted
            counted += 1
            if counted > dies_at:
                os._exit(9)  # as SIGKILL does: nothing is tidied up
            return operation(*args, **kwargs)

        return run

    child = os.fork()
    if not child:
        for name in ("replace", "unlink", "touch", "write_text"):
            setattr(Path, name, dying(getattr(Path, name)))
        files = RunFiles(folder)
        for name, (_, new) in TEXTS.items():
            files.replace_text(name, new) if new else files.remove(name)
        files.update({"status": "complete"})
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def test_a_process_that_dies_at_any_operation_leaves_the_old_file_or_the_new_one(tmp_path):
    dies_at, is_done = 0, False
    while not is_done:
        folder = tmp_path / str(dies_at)
        folder.mkdir()
        files = RunFiles(folder)
        files.update({"status": "running"})
        for name, (old, _) in TEXTS.items():
            if old:
                files.replace_text(name, old)
        files.update({})
        is_done = _replaces_all(folder, dies_at)
        left = RunFiles(folder)
        assert left.faults() == {}
        for name, allowed in TEXTS.items():
            assert (left.text(name) if left.exists(name) else "") in allowed
        assert _replaces_all(folder, 10**9)  # the next session goes on
        assert RunFiles(folder).faults() == {}
        assert {name: left.text(name) if left.exists(name) else "" for name in TEXTS} == {
            name: new for name, (_, new) in TEXTS.items()
        }
        assert left.info()["status"] == "complete"
        dies_at += 1
    assert dies_at > 15
