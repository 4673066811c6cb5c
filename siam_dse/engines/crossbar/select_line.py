"""Delay from the address of a column mux to the select line of a column."""

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.column_mux import address_bits, decoder_gates, mux_pass_gate
from siam_dse.technology.gates import (
    drain_capacitance,
    gate_capacitance,
    horowitz_delay,
    on_resistance_n,
    on_resistance_p,
    output_slope,
    step_delay,
    transistor_width,
)
from siam_dse.technology.load import load_constants


def select_delay(case: Case) -> FloatArray:
    """Delay from the address to the select line of a column [s], (U,).

    Address inverter, NAND2, NOR (more than four columns), enable NAND2, an inverter that drives the NMOS gates of all
    converters' pass gates, and one that drives their PMOS gates. The drivers of the source are 4F wide whatever their
    load (``unbuffered_select``); here a chain of inverters, each four times the one before, drives a heavy load.

    Notes
    -----
    Horowitz chain of inverter R_N (C_out + 2 C_nand), NAND2 2 R_N (C_out + C_nor lines / 4), NOR 2 R_P (C_out +
    C_nand), NAND2 R_N (C_out + C_in), driver R_N (C_out + C_in + u C_gN), driver R_P (C_out + u C_gP), u converters.
    The source has no enable for four columns and loads their NAND2 with the select line.

    References
    ----------
    [neurosim13] RowDecoder.cpp, CalculateLatency with MUX = true (measured: exact from 8 columns, 0.7 % below).
    """
    node, bits = case.node, address_bits(case)
    gates, gate = decoder_gates(case), mux_pass_gate(case)
    inv, two, select = gates["inverter"], gates["nand"], gates["nor"]
    k = load_constants("crossbar")
    drawn = np.where(case.is_siam, k["siam_select_driver"], k["select_driver"])
    n = transistor_width(node, drawn)
    p = n * np.where(node.is_finfet, 1, node.pn_ratio)
    drive_in, drive_out = gate_capacitance(node, n + p), drain_capacitance(node, n) + drain_capacitance(node, p)
    ideal = np.full(len(case), np.inf)
    load = case.converters * gate.gate_n_cap_f
    has_nor, has_nand = bits > 2, bits > 1

    nand_ohm = on_resistance_n(node, two.width_n_m)
    inv_load = np.where(has_nand, 2 * two.input_cap_f, load)
    first = horowitz_delay(on_resistance_n(node, inv.width_n_m) * (inv.output_cap_f + inv_load), ideal)
    nand_load = np.where(has_nor, select.input_cap_f * 2**bits / 4, two.input_cap_f + load)
    pair = horowitz_delay(2 * nand_ohm * (two.output_cap_f + nand_load), output_slope(first))
    nor_ohm = 2 * on_resistance_p(node, select.width_p_m)
    line = horowitz_delay(nor_ohm * (select.output_cap_f + two.input_cap_f), output_slope(pair))
    enable = horowitz_delay(nand_ohm * (two.output_cap_f + two.input_cap_f), output_slope(line))
    addressed = first + np.where(has_nand, pair, 0) + np.where(has_nor, line + enable, 0)
    slope = np.where(has_nor, output_slope(enable), ideal)

    down = on_resistance_n(node, n) * (drive_out + drive_in + load)
    true_line = horowitz_delay(down, slope)
    up = on_resistance_p(node, p) * (drive_out + case.converters * gate.gate_p_cap_f)
    complement = horowitz_delay(up, output_slope(true_line))
    unbuffered = addressed + true_line + complement
    if not case.options.unbuffered_select:
        stages = np.ceil(np.log2(np.maximum(load / drive_in, 1)) / 2) + 2  # a fan-out of four: log4 stages, two lines
        stage = step_delay(on_resistance_n(node, n) * (drive_out + 4 * drive_in))  # fan-out of four
        lone = horowitz_delay(on_resistance_n(node, inv.width_n_m) * (inv.output_cap_f + 2 * two.input_cap_f), ideal)
        plain = horowitz_delay(2 * nand_ohm * (two.output_cap_f + two.input_cap_f), output_slope(lone))
        before = np.where(has_nor, addressed, lone + np.where(has_nand, plain, 0))
        unbuffered = np.minimum(unbuffered, before + stages * stage)
    return np.where(case.columns_per_adc > 1, unbuffered, 0.0)
