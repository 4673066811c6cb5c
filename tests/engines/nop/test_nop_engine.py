from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from composing import composition, energy_j, latency_s, moved
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse.engines.nop.engine as engine
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.traffic import TRANSFER_KINDS, Transfers
from siam_dse.technology.technology import packaged_technology
from siam_dse.workload.network import HOST

GRS = Designs.grid(nop_link="grs", nop_bandwidth_gbps=160)


class Package(SimpleNamespace):
    """As much of a mapping of one key as the NoP reads."""

    def take(self, rows):
        return Package(**{name: values[rows] for name, values in vars(self).items()})


def package(first, spanned, n_chiplets):
    n = np.array([n_chiplets])
    return Package(
        is_custom=np.array([False]),
        is_spread=np.array([False]),
        first_chiplet=np.array([first]),
        spanned_chiplets=np.array([spanned]),
        n_chiplets=n,
        package_side=np.ceil(np.sqrt(n)).astype(np.int64),
        mesh_side=np.ceil(np.sqrt(n)).astype(np.int64),
    )


def transfer(kind, producer, consumer, chiplet_bits, accumulated=0.0):
    return Transfers(
        kind=np.array([TRANSFER_KINDS.index(kind)]),
        producer=np.array([producer]),
        consumer=np.array([consumer]),
        layer=np.array([max(producer if consumer == HOST else consumer, 0)]),
        tile_bits=np.array([[float(chiplet_bits)]]),
        chiplet_bits=np.array([[float(chiplet_bits)]]),
        crosses=np.array([[True]]),
        accumulated=np.array([[float(accumulated)]]),
        readers=np.array([[1]]),
    )


def cost(mapping, transfers, designs=GRS):
    """Latency, energy and bits over the package by layer, (U, L) each, and its links, (U,)."""
    composed = moved(designs, mapping, transfers)
    return SimpleNamespace(
        latency_s=latency_s(composed, "nop"),
        energy_j=energy_j(composed, "nop"),
        bits=composed.figure("nop_loads.bits").sum(axis=1),
        bit_hops=composed.figure("nop_crossed.bit_hops"),
        **{name: composed.figure(f"nop_links.{name}") for name in ("nop_lanes", "phy_area_m2", "static_power_w")},
    )


def test_one_chiplet_to_the_next():
    # 16e6 bits at 160 Gb/s are 100 us, and one hop of 20 ns; 0.54 pJ each
    found = cost(package([0, 1], [1, 1], 2), transfer("activation", 0, 1, 16e6))
    assert_allclose(found.latency_s, [[0, 100.02e-6]], rtol=1e-12, atol=0)
    assert_array_equal(found.bit_hops, [[0, 16e6]])
    assert_allclose(found.energy_j, [[0, 8.64e-6]], rtol=1e-12, atol=0)


def test_a_datum_goes_once_to_each_chiplet():
    # chiplet 0 of 2 x 2 sends 1e6 bits to each of 1, 2, 3: XY takes 3 by way of 1, so that the eastward link of 0
    # carries 2e6, and 4e6 bit-hops in all
    found = cost(package([0, 1], [1, 3], 4), transfer("activation", 0, 1, 1e6))
    assert_array_equal(found.bits, [[0, 3e6]])
    assert_array_equal(found.bit_hops, [[0, 4e6]])
    assert_allclose(found.latency_s[0, 1], 2e6 / 160e9 + 2 * 20e-9, rtol=1e-12, atol=0)


def test_destinations_share_evenly_over_sources():
    # chiplets 0 and 1 of 2 x 2 send 2e6 bits to chiplet 2: half of it straight down, half west and down
    found = cost(package([0, 2], [2, 1], 4), transfer("activation", 0, 1, 2e6))
    assert_array_equal(found.bit_hops, [[0, 3e6]])
    assert_allclose(found.latency_s[0, 1], 2e6 / 160e9 + 2 * 20e-9, rtol=1e-12, atol=0)


