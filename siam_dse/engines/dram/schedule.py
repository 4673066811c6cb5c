"""Schedule of a long sequential stream: which rank is in use, which is refreshed, and which is open.

A stream fills one bank of each bank group, then the next banks, and having crossed all banks of a rank goes on in the
next rank (and, where channels are not interleaved, channel). Each rank is refreshed once in tREFI, ranks in turn. A
refresh

- of the rank in use stops the stream: open banks are precharged one after another, then tRP, tRFC and tRCD pass; but
  towards the end of a visit the controller holds requests for the next rank, and they go on meanwhile;
- of another rank costs no time, but leaves that rank closed, drawing IDD2N instead of IDD3N, until the stream returns.

So both time and background energy depend on how visits to ranks and refreshes fall. They are followed one event after
another, once for each kind of stream whatever its length: a shorter stream is the beginning of a longer one.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, inf

import numpy as np

from siam_dse.core.arrays import FloatArray, freeze


@dataclass(frozen=True)
class Stream:
    """One kind of stream, in clock cycles and requests (bursts)."""

    step: float  # between requests
    visit: float  # requests to a rank before the stream goes on in the next
    row: float  # requests to one bank's row
    rows_abreast: float  # banks filled at the same time
    banks: float  # of a rank
    ranks: int  # of a channel
    channels: int  # passed through one after another; interleaved channels count as one
    first: float  # until the first column command
    ahead: float  # requests the controller holds: those of the next rank go on while the rank in use is refreshed
    lead: float  # a rank is opened so long before the stream comes to it
    rank_switch: float
    recovery: float  # column command to precharge
    precharge_gap: float
    trp: float
    trfc: float
    trcd: float
    trefi: float


@dataclass(frozen=True)
class Schedule:
    """Events of a stream, (E,) each: state behind each of them.

    Request ``position`` is issued at ``time``, those after it one ``step`` apart, up to the next event. The event
    happened at ``wall``; up to then ranks were open for ``active`` cycles together, and ``open_ranks`` are open now.
    ``stalls`` counts refreshes of the rank in use.
    """

    position: FloatArray
    time: FloatArray
    wall: FloatArray
    active: FloatArray
    open_ranks: FloatArray
    stalls: FloatArray


# keyed by all that the events depend on; evaluating single designs with their DRAM one after another takes 1.5 times as
# long without, batches of 64 random ones 1.8 times, of 3000 1.1 times
@lru_cache(maxsize=1024)
def schedule(stream: Stream, followed_events: int) -> Schedule:
    """Events of a stream, the first ``followed_events``.

    Parameters
    ----------
    stream : Stream
    followed_events : int

    Returns
    -------
    Schedule

    Notes
    -----
    Refresh m falls on rank m mod ranks of every channel at (m + 1) floor(tREFI / ranks). A rank that is refreshed
    shortly before the stream comes to it holds the stream up for the rest. A rank is open from ``lead`` before the
    stream comes to it until it is refreshed while another one is in use. That in use is closed for tRP + tRFC of its
    refresh, which counts as a stall even where the requests ahead go on.

    References
    ----------
    DRAMsim3: refresh.cc (RANK_LEVEL_STAGGERED), command_queue.cc (a refresh precharges bank after bank), controller.cc
    (background energy: a rank with all banks idle, or not).
    """
    slots = stream.ranks * stream.channels
    visit = stream.visit if slots > 1 else inf
    interval = stream.trefi // stream.ranks
    opened_at = [-1.0] * slots  # position at which the rank was opened, -1: closed
    ready = [0.0] * slots
    opened_at[0] = 0.0
    position, time, wall, active, n_open, stalls = 0.0, stream.first, 0.0, 0.0, 1, 0
    boundary, refresh = visit, 0
    events = [(position, time, wall, active, n_open, stalls)]
    while len(events) < followed_events:
        due = (refresh + 1) * interval
        slot = int((boundary - 1) // visit) % slots if slots > 1 else 0
        at_boundary = time + (boundary - position) * stream.step
        if at_boundary <= due:  # the stream goes on in the next rank
            slot = (slot + 1) % slots
            now = max(at_boundary, wall)
            active += n_open * (now - wall)
            if opened_at[slot] < 0:
                active += min(stream.lead, now - wall)
                opened_at[slot] = boundary
                n_open += 1
            position, wall = boundary, now
            time = max(now + stream.rank_switch, ready[slot])
            boundary += visit
        else:
            if due > time:
                issued = ceil((due - time) / stream.step)
                position, time = position + issued, time + issued * stream.step
            active += n_open * (due - wall)
            wall = float(due)
            for channel in range(stream.channels):
                refreshed = channel * stream.ranks + refresh % stream.ranks
                last = position if refreshed == slot else min(opened_at[refreshed] + visit, position)
                closing = _closing_time(stream, opened_at[refreshed], last, refreshed == slot, time - stream.step - due)
                closed = closing + (stream.trp if opened_at[refreshed] >= 0 else 0) + stream.trfc
                ready[refreshed] = due + closed + stream.trcd
                if refreshed == slot:
                    if boundary - position > stream.ahead:
                        time = max(time, ready[refreshed])
                    active -= closed - closing
                    stalls += 1
                    opened_at[slot] = position
                elif opened_at[refreshed] >= 0:
                    active += closing
                    opened_at[refreshed] = -1.0
                    n_open -= 1
            refresh += 1
        events.append((position, time, wall, active, n_open, stalls))
    columns = np.array(events, dtype=np.float64).T
    return Schedule(*(freeze(column.copy()) for column in columns))


def _closing_time(stream: Stream, opened_at: float, last: float, in_use: bool, last_issued: float) -> float:
    """Cycles from a refresh's turn until the last open bank of the rank is precharged.

    ``last_issued`` is when the last column command went out, relative to the refresh's turn.
    """
    if opened_at < 0:
        return 0
    abreast = stream.row * stream.rows_abreast
    groups = (last - 1) // abreast - opened_at // abreast + 1
    open_banks = min(stream.banks, max(groups, 1) * stream.rows_abreast)
    one_by_one = (open_banks - 1) * stream.precharge_gap
    return max(one_by_one, last_issued + stream.recovery) if in_use else one_by_one
