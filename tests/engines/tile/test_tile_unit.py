"""A tile beside its crossbars: hand count of the smallest tile, sums, order, monotony."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from siam_dse.design.designs import Designs
from siam_dse.design.process import logic_supply
from siam_dse.engines.tile.engine import TILE_FIELDS, tile_unit
from siam_dse.engines.tile.library import design_library
from siam_dse.engines.tile.shape import tile_shape
from siam_dse.engines.tile.unit import tile_buffers

UNIT = 212.8 * (32e-9) ** 2  # minimum standard cell at 32 nm


def test_shape_of_the_default_tile_by_hand():
    # 4 x 4 crossbars of 128 x 128, 8 columns a weight and an ADC: 512 rows, 4096 input bits, 64 outputs on 64 lanes. A
    # crossbar's result: (2^7 - 1)(2^8 - 1)(2^8 - 1) = 8 258 175 < 2^23: 23 bits; four of them 25 bits.
    shape = tile_shape(Designs.grid())
    assert (shape.side, shape.rows, shape.input_bits, shape.outputs, shape.lanes) == (4, 512, 4096, 64, 64)
    assert (shape.crossbar_bits, shape.sum_bits, shape.accumulator_bits, shape.output_bits) == (23, 25, 31, 1600)
    assert (shape.transfers, shape.input_wires, shape.output_wires) == (1, 512, 25)


def test_a_wide_bus_is_halved():
    # 12 x 512 rows + 12 x 64 ADCs = 6912 wires: 4 transfers of 1536 + 192.
    shape = tile_shape(Designs.grid(crossbar_size=512, crossbars_per_tile=144))
    assert (shape.transfers, shape.input_wires, shape.output_wires) == (4, 1536, 324)


def test_a_lane_is_never_narrower_than_a_weight():
    # 8 columns a weight, 2 an ADC: four ADCs share a lane.
    shape = tile_shape(Designs.grid(columns_per_adc=2, crossbars_per_tile=1))
    assert shape.lanes == 128 // 8


def test_the_smallest_tile_by_hand():
    # One crossbar of 128 x 128: no tree, no H-tree. Flip-flops: 16 lanes of 23 + 6 bits in the activation unit.
    unit = tile_unit(Designs.grid(crossbars_per_tile=1), np.array([1e-8]))
    area = unit.area_by_component
    assert area["adder_tree"] == 0
    assert area["htree"] == 0
    assert_allclose(area["activation"], 16 * 29 * 12 * UNIT, rtol=1e-12, atol=0)
    assert_allclose(area["accumulator"], 16 * 29 * 13.5 * UNIT, rtol=1e-12, atol=0)
    assert_allclose(area["pooling"], 4 * 3 * (3 + 23.375 * 8) * UNIT, rtol=1e-12, atol=0)  # a unit for four lanes
    assert_allclose(unit.tile_area_m2, 1e-8 + unit.area_m2, rtol=1e-12, atol=0)


def test_correction_of_the_smallest_tile_by_hand():
    # 16 outputs of 23 + 6 bits: 464 bits of constants in one bank of 1024, and 16 subtractors as wide.
    designs = Designs.grid(crossbars_per_tile=1, bias_correction=[False, True])
    unit, bank = tile_unit(designs, np.full(2, 1e-8)), tile_buffers(designs).bank
    area, leakage = unit.area_by_component["correction"], unit.leakage_by_component["correction"]
    assert tile_shape(designs).correction_capacity.tolist() == [0, 1024]
    assert (area[0], leakage[0]) == (0, 0)
    assert_allclose(area[1], bank.area_m2[1] + 16 * 29 * 13.5 * UNIT, rtol=1e-12, atol=0)
    assert leakage[1] > bank.leakage_w[1] * logic_supply(designs)[1]


def test_adder_tree_of_the_default_tile_by_hand():
    # Four inputs of 23 bits: two adders of 23 and one of 24 bits, 13.5 cells a bit, on 64 lanes.
    unit = tile_unit(Designs.grid(), np.array([1e-8]))
    assert_allclose(unit.area_by_component["adder_tree"], 64 * 70 * 13.5 * UNIT, rtol=1e-12, atol=0)


def test_components_add_up(tile_designs, crossbar_area_m2):
    unit = tile_unit(tile_designs, crossbar_area_m2)
    assert_allclose(unit.area_m2, sum(unit.area_by_component.values()), rtol=1e-12, atol=0)
    assert_allclose(unit.leakage_w, sum(unit.leakage_by_component.values()), rtol=1e-12, atol=0)
    crossbars = tile_designs.crossbars_per_tile * crossbar_area_m2
    assert_allclose(unit.tile_area_m2, crossbars + unit.area_m2, rtol=1e-12, atol=0)
    assert set(unit.area_by_component) == set(unit.leakage_by_component)
    for values in (*unit.area_by_component.values(), *unit.leakage_by_component.values()):
        assert np.all(values >= 0)
        assert not values.flags.writeable


def test_a_batch_equals_one_at_a_time(tile_designs, crossbar_area_m2):
    whole = tile_unit(tile_designs, crossbar_area_m2)
    for i in range(0, len(tile_designs), 7):
        one = tile_unit(tile_designs.take(slice(i, i + 1)), crossbar_area_m2[i : i + 1])
        assert_allclose(one.area_m2, whole.area_m2[i : i + 1], rtol=1e-13, atol=0)
        assert_allclose(one.leakage_w, whole.leakage_w[i : i + 1], rtol=1e-13, atol=0)


def test_nothing_but_its_fields_matters():
    # Two designs that agree in TILE_FIELDS and differ in everything else.
    base = Designs.grid()
    other = Designs.grid(
        n_chiplets=100, tiles_per_chiplet=36, duplication="none", noc_width_bits=64, sensing="voltage",
        r_on_ohm=5e4, nop_link="siam", batch=7, adc_kind="flash", idle_power="always_on",
    )  # fmt: skip
    assert all(np.array_equal(getattr(base, name), getattr(other, name)) for name in TILE_FIELDS)
    area = np.array([1e-8])
    assert tile_unit(base, area).area_m2 == tile_unit(other, area).area_m2


@given(st.sampled_from([1, 4, 9, 16, 36, 64]), st.sampled_from([1, 4, 9, 16, 36, 64]))
def test_larger_tiles_have_more_beside_their_crossbars(n, m):
    few, many = sorted((n, m))
    small, large = (tile_unit(Designs.grid(crossbars_per_tile=k), np.array([1e-8])) for k in (few, many))
    assert large.area_m2 >= small.area_m2
    assert large.leakage_w >= small.leakage_w


def test_periphery_is_of_the_order_of_the_crossbars():
    # A default crossbar of DNN+NeuroSim V1.3 takes 17 239 um2; beside 64 of them its tile has 169 000 um2 with a share
    # of the chip's buffer and H-tree. The same tile here: within a factor of 1.5 of it.
    designs = Designs.grid(crossbars_per_tile=64, adc_bits=5, buffer_kind="register")
    unit = tile_unit(designs, np.array([17239e-12]))
    assert 1 / 1.5 < unit.area_m2 / 169e-9 < 1.5
    default = tile_unit(Designs.grid(), np.array([18330e-12]))
    assert 0.05 < default.area_m2 / (16 * 18330e-12) < 0.5


def test_older_circuit_has_minimum_gates_and_no_calibrated_activity():
    designs = Designs.grid(circuit=["neurosim13", "neurosim_siam"])
    library = design_library(designs)
    assert library.widened.tolist() == [True, False]
    assert_allclose(library.adder_activity, [0.15, 1], rtol=1e-12, atol=0)
    assert_allclose(library.decoder_activity, [0.05, 1], rtol=1e-12, atol=0)
    unit = tile_unit(designs, np.full(2, 1e-8))
    assert unit.leakage_w[1] < unit.leakage_w[0]  # narrower transistors
