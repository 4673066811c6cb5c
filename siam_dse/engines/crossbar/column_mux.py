"""Column multiplexer: pass gates that connect one column after another to an ADC, and the decoder of their selects."""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.core.once import once
from siam_dse.core.units import M_PER_NM, ROUNDING
from siam_dse.engines.crossbar.adc import thermal_energy
from siam_dse.engines.crossbar.array import access_resistance, array_size, cell_pitch
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.law import EnergyLaw
from siam_dse.technology.decoder import Decoder, selecting_nor
from siam_dse.technology.gates import gate_constants
from siam_dse.technology.logic import folded_where
from siam_dse.technology.pass_gates import PassGate, pass_gate


@once
def mux_pass_gate(case: Case) -> PassGate:
    """Pass gate of one column, sized for a quarter of the column's resistance and folded into the column's pitch.

    Notes
    -----
    Column resistance: (mean of r_on and r_off + access) / R; SRAM access / (2 R), R the rows driven at once.

    References
    ----------
    [neurosim13] SubArray.cpp, mux; SIAM's older circuit takes r_on for the mean.
    """
    circuit = case.circuit
    mean = np.where(case.is_siam, case.r_on_ohm, (case.r_on_ohm + case.r_off_ohm) / 2)
    access = access_resistance(case) / case.node.slowdown
    share = np.where(case.is_siam, case.cell.access_share * case.r_on_ohm, access)
    column = np.where(case.is_sram, access / (2 * case.read_rows), (mean + share) / case.read_rows)
    target = case.technology.constants("crossbar")["pass_gate_margin"] * column
    return pass_gate(case.node, target, widened=circuit.is_widened, linear_factor=circuit.linear_factor)


def mux_height(case: Case) -> FloatArray:
    """Height of the pass gates [m], (U,): :func:`pass_gate_rows`; FinFETs count 1F a fin."""
    node, gate = case.node, mux_pass_gate(case)
    width = gate.width_n_m + gate.width_p_m
    drawn = np.where(node.is_finfet, width / node.fin_m * node.feature_m, width)
    fingers, rows = pass_gate_rows(case, case.array_cols)
    return np.asarray(
        rows * (drawn / fingers + case.technology.constants("crossbar")["pass_gate_rails"] * node.feature_m)
    )


