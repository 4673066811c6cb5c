"""Overlays that come with the package, and the templates: each is laid over, and what it says is evaluated."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.cli.technologies import HEAD, TEMPLATES, shipped_words
from siam_dse.core.errors import InputError
from siam_dse.technology.changes import changes
from siam_dse.technology.overlay import overlay_path, shipped_overlays
from siam_dse.technology.technology import packaged_technology

USES = {"ucie2": {"nop_link": ["ucie2_45um", "ucie2_25um"], "package": "interposer"}, "node_28nm": {"node_nm": 28}}


@pytest.mark.parametrize("name", shipped_overlays())
def test_every_overlay_of_the_package_is_evaluated_and_says_what_it_is(name):
    technology = sd.Technology.load(name)
    assert technology.name == name  # the file is named for the overlay
    assert len(shipped_words()[name]) > 20
    designs = sd.Designs.grid(technology=technology, **USES.get(name, {}))
    figures = sd.evaluate("lenet5", designs).columns(["latency_ms", "energy_mj", "area_mm2", "cost_usd"])
    assert all(np.isfinite(values).all() for values in figures.values())
    assert changes(packaged_technology(), technology)
    for overlay in technology.overlays:
        for stated in overlay.fields.values():
            assert stated.about["status"] != "assumed" or stated.about["note"]


def test_devices_and_converters_have_the_published_figures():
    designs = sd.Designs.grid(technology=sd.Technology.load("rram_wan2022"))
    assert_allclose(1 / designs.r_on_ohm, 40e-6, rtol=1e-12, atol=0)  # 40 uS
    designs = sd.Designs.grid(technology=sd.Technology.load("rram_falcone2025"))
    assert_allclose(1 / designs.r_on_ohm, 88.19e-6, rtol=1e-4, atol=0)
    # 2.083 pJ a conversion at 2.4 GS/s in 4300 um2; 1.26 pJ at 1 GS/s in 580 um2
    for name, bits, rate, energy, area in (
        ("adc_isscc2017_sar", 6, 2.4e9, 2.083e-12, 4300e-12), ("adc_isscc2016_sar", 5, 1e9, 1.26e-12, 580e-12),
    ):  # fmt: skip
        technology = sd.Technology.load(name)
        constants, table = technology.constants("adc"), technology.table("adc")
        (row,) = table.rows(node_nm=32e-9 if table["node_nm"].max() < 1e-6 else 32, roadmap="lstp")
        time_s = (bits + 1) * constants["sar_cycle"]
        assert_allclose(1 / time_s, rate, rtol=1e-3, atol=0)
        assert_allclose(table["sar_power"][row] * time_s, energy, rtol=1e-3, atol=0)
        assert_allclose(constants["sar_area"] * 28 * 7.6 * 32e-9**2, area, rtol=1e-3, atol=0)
        assert sd.Designs.grid(technology=technology).adc_bits[0] == bits


def test_ucie_at_two_pitches_has_the_densities_of_its_bumps():
    table = sd.Technology.load("ucie2").table("nop_links")
    rows = table.rows(name=["ucie2_45um", "ucie2_25um"])
    per_mm = 2 * table["rate_per_lane"][rows] / 8e9 / (table["shoreline_per_lane"][rows] / 1e-3)  # both directions
    assert_allclose(per_mm, [1317, 1317 * 45 / 25], rtol=1e-3, atol=0)
    per_mm2 = 2 * table["rate_per_lane"][rows] / 8e9 / (table["lane_area"][rows] / 1e-6)
    assert_allclose(per_mm2, [1350, 1350 * (45 / 25) ** 2], rtol=1e-3, atol=0)


@pytest.mark.parametrize("kind", TEMPLATES)
def test_every_template_can_be_filled_in_and_evaluated(tmp_path, kind):
    path = tmp_path / "mine.yaml"
    path.write_text(HEAD + TEMPLATES[kind])
    technology = sd.Technology.load(path)
    uses = {"link": {"nop_link": "my_link"}, "node": {"node_nm": 28}, "dram": {"dram": "my_dram"}}.get(kind, {})
    designs = sd.Designs.grid(technology=technology, **uses)
    assert np.isfinite(sd.evaluate("lenet5", designs)["energy_mj"]).all()
    assert changes(packaged_technology(), technology)


FAULTS = """name: bad
sources: {mine: {title: t, authors: a, where: w}}
constants:
  adc.sar_cycle: {value: 0.8, unit: pJ, source: mine, status: measured}
  adc.sar_area: {value: 300, unit: parsec, source: mine, status: measured}
  tile.accumulator_guard: {value: 6, unit: bit, status: measured}
  supply.alpha: {value: 1.2, unit: "1", source: mine, status: measured, range: [1.3, 1.4]}
rows:
  nop_links:
    - {name: fresh, rate_per_lane: 32, source: mine, status: measured}
    - {name: grs, like: aib, source: mine, status: measured}
fields:
  r_on_ohm: {source: mine, status: measured}
"""


def test_every_fault_of_a_file_is_in_one_message(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(FAULTS)
    with pytest.raises(InputError) as caught:
        sd.Technology.load(path)
    text = str(caught.value)
    for fault in (
        "adc.sar_cycle: unit 'pJ' is not one of", "adc.sar_area: unit 'parsec' is not one of",
        "tile.accumulator_guard: lacks source", "supply.alpha: range [1.3, 1.4] is not around the value 1.2",
        "row 1: lacks energy_per_bit", "row 2: grs stands already", "fields: r_on_ohm: lacks value",
    ):  # fmt: skip
        assert fault in text


def test_faults_of_fields_are_in_one_message(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("""name: bad
sources: {mine: {title: t, authors: a, where: w}}
fields:
  r_one_ohm: {value: 1, source: mine, status: measured}
  r_on_ohm: {value: 25, unit: V, source: mine, status: measured}
  cell: {value: dram, source: mine, status: measured}
""")
    with pytest.raises(InputError) as caught:
        sd.Designs.grid(technology=sd.Technology.load(path))
    for fault in ("unknown field 'r_one_ohm'", "r_on_ohm: unit 'V' is not one of", "cell: unknown choice 'dram'"):
        assert fault in str(caught.value)


def test_a_stated_field_gives_way_to_what_is_said_and_takes_the_place_of_a_profile(tmp_path):
    technology = sd.Technology.load("rram_wan2022")
    designs = sd.Designs.grid(technology=technology, profile="siam", r_off_ohm=5e6)
    assert (designs.r_on_ohm[0], designs.r_off_ohm[0]) == (25e3, 5e6)
    space = sd.Space({"adc_bits": [5, 6]}, ["energy_mj"], technology=technology)
    assert (space.designs_at([0, 1]).r_on_ohm == 25e3).all()
    axis = sd.Space({"technology": ["packaged", "rram_wan2022", "rram_neurosim22"]}, ["energy_mj"])
    assert axis.designs_at([0, 1, 2]).r_on_ohm.tolist() == [100e3, 25e3, 6e3]
    assert axis.levels_of(axis.designs_at([2, 0])).tolist() == [[2], [0]]


def test_an_unknown_name_of_an_overlay_lists_those_there_are():
    with pytest.raises(InputError, match=r"unknown overlay 'rram_wan'; known: rram_wan2022"):
        overlay_path("rram_wan")
