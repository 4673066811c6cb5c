"""Loads kept for geometries met before: the same as worked out anew, whatever was met."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from siam_dse.engines.mesh import unit_loads as kept
from siam_dse.engines.mesh.footprint import LoadSummary, all_to_all_summary, runs
from siam_dse.engines.mesh.geometry import Geometry, Nodes
from siam_dse.engines.mesh.loads import all_to_all_loads, perimeter, place_block

NAMES = LoadSummary.__dataclass_fields__


def random_geometry(n, seed, rings=True):
    rng = np.random.default_rng(seed)
    columns, rows = rng.integers(1, 9, n), rng.integers(1, 9, n)
    ends = []
    for _ in range(2):
        first = rng.integers(0, columns * rows)
        count = rng.integers(1, columns * rows - first + 1)
        ring = rings & (rng.random(n) < 0.3)
        ends.append(Nodes(np.where(ring, 0, first), np.where(ring, 0, count)))
    return Geometry(columns, rows, *ends)


@pytest.fixture
def empty(monkeypatch):
    monkeypatch.setattr(kept, "_kept", kept._Kept())


@pytest.mark.usefixtures("empty")
def test_kept_loads_are_those_worked_out_anew():
    where = random_geometry(400, seed=1)
    first = kept.loads(where, np.ones(400))
    others = kept.loads(random_geometry(400, seed=2), np.ones(400))  # some known, some new
    again = kept.loads(where, np.ones(400))
    assert len(others.total) == 400
    for name in NAMES:
        assert_array_equal(getattr(again, name), getattr(first, name))


@pytest.mark.usefixtures("empty")
def test_loads_are_the_largest_of_every_link_of_the_mesh():
    n = 300
    where = random_geometry(n, seed=3)
    distinct, gather = kept.unit_loads(where)
    found = distinct.take(gather)
    ring = perimeter(where.rows, where.columns, 8)
    ends = [
        np.where((end.count == 0)[:, None, None], ring, place_block(end.first, end.count, where.columns, 8))
        for end in (where.source, where.destination)
    ]
    full = all_to_all_loads(*ends, np.ones(n))
    for name in ("max_link", "max_injection", "max_ejection", "total_link", "total"):
        assert_array_equal(getattr(found, name), getattr(full, name)(), err_msg=name)


def test_geometries_moved_by_whole_rows_are_one():
    first, count = np.array([1, 7, 13]), np.array([4, 4, 4])
    where = Geometry(np.full(3, 6), np.array([5, 9, 4]), Nodes(first, count), Nodes(first + 5, count))
    distinct, gather = kept.unit_loads(where)
    assert len(distinct.total) == 1
    assert_array_equal(gather, [0, 0, 0])
    columns = np.array([6])
    alone = all_to_all_summary(runs(first[:1], count[:1], columns), runs(first[:1] + 5, count[:1], columns))
    for name in NAMES:
        assert_array_equal(getattr(distinct, name), getattr(alone, name))


def test_the_perimeter_depends_on_the_rows():
    block, ring = Nodes(np.array([1, 1]), np.array([4, 4])), Nodes(np.zeros(2, int), np.zeros(2, int))
    distinct, _ = kept.unit_loads(Geometry(np.full(2, 6), np.array([5, 9]), block, ring))
    assert len(distinct.total) == 2


def test_geometries_that_share_a_place_replace_one_another(monkeypatch):
    monkeypatch.setattr(kept, "PLACES", 16)
    monkeypatch.setattr(kept, "_kept", kept._Kept())
    for seed in (1, 2, 1):
        where = random_geometry(60, seed, rings=False)
        distinct, gather = kept.unit_loads(where)
        ends = (runs(end.first, end.count, where.columns) for end in (where.source, where.destination))
        alone = all_to_all_summary(*ends)
        for name in NAMES:
            assert_array_equal(getattr(distinct.take(gather), name), getattr(alone, name))


def test_places_are_spread_evenly():
    columns = random_geometry(20_000, seed=4).columns_of_key()
    place = kept._place(np.stack(columns, axis=1))
    assert (place.min() >= 0) & (place.max() < kept.PLACES)
    distinct = len(np.unique(columns, axis=1).T)
    assert len(np.unique(place)) > 0.9 * distinct


def test_no_geometry_at_all():
    none = np.zeros(0, dtype=np.int64)
    distinct, gather = kept.unit_loads(Geometry(none, none, Nodes(none, none), Nodes(none, none)))
    assert len(distinct.total) == len(gather) == 0


@pytest.mark.parametrize("places", [2**17, 8])
def test_loops_find_the_same_as_arrays(monkeypatch, places):
    pytest.importorskip("numba")
    monkeypatch.setattr(kept, "_TABLE", places)  # eight: most geometries find none and are worked out each time
    where = random_geometry(3000, seed=11)
    found = []
    for by_loop in (True, False):
        monkeypatch.setattr(kept, "takes_loop", lambda *_, by_loop=by_loop: by_loop)
        distinct, gather = kept.unit_loads(where)
        found.append((distinct.take(gather), len(distinct.total)))
    for name in NAMES:
        assert_array_equal(getattr(found[0][0], name), getattr(found[1][0], name), err_msg=name)
    assert (found[0][1] == found[1][1]) is (places > 8)


@pytest.mark.parametrize("places", [2**17, 64])
def test_figures_of_geometries_met_before_are_those_worked_out_anew(monkeypatch, places):
    pytest.importorskip("numba")
    monkeypatch.setattr(kept, "_TABLE", places)  # 64: it begins anew again and again
    where = random_geometry(3000, seed=12)
    numbers = np.stack(where.columns_of_key(), axis=1)
    met, worked_out = kept.Met(len(numbers), lambda unit: np.stack([unit.max_link, unit.hops_max], axis=1), 2), 0
    anew, gather = kept.unit_loads(where)
    for start in range(0, 3000, 100):
        part = slice(start, start + 100)
        figures, row = met.of(numbers[part])
        assert_array_equal(figures[row], np.stack([anew.max_link, anew.hops_max], axis=1)[gather[part]])
        worked_out = len(figures)
    if places > 64:
        assert worked_out == len(np.unique(gather))
