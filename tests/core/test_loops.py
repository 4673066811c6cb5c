"""Compiled loops: when they are taken, and that no folder to keep them in is no error."""

import pytest

from siam_dse.core import compiled, loops


@pytest.mark.parametrize("installed", [True, False])
def test_the_loop_is_taken_where_numba_is_imported(monkeypatch, installed):
    monkeypatch.setitem(loops.sys.modules, "numba", loops if installed else None)
    assert loops.takes_loop(1, 1e-9) is installed
    assert loops.takes_loop(10**9, 1.0) is installed


def test_the_loop_is_taken_once_it_would_have_paid_for_its_import(monkeypatch):
    # 0.2 s a call: the third makes 0.6 s, more than the half second of the import
    monkeypatch.delitem(loops.sys.modules, "numba", raising=False)
    monkeypatch.setattr(loops, "find_spec", lambda _: loops)
    monkeypatch.setattr(loops._Waited, "seconds", 0.0)
    assert [loops.takes_loop(200, 1e-3) for _ in range(4)] == [False, False, True, True]
    monkeypatch.setattr(loops, "find_spec", lambda _: None)
    assert not loops.takes_loop(200, 1e-3)


def test_no_folder_for_the_cache_is_no_error(monkeypatch):
    numba = pytest.importorskip("numba")
    plain = numba.njit

    def without_folder(*args, cache=False, **options):
        if cache:
            raise RuntimeError("no locator available")
        return plain(*args, **options)

    monkeypatch.setattr(compiled.numba, "njit", without_folder)
    assert compiled.compiled(_double)(21) == 42


def test_without_numba_the_loop_itself_runs(monkeypatch):
    monkeypatch.setattr(compiled, "numba", None)
    assert compiled.compiled(_double) is _double


def _double(x):
    return 2 * x
