import numpy as np
import pytest
from noc_cases import mapping_of, transfer_of
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.engines.noc.phases import transfer_stages
from siam_dse.workload.network import HOST


def only(stages):
    assert len(stages) == 1
    return stages[0]


def sent(stage):
    return [float((phase.bits * phase.instances).sum()) for phase in stage]


def test_local_transfer_goes_from_block_to_block_once():
    mapping = mapping_of([{"tiles_on_chiplet": 2}, {"first_tile": 2, "tiles_on_chiplet": 3}])
    (phase,) = only(transfer_stages(mapping, transfer_of("activation", 0, 1, 600), 0))
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
    egress, ingress = only(transfer_stages(mapping, transfer_of("activation", 0, 1, 600, 100, crosses=True), 0))
    assert egress.destination is None
    assert ingress.source is None
    assert_array_equal([egress.bits[0], egress.instances[0]], [150, 2])
    assert_array_equal([ingress.bits[0], ingress.instances[0]], [200, 3])
    assert sent([egress, ingress]) == [100 * 3, 600]


@pytest.mark.parametrize(("kind", "producer", "consumer"), [("input", HOST, 1), ("output", 0, HOST)])
def test_host_has_no_chiplet(kind, producer, consumer):
    mapping = mapping_of([{}, {"first_chiplet": 1}], n_chiplets=2)
    (phase,) = only(transfer_stages(mapping, transfer_of(kind, producer, consumer, 80, 40, crosses=True), 0))
    assert (phase.source is None) == (kind == "input")
    assert sent([phase]) == [80 if kind == "input" else 40]


def test_sums_from_the_accumulator_have_left_their_chiplets():
    mapping = mapping_of([{"spanned_chiplets": 2}, {"first_chiplet": 2}], n_chiplets=3)
    transfer = transfer_of("activation", 0, 1, 60, 60, crosses=True, via_accumulator=True)
    (ingress,) = only(transfer_stages(mapping, transfer, 0))
    assert ingress.source is None
    output = transfer_of("output", 0, HOST, 60, 60, crosses=True, via_accumulator=True)
    assert transfer_stages(mapping, output, 0) == []


def test_partial_sums_go_to_the_first_row_block_of_each_copy():
    # 3 row blocks x 2 column blocks, 2 copies: tiles 2..5 send to tiles 0, 1 of a copy; a copy moves half the bits
    mapping = mapping_of([{"tiles": 6, "row_blocks": 3, "column_blocks": 2, "copies": 2, "tiles_on_chiplet": 12}])
    (phase,) = only(transfer_stages(mapping, transfer_of("partial_sum", 0, 0, 400), 0))
    assert (phase.source.first[0], phase.source.count[0]) == (2, 4)
    assert (phase.destination.first[0], phase.destination.count[0]) == (0, 2)
    assert_array_equal([phase.bits[0], phase.instances[0]], [200, 2])


def test_sums_of_a_copy_that_exceeds_a_chiplet_are_reduced_and_sent_out():
    # 8 tiles on each of 2 chiplets, 4 row blocks x 4 column blocks
    layer = {"tiles": 16, "row_blocks": 4, "column_blocks": 4, "tiles_on_chiplet": 8, "spanned_chiplets": 2}
    mapping = mapping_of([layer], tiles_per_chiplet=9, n_chiplets=2)
    within, out = transfer_stages(mapping, transfer_of("partial_sum", 0, 0, 200, 70, crosses=True), 0)
    assert (within[0].source.first[0], within[0].source.count[0]) == (4, 4)
    assert sent(within) == [200]
    assert out[0].destination is None
    assert out[0].source.count[0] == 4
    assert_array_equal([out[0].bits[0], out[0].instances[0]], [70, 2])


def test_a_layer_of_one_row_block_has_no_partial_sums():
    mapping = mapping_of([{"tiles": 3, "column_blocks": 3, "tiles_on_chiplet": 3}])
    assert transfer_stages(mapping, transfer_of("partial_sum", 0, 0, 0), 0) == []


def test_bits_are_conserved_on_a_real_network(resnet18_case):
    _, mapping, transfers = resnet18_case
    for t in range(len(transfers.kind)):
        producer, consumer = transfers.producer[t], transfers.consumer[t]
        received, left = np.zeros(len(mapping.n_chiplets)), np.zeros(len(mapping.n_chiplets))
        for stage in transfer_stages(mapping, transfers, t):
            for phase in stage:
                target = left if phase.destination is None else received
                target[phase.rows] += phase.bits * phase.instances
        inside = np.where(consumer == HOST, 0, transfers.tile_bits[:, t])
        assert_allclose(received, inside, rtol=1e-12, atol=0)
        if producer == consumer:  # partial sums: what each chiplet of the layer sends
            out = mapping.spanned_chiplets[:, consumer]
        else:
            out = mapping.spanned_chiplets[:, consumer] if consumer != HOST else 1
        leaves = transfers.crosses[:, t] & ~transfers.via_accumulator[:, t] & (producer != HOST)
        assert_allclose(left, np.where(leaves, transfers.chiplet_bits[:, t] * out, 0), rtol=1e-12, atol=0)
