"""Studies of packages on small grids: two kinds of chiplets, topologies, heat."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from siam_dse.report.studies import heat, mixed, topology
from siam_dse.report.studies.catalogue import STUDIES
from siam_dse.report.studies.study import Setting
from siam_dse.search.scale import Scale
from siam_dse.system.evaluate import evaluate
from siam_dse.workload.load import load_network

LENET = [load_network("lenet5")]
FRONTS = pd.DataFrame({
    "network": "n", "kinds": [mixed.ONE, mixed.ONE, mixed.TWO, mixed.TWO],
    "latency_ms": [1.0, 2.0, 1.0, 3.0], "energy_mj": [2.0, 1.0, 1.0, 3.0], "cost_usd": 1.0, "sqnr_db": 20.0,
})  # fmt: skip


def test_a_front_is_of_one_kind_or_of_all():
    found = mixed.on_fronts(FRONTS)
    assert found.index.tolist() == [0, 1, 2]  # the last is beaten by all
    assert found["front_of_one"].tolist() == [True, True, False]
    assert found["front_of_all"].tolist() == [False, False, True]


def test_volume_is_that_of_the_scaled_objectives():
    scale = Scale.of(np.array([[1.0, 1.0, 1.0, -20.0], [2.0, 2.0, 1.0, -20.0]]))
    # 0 and 1 of latency and energy: 1.1 x 0.1 and 0.1 x 1.1 less what both have, 0.1 x 0.1; 1.1 in each of the others
    assert_allclose(mixed.volume(FRONTS.iloc[:2], scale) * 1.1**4, (0.11 + 0.11 - 0.01) * 1.1**2, rtol=1e-12)
    assert_allclose(mixed.volume(FRONTS.iloc[2:], scale), 1, rtol=1e-12)


def test_a_second_kind_never_takes_from_a_front():
    result = mixed.answer(LENET, Setting(), crossbars=(64, 128), adc_bits=(6,), tiles=(4,), shares=(0.5,),
                          alone={"crossbar_size": [64, 128], "adc_bits": [6], "tiles_per_chiplet": [4]})  # fmt: skip
    row = result.summary.iloc[0]
    assert row["volume gained [%]"] >= 0
    assert row["front of both"] == result.table["front_of_all"].sum()
    assert "lenet5: with a second kind" in result.findings[0]
    assert set(result.figures) == {"lenet5"}


def test_topologies_are_compared_with_the_mesh_of_the_same_bandwidth():
    result = topology.answer(
        LENET, Setting(fixed={"tiles_per_chiplet": 1, "crossbars_per_tile": 1}), bandwidths=(20, 80)
    )
    summary = result.summary.set_index(["way", "nop_bandwidth_gbps"])
    assert len(summary) == 2 * len(topology.WAYS)
    saved = [name for name in summary if name.endswith("saved [%]")]
    assert_allclose(summary.loc["mesh", saved], 0, atol=0)
    hub, mesh = (summary.loc[(way, 80), "nop_area_mm2"] for way in ("hub", "mesh"))
    assert_allclose(summary.loc[("hub", 80), "PHYs saved [%]"], 100 * (1 - hub / mesh), rtol=1e-12)
    assert len(result.findings) == 2


def test_a_package_that_settles_at_no_temperature_shows_none():
    networks = (load_network("resnet18"),)
    result = heat.answer(networks, Setting(), resistances=(0.1, 100), tims=("pad",))  # 100 K/W: a bare lid
    row = result.summary.set_index("duplication").loc["pipeline"]
    assert result.table["temperature_max_c"].iloc[-1] > 150
    assert np.isnan(row["at least cooling, settled [C]"])
    assert row["settled [C]"] < 60


def test_power_and_least_cooling_are_those_of_the_package():
    result = heat.answer(LENET, Setting(), resistances=(0.1, 1, 10), tims=("pad",))
    row = result.summary.iloc[0]
    both = result.table[result.table["duplication"] == row["duplication"]]
    assert row["settled [C]"] == both["temperature_max_c"].iloc[0] > row["at most cooling [C]"]
    assert row["at least cooling, settled [C]"] == both["temperature_max_c"].iloc[-1]
    assert row["least cooling, settled [K/W]"] < row["least cooling [K/W]"]
    assert [axis.text for axis in result.figures["temperature"].layout.annotations[:2]] == [
        "<b>lenet5</b>",
        "<b>lenet5, settled</b>",
    ]
    assert len(result.summary) == 2
    for row in result.summary.to_dict("records"):
        n_chiplets = int(result.table["n_chiplets"].iloc[0])
        designs = Setting().designs(duplication=row["duplication"], tim="pad", n_chiplets=n_chiplets)
        power_w = evaluate(LENET[0], designs).composed(0).of("thermal").power_w[0]
        assert_allclose(row["power [W]"], power_w, rtol=1e-12)


def test_the_limit_is_met_on_the_line_through_the_nearest_temperatures():
    resistance = pd.Series([1.0, 2.0, 4.0])
    assert_allclose(heat.least_cooling(resistance, pd.Series([45.0, 65.0, 105.0])), 3, rtol=1e-12)
    assert_allclose(heat.least_cooling(resistance, pd.Series([45.0, 50.0, 60.0])), 9, rtol=1e-12)  # beyond the last
    assert_allclose(heat.least_cooling(resistance, pd.Series([125.0, 165.0, 245.0])), 0, atol=1e-12)  # with none


@pytest.mark.parametrize("name", ["mixed", "topology", "heat"])
def test_the_catalogue_has_it(name):
    assert STUDIES[name].method
