"""Energy of layers: full crossbars against the sub-array, hand-counted conversions, a scalar twin, limits."""

from dataclasses import replace

import numpy as np
import pytest
from crossbar_cases import random_designs
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.engines.crossbar.array import mean_cell_conductance
from siam_dse.engines.crossbar.design_case import case_of_designs
from siam_dse.engines.crossbar.engine import counts_pedestal, crossbar_energy
from siam_dse.engines.crossbar.pedestal import pedestal_energy
from siam_dse.engines.crossbar.subarray import converter, energy_by_component, energy_laws
from siam_dse.technology.logic import flip_flop
from siam_dse.technology.supply import supply_ratio
from siam_dse.workload.load import load_network


def designs_of(**columns):
    return Designs.from_columns(columns)


def single_layer(network, rows, channels_out, positions):
    """``network`` cut to one fully connected layer of ``rows`` x ``channels_out`` at ``positions`` positions."""
    one = {"kernel_h": 1, "kernel_w": 1, "channels_in": rows, "channels_out": channels_out, "groups": 1}
    one |= {"ofm_h": positions, "ofm_w": 1, "ifm_h": positions, "ifm_w": 1, "kind": 0, "routed": 0}
    columns = {name: np.array([value]) for name, value in one.items()}
    return replace(
        network,
        layer_names=("only",),
        sparsity=np.zeros(1),
        input_activity=np.full(1, np.nan),
        **columns,
    )


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"weight_mapping": "differential"},
        {"pedestal": "digital"},
        {"cell": "sram"},
        {"cell": "rram_crosspoint", "cell_bits": 2},
        {"adc_kind": "flash", "adc_bits": 5},
        {"read_mode": "row_by_row", "input_activity": 0.5},
        {"circuit": "neurosim_siam", "adc_kind": "flash", "roadmap": "hp", "adc_bits": 4},
    ],
    ids=str,
)
def test_a_layer_that_fills_its_crossbars_is_so_many_sub_arrays(small_network, columns):
    # 256 x 512 cells on 128 x 128: 2 x 4 crossbars; 5 positions x 8 bits.
    designs = designs_of(**columns)
    case = case_of_designs(designs)
    per_weight = int(case.weight_columns[0])
    layer = single_layer(small_network, 256, 896 // per_weight, 5)
    crossbars = 2 * 896 // 128
    got = crossbar_energy(designs, layer)
    active = designs.input_activity * 128
    one = sum(energy_by_component(case, active).values())
    full = np.full(1, 128.0)
    counted = pedestal_energy(case, counts_pedestal(designs))
    one = one + counted.per_row_j * full + counted.per_column_j * full
    assert_allclose(got.bit_vectors, 5 * 8 * crossbars, rtol=1e-12, atol=0)
    assert_allclose(got.energy_j[0], 40 * crossbars * one, rtol=1e-9, atol=0)


def test_conversions_of_resnet50_by_hand():
    # Offset weights of 8 bits in cells of 1 bit: 8 columns an output channel, 8 input bits. A layer of K rows and M
    # channels at P positions takes P x 8 x 8 M x ceil(K / 128) conversions:
    #   stem            112^2 x 64 x 64 x ceil(147 / 128) = 12544 x 4096 x 2            =   102 760 448
    #   each bottleneck of width w on s x s maps: 1x1 (ceil(C / 128) row blocks), 3x3 (ceil(9 w / 128)), 1x1
    #   (ceil(w / 128)), and at each stage's first block a 1x1 projection; the first 1x1 of stages 2 to 4 still sees
    #   2s x 2s maps
    #   classifier      1 x 64 x 1000 x ceil(2048 / 128) = 64000 x 16                   =     1 024 000
    # altogether 2 216 796 160.
    def conversions(side, channels, rows):
        return side**2 * 8 * 8 * channels * -(-rows // 128)

    total = conversions(112, 64, 147) + conversions(1, 1000, 2048)
    channels = 64
    for blocks, width, side in ((3, 64, 56), (4, 128, 28), (6, 256, 14), (3, 512, 7)):
        for block in range(blocks):
            before = 2 * side if block == 0 and side < 56 else side
            total += conversions(before, width, channels)
            total += conversions(side, width, 9 * width) + conversions(side, 4 * width, width)
            if block == 0:
                total += conversions(side, 4 * width, channels)
            channels = 4 * width
    assert total == 2_216_796_160
    got = crossbar_energy(designs_of(), load_network("resnet50"))
    assert_allclose(got.conversions.sum(), total, rtol=1e-12, atol=0)


def test_resnet50_takes_a_quarter_to_a_third_of_a_picojoule_a_mac():
    # A prototype of 32 nm RRAM, 128 x 128 and 7 bits, gave 0.35 pJ a MAC with tile and network; crossbars 0.2 to 0.35.
    network = load_network("resnet50")
    energy = crossbar_energy(designs_of(weight_mapping=["offset", "differential"]), network).energy_j.sum(axis=1)
    per_mac = energy / network.macs.sum()
    assert np.all((per_mac > 0.2e-12) & (per_mac < 0.36e-12))


def test_layers_against_a_scalar_twin():
    # Crossbar by crossbar, in loops: every row and column block with what it uses.
    network = blind(load_network("vgg8"))
    designs = random_designs(12, seed=5)
    keep = (designs.read_mode == code("read_mode", "parallel")) & (designs.input_activity > 0)
    designs = designs.take(keep)
    got = crossbar_energy(designs, network)
    for i in range(len(designs)):
        one = designs.take([i])
        case = case_of_designs(one)
        laws = energy_laws(case)
        converting = converter(
            case, mean_cell_conductance(case) * max(one.input_activity[0] * case.rows[0], 1), one.adc_thermal_floor
        )
        activity = one.input_activity[0]
        nodes = one.technology.table("nodes").rows(node_nm=one.node_nm, roadmap=np.array([one.describe(0)["roadmap"]]))
        supply = supply_ratio(one.technology, nodes, one.clock_hz)[0]  # of clocked logic; rows and cells have no clock
        at_supply = {"array": 1, "word_line": 1, "shift_add": supply**2}
        per_row, per_active_row, per_column = (
            sum(
                float(np.ravel(getattr(laws[name], each))[0]) * factor
                for name, factor in at_supply.items()
                for each in ((use,) if isinstance(use, str) else use)
            )
            for use in ("per_row_j", "per_active_row_j", ("per_column_j", "per_read_column_j"))
        )
        for layer in range(0, network.n_layers, 3):
            rows = int(network.rows[layer])
            columns = int(network.channels_out[layer] * case.weight_columns[0])
            conversions, adc, lines = 0, 0.0, 0.0
            for row in range(0, rows, int(case.rows[0])):
                used_rows = min(int(case.rows[0]), rows - row)
                dark = (1 - activity) ** used_rows
                one_code = converting.energy(np.array([activity * used_rows]), np.array([dark]))[0]
                for column in range(0, columns, int(case.cols[0])):
                    used_columns = min(int(case.cols[0]), columns - column)
                    conversions += used_columns
                    adc += used_columns * one_code
                    lines += (per_row + per_active_row * activity) * used_rows + per_column * used_columns
            vectors = network.positions[layer] * one.activation_bits[0]
            assert_allclose(got.conversions[i, layer], vectors * conversions, rtol=1e-12, atol=0)
            assert_allclose(got.by_component["adc"][i, layer], vectors * adc, rtol=1e-9, atol=0)
            bilinear = sum(got.by_component[name][i, layer] for name in at_supply)
            assert_allclose(bilinear, vectors * lines, rtol=1e-9, atol=0)


def test_adc_energy_of_a_short_last_block_by_hand(small_network):
    # 200 rows on crossbars of 128: 8 columns see 32 active rows, the same 8 columns again 18 active rows.
    designs = designs_of(pedestal="digital")
    case = case_of_designs(designs)
    got = crossbar_energy(designs, single_layer(small_network, 200, 1, 1))
    one = converter(case, mean_cell_conductance(case))
    twin = 8 * 8 * (one.energy(np.array([32.0])) + one.energy(np.array([18.0])))
    assert_allclose(got.by_component["adc"][0], twin, rtol=1e-6, atol=0)  # a dark column has probability 0.75^72
    assert_allclose(got.conversions, 8 * 8 * 2, rtol=1e-12, atol=0)


def test_depthwise_groups_share_crossbars_along_the_diagonal(grouped_network):
    # 9 rows and 8 columns a group: min(128 // 9, 128 // 8) = 14 groups a crossbar.
    designs = designs_of()
    got = crossbar_energy(designs, grouped_network)
    depthwise = np.flatnonzero(grouped_network.groups > 1)
    for layer in depthwise[:3]:
        groups = int(grouped_network.groups[layer])
        vectors = grouped_network.positions[layer] * 8
        assert_allclose(got.bit_vectors[0, layer], vectors * -(-groups // 14), rtol=1e-12, atol=0)
        assert_allclose(got.conversions[0, layer], vectors * groups * 8, rtol=1e-12, atol=0)


def test_without_activity_clocks_remain(small_network):
    # No row active: no line is charged, converters take the dark power of 1 uW for 8 ns, flip-flops still clock.
    got = crossbar_energy(designs_of(input_activity=0.0, pedestal="digital"), blind(small_network))
    assert_allclose(got.by_component["adc"], got.conversions * 8e-9 * 1e-6, rtol=1e-9, atol=0)
    case = case_of_designs(designs_of())
    clock = 8 * flip_flop(case.node).energy_j
    layer = 0
    row_blocks_rows = small_network.rows[layer] * -(-small_network.channels_out[layer] * 8 // 128)
    vectors = small_network.positions[layer] * 8
    assert_allclose(got.by_component["word_line"][0, layer], vectors * row_blocks_rows * clock, rtol=1e-9, atol=0)
    assert np.all(got.by_component["shift_add"] > 0)


def blind(network):
    """The network without known activities."""
    return replace(network, input_activity=np.full(network.n_layers, np.nan))


def test_energy_grows_with_activity_and_converter_bits(small_network):
    network = blind(small_network)
    by_activity = crossbar_energy(designs_of(input_activity=[0.01, 0.1, 0.25, 0.5, 1.0]), network).energy_j
    assert np.all(np.diff(by_activity, axis=0) > 0)
    by_bits = crossbar_energy(designs_of(adc_bits=list(range(1, 13))), network).energy_j
    assert np.all(np.diff(by_bits, axis=0) > 0)


def test_known_activity_of_a_layer_overrules_the_design(small_network):
    known = replace(small_network, input_activity=np.full(small_network.n_layers, 0.5))
    got = crossbar_energy(designs_of(input_activity=[0.1, 0.5]), known)
    assert_array_equal(got.energy_j[0], got.energy_j[1])


def test_thermal_floor_adds_its_energy_to_each_conversion(small_network):
    # 12 kT 4^b a conversion: 12 x 4.14195e-21 x 4^10 = 52.1 fJ.
    got = crossbar_energy(designs_of(adc_bits=10, adc_thermal_floor=[False, True]), small_network)
    extra = got.by_component["adc"][1] - got.by_component["adc"][0]
    assert_allclose(extra, got.conversions[0] * 12 * 4.14195e-21 * 4**10, rtol=1e-6, atol=0)


def test_breakdown_adds_up_and_permutes(small_network, some_designs):
    got = crossbar_energy(some_designs, small_network)
    assert_allclose(sum(got.by_component.values()), got.energy_j, rtol=1e-12, atol=0)
    order = np.random.default_rng(1).permutation(len(some_designs))
    shuffled = crossbar_energy(some_designs.take(order), small_network)
    assert_array_equal(shuffled.energy_j, got.energy_j[order])
    lone = crossbar_energy(some_designs.take([11]), small_network)
    assert_array_equal(lone.energy_j[0], got.energy_j[11])


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "vgg8"])
@pytest.mark.parametrize("known", [False, True])
def test_all_layers_together_are_the_sum_of_each(name, known, some_designs):
    network = blind(load_network(name))
    if known:  # two activities, and the rest unknown
        network = replace(network, input_activity=np.resize([0.25, 0.5, np.nan], network.n_layers))
    got = crossbar_energy(some_designs, network)
    assert_allclose(got.total_j, got.energy_j.sum(axis=1), rtol=1e-12, atol=0)
    for i in range(0, len(some_designs), 9):
        assert crossbar_energy(some_designs.take([i]), network).total_j[0] == got.total_j[i]


@pytest.mark.slow
def test_random_legal_designs_are_finite_and_not_negative(small_network):
    got = crossbar_energy(random_designs(20_000, seed=23), small_network)
    for name, values in got.by_component.items():
        assert np.all(np.isfinite(values) & (values >= 0)), name
    assert np.all(got.conversions >= 0)


def test_larger_crossbars_save_energy_on_layers_that_fill_them(small_network):
    layer = single_layer(small_network, 2048, 256, 1)
    got = crossbar_energy(designs_of(crossbar_size=[64, 128, 256, 512]), layer)
    assert np.all(np.diff(got.energy_j[:, 0]) < 0)
