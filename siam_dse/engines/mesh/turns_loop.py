"""Channels and turns in use in one phase of a case, and who sends over them, laid out for the sweeps of its rates."""

from typing import NamedTuple

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled
from siam_dse.engines.mesh.paths import N_PORTS
from siam_dse.engines.mesh.paths_loop import Mesh, Users


class Senders(NamedTuple):
    """Sources that send over something, K lists one after another with E entries."""

    start: IntArray  # (K + 1,)
    source: IntArray  # (E,) in rising order within a list
    share: FloatArray  # (E,) part of the source's packets


class Phase(NamedTuple):
    """C channels that packets cross in a phase, those with most input ports in use first.

    Arrays of turns are (4, C): the first port in use of each channel, then the second one of those that have two, and
    so on. Lists of places are of such an array flattened, channel after channel of the mesh.
    """

    channels: IntArray  # (C,) their numbers in the mesh
    turns: IntArray  # (4, C) their numbers in the mesh, -1 where there is none
    n_channels: IntArray  # (4,) that have at least 1, 2, 3 and 4 ports in use
    service: FloatArray  # (C,) [cycle a packet]
    window: float  # packets of a port under way at once
    in_service: float  # part of the packets found at a channel that are in service already
    upstream: IntArray  # (4, C) channel before each turn, C where there is none
    alone: FloatArray  # (4, C) [cycle a packet] service time where nothing else uses the channel
    load: IntArray  # (4, C) list of ``loads``
    user: IntArray  # (4, C) list of ``users``
    only: IntArray  # places of turns that are the only ones of the channel before
    feeds: IntArray  # places of turns that are not, where there is a channel before
    limits: IntArray  # places of turns in use that are not the only ones of the channel before
    loads: Senders  # the last list is empty: of turns not in use
    users: Senders  # lists of the same sources whatever their shares; the last is empty


@compiled
def senders_of(users: Users, slot: IntArray) -> tuple[Senders, IntArray]:
    """Users that send in a phase.

    Parameters
    ----------
    users : Users
    slot : (R,)
        Source that sends each row, -1 where none does.

    Returns
    -------
    senders : Senders
        Its last list is empty.
    list_of : (K,)
        List of ``senders`` for each of ``users``, the last one where nobody sends.
    """
    source, share = np.empty(len(users.row), np.int64), np.empty(len(users.row))
    start, list_of = np.zeros(len(users.start) + 1, np.int64), np.empty(len(users.start) - 1, np.int64)
    lists, n = 0, 0
    for k in range(len(list_of)):
        for e in range(users.start[k], users.start[k + 1]):
            if slot[users.row[e]] >= 0:
                source[n], share[n] = slot[users.row[e]], users.share[e]
                n += 1
        list_of[k] = lists if n > start[lists] else -1
        if n > start[lists]:
            lists += 1
            start[lists] = n
    start[lists + 1] = n
    for k in range(len(list_of)):
        if list_of[k] < 0:
            list_of[k] = lists
    return Senders(start[: lists + 2], source[:n], share[:n]), list_of


@compiled
def phase_of(mesh: Mesh, slot: IntArray) -> Phase:
    """Channels and turns of a phase.

    Parameters
    ----------
    mesh : Mesh
    slot : (R,)
        Source that sends each row, -1 where none does.

    Returns
    -------
    Phase
        Where sources send their rows one after the other, turns not in use may be so later: all of a channel in use
        belong to it.
    """
    loads, load_of = senders_of(mesh.turns, slot)
    users, user_of = senders_of(mesh.sets, slot)
    unused, is_block = len(loads.start) - 2, mesh.is_block
    load_of, user_of = load_of[mesh.turns.list_of], user_of[mesh.sets.list_of]
    channels, number, n_channels = most_ports_first(load_of < unused, is_block)
    n = len(channels)
    shape = (N_PORTS, n)
    turns, upstream, alone = np.full(shape, -1), np.full(shape, n), np.ones(shape)
    load, user, outputs = np.full(shape, unused), np.full(shape, len(users.start) - 2), np.zeros(n + 1, np.int64)
    for c in range(n):
        port = 0
        for turn in range(channels[c] * N_PORTS, (channels[c] + 1) * N_PORTS):
            if load_of[turn] < unused or is_block:
                turns[port, c], load[port, c], user[port, c] = turn, load_of[turn], user_of[turn]
                upstream[port, c], alone[port, c] = number[mesh.upstream[turn]], mesh.service[channels[c]]
                outputs[upstream[port, c]] += load_of[turn] < unused
                port += 1
    only, feeds, limits = places_of(number, load.ravel() < unused, upstream.ravel(), outputs)
    for place in only:
        c = place % n
        if (load[:, c] < unused).sum() == 1:
            alone[place // n, c] = mesh.service[channels[c]] * mesh.tie[channels[c]]
    return Phase(
        channels, turns, n_channels, mesh.service[channels], mesh.window, mesh.in_service, upstream, alone, load, user,
        only, feeds, limits, loads, users,
    )  # fmt: skip


@compiled
def most_ports_first(in_use: BoolArray, is_block: bool) -> tuple[IntArray, IntArray, IntArray]:
    """Channels of which turns are in use, those with most ports first.

    Returns
    -------
    channels : (C,)
        Their numbers in the mesh.
    number : (n + 1,)
        Place of each channel of the mesh in ``channels``, C where it is not in use.
    n_channels : (4,)
        That have at least 1, 2, 3 and 4 ports in use.
    """
    n = len(in_use) // N_PORTS
    ports, n_channels, channels = np.zeros(n, np.int64), np.zeros(N_PORTS, np.int64), np.empty(n, np.int64)
    for c in range(n):
        for turn in range(c * N_PORTS, (c + 1) * N_PORTS):
            ports[c] += in_use[turn]
        if is_block and ports[c] > 0:
            ports[c] = N_PORTS
        for port in range(ports[c]):
            n_channels[port] += 1
    count = 0
    for most in range(N_PORTS, 0, -1):
        for c in range(n):
            if ports[c] == most:
                channels[count] = c
                count += 1
    number = np.full(n + 1, count, np.int64)
    for place in range(count):
        number[channels[place]] = place
    return channels[:count], number, n_channels


@compiled
def places_of(
    number: IntArray, in_use: BoolArray, upstream: IntArray, outputs: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Places ``only``, ``feeds`` and ``limits`` of a phase.

    Parameters
    ----------
    number : (n + 1,)
        Of ``most_ports_first``.
    in_use, upstream : (4 C,)
        Of each turn.
    outputs : (C + 1,)
        Turns in use out of each channel.
    """
    n = len(outputs) - 1
    only, feeds, limits = (
        np.empty(len(in_use), np.int64),
        np.empty(len(in_use), np.int64),
        np.empty(len(in_use), np.int64),
    )
    n_only, n_feeds, n_limits = 0, 0, 0
    for c in number[:-1]:
        for place in range(c, len(in_use) if c < n else 0, n):
            if in_use[place]:
                before = upstream[place]
                if before < n and outputs[before] == 1:
                    only[n_only] = place
                    n_only += 1
                    continue
                limits[n_limits] = place
                n_limits += 1
                if before < n:
                    feeds[n_feeds] = place
                    n_feeds += 1
    return only[:n_only], feeds[:n_feeds], limits[:n_limits]
