from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from composing import composition, latency_s, moved
from noc_cases import mapping_of, phases_of, ring_of, routed, transfer_of
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse.engines.noc.engine as engine
import siam_dse.engines.noc.loads as loads_module
from siam_dse.design.designs import Designs
from siam_dse.engines.mesh.fast import transfer_makespan_cycles
from siam_dse.engines.noc.engine import BOTTLENECKS
from siam_dse.technology.technology import packaged_technology
from siam_dse.workload.network import HOST

ONE = Designs.grid()


def noc(mapping, transfers, designs=ONE):
    """Latency, bits x links and bits x routers by layer, (U, L) each, and what holds up a layer."""
    composed = moved(designs, mapping, transfers)
    return SimpleNamespace(
        latency_s=latency_s(composed, "noc"),
        link_bits=composed.figure("noc_crossed.link_bits"),
        router_bits=composed.figure("noc_crossed.router_bits"),
        limit=composed.figure("noc_limits.code"),
    )


def test_one_tile_to_the_opposite_corner():
    # 3200 bits are 100 flits of 32; tile 0 to tile 3 of a 2 x 2 mesh: 2 links, 3 routers. The first flit takes
    # 5 x 2 + 7 = 17 cycles, the other 99 follow one a cycle at best; BookSim2 measures 1.12 cycles a flit of a stream
    mapping = mapping_of([{}, {"first_tile": 3}], tiles_per_chiplet=4)
    traffic = noc(mapping, transfer_of("activation", 0, 1, 3200))
    assert_array_equal(traffic.link_bits, [[0, 6400]])
    assert_array_equal(traffic.router_bits, [[0, 9600]])
    assert 116e-9 <= traffic.latency_s[0, 1] <= 1.12 * 116e-9
    assert BOTTLENECKS[traffic.limit[0, 1]] == "link"


def test_one_flit_takes_the_zero_load_time():
    mapping = mapping_of([{}, {"first_tile": 1}], tiles_per_chiplet=4)
    traffic = noc(mapping, transfer_of("activation", 0, 1, 32))
    assert_allclose(traffic.latency_s[0, 1], 12e-9, rtol=0.02, atol=0)  # 5 x 1 + 7 cycles


def test_egress_and_ingress_overlap():
    # 2 x 2 tiles are all on the perimeter. Egress of 400 bits from tile 0 to the 4 of the ring: 100 stay, 100 + 100 go
    # one link, 100 go two: 400 bit-links; ingress to tile 0 is the mirror image
    mapping = mapping_of([{}, {"first_chiplet": 1}], tiles_per_chiplet=4, n_chiplets=2)
    both = noc(mapping, transfer_of("activation", 0, 1, 400, 400, crosses=True))
    ingress = noc(mapping, transfer_of("input", HOST, 1, 400, 400, crosses=True))
    egress = noc(mapping, transfer_of("output", 0, HOST, 400, 400, crosses=True))
    assert_array_equal([ingress.link_bits[0, 1], egress.link_bits[0, 0], both.link_bits[0, 1]], [400, 400, 800])
    assert_allclose(both.latency_s[0, 1], max(ingress.latency_s[0, 1], egress.latency_s[0, 0]), rtol=1e-12, atol=0)


def test_nothing_to_send_takes_no_time():
    mapping = mapping_of([{}, {"first_tile": 1}])
    traffic = noc(mapping, transfer_of("activation", 0, 1, 0))
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
    traffic = noc(case[1], case[2], case[0])
    latency, link_bits, router_bits = twin(*case, resnet18.n_layers)
    assert_allclose(traffic.link_bits, link_bits, rtol=1e-10, atol=0)
    assert_allclose(traffic.router_bits, router_bits, rtol=1e-10, atol=0)
    assert_allclose(traffic.latency_s, latency, rtol=1e-10, atol=0)
    assert ring_of(4)[:5] == [0, 1, 2, 3, 4]


def test_a_batch_equals_one_at_a_time_and_any_chunking(resnet18, resnet18_case, monkeypatch):
    designs, mapping, transfers = resnet18_case
    whole = noc(mapping, transfers, designs)
    order = np.random.default_rng(1).permutation(len(designs))
    for module in (loads_module, engine):
        monkeypatch.setattr(module, "CHUNK_ELEMENTS", 7 * len(transfers.kind))
    mixed = noc(mapping.take(order), transfers.take(order), designs.take(order))
    for name, values in vars(whole).items():
        assert_array_equal(values[order], getattr(mixed, name))


def test_more_bits_never_faster_and_wider_or_faster_links_never_slower(resnet18, resnet18_case):
    designs, mapping, transfers = resnet18_case
    base = noc(mapping, transfers, designs)
    bits = transfers.tile_bits * 1.3, transfers.chiplet_bits * 1.3
    more = noc(mapping, replace(transfers, tile_bits=bits[0], chiplet_bits=bits[1]), designs)
    assert (more.latency_s >= base.latency_s).all()
    assert_allclose(more.link_bits, 1.3 * base.link_bits, rtol=1e-12, atol=0)
    wide = noc(mapping, transfers, replace(designs, noc_width_bits=designs.noc_width_bits * 2))
    assert (wide.latency_s <= base.latency_s).all()
    assert_allclose(wide.link_bits, base.link_bits, rtol=1e-12, atol=0)
    fast = noc(mapping, transfers, replace(designs, noc_clock_hz=designs.noc_clock_hz * 2))
    assert_allclose(fast.latency_s, base.latency_s / 2, rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ["latency_s", "link_bits", "router_bits"])
def test_figures_are_finite(resnet18, resnet18_case, name):
    values = getattr(noc(*resnet18_case[1:], resnet18_case[0]), name)
    assert np.isfinite(values).all()
    assert (values >= 0).all()


def test_values_of_a_bit_and_their_widths_give_the_traffic_of_their_bits(resnet18, resnet18_case):
    # an evaluation starts from values of a bit, here from the bits of every transfer
    designs, mapping, transfers = resnet18_case
    whole, own = noc(mapping, transfers, designs), composition(designs, resnet18)
    assert_allclose(latency_s(own, "noc"), whole.latency_s, rtol=1e-12, atol=0)
    for name in ("link_bits", "router_bits"):
        assert_allclose(own.figure(f"noc_crossed.{name}"), getattr(whole, name), rtol=1e-12, atol=0)
