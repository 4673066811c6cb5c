"""Calibration on measured macros: factors by hand, what one point says of another, presets, bands, bad files."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.cli.settings import with_preset
from siam_dse.core.errors import InputError
from siam_dse.design.fields import code
from siam_dse.engines.crossbar.engine import crossbar_energy, crossbar_unit
from siam_dse.technology.presets import preset_names, preset_path
from siam_dse.technology.technology import Technology
from siam_dse.validation.calibration import calibrate, overlay_text

DESIGN = {"cell": "sram", "node_nm": 32, "crossbar_rows": 128, "crossbar_cols": 128, "adc_bits": 6}


def written(tmp_path, *points, **changed):
    lines = "".join(f"  - {point}\n" for point in points)
    path = tmp_path / "mine.yaml"
    fields = "".join(f"  {name}: {value}\n" for name, value in (DESIGN | changed).items())
    path.write_text(
        "name: mine\nsources:\n  lab: {title: t, authors: a, where: w}\nabout: {source: lab, status: measured}\n"
        f"fields:\n{fields}measured:\n{lines}"
    )
    return path


def test_factors_are_means_of_measured_over_model_and_v_and_bits_scale(tmp_path):
    plain = calibrate(written(tmp_path, "{energy_pj: 10, time_ns: 7, area_mm2: 0.5}"))
    nominal = float(Technology.load().table("nodes")["vdd_v"][np.flatnonzero(
        (Technology.load().table("nodes")["node_nm"] == 32) & (Technology.load().table("nodes")["roadmap"] == "lstp")
    )[0]])  # fmt: skip
    half = nominal / 2
    other = calibrate(written(tmp_path, f"{{energy_pj: 10, time_ns: 7, supply_v: {half}, input_bits: 3}}"))
    assert_allclose(other.factor["energy"], plain.factor["energy"] * 4 / 3, rtol=1e-12, atol=0)
    assert_allclose(other.factor["time"], plain.factor["time"] / 4 / 3, rtol=1e-12, atol=0)
    unit = crossbar_unit(sd.Designs.grid(**DESIGN))
    assert_allclose(plain.factor["area"], 0.5 / (unit.area_m2[0] * 1e6), rtol=1e-12, atol=0)
    assert_allclose(plain.factor["time"], 7 / (unit.bit_vector_s[0] * 1e9), rtol=1e-12, atol=0)
    # two points: factor sqrt(2) of the mean, each foretold by the other 2x off, spread e^(ln 2)
    two = calibrate(written(tmp_path, "{energy_pj: 10}", "{energy_pj: 20}"))
    assert_allclose(two.factor["energy"], plain.factor["energy"] * np.sqrt(2), rtol=1e-12, atol=0)
    assert_allclose(two.points["by_the_others"], [2, 0.5], rtol=1e-12, atol=0)
    assert_allclose(two.spread["energy"], 2, rtol=1e-12, atol=0)
    assert two.pairs["within_2x_pct"].tolist() == [100 * (two.points["by_the_others"].max() <= 2)]


def test_the_overlay_scales_energy_time_and_area_of_the_crossbar_alone(tmp_path):
    found = calibrate(written(tmp_path, "{energy_pj: 10, time_ns: 7, area_mm2: 0.5, source: lab}"))
    file = tmp_path / "overlay.yaml"
    file.write_text(overlay_text(found, found.source))
    plain, mine = sd.Designs.grid(**DESIGN), sd.Designs.grid(**DESIGN, technology=Technology.load(file))
    network = sd.load_network("lenet5")
    before, after = crossbar_unit(plain), crossbar_unit(mine)
    assert_allclose(after.area_m2[0] * 1e6, 0.5, rtol=1e-3, atol=0)  # constants are written with four digits
    assert_allclose(after.conversion_s / before.conversion_s, found.factor["time"], rtol=1e-3, atol=0)
    energies = [crossbar_energy(designs, network) for designs in (plain, mine)]
    assert_allclose(energies[1].total_j / energies[0].total_j, found.factor["energy"], rtol=1e-3, atol=0)
    assert_allclose(energies[1].energy_j.sum(axis=1), energies[1].total_j, rtol=1e-12, atol=0)
    one, other = (sd.evaluate(network, designs) for designs in (plain, mine))
    assert_allclose(other.column("sqnr_db"), one.column("sqnr_db"), rtol=0, atol=0)
    again = calibrate(file).factor  # a preset is a file of measured points, too
    assert_allclose([again[name] for name in found.factor], list(found.factor.values()), rtol=1e-12, atol=0)


def test_packaged_presets_are_what_their_points_give():
    assert len(preset_names()) >= 8
    pairs = []
    for name in preset_names():
        found, k = calibrate(preset_path(name)), Technology.load(preset_path(name)).constants("calibration")
        for quantity, value in found.factor.items():
            assert_allclose(k[quantity], value, rtol=1e-3, atol=0)
            assert_allclose(k[f"{quantity}_spread"], found.spread[quantity], rtol=1e-3, atol=0)
        pairs.append(found.pairs)
    table = pd.concat(pairs)
    for quantity, least in (("energy", 90), ("time", 65)):
        of = table[table["quantity"] == quantity]
        within = {x: (of[x] * of["pairs"]).sum() / of["pairs"].sum() for x in ("within_2x_pct", "within_1.3x_pct")}
        assert within["within_2x_pct"] == 100
        assert within["within_1.3x_pct"] >= least


def test_a_preset_is_an_overlay_whose_fields_give_way_to_those_that_are_set():
    assert with_preset("jia", None) == [preset_path("jia")]
    assert with_preset(None, None) == []
    technology = Technology.load("jia")
    designs = sd.Designs.grid(technology=technology, adc_bits=7, crossbar_size=128)
    assert (designs.node_nm[0], designs.adc_bits[0], designs.crossbar_rows[0]) == (65, 7, 128)
    space = sd.Space({"adc_bits": [5, 6]}, ["energy_mj"], fixed={"node_nm": 22}, technology=technology)
    assert (space.designs_at([0]).node_nm[0], space.designs_at([0]).crossbar_rows[0]) == (22, 2304)
    with pytest.raises(InputError, match=r"unknown preset 'jai'.*jia"):
        preset_path("jai")


def test_presets_are_put_together_as_their_chips_are():
    """Fields that silicon has bring the model of each macro near it: factors were 0.007 to 90."""
    factors = {name: Technology.load(name).constants("calibration") for name in preset_names()}
    for quantity in ("energy", "time", "area"):
        far = [abs(np.log(k[quantity])) for name, k in factors.items()]
        assert np.median(far) < np.log(3)
        assert max(far) < np.log(8)
    cells = {name: sd.Designs.grid(technology=Technology.load(name)) for name in preset_names()}
    assert [name for name, of in cells.items() if of.cell[0] == code("cell", "charge")] == [
        "dct_ram", "jia", "sinangil", "wang",
    ]  # fmt: skip
    reads = {name: int(of.input_bits_per_read[0]) for name, of in cells.items()}
    assert (reads["wang"], reads["hermes"], reads["dct_ram"], reads["jia"]) == (8, 8, 4, 1)
    assert [int(cells[name].columns_combined[0]) for name in ("wang", "sinangil", "jia")] == [8, 4, 1]
    assert int(cells["rram_1t1r_40nm"].rows_per_read[0]) == 64


def test_a_vector_takes_as_many_reads_as_its_bits_need(tmp_path):
    one = calibrate(written(tmp_path, "{energy_pj: 10, input_bits: 5}", input_bits_per_read=1)).factor["energy"]
    ratio = [
        calibrate(written(tmp_path, f"{{energy_pj: 10, input_bits: {bits}}}", input_bits_per_read=4)).factor["energy"]
        for bits in (3, 4, 5)
    ]
    assert ratio[0] == ratio[1]
    assert_allclose(ratio[2], ratio[0] / 2, rtol=1e-12, atol=0)  # five bits are two reads
    assert one != ratio[2]


def test_bands_are_the_crossbars_part_scaled():
    evaluation = sd.evaluate("lenet5", sd.Designs.grid())
    bands, k = evaluation.bands(), Technology.load().constants("silicon")
    engines = evaluation.by_engine().set_index("engine")
    spread = k["energy_spread_resistive"]
    own, whole = engines.loc["crossbar", "energy_mj"], engines["energy_mj"].sum()
    wanted = [whole - own + own / spread, whole - own + own * spread]
    assert_allclose(bands.energy_j[0] * 1e3, wanted, rtol=1e-9, atol=0)
    assert "macros of the cell's class: energy" in bands.words()
    some = replace(bands, energy_j=np.array([[4e-9, 0.02e-6]]), area_m2=np.array([[405e-6, 0.0045412]]))
    assert some.words().startswith("energy 4 to 20 nJ, latency ")
    assert "area 405 to 4,540 mm2 (" in some.words()
    sram = sd.evaluate("lenet5", sd.Designs.grid(cell="sram")).bands()
    assert_allclose(sram.spread["time"], k["time_spread_current"], rtol=1e-12, atol=0)
    technology = Technology.load(preset_path("neurram"))
    mine = sd.evaluate("lenet5", sd.Designs.grid(technology=technology)).bands()
    assert_allclose(mine.spread["energy"], technology.constants("calibration")["energy_spread"], rtol=1e-12, atol=0)
    assert "calibration neurram" in mine.words()


@pytest.mark.parametrize(
    ("points", "fault"),
    [
        (["{time: 3}"], r"unknown entry 'time'.*time_ns"),
        (["{supply_v: 1}"], "give one of energy_pj, time_ns, area_mm2"),
        (["{energy_pj: -1}"], "energy_pj: must be a number above 0, got -1"),
        (["3"], "must be a list of points"),
        (["{supply_v: 1.0e308, energy_pj: 1}"], r"point 1: supply_v: must lie in \[0, 2\] V, got 1e\+308"),
        (["{input_bits: 17, energy_pj: 1}"], r"point 1: input_bits: must lie in \[1, 16\] bit, got 17"),
        (["{area_mm2: 1.0e308}"], r"points 1: area_mm2 is more than 1e\+06 times off the model"),
        (["{energy_pj: 1.0e300}"], r"points 1: energy_pj is more than 1e\+06 times off the model; check its unit"),
    ],
)
def test_faults_of_a_file_are_named(tmp_path, points, fault):
    with pytest.raises(InputError, match=fault):
        calibrate(written(tmp_path, *points))
