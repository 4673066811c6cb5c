"""Bit lines of SRAM, in crossbars and in buffers: time to precharge one, and until a cell has pulled it down."""

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.technology.delays import horowitz_delay, step_delay
from siam_dse.technology.gates import Node, drain_capacitance, on_resistance_n, on_resistance_p


def precharge_time(node: Node, width_m: FloatArray, load_f: FloatArray, wire_ohm: FloatArray) -> FloatArray:
    """Time to precharge a bit line.

    Parameters
    ----------
    node : Node
        U rows.
    width_m : (U,) [m], channel width of the precharging PMOS
    load_f : (U,) [F], of the bit line
    wire_ohm : (U,) [ohm], of the bit line from end to end

    Returns
    -------
    (U,) float64 [s]

    Notes
    -----
    t = 0.693 [R_P (C_BL + 2 C_d) + R_BL C_BL / 2].

    References
    ----------
    [neurosim13] Precharger.cpp, CalculateLatency (measured, exact).
    """
    charge = on_resistance_p(node, width_m) * (load_f + 2 * drain_capacitance(node, width_m))
    return step_delay(node, charge + wire_ohm * load_f / 2)


def pull_down_time(
    node: Node,
    access_m: FloatArray,
    pull_down_m: FloatArray,
    load_f: FloatArray,
    wire_ohm: FloatArray,
    swing_v: float,
    slope_per_s: FloatArray,
) -> FloatArray:
    """Time until a cell has pulled its bit line down by the sensed swing.

    Parameters
    ----------
    node : Node
        U rows.
    access_m, pull_down_m : (U,) [m], channel widths of the cell's access and pull-down transistors
    load_f : (U,) [F], of the bit line
    wire_ohm : (U,) [ohm], of the bit line from end to end
    swing_v : float [V]
    slope_per_s : (U,) [1/s], of the word line

    Returns
    -------
    (U,) float64 [s]

    Notes
    -----
    tau = [(R_access + R_pull-down) (C_access + C_BL) + R_BL C_BL / 2] ln(Vdd / (Vdd - swing)); Horowitz.

    References
    ----------
    [neurosim13] SubArray.cpp, CalculateLatency (measured, exact).
    """
    cell_ohm = on_resistance_n(node, access_m) + on_resistance_n(node, pull_down_m)
    driven = cell_ohm * (drain_capacitance(node, access_m) + load_f)
    tau = (driven + wire_ohm * load_f / 2) * np.log(node.vdd_v / (node.vdd_v - swing_v))
    return horowitz_delay(node, tau, slope_per_s)
