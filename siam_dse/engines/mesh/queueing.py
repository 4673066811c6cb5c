"""Waits of packets that arrive at random: at the head of a port's queue, and in the queue of a run of some length."""

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.technology.load import load_constants


def head_waits(
    load: FloatArray, own: FloatArray, alone: FloatArray, service: FloatArray, window: FloatArray
) -> FloatArray:
    """Wait at the head of a port's queue for packets of other ports that want the same channel.

    Parameters
    ----------
    load : (C, 4) [packet a cycle]
        Of each input port of each channel.
    own : (C,) [packet a cycle]
        What else uses the channel.
    alone : (C, 4) [cycle]
        That a packet keeps the channel.
    service : (C,) [cycle]
        That another port's packet takes.
    window : (C,)
        Packets of a port under way at once, at least 1.

    Returns
    -------
    (C, 4) float64 [cycle]

    Notes
    -----
    A port at whose head a packet for the channel stands for a part U = y R of the time delays another one by U services
    (up to its window); less the half of a service already done, y T / 2, for a packet that came to an idle port and not
    right behind one of its own, 1 - U of them. By no more packets, too, than reach it meanwhile, y R of the one that
    waits.
    Limits: half of the others' load where packets are rare; n ports at full load have R = n T, all of them busy.
    """
    ports = load.shape[1]
    kept = alone.copy()
    own_kept = service.copy()
    done = load * service[:, None] / 2
    own_done = (own * service / 2)[:, None]
    for _ in range(int(load_constants("mesh")["open_loop_sweeps"])):
        ready = np.minimum(load * kept, window[:, None])
        idle = 1 - ready / window[:, None]
        own_ready = np.minimum(own * own_kept, 1)[:, None]
        met = np.minimum(own_ready - idle * own_done, own[:, None] * kept)
        for step in range(1, ports):
            found = np.roll(ready, step, axis=1) - idle * np.roll(done, step, axis=1)
            met = met + np.minimum(found, np.roll(load, step, axis=1) * kept)
        own_met = np.minimum(ready - (1 - own_ready) * done, load * own_kept[:, None]).sum(axis=1)
        kept = (kept + alone + service[:, None] * met) / 2
        own_kept = (own_kept + service * (1 + own_met)) / 2
    return np.asarray(kept - alone)


def second_moment(mean: FloatArray) -> FloatArray:
    """Mean square of a number of cycles that is the whole number below or above its mean."""
    whole = np.floor(mean)
    return np.asarray(whole**2 + (mean - whole) * (2 * whole + 1))


def queue_after(rate: FloatArray, busy: FloatArray, spread: FloatArray, least: FloatArray, cycles: float) -> FloatArray:
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
    cycles : float

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
    length = (np.sqrt(np.maximum(a**2 + b, 0)) - a) / 2
    wait = np.maximum(length - load, 0) / np.minimum(np.where(works, rate, 1), capacity)
    return np.where(works, wait, 0)
