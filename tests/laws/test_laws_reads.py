"""Reads of a crossbar: groups of rows, bits of an input and columns of a weight taken together."""

import numpy as np
import pytest
from laws_cases import columns_of
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse as sd
from siam_dse.engines.accuracy.engine import accuracy_cost
from siam_dse.engines.crossbar.adc import power_law
from siam_dse.engines.crossbar.array import array_size, mean_cell_conductance, reference_conductance
from siam_dse.engines.crossbar.column_mux import mux_height, sampler_area, sampler_capacitance
from siam_dse.engines.crossbar.design_case import case_of_designs
from siam_dse.engines.crossbar.engine import crossbar_energy, crossbar_unit
from siam_dse.engines.crossbar.sensing import column_delay, sensing_path
from siam_dse.engines.crossbar.subarray import converter, energy_laws
from siam_dse.engines.crossbar.word_line import word_line_delay
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


def test_sampled_columns_are_driven_once_a_read():
    # 8 columns an ADC, 16 ADCs with a reference column each: word lines are driven once for 8 times, and 128 + 16 lines
    # are read for 128 + 16 x 8; all of the 144 columns conduct until both lines have settled.
    designs = sd.Designs.grid(row_drive=["each_conversion", "sampled"])
    case = case_of_designs(designs)
    assert_array_equal(case.line_steps, [8, 1])
    laws = energy_laws(case)
    for name in ("per_row_j", "per_active_row_j"):
        anew, once = getattr(laws["word_line"], name)
        assert_allclose(once, anew / 8, rtol=1e-14, atol=0)
    assert_allclose(laws["array"].per_active_row_j[1], laws["array"].per_active_row_j[0] / 8, rtol=1e-14, atol=0)
    assert_allclose(
        laws["array"].per_read_column_j, np.array([2, 1.125]) * laws["array"].per_read_column_j[0] / 2, rtol=1e-14
    )
    settled_s = word_line_delay(case)[1] + column_delay(case)[1]
    conducting = mean_cell_conductance(case)[1] + 16 / 128 * reference_conductance(case)[1]
    assert_allclose(laws["array"].per_active_column_j, [0, settled_s * 0.25 * conducting], rtol=1e-14, atol=0)
    # conversions are the same ones
    assert_array_equal(*converter(case, mean_cell_conductance(case)).time_s.reshape(2, 1))


def test_sampled_columns_settle_once_and_the_converter_walks_them():
    # at 32 nm a conversion takes 8 x 1 ns of SAR; 1.4 x (word line + column) once in place of 8 times
    designs = sd.Designs.grid(row_drive=["each_conversion", "sampled"], columns_per_adc=[8, 1])
    case, unit = case_of_designs(designs), crossbar_unit(designs)
    path = sensing_path(case, mean_cell_conductance(case))
    settled_s = 1.4 * (path.word_line_s + path.column_s)[2]
    assert_array_equal(designs.columns_per_adc, [8, 1, 8, 1])
    assert_allclose(unit.bit_vector_s[0], 8 * unit.conversion_s[0], rtol=1e-14, atol=0)
    assert_allclose(unit.bit_vector_s[2], settled_s + 8 * 1.4 * (path.select_s[2] + 8e-9), rtol=1e-12, atol=0)
    # a converter a column has nothing to hold
    assert unit.bit_vector_s[1] == unit.bit_vector_s[3]
    assert unit.area_m2[1] == unit.area_m2[3]


def test_a_sampled_voltage_draws_no_current_while_it_is_converted():
    # a converter at 5 MS/s holds its column for 200 ns: its current flows all along, or until both lines have settled
    common = {"columns_per_adc": 1, "adc_rate_hz": 5e6, "pedestal": "digital"}
    designs = sd.Designs.grid(row_drive=["each_conversion", "sampled"], sensing=["current", "voltage"], **common)
    case = case_of_designs(designs)
    assert_array_equal(case.has_no_current, [False, False, False, True])
    lit = np.array([[0.0, 1.0, 32.0]] * 4)
    energy = converter(case, mean_cell_conductance(case)).energy(lit)
    assert_allclose(energy[3], energy[3, 0], rtol=1e-14, atol=0)  # whatever the rows
    own_j = 8e-9 * power_law(case).fixed_w[3]
    assert_allclose(energy[3, 0], own_j, rtol=1e-12, atol=0)
    assert (energy[:3, 2] > 5 * own_j).all()
    settled_s = word_line_delay(case)[3] + column_delay(case)[3]
    flown_j = settled_s * 0.25 * mean_cell_conductance(case)[3]
    assert_allclose(energy_laws(case)["array"].per_active_column_j, [0, 0, 0, flown_j], rtol=1e-14, atol=0)
    for name in ("area_m2", "bit_vector_s"):
        assert_array_equal(getattr(crossbar_unit(designs), name)[1:], getattr(crossbar_unit(designs), name)[0])


def test_a_sample_and_hold_is_as_quiet_as_its_converter():
    # 8 k T x 1.5 x 4^7 = 0.8 fJ: 1 fF is enough at 1 V (22 nm: 0.8 V, 1.27 fF); 4^9 is 16 times as much. 2 fF/um2
    designs = sd.Designs.grid(row_drive="sampled", node_nm=[32, 22], adc_bits=[7, 9], roadmap="lstp")
    case = case_of_designs(designs)
    noise_j = 8 * 4.14195e-21 * 1.5 * 4.0**designs.adc_bits
    expected_f = np.maximum(noise_j / case.node.vdd_v**2, 1e-15)
    assert_allclose(sampler_capacitance(case), expected_f, rtol=1e-12, atol=0)
    switches_m2 = array_size(case)[0] * mux_height(case)
    assert_allclose(sampler_area(case), case.array_cols * expected_f / 2e-3 + switches_m2, rtol=1e-12, atol=0)
    # cells with capacitors hold their column by themselves, and drove their rows once before: less time alone
    charge = sd.Designs.grid(cell="charge", row_drive=["each_conversion", "sampled"])
    anew, once = crossbar_unit(charge).bit_vector_s
    assert once < anew
    assert_array_equal(*crossbar_unit(charge).area_m2.reshape(2, 1))
    assert_array_equal(*crossbar_energy(charge, LENET).energy_j)


def test_rows_read_one_by_one_are_selected_once_for_all_columns_of_an_adc():
    designs = sd.Designs.grid(read_mode="row_by_row", row_drive=["each_conversion", "sampled"])
    anew, once = energy_laws(case_of_designs(designs))["word_line"].per_active_row_j
    assert_allclose(once, anew / 8, rtol=1e-14, atol=0)
    # sense amplifiers a column, and adders, have nothing to walk
    for columns in ({"cell": "sram", "read_mode": "row_by_row"}, {"cell": "digital_cim"}):
        pair = sd.Designs.grid(row_drive=["each_conversion", "sampled"], **columns)
        assert not case_of_designs(pair).is_held.any()
        assert_array_equal(*crossbar_energy(pair, LENET).energy_j)
