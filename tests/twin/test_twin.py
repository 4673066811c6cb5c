"""``evaluate`` against its scalar twin: every output column and every rule of random designs, to 1e-9.

The twin is plain loops over layers and components of one design, written from the stated laws.
"""

from pathlib import Path

import pytest
from twin import compose, cost
from twin.agreement import assert_agree
from twin.network import layers
from twin.package import as_designs, load_network
from twin.package_networks import mapping_designs

import siam_dse as sd

_HEAT = ("temperature_nominal_c", "temperature_max_c")
ENGINES = ("crossbar", "tile", "digital", "noc", "nop")
DECODER = str(Path(__file__).parents[1] / "system" / "decoder.yaml")
EXPERTS, SHARED = (str(Path(__file__).parent / f"{name}.yaml") for name in ("experts", "shared"))
QUICK = [("lenet5", 12, 1), ("resnet20", 12, 2), (DECODER, 12, 3), (EXPERTS, 12, 4), (SHARED, 12, 5)]
# a design on DenseNet takes as long as twenty on LeNet
MANY = [
    ("lenet5", 250, 11),
    ("resnet20", 150, 12),
    ("vgg8", 50, 13),
    ("densenet40", 25, 14),
    ("mobilenet_v2", 40, 15),
    (DECODER, 100, 16),
    (EXPERTS, 60, 17),
    (SHARED, 60, 18),
]
NETWORKS = [*QUICK, *(pytest.param(*one, marks=pytest.mark.slow) for one in MANY)]


@pytest.mark.parametrize(("name", "n", "seed"), NETWORKS)
def test_every_column_and_rule_agrees_with_the_twin(name, n, seed):
    network, plain = load_network(name), mapping_designs(n, seed)
    evaluation = sd.evaluate(network, as_designs(plain))
    _compare(network, plain, evaluation)


def test_columns_with_the_dram_agree_with_the_twin():
    network, plain = load_network("lenet5"), mapping_designs(4, 3)
    evaluation = sd.evaluate(network, as_designs(plain), include_dram=True)
    _compare(network, plain, evaluation, include_dram=True)


def test_engines_add_up_as_in_the_twin():
    network, plain = load_network("lenet5"), mapping_designs(2, 4)
    table = sd.evaluate(network, as_designs(plain)).by_engine().set_index(["design", "engine"])
    for i, d in enumerate(plain):
        mine = compose.evaluate(network, d)
        for engine in ENGINES:
            wanted = {f"{engine}_{name}": value for name, value in table.loc[(i, engine)].items()}
            assert_agree(mine, wanted, f"{engine} of design {i}: {d}")


def test_layers_agree_with_the_twin():
    network, plain = load_network("resnet20"), mapping_designs(2, 5)
    evaluation = sd.evaluate(network, as_designs(plain))
    for i, d in enumerate(plain):
        mine, table = compose.by_layer(network, d), evaluation.by_layer(i)
        for number, layer in enumerate(layers(network)):
            wanted = {name: float(table[name][number]) for name in mine[number]}
            assert_agree(mine[number], wanted, f"layer {layer['name']} of design {i}: {d}")


def _compare(network, plain, evaluation, **options):
    frame, violations = evaluation.to_frame(), evaluation.violations
    fields = {*plain[0], "crossbar_size", "feasible"}
    columns = [name for name in frame if name not in fields]
    assert len(columns) > 40, "output columns are missing"
    for i, d in enumerate(plain):
        mine, where = compose.evaluate(network, d, **options), f"design {i} on {network.name}: {d}"
        rules = mine.pop("violations")
        assert set(mine) == set(columns)
        assert set(rules) == set(violations)
        found = {name: float(frame[name][i]) for name in columns}
        # A package of several hundred equations there, a series of modes here: both lose digits (1.4e-9 at worst).
        kelvin = [
            {name: one.pop(name) + 273.15 for name in _HEAT} for one in (mine, found)
        ]  # a degree Celsius may be none
        assert_agree(*kelvin, where, rtol=1e-8)
        assert_agree(mine, found, where)
        assert_agree(rules, {name: float(values[i]) for name, values in violations.items()}, where)
        assert bool(frame["feasible"][i]) == all(broken <= 0 for broken in rules.values()), where


# --- what holds by design alone --------------------------------------------------------------------------------------


def test_gating_adds_no_leakage_to_branches():
    d = {
        **{"crossbar_rows": 62, "crossbar_cols": 68, "crossbars_per_tile": 25, "tiles_per_chiplet": 27},
        **{"weight_bits": 2, "cell_bits": 3, "activation_bits": 15, "node_nm": 10.0, "buffer_kind": "register"},
        **{"chiplet_style": "custom", "n_chiplets": 1, "schedule": "branches"},
    }
    both = [{**d, "idle_power": "gated"}, {**d, "idle_power": "always_on"}]
    gated, always_on = sd.evaluate(load_network("squeezenet"), as_designs(both)).column("tile_leakage_energy_mj")
    assert gated <= always_on


def test_the_largest_custom_die_is_the_one_that_is_paid_for():
    plain = [{**d, "chiplet_style": "custom", "spare_tiles": 0} for d in mapping_designs(3, 6)]
    evaluation = sd.evaluate(load_network("squeezenet"), as_designs(plain))
    columns = evaluation.columns(["die_area_mm2", "die_yield_fraction"])
    for d, area_mm2, found in zip(plain, columns["die_area_mm2"], columns["die_yield_fraction"], strict=True):
        mine = {"die_yield_fraction": cost.die(area_mm2 * 1e-6, cost.process(d))[0]}
        assert_agree(mine, {"die_yield_fraction": float(found)}, f"{d}")
