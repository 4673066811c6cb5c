"""Repeated wires: the bus inside a processing element and the H-tree above it, energy and delay per length."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.once import once
from siam_dse.technology.gates import (
    Node,
    drain_height,
    gate_capacitance,
    inverter_leakage,
    minimum_inverter,
    on_resistance_n,
    on_resistance_p,
    region_height,
)


@dataclass(frozen=True)
class RepeatedWire:
    """One wire with repeaters on U node rows; arrays (U,), SI. Energy includes the toggle activity of a bus."""

    size: FloatArray  # repeater in minimum inverters
    spacing_m: FloatArray
    energy_j_per_m: FloatArray
    delay_s_per_m: FloatArray
    leakage_w_per_m: FloatArray
    repeater_width_m: FloatArray  # of one repeater, a cell high


def repeater_drain_capacitance(node: Node, width_m: FloatArray, share_m: FloatArray) -> FloatArray:
    """Drain capacitance of a repeater's transistor, folded into fingers as wide as its share of the cell.

    Parameters
    ----------
    node : Node
    width_m : (U,) [m], the whole transistor
    share_m : (U,) [m], the height of the cell that the transistor's type fills

    Returns
    -------
    (U,) float64 [F]

    Notes
    -----
    f = ceil(W / share) fingers have floor(f / 2) + 1 drains, the outer ones with a free side: one if f is odd, two if
    it is even.

    References
    ----------
    [neurosim13] formula.cpp (measured through the energy of the bus, exact).
    """
    length = node.drain_length * node.feature_m
    fingers = np.ceil(width_m / share_m)
    finger = drain_height(node, np.where(fingers > 1, share_m, width_m))
    drains = np.floor(fingers / 2) + 1
    free_sides = np.where(fingers % 2 == 0, 2, 1)
    return np.asarray(
        drains * length * finger * node.junction_cap_f_per_m2
        + (2 * length * drains + free_sides * finger) * node.sidewall_cap_f_per_m
        + fingers * finger * node.gate_edge_cap_f_per_m
    )


@once
def optimal_repeaters(node: Node) -> tuple[FloatArray, FloatArray]:
    """Size [minimum inverters] and spacing [m] of the repeaters of least delay, (U,) each.

    Notes
    -----
    size = floor(sqrt(R c / (Cin r))), spacing = sqrt(2 R (Cin + Cout) / (r c)), R = R_on of the minimum N + minimum P.
    """
    gate = minimum_inverter(node)
    resistance = on_resistance_n(node, gate.width_n_m) + on_resistance_p(node, gate.width_p_m)
    r, c = node.wire_ohm_per_m, node.wire_f_per_m
    size = np.floor(np.sqrt(resistance * c / (gate.input_cap_f * r)))
    spacing = np.sqrt(2 * resistance * (gate.input_cap_f + gate.output_cap_f) / (r * c))
    return size, spacing


@once
def bus_wire(node: Node) -> RepeatedWire:
    """Wire of a bus: repeaters of least delay."""
    size, spacing = optimal_repeaters(node)
    return repeated_wire(node, size, spacing)


@once
def htree_wire(node: Node) -> RepeatedWire:
    """Wire of an H-tree: repeaters half as large and a tenth closer, some 10 % slower than the optimum."""
    k = node.technology.constants("wires")
    size, spacing = optimal_repeaters(node)
    return repeated_wire(node, np.floor(size * k["relaxed_size"]), spacing * k["relaxed_spacing"])


def repeated_wire(node: Node, size: FloatArray, spacing_m: FloatArray) -> RepeatedWire:
    """Wire with repeaters of ``size`` minimum inverters every ``spacing_m``.

    Parameters
    ----------
    node : Node
        U rows; the wire is the node's local one.
    size : (U,) [minimum inverters]
    spacing_m : (U,) [m]

    Returns
    -------
    RepeatedWire

    Notes
    -----
    Per length, d = spacing: E = 0.25 (Cin + Cout + c d) Vdd^2 / d;
    t = 0.7 [R (Cin + Cout + c d) + r c d^2 / 2 + r d Cin] / d.

    References
    ----------
    [neurosim13] Bus.cpp, HTree.cpp (measured: exact; at FinFET nodes energy of the H-tree within 1.2 %).
    """
    n, p = _repeater_widths(node, size)
    fingers = np.ceil(n / _finger_shares(node, n, p)[0])
    return RepeatedWire(
        size=size,
        spacing_m=spacing_m,
        energy_j_per_m=_energy(node, n, p, spacing_m),
        delay_s_per_m=_delay(node, n, p, spacing_m, node.wire_ohm_per_m),
        leakage_w_per_m=inverter_leakage(node, n, p) / spacing_m,
        repeater_width_m=node.finger_pitch * node.feature_m * (fingers + 1),
    )


def relaxed_delay_upper_metal(node: Node, wire: RepeatedWire, width_in_wires: float) -> FloatArray:
    """Delay per length [s/m] of ``wire`` on upper metal ``width_in_wires`` local wires wide; capacitance unchanged.

    References
    ----------
    [neurosim13] HTree.cpp, unit length resistance (measured, exact).
    """
    k = node.technology.constants("wires")
    width = width_in_wires * node.wire_width_m
    is_wide = width >= k["upper_metal_wide"]
    resistivity = np.where(is_wide, k["upper_metal_resistivity_wide"], k["upper_metal_resistivity"])
    ohm_per_m = resistivity / (width**2 * k["upper_metal_aspect_ratio"])
    n, p = _repeater_widths(node, wire.size)
    return _delay(node, n, p, wire.spacing_m, ohm_per_m)


def _repeater_widths(node: Node, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Transistor widths of a repeater of ``size`` minimum inverters [m]."""
    least = minimum_inverter(node)
    return size * least.width_n_m, size * least.width_p_m


def _finger_shares(node: Node, n: FloatArray, p: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Channel width of one finger of each type that fills the cell [m]."""
    share = region_height(node) / (n + p)
    fins = node.fins_per_type * node.fin_conducting_m
    return np.where(node.is_finfet, fins, n * share), np.where(node.is_finfet, fins, p * share)


def _own_load(node: Node, n: FloatArray, p: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Input and output capacitance of a repeater [F]."""
    n_share, p_share = _finger_shares(node, n, p)
    drains = repeater_drain_capacitance(node, n, n_share) + repeater_drain_capacitance(node, p, p_share)
    return gate_capacitance(node, n + p), drains


def _energy(node: Node, n: FloatArray, p: FloatArray, spacing_m: FloatArray) -> FloatArray:
    """Energy of a bit per length [J/m]."""
    c_in, c_out = _own_load(node, n, p)
    load = c_in + c_out + node.wire_f_per_m * spacing_m
    return np.asarray(node.technology.constants("wires")["wire_activity"] * load * node.vdd_v**2 / spacing_m)


def _delay(node: Node, n: FloatArray, p: FloatArray, spacing_m: FloatArray, wire_ohm_per_m: FloatArray) -> FloatArray:
    """Delay per length [s/m]."""
    k = node.technology.constants("wires")
    c_in, c_out = _own_load(node, n, p)
    resistance = on_resistance_n(node, n) + on_resistance_p(node, p)
    wire_r, wire_c = wire_ohm_per_m * spacing_m, node.wire_f_per_m * spacing_m
    stage = resistance * (c_in + c_out + wire_c) + k["wire_delay_share"] * wire_r * wire_c + wire_r * c_in
    return np.asarray(k["repeated_delay_factor"] * stage / spacing_m)
