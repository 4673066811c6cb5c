"""The fluid level of the network on package: never faster than the closed form, and equal where nothing is shared."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.engines.nop.fluid import fluid_seconds
from siam_dse.engines.nop.loads import busiest_bits, longest_hops, route_loads
from siam_dse.engines.nop.network import Network
from siam_dse.engines.nop.routes import Route
from siam_dse.engines.nop.topologies import MESH as MESH_NETWORK
from siam_dse.engines.nop.topologies import ROW_MAJOR
from siam_dse.technology.technology import packaged_technology

MESH = packaged_technology().constants("mesh")


def routes(source, destination, bits, through_port=False):
    n = len(bits)
    return Route(
        rows=np.arange(n),
        transfer=np.zeros(n, dtype=np.int64),
        source_first=np.full(n, source[0]),
        source_count=np.full(n, source[1]),
        destination_first=np.full(n, destination[0]),
        destination_count=np.full(n, destination[1]),
        bits=np.asarray(bits, dtype=float),
        through_port=np.full(n, through_port),
    )


def both(route, side=4, bandwidth=1e9, hop_s=20e-9, ratio_xy=1.0):
    n = len(route.rows)
    sides, width, hop = np.full(n, side), np.full(n, bandwidth), np.full(n, hop_s)
    network = Network(np.full(n, MESH_NETWORK), np.full(n, ROW_MAJOR), sides, sides**2, np.full(n, ratio_xy))
    load = route_loads(network, route)
    closed_form_s = busiest_bits(route, load) / width + longest_hops(route, load) * hop
    return closed_form_s, fluid_seconds(MESH, network, route, load, width, hop)


def test_one_chiplet_to_the_next_takes_its_bits_over_the_link():
    # 1e6 bits at 1 Gb/s and one hop of 20 ns; a lone stream loses 2 % to its virtual channels
    fast, fluid = both(routes((0, 1), (1, 1), [1e6]))
    assert_allclose(fast, [1.00002e-3], rtol=1e-12, atol=0)
    assert_allclose(fluid, fast, rtol=0.03, atol=0)


def test_never_faster_than_the_busiest_link_and_proportional_to_bits():
    fast, fluid = both(routes((0, 5), (5, 7), [1e5, 1e6, 1e7]), hop_s=0.0)
    assert (fluid >= fast).all()
    assert (fluid <= 1.5 * fast).all()
    assert_allclose(fluid / fluid[0], [1, 10, 100], rtol=1e-9, atol=0)


def test_four_edges_of_a_chiplet_work_at_once():
    # chiplet 5 of a 4 x 4 package sends 1e6 bits to each of chiplets 1 to 9, itself among them. The link to the right
    # carries those for 2, 3, 6 and 7: 4 ms; one after another the eight would take 8 ms
    fast, fluid = both(routes((5, 1), (1, 9), [9e6]), hop_s=0.0)
    assert_allclose(fast, [4e-3], rtol=1e-12, atol=0)
    assert fast[0] <= fluid[0] < 0.9 * 8e-3


def test_links_along_columns_are_slower_or_faster_by_the_ratio():
    """1e6 bits one chiplet on along the row, or along the column: 1 ms over 1 Gb/s, 4 ms over a quarter of it."""
    for destination, ratio_xy, wanted_s in ((1, 4, 1e-3), (4, 4, 4e-3), (4, 0.5, 0.5e-3), (1, 0.5, 1e-3)):
        fast, fluid = both(routes((0, 1), (destination, 1), [1e6]), hop_s=0.0, ratio_xy=ratio_xy)
        assert_allclose(fast, [wanted_s], rtol=1e-12, atol=0)
        assert_allclose(fluid, fast, rtol=0.03, atol=0)


@pytest.mark.parametrize("ratio_xy", [0.25, 0.5, 2.0, 4.0])
def test_replays_of_unequal_links_are_near_the_closed_form(ratio_xy):
    draw, ratios = np.random.default_rng(7), []
    for _ in range(40):
        source, destination = draw.integers(0, 12, 2), draw.integers(1, 4, 2)
        fast, fluid = both(
            routes((source[0], destination[0]), (source[1], destination[1]), [1e6]), hop_s=0.0, ratio_xy=ratio_xy
        )
        if fast[0] > 0:
            ratios.append(fluid[0] / fast[0])
    assert min(ratios) >= 1 - 1e-12
    assert np.median(ratios) < 1.05


def test_what_goes_through_the_port_takes_its_link():
    fast, fluid = both(routes((0, 9), (0, 1), [9e6], through_port=True), hop_s=0.0)
    assert_array_equal(fast, [9e-3])
    assert 9e-3 <= fluid[0] <= 10e-3
