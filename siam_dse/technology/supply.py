"""Supply voltage that a clock needs: digital logic faster than its node's nominal clock takes a higher one."""

from dataclasses import replace

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, freeze
from siam_dse.core.once import once, pick
from siam_dse.technology.delays import step_delay
from siam_dse.technology.gates import Node, all_nodes, minimum_inverter, on_resistance_n, on_resistance_p
from siam_dse.technology.interpolated import node_table
from siam_dse.technology.technology import Technology

_NEWTON_STEPS = 8  # from below, on a concave function: quadratic, to rounding within the overdrive allowed


@once
def nominal_clock_hz(technology: Technology) -> FloatArray:
    """Clock at which logic closes timing at the nominal supply, a value a row of the node table [Hz].

    Notes
    -----
    1 / (N t), N inverters with four of their kind as load a cycle; t = ln 2 x mean on-resistance x (Cout + 4 Cin).

    References
    ----------
    Hrishikesh et al., ISCA 2002 (pipeline depth in FO4); 20 a cycle as in BookSim2's power_module.cpp.
    """
    c, nodes = technology.constants("supply"), all_nodes(technology)
    gate = minimum_inverter(nodes)
    ohm = (on_resistance_n(nodes, gate.width_n_m) + on_resistance_p(nodes, gate.width_p_m)) / 2
    fo4_s = step_delay(nodes, ohm * (gate.output_cap_f + c["fan_out"] * gate.input_cap_f))
    return freeze(1 / (c["stages_per_cycle"] * fo4_s))


@once
def highest_clock_hz(technology: Technology) -> FloatArray:
    """Clock at the highest supply that the node bears, a value a row of the node table [Hz]."""
    row = np.arange(len(all_nodes(technology)))
    highest = technology.constants("supply")["highest_supply"]
    gain = _log_speed(technology, row, highest) - _log_speed(technology, row, 1.0)
    return freeze(nominal_clock_hz(technology) * np.exp(gain))


def supply_ratio(technology: Technology, row: AnyArray, clock_hz: FloatArray) -> FloatArray:
    """Supply that a clock needs over the node's nominal one; energy follows its square, leakage the supply itself.

    Parameters
    ----------
    technology : Technology
    row : (U,)
        Row of the node table of each design.
    clock_hz : (U,) [Hz]

    Returns
    -------
    (U,) float64
        1 up to the nominal clock: the rail is fixed. No more than the highest supply, whatever the clock.

    Notes
    -----
    Alpha-power law: clock ~ (V - Vth)^alpha / V. Delays of gates that take several cycles are kept at the nominal
    supply, leakage leaves out that a higher supply lowers the threshold.

    References
    ----------
    Sakurai and Newton, IEEE JSSC 25(2), 1990.
    """
    c, nodes = technology.constants("supply"), node_table(technology, "nodes")
    nominal = nominal_clock_hz(technology)[row]
    wanted = np.log(np.clip(clock_hz, nominal, highest_clock_hz(technology)[row]) / nominal)
    if not (wanted > 0).any():
        return np.ones(len(wanted))
    threshold = (nodes["vth_v"] / nodes["vdd_v"])[row]
    ratio, start = np.ones(len(wanted)), _log_speed(technology, row, 1.0)
    for _ in range(_NEWTON_STEPS):
        missing = wanted - (_log_speed(technology, row, ratio) - start)
        ratio = ratio + missing / (c["alpha"] / (ratio - threshold) - 1 / ratio)
    return np.where(wanted > 0, ratio, 1.0)


@once
def supply_range_v(technology: Technology) -> tuple[FloatArray, FloatArray]:
    """Least supply at which gates are taken to switch and the highest that they bear [V], by row of the node table."""
    nodes, c = node_table(technology, "nodes"), technology.constants("supply")
    return freeze(nodes["vth_v"] + c["least_overdrive"]), freeze(c["highest_supply"] * nodes["vdd_v"])


def node_at_supply(technology: Technology, row: AnyArray, supply_v: FloatArray) -> Node:
    """Nodes at another supply.

    Parameters
    ----------
    technology : Technology
    row : (U,)
        Row of the node table.
    supply_v : (U,) [V]
        0: the nominal one. Beyond the least and the highest supply of the node those stand for it.

    Returns
    -------
    Node

    Notes
    -----
    On-currents follow the alpha-power law, (V - Vth)^alpha; so energies go as V^2, delays as V / (V - Vth)^alpha and
    leakages as V. Transistors keep the widths that they have at the nominal supply. That a higher supply lowers the
    threshold is left out, and so is that junctions grow smaller.

    References
    ----------
    Sakurai and Newton, IEEE JSSC 25(2), 1990.
    """
    ratio = given_ratio(technology, row, supply_v)
    node = pick(all_nodes(technology), row)
    slower = slowdown(technology, row, ratio)
    current = ratio / slower
    return replace(
        node,
        vdd_v=node.vdd_v * ratio,
        ion_n_a_per_m=node.ion_n_a_per_m * current,
        ion_p_a_per_m=node.ion_p_a_per_m * current,
        slowdown=slower,
    )


def given_ratio(technology: Technology, row: AnyArray, supply_v: FloatArray) -> FloatArray:
    """A stated supply over the node's nominal one, (U,), within what the node bears; 1 where it is 0."""
    lowest_v, highest_v = supply_range_v(technology)
    inside_v = np.clip(supply_v, lowest_v[row], highest_v[row])
    return np.where(supply_v > 0, inside_v / node_table(technology, "nodes")["vdd_v"][row], 1.0)


def slowdown(technology: Technology, row: AnyArray, ratio: FloatArray) -> FloatArray:
    """Delay of a gate at a supply over that at the nominal one, (U,)."""
    return np.exp(_log_speed(technology, row, 1.0) - _log_speed(technology, row, ratio))


def _log_speed(technology: Technology, row: AnyArray, ratio: FloatArray | float) -> FloatArray:
    """Logarithm of (V - Vth)^alpha / V up to a constant, V as a multiple of the nominal supply, (U,)."""
    nodes = node_table(technology, "nodes")
    threshold = (nodes["vth_v"] / nodes["vdd_v"])[row]
    return np.asarray(technology.constants("supply")["alpha"] * np.log(ratio - threshold) - np.log(ratio))
