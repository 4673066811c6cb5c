"""One crossbar: the default's figures, breakdowns, limits, monotony, batches."""

import numpy as np
import pytest
from crossbar_cases import random_designs
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.core.errors import InputError
from siam_dse.design.designs import Designs
from siam_dse.engines.crossbar.engine import CROSSBAR_FIELDS, crossbar_unit

ARRAYS = ("area_m2", "leakage_w", "bit_vector_s", "fill_s", "conversion_s", "columns_converted")


def unit_of(**columns):
    return crossbar_unit(Designs.from_columns(columns))


def test_default_crossbar_converts_a_column_in_12_ns():
    # SAR of 7 bits: 8 ns, x 1.4 with the column and its select 11.2 to 12 ns; 8 columns a converter. One addition of
    # 7 bits and one of 15 at 1 GHz behind it: 0.78 and 1.6 ns, so 1 + 2 cycles.
    unit = unit_of()
    assert_allclose(unit.conversion_s, 11.6e-9, rtol=0.04, atol=0)
    assert_allclose(unit.bit_vector_s, 8 * unit.conversion_s, rtol=1e-12, atol=0)
    assert_allclose(unit.fill_s, 3e-9, rtol=1e-12, atol=0)
    assert_allclose(unit.columns_converted, 128 + 16, rtol=0, atol=0)


def test_breakdowns_add_up(some_designs):
    unit = crossbar_unit(some_designs)
    assert_allclose(sum(unit.area_by_component.values()), unit.area_m2, rtol=1e-12, atol=0)
    assert_allclose(sum(unit.leakage_by_component.values()), unit.leakage_w, rtol=1e-12, atol=0)


@pytest.mark.parametrize("circuit", ["neurosim13", "neurosim_siam"])
@pytest.mark.parametrize("cell", ["rram_1t1r", "rram_crosspoint", "sram"])
def test_area_per_cell_falls_with_rows_and_columns(cell, circuit):
    # From one power of two to the next: whole rows of flip-flops and encoders make smaller steps uneven.
    sizes = np.array([64, 128, 256, 512, 1024])
    by_rows = unit_of(cell=cell, circuit=circuit, crossbar_rows=sizes)
    by_both = unit_of(cell=cell, circuit=circuit, crossbar_size=sizes)
    assert np.all(np.diff(by_rows.area_m2 / sizes) < 0)
    if circuit == "neurosim13":
        assert np.all(np.diff(by_both.area_m2 / sizes**2) < 0)


def test_more_columns_a_converter_save_area_and_cost_time():
    unit = unit_of(columns_per_adc=[2, 4, 8, 16, 32])
    assert np.all(np.diff(unit.area_m2) < 0)
    assert np.all(np.diff(unit.bit_vector_s) > 0)


def test_converter_bits_cost_area_and_time():
    unit = unit_of(adc_bits=list(range(1, 13)))
    assert np.all(np.diff(unit.area_m2) > 0)
    assert np.all(np.diff(unit.conversion_s) > 0)


def test_areas_of_planar_nodes_go_with_the_square_of_the_feature_size():
    # Nearly: level shifters fold in whole fingers, so the whole grows with F^2.0 to F^2.2.
    nodes = np.array([22.0, 32.0, 45.0, 65.0])
    unit = unit_of(node_nm=nodes)
    slope = np.diff(np.log(unit.area_m2)) / np.diff(np.log(nodes))
    assert np.all((slope > 1.95) & (slope < 2.2))


def test_finfets_have_wider_cells():
    # A cell unit is 28F x 10.6F instead of 28F x 7.6F.
    unit = unit_of(node_nm=[14, 22], adc_bits=7)
    adc = unit.area_by_component["adc"]
    assert_allclose(adc[0] / adc[1], (14 / 22) ** 2 * 10.6 / 7.6, rtol=1e-12, atol=0)


def test_a_slow_digital_clock_limits_the_bit_vector():
    # At 10 MHz one addition over cells takes 100 ns, eight a bit-vector.
    unit = unit_of(clock_hz=[1e9, 1e7])
    assert_allclose(unit.bit_vector_s[1], 8 * 100e-9, rtol=1e-12, atol=0)
    assert_allclose(unit.fill_s[1], 2 * 100e-9, rtol=1e-12, atol=0)


