"""What weights and inputs of fewer bits lose against the int8 network, before any crossbar computes with them.

Post-training quantisation: a layer keeps the ranges of its int8 weights and inputs, one each a tensor, and divides them
into fewer uniform steps. Nothing is retrained and no range is clipped anew.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.engines.accuracy.conversion import UNIFORM_VARIANCE
from siam_dse.engines.accuracy.moments import gaussian_weights, half_normal_inputs
from siam_dse.engines.accuracy.sqnr import signal_per_row
from siam_dse.technology.technology import Technology


@dataclass(frozen=True)
class Requantisation:
    """The reference network's product and what fewer bits add to it, (n,) each, in squares of the reference's unit.

    The reference has int8 weights and inputs, or finer ones where the design has. ``step`` is the unit of the design's
    product in units of the reference's; ``noise`` a variance a row of the weight matrix, as ``signal`` is.
    """

    step: FloatArray
    noise: FloatArray
    signal: FloatArray


def weight_step(weight_bits: IntArray, reference_bits: IntArray) -> FloatArray:
    """Step of weights in steps of the reference's, (n,): (2^b_ref - 2) / (2^b - 2), the symmetric range's codes.

    One bit has two codes, at the ends of the range.
    """
    step: FloatArray = (2.0**reference_bits - 2) / np.maximum(2.0**weight_bits - 2, 1)
    return step


def input_step(activation_bits: IntArray, reference_bits: IntArray) -> FloatArray:
    """Step of inputs in steps of the reference's, (n,): (2^b_ref - 1) / (2^b - 1)."""
    step: FloatArray = (2.0**reference_bits - 1) / (2.0**activation_bits - 1)
    return step


def step_variance(step: FloatArray) -> FloatArray:
    """Variance that uniform steps add to that of steps of one, (n,): (step^2 - 1) / 12; 0 where the step is one.

    References
    ----------
    Widrow and Kollar, Quantization Noise, Cambridge 2008: a uniform quantiser of step D errs uniformly, D^2/12, as long
    as D is below about two standard deviations of what it quantises.
    """
    return (step**2 - 1) * UNIFORM_VARIANCE


def requantisation(technology: Technology, weight_bits: IntArray, activation_bits: IntArray) -> Requantisation:
    """Noise that fewer bits than int8's add to a layer's product, for the assumed data of a layer.

    Rounding errors of weights and inputs are uniform and independent of both and of each other. An input of zero is
    exact, it has a code of its own.

    Parameters
    ----------
    technology : Technology
    weight_bits, activation_bits : (n,) [bit]

    Returns
    -------
    Requantisation

    Notes
    -----
    noise = E[x^2] v_w + E[w^2] v_x + v_w v_x a row, v_w and v_x of :func:`step_variance`, v_x times the share of
    inputs that are not zero; E[x^2] and E[w^2] of the reference. 0 from int8 on: more bits are no gain against int8,
    whose own rounding is in its top-1. Against a digits network's layers (requantised, exact products) the SQNR is
    low by 2.3 to 4.5 dB at 3 to 7 bits, as that network's weights fill their range better than assumed. Weights of two
    bits or one have steps beyond their spread: the formula then puts the noise above the signal, where exact rounding
    would reach it; top-1 is lost either way.
    """
    int8 = int(technology.constants("accuracy")["reference_bits"])
    reference_w, reference_x = np.maximum(weight_bits, int8), np.maximum(activation_bits, int8)
    kinds_w, row_w = np.unique(reference_w, return_inverse=True)
    kinds_x, row_x = np.unique(reference_x, return_inverse=True)
    weights = [gaussian_weights(technology, int(bits), 1, is_differential=True) for bits in kinds_w]
    inputs = [half_normal_inputs(technology, int(bits)) for bits in kinds_x]
    weight_mean, weight_msq = np.array([[w.mean, w.msq] for w in weights])[row_w].T
    input_mean, input_msq = np.array([[x.mean, x.msq] for x in inputs])[row_x].T
    step_w, step_x = weight_step(weight_bits, reference_w), input_step(activation_bits, reference_x)
    nonzero = 1 - technology.constants("accuracy")["activation_sparsity"]
    error_w, error_x = step_variance(step_w), nonzero * step_variance(step_x)
    return Requantisation(
        step=step_w * step_x,
        noise=input_msq * error_w + weight_msq * error_x + error_w * error_x,
        signal=signal_per_row(input_mean, input_msq, weight_mean, weight_msq),
    )
