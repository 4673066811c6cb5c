"""Point store, atomic files, locks: nothing that was stored is lost, nothing half-written is seen."""

import errno
import json
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

from siam_dse.core.errors import RunError
from siam_dse.runs import store as store_module
from siam_dse.runs.atomic import disk_errors, replace_file, replace_json, replace_text
from siam_dse.runs.lock import run_lock
from siam_dse.runs.store import PointStore


def rows(start, stop):
    trial = np.arange(start, stop)
    return pd.DataFrame({"trial": trial, "x": trial / 7, "name": [f"n{i}" for i in trial]})


def test_parts_and_folded_points_read_as_one_table(tmp_path):
    store = PointStore(tmp_path)
    for start in range(0, 50, 10):
        store.append(rows(start, start + 10), {"after": start})
    assert_frame_equal(store.read(), rows(0, 50))
    store.fold()
    assert not store.parts_path.exists()
    store.append(rows(50, 60), {"after": 50})
    assert_frame_equal(PointStore(tmp_path).read(), rows(0, 60))
    assert PointStore(tmp_path).state() == {"after": 50}
    assert list(store.read(["x"]).columns) == ["x"]


def test_a_crash_between_folding_and_removing_the_parts_doubles_nothing(tmp_path):
    store = PointStore(tmp_path)
    store.append(rows(0, 10), {"after": 0})
    part = next(store.parts_path.iterdir())
    copy = part.read_bytes()
    store.fold()
    store.parts_path.mkdir()
    part.write_bytes(copy)
    assert_frame_equal(PointStore(tmp_path).read(), rows(0, 10))
    store.append(rows(10, 20))
    PointStore(tmp_path).fold()
    assert_frame_equal(PointStore(tmp_path).read(), rows(0, 20))
    assert PointStore(tmp_path).state() == {"after": 0}


def test_folds_by_itself_as_parts_grow(tmp_path):
    store = PointStore(tmp_path)
    for start in range(0, 6000, 500):
        store.append(rows(start, start + 500))
    assert pq.read_metadata(store.path).num_rows >= 4000
    assert_frame_equal(store.read(), rows(0, 6000))


def test_folding_part_by_part_gives_the_same_table(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "_MOST_ROWS_IN_MEMORY", 15)
    store = PointStore(tmp_path)
    for start in range(0, 30, 10):
        store.append(rows(start, start + 10), fold=False)
    store.fold()
    assert_frame_equal(store.read(), rows(0, 30))


def test_a_damaged_file_is_one_clear_error(tmp_path):
    (tmp_path / "points.parquet").write_text("not parquet at all")
    with pytest.raises(RunError, match=r"points\.parquet: is not a readable Parquet file"):
        PointStore(tmp_path).read()


@pytest.mark.parametrize("key", [b"pandas", b"siam_dse.state"])
def test_a_damaged_description_of_columns_or_state_is_one_clear_error(tmp_path, key):
    """Of a run from before there were checksums: the rows are whole, what is written beside them is no JSON."""
    store = PointStore(tmp_path)
    store.append(rows(0, 4), {"a": 1})
    store.fold()
    table = pq.read_table(tmp_path / "points.parquet")
    pq.write_table(
        table.replace_schema_metadata({**table.schema.metadata, key: b'{"a" 1}'}), tmp_path / "points.parquet"
    )
    with pytest.raises(RunError, match=r"points\.parquet: is not a readable Parquet file \(Expecting ':' delimiter"):
        store.read() if key == b"pandas" else store.state()


def test_an_empty_store_has_no_rows(tmp_path):
    assert len(PointStore(tmp_path).read()) == 0
    assert list(PointStore(tmp_path).read(["trial", "x"]).columns) == ["trial", "x"]
    assert PointStore(tmp_path).state() == {}


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    replace_json(path, {"a": float("nan"), "b": np.int64(3), "c": (1.5, None)})
    assert json.loads(path.read_text()) == {"a": None, "b": 3, "c": [1.5, None]}

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RunError, match=r"a\.json: the disk is full; free some space"):
        replace_text(path, "new")
    assert json.loads(path.read_text())["b"] == 3
    assert [child.name for child in tmp_path.iterdir()] == ["a.json"]


def test_several_that_write_one_file_at_once_each_write_it_whole(tmp_path):
    """Each has a half-written file of its own, and none removes another's."""
    path, ready = tmp_path / "table.csv", threading.Barrier(4, timeout=30)

    def written(letter):
        def write(new):
            new.write_text(letter * 1000)
            ready.wait()
            assert new.read_text() == letter * 1000

        replace_file(path, write, is_private=letter in "ab")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(written, "abcd"))
    assert path.read_text() in [letter * 1000 for letter in "abcd"]
    assert list(tmp_path.iterdir()) == [path]
    long = tmp_path / ("x" * 250)
    replace_text(long, "1")
    assert long.read_text() == "1"


def test_what_a_killed_process_left_goes_when_the_run_is_held_again(tmp_path):
    old, young = tmp_path / "points.parquet.17-ab12cd34.part", tmp_path / "run.json.18-ab12cd34.part"
    for path in (old, young):
        path.touch()
    hours_ago = old.stat().st_mtime - 7200
    os.utime(old, (hours_ago, hours_ago))
    with run_lock(tmp_path):
        assert {path.name for path in tmp_path.iterdir()} == {"run.lock", young.name}


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "the disk is full; free some space, then give the command again"),
                          (errno.EDQUOT, "the disk is full"), (errno.EACCES, "make it and its folder writable"),
                          (errno.ENOENT, "make the folder, or give another place")]
)  # fmt: skip
def test_of_a_table_or_page_no_word_is_of_runs(tmp_path, number, words):
    def fails(_):
        raise OSError(number, "reason")

    with pytest.raises(RunError, match=words) as told:
        replace_file(tmp_path / "table.csv", fails)
    assert not re.search("run|resume|results folder", str(told.value).replace(str(tmp_path), ""))


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EACCES, "make the folder writable"), (errno.EROFS, "make the folder writable"),
                          (errno.ENOENT, "moved or deleted"), (errno.EIO, "cannot be used")]
)  # fmt: skip
def test_what_the_system_says_becomes_a_remedy(tmp_path, number, words):
    with pytest.raises(RunError, match=words), disk_errors(tmp_path):
        raise OSError(number, "reason")


def test_a_lock_keeps_another_process_out_and_dies_with_its_holder(tmp_path):
    code = (
        "import sys; from pathlib import Path; from siam_dse.runs.lock import run_lock\n"
        "with run_lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(RunError, match=rf"in use by process {holder.pid}"), run_lock(tmp_path):
            pass
        holder.kill()
        holder.wait()
    with run_lock(tmp_path, wait_s=5.0):
        pass
