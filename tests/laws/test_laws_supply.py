"""Supply of a crossbar: a chip is drawn once, and a lower supply costs time and saves energy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.engines.crossbar.array import word_line_capacitance
from siam_dse.engines.crossbar.design_case import case_of_designs
from siam_dse.engines.crossbar.engine import crossbar_unit
from siam_dse.engines.crossbar.subarray import energy_by_component

VOLTS = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3]
CELLS = ("sram", "charge", "digital_cim", "rram_1t1r", "rram_crosspoint", "mram", "pcm")
CASES = [(cell, node) for cell in CELLS for node in (7, 14, 28, 65, 130)]


@pytest.mark.parametrize(("cell", "node_nm"), CASES)
@pytest.mark.parametrize("circuit", ["neurosim13", "neurosim_siam"])
def test_no_component_takes_more_energy_or_less_time_at_a_lower_supply(cell, node_nm, circuit):
    designs = sd.Designs.grid(
        cell=cell, node_nm=node_nm, circuit=circuit, crossbar_size=256, read_mode=["parallel", "row_by_row"],
        adc_kind=["sar", "flash"], adc_bits=5, adc_model=["neurosim", "survey"], supply_v=VOLTS,
    )  # fmt: skip
    energy = energy_by_component(case_of_designs(designs), np.full(len(designs), 64.0))
    unit = crossbar_unit(designs)
    for name, values in {**energy, "total": sum(energy.values())}.items():
        by_supply = values.reshape(-1, len(VOLTS))
        assert np.all(np.diff(by_supply) >= -1e-12 * by_supply[:, 1:]), name
    for name, values in unit.area_by_component.items():
        by_supply = values.reshape(-1, len(VOLTS))
        assert_allclose(by_supply, by_supply[:, :1] + np.zeros(len(VOLTS)), rtol=1e-12, atol=0, err_msg=name)
    time = unit.position_s.reshape(-1, len(VOLTS))
    assert np.all(np.diff(time) <= 1e-12 * time[:, 1:])


@pytest.mark.parametrize("cell", ["sram", "charge"])
def test_word_lines_and_precharge_take_the_square_of_the_supply(cell):
    # 32 nm, 0.9 V: E = a V^2 + b V_read^2, the drains of pass gates being at the read voltage. Of 0.05 and 0.1 V the
    # difference is 0.0075 b, a third of it the second term at 0.05 V. (0.6 / 0.9)^2 = 4 / 9 of a V^2, as lines and
    # drivers keep their size.
    designs = sd.Designs.grid(cell=cell, supply_v=[0, 0.6], read_voltage_v=[0.05, 0.1])
    energy = energy_by_component(case_of_designs(designs), np.full(4, 64.0))
    for name in ("word_line", "precharge"):
        one, two = energy[name].reshape(2, 2).T
        own = one - (two - one) / 3
        assert_allclose(own[1] / own[0], 4 / 9, rtol=1e-9, atol=0, err_msg=name)


def test_the_access_transistor_of_a_resistive_cell_keeps_its_width():
    # drawn for a quarter of r_on at 0.9 V; at 0.6 V the same gate load, and the delay's factor in resistance
    case = case_of_designs(sd.Designs.grid(cell="rram_1t1r", supply_v=[0, 0.6]))
    loads = word_line_capacitance(case)
    assert loads[1] == loads[0]
    assert case.node.slowdown[0] == 1 < case.node.slowdown[1]
