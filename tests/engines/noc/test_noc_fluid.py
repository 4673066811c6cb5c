"""The fluid level of the network on chip: our transfers as traces, its bounds, its distance from the closed form."""

import numpy as np
import pytest
from composing import latency_s, moved
from noc_cases import mapping_of, ring_of, transfer_of
from numpy.testing import assert_allclose

from siam_dse.design.designs import Designs
from siam_dse.engines.mesh.cases import RR_SHIFT, Cases
from siam_dse.engines.mesh.fluid import fluid_makespan
from siam_dse.technology.technology import packaged_technology
from siam_dse.workload.network import HOST

ONE = Designs.grid()


def noc_s(mapping, transfers, level="fluid", designs=ONE):
    """Latency on chip by layer, (U, L) [s]."""
    return latency_s(moved(designs, mapping, transfers, level), "noc")


def trace(sources, destinations, side, packets):
    one = np.ones(1)
    return Cases(
        columns=one * side,
        rows=one * side,
        source=np.array([sources]),
        destination=np.array([destinations]),
        packets=one * packets,
        flits=one,
        mode=np.array([RR_SHIFT]),
        gap=one,
        virtual_channels=3 * one,
        vc_flits=3 * one,
        constants=packaged_technology().constants("mesh"),
    )


def test_a_transfer_between_blocks_is_its_trace():
    # 32000 bits are 1000 flits; tiles 0-2 send to tiles 3-7 of a 4 x 4 mesh, 1000 / 15 flits a pair
    mapping = mapping_of(
        [{"tiles": 3, "tiles_on_chiplet": 3}, {"tiles": 5, "tiles_on_chiplet": 5, "first_tile": 3}],
        tiles_per_chiplet=16,
    )
    got = noc_s(mapping, transfer_of("activation", 0, 1, 32000))[0, 1]
    want = fluid_makespan(trace([0, 1, 2], [3, 4, 5, 6, 7], 4, 1000 / 15))[0][0]
    assert_allclose(got, want * 1e-9, rtol=1e-12, atol=0)


def test_ingress_comes_from_the_whole_perimeter():
    # 64000 bits from the host enter tiles 5, 6 in the middle of a 4 x 4 mesh from its 12 boundary routers
    mapping = mapping_of([{"tiles": 2, "tiles_on_chiplet": 2, "first_tile": 5}], tiles_per_chiplet=16, n_chiplets=2)
    got = noc_s(mapping, transfer_of("input", HOST, 0, 64000, 64000, crosses=True))[0, 0]
    want = fluid_makespan(trace(ring_of(4), [5, 6], 4, 2000 / 24))[0][0]
    assert_allclose(got, want * 1e-9, rtol=1e-12, atol=0)
    # each of the two tiles takes 1000 flits, one a cycle at best
    assert 1000e-9 <= got <= 1400e-9


def test_a_chiplet_of_one_tile_falls_back_to_the_closed_form():
    # the only router is the perimeter: 100 flits through its own injection and ejection channel
    mapping = mapping_of([{}, {"first_chiplet": 1}], tiles_per_chiplet=1, n_chiplets=2)
    sent = transfer_of("activation", 0, 1, 3200, 3200, crosses=True)
    fast, fluid = (noc_s(mapping, sent, level) for level in ("fast", "fluid"))
    assert_allclose(fast, fluid, rtol=1e-15, atol=0)


@pytest.mark.slow
def test_levels_agree_within_a_quarter(resnet18, resnet18_case):
    rows = np.arange(12)
    designs, mapping, transfers = (part.take(rows) for part in resnet18_case)
    fast, fluid = (noc_s(mapping, transfers, level, designs) for level in ("fast", "fluid"))
    ratio = fluid.sum(axis=1) / fast.sum(axis=1)
    assert (np.abs(ratio - 1) < 0.25).all()
    alone = noc_s(mapping.take([7]), transfers.take([7]), designs=designs.take([7]))
    assert_allclose(alone[0], fluid[7], rtol=1e-6, atol=0)
