"""Bits between the networks on chip and package, on whole networks: what leaves chiplets crosses, and enters others."""

import numpy as np
import pytest
from composing import composition, latency_s
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.engines.noc.phases import transfer_phases
from siam_dse.engines.nop.routes import transfer_routes
from siam_dse.mapping.place import map_network
from siam_dse.mapping.traffic import TRANSFER_KINDS, transfers
from siam_dse.workload.load import load_network
from siam_dse.workload.network import HOST

DESIGNS = Designs.grid(
    crossbar_size=[128, 256], tiles_per_chiplet=[9, 36], n_chiplets=[0, 100], duplication="serial", adc_bits=7
)


@pytest.fixture(scope="module", params=["resnet50", "vgg19", "resnet110"])
def case(request):
    network = load_network(request.param)
    mapping = map_network(DESIGNS, network)
    return network, mapping, transfers(DESIGNS, network, mapping)


def by_key(phases, which):
    """Bits of all instances of some of the phases, (U,)."""
    own = phases.take(which)
    return np.bincount(own.key, weights=own.bits * own.instances, minlength=len(DESIGNS))


def test_bits_that_leave_cross_and_bits_that_cross_enter(case):
    _, mapping, moved = case
    phases, routes = transfer_phases(mapping, moved), transfer_routes(mapping, moved)
    for t in range(len(moved.kind)):
        route, own = routes.take(routes.transfer == t), phases.transfer == t
        crossed = np.bincount(route.rows, weights=route.bits, minlength=len(DESIGNS))
        from_port = route.take(route.through_port) if moved.producer[t] != moved.consumer[t] >= 0 else route.take([])
        met = np.bincount(from_port.rows, weights=from_port.bits, minlength=len(DESIGNS))
        left = by_key(phases, own & (phases.destination.count == 0))
        entered = by_key(phases, own & (phases.source.count == 0))
        on_package = moved.crosses[:, t]
        from_chip = on_package & (moved.accumulated[:, t] < 1) & (moved.producer[t] != HOST)
        assert_allclose(left[from_chip], (crossed - met)[from_chip], rtol=1e-12, atol=0)
        if moved.consumer[t] == HOST or moved.is_sum[t]:
            continue
        # inside, a datum is copied for every column block that reads it: all the tiles' bits enter, no fewer than cross
        assert_allclose(entered[on_package], moved.tile_bits[on_package, t], rtol=1e-12, atol=0)
        assert (entered[on_package] >= crossed[on_package] * (1 - 1e-12)).all()


def test_a_datum_crosses_once_to_each_chiplet_at_most(case):
    network, mapping, moved = case
    composed = composition(DESIGNS, network)
    producer, consumer, routes = moved.producer, moved.consumer, transfer_routes(mapping, moved)
    for t in np.flatnonzero((moved.kind == TRANSFER_KINDS.index("activation")) & (producer != HOST)):
        once = network.edge_values[t] * DESIGNS.activation_bits
        route = routes.take(routes.transfer == t)
        assert (route.bits <= (once * mapping.spanned_chiplets[:, consumer[t]])[route.rows] * (1 + 1e-12)).all()
    loads = composed.record("nop_loads")
    assert (loads.bit_hops >= loads.bits * (1 - 1e-12)).all()


def test_chips_and_links_without_traffic_take_no_time(case):
    network, mapping, _ = case
    composed = composition(DESIGNS, network)
    package_s, values = latency_s(composed, "nop"), composed.figure("nop_loads.bits").sum(axis=1)
    assert_array_equal(package_s > 0, values + composed.figure("overflow.bits") > 0)
    assert (package_s[:, 1:].sum(axis=1) > 0).all()
    assert (composed.figure("noc_crossed.terminal_bits") >= 0).all()
    # no link beats its bandwidth: the busiest chiplet port of a layer carries its share of the bits
    bits = composed.figure("nop_loads.bits")[:, 0] * DESIGNS.activation_bits[:, None]
    per_edge = bits / (DESIGNS.nop_bandwidth_gbps * 1e9)[:, None]
    assert (package_s * 4 * mapping.n_chiplets[:, None] >= per_edge * (1 - 1e-12)).all()
