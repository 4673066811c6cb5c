"""Designs: defaults, profiles, aliases, and one error for all faults."""

from dataclasses import fields as dataclass_fields

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from siam_dse.core.errors import InputError
from siam_dse.design.designs import Designs, DesignsOnDemand
from siam_dse.design.fields import code, fields, profiles


def test_fields_of_the_class_and_of_the_data_file_agree():
    assert [f.name for f in dataclass_fields(Designs)] == list(fields())


@pytest.mark.parametrize("profile", ["default", "siam"])
def test_profile_values_are_legal(profile):
    assert [f.fault(profiles()[profile][f.name]) for f in fields().values()] == [None] * len(fields())


def test_defaults_and_profile():
    default, siam = Designs.grid(), Designs.grid(profile="siam")
    assert (default.adc_bits[0], siam.adc_bits[0]) == (7, 4)
    assert default.describe(0)["adc_kind"] == "sar"
    assert siam.describe(0)["adc_kind"] == "flash"
    assert siam.n_chiplets[0] == 25


def test_explicit_value_beats_profile():
    assert Designs.grid(profile="siam", adc_bits=[5]).adc_bits[0] == 5


def test_alias_sets_both_sides_and_is_shown():
    designs = Designs.grid(crossbar_size=[64, 256], adc_bits=[4, 5, 6])
    assert len(designs) == 6
    assert_array_equal(designs.crossbar_rows, designs.crossbar_cols)
    assert_array_equal(designs.to_frame()["crossbar_size"], [64] * 3 + [256] * 3)


def test_alias_beside_a_different_value_is_refused():
    with pytest.raises(InputError, match=r"crossbar_size = 64 sets crossbar_rows, which is also given as 128"):
        Designs.from_frame(pd.DataFrame({"crossbar_size": [64], "crossbar_rows": [128]}))


def test_alias_beside_the_same_value_is_fine():
    frame = Designs.grid(crossbar_size=[64, 128]).to_frame()
    assert_array_equal(Designs.from_frame(frame).crossbar_cols, [64, 128])


def test_round_trip_through_a_table():
    designs = Designs.grid(
        crossbar_size=[64, 128], cell=["sram", "rram_1t1r"], nop_link=["grs"], bias_correction=[True]
    )
    again = Designs.from_frame(designs.to_frame())
    for field in dataclass_fields(Designs):
        assert_array_equal(getattr(again, field.name), getattr(designs, field.name))


def test_all_faults_in_one_error():
    frame = pd.DataFrame({"adc_bits": [7, 99], "cell": ["rram_1t1r", "flash"], "crossbars_per_tile": [16, 16]})
    with pytest.raises(InputError) as caught:
        Designs.from_frame(frame, where="designs.csv")
    message = str(caught.value)
    assert "designs.csv: 2 problems" in message
    assert "row 2: adc_bits: must lie in [1, 12] bit, got 99" in message
    assert "row 2: cell: unknown choice 'flash'" in message


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("adc_bits", 6.5, "must be a whole number"),
        ("adc_bits", float("nan"), "got NaN"),
        ("adc_bits", "seven", "must be a number"),
        ("crossbars_per_tile", 15, "must be a square number"),
        ("r_off_ohm", 5e4, "must exceed r_on_ohm"),
        ("bias_correction", "perhaps", "must be true or false"),
        ("crossbar_rows", -128, "must lie in"),
    ],
)
def test_faults_name_rule_and_value(column, value, rule):
    with pytest.raises(InputError, match=rule):
        Designs.from_frame(pd.DataFrame({column: [value]}))


def test_unknown_field_lists_the_closest_first():
    with pytest.raises(InputError, match=r"unknown field 'adc_bit'; known: adc_bits"):
        Designs.from_frame(pd.DataFrame({"adc_bit": [7]}))


def test_unknown_profile():
    with pytest.raises(InputError, match="unknown profile 'siamm'; known: siam"):
        Designs.grid(profile="siamm")


def test_numbers_as_text_are_read_as_numbers():
    designs = Designs.from_columns({"adc_bits": ["5"], "bias_correction": ["true"], "r_on_ohm": ["2e4"]})
    assert designs.adc_bits[0] == 5
    assert designs.bias_correction[0]
    assert designs.r_on_ohm[0] == 2e4


def test_unique_gathers_back():
    designs = Designs.grid(adc_bits=[5, 6], n_chiplets=[4, 9, 16])
    unique, gather = designs.unique(["adc_bits", "cell"])
    assert len(unique) == 2
    assert_array_equal(unique.adc_bits[gather], designs.adc_bits)


def test_columns_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        Designs.grid().adc_bits[0] = 3


def test_code_of_a_choice():
    assert Designs.grid(cell="sram").cell[0] == code("cell", "sram")


def test_empty_table_gives_no_designs():
    assert len(Designs.from_frame(pd.DataFrame({"adc_bits": []}))) == 0
    assert np.asarray(Designs.from_frame(pd.DataFrame({"adc_bits": []})).cell).shape == (0,)


def test_a_value_repeated_without_a_copy_stays_so_when_rows_are_taken():
    few = Designs.grid(adc_bits=[5, 6, 7])
    columns = {name: getattr(few, name) for name in vars(few)} | {"cell_bits": np.broadcast_to(np.int64(1), 3)}
    designs = Designs(**columns)
    for rows in (np.array([2, 0]), slice(1, None), np.array([True, False, True])):
        taken = designs.take(rows)
        assert taken.cell_bits.strides == (0,)
        assert_array_equal(taken.cell_bits, np.ones(2))
        assert_array_equal(taken.adc_bits, few.adc_bits[rows])
    assert len(designs.take(np.array([], dtype=int))) == 0


def test_designs_taken_stand_on_their_own():
    designs = Designs.grid(adc_bits=[4, 5, 6])
    rows = np.array([2, 0])
    taken = designs.take(rows)
    rows[:] = 1
    assert_array_equal(taken.adc_bits, [6, 4])
    with pytest.raises(IndexError):
        designs.take([3])
    assert not hasattr(taken, "adc_bit")


def test_columns_on_demand_are_those_taken():
    designs = Designs.grid(adc_bits=[4, 5, 6], cell_bits=[1, 2])
    rows = np.array([5, 1, 1])
    taken, later = designs.take(rows), DesignsOnDemand(designs, rows)
    assert len(later) == 3
    for name in Designs.__dataclass_fields__:
        assert_array_equal(getattr(later, name), getattr(taken, name))
        assert getattr(later, name) is getattr(later, name)
    assert_array_equal(later.take([0]).adc_bits, [6])
    with pytest.raises(AttributeError, match="has no attribute 'adc_bit'"):
        _ = later.adc_bit


@pytest.mark.parametrize("levels", [pd.Series([4, 5], index=[7, 9]), range(4, 6), iter([4, 5]), np.array([4, 5])])
def test_a_grid_takes_any_iterable_of_levels(levels):
    assert_array_equal(Designs.grid(adc_bits=levels).adc_bits, [4, 5])
