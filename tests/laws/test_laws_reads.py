"""Reads of a crossbar: groups of rows, bits of an input and columns of a weight taken together."""

import numpy as np
import pytest
from laws_cases import columns_of
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse as sd
from siam_dse.engines.accuracy.engine import accuracy_cost
from siam_dse.engines.crossbar.design_case import case_of_designs
from siam_dse.engines.crossbar.engine import crossbar_energy, crossbar_unit
from siam_dse.mapping.precision import result_bits
from siam_dse.mapping.reads import input_reads, row_reads

LENET, RESNET = sd.load_network("lenet5"), sd.load_network("resnet20")


def test_all_rows_named_are_all_rows():
    columns = columns_of(60, 4)
    zero = sd.Designs.from_columns(columns | {"rows_per_read": 0})
    all_ = sd.Designs.from_columns(columns | {"rows_per_read": columns["crossbar_rows"]})
    a, b = (sd.evaluate(LENET, each).to_frame().drop(columns="rows_per_read") for each in (zero, all_))
    for name in a.select_dtypes("number"):
        assert_array_equal(a[name].to_numpy(), b[name].to_numpy(), err_msg=name)


def test_half_the_rows_a_read_take_twice_the_reads():
    designs = sd.Designs.grid(rows_per_read=[128, 64, 32, 16, 8, 4, 2, 1])
    assert_array_equal(row_reads(designs), [1, 2, 4, 8, 16, 32, 64, 128])
    # 64 of the 144 rows of a layer lie in the second crossbar: 2, 3, 5, 9 ... reads of its 128 columns
    layer = int(np.flatnonzero(RESNET.rows == 144)[0])
    codes = crossbar_energy(designs, RESNET).conversions[:, layer]
    assert_allclose(codes / codes[0], np.array([2, 3, 5, 9, 18, 36, 72, 144]) / 2, rtol=1e-12, atol=0)
    unit = crossbar_unit(designs)
    assert np.all(np.diff(unit.bit_vector_s / unit.conversion_s) > 0)
    assert_allclose(unit.bit_vector_s, 8 * row_reads(designs) * unit.conversion_s, rtol=1e-12, atol=0)
    # the sum of r codes of 7 bits, 8 cells and 8 input bits: 23 bits, and a bit for each doubling
    assert_array_equal(result_bits(designs, np.ones(8, dtype=int)), 23 + np.arange(8))


def test_a_last_group_of_rows_may_be_smaller():
    # 100 rows in groups of 30: 30, 30, 30 and 10; a layer of 144 rows has 44 in the second crossbar: 30 and 14
    designs = sd.Designs.grid(crossbar_rows=100, rows_per_read=[30, 0])
    layer = int(np.flatnonzero(RESNET.rows == 144)[0])
    energy = crossbar_energy(designs, RESNET)
    assert_allclose(energy.conversions[0, layer] / energy.conversions[1, layer], 6 / 2, rtol=1e-12, atol=0)
    assert_array_equal(row_reads(designs), [4, 1])


def test_bits_of_an_input_together_are_fewer_bit_vectors_and_longer_pulses():
    bits = [1, 2, 3, 4, 8]
    designs = sd.Designs.grid(input_drive=["dac", "pulse_width"], input_bits_per_read=bits)
    assert_array_equal(input_reads(designs), [8, 4, 3, 2, 1] * 2)
    unit, case = crossbar_unit(designs), case_of_designs(designs)
    assert_allclose(unit.position_s, unit.bit_vector_s * input_reads(designs), rtol=1e-15, atol=0)
    dac, pulse = np.split(unit.conversion_s, 2)
    assert_allclose(dac[0], pulse[0], rtol=0, atol=0)
    # 2^b - 2 units more, each of one length
    assert_allclose(
        (pulse - pulse[0])[1:] / (pulse - pulse[0])[1], (2.0 ** np.array(bits[1:]) - 2) / 2, rtol=1e-9, atol=0
    )
    assert np.all(np.diff(unit.area_by_component["word_line"][:5]) > 0)  # 2^b pass gates a row
    assert_allclose(case.row_reads, 1, rtol=0, atol=0)


def test_columns_together_are_fewer_conversions():
    # 8 cells by 3: 3 conversions of 8; an ADC of 8 columns makes 3, of 2 columns serves the 3 of one conversion
    designs = sd.Designs.grid(columns_combined=[1, 2, 3, 4, 8, 16], columns_per_adc=[8, 2])
    codes = crossbar_energy(designs, LENET).conversions.sum(axis=1).reshape(6, 2)
    assert_allclose(codes / codes[0], (np.array([8, 4, 3, 2, 1, 1]) / 8)[:, None] * [1, 1], rtol=1e-12, atol=0)
    case = case_of_designs(designs)
    assert_array_equal(case.steps.reshape(6, 2), [[8, 2], [4, 1], [3, 2], [2, 1], [1, 1], [1, 1]])
    assert_array_equal(case.converters.reshape(6, 2)[:, 1], [64, 64, 43, 32, 16, 16])


@pytest.mark.parametrize(
    ("field", "values"),
    [("rows_per_read", [0, 64, 32, 16, 4]), ("columns_combined", [8, 4, 2, 1]), ("input_bits_per_read", [8, 4, 2, 1])],
)
def test_one_at_a_time_is_the_most_exact(field, values):
    # a full-scale converter of 9 bits: with 8 or 4 columns together, or bits, the step grows with the signal
    sqnr_db = accuracy_cost(sd.Designs.grid(**{field: values}, cell_sigma=0.03, adc_bits=9), RESNET).sqnr_db
    assert np.all(np.diff(sqnr_db) >= -0.03)
    assert sqnr_db[-1] > sqnr_db[0] + 15


def test_bits_that_a_converter_needs_grow_with_what_it_takes_at_once():
    # 128 rows, 8 columns joined with weights of 1 to 128, 2 bits of an input: 128 x 255 x 3 = 97,920, below 2^17. The
    # widest converter has 12 bits: 16 rows of 15 x 3 levels are 720, 10 bits
    enough = sd.Designs.grid(rows_per_read=16, columns_combined=4, input_bits_per_read=2, adc_bits=[9, 10], cell="sram")
    short, exact = accuracy_cost(enough, LENET).sqnr_db
    assert short < 45
    assert exact == 60


def test_far_groups_of_rows_lose_more_along_the_wire():
    # groups at the far end of the column see all of its wire: worse than a crossbar of as many rows
    far = sd.Designs.grid(crossbar_rows=512, rows_per_read=64, r_on_ohm=1e4, adc_bits=7)
    near = sd.Designs.grid(crossbar_rows=64, r_on_ohm=1e4, adc_bits=7)
    ideal = accuracy_cost(far, RESNET, ideal_wires=True).sqnr_db
    assert accuracy_cost(far, RESNET).sqnr_db < accuracy_cost(near, RESNET).sqnr_db - 3
    assert_allclose(accuracy_cost(near, RESNET, ideal_wires=True).sqnr_db, ideal, rtol=1e-12, atol=0)


def test_crossbars_of_one_row_or_column():
    designs = sd.Designs.grid(crossbar_rows=[1, 2, 7], crossbar_cols=[1, 3], read_mode=["parallel", "row_by_row"])
    frame = sd.evaluate(RESNET, designs).to_frame()
    for column in ("latency_ms", "energy_mj", "area_mm2", "sqnr_db", "accuracy_loss_pct"):
        assert np.isfinite(frame[column]).all(), column
