"""Converters: laws by hand, limits, what the thermal floor adds."""

import numpy as np
import pytest
from crossbar_cases import one_case
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.design.designs import Designs
from siam_dse.design.fields import load_technology
from siam_dse.engines.crossbar.adc import adc_area, conversion_time, power_law, thermal_energy
from siam_dse.engines.crossbar.array import mean_cell_conductance
from siam_dse.engines.crossbar.engine import crossbar_unit
from siam_dse.engines.crossbar.published import beside_published
from siam_dse.engines.crossbar.subarray import converter

BITS = list(range(1, 13))


def test_sar_of_five_bits_at_32_nm_by_hand():
    # Area 478 + 4 x 182 = 1206 cell units of 28F x 7.6F: 262.8 um2, 16 of them. Time 6 ns. Power
    # 8.8998 + 5 x 1.1294 uW + 0.0794 x (1 / 4 kohm)^(2.297 / 2.302585) = 14.5468 uW + 20.254 uW.
    case = one_case(adc_bits=5)
    assert_allclose(adc_area(case), 16 * 1206 * 28 * 7.6 * (32e-9) ** 2, rtol=1e-12, atol=0)
    assert_allclose(adc_area(case) / 16, 262.8e-12, rtol=1e-3, atol=0)
    assert_allclose(conversion_time(case, np.array([1 / 4e3])), 6e-9, rtol=1e-12, atol=0)
    law = 14.5468e-6 + 0.0794 * (1 / 4e3) ** (2.297 / np.log(10))
    assert_allclose(power_law(case).power(np.array([1 / 4e3])), law, rtol=1e-9, atol=0)


def test_flash_by_hand_at_22_nm():
    # 4 bits: 15 comparators of 106 cell units, 1 ns, 15 x 1.7 uW + 0.0631 x G (exponent 2.303 / ln 10).
    case = one_case(adc_kind="flash", adc_bits=4, node_nm=22)
    assert_allclose(adc_area(case), 16 * 15 * 106 * 212.8 * (22e-9) ** 2, rtol=1e-12, atol=0)
    assert_allclose(conversion_time(case, np.array([1e-4])), 1e-9, rtol=1e-12, atol=0)
    law = 25.5e-6 + 0.0631 * 1e-4 ** (2.303 / np.log(10))
    assert_allclose(power_law(case).power(np.array([1e-4])), law, rtol=1e-9, atol=0)


def test_siam_s_flash_does_not_grow_with_levels_but_its_area_does():
    # Power a ln(R / 1 kohm) + b = 0.0064 ln 4 + 7.9648 uW at 32 nm HP whatever the bits; 16 cell units a comparator.
    cases = one_case(circuit="neurosim_siam", roadmap="hp", adc_kind="flash", adc_bits=[4, 8])
    power = power_law(cases).power(np.full(2, 1 / 4e3))
    assert_allclose(power, (0.0064 * np.log(4) + 7.9648) * 1e-6, rtol=1e-12, atol=0)
    assert_allclose(adc_area(cases)[1] / adc_area(cases)[0], 255 / 15, rtol=1e-12, atol=0)


def test_a_slow_rate_costs_the_converter_nothing_and_the_column_its_current():
    # SIAM's flash has no term of current, and a dark column none either: as much a conversion at 1 kHz as at 1 GHz
    slow, own = (
        one_case(circuit=["neurosim_siam", "neurosim13"], adc_kind=["flash", "sar"], adc_rate_hz=hz) for hz in (1e3, 0)
    )
    converters = [converter(case, mean_cell_conductance(case)) for case in (slow, own)]
    dark, lit = ([c.energy(np.full(2, 32.0), share) for c in converters] for share in (1.0, 0.0))
    assert_allclose(dark[0], dark[1], rtol=1e-12, atol=0)
    assert_allclose(lit[0][0], lit[1][0], rtol=1e-12, atol=0)
    assert lit[0][1] > lit[1][1]


def test_slow_flash_follows_the_logarithm_of_the_column_resistance():
    # 90 nm LSTP: 0.0586 ln(R / 1 kohm) + 1.41 ns; never below 1 ns, never above 10.
    case = one_case(adc_kind="flash", adc_bits=4, node_nm=90)
    assert_allclose(conversion_time(case, np.array([1e-5])), (0.0586 * np.log(100) + 1.41) * 1e-9, rtol=1e-9, atol=0)
    fast = one_case(adc_kind="flash", adc_bits=4, node_nm=32)
    assert_allclose(conversion_time(fast, np.array([1e-3])), 1e-9, rtol=1e-12, atol=0)


@pytest.mark.parametrize("kind", ["sar", "flash"])
def test_energy_and_area_grow_with_bits(kind):
    cases = one_case(adc_kind=kind, adc_bits=BITS)
    one = converter(cases, mean_cell_conductance(cases))
    assert np.all(np.diff(one.energy(np.full(12, 32.0))) > 0)
    assert np.all(np.diff(adc_area(cases)) > 0)


