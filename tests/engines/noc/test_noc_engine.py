from dataclasses import replace

import numpy as np
import pytest
from noc_cases import mapping_of, phases_of, ring_of, routed, transfer_of
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse.engines.noc.engine as engine
from siam_dse.design.designs import Designs
from siam_dse.engines.mesh.fast import transfer_makespan_cycles
from siam_dse.engines.noc.engine import BOTTLENECKS, noc_time
from siam_dse.engines.noc.loads import fast_latency_s, noc_loads
from siam_dse.mapping.precision import partial_sum_bits
from siam_dse.mapping.traffic import transfers_of_values
from siam_dse.technology.technology import packaged_technology
from siam_dse.workload.network import HOST


class Layers:
    """As much of a network as the engine reads."""

    def __init__(self, n_layers):
        self.n_layers = n_layers


ONE = Designs.grid()


def arrays(traffic):
    return {name: getattr(traffic, name) for name in traffic.__dataclass_fields__}


def test_one_tile_to_the_opposite_corner():
    # 3200 bits are 100 flits of 32; tile 0 to tile 3 of a 2 x 2 mesh: 2 links, 3 routers. The first flit takes
    # 5 x 2 + 7 = 17 cycles, the other 99 follow one a cycle at best; BookSim2 measures 1.12 cycles a flit of a stream
    mapping = mapping_of([{}, {"first_tile": 3}], tiles_per_chiplet=4)
    traffic = noc_time(ONE, Layers(2), mapping, transfer_of("activation", 0, 1, 3200))
    assert_array_equal(traffic.link_bits, [[0, 6400]])
    assert_array_equal(traffic.router_bits, [[0, 9600]])
    assert 116e-9 <= traffic.latency_s[0, 1] <= 1.12 * 116e-9
    assert BOTTLENECKS[traffic.bottleneck[0, 1]] == "link"


def test_one_flit_takes_the_zero_load_time():
    mapping = mapping_of([{}, {"first_tile": 1}], tiles_per_chiplet=4)
    traffic = noc_time(ONE, Layers(2), mapping, transfer_of("activation", 0, 1, 32))
    assert_allclose(traffic.latency_s[0, 1], 12e-9, rtol=0.02, atol=0)  # 5 x 1 + 7 cycles


def test_egress_and_ingress_overlap():
    # 2 x 2 tiles are all on the perimeter. Egress of 400 bits from tile 0 to the 4 of the ring: 100 stay, 100 + 100 go
    # one link, 100 go two: 400 bit-links; ingress to tile 0 is the mirror image
    mapping = mapping_of([{}, {"first_chiplet": 1}], tiles_per_chiplet=4, n_chiplets=2)
    both = noc_time(ONE, Layers(2), mapping, transfer_of("activation", 0, 1, 400, 400, crosses=True))
    ingress = noc_time(ONE, Layers(2), mapping, transfer_of("input", HOST, 1, 400, 400, crosses=True))
    egress = noc_time(ONE, Layers(2), mapping, transfer_of("output", 0, HOST, 400, 400, crosses=True))
    assert_array_equal([ingress.link_bits[0, 1], egress.link_bits[0, 0], both.link_bits[0, 1]], [400, 400, 800])
    assert_allclose(both.latency_s[0, 1], max(ingress.latency_s[0, 1], egress.latency_s[0, 0]), rtol=1e-12, atol=0)


def test_nothing_to_send_takes_no_time():
    mapping = mapping_of([{}, {"first_tile": 1}])
    traffic = noc_time(ONE, Layers(2), mapping, transfer_of("activation", 0, 1, 0))
    for name in ("latency_s", "link_bits", "router_bits"):
        assert not getattr(traffic, name).any()


