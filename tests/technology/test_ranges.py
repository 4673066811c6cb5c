"""How far constants may lie from their values."""

import pytest
from numpy.testing import assert_allclose

from siam_dse.core.errors import InputError
from siam_dse.core.yaml_text import read_yaml
from siam_dse.technology.ranges import factors_within_bounds, names, ranges, scaled
from siam_dse.technology.technology import Technology, packaged_technology


def test_every_assumed_or_fitted_constant_has_a_range_or_is_a_setting():
    technology = packaged_technology()
    content = read_yaml(technology.folder / "ranges.yaml")
    named = {*content["constants"], *content["settings"]}
    assert not set(content["constants"]) & set(content["settings"])
    for file in technology.files:
        constants = technology.constants(file)
        unsure = {f"{file}.{name}" for name in constants if constants.record(name).status in ("assumed", "fitted")}
        assert unsure <= named
    assert named <= set(names(technology)) | {"adc.siam_runaway_time"}


def test_every_range_is_around_its_value_and_says_why():
    for each in ranges(packaged_technology()):
        assert 0 < each.low <= 1 <= each.high
        assert len(each.reason) > 5


def test_what_is_drawn_lies_within_bounds():
    technology = packaged_technology()
    for each in ranges(technology):
        low, high = factors_within_bounds(technology, each.key)
        assert low <= each.low
        assert each.high <= high


def test_factors_within_bounds():
    """By hand: a share of 0.97 to 0.99 may grow to 1 / 0.99; a negative middle of [-100, 100] by 100 / 4.5."""
    technology = packaged_technology()
    low, high = factors_within_bounds(technology, "packages.bond_yield")
    assert_allclose((low, high), (0, 1 / 0.99), rtol=1e-12, atol=0)
    low, high = factors_within_bounds(technology, "accuracy.depth_offset")
    assert low <= 0
    assert_allclose(high, 100 / 4.5, rtol=1e-12, atol=0)


def test_what_is_named_a_share_is_one():
    said = ("yield", "activity", "sparsity", "share", "efficiency", "toggle")
    others = {"cells.access_share", "crossbar.shifter_gates_share", "carbon_packages.layer_share"}  # may be above 1
    found = {name for name in names(packaged_technology()) if name.rpartition("_")[2].rpartition(".")[2] in said}
    bounds = packaged_technology().bounds()
    assert {name for name in found if bounds[name][1] > 1} == others
    assert all(bounds[name][0] >= 0 for name in found)


def test_a_constant_or_a_whole_column_is_scaled_and_nothing_else():
    technology = packaged_technology()
    other = scaled(
        technology, {"supply.alpha": 1.1, "nop_links.energy_per_bit": 2, "adc.sar_power": 3, "adc.sar_cycle": 4}
    )
    assert_allclose(
        other.constants("supply")["alpha"], 1.1 * technology.constants("supply")["alpha"], rtol=1e-15, atol=0
    )
    assert_allclose(
        other.constants("adc")["sar_cycle"], 4 * technology.constants("adc")["sar_cycle"], rtol=1e-15, atol=0
    )
    for table, column, factor in (
        ("nop_links", "energy_per_bit", 2), ("nop_links", "lane_area", 1), ("adc", "sar_power", 3),
    ):  # fmt: skip
        assert_allclose(other.table(table)[column], factor * technology.table(table)[column], rtol=1e-15, atol=0)
    assert technology.table("adc") is packaged_technology().table("adc")  # untouched


@pytest.mark.parametrize("name", ["nothing", "nop_links.name", "nop_links.wheels", "supply.beta", "nodes.node_nm"])
def test_what_cannot_be_scaled(name):
    with pytest.raises(InputError, match="unknown"):
        scaled(packaged_technology(), {name: 2.0})


def test_an_overlay_s_own_range_takes_the_place_of_the_packaged_one(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("""
constants:
  supply.alpha: {value: 1.2, unit: "1", source: sakurai1990, status: measured, range: [1.14, 1.32]}
  tile.accumulator_guard: {value: 6, unit: bit, source: sakurai1990, status: measured}
""")
    found = {each.key: each for each in ranges(Technology.load(path))}
    assert_allclose([found["supply.alpha"].low, found["supply.alpha"].high], [0.95, 1.1], rtol=1e-12, atol=0)
    assert "tile.accumulator_guard" not in found  # stated without doubt


def test_a_row_s_own_range_moves_its_cell_alone(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("""
name: mine
sources: {lab: {title: t, authors: a, where: w}}
rows:
  nop_links:
    - {name: mine, like: grs, energy_per_bit: {value: 0.5, unit: pJ/bit, range: [0.4, 1.0]}, source: lab,
       status: measured, note: "one die"}
""")
    technology = Technology.load(path)
    own = next(each for each in ranges(technology) if each.key == "nop_links[mine].energy_per_bit")
    assert_allclose((own.low, own.high), (0.8, 2.0), rtol=1e-12, atol=0)
    assert own.reason == "one die"
    other = scaled(technology, {own.key: 2.0, "nop_links.energy_per_bit": 3.0})
    before, after = (each.table("nop_links")["energy_per_bit"] for each in (technology, other))
    assert_allclose(after[:-1], 3 * before[:-1], rtol=1e-12, atol=0)
    assert_allclose(after[-1], 1e-12, rtol=1e-12, atol=0)
    with pytest.raises(InputError, match="there is no cell"):
        scaled(technology, {"nop_links[nobody].energy_per_bit": 2.0})