def test_energy_grows_with_column_current_and_a_dark_column_takes_a_microwatt():
    cases = one_case()
    law = power_law(cases)
    powers = [law.power(np.array([g]))[0] for g in (1e-9, 1e-6, 1e-4, 1e-2)]
    assert np.all(np.diff(powers) > 0)
    assert_allclose(law.power(np.zeros(1)), 1e-6, rtol=1e-12, atol=0)
    assert_allclose(law.power(np.array([1e-4]), np.array([1.0])), 1e-6, rtol=1e-12, atol=0)


def test_current_counts_in_proportion_to_the_read_voltage():
    half = power_law(one_case(read_voltage_v=0.25)).power(np.array([2e-4]))
    full = power_law(one_case()).power(np.array([1e-4]))
    assert_allclose(half, full, rtol=1e-12, atol=0)


def test_thermal_energy_grows_fourfold_a_bit():
    # 8 kT x 1.5 x 4^7 = 12 x 4.142e-21 J x 16384 = 0.814 fJ; x 4 a bit.
    energy = thermal_energy(one_case(adc_bits=BITS))
    assert_allclose(energy[6], 0.8143e-15, rtol=1e-3, atol=0)
    assert_allclose(energy[1:] / energy[:-1], 4, rtol=1e-12, atol=0)


def test_voltage_sensing_has_its_own_comparator():
    # 112 cell units for 106, 3.692 uW for 3.0875 at 32 nm LSTP.
    cases = one_case(adc_kind="flash", adc_bits=5, sensing=["current", "voltage"])
    assert_allclose(adc_area(cases)[1] / adc_area(cases)[0], 112 / 106, rtol=1e-12, atol=0)
    assert_allclose(power_law(cases).fixed_w, [31 * 3.0875e-6, 31 * 3.692e-6], rtol=1e-12, atol=0)


def test_sensing_mode_does_not_touch_a_sar():
    unit = crossbar_unit(Designs.from_columns({"sensing": ["current", "voltage"]}))
    assert_allclose(unit.area_m2[0], unit.area_m2[1], rtol=0, atol=0)


@pytest.mark.parametrize("model", ["neurosim", "survey"])
def test_a_conversion_goes_with_the_square_of_the_supply_whatever_its_law(model):
    designs = Designs.grid(adc_model=model, supply_v=[0.9, 0.72], adc_rate_hz=[0, 2e8])  # 0.9 V is the node's own
    one = beside_published(designs)
    nominal = designs.supply_v == 0.9
    assert_allclose(one.energy_j[~nominal] / one.energy_j[nominal], 0.64, rtol=1e-12, atol=0)
    own = designs.adc_rate_hz == 0
    assert (one.rate_hz[own & ~nominal] < one.rate_hz[own & nominal]).all()
    assert_allclose(one.rate_hz[~own], 2e8, rtol=1e-12, atol=0)


def beyond_rate(technology=None, **more):
    """Share by which 125, 126 and 1100 MHz are beyond what converters can do; 0 where no rate is asked for."""
    designs = Designs.grid(adc_rate_hz=[0, 1.25e8, 1.26e8, 1.1e9], technology=technology, **{"adc_bits": 7, **more})
    return sd.evaluate("lenet5", designs).violations["converter_rate"]


def test_a_rate_beyond_the_law_breaks_a_rule():
    """A SAR of 7 bits takes 8 cycles of 1 ns: 125 MHz; a flash converter 1 ns at 22 nm. The survey has any rate."""
    assert_allclose(beyond_rate(), [0, 0, 0.008, 7.8], rtol=1e-9, atol=0)
    assert_allclose(beyond_rate(adc_kind="flash", node_nm=22), [0, 0, 0, 0.1], rtol=1e-9, atol=0)
    assert not beyond_rate(adc_model="survey").any()
    assert not beyond_rate(cell="digital_cim").any()


def test_a_rate_is_compared_with_the_converter_as_it_stands():
    # made for the 10 bits of the first layer: 11 cycles; at 80 % of the supply slower by the node's law
    assert_allclose(beyond_rate(adc_bits_first_last=10)[1], 1.25e8 * 11e-9 - 1, rtol=1e-9, atol=0)
    assert beyond_rate(supply_v=0.72)[1] > 0.1
    # LSTP at 32 nm: a column of one active cell of 247.4 kohm takes a flash converter 0.0714 ln 247.4 + 0.7651 ns
    assert_allclose(beyond_rate(adc_kind="flash")[3], 1.1 * (0.0714 * np.log(247.383) + 0.7651) - 1, rtol=1e-5, atol=0)
    two = {"kind_b": True, "kind_b_adc_bits": 9, "split_share": 0.5}
    assert_allclose(beyond_rate(**two)[1], 1.25e8 * 10e-9 - 1, rtol=1e-9, atol=0)


def test_a_converter_of_ones_own_may_be_as_fast_as_it_is(tmp_path):
    own = tmp_path / "fast.yaml"
    own.write_text(
        "name: fast\nsources: {mine: {title: a converter, authors: us, where: here}}\n"
        "constants:\n  adc.sar_cycle: {value: 0.1, unit: ns, source: mine, locator: measured, status: measured}\n"
    )
    assert_allclose(beyond_rate(load_technology(own)), [0, 0, 0, 0], rtol=0, atol=0)