def test_the_host_port_is_one_more_link():
    # to chiplet 3 of 2 x 2: two links and the port
    found = cost(package([3], [1], 4), transfer("input", HOST, 0, 1e6))
    assert_array_equal(found.bit_hops, [[3e6]])
    assert_allclose(found.latency_s[0, 0], 1e6 / 160e9 + 3 * 20e-9, rtol=1e-12, atol=0)
    # chiplet 0 to the host: the port only
    found = cost(package([0], [1], 4), transfer("output", 0, HOST, 1e6))
    assert_array_equal(found.bit_hops, [[1e6]])
    assert_allclose(found.latency_s[0, 0], 1e6 / 160e9 + 20e-9, rtol=1e-12, atol=0)


def test_an_output_is_shared_by_its_chiplets():
    # 4e6 bits in all from 4 chiplets: 1e6 each, 0 + 1 + 1 + 2 links and the port
    found = cost(package([0], [4], 4), transfer("output", 0, HOST, 4e6))
    assert_array_equal(found.bit_hops, [[4e6 + 4e6]])


def test_partial_sums_meet_at_the_port_and_leave_from_it():
    # each of 4 chiplets sends 1e6 bits: the port carries 4e6
    found = cost(package([0], [4], 4), transfer("partial_sum", 0, 0, 1e6))
    assert_array_equal(found.bits, [[4e6]])
    assert_allclose(found.latency_s[0, 0], 4e6 / 160e9 + 3 * 20e-9, rtol=1e-12, atol=0)
    # from the accumulator to chiplet 4 of 3 x 3, as if from the host
    mapping = package([0, 4], [4, 1], 9)
    one, other = (
        cost(mapping, moved)
        for moved in (transfer("activation", 0, 1, 1e6, accumulated=1.0), transfer("input", HOST, 1, 1e6))
    )
    assert_array_equal(one.bit_hops, other.bit_hops)
    assert_array_equal(one.bit_hops, [[0, 3e6]])
    # an output summed there is at the host
    assert not cost(mapping, transfer("output", 0, HOST, 1e6, accumulated=1.0)).bits.any()


@pytest.mark.parametrize("kind", ["input", "output"])
def test_a_single_chiplet_has_the_host_port(kind):
    # 1e6 bits at 160 Gb/s, one hop of 20 ns through the port, 0.54 pJ a bit; 160 Gb/s are 8 lanes of 20 Gb/s
    ends = (HOST, 0) if kind == "input" else (0, HOST)
    found = cost(package([0], [1], 1), transfer(kind, *ends, 1e6))
    assert_allclose(found.latency_s, [[6.25e-6 + 20e-9]], rtol=1e-12, atol=0)
    assert_array_equal(found.bits, [[1e6]])
    assert_array_equal(found.bit_hops, [[1e6]])
    assert_allclose(found.energy_j, [[0.54e-6]], rtol=1e-12, atol=0)
    assert_array_equal(found.nop_lanes, [8])
    assert_allclose(found.phy_area_m2, [(8 * 5304.5 + 10609) * 1e-12], rtol=1e-12, atol=0)
    assert_allclose(found.static_power_w, [8 * 108e-6], rtol=1e-12, atol=0)


def walk(sources, destinations, side, per_pair):
    """Bits on each link, x first."""
    links, longest = {}, 0
    for source in sources:
        for destination in destinations:
            x, y = source % side, source // side
            path = []
            while x != destination % side:
                step = 1 if destination % side > x else -1
                path.append((x, y, step, 0))
                x += step
            while y != destination // side:
                step = 1 if destination // side > y else -1
                path.append((x, y, 0, step))
                y += step
            for link in path:
                links[link] = links.get(link, 0) + per_pair
            longest = max(longest, len(path))
    return links, longest


