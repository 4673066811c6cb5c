"""Figures computed once for a record, and picked from a table's."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from siam_dse.core.once import once, pick
from siam_dse.technology.gates import all_nodes, inverter, minimum_inverter, node_rows
from siam_dse.technology.technology import packaged_technology
from siam_dse.technology.wires import bus_wire, optimal_repeaters, repeated_wire


@dataclass(frozen=True)
class Plate:
    width: np.ndarray
    height: np.ndarray


CALLS = []


@once
def area(plate, times=1):
    CALLS.append(times)
    return times * plate.width * plate.height


def test_a_figure_is_computed_once_for_each_record_and_argument():
    CALLS.clear()
    plate, other = (Plate(np.array([1.0, 2.0]), np.array([h, h])) for h in (3.0, 4.0))
    assert area(plate) is area(plate)
    assert_array_equal(area(plate, 2), [6, 12])
    assert_array_equal(area(other), [4, 8])
    assert_array_equal(area(replace(plate, width=np.array([5.0, 5.0]))), [15, 15])
    assert CALLS == [1, 2, 1, 1]


def test_picked_rows_take_the_figure_of_their_table():
    CALLS.clear()
    plate = Plate(np.array([1.0, 2.0]), np.array([3.0, 3.0]))
    rows = np.array([1, 1, 0])
    assert_array_equal(area(pick(plate, rows)), [6, 6, 3])
    assert_array_equal(area(pick(pick(plate, rows), np.array([2]))), [3])
    assert CALLS == [1]
    assert_array_equal(area(replace(pick(plate, rows), height=np.ones(3))), [2, 2, 1])  # no longer the table's


def test_one_row_is_picked_once():
    CALLS.clear()
    plate = Plate(np.array([1.0, 2.0]), np.array([3.0, 3.0]))
    first, again, other = (pick(plate, np.array([row])) for row in (1, 1, 0))
    assert first is again
    assert_array_equal(area(first), [6])
    assert_array_equal(area(other), [3])
    assert CALLS == [1]


def test_picked_arrays_and_kept_figures_are_read_only():
    node = node_rows(packaged_technology(), [32.0], ["lstp"])
    plate = Plate(np.array([1.0]), np.array([3.0]))
    table = all_nodes(packaged_technology())
    for values in (node.vdd_v, minimum_inverter(node).width_n_m, minimum_inverter(table).width_n_m, area(plate)):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1.0


def test_nodes_pick_what_they_would_compute():
    table = all_nodes(packaged_technology())
    node = pick(table, np.arange(len(table))[::-1])
    own = replace(node)
    for picked, computed in (
        (minimum_inverter(node), inverter(own, widened=False)),
        (bus_wire(node), repeated_wire(own, *optimal_repeaters(own))),
    ):
        for name, values in vars(computed).items():
            assert_array_equal(getattr(picked, name), values)
