"""The circuit engines agree with their scalar twin on random designs over every legal value of every field."""

import pytest
from numpy.testing import assert_allclose
from twin.circuits import chiplet, crossbar, tile
from twin.network import edges, layers
from twin.package import Circuits, load_network
from twin.random_designs import random_designs

BATCHES = [pytest.param((40, 16), id="quick"), pytest.param((200, 12), id="many", marks=pytest.mark.slow)]
NETWORKS = ("resnet20", "mobilenet_v2", "vgg8")
LAYERS_COMPARED = 4  # of each network and design, others for each design
RTOL = 1e-9


@pytest.fixture(params=BATCHES)
def designs(request):
    n, seed = request.param
    return random_designs(n, seed)


def agree(ours, theirs, d):
    """Every figure of the twin, component by component."""
    assert set(ours) <= set(theirs)
    assert {name for name in theirs if " " in name} <= set(ours), "a component is left out"
    for name in sorted(ours):
        assert_allclose(theirs[name], ours[name], rtol=RTOL, atol=0, err_msg=f"{name} of {d}")


def named(kind, parts):
    return {f"{kind} {name}": value for name, value in parts.items()}


def unit_figures(unit):
    """Figures of a crossbar or a tile, components by name."""
    parts = named("area", unit["area_by_component"]) | named("leakage", unit["leakage_by_component"])
    return parts | {name: value for name, value in unit.items() if not name.endswith("_by_component")}


def crossbar_layer_figures(d, layer):
    parts = crossbar.layer_energy_j(d, layer)
    return named("energy", parts) | {
        "energy_j": sum(parts.values()),
        "conversions": crossbar.conversions(d, layer),
        "bit_vectors": crossbar.bit_vectors(d, layer) * crossbar.loading(d, layer)["crossbars"],
    }


def tile_layer_figures(d, layer, residuals, copies):
    out = tile.layer(d, layer, residuals)
    parts = out.pop("energy_j")
    totals = {"energy_j": sum(parts.values()), "latency_s": tile.latency_s(d, layer, copies)}
    return out | totals | named("energy", parts)


def some_layers(i, n_layers):
    """Layers compared for design ``i``: with the designs all of them."""
    return {(i * LAYERS_COMPARED + k) % n_layers for k in range(LAYERS_COMPARED)} | {n_layers - 1}


# --- one crossbar, one tile ------------------------------------------------------------------------------------------


def test_one_crossbar(designs):
    package = Circuits(designs, load_network("lenet5"))
    for i, d in enumerate(designs):
        agree(unit_figures(crossbar.unit(d)), package.crossbar(i), d)


def test_one_tile(designs):
    package = Circuits(designs, load_network("lenet5"))
    for i, d in enumerate(designs):
        agree(unit_figures(tile.unit(d)), package.tile(i), d)


# --- layers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_energy_of_layers_on_crossbars(designs, name):
    network = load_network(name)
    package, all_layers = Circuits(designs, network), layers(network)
    for i, d in enumerate(designs):
        for number in some_layers(i, len(all_layers)):
            agree(crossbar_layer_figures(d, all_layers[number]), package.crossbar_layer(i, number), d)


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_in_tiles(designs, name):
    network = load_network(name)
    package, all_layers, all_edges = Circuits(designs, network), layers(network), edges(network)
    for i, d in enumerate(designs):
        copies = 1 + i % 5
        for number in some_layers(i, len(all_layers)):
            residuals = tile.layer_residuals(all_edges, number)
            ours = tile_layer_figures(d, all_layers[number], residuals, copies)
            agree(ours, package.tile_layer(i, number, copies), d)


