"""Flip-flop and ripple-carry adder: area, energy, leakage and delay from gate primitives.

Used inside the crossbar (shift-add, accumulators, word-line registers) and above it (buffers, trees, activation). The
V1.3 circuit has widened gates and a calibrated activity; SIAM's older circuit has minimum gates and none.
"""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.technology.delays import horowitz_delay, output_slope
from siam_dse.technology.gates import (
    Gate,
    Node,
    cell_unit_area,
    gate_constants,
    inverter,
    nand,
    on_resistance_n,
    on_resistance_p,
)
from siam_dse.technology.load import Constants


@dataclass(frozen=True)
class FlipFlop:
    """One D flip-flop on U node rows; arrays (U,), SI. ``energy_j`` is a full clock, without an activity factor."""

    area_m2: FloatArray
    energy_j: FloatArray
    leakage_w: FloatArray
    time_s: FloatArray


def logic_constants(node: Node) -> Constants:
    """Counts and activities of flip-flop and adder."""
    return node.technology.constants("logic")


def flip_flop(node: Node, *, widened: BoolArray | bool = True) -> FlipFlop:
    """One D flip-flop.

    Every flip-flop of a bank clocks at each access. Its gates are inverters, widened to fill the cell in V1.3, of
    minimum size in SIAM's older circuit.

    Parameters
    ----------
    node : Node
        U rows.
    widened : (U,) bool

    Returns
    -------
    FlipFlop

    Notes
    -----
    A = 12 cell units; E = Vdd^2 (8 Cin + 10 Cout); leakage 8 inverters. Multiply E by ``dff_activity`` where the source
    does (shift registers, accumulators).

    References
    ----------
    [neurosim13] DFF.cpp (measured, exact).
    """
    c = logic_constants(node)
    gate = inverter(node, widened=widened)
    return FlipFlop(
        area_m2=c["dff_cell_units"] * cell_unit_area(node),
        energy_j=node.vdd_v**2 * (c["dff_input_caps"] * gate.input_cap_f + c["dff_output_caps"] * gate.output_cap_f),
        leakage_w=c["dff_leaking_inverters"] * gate.leakage_w,
        time_s=np.full(len(node), c["dff_time"]),
    )


def adder_gate(node: Node, *, widened: BoolArray | bool = True) -> Gate:
    """NAND2 that the adder is made of."""
    return nand(node, 2, widened=widened)


def folded(node: Node, gate: Gate, inputs: FloatArray | int) -> Gate:
    """Gate of ``inputs`` inputs whose transistors are folded in two: a wider cell with more drain load.

    The source folds some gates that fill their cell exactly, through rounding of a tie (65 nm HP: NAND2). The load is
    measured on that NAND2 and taken for the others.
    """
    width = inputs * gate_constants(node)["stacked_finger_pitches"]
    single = np.asarray(inputs) + 1
    return replace(
        gate,
        cell_width_m=gate.cell_width_m * width / single,
        output_cap_f=gate.output_cap_f * logic_constants(node)["folded_output_cap_ratio"],
    )


def folded_where(node: Node, gate: Gate, inputs: FloatArray | int, where: BoolArray) -> Gate:
    """``gate`` :func:`folded` in two on the rows of ``where``, (U,) bool."""
    wide = folded(node, gate, inputs)
    return replace(
        gate,
        cell_width_m=np.where(where, wide.cell_width_m, gate.cell_width_m),
        output_cap_f=np.where(where, wide.output_cap_f, gate.output_cap_f),
    )


def adder_area(node: Node, bits: FloatArray | IntArray, gate: Gate) -> FloatArray:
    """Area of a ripple adder [m2]: nine NAND2 a bit, 13.5 cell units."""
    height = gate_constants(node)["cell_height"] * node.feature_m
    return np.asarray(bits * logic_constants(node)["adder_gates_per_bit"] * gate.cell_width_m * height)