def twin(designs, mapping, moved, n_layers):
    """Latency and bit-hops, a key and a transfer at a time."""
    table = packaged_technology().table("nop_links")
    latency, bit_hops = np.zeros((2, len(designs), n_layers))
    for u in range(len(designs)):
        bandwidth, hop_s = designs.nop_bandwidth_gbps[u] * 1e9, table["hop_latency"][designs.nop_link[u]]
        for t in range(len(moved.kind)):
            if not moved.crosses[u, t]:
                continue
            producer, consumer, layer = moved.producer[t], moved.consumer[t], moved.layer[t]
            is_sum = producer == consumer
            share = moved.accumulated[u, t]  # from the port; the rest comes from the producer's chiplets
            for part, is_added_up in ((share, True), (1 - share, False)):
                at_port = is_added_up or producer == HOST, is_sum or consumer == HOST
                if all(at_port):
                    continue
                ends = [
                    [0] if port else list(mapping.first_chiplet[u, end] + np.arange(mapping.spanned_chiplets[u, end]))
                    for end, port in zip((producer, consumer), at_port, strict=True)
                ]
                senders = len(ends[0]) if is_sum else len(ends[1])
                total = moved.chiplet_bits[u, t] * senders * part
                if total == 0:
                    continue
                links, longest = walk(*ends, int(mapping.mesh_side[u]), total / len(ends[0]) / len(ends[1]))
                port_bits = total if any(at_port) else 0
                busiest = max([*links.values(), port_bits])
                latency[u, layer] += busiest / bandwidth + (longest + any(at_port)) * hop_s
                bit_hops[u, layer] += sum(links.values()) + port_bits
    return latency, bit_hops


def test_equals_a_twin_that_walks_every_pair(resnet18, resnet18_case):
    designs, mapping, moved = resnet18_case
    rows = np.arange(12)
    case = designs.take(rows), mapping.take(rows), moved.take(rows)
    found = cost(case[1], case[2], case[0])
    latency, bit_hops = twin(*case, resnet18.n_layers)
    assert_allclose(found.latency_s, latency, rtol=1e-10, atol=0)
    assert_allclose(found.bit_hops, bit_hops, rtol=1e-10, atol=0)


def test_a_batch_equals_one_at_a_time_and_any_chunking(resnet18, resnet18_case, monkeypatch):
    designs, mapping, transfers = resnet18_case
    whole = cost(mapping, transfers, designs)
    order = np.random.default_rng(1).permutation(len(designs))
    monkeypatch.setattr(engine, "CHUNK_ELEMENTS", 7 * len(transfers.kind))
    mixed = cost(mapping.take(order), transfers.take(order), designs.take(order))
    for name, values in vars(whole).items():
        assert_array_equal(values[order], getattr(mixed, name))


def test_more_bandwidth_never_slower_and_more_bits_never_faster(resnet18, resnet18_case):
    designs, mapping, transfers = resnet18_case
    base = cost(mapping, transfers, designs)
    wide = replace(designs, nop_bandwidth_gbps=designs.nop_bandwidth_gbps * 2)
    faster = cost(mapping, transfers, wide)
    assert (faster.latency_s <= base.latency_s).all()
    assert_array_equal(faster.energy_j, base.energy_j)
    more = cost(mapping, replace(transfers, chiplet_bits=transfers.chiplet_bits * 1.3), designs)
    assert (more.latency_s >= base.latency_s).all()
    assert_allclose(more.energy_j, 1.3 * base.energy_j, rtol=1e-12, atol=0)


def test_figures_are_finite(resnet18, resnet18_case):
    designs, mapping, transfers = resnet18_case
    for values in vars(cost(mapping, transfers, designs)).values():
        assert np.isfinite(values).all()
        assert (values >= 0).all()


def test_values_of_a_bit_and_their_widths_give_the_cost_of_their_bits(resnet18, resnet18_case):
    # an evaluation starts from values of a bit, here from the bits of every transfer
    designs, mapping, transfers = resnet18_case
    in_own_buffers = replace(designs, buffer_size=np.full(len(designs), code("buffer_size", "largest_map")))
    whole, own = cost(mapping, transfers, designs), composition(in_own_buffers, resnet18)
    assert_allclose(latency_s(own, "nop"), whole.latency_s, rtol=1e-12, atol=0)
    assert_allclose(energy_j(own, "nop"), whole.energy_j, rtol=1e-12, atol=0)