def twin(designs, mapping, transfers, n_layers):
    """Every bit of every phase walked on its own, for one key at a time."""
    shape = (len(designs), n_layers)
    latency, link_bits, router_bits = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for u in range(shape[0]):
        own_mapping, own = mapping.take(np.array([u])), transfers.take(np.array([u]))
        side, width = int(mapping.chiplet_side[u]), float(designs.noc_width_bits[u])
        rows = -(-int(mapping.die_tiles[u]) // side)
        ring = [x + side * y for y in range(rows) for x in range(side) if x in (0, side - 1) or y in (0, rows - 1)]
        for t in range(len(own.kind)):
            layer, cycles = own.layer[t], [0.0]
            for phase in phases_of(own_mapping, own, t):
                ends = [
                    list(range(end.first[0], end.first[0] + end.count[0])) or ring
                    for end in (phase.source, phase.destination)
                ]
                loads = routed(*ends, side, phase.bits[0] / width / len(ends[0]) / len(ends[1]))
                makespan = transfer_makespan_cycles(
                    packaged_technology().constants("mesh"),
                    *(np.array([loads[name]]) for name in ("max_link", "max_injection", "max_ejection")),
                    np.array([loads["total"]]),
                    np.array([float(loads["hops_max"])]),
                    np.array([float(len(ends[0]))]),
                )
                cycles.append(float(makespan[0]))
                link_bits[u, layer] += loads["total_link"] * width * phase.instances[0]
                router_bits[u, layer] += (loads["total_link"] + loads["total"]) * width * phase.instances[0]
            # partial sums are added up and then sent on; of other transfers egress and ingress overlap
            together = sum if own.is_sum[t] else max
            latency[u, layer] += together(cycles) / designs.noc_clock_hz[u]
    return latency, link_bits, router_bits


def test_equals_a_twin_that_walks_every_pair(resnet18, resnet18_case):
    designs, mapping, transfers = resnet18_case
    rows = np.arange(8)
    case = designs.take(rows), mapping.take(rows), transfers.take(rows)
    traffic = noc_time(case[0], resnet18, case[1], case[2])
    latency, link_bits, router_bits = twin(*case, resnet18.n_layers)
    assert_allclose(traffic.link_bits, link_bits, rtol=1e-10, atol=0)
    assert_allclose(traffic.router_bits, router_bits, rtol=1e-10, atol=0)
    assert_allclose(traffic.latency_s, latency, rtol=1e-10, atol=0)
    assert ring_of(4)[:5] == [0, 1, 2, 3, 4]


def test_a_batch_equals_one_at_a_time_and_any_chunking(resnet18, resnet18_case, monkeypatch):
    designs, mapping, transfers = resnet18_case
    whole = arrays(noc_time(designs, resnet18, mapping, transfers))
    order = np.random.default_rng(1).permutation(len(designs))
    monkeypatch.setattr(engine, "CHUNK_ELEMENTS", 7 * len(transfers.kind))
    mixed = arrays(noc_time(designs.take(order), resnet18, mapping.take(order), transfers.take(order)))
    for name in whole:
        assert_array_equal(whole[name][order], mixed[name])


def test_more_bits_never_faster_and_wider_or_faster_links_never_slower(resnet18, resnet18_case):
    designs, mapping, transfers = resnet18_case
    base = noc_time(designs, resnet18, mapping, transfers)
    bits = transfers.tile_bits * 1.3, transfers.chiplet_bits * 1.3
    more = noc_time(designs, resnet18, mapping, replace(transfers, tile_bits=bits[0], chiplet_bits=bits[1]))
    assert (more.latency_s >= base.latency_s).all()
    assert_allclose(more.link_bits, 1.3 * base.link_bits, rtol=1e-12, atol=0)
    wide = noc_time(replace(designs, noc_width_bits=designs.noc_width_bits * 2), resnet18, mapping, transfers)
    assert (wide.latency_s <= base.latency_s).all()
    assert_allclose(wide.link_bits, base.link_bits, rtol=1e-12, atol=0)
    fast = noc_time(replace(designs, noc_clock_hz=designs.noc_clock_hz * 2), resnet18, mapping, transfers)
    assert_allclose(fast.latency_s, base.latency_s / 2, rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ["latency_s", "link_bits", "router_bits"])
def test_arrays_are_finite_and_read_only(resnet18, resnet18_case, name):
    values = getattr(noc_time(resnet18_case[0], resnet18, *resnet18_case[1:]), name)
    assert np.isfinite(values).all()
    assert (values >= 0).all()
    assert not values.flags.writeable


def test_loads_of_values_give_the_traffic_of_their_bits(resnet18, resnet18_case):
    designs, mapping, transfers = resnet18_case
    values = transfers_of_values(designs, resnet18, mapping)
    n_layers = resnet18.n_layers
    loads, whole = (
        noc_loads(mapping, values, n_layers, designs.technology),
        noc_time(designs, resnet18, mapping, transfers),
    )
    widths = designs.activation_bits[:, None].astype(float), partial_sum_bits(designs, resnet18).astype(float)
    routers = designs.noc_width_bits, designs.noc_clock_hz
    latency = sum(
        fast_latency_s(loads, which, np.arange(len(designs)), bits, *routers, n_layers)
        for which, bits in zip((~values.is_sum, values.is_sum), widths, strict=True)
    )
    assert_allclose(latency, whole.latency_s, rtol=1e-12, atol=0)
    for name in ("link_bits", "router_bits"):
        maps, sums = getattr(loads, name).swapaxes(0, 1)
        found = maps * widths[0] + sums * widths[1]
        assert_allclose(found, getattr(whole, name), rtol=1e-12, atol=0)