@pytest.mark.parametrize("name", NETWORKS)
def test_energy_of_all_layers_is_that_of_each(name):
    network = load_network(name)
    all_layers, all_edges = layers(network), edges(network)
    designs = random_designs(6, seed=13)
    package = Circuits(designs, network)
    for i, d in enumerate(designs):
        leaf = tile.unit(d)["leaf_m"]
        on_crossbars = sum(sum(crossbar.layer_energy_j(d, layer).values()) for layer in all_layers)
        in_tiles = sum(
            sum(tile.energy_j(d, layer, tile.layer_residuals(all_edges, number), leaf).values())
            for number, layer in enumerate(all_layers)
        )
        both = package.energy_of_all_layers(i)
        assert_allclose(both, (on_crossbars, in_tiles), rtol=RTOL, atol=0, err_msg=f"{d}")


# --- dies and package ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["resnet20", "vgg8"])
def test_buffers_and_accumulators_of_chiplets(designs, name):
    network = load_network(name)
    package, all_layers, all_edges = Circuits(designs, network), layers(network), edges(network)
    n_accumulators = 0
    for i, d in enumerate(designs):
        mapping = package.mapping(i)
        agree(chiplet.cost(d, all_layers, all_edges, mapping), package.chiplet(i), d)
        n_accumulators += any(chiplet.needs_accumulator(mapping, layer) for layer in range(len(all_layers)))
    assert n_accumulators > len(designs) / 10, "hardly any design has a global accumulator"


# --- designs that random ones hardly hit ------------------------------------------------------------------------------


def usual(**changed):
    """A usual design with some fields changed, others as random."""
    base = {"cell": "rram_1t1r", "circuit": "neurosim13", "roadmap": "lstp", "node_nm": 32.0, "read_mode": "parallel"}
    base |= {"crossbar_rows": 128, "crossbar_cols": 128, "crossbars_per_tile": 16, "weight_bits": 8, "cell_bits": 1}
    base |= {"supply_v": 0.0, "adc_rate_hz": 0.0, "rows_per_read": 0, "input_bits_per_read": 1, "columns_combined": 1}
    base |= {"row_drive": "each_conversion"}
    return random_designs(1, seed=14, **(base | changed))[0]


RARE = {
    "SRAM column of more resistance than r_off": usual(
        cell="sram", adc_kind="flash", sensing="current", adc_bits=5, r_on_ohm=1e3, r_off_ohm=1.1e4, node_nm=65.0
    ),
    "warm counter of the pedestal": usual(circuit="neurosim_siam", pedestal="digital", weight_mapping="offset"),
    "differential weights behind sense amplifiers": usual(
        cell="sram", read_mode="row_by_row", weight_mapping="differential"
    ),
    "differential weights of SIAM's circuit": usual(circuit="neurosim_siam", weight_mapping="differential"),
    "output buffer farther than the input buffer": usual(
        activation_bits=16, adc_bits=1, weight_bits=16, crossbar_rows=2048, crossbar_cols=16, clock_hz=8e9
    ),
    "first adder of one bit": usual(
        adc_bits=1,
        activation_bits=1,
        weight_bits=1,
        weight_mapping="offset",
        crossbar_rows=64,
        crossbar_cols=16,
        clock_hz=1.1e9,
        node_nm=130.0,
    ),
    "last converter serves fewer columns": usual(columns_per_adc=48, weight_mapping="offset"),
    "NOR wider than its cell": usual(read_mode="row_by_row", crossbar_rows=2048, node_nm=65.0),
    "narrow comparator of minimum gates": usual(circuit="neurosim_siam", roadmap="hp", activation_bits=1, clock_hz=9e9),
}


@pytest.mark.parametrize("d", RARE.values(), ids=RARE)
def test_rare_designs(d):
    network = load_network("lenet5")
    package, all_layers = Circuits([d], network), layers(network)
    agree(unit_figures(crossbar.unit(d)), package.crossbar(0), d)
    agree(unit_figures(tile.unit(d)), package.tile(0), d)
    for number, layer in enumerate(all_layers):
        agree(crossbar_layer_figures(d, layer), package.crossbar_layer(0, number), d)
        agree(tile_layer_figures(d, layer, 0, 1), package.tile_layer(0, number, 1), d)
