"""A search goes on without loops while another process compiles them; what is compiled is all that searches take."""

import subprocess
import sys
from pathlib import Path

import pytest

from siam_dse.core import loops
from siam_dse.runs.spaces import load_space
from siam_dse.search import compiling
from siam_dse.search.compiling import LOOPS, PARTS, Compiler, compile_beside, compile_part, stamp_of
from siam_dse.search.sweep import sweep

PACKAGE = Path(compiling.__file__).parents[1]


class Process:
    """Stands for a process that compiles, until ``ended`` is set."""

    ended = False

    def __init__(self, part):
        self.part = part

    def poll(self):
        return 0 if self.ended else None


@pytest.fixture
def nothing_compiled(monkeypatch, tmp_path):
    """A cache without a stamp, and processes that only pretend; the list of those that were started."""
    started = []
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(compiling, "_LOOKS_S", 0.0)
    monkeypatch.setattr(compiling, "_started", lambda part: started.append(Process(part)) or started[-1])
    monkeypatch.setattr(Process, "ended", False)
    return started


@pytest.fixture
def without_numba(monkeypatch):
    """Numba is installed but not imported, and would have paid for its import."""
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    monkeypatch.setattr(loops, "find_spec", lambda _: loops)
    monkeypatch.setattr(loops._Waited, "seconds", 1.0)
    monkeypatch.setattr(loops._Waited, "asked", None)
    compile_beside.cache_clear()


def test_loops_are_not_taken_before_they_are_compiled(nothing_compiled, without_numba):
    compile_beside()
    assert [loops.takes_loop(1, 1.0) for _ in range(3)] == [False, False, False]
    assert [process.part for process in nothing_compiled] == ["search"]
    Process.ended = True
    assert loops.takes_loop(1, 1.0)


def test_loops_that_are_compiled_are_taken_at_once(nothing_compiled, without_numba):
    stamp_of("search").parent.mkdir()
    stamp_of("search").touch()
    compile_beside()
    assert loops.takes_loop(1, 1.0)
    assert not nothing_compiled


def test_where_no_process_can_be_started_loops_are_compiled_here(monkeypatch, nothing_compiled):
    def fails(_):
        raise OSError

    monkeypatch.setattr(compiling, "_started", fails)
    assert Compiler()()
    assert not nothing_compiled


def test_a_short_search_starts_no_process(monkeypatch, nothing_compiled, tmp_path):
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    monkeypatch.setattr(loops._Waited, "seconds", 0.0)
    sweep("lenet5", load_space("siam"), sampler="archive", evaluations=200, results=tmp_path, jobs=1)
    assert not nothing_compiled


def test_a_part_is_compiled_once_and_anew_where_a_loop_has_changed(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "made" / "here"))
    monkeypatch.setitem(PARTS, "search", lambda: calls.append("search"))
    for _ in range(2):
        compile_part("search")
    assert calls == ["search"]
    before = stamp_of("search")
    monkeypatch.setattr(compiling, "version", lambda _: "another")
    compile_part("search")
    assert calls == ["search", "search"]
    assert not before.exists()
    assert stamp_of("search").exists()


def test_without_a_place_for_the_stamp_loops_are_compiled_all_the_same(monkeypatch, tmp_path):
    calls = []
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file" / "cache"))
    monkeypatch.setitem(PARTS, "search", lambda: calls.append("search"))
    compile_part("search")
    assert calls == ["search"]
    assert Compiler()()


def test_modules_with_loops_are_named_so():
    with_loops = {file for file in PACKAGE.rglob("*.py") if "\n@compiled\n" in file.read_text()}
    assert with_loops
    assert with_loops <= {file for pattern in LOOPS for file in PACKAGE.rglob(pattern)}


def test_what_is_compiled_is_all_that_a_search_takes():
    """A generation of random designs of full.yaml asks for no loop anew."""
    pytest.importorskip("numba")
    program = """
import gc
import numba, numpy as np, siam_dse as s
from numba.core.dispatcher import Dispatcher
from siam_dse.search.compiling import PARTS
from siam_dse.search.problem import Problem

def compiled():
    loops = (thing for thing in gc.get_objects() if isinstance(thing, Dispatcher))
    return {(loop.py_func.__module__, loop.py_func.__qualname__, str(of)) for loop in loops for of in loop.signatures}

PARTS["search"]()
warmed = compiled()
assert len(warmed) > 10, len(warmed)
problem = Problem(s.load_network('resnet50'), s.load_space('full'))
radices = problem.space.radices
problem.scores(problem.evaluate(np.random.default_rng(0).integers(0, radices, (1000, len(radices)))))
print(sorted(compiled() - warmed))
"""
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert said.strip() == "[]"
