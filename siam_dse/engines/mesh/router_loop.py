"""A mesh of input-queued routers, flit by flit and cycle by cycle: the yardstick of the other levels.

Wormhole switching with credits, dimension-ordered routing (along a row first), virtual channels, round-robin
arbitration. A head takes one cycle each for its route (RC), a virtual channel of the next router (VA), the switch (SA),
and the way through it (ST), and one on the link; body flits follow through the switch. Both allocators are iSLIP with
one iteration: every output grants one request, every input accepts one grant, and their round-robin pointers move on
past an accepted pair.

Timing, with c the cycle in which a flit wins the switch: it is in the next router, or ejected, at c + 3 and its place
in the buffer is free for the sender again at c + 2; a flit that a node injects at c is in its router at c + 2; an
ejected flit's credit is back two cycles later. A packet's tail frees its virtual channel for others from c + 1 on.

References
----------
Dally and Towles, Principles and Practices of Interconnection Networks, 2004, chapters 16 and 17 (router pipeline,
credits) and 19 (iSLIP); the pipeline's delays are those of BookSim2 with SIAM's settings (facts: 5 h + 7 cycles for one
flit over h links, credit loop 7, ejection's 5).
"""

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.core.compiled import compiled

EAST, WEST, SOUTH, NORTH, LOCAL = range(5)  # ports: +x, -x, +y, -y, and the node of the router
PORTS = 5
_IDLE, _ROUTING, _WAITING, _ACTIVE = range(4)  # of a virtual channel: empty; RC; VA; SA
_TO_ROUTER, _TO_NEXT, _CREDIT, _EJECTED_CREDIT = 2, 3, 2, 2  # [cycle]
_SLOTS = 4  # of what is under way: more than the longest delay
_NONE = -1


@compiled
def _ahead(one: int, other: int, pointer: int) -> bool:
    """Whether a round-robin arbiter whose turn starts at ``pointer`` comes to ``one`` before the ``other``."""
    return ((one >= pointer) == (other >= pointer) and one < other) or one >= pointer > other


@compiled
def _route(here: int, there: int, columns: int) -> int:
    """Port towards a router: along the row first."""
    dx, dy = there % columns - here % columns, there // columns - here // columns
    if dx != 0:
        return EAST if dx > 0 else WEST
    if dy != 0:
        return SOUTH if dy > 0 else NORTH
    return LOCAL