def adder_energy(
    node: Node, bits: FloatArray | IntArray, gate: Gate, activity: FloatArray | float | None = None
) -> FloatArray:
    """Energy of one addition.

    Parameters
    ----------
    node : Node
    bits : (U,) [bit]
    gate : Gate
        Of :func:`adder_gate`.
    activity : (U,), optional
        Share of the gates that switch; default the calibrated 0.15 of V1.3, 1 in SIAM's older circuit.

    Returns
    -------
    (U,) float64 [J]

    Notes
    -----
    E = activity Vdd^2 [(14 Cin + 7 Cout) + (B - 1) (13 Cin + 7 Cout)].

    References
    ----------
    [neurosim13] Adder.cpp (measured, exact).
    """
    c = logic_constants(node)
    share = c["adder_activity"] if activity is None else activity
    first = c["adder_first_input_caps"] - c["adder_further_input_caps"]
    per_bit = c["adder_further_input_caps"] * gate.input_cap_f + c["adder_output_caps"] * gate.output_cap_f
    return np.asarray(share * node.vdd_v**2 * (first * gate.input_cap_f + bits * per_bit))


def adder_leakage(node: Node, bits: FloatArray | IntArray, gate: Gate) -> FloatArray:
    """Leakage of a ripple adder [W]: nine NAND2 a bit."""
    return np.asarray(bits * logic_constants(node)["adder_gates_per_bit"] * gate.leakage_w)


@dataclass(frozen=True)
class CarryChain:
    """Delay of a ripple adder; arrays (U,) [s]: of its first and last bit together, and of a bit between them."""

    ends_s: FloatArray
    between_s: FloatArray

    def delay(self, bits: FloatArray | IntArray) -> FloatArray:
        """Delay of an adder of ``bits`` bits [s], (U,); 1 counts as 2."""
        return np.asarray(self.ends_s + np.maximum(bits - 2, 0) * self.between_s)


def adder_delay(node: Node, bits: FloatArray | IntArray, gate: Gate) -> FloatArray:
    """Delay of a ripple adder of ``bits`` bits without an external load [s], (U,): :func:`carry_chain`."""
    return carry_chain(node, gate).delay(bits)


def carry_chain(node: Node, gate: Gate) -> CarryChain:
    """Delay of a ripple adder without an external load.

    The carry passes one NAND pull-down and one pull-up a bit; the last bit's sum leaves through one more pull-down. The
    first bit starts with an ideal step; the bits between first and last are all taken to see the first one's ramp.

    Parameters
    ----------
    node : Node
        U rows.
    gate : Gate
        Of :func:`adder_gate`.

    Returns
    -------
    CarryChain

    Notes
    -----
    Pull-down 2 R_N (Cout + 3 Cin), pull-up R_P (Cout + 2 Cin), last bit R_P (Cout + Cin) and 2 R_N Cout; Horowitz.
    Letting the ramps settle along the chain would make a long adder 5 % slower; the source does not.

    References
    ----------
    [neurosim13] Adder.cpp, CalculateLatency (measured, exact).
    """
    c = logic_constants(node)
    down = 2 * on_resistance_n(node, gate.width_n_m)
    up = on_resistance_p(node, gate.width_p_m)
    down_tau = down * (gate.output_cap_f + c["carry_pull_down_inputs"] * gate.input_cap_f)
    up_tau = up * (gate.output_cap_f + c["carry_pull_up_inputs"] * gate.input_cap_f)
    first_down = horowitz_delay(node, down_tau, np.full_like(down_tau, np.inf))
    first_up = horowitz_delay(node, up_tau, output_slope(node, first_down))
    middle_down = horowitz_delay(node, down_tau, output_slope(node, first_up))
    middle_up = horowitz_delay(node, up_tau, output_slope(node, middle_down))
    last_down = horowitz_delay(node, down_tau, output_slope(node, middle_up))
    last_up = horowitz_delay(node, up * (gate.output_cap_f + gate.input_cap_f), output_slope(node, last_down))
    leaves = horowitz_delay(node, down * gate.output_cap_f, output_slope(node, last_up))
    return CarryChain(
        ends_s=np.asarray(first_down + first_up + last_down + last_up + leaves),
        between_s=np.asarray(middle_down + middle_up),
    )
