"""Delay from the address of a column mux to the select line of a column."""

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.once import once
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.column_mux import mux_decoder, mux_pass_gate
from siam_dse.technology.decoder import LineDriver, line_driver
from siam_dse.technology.delays import horowitz_delay, output_slope, step_delay
from siam_dse.technology.gates import on_resistance_n, on_resistance_p, transistor_width


def select_delay(case: Case) -> FloatArray:
    """Delay from the address to the select line of a column [s], (U,).

    Address inverter, NAND2, NOR (more than four columns), enable NAND2, an inverter that drives the NMOS gates of all
    converters' pass gates, and one that drives their PMOS gates. The drivers of the source are 4F wide whatever their
    load (``unbuffered_select``); here a chain of inverters, each four times the one before, drives a heavy load.

    Notes
    -----
    Horowitz chain of inverter R_N (C_out + 2 C_nand), NAND2 2 R_N (C_out + C_nor lines / 4), NOR 2 R_P (C_out +
    C_nand), NAND2 R_N (C_out + C_in), driver R_N (C_out + C_in + u C_gN), driver R_P (C_out + u C_gP), u converters.
    The source has no enable for four columns and loads their NAND2 with the select line (u C_gN beside one NAND2), that
    of two columns loads the address inverter; the drivers then start with an ideal step. The shorter delay counts:
    these drivers, or ceil(log4(u C_gN / C_in)) + 2 inverters of 0.693 R_N (C_out + 4 C_in) in their place.

    References
    ----------
    [neurosim13] RowDecoder.cpp, CalculateLatency with MUX = true (measured: exact from 8 columns, 0.7 % below).
    """
    node, gate, part = case.node, mux_pass_gate(case), mux_decoder(case)
    driver = _driver(case)
    load = case.converters * gate.gate_n_cap_f
    has_nor, has_nand = part.has_nor, part.address_bits > 1
    two_in = part.nand.input_cap_f

    first = part.inverter_delay(np.where(has_nand, 2 * two_in, load))
    pair = part.nand_delay(np.where(has_nor, part.predecoded_load_f, two_in + load), output_slope(node, first))
    line = part.nor_delay(two_in, output_slope(node, pair))
    enabled = on_resistance_n(node, part.nand.width_n_m) * (part.nand.output_cap_f + two_in)
    enable = horowitz_delay(node, enabled, output_slope(node, line))
    addressed = first + np.where(has_nand, pair, 0) + np.where(has_nor, line + enable, 0)
    slope = np.where(has_nor, output_slope(node, enable), np.inf)

    down = on_resistance_n(node, driver.width_n_m) * (driver.output_cap_f + driver.input_cap_f + load)
    true_line = horowitz_delay(node, down, slope)
    up = on_resistance_p(node, driver.width_p_m) * (driver.output_cap_f + case.converters * gate.gate_p_cap_f)
    complement = horowitz_delay(node, up, output_slope(node, true_line))
    delay = addressed + true_line + complement
    if not case.options.unbuffered_select:
        lone = part.inverter_delay(2 * two_in)
        plain = part.nand_delay(two_in, output_slope(node, lone))
        before = np.where(has_nor, addressed, lone + np.where(has_nand, plain, 0))
        delay = np.minimum(delay, before + _buffered_delay(driver, load))
    return np.where(case.steps > 1, delay, 0.0)


@once
def _driver(case: Case) -> LineDriver:
    """Inverters that drive the select lines; FinFETs have as many fins of either type."""
    node, k = case.node, case.technology.constants("crossbar")
    n = transistor_width(node, np.where(case.is_siam, k["siam_select_driver"], k["select_driver"]))
    return line_driver(node, n, n * np.where(node.is_finfet, 1, node.pn_ratio))


def _buffered_delay(driver: LineDriver, load_f: FloatArray) -> FloatArray:
    """Delay of chains of inverters, each four times the one before, to a load and to its complement [s], (U,)."""
    stages = np.ceil(np.log2(np.maximum(load_f / driver.input_cap_f, 1)) / 2) + 2  # log4 of the load, two lines
    one = on_resistance_n(driver.node, driver.width_n_m) * (driver.output_cap_f + 4 * driver.input_cap_f)  # fan-out
    return np.asarray(stages * step_delay(driver.node, one))
