"""Channels and turns in use in one phase of a case, and who sends over them, laid out for the sweeps of its rates."""

from typing import NamedTuple

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.compiled import compiled
from siam_dse.engines.mesh.paths import N_PORTS


class Senders(NamedTuple):
    """Sources that send over something, K lists one after another with E entries."""

    start: IntArray  # (K + 1,)
    source: IntArray  # (E,) in rising order within a list
    share: FloatArray  # (E,) part of the source's packets


class Phase(NamedTuple):
    """C channels that packets cross in a phase, those with most input ports in use first.

    Arrays of turns are (4, C): the first port in use of each channel, then the second one of those that have two, and
    so on. Lists of places are of such an array flattened, channel after channel of the case.
    """

    channels: IntArray  # (C,) their numbers in the case
    n_channels: IntArray  # (4,) that have at least 1, 2, 3 and 4 ports in use
    turns: IntArray  # (4, C) their numbers in the case
    upstream: IntArray  # (4, C) channel before each turn, C where there is none
    load: IntArray  # (4, C) list of ``loads``, the number of lists where nobody sends
    user: IntArray  # (4, C) list of ``users``, the number of lists where nobody sends
    alone: FloatArray  # (4, C) [cycle a packet] service time where nothing else uses the channel
    only: IntArray  # places of turns that are the only ones of the channel before
    feeds: IntArray  # places of turns that are not, where there is a channel before
    limits: IntArray  # places of turns in use that are not the only ones of the channel before
    loads: Senders
    users: Senders  # lists of the same sources whatever their shares


@compiled
def senders_of(
    begin: IntArray, end: IntArray, row: IntArray, share: FloatArray, slot: IntArray
) -> tuple[Senders, IntArray]:
    """Users that send in a phase.

    Parameters
    ----------
    begin, end : (K,)
        First and last entry of each list of users.
    row, share : as in ``paths_loop.Users``
    slot : (R,)
        Source that sends each row, -1 where none does.

    Returns
    -------
    senders : Senders
    list_of : (K + 1,)
        List of ``senders`` for each list of users, -1 where nobody sends and in the last place.
    """
    most = 0
    for k in range(len(begin)):
        most += end[k] - begin[k]
    source, part, start = np.empty(most, np.int64), np.empty(most), np.zeros(len(begin) + 1, np.int64)
    list_of, lists, n = np.full(len(begin) + 1, -1), 0, 0
    for k in range(len(begin)):
        for e in range(begin[k], end[k]):
            if slot[row[e]] >= 0:
                source[n], part[n] = slot[row[e]], share[e]
                n += 1
        if n > start[lists]:
            list_of[k], lists = lists, lists + 1
            start[lists] = n
    return Senders(start[: lists + 1], source[:n], part[:n]), list_of


@compiled
def phase_of(
    loads: Senders, users: Senders, load_of: IntArray, user_of: IntArray, list_of: IntArray, set_of: IntArray,
    upstream: IntArray, service: FloatArray, tie: FloatArray, is_block: bool,
) -> Phase:  # fmt: skip
    """Channels and turns of a phase.

    Parameters
    ----------
    loads, users, load_of, user_of : of ``senders_of``
    list_of, set_of, upstream : of the case, as in ``paths_loop.Users`` and ``paths_loop.Rows``
    service, tie : (N,)
        Of all channels of the case.
    is_block : bool
        Whether sources send their rows one after the other: turns not in use may then be so later, and all of a channel
        in use belong to the phase.

    Returns
    -------
    Phase
    """
    n_all, none = len(service), len(loads.start) - 1
    in_use, ports, n_channels = np.zeros(n_all, np.int64), np.zeros(n_all, np.int64), np.zeros(N_PORTS, np.int64)
    for c in range(n_all):
        for turn in range(c * N_PORTS, (c + 1) * N_PORTS):
            in_use[c] += load_of[list_of[turn]] >= 0
        ports[c] = N_PORTS if is_block and in_use[c] > 0 else in_use[c]
        for port in range(ports[c]):
            n_channels[port] += 1
    n = n_channels[0]
    channels, number, place = np.empty(n, np.int64), np.full(n_all + 1, n), np.zeros(N_PORTS + 1, np.int64)
    place[1:N_PORTS] = n_channels[1:]  # of the next channel with as many ports
    for c in range(n_all):
        if ports[c] > 0:
            number[c] = place[ports[c]]
            channels[number[c]] = c
            place[ports[c]] += 1
    shape = (N_PORTS, n)
    turns, before, outputs = np.empty(shape, np.int64), np.empty(shape, np.int64), np.zeros(n + 1, np.int64)
    load, user, alone = np.full(shape, none), np.full(shape, len(users.start) - 1), np.ones(shape)
    for k in range(n):
        c, port = channels[k], 0
        for turn in range(c * N_PORTS, (c + 1) * N_PORTS):
            of = load_of[list_of[turn]]
            if of >= 0 or is_block:
                turns[port, k], before[port, k], alone[port, k] = turn, number[upstream[turn]], service[c]
                if of >= 0:
                    load[port, k], user[port, k] = of, user_of[set_of[list_of[turn]]]
                    outputs[before[port, k]] += 1
                port += 1
    only, feeds, limits = np.empty(load.size, np.int64), np.empty(load.size, np.int64), np.empty(load.size, np.int64)
    n_only, n_feeds, n_limits = 0, 0, 0
    for c in range(n_all):
        k = number[c]
        for port in range(ports[c]):
            upper, at = before[port, k], port * n + k
            if load[port, k] < none and upper < n and outputs[upper] == 1:
                if in_use[c] == 1:
                    alone[port, k] = service[c] * tie[c]
                only[n_only] = at
                n_only += 1
            elif load[port, k] < none:
                limits[n_limits] = at
                n_limits += 1
                if upper < n:
                    feeds[n_feeds] = at
                    n_feeds += 1
    return Phase(
        channels, n_channels, turns, before, load, user, alone, only[:n_only], feeds[:n_feeds], limits[:n_limits],
        loads, users,
    )  # fmt: skip
