"""Names of columns for people: words, units, directions, numbers."""

import pandas as pd
import pytest
from report_cases import made_up_points

from siam_dse.design.fields import fields
from siam_dse.report.labels import (
    axis_label,
    hover,
    label,
    number,
    short_design,
    stacked,
    unit_of,
    varied_fields,
    words_of,
)
from siam_dse.system.columns import OUTPUT_COLUMNS


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("latency_ms", "latency [ms]"),
        ("energy_mj", "energy [mJ]"),
        ("cost_usd", "package cost [USD]"),
        ("accuracy_loss_pct", "accuracy loss [points]"),
        ("area_mm2", "silicon area [mm²]"),
        ("tops_per_w", "energy efficiency [TOPS/W]"),
        ("edap_mj_ms_mm2", "EDAP [mJ·ms·mm²]"),
        ("sqnr_db", "SQNR [dB]"),
        ("nop_bandwidth_gbps", "NoP bandwidth [Gb/s]"),
        ("adc_bits", "ADC resolution [bit]"),
        ("crossbar_size", "crossbar size"),
        ("utilisation", "utilisation"),
        ("noc_leakage_energy_mj", "NoC leakage energy [mJ]"),
        ("r_on_ohm", "on-state resistance [Ω]"),
        ("cell", "memory cell"),
        ("cell_bits", "bits per cell [bit]"),
        ("kind_b", "kind B"),
        ("kind_b_adc_bits", "kind B ADC resolution [bit]"),
        ("shoreline_used_pct", "shoreline used [%]"),
        ("temperature_max_c", "hottest chiplet [°C]"),
        ("carbon_per_inference_ug", "carbon per inference [µg]"),
        ("dram_io_energy_mj", "DRAM I/O energy [mJ]"),
        ("mac_arrays_per_chiplet", "MAC arrays per chiplet"),
        ("die_yield_fraction", "die yield fraction"),
        ("latency_ms[vgg16]", "latency of vgg16 [ms]"),
        ("package cost [%]", "package cost [%]"),
    ],
)
def test_a_label_is_words_and_unit(name, shown):
    assert label(name) == shown


def test_every_column_and_field_has_words_and_no_underscore():
    for name in [*OUTPUT_COLUMNS, *fields()]:
        assert label(name).strip()
        assert "_" not in label(name)
    words = [words_of(name) for name in [*fields(), *OUTPUT_COLUMNS]]
    assert len(set(words)) == len(words)


def test_an_axis_says_which_way_is_better():
    assert axis_label("utilisation") == "utilisation, higher is better"
    assert axis_label("utilisation", {"utilisation": "minimise"}) == "utilisation, lower is better"
    assert axis_label("adc_bits") == "ADC resolution [bit]"
    assert label("tokens_per_s") == "token rate [tokens/s]"


def test_a_narrow_head_puts_words_over_each_other_and_the_unit_below():
    assert stacked("nop_bandwidth_gbps") == "NoP\nbandw.\n[Gb/s]"
    assert stacked("tiles_per_chiplet") == "tiles a\nchiplet"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(3.14159, "3.142"), (0.00012345, "0.0001234"), (1234.56, "1235"), (25.0, "25"), (7, "7"), (True, "yes"),
     (None, "–"), (float("nan"), "–"), (pd.NA, "–"), ("sar", "sar"), (2.5e7, "2.5e+07"), (0.0, "0")],
)  # fmt: skip
def test_numbers_have_four_digits(value, shown):
    assert number(value) == shown


@pytest.mark.slow
def test_the_alias_stands_for_the_fields_it_sets():
    points = made_up_points(30)
    names = varied_fields(points)
    assert names == ["crossbar_size", "adc_bits", "tiles_per_chiplet", "n_chiplets", "nop_bandwidth_gbps"]
    points.loc[0, "crossbar_size"] = pd.NA  # rows and columns of this one differ
    assert varied_fields(points)[:2] == ["crossbar_rows", "crossbar_cols"]


def test_a_short_design_names_each_axis_with_its_unit():
    row = {"adc_bits": 7, "nop_bandwidth_gbps": 160.0, "n_chiplets": 0}
    assert short_design(row, list(row)) == "ADC resolution 7 bit, NoP bandwidth 160 Gb/s, as many chiplets as needed"


@pytest.mark.slow
def test_the_pointer_shows_what_differs_and_what_is_reached():
    points = made_up_points(20)
    axes = varied_fields(points)
    data, template = hover(points, axes, ["latency_ms", "energy_mj"])
    assert len(data) == 20
    assert data[3][0] == str(points["crossbar_size"].iloc[3])
    assert data[3][-1] == number(float(points["energy_mj"].iloc[3]))
    assert template.count("%{customdata[") == len(axes) + 2
    assert "weight_mapping" not in template  # all have the same


@pytest.mark.slow
def test_the_pointer_bears_an_empty_table():
    data, template = hover(made_up_points(5).iloc[:0], ["adc_bits"], ["latency_ms"])
    assert data == []
    assert "latency [ms]" in template


def test_units_of_columns_that_this_version_does_not_put_out():
    assert unit_of("old_thing_mm2") == "mm²"
    assert unit_of("old_thing") == ""
