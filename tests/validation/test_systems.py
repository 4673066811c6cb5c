"""Published systems beside ours: arrays by hand, and what the tables say."""

import numpy as np
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.technology.presets import system_names
from siam_dse.validation.systems import array_cycles, isaac, simba

RATIO = "ours / published"


def test_cycles_of_a_layer_on_arrays_by_hand():
    # lenet5's second convolution: 150 x 16 weights are 19 x 2 = 38 tiles of 8 x 8, 100 positions. On 76 arrays two take
    # half of the positions each: 50 + 15 cycles; on 10 there are four passes of 100 + 15.
    network = sd.load_network("lenet5")
    (layer,) = np.flatnonzero((network.rows == 150) & (network.channels_out == 16))
    assert network.positions[layer] == 100
    assert array_cycles(network, 8, 76)[layer] == 65
    assert array_cycles(network, 8, 10)[layer] == 4 * 115


def test_simba_is_within_a_factor_of_two_with_all_its_networks():
    found = simba()
    table = found.table.set_index("quantity")
    assert 0.5 < table.loc["latency of ResNet-50, 36 chiplets", RATIO] < 2
    assert table.index[0] == table["ours"][:6].idxmin()
    latency, packed, alone = table["ours"].to_numpy()[[0, 3, 4]]
    assert_allclose([latency, packed, alone], [0.721, 1.543, 1.861], rtol=1e-3, atol=0)
    # 36 x 16 x 64 multiply-accumulates at 1.8 GHz
    peak = table.loc["peak, 36 chiplets, at 1.8 GHz", "ours"]
    assert_allclose(peak, 36 * 16 * 64 * 2 * 1.8e9 / 1e12, rtol=1e-12, atol=0)
    assert 0.5 < table.loc["energy of an operation, best", RATIO] < 2
    assert 0.5 < table.loc["energy of an image, package", RATIO] < 2
    assert len(found.findings) == 3


def test_isaac_lies_between_the_default_converter_and_the_survey_s():
    table = isaac().table.set_index("quantity")
    assert table.loc["converter, 8 bits: energy", RATIO] < 1
    assert table.loc["the same, survey", RATIO] > 1
    assert_allclose(table.loc["converter: rate", "ours"], 1 / 9, rtol=1e-9, atol=0)  # (8 + 1) x 1 ns


def test_presets_of_systems_are_designs_that_fit():
    assert system_names() == ("isaac_like", "simba_like")
    for name in system_names():
        technology = sd.Technology.load(name)
        assert not [constant for overlay in technology.overlays for constant in overlay.constants]
        assert len(sd.Designs.grid(technology=technology)) == 1
