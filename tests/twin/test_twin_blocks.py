"""The twin's own blocks against figures measured with DNN+NeuroSim V1.3, so that it does not lean on the package.

Figures are printed with three digits or so, which is what the tolerances allow for.
"""

import pytest
from numpy.testing import assert_allclose
from twin.circuits import array, blocks, column_side, converters, gates, row_side
from twin.circuits.sums import comparator
from twin.data import table
from twin.random_designs import random_designs

FEMTO, NANO = 1e-15, 1e-9
ROWS = [pytest.param(r, id=f"{r['node_nm']:g}-{r['roadmap']}") for r in table("nodes")]
PLANAR = (22.0, 32.0, 45.0, 65.0)


def node(node_nm, roadmap):
    return gates.node_of({"node_nm": node_nm, "roadmap": roadmap})


def subarray(**changed):
    """The sub-array that most figures are measured on."""
    usual = {"cell": "rram_1t1r", "circuit": "neurosim13", "roadmap": "lstp", "node_nm": 32.0, "read_mode": "parallel"}
    usual |= {"crossbar_rows": 128, "crossbar_cols": 128, "cell_bits": 1, "weight_bits": 8, "activation_bits": 8}
    usual |= {"weight_mapping": "offset", "pedestal": "digital", "columns_per_adc": 8, "adc_kind": "sar", "adc_bits": 5}
    usual |= {"adc_bits_first_last": 0}
    usual |= {
        "r_on_ohm": 1e5,
        "r_off_ohm": 1e7,
        "read_voltage_v": 0.5,
        "adc_thermal_floor": False,
        "adc_model": "neurosim",
    }
    usual |= {"supply_v": 0.0, "adc_rate_hz": 0.0, "rows_per_read": 0, "input_bits_per_read": 1, "columns_combined": 1}
    usual |= {"row_drive": "each_conversion"}
    return array.subarray(random_designs(1, **(usual | changed))[0])


# --- transistors and wires: every row of the measured node table -----------------------------------------------------


@pytest.mark.parametrize("measured", ROWS)
def test_minimum_inverter(measured):
    n = node(measured["node_nm"], measured["roadmap"])
    gate = gates.inverter(n, False)
    assert_allclose(gate["c_in"], measured["inverter_min_cin"], rtol=1e-5, atol=0)
    assert_allclose(gate["c_out"], measured["inverter_min_cout"], rtol=1e-5, atol=0)
    assert_allclose(gate["leak"], measured["inverter_min_leakage"], rtol=1e-5, atol=0)
    assert_allclose(gate["width"], measured["inverter_min_width"], rtol=1e-5, atol=0)
    assert_allclose(gates.r_n(n, gate["n"]), measured["ron_n_min"], rtol=1e-5, atol=0)
    assert_allclose(gates.r_p(n, gate["p"]), measured["ron_p_min"], rtol=1e-5, atol=0)


@pytest.mark.parametrize("measured", ROWS)
def test_repeated_wires(measured):
    n = node(measured["node_nm"], measured["roadmap"])
    bus, htree = blocks.bus_wire(n), blocks.htree_wire(n)
    assert bus["size"] == measured["bus_repeater_size"]
    assert htree["size"] == measured["htree_repeater_size"]
    assert_allclose(bus["spacing"], measured["bus_repeater_spacing"], rtol=1e-5, atol=0)
    assert_allclose(htree["spacing"], measured["htree_repeater_spacing"], rtol=1e-5, atol=0)
    fins = 1.2e-2  # how the source folds repeaters of whole fins is known to that
    assert_allclose(htree["energy"], measured["htree_energy"], rtol=fins if n["is_fin"] else 1e-5, atol=0)
    # Its measured delay is that of wires of upper metal, which neither model nor twin take.


@pytest.mark.parametrize("measured", ROWS)
def test_access_transistor(measured):
    for r_on, name in ((1e5, "access_width_at_100k"), (6e3, "access_width_at_6k")):
        x = subarray(node_nm=measured["node_nm"], roadmap=measured["roadmap"], r_on_ohm=r_on)
        assert_allclose(array.access_drawn(x), measured[name], rtol=1e-5, atol=0)


def test_bus_at_32_nm():
    wire = blocks.bus_wire(node(32.0, "lstp"))
    assert_allclose(wire["energy"] / (FEMTO * 1e3), 66.1, rtol=1e-3, atol=0)  # fJ/bit/mm
    assert_allclose(wire["delay"] / (NANO * 1e3), 0.419, rtol=2e-3, atol=0)  # ns/mm


# --- flip-flop and adder ---------------------------------------------------------------------------------------------

REGISTERS = {
    "lstp": {
        "energy": (5.10, 9.54, 18.7, 39.0),
        "leak": (0.156, 0.241, 0.377, 0.599),
        "bit": (1.063, 2.021, 4.02, 8.52),
    },
    "hp": {"energy": (3.56, 6.22, 11.4, 22.1), "leak": (157, 241, 377, 598), "bit": (0.689, 1.220, 2.264, None)},
}


