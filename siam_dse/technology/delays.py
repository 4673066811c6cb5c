"""Delay of a stage of gates, from its resistance and load and the slope at its input."""

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.technology.gates import Node, gate_constants


def step_delay(node: Node, tau_s: FloatArray) -> FloatArray:
    """Delay of an RC stage with an ideal step at its input [s]: 0.693 tau."""
    return gate_constants(node)["step_delay_factor"] * tau_s


def horowitz_delay(node: Node, tau_s: FloatArray, slope_per_s: FloatArray) -> FloatArray:
    """Delay of a stage with a ramp at its input.

    Parameters
    ----------
    node : Node
    tau_s : (U,) [s], resistance x load of the stage
    slope_per_s : (U,) [1/s], slope of the input as a fraction of the supply; inf is an ideal step

    Returns
    -------
    (U,) float64 [s]

    Notes
    -----
    t = tau sqrt(ln(0.5)^2 + beta / (s tau)), beta = 0.5.

    References
    ----------
    [neurosim13] formula.cpp, horowitz; M. Horowitz, Timing models for MOS circuits, Stanford 1983.
    """
    c = gate_constants(node)
    return tau_s * np.sqrt(c["horowitz_log_squared"] + c["horowitz_beta"] / (slope_per_s * tau_s))


def output_slope(node: Node, delay_s: FloatArray) -> FloatArray:
    """Slope of a stage's output [1/s]: half the supply in the stage's delay."""
    return gate_constants(node)["horowitz_beta"] / delay_s
