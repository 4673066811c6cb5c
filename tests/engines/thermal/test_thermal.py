"""Temperatures: one-dimensional limits by hand, sums of modes, balance of heat, symmetry."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.engines.thermal.engine import Stack, rise
from siam_dse.engines.thermal.leakage import settled_leakage
from siam_dse.engines.thermal.modes import axis_modes
from siam_dse.engines.thermal.parts import _by_chiplet
from siam_dse.engines.thermal.plates import N_CELLS, Cooling, Plate

ONE = np.ones(1)


def stack(**other):
    """Dies of 8 mm with gaps of 0.5 mm; W/(m K) and m."""
    lengths = {"die_m": 8e-3, "gap_m": 0.5e-3, "die_thickness_m": 3e-4, "base_thickness_m": 2e-4,
               "bump_thickness_m": 5e-5, "tim_thickness_m": 5e-5}  # fmt: skip
    conductivities = {"gap_conductivity": 0.9, "die_conductivity": 120, "base_conductivity": 100,
                      "bump_conductivity": 1.5, "tim_conductivity": 4}  # fmt: skip
    numbers = {**lengths, **conductivities, "convection_k_per_w": 0.5}
    plates = {"spreader": Plate(0.03 * ONE, 1e-3 * ONE, 400 * ONE), "sink": Plate(0.06 * ONE, 5e-3 * ONE, 400 * ONE)}
    return Stack(**{name: value * ONE for name, value in {**numbers, **plates, **other}.items() if name in numbers},
                 **{name: other.get(name, plate) for name, plate in plates.items()})  # fmt: skip


def plate(side_m, thickness_m, conductivity):
    return Plate(side_m * ONE, thickness_m * ONE, conductivity * ONE)


def test_one_die_as_large_as_all_plates_is_a_stack_of_resistances():
    # plates that end with the die, no gap to speak of: half the die, interface, spreader, sink and air in series
    one = stack(gap_m=1e-9, spreader=plate(8e-3 + 4e-9, 1e-3, 400), sink=plate(8e-3 + 6e-9, 5e-3, 400))
    area = 64e-6
    through = 3e-4 / 120 / 2 + 5e-5 / 4 + 1e-3 / 400 + 5e-3 / 400 + 5e-3 / 400 / 2
    found = rise(one, np.full((1, 1, 1), 10.0))
    assert_allclose(found.die_k, 10 * (through / area + 0.5), rtol=1e-5, atol=0)
    assert_allclose(found.sink_k, 10 * (5e-3 / 400 / area + 0.5), rtol=1e-5, atol=0)


def test_perfect_plates_leave_the_air_and_the_interface():
    ideal = {"spreader": plate(0.03, 1e-3, 1e9), "sink": plate(0.06, 5e-3, 1e9)}
    one = stack(**ideal, base_conductivity=1e-9, gap_conductivity=1e-9, die_conductivity=1e9)
    found = rise(one, np.full((1, 2, 2), 3.0)).die_k
    # an interface of 50 um spreads as a fin of sqrt(k t x t / 2 k) = 35 um around each die in its lower half
    fin = 5e-5 / np.sqrt(2)
    interface = 5e-5 / 4 / 2 * (1 / 64e-6 + 1 / (8e-3 + 2 * fin) ** 2)
    assert_allclose(found, 12 * 0.5 + 3 * interface, rtol=1e-5, atol=0)


@pytest.mark.parametrize("beyond_m", [1e-5, 1e-2, 10.0])
def test_modes_are_those_of_the_chain_of_cells(beyond_m):
    axis = axis_modes(0.02 * ONE, beyond_m * ONE, N_CELLS)
    d = 0.02 / N_CELLS
    chain = 2 * np.eye(N_CELLS) - np.eye(N_CELLS, k=1) - np.eye(N_CELLS, k=-1)
    chain[0, 0] = chain[-1, -1] = 1 + d / (d / 2 + beyond_m)
    assert_allclose(axis.loss_per_m2[0], np.linalg.eigvalsh(chain) / d**2, rtol=1e-8, atol=0)
    values = axis.values[0]
    assert_allclose(values.T @ values, np.eye(N_CELLS), rtol=0, atol=1e-12)


def test_all_heat_leaves_through_the_sink():
    # little convection: the whole package is as hot as air and all power make it
    cooling = Cooling(0.02 * ONE, 0.015 * ONE, plate(0.03, 1e-3, 400), plate(0.06, 5e-3, 400), 1e5 * ONE)
    flow = cooling.y.values.sum(axis=1)[:, :, None] * cooling.x.values.sum(axis=1)[:, None, :] / N_CELLS**2
    spreader, _ = cooling.solve(2 * flow)
    mean_k = float((spreader * flow).sum())
    assert_allclose(mean_k, 2 * 1e5, rtol=1e-4, atol=0)


def test_rises_are_linear_and_as_symmetric_as_the_power():
    power = np.random.default_rng(1).uniform(0, 2, (1, 3, 4))
    found = rise(stack(), power).die_k
    assert_allclose(rise(stack(), 5 * power).die_k, 5 * found, rtol=1e-12, atol=0)
    assert_allclose(rise(stack(), power[:, ::-1, ::-1]).die_k, found[:, ::-1, ::-1], rtol=1e-9, atol=0)
    turned = rise(stack(), power.transpose(0, 2, 1)).die_k
    assert_allclose(turned, found.transpose(0, 2, 1), rtol=1e-9, atol=0)


def test_heat_at_one_die_warms_its_neighbours_more_than_those_far_away():
    power = np.zeros((1, 1, 4))
    power[0, 0, 0] = 5
    found = rise(replace(stack(), spreader=plate(0.05, 1e-3, 400), sink=plate(0.1, 5e-3, 400)), power).die_k[0, 0]
    assert (np.diff(found) < 0).all()
    assert found[-1] > 0


@pytest.mark.parametrize(
    ("name", "cool", "hot"),
    [("r_convec_k_per_w", 0.1, 10), ("tim", "grease", "pad"), ("spreader", "thick_copper", "aluminium"),
     ("sink", "copper", "thin_aluminium"), ("ambient_c", 20, 60)],
)  # fmt: skip
def test_worse_cooling_is_hotter(name, cool, hot):
    network = sd.load_network("resnet20")
    columns = sd.evaluate(network, sd.Designs.grid(duplication="pipeline", **{name: [cool, hot]})).columns(
        ["temperature_max_c"]
    )
    low, high = columns["temperature_max_c"]
    assert low < high


def test_idle_air_is_added_up():
    designs = sd.Designs.grid(ambient_c=[0, 45])
    both = sd.evaluate(sd.load_network("lenet5"), designs).columns(["temperature_nominal_c", "temperature_max_c"])
    low, high = both["temperature_nominal_c"]
    assert_allclose(high - low, 45, rtol=1e-12, atol=0)
    assert low > 0
    assert high < both["temperature_max_c"][1]  # warmer than 300 K leaks more


def test_power_of_layers_lies_on_the_chiplets_of_their_runs():
    # four chiplets: 3 W each on 1 and 2; 1 W each on 3, 0 and 1, a round later; 2 W each on 2, 3, 0, 1 and 2 again
    power_w = np.array([[6.0, 3.0, 10.0]])
    first, spanned = np.array([[1, 7, 2]]), np.array([[2, 3, 5]])
    assert_allclose(
        _by_chiplet(power_w, first, spanned, 4)[0], [1 + 2, 3 + 1 + 2, 3 + 2 + 2, 1 + 2], rtol=1e-12, atol=0
    )


def test_leakage_settles_where_it_makes_the_heat_that_it_needs():
    # 2 % a kelvin, 20 K from air and other power, 10 K from leakage: g = exp(0.02 (20 + 10 g)) at 2.4211
    growth, warmer_k, own_k = 0.02 * ONE, 20 * ONE, 10 * ONE
    found = settled_leakage(warmer_k, own_k, growth, 100)
    assert_allclose(found.factor, 2.4211, rtol=1e-5, atol=0)
    assert_allclose(found.factor, np.exp(growth * (warmer_k + found.factor * own_k)), rtol=1e-12, atol=0)
    assert found.is_settled.all()
    assert_allclose(settled_leakage(warmer_k, 0 * ONE, growth, 100).factor, np.exp(0.4), rtol=1e-12, atol=0)


def test_leakage_that_never_settles_is_followed_to_a_bound():
    # c o exp(c w) = 1 / e at 12.33 K, where g = 1 / (c o): from there each kelvin of leakage makes more than one
    growth, warmer_k = 0.02 * np.ones(3), 20 * np.ones(3)
    own_k = np.array([12.3, 12.4, 500])
    found = settled_leakage(warmer_k, own_k, growth, 100)
    assert found.factor[0] < 1 / (0.02 * 12.3) < found.factor[1]
    assert_allclose(found.factor[1:], np.exp(0.02 * 100), rtol=1e-12, atol=0)
    assert found.is_settled.tolist() == [True, False, False]
    # cut off at 100 K, what makes that leakage is hotter than 100 K: exp(2) x 12.4 + 20 = 111.6
    assert (warmer_k + found.factor * own_k > 100).tolist() == [False, True, True]


def test_leakage_that_would_settle_beyond_the_bound_is_not_settled():
    # air and other power alone are at the bound, or leakage takes it there: g = exp(0.02 (80 + 5 g)) at 103 K, g = 7.8
    found = settled_leakage(np.array([100.0, 80, 70]), np.array([0.0, 5, 1]), 0.02 * np.ones(3), 100)
    assert found.is_settled.tolist() == [False, False, True]


def test_a_cold_package_leaks_as_the_tables_say():
    designs = sd.Designs.grid(ambient_c=[26.85, 45], node_nm=32, roadmap="lstp")
    cold, warm = sd.evaluate(sd.load_network("lenet5"), designs).column("leakage_settled_factor")
    assert_allclose(cold, 1, rtol=1e-3, atol=0)
    assert_allclose(warm / cold, 1.041718**18.15, rtol=2e-3, atol=0)


def test_explain_says_where_leakage_does_not_settle():
    """A package of 200 chiplets at 7 nm leaks more the warmer it is, faster than a weak cooler takes it away."""
    hot = {"duplication": "pipeline", "node_nm": 7, "roadmap": "hp", "n_chiplets": 200}
    cool, warm = (sd.evaluate("resnet18", sd.Designs.grid(**hot, r_convec_k_per_w=value)) for value in (0.5, 2.5))
    assert "settles at" in cool.explain()
    assert "does not settle below 150 C" in warm.explain()


def test_a_limit_of_temperature_is_broken_where_leakage_does_not_settle(tmp_path):
    """With the tables' leakage the package is at 71 C; it burns out all the same."""
    space = tmp_path / "space.yaml"
    space.write_text(
        "name: hot\naxes: {r_convec_k_per_w: [0.3, 2.5]}\n"
        "fixed: {duplication: pipeline, node_nm: 7, roadmap: hp, n_chiplets: 200}\n"
        "objectives: {temperature_max_c: maximise, latency_ms: minimise}\nconstraints: [temperature_max_c <= 85]\n"
    )
    run = sd.enumerate_space("resnet18", sd.load_space(space), results=tmp_path, name="run")
    assert run.front()["r_convec_k_per_w"].tolist() == [0.3]