@pytest.mark.parametrize("roadmap", REGISTERS)
def test_flip_flop_and_adder(roadmap):
    for i, node_nm in enumerate(PLANAR):
        n, measured = node(node_nm, roadmap), {name: values[i] for name, values in REGISTERS[roadmap].items()}
        register = blocks.flip_flop(n, True)
        assert_allclose(register["energy"] / FEMTO, measured["energy"], rtol=3e-3, atol=0)
        assert_allclose(register["leak"] / NANO, measured["leak"], rtol=4e-3, atol=0)
        if measured["bit"] is not None:  # the source folds this one
            further = blocks.adder_energy(n, 9, True, 0.15) - blocks.adder_energy(n, 8, True, 0.15)
            assert_allclose(further / FEMTO, measured["bit"], rtol=2e-3, atol=0)


def test_areas_at_32_nm():
    n = node(32.0, "lstp")
    assert_allclose(blocks.flip_flop(n, True)["area"] * 1e12, 2.615, rtol=2e-4, atol=0)
    assert_allclose(blocks.adder_area(n, 8, True) * 1e12, 23.53, rtol=3e-4, atol=0)
    assert_allclose(blocks.adder_energy(n, 8, True, 0.15) / FEMTO, 16.3, rtol=4e-3, atol=0)


# --- components of a sub-array ---------------------------------------------------------------------------------------


def test_converters_at_32_nm():
    sar, flash = subarray(adc_kind="sar"), subarray(adc_kind="flash", sensing="current")
    assert_allclose(converters.area(sar) / 16 * 1e12, 262.8, rtol=3e-4, atol=0)
    assert_allclose(converters.area(flash) / 16 / 31 * 1e12, 23.1, rtol=2e-3, atol=0)
    assert_allclose(converters.encoder_energy(flash) / FEMTO, 4.74, rtol=2e-3, atol=0)


@pytest.mark.parametrize(("bits", "ns"), [(4, 0.147), (5, 0.235), (6, 0.410), (7, 0.759), (8, 1.456)])
def test_encoder_delay(bits, ns):
    assert_allclose(converters.encoder_delay(subarray(adc_kind="flash", adc_bits=bits)) / NANO, ns, rtol=3e-3, atol=0)


def test_encoder_delay_of_fast_transistors():
    fast = [subarray(adc_kind="flash", adc_bits=bits, roadmap="hp") for bits in (4, 8)]
    assert_allclose([converters.encoder_delay(x) / NANO for x in fast], [0.028, 0.266], rtol=2e-2, atol=0)


def test_row_drivers():
    row_j, active_row_j = row_side.driver_energy(subarray())
    assert_allclose((row_j + 0.5 * active_row_j) / 8 / FEMTO, 11.4, rtol=4e-3, atol=0)
    assert_allclose(
        row_side.driver_area(subarray()) / 128 / gates.cell_unit(node(32.0, "lstp")), 18.286, rtol=1e-4, atol=0
    )
    older = {"circuit": "neurosim_siam", "roadmap": "hp"}
    for cell, measured in (("rram_1t1r", 1.97), ("sram", 1.79)):
        row_j, active_row_j = row_side.driver_energy(subarray(cell=cell, **older))
        assert_allclose((row_j + 0.5 * active_row_j) / 8 / FEMTO, measured, rtol=4e-3, atol=0)


def test_source_lines():
    x = subarray()
    assert_allclose(column_side.source_line_area(x) / 128 / gates.cell_unit(x["n"]), 14.611, rtol=1e-4, atol=0)


SHIFTERS_UM2 = {"lstp": (10.01, 22.16, 50.42, 105.2), "hp": (9.55, 21.18, 41.9, 103.6)}


@pytest.mark.parametrize("roadmap", SHIFTERS_UM2)
def test_level_shifters(roadmap):
    for node_nm, um2 in zip(PLANAR, SHIFTERS_UM2[roadmap], strict=True):
        area = column_side.level_shifter_area(subarray(node_nm=node_nm, roadmap=roadmap))
        assert_allclose(area / (3 * 128) * 1e12, um2, rtol=1e-3, atol=0)


def test_sram_cell_of_the_older_circuit_leaks():
    x = subarray(cell="sram", circuit="neurosim_siam", roadmap="hp")
    assert_allclose(array.leakage(x) / 128**2 / NANO, 9.74, rtol=2.5e-2, atol=0)  # measured at 301 K


@pytest.mark.parametrize(("bits", "fj", "units"), [(4, 4.74, (290, 300)), (8, 8.72, (570, 575))])
def test_max_pooling_of_four(bits, fj, units):
    one = comparator(subarray()["d"], bits)
    assert_allclose(3 * one["energy"] / FEMTO, fj, rtol=6e-3, atol=0)
    assert units[0] - 5 <= 3 * one["area"] / gates.cell_unit(node(32.0, "lstp")) <= units[1]
