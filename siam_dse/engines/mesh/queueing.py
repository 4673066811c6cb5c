"""Waits of packets that arrive at random in the queue of a run of some length."""

import numpy as np

from siam_dse.core.arrays import FloatArray


def second_moment(mean: FloatArray) -> FloatArray:
    """Mean square of a number of cycles that is the whole number below or above its mean."""
    whole = np.floor(mean)
    return np.asarray(whole**2 + (mean - whole) * (2 * whole + 1))


def queue_after(
    rate: FloatArray, busy: FloatArray, spread: FloatArray, least: FloatArray, cycles: FloatArray
) -> FloatArray:
    """Mean wait in a queue that was empty ``cycles`` ago.

    Parameters
    ----------
    rate : (C,) [packet a cycle]
    busy : (C,)
        Utilisation, rate x mean service; may exceed 1.
    spread : (C,) [cycle2]
        E[S (S - s)] of the service time S, s the smallest spacing of arrivals.
    least : (C,)
        Variation that a queue has at least.
    cycles : (C,)

    Returns
    -------
    (C,) float64 [cycle]; 0 where the utilisation is 0

    Notes
    -----
    Long runs below saturation: rate x spread / (2 (1 - busy)), a queue with random arrivals in slots. The sheared form
    joins it to the linear growth (busy - 1) t / 2 above saturation: with C the variation, q = mu t,
    L = (sqrt(A^2 + B) - A) / 2, A = ((1 - busy) q^2 + q - 2 (1 - C) busy q) / (q + 1 - C),
    B = 4 busy q (q - (1 - C) busy q) / (q + 1 - C).

    References
    ----------
    Kimber and Hollis, Traffic queues and delays at road junctions, TRRL Report LR 909, 1979.
    """
    works = busy > 0
    load, capacity = np.where(works, busy, 1), np.where(works, rate, 1) / np.where(works, busy, 1)
    variation = np.maximum((rate / load) ** 2 * spread / 2, least)
    served = capacity * cycles
    below = served + 1 - variation
    a = ((1 - load) * served**2 + served - 2 * (1 - variation) * load * served) / below
    b = 2 * 2 * load * served * (served - (1 - variation) * load * served) / below
    root = np.sqrt(np.maximum(a**2 + b, 0))
    above = np.where(a > 0, root + a, 1)
    length = np.where(a > 0, b / above, root - a) / 2  # the same without the rounding of root - a
    wait = np.maximum(length - load, 0) / np.minimum(np.where(works, rate, 1), capacity)
    return np.where(works, wait, 0)
