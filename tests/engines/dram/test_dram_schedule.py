"""Streams that follow ranks and refreshes, against a twin that goes request by request, and hand counts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.engines.dram.schedule import Stream, schedule
from siam_dse.engines.dram.stream import _state_at
from siam_dse.technology.technology import packaged_technology

FOLLOWED = int(packaged_technology().constants("dram")["followed_events"])

PLAIN = Stream(
    step=4, visit=2048, row=128, rows_abreast=4, banks=16, ranks=2, channels=1, first=19, ahead=64, lead=256,
    rank_switch=2, recovery=9, precharge_gap=1, trp=17, trfc=420, trcd=17, trefi=9360,
)  # fmt: skip


def twin(stream, n):
    """Issue time of each of n requests and refreshes of the rank in use, one request after another."""
    slots = stream.ranks * stream.channels
    interval = stream.trefi // stream.ranks
    opened, ready = {0: 0}, dict.fromkeys(range(slots), 0)
    time, last, times, refresh, stalls, current = stream.first, None, [], 1, 0, 0
    for j in range(n):
        slot = int(j // stream.visit) % slots if slots > 1 else 0
        while True:
            due = refresh * interval
            new_visit = slot != current
            if new_visit and time <= due:
                time = max(time + stream.rank_switch, ready[slot])
                opened.setdefault(slot, j)
                current = slot
                continue
            if time < due:
                break
            rank = (refresh - 1) % stream.ranks
            refresh += 1
            for channel in range(stream.channels):
                other = channel * stream.ranks + rank
                wait = 0
                if other in opened:
                    until = j if other == current else min(opened[other] + stream.visit, j)
                    stripe = stream.row * stream.rows_abreast
                    rows = max((until - 1) // stripe - opened[other] // stripe + 1, 1)
                    wait = (min(rows * stream.rows_abreast, stream.banks) - 1) * stream.precharge_gap
                    if other == current:
                        wait = max(wait, time - stream.step - due + stream.recovery)
                    wait += stream.trp
                ready[other] = due + wait + stream.trfc + stream.trcd
                if other == current:
                    stalls += 1
                    opened[other] = j
                    left = stream.visit - j % stream.visit if slots > 1 else np.inf
                    if left > stream.ahead:
                        time = max(time, ready[other])
                else:
                    opened.pop(other, None)
        times.append(time)
        last = time
        time += stream.step
    assert last is not None
    return np.array(times), stalls


streams = st.builds(
    Stream,
    step=st.sampled_from([1, 2, 4, 8]), visit=st.sampled_from([256, 512, 2048]), row=st.sampled_from([32, 64, 128]),
    rows_abreast=st.sampled_from([1, 2, 4]), banks=st.sampled_from([8, 16]), ranks=st.integers(1, 2),
    channels=st.integers(1, 3), first=st.integers(5, 40), ahead=st.sampled_from([0, 40, 64]), lead=st.just(100),
    rank_switch=st.sampled_from([0, 2]), recovery=st.integers(2, 40), precharge_gap=st.integers(1, 5),
    trp=st.integers(10, 30), trfc=st.integers(70, 500), trcd=st.integers(10, 30), trefi=st.integers(3000, 12000),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(streams)
@pytest.mark.slow
def test_times_are_those_of_a_walk_request_by_request(stream):
    n = 6000
    times, _ = twin(stream, n)
    at = np.array([0, 1, 777, 2047, 2048, 2049, 4000, n - 1], dtype=float)
    found = _state_at(schedule(stream, FOLLOWED), at, stream.step)["time"]
    assert_allclose(found, times[at.astype(int)], rtol=0, atol=1e-9)


def test_no_refresh_no_stall():
    found = _state_at(schedule(replace(PLAIN, trefi=10**9), FOLLOWED), np.array([0.0, 1, 2047, 2048]), 4)
    # the second rank's bursts come one rank switch later
    assert_array_equal(found["time"], [19, 23, 19 + 2047 * 4, 19 + 2048 * 4 + 2])
    assert_array_equal(found["stalls"], 0)


def test_one_refresh_of_one_rank_by_hand():
    # due at 9360; requests go out at 19 + 4 j, j = 2335 at 9359 the last before. It opened banks of 5 stripes of 512:
    # all 16 open, 15 precharges behind the first; the last read's recovery ends at 9359 + 9. Then 17 + 420 + 17.
    stream = replace(PLAIN, ranks=1)
    found = _state_at(schedule(stream, FOLLOWED), np.array([2335.0, 2336]), 4)
    assert_array_equal(found["time"], [9359, 9360 + 15 + 17 + 420 + 17])
    assert_array_equal(found["stalls"], [0, 1])


def test_refresh_of_the_rank_not_in_use_costs_no_time_but_closes_it():
    # rank 1 is due at 9360 while rank 1 is in use from request 2048 on; rank 0 at 4680 while it is in use: a stall.
    # A visit as long as everything: rank 1 is never opened, its refreshes go unnoticed.
    stream = replace(PLAIN, visit=10**9)
    found = _state_at(schedule(stream, FOLLOWED), np.array([4000.0]), 4)
    times, stalls = twin(stream, 4001)
    assert found["stalls"][0] == stalls == 2  # at 4680 and 14040
    assert found["time"][0] == times[-1]
    assert found["open_ranks"][0] == 1


def test_two_ranks_settle_between_one_and_two_open():
    # a visit of 8192 cycles, refreshes of a rank 9360 apart: an idle rank is closed for x of its 8192 cycles away
    events = schedule(PLAIN, FOLLOWED)
    first = len(events.time) // 2
    open_ranks = (events.active[-1] - events.active[first]) / (events.wall[-1] - events.wall[first])
    assert 1.4 < open_ranks < 1.65


def test_beyond_the_last_event_the_mean_rate_goes_on():
    events = schedule(PLAIN, FOLLOWED)
    n = events.position[-1]
    near, far = (_state_at(events, np.array([k * n]), 4)["time"][0] for k in (1, 8))
    assert_allclose(far, 8 * near, rtol=1e-4, atol=0)


@pytest.mark.parametrize("ranks", [1, 2])
def test_state_never_goes_back(ranks):
    events = schedule(replace(PLAIN, ranks=ranks), FOLLOWED)
    for name in ("position", "time", "wall", "active", "stalls"):
        assert (np.diff(getattr(events, name)) >= 0).all(), name
    assert (events.active <= ranks * events.wall + 300).all()
    assert set(np.unique(events.open_ranks)) <= {1, 2}