def pass_gate_rows(case: Case, gates: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Fingers of a pass gate and rows of them below the columns of the array, (U,) each.

    A gate folds as often as the pitch of a column allows; gates wider than the pitch take several rows.

    Notes
    -----
    f = max(floor(pitch / finger pitch) - 1, 1); rows = ceil(gates / floor(W / ((f + 1) finger pitch))), each
    (W_N + W_P) / f + 7.1F high.

    References
    ----------
    [neurosim13] Mux.cpp, SwitchMatrix.cpp, area (measured, exact).
    """
    finger = case.node.finger_pitch * case.node.feature_m
    fingers = np.maximum(np.floor(cell_pitch(case)[0] / finger + ROUNDING) - 1, 1)
    per_row = np.maximum(np.floor(array_size(case)[0] / ((fingers + 1) * finger) + ROUNDING), 1)
    return fingers, np.ceil(gates / per_row)


@once
def address_bits(case: Case) -> FloatArray:
    """Address bits of the select lines, (U,): a line a conversion."""
    return np.ceil(np.log2(case.steps))


def decoder_size(case: Case) -> tuple[FloatArray, FloatArray]:
    """Width and height of the mux decoder [m], (U,) each: a row of gates a column served; none for one or two columns.

    Notes
    -----
    13 finger pitches and one an input of the NOR (without NORs 14), and 2 tracks of 2.8F an address bit with NORs.

    References
    ----------
    [neurosim13] RowDecoder.cpp with MUX = true (areas of 4 to 64 lines measured, exact).
    """
    k, node = case.technology.constants("crossbar"), case.node
    bits = address_bits(case)
    has_nor = bits > 2
    pitches = np.where(has_nor, k["mux_gate_pitches"] + np.ceil(bits / 2), k["mux_gate_pitches_small"])
    tracks = np.where(has_nor, k["mux_wire_tracks_per_bit"] * bits, 0)
    width = (
        pitches * node.finger_pitch + tracks * case.technology.constants("buffers")["metal_pitch"]
    ) * node.feature_m
    height = gate_constants(case.node)["cell_height"] * node.feature_m * case.steps
    has = bits > 1
    return np.where(has, width, 0.0), np.where(has, height, 0.0)


def column_mux_area(case: Case) -> FloatArray:
    """Area of pass gates, decoder, combiner and samplers [m2], (U,); the source stretches the mux to its decoder.

    The latter is the option ``stretched_mux``.
    """
    width, high = decoder_size(case)
    own = np.where(case.steps > 1, mux_height(case), 0.0)
    if case.options.stretched_mux:
        own = np.maximum(own, high)
    return array_size(case)[0] * own + width * high + combiner_area(case) + sampler_area(case)


def column_mux_energy(case: Case) -> EnergyLaw:
    """Energy of the pass gates of the column that is switched; the decoder's is negligible.

    Notes
    -----
    V1.3: 0.17 C_gN Vdd^2. SIAM: C_gN Vdd^2 + 2 C_d V_read^2.

    References
    ----------
    [neurosim13] Mux.cpp, CalculatePower (fitted within 10 %; a thousandth of the total).
    """
    gate = mux_pass_gate(case)
    share = np.where(case.is_siam, 1.0, case.technology.constants("crossbar")["mux_energy_share"])
    drains = np.where(case.is_siam, 2 * gate.drain_cap_f * case.read_voltage_v**2, 0.0)
    switched = share * gate.gate_n_cap_f * case.node.vdd_v**2 + drains
    sampled, by_row = sampler_energy(case), case.is_row_by_row
    return EnergyLaw(
        per_read_column_j=np.where(case.steps > 1, switched, 0.0)
        + combiner_energy(case)
        + np.where(by_row, 0.0, sampled),
        per_active_column_j=np.where(by_row, sampled, 0.0),
    )


def sampler_energy(case: Case) -> FloatArray:
    """Energy of the sample-and-holds a column and read [J], (U,): capacitor C Vdd^2 and the gate of its switch.

    The capacitor is what thermal noise demands at the converter's bits, at least the unit capacitor: the sampling adds
    no more noise than a converter's own, and the accuracy stays. Columns of cells with capacitors need no other.

    Notes
    -----
    E = (C + C_gN) Vdd^2, of columns and of the reference columns that are sampled beside them.
    """
    gate = mux_pass_gate(case)
    one = sampler_capacitance(case) * case.node.vdd_v**2 + gate.gate_n_cap_f * case.node.vdd_v**2
    return np.where(has_samplers(case), one * case.array_cols / case.cols, 0.0)


def sampler_area(case: Case) -> FloatArray:
    """Area of the sample-and-holds [m2], (U,): a capacitor and a switch as large as the mux's a column."""
    capacitor = case.array_cols * sampler_capacitance(case) / case.technology.constants("reading")["capacitor_density"]
    return np.where(has_samplers(case), capacitor + array_size(case)[0] * mux_height(case), 0.0)


def sampler_capacitance(case: Case) -> FloatArray:
    """Capacitor of a sample-and-hold [F], (U,): 8 kT SNR / Vdd^2, at least the unit capacitor."""
    least = case.technology.constants("reading")["unit_capacitor"]
    return np.maximum(thermal_energy(case) / case.node.vdd_v**2, least)


def has_samplers(case: Case) -> BoolArray:
    """Crossbars with a sample-and-hold a column, (U,)."""
    return np.asarray(case.is_held & ~case.is_charge)


@once
def combiner_units(case: Case) -> FloatArray:
    """Unit capacitors of a combiner, (U,): 2^(c j) for the j-th of the columns that it joins, c bits a cell; 0 for one.

    Each column charges its capacitors; joined, they hold the mean of the columns weighted by their sizes.
    """
    units = (2 ** (case.cell_bits * case.combined) - 1) / (2**case.cell_bits - 1)
    return np.where(case.combined > 1, units, 0.0)


def combiner_area(case: Case) -> FloatArray:
    """Area of the combiners [m2], (U,): one a converter, of metal capacitors of a stated density."""
    k = case.technology.constants("reading")
    return np.asarray(case.converters * combiner_units(case) * k["unit_capacitor"] / k["capacitor_density"])


def combiner_energy(case: Case) -> FloatArray:
    """Energy of the combiners a converted column [J], (U,): all capacitors are charged to the supply, C Vdd^2."""
    charged = combiner_units(case) * case.technology.constants("reading")["unit_capacitor"] * case.node.vdd_v**2
    return np.asarray(case.code_share * charged)


def column_mux_leakage(case: Case) -> FloatArray:
    """Leakage of the mux decoder [W], (U,).

    Notes
    -----
    Address inverters, four NAND2 a pair of address bits, and a line NOR, NAND2 and two inverters.

    References
    ----------
    [neurosim13] RowDecoder.cpp, CalculatePower (measured, exact). The source leaves SRAM's out (``partial_leakage``).
    """
    part = mux_decoder(case)
    line = part.nor.leakage_w + part.nand.leakage_w + 2 * part.inverter.leakage_w
    total = part.shared_leakage_w + np.where(part.has_nor, case.steps * line, 0.0)
    if case.options.partial_leakage:
        total = np.where(case.is_sram, 0.0, total)
    return total


@once
def mux_decoder(case: Case) -> Decoder:
    """Gates that select one column of an ADC, folded where the source folds them."""
    node, widened = case.node, case.circuit.is_widened
    bits = address_bits(case)
    inputs = np.maximum(np.ceil(bits / 2), 2)
    two, wide = case.nand2, selecting_nor(node, inputs, widened=widened)
    if case.options.fold_tie_65hp:
        fold = tied_fold(case)
        two, wide = folded_where(case.node, two, 2, fold), folded_where(case.node, wide, inputs, fold)
    return Decoder(node=node, address_bits=bits, inverter=case.inverter, nand=two, nor=wide)


@once
def tied_fold(case: Case) -> BoolArray:
    """Rows where rounding of a tie folds gates that fill their cell: widened gates at 65 nm HP."""
    tie = case.technology.constants("crossbar")["tied_node"]
    return np.asarray(case.circuit.is_widened & (case.node_nm * M_PER_NM == tie) & (case.roadmap == "hp"))


def mux_delay(case: Case) -> FloatArray:
    """Delay of a pass gate [s], (U,): 2.3 x 2 R_tg (C_d + C_g / 2), a few ps."""
    gate = mux_pass_gate(case)
    load = gate.drain_cap_f + (gate.gate_n_cap_f + gate.gate_p_cap_f) / 2
    return np.asarray(np.log(10) * 2 * gate.resistance_ohm * load)  # [neurosim13] Mux.cpp: ln 10
