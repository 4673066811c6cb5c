"""Transmission gates: sized for a resistance, widened to fill the standard cell, folded into the height they have."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.core.units import ROUNDING
from siam_dse.technology.gates import (
    Node,
    gate_capacitance,
    gate_constants,
    gate_widths,
    on_resistance_n,
    on_resistance_p,
    region_height,
    sizing_resistance_n,
    sizing_resistance_p,
    transistor_width,
)
from siam_dse.technology.wires import repeater_drain_capacitance


@dataclass(frozen=True)
class PassGate:
    """A transmission gate on U node rows; arrays (U,), SI.

    ``resistance_ohm`` is that of both transistors in parallel, ``resistance_n_ohm`` that of the NMOS alone.
    """

    width_n_m: FloatArray
    width_p_m: FloatArray
    fingers: FloatArray
    resistance_ohm: FloatArray
    resistance_n_ohm: FloatArray
    gate_n_cap_f: FloatArray
    gate_p_cap_f: FloatArray
    drain_cap_f: FloatArray

    def where(self, condition: BoolArray, other: "PassGate") -> "PassGate":
        """Figures of one gate on the rows of ``condition``, of ``other`` elsewhere."""
        return PassGate(
            **{name: np.where(condition, value, getattr(other, name)) for name, value in vars(self).items()}
        )


def pass_gate(
    node: Node,
    target_ohm: FloatArray,
    *,
    widened: BoolArray | bool,
    linear_factor: FloatArray | float,
    height_m: FloatArray | None = None,
) -> PassGate:
    """Transmission gate of at most ``target_ohm`` at the nominal supply.

    N and P each have twice the target; a gate smaller than the standard cell is widened to fill it.

    Parameters
    ----------
    node : Node
    target_ohm : (U,) [ohm]; inf asks for the least gate
    widened : (U,) bool
    linear_factor : (U,)
        On-resistance over the saturated one: 0.2 in V1.3, 1 in SIAM's older circuit.
    height_m : (U,) [m], optional
        Height that both transistors together have; by default that of the standard cell.

    Returns
    -------
    PassGate

    Notes
    -----
    W = linear_factor R_on(F) F / (2 R); fingers = ceil((W_N + W_P) / height). FinFETs: whole fins, at least those of
    the least gate.
    """
    one = transistor_width(node, 1)
    n_f = linear_factor * sizing_resistance_n(node, one) / (2 * target_ohm)
    p_f = linear_factor * sizing_resistance_p(node, one) / (2 * target_ohm)
    least_n, least_p = gate_widths(node, 1.0, 1.0, widened=widened)
    is_fin = node.is_finfet
    drawn_n = np.where(is_fin, np.floor(n_f * (1 + ROUNDING)) * node.fin_conducting_m, n_f * node.feature_m)
    drawn_p = np.where(is_fin, np.floor(p_f * (1 + ROUNDING)) * node.fin_conducting_m, p_f * node.feature_m)
    drawn = drawn_n + drawn_p
    fills = np.asarray(widened) & ~is_fin
    is_least = ~is_fin & (drawn == 0)
    scale = np.where(fills, np.maximum(region_height(node) / np.where(drawn > 0, drawn, 1.0), 1.0), 1.0)
    floor_n, floor_p = np.where(is_fin, least_n, 0.0), np.where(is_fin, least_p, 0.0)
    n = np.where(is_least, least_n, np.maximum(drawn_n * scale, floor_n))
    p = np.where(is_least, least_p, np.maximum(drawn_p * scale, floor_p))
    return _folded(node, n, p, linear_factor, height_m)


def _folded(
    node: Node, n: FloatArray, p: FloatArray, linear_factor: FloatArray | float, height_m: FloatArray | None
) -> PassGate:
    """Transmission gate of the given channel widths, folded into fingers as wide as their share of the height."""
    height = region_height(node) if height_m is None else height_m
    share_n, share_p = height * n / (n + p), height * p / (n + p)
    fins_n = np.maximum(np.floor(share_n / np.where(node.is_finfet, node.fin_pitch_m, np.inf)), 1)
    is_fin = node.is_finfet
    share_n = np.where(is_fin, np.maximum(fins_n, node.fins_per_type) * node.fin_conducting_m, share_n)
    share_p = np.where(is_fin, share_n, share_p)
    tight = 1 - ROUNDING  # a gate that fills its cell exactly is not folded
    fingers = np.where(is_fin, np.ceil(np.maximum(n, p) / share_n * tight), np.ceil((n + p) / height * tight))
    parallel = 1 / (1 / on_resistance_n(node, n) + 1 / on_resistance_p(node, p))
    return PassGate(
        width_n_m=n,
        width_p_m=p,
        fingers=fingers,
        resistance_ohm=linear_factor * parallel,
        resistance_n_ohm=linear_factor * on_resistance_n(node, n),
        gate_n_cap_f=gate_capacitance(node, n),
        gate_p_cap_f=gate_capacitance(node, p),
        drain_cap_f=repeater_drain_capacitance(node, n * tight, share_n)
        + repeater_drain_capacitance(node, p * tight, share_p),
    )


def region_of(node: Node, height_m: FloatArray) -> FloatArray:
    """Height that both transistors of a gate have in a cell ``height_m`` high [m]."""
    c = gate_constants(node)
    return height_m - (c["n_p_gap"] + c["rail_gap"]) * node.feature_m