@compiled
def run(
    columns: int,
    rows: int,
    channels: int,
    depth: int,
    flits: int,
    node: IntArray,
    first: IntArray,
    target: IntArray,
    ready: IntArray,
    out: IntArray,
) -> int:
    """Replay a trace until its last flit has left the mesh.

    Parameters
    ----------
    columns, rows : int
        Of the mesh; router x + columns y.
    channels, depth : int
        Virtual channels of an input, and flits that each buffers.
    flits : int
        Of a packet.
    node : (S,)
        Router of each source.
    first : (S + 1,)
        A source sends packets first[s] .. first[s + 1] - 1, in this order.
    target, ready : (N,)
        Router that a packet goes to, and the cycle from which on it may be sent.
    out : (N,)
        Filled with the cycle in which each packet's last flit is ejected.

    Returns
    -------
    int [cycle]
        Of the last ejection.
    """
    routers = columns * rows
    shape = (routers, PORTS, channels)
    packet = np.zeros((routers, PORTS, channels, depth), dtype=np.int64)  # buffers, as rings
    part = np.zeros((routers, PORTS, channels, depth), dtype=np.int64)  # number of the flit in its packet
    head = np.zeros(shape, dtype=np.int64)
    held = np.zeros(shape, dtype=np.int64)
    state = np.zeros(shape, dtype=np.int64)
    way = np.zeros(shape, dtype=np.int64)  # output port, and below virtual channel there
    lane = np.zeros(shape, dtype=np.int64)
    taken = np.zeros(shape, dtype=np.bool_)  # virtual channels behind an output
    room = np.full(shape, depth, dtype=np.int64)
    busy = np.zeros(routers, dtype=np.int64)  # flits in a router
    arriving = np.full((_SLOTS, routers, PORTS, 3), _NONE, dtype=np.int64)  # channel, packet, part
    leaving = np.full((_SLOTS, routers, 3), _NONE, dtype=np.int64)
    credit = np.full((_SLOTS, routers, PORTS), _NONE, dtype=np.int64)  # to outputs
    node_credit = np.full((_SLOTS, routers), _NONE, dtype=np.int64)  # to sources
    vc_grant = np.zeros((routers, PORTS * channels), dtype=np.int64)  # round-robin pointers
    vc_accept = np.zeros((routers, PORTS * channels), dtype=np.int64)
    switch_grant = np.zeros((routers, PORTS), dtype=np.int64)
    switch_accept = np.zeros((routers, PORTS), dtype=np.int64)
    switch_lane = np.zeros((routers, PORTS), dtype=np.int64)
    source_of = np.full(routers, _NONE, dtype=np.int64)
    source_taken = np.zeros((len(node), channels), dtype=np.bool_)
    source_room = np.full((len(node), channels), depth, dtype=np.int64)
    source_lane = np.full(len(node), _NONE, dtype=np.int64)
    sending = first[:-1].copy()
    sent = np.zeros(len(node), dtype=np.int64)  # flits of the packet that is being sent
    for s in range(len(node)):
        source_of[node[s]] = s
    given = np.full(PORTS * channels, _NONE, dtype=np.int64)
    waits, won = np.zeros(PORTS * channels, dtype=np.int64), np.zeros(PORTS * channels, dtype=np.int64)
    asks = np.full((PORTS, PORTS), _NONE, dtype=np.int64)
    grants = np.full(PORTS, _NONE, dtype=np.int64)
    step = np.array([1, -1, columns, -columns])
    left, under_way, quiet, last, now = len(target), 0, 0, 0, 0
    while left > 0:
        quiet = quiet + 1 if under_way == 0 else 0
        if quiet > _SLOTS:  # nothing moves, credits neither, before the next packet is ready
            soonest = -1
            for s in range(len(node)):
                if sending[s] < first[s + 1] and (soonest < 0 or ready[sending[s]] < soonest):
                    soonest = ready[sending[s]]
            now = max(now, soonest)
        slot = now % _SLOTS
        for r in range(routers):
            # nodes take ejected flits and credits
            lane_here = leaving[slot, r, 0]
            if lane_here != _NONE:
                number = leaving[slot, r, 1]
                under_way -= 1
                if leaving[slot, r, 2] == flits - 1:
                    out[number] = now
                    last = now
                    left -= 1
                leaving[slot, r, 0] = _NONE
                credit[(now + _EJECTED_CREDIT) % _SLOTS, r, LOCAL] = lane_here
            if node_credit[slot, r] != _NONE:
                source_room[source_of[r], node_credit[slot, r]] += 1
                node_credit[slot, r] = _NONE
            # routers take flits and credits
            for port in range(PORTS):
                v = arriving[slot, r, port, 0]
                if v != _NONE:
                    place = (head[r, port, v] + held[r, port, v]) % depth
                    packet[r, port, v, place] = arriving[slot, r, port, 1]
                    part[r, port, v, place] = arriving[slot, r, port, 2]
                    held[r, port, v] += 1
                    busy[r] += 1
                    if state[r, port, v] == _IDLE:
                        state[r, port, v] = _ROUTING
                    arriving[slot, r, port, 0] = _NONE
                if credit[slot, r, port] != _NONE:
                    room[r, port, credit[slot, r, port]] += 1
                    credit[slot, r, port] = _NONE
        # nodes send
        for s in range(len(node)):
            number = sending[s]
            if number == first[s + 1] or ready[number] > now:
                continue
            v = source_lane[s]
            if sent[s] == 0:
                v = _NONE
                for i in range(1, channels + 1):
                    tried = (source_lane[s] + i) % channels if source_lane[s] >= 0 else 0
                    if not source_taken[s, tried] and source_room[s, tried] > 0:
                        v = tried
                        break
                if v == _NONE:
                    continue
                source_lane[s] = v
                source_taken[s, v] = True
            elif source_room[s, v] == 0:
                continue
            source_room[s, v] -= 1
            there = (now + _TO_ROUTER) % _SLOTS
            arriving[there, node[s], LOCAL, 0] = v
            arriving[there, node[s], LOCAL, 1] = number
            arriving[there, node[s], LOCAL, 2] = sent[s]
            under_way += 1
            sent[s] += 1
            if sent[s] == flits:
                sent[s] = 0
                sending[s] += 1
                source_taken[s, v] = False
        for r in range(routers):
            if busy[r] == 0:
                continue
            # VA: every free virtual channel grants one of those that wait for its output, each of which accepts one
            waiting = 0
            for port in range(PORTS):
                for v in range(channels):
                    if state[r, port, v] == _WAITING:
                        waits[waiting] = port * channels + v
                        waiting += 1
            for w in range(waiting):
                first_lane = way[r, waits[w] // channels, waits[w] % channels] * channels
                for o in range(first_lane, first_lane + channels):
                    given[o] = _NONE
            for w in range(waiting):
                asking = waits[w]
                o_port = way[r, asking // channels, asking % channels]
                for o in range(o_port * channels, (o_port + 1) * channels):
                    if taken[r, o_port, o - o_port * channels]:
                        continue
                    if given[o] == _NONE or _ahead(asking, given[o], vc_grant[r, o]):
                        given[o] = asking
            for w in range(waiting):
                asking = waits[w]
                first_lane = way[r, asking // channels, asking % channels] * channels
                best = _NONE
                for o in range(first_lane, first_lane + channels):
                    if given[o] == asking and (best == _NONE or _ahead(o, best, vc_accept[r, asking])):
                        best = o
                won[w] = best
                if best != _NONE:
                    vc_grant[r, best] = (asking + 1) % (PORTS * channels)
                    vc_accept[r, asking] = (best + 1) % (PORTS * channels)
            # RC
            for port in range(PORTS):
                for v in range(channels):
                    if state[r, port, v] == _ROUTING:
                        way[r, port, v] = _route(r, target[packet[r, port, v, head[r, port, v]]], columns)
                        state[r, port, v] = _WAITING
            # SA
            for port in range(PORTS):
                for o in range(PORTS):
                    asks[port, o] = _NONE
                for v in range(channels):
                    if state[r, port, v] == _ACTIVE and held[r, port, v] > 0:
                        o = way[r, port, v]
                        if room[r, o, lane[r, port, v]] > 0 and (
                            asks[port, o] == _NONE or _ahead(v, asks[port, o], switch_lane[r, port])
                        ):
                            asks[port, o] = v
            for o in range(PORTS):
                grants[o] = _NONE
                for port in range(PORTS):
                    if asks[port, o] != _NONE and (grants[o] == _NONE or _ahead(port, grants[o], switch_grant[r, o])):
                        grants[o] = port
            for port in range(PORTS):
                o = _NONE
                for granted in range(PORTS):
                    if grants[granted] == port and (o == _NONE or _ahead(granted, o, switch_accept[r, port])):
                        o = granted
                if o == _NONE:
                    continue
                v = asks[port, o]
                switch_grant[r, o] = (port + 1) % PORTS
                switch_accept[r, port] = (o + 1) % PORTS
                switch_lane[r, port] = (v + 1) % channels
                place = head[r, port, v]
                number, flit, behind = packet[r, port, v, place], part[r, port, v, place], lane[r, port, v]
                head[r, port, v] = (place + 1) % depth
                held[r, port, v] -= 1
                busy[r] -= 1
                room[r, o, behind] -= 1
                if flit == flits - 1:
                    taken[r, o, behind] = False
                    state[r, port, v] = _ROUTING if held[r, port, v] > 0 else _IDLE
                there = (now + _TO_NEXT) % _SLOTS
                if o == LOCAL:
                    leaving[there, r, 0] = behind
                    leaving[there, r, 1] = number
                    leaving[there, r, 2] = flit
                else:
                    arriving[there, r + step[o], o ^ 1, 0] = behind
                    arriving[there, r + step[o], o ^ 1, 1] = number
                    arriving[there, r + step[o], o ^ 1, 2] = flit
                back = (now + _CREDIT) % _SLOTS
                if port == LOCAL:
                    node_credit[back, r] = v
                else:
                    credit[back, r + step[port], port ^ 1] = v
            for w in range(waiting):
                if won[w] != _NONE:
                    port, v = waits[w] // channels, waits[w] % channels
                    lane[r, port, v] = won[w] % channels
                    taken[r, way[r, port, v], won[w] % channels] = True
                    state[r, port, v] = _ACTIVE
        now += 1
    return last