def test_row_by_row_reading_takes_its_rows_one_after_another():
    # 32 of 128 rows are active, 8 columns a converter.
    unit = unit_of(read_mode="row_by_row")
    assert_allclose(unit.bit_vector_s, 32 * 8 * unit.conversion_s, rtol=1e-12, atol=0)
    assert_allclose(unit.columns_converted, 128, rtol=0, atol=0)


def test_pedestal_takes_reference_columns_or_a_counter():
    analog, digital = unit_of(), unit_of(pedestal="digital")
    assert analog.area_by_component["array"] > digital.area_by_component["array"]
    assert_allclose(analog.area_by_component["pedestal"], 0, rtol=0, atol=0)
    assert digital.area_by_component["pedestal"] > 0
    # Differential columns cancel it in their subtraction, SRAM has none, row by row each cell is converted alone.
    for free in ({"weight_mapping": "differential"}, {"cell": "sram"}, {"read_mode": "row_by_row"}):
        assert_allclose(unit_of(pedestal="digital", **free).area_by_component["pedestal"], 0, rtol=0, atol=0)


def test_high_performance_transistors_leak_and_are_fast():
    unit = unit_of(roadmap=["lstp", "hp"], adc_kind="flash", adc_bits=4)
    assert unit.leakage_w[1] > 100 * unit.leakage_w[0]
    assert unit.conversion_s[1] < unit.conversion_s[0]


@pytest.mark.slow
def test_a_batch_equals_one_at_a_time_and_a_permutation_permutes(some_designs):
    whole = crossbar_unit(some_designs)
    order = np.random.default_rng(0).permutation(len(some_designs))
    shuffled = crossbar_unit(some_designs.take(order))
    for name in ARRAYS:
        assert_array_equal(getattr(shuffled, name), getattr(whole, name)[order])
        lone = [getattr(crossbar_unit(some_designs.take([i])), name)[0] for i in range(0, 60, 7)]
        assert_array_equal(lone, getattr(whole, name)[::7])


def test_nothing_but_the_declared_fields_matters(some_designs):
    # Designs reduced to the declared fields, everything else at its default.
    columns = {name: some_designs.to_frame()[name].to_numpy() for name in CROSSBAR_FIELDS}
    reduced = Designs.from_columns(columns, profile="siam", n=len(some_designs))
    for name in ARRAYS:
        assert_array_equal(getattr(crossbar_unit(reduced), name), getattr(crossbar_unit(some_designs), name))


def test_results_are_read_only(some_designs):
    unit = crossbar_unit(some_designs)
    for name in ARRAYS:
        assert not getattr(unit, name).flags.writeable


def test_a_node_without_laws_is_refused():
    with pytest.raises(InputError, match=r"28.5 nm is not among the nodes"):
        Designs.from_columns({"node_nm": 28.5})
    legal = Designs.grid()
    columns = {name: getattr(legal, name) for name in vars(legal)} | {"node_nm": np.array([28.5])}
    with pytest.raises(InputError, match=r"28.5 nm is not among the nodes"):
        crossbar_unit(Designs(**columns))


@pytest.mark.slow
def test_random_legal_designs_are_finite_and_not_negative():
    unit = crossbar_unit(random_designs(50_000, seed=17))
    for name in ARRAYS:
        values = getattr(unit, name)
        assert np.all(np.isfinite(values)), name
        assert np.all(values >= 0), name
    assert np.all(unit.area_m2 > 0)
    assert np.all(unit.bit_vector_s > 0)
    for parts in (unit.area_by_component, unit.leakage_by_component):
        for name, values in parts.items():
            assert np.all(np.isfinite(values) & (values >= 0)), name


def test_columns_beyond_the_converters_law_are_named() -> None:
    # 128 rows, a quarter active: 32 cells of SRAM conduct 32 x 11.6 uS (2.7 kohm) at 22 nm, 32 x 51 uS (0.6 kohm) at 14
    nodes = [7, 14, 22, 32, 130]
    sram, resistive = (crossbar_unit(Designs.grid(node_nm=nodes, cell=cell)) for cell in ("sram", "rram_1t1r"))
    assert sram.is_beyond_fit.tolist() == [True, True, False, False, False]
    assert not resistive.is_beyond_fit.any()
    assert crossbar_unit(Designs.grid(r_on_ohm=1e4, r_off_ohm=1e6)).is_beyond_fit.all()
    assert not crossbar_unit(Designs.grid(node_nm=7, cell="sram", read_mode="row_by_row")).is_beyond_fit.any()
