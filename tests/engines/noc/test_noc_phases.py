import numpy as np
import pytest
from noc_cases import is_ring, mapping_of, phases_of, transfer_of
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.engines.noc.phases import transfer_phases
from siam_dse.workload.network import HOST


def sent(phases):
    return [float((phase.bits * phase.instances).sum()) for phase in phases]


def test_local_transfer_goes_from_block_to_block_once():
    mapping = mapping_of([{"tiles_on_chiplet": 2}, {"first_tile": 2, "tiles_on_chiplet": 3}])
    (phase,) = phases_of(mapping, transfer_of("activation", 0, 1, 600))
    assert (phase.source.first[0], phase.source.count[0]) == (0, 2)
    assert (phase.destination.first[0], phase.destination.count[0]) == (2, 3)
    assert sent([phase]) == [600]


def test_crossing_transfer_leaves_and_enters_through_the_perimeter():
    # 2 sending and 3 receiving chiplets; each of the 3 takes 100 bits in, so each of the 2 sends 150; the 3 spread 600
    # bits over their tiles, 200 each
    mapping = mapping_of(
        [
            {"spanned_chiplets": 2, "tiles_on_chiplet": 16},
            {"first_chiplet": 2, "spanned_chiplets": 3, "tiles_on_chiplet": 9},
        ],
        n_chiplets=5,
    )
    egress, ingress = phases_of(mapping, transfer_of("activation", 0, 1, 600, 100, crosses=True))
    assert is_ring(egress.destination)
    assert is_ring(ingress.source)
    assert_array_equal([egress.bits[0], egress.instances[0]], [150, 2])
    assert_array_equal([ingress.bits[0], ingress.instances[0]], [200, 3])
    assert sent([egress, ingress]) == [100 * 3, 600]


@pytest.mark.parametrize(("kind", "producer", "consumer"), [("input", HOST, 1), ("output", 0, HOST)])
def test_host_has_no_chiplet(kind, producer, consumer):
    mapping = mapping_of([{}, {"first_chiplet": 1}], n_chiplets=2)
    (phase,) = phases_of(mapping, transfer_of(kind, producer, consumer, 80, 40, crosses=True))
    assert is_ring(phase.source) == (kind == "input")
    assert sent([phase]) == [80 if kind == "input" else 40]


def test_sums_from_the_accumulator_have_left_their_chiplets():
    mapping = mapping_of([{"spanned_chiplets": 2}, {"first_chiplet": 2}], n_chiplets=3)
    transfer = transfer_of("activation", 0, 1, 60, 60, crosses=True, accumulated=1.0)
    (ingress,) = phases_of(mapping, transfer)
    assert is_ring(ingress.source)
    output = transfer_of("output", 0, HOST, 60, 60, crosses=True, accumulated=1.0)
    assert phases_of(mapping, output) == []


def test_partial_sums_go_to_the_first_row_block_of_each_copy():
    # 3 row blocks x 2 column blocks, 2 copies: tiles 2..5 send to tiles 0, 1 of a copy; a copy moves half the bits
    mapping = mapping_of([{"tiles": 6, "row_blocks": 3, "column_blocks": 2, "copies": 2, "tiles_on_chiplet": 12}])
    (phase,) = phases_of(mapping, transfer_of("partial_sum", 0, 0, 400))
    assert (phase.source.first[0], phase.source.count[0]) == (2, 4)
    assert (phase.destination.first[0], phase.destination.count[0]) == (0, 2)
    assert_array_equal([phase.bits[0], phase.instances[0]], [200, 2])


def test_sums_of_a_copy_that_exceeds_a_chiplet_are_reduced_and_sent_out():
    # 8 tiles on each of 2 chiplets, 4 row blocks x 4 column blocks
    layer = {"tiles": 16, "row_blocks": 4, "column_blocks": 4, "tiles_on_chiplet": 8, "spanned_chiplets": 2}
    mapping = mapping_of([layer], tiles_per_chiplet=9, n_chiplets=2)
    within, out = phases_of(mapping, transfer_of("partial_sum", 0, 0, 200, 70, crosses=True))
    assert (within.source.first[0], within.source.count[0]) == (4, 4)
    assert sent([within]) == [200]
    assert is_ring(out.destination)
    assert out.source.count[0] == 4
    assert_array_equal([out.bits[0], out.instances[0]], [70, 2])


def test_a_layer_of_one_row_block_has_no_partial_sums():
    mapping = mapping_of([{"tiles": 3, "column_blocks": 3, "tiles_on_chiplet": 3}])
    assert phases_of(mapping, transfer_of("partial_sum", 0, 0, 0)) == []


def test_bits_are_conserved_on_a_real_network(resnet18_case):
    _, mapping, transfers = resnet18_case
    phases = transfer_phases(mapping, transfers)
    leaving = phases.destination.count == 0
    for t in range(len(transfers.kind)):
        producer, consumer = transfers.producer[t], transfers.consumer[t]
        received, left = np.zeros(len(mapping.n_chiplets)), np.zeros(len(mapping.n_chiplets))
        for target, which in ((left, leaving), (received, ~leaving)):
            own = phases.take(which & (phases.transfer == t))
            np.add.at(target, own.key, own.bits * own.instances)
        inside = np.where(consumer == HOST, 0, transfers.tile_bits[:, t])
        assert_allclose(received, inside, rtol=1e-12, atol=0)
        if producer == consumer:  # partial sums: what each chiplet of the layer sends
            out = mapping.spanned_chiplets[:, consumer]
        else:
            out = mapping.spanned_chiplets[:, consumer] if consumer != HOST else 1
        leaves = transfers.crosses[:, t] & (transfers.accumulated[:, t] < 1) & (producer != HOST)
        sent = transfers.chiplet_bits[:, t] * (1 - transfers.accumulated[:, t]) * out
        assert_allclose(left, np.where(leaves, sent, 0), rtol=1e-12, atol=0)
