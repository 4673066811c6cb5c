"""unique_rows and chunks against what plain NumPy says."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from siam_dse.core.arrays import chunks, freeze, least_of, take_rows, unique_rows


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.5, 1.0, 2.0]), st.booleans()), min_size=1, max_size=60))
@pytest.mark.slow
def test_unique_rows_against_numpy(rows):
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    representative, gather = unique_rows(columns)
    assert len(representative) == len(np.unique(np.array(rows, dtype=float), axis=0))
    for column in columns:
        assert_array_equal(column[representative][gather], column)


def test_unique_rows_of_text_and_of_unknown_numbers():
    text, number = np.array(["b", "a", "b", "b"]), np.array([np.nan, 1.0, np.nan, 2.0])
    representative, gather = unique_rows([text, number])
    assert len(representative) == 3
    assert_array_equal(text[representative][gather], text)
    assert_array_equal(number[representative][gather], number)


def test_unique_rows_survives_more_combinations_than_an_integer_holds():
    rng = np.random.default_rng(0)
    columns = [rng.permutation(5000) for _ in range(8)]  # 5000**8 > 2**63
    representative, gather = unique_rows(columns)
    assert len(representative) == 5000
    assert_array_equal(columns[3][representative][gather], columns[3])


@given(st.integers(0, 50), st.integers(1, 20))
def test_chunks_cover_in_order(n, size):
    parts = list(chunks(n, size))
    assert_array_equal(np.concatenate([np.arange(n)[part] for part in parts] or [np.array([])]), np.arange(n))
    assert all(part.stop - part.start <= size for part in parts)


def test_of_equal_values_the_first_are_the_least():
    values = np.random.default_rng(1).integers(0, 6, 500).astype(float)
    for n in (1, 2, 100, 499, 500):
        assert_array_equal(least_of(values, n), np.sort(np.argsort(values, kind="stable")[:n]))


def test_freeze_is_read_only_and_leaves_the_source_alone():
    source = np.arange(3)
    frozen = freeze(source)
    source[0] = 9
    assert frozen[0] == 0
    assert not frozen.flags.writeable


@dataclass(frozen=True)
class Figures:
    area_m2: np.ndarray
    by_component: Mapping[str, np.ndarray]


def test_rows_of_a_record_of_arrays():
    record = Figures(np.arange(4.0), {"adc": np.arange(8.0).reshape(4, 2)})
    taken = take_rows(record, np.array([3, 0]))
    assert_array_equal(taken.area_m2, [3, 0])
    assert_array_equal(taken.by_component["adc"], [[6, 7], [0, 1]])
