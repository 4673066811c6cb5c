"""Routers flit by flit: closed forms of the pipeline, measured paces, and BookSim2's own cycles."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.engines.mesh.cases import MODES, Cases
from siam_dse.engines.mesh.cycles import cycle_makespan
from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.noc import KIND, trace_cases
from siam_dse.validation.tables import reference_rows


def case(flows, packets=1, flits=1, mode="asap_rr", gap=0, channels=3, depth=3, side=4):
    """One case: lists of sources and destinations."""
    source, destination = (np.array([nodes]) for nodes in flows)
    one = np.ones(1)
    return Cases(
        columns=one * side, rows=one * side, source=source, destination=destination, packets=one * packets,
        flits=one * flits, mode=np.array([MODES.index(mode)]), gap=one * gap, virtual_channels=one * channels,
        vc_flits=one * depth, constants=packaged_technology().constants("mesh"),
    )  # fmt: skip


@pytest.mark.parametrize(("node", "hops"), [(1, 1), (2, 2), (3, 3), (7, 4), (15, 6)])
@pytest.mark.parametrize(("channels", "depth"), [(3, 3), (1, 1), (4, 8)])
def test_a_flit_alone_takes_5_cycles_a_link_and_7(node, hops, channels, depth):
    """RC, VA, SA, ST and the link; from the node into its router 2, and RC, VA, SA, ST out of it and the way 5."""
    makespan, latency = cycle_makespan(case([[0], [node]], channels=channels, depth=depth))
    assert makespan[0] == latency[0] == 5 * hops + 7


@pytest.mark.parametrize(
    ("flits", "channels", "depth", "cycles"),
    [(4, 4, 8, 25), (4, 3, 3, 27), (4, 1, 1, 37)],  # facts: ideal with 5 flits of buffer or more, else credits wait
)
def test_a_packet_of_four_flits_over_three_links(flits, channels, depth, cycles):
    assert cycle_makespan(case([[0], [3]], flits=flits, channels=channels, depth=depth))[0][0] == cycles


@pytest.mark.parametrize(("channels", "depth", "cycles"), [(3, 3, 37), (4, 8, 37), (1, 1, 100)])
def test_fifteen_send_one_flit_each_to_one(channels, depth, cycles):
    """The furthest is 6 links away, 37 cycles; with one buffer place an ejection waits 5 cycles for its credit."""
    flows = [[*range(1, 16)], [0]]
    assert cycle_makespan(case(flows, channels=channels, depth=depth))[0][0] == cycles


@pytest.mark.parametrize(
    ("channels", "depth", "flits", "pace"),
    [(3, 3, 1, 1.1167), (3, 3, 4, 7), (1, 1, 1, 7), (1, 2, 1, 3.5), (1, 8, 1, 3), (1, 8, 4, 6), (4, 8, 4, 4)],
)
def test_a_long_stream_over_three_links_has_the_measured_pace(channels, depth, flits, pace):
    """Credit loop of 7 cycles over the buffers, or the F + 2 cycles that a packet holds a virtual channel."""
    stream = case([[0], [3]], packets=120, flits=flits, channels=channels, depth=depth)
    long, short = (cycle_makespan(replace(stream, packets=np.array([n])))[0][0] for n in (120, 60))
    assert_allclose((long - short) / 60, pace, rtol=1e-3)


def test_booksim2_takes_the_same_cycles_to_the_last_one():
    rows = reference_rows(KIND)
    rows = rows[rows["n_flits"] < 600]
    makespan, latency = cycle_makespan(trace_cases(rows))
    assert len(rows) > 80
    assert_array_equal(makespan, rows["makespan"])
    assert_allclose(latency, rows["avg_pkt_lat"], rtol=1e-4)  # printed with six digits


def test_python_takes_the_same_cycles_without_numba():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "sys.path.insert(0, 'tests/engines/mesh')\nimport numpy as np\n"
        "from test_mesh_cycles import case\n"
        "from siam_dse.engines.mesh.cycles import cycle_makespan\n"
        "from siam_dse.engines.mesh import router_loop\n"
        "figures = cycle_makespan(case([[*range(1, 16)], [0]], channels=1, depth=1))\n"
        "print(type(router_loop.run).__name__, *np.ravel(figures))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    flows = [[*range(1, 16)], [0]]
    makespan, latency = cycle_makespan(case(flows, channels=1, depth=1))
    assert done.stdout.split() == ["function", str(makespan[0]), str(latency[0])]
