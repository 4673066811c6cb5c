"""Values of one's own over the packaged technology: what they change, and what is wrong with a file."""

import pickle

import pytest
from numpy.testing import assert_allclose

from siam_dse.core.errors import InputError
from siam_dse.core.units import SI_PER_UNIT, units_like
from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields, load_technology
from siam_dse.runs.fingerprint import technology_files
from siam_dse.system.evaluate import evaluate
from siam_dse.technology.technology import Technology, packaged_technology
from siam_dse.workload.load import load_network

SOURCES = "sources:\n  lab: {title: Our chip, authors: A. Author, where: measured}\n"
CONSTANT = "constants:\n  adc.sar_cycle: {value: 800, unit: ps, source: lab, status: measured, range: [700, 900]}\n"
LINK = """
rows:
  nop_links:
    - {name: mine, like: grs, rate_per_lane: 32, energy_per_bit: {value: 270, unit: fJ/bit, range: [200, 300]},
       source: lab, status: measured}
"""


@pytest.fixture
def written(tmp_path):
    def write(text, name="mine.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def faults(path):
    with pytest.raises(InputError) as error:
        Technology.load(path)
    return error.value.problems


def test_a_constant_is_changed_in_any_unit_of_its_dimension(written):
    technology = Technology.load(written(f"name: chip\n{SOURCES}{CONSTANT}"))
    record = technology.constants("adc").record("sar_cycle")
    assert_allclose([record.value, *record.range], [0.8e-9, 0.7e-9, 0.9e-9], rtol=1e-15, atol=0)
    assert technology.constants("adc")["sar_area"] == packaged_technology().constants("adc")["sar_area"]
    assert packaged_technology().constants("adc").record("sar_cycle").range is None
    assert technology.name == "chip"
    assert technology.sources()["lab"]["title"] == "Our chip"
    assert "lab" not in packaged_technology().sources()


def test_a_new_row_is_a_choice_of_its_field_and_takes_the_rest_from_its_like(written):
    technology = Technology.load(written(SOURCES + LINK))
    assert fields(technology)["nop_link"].choices == (*fields()["nop_link"].choices, "mine")
    designs = Designs.grid(technology=technology, nop_link=["grs", "mine"], n_chiplets=[36])
    grs, mine = evaluate(load_network("resnet50"), designs).column("nop_energy_mj")
    packaged = evaluate(load_network("resnet50"), Designs.grid(nop_link=["grs"], n_chiplets=[36]))
    assert_allclose(grs, packaged.column("nop_energy_mj"), rtol=0, atol=0)
    table = technology.table("nop_links")
    assert_allclose(table["energy_per_bit"][-1], 0.27e-12, rtol=1e-15, atol=0)  # half of 0.54 pJ/bit
    assert table["hop_latency"][-1] == table["hop_latency"][0]
    assert 0.45 < mine / grs < 0.6  # what is left is standby


def test_a_node_of_one_s_own_needs_both_its_keys(written):
    row = "    - {node_nm: 28, roadmap: lstp, like: {node_nm: 32}, vdd_v: 0.95, source: lab, status: measured}"
    technology = Technology.load(written(f"{SOURCES}rows:\n  nodes:\n{row}\n"))
    table = technology.table("nodes")
    (own,), (base,) = table.rows(node_nm=28, roadmap="lstp"), table.rows(node_nm=32, roadmap="lstp")
    assert table["vdd_v"][own] == 0.95
    assert table["gate_cap_ideal"][own] == table["gate_cap_ideal"][base]


def test_a_row_is_replaced_in_its_place_only_where_that_is_said(written):
    row = "{name: aib, energy_per_bit: 0.4, source: lab, status: measured%s}"
    (problem,) = faults(written(f"{SOURCES}rows:\n  nop_links: [{row % ''}]\n"))
    assert "aib stands already; give another name, or say replace: true" in problem
    technology = Technology.load(written(f"{SOURCES}rows:\n  nop_links: [{row % ', replace: true'}]\n"))
    table, before = technology.table("nop_links"), packaged_technology().table("nop_links")
    assert table.names() == before.names()
    place = before.names().index("aib")
    assert_allclose(table["energy_per_bit"][place], 0.4e-12, rtol=1e-15, atol=0)
    assert_allclose(table["rate_per_lane"], before["rate_per_lane"], rtol=0, atol=0)


def test_one_overlay_lies_over_another(written):
    first, second = written(SOURCES + CONSTANT, "a.yaml"), written(SOURCES + CONSTANT.replace("800", "850"), "b.yaml")
    technology = Technology.load(first, second)
    assert_allclose(technology.constants("adc")["sar_cycle"], 0.85e-9, rtol=1e-15, atol=0)
    assert technology.name == "a + b"


def test_overlays_are_part_of_what_a_run_is_known_by(written):
    one = Technology.load(written(SOURCES + CONSTANT))
    other = Technology.load(written(SOURCES + CONSTANT.replace("800", "801")))
    packaged = technology_files(packaged_technology())
    assert {key: technology_files(one)[key] for key in packaged} == packaged
    assert technology_files(one) != technology_files(other) != packaged


def test_a_technology_travels_to_another_process(written):
    technology = pickle.loads(pickle.dumps(Technology.load(written(SOURCES + LINK))))
    assert technology.table("nop_links").names()[-1] == "mine"


def test_every_fault_of_a_file_is_named_at_once(written):
    text = """
colour: red
constants:
  adc.sar_cycl: {value: 800, unit: ps, source: neurosim13, status: measured}
  adc.sar_cycle: {value: 1, unit: J, source: neurosim13, status: guess}
  nope.x: 3
  supply.alpha: {value: 1.3, unit: "1", source: nobody, status: assumed, range: [1.4, 2]}
rows:
  nop_links:
    - {name: new, rate_per_lane: 3, source: neurosim13, status: sourced}
    - {name: newer, like: gsr, source: neurosim13, status: sourced}
    - {name: newest, like: grs, rate_per_lane: .inf, wheels: 4, source: neurosim13, status: sourced}
    - {like: grs, source: neurosim13, status: sourced}
  links: []
"""
    found = faults(written(text))
    for part in (
        "unknown part 'colour'", "unknown constant 'sar_cycl'; known: sar_cycle", "unknown status 'guess'",
        "unit 'J' is not one of s, ms, us, ns, ps", "unknown file of constants 'nope'", "unknown source 'nobody'",
        "status assumed needs a note", "range [1.4, 2] is not around the value 1.3",
        "row 1: lacks energy_per_bit, lane_area", "row 2: like: 'gsr' is not in the table; there are grs, siam",
        "row 3: rate_per_lane: value must be a finite number", "row 3: unknown entry 'wheels'",
        "row 4: lacks name", "unknown table 'links'; known: nop_links",
    ):  # fmt: skip
        assert sum(part in line for line in found) == 1, part


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "must be a mapping of name, sources, constants, rows"),
        ("- a\n", "must be a mapping"),
        ("name: [\n", "not valid YAML"),
        ("name: x\n", "changes nothing"),
        ("constants: 3\n", "constants: must be a mapping"),
        ("sources: {lab: our own}\n", "sources: lab: must be a mapping with a title, got 'our own'"),
        ("sources: {lab: {title: t, autors: me}}\n", "sources: lab: unknown entry 'autors'; known: authors"),
        ("rows:\n  nop_links: {a: 1}\n", "must be a list of mappings"),
        ("constants:\n  adc.sar_cycle: {value: 1, source: neurosim13, status: sourced}\n", "lacks unit"),
        ("constants:\n  adc.siam_runaway_time: {value: 1, unit: ns, source: neurosim13, status: sourced}\n", "series"),
    ],
)
def test_files_that_are_no_overlay(written, text, part):
    assert any(part in line for line in faults(written(text)))


def test_a_missing_file_and_bytes_that_are_no_text(written, tmp_path):
    assert "there is no such file" in faults(tmp_path / "none.yaml")[0]
    path = tmp_path / "bytes.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "is not UTF-8 text" in faults(path)[0]


def test_units_of_a_dimension_are_units():
    for unit in SI_PER_UNIT:
        assert unit in units_like(unit)
        assert set(units_like(unit)) <= set(SI_PER_UNIT)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("constants:\n  adc.sar_cycle: {value: 1e300, unit: s", "got 1e+300; must lie in [0.001, 1000] ns"),
        (
            "constants:\n  adc.sar_cycle: {value: 1, unit: ns, range: [-1, 2]",
            "range [-1, 2]; must lie in [0.001, 1000] ns",
        ),
        (
            "rows:\n  nop_links:\n    - {name: mine, like: grs, energy_per_bit: -5",
            "energy_per_bit: got -5; must lie in [0, ",
        ),
        ("rows:\n  nop_links:\n    - {name: [a], like: grs", "name: must be a name, got ['a']"),
        ('rows:\n  nop_links:\n    - {name: "", like: grs', "name: must be a name, got ''"),
        (
            "rows:\n  nodes:\n    - {node_nm: -5, roadmap: lstp, like: {node_nm: 32}",
            "node_nm: must be a number in [1, 1000], got -5",
        ),
        ("fields:\n  r_on_ohm: {value: true, unit: kohm", "r_on_ohm: must be a number [ohm], got True"),
        ("name: [1, 2]\nconstants:\n  adc.sar_cycle: {value: 1, unit: ns", "name: must be text, got [1, 2]"),
        ("constants:\n  adc.sar_cycle: {value: 0, unit: ns", "adc.sar_cycle: got 0; must lie in [0.001, 1000] ns"),
        (
            'constants:\n  accuracy.weight_peak_per_std: {value: 0, unit: "1"',
            "weight_peak_per_std: got 0; must lie in [0.1, 1000]",
        ),
        ('constants:\n  cost.attach_yield: {value: 1.5, unit: "1"', "got 1.5; must lie in [0.01, 1]"),
        ('constants:\n  carbon.bond_yield: {value: 150, unit: "%"', "got 150; must lie in [0, 1]"),
        (
            'constants:\n  wires.wire_activity: {value: 0.5, unit: "1", range: [0.4, 1.2]',
            "range [0.4, 1.2]; must lie in [0, 1]",
        ),
        (
            "rows:\n  packages:\n    - {name: mine, like: organic, bond_yield: 1.5",
            "bond_yield: got 1.5; must lie in [0, 1]",
        ),
        (
            "constants:\n  accuracy.reference_bits: {value: 8.0e+9, unit: bit",
            "got 8000000000.0; must lie in [1, 16] bit",
        ),
        (
            'constants:\n  accuracy.calibrated_percentile: {value: 9.99e+4, unit: "1"',
            "got 99900.0; must lie in [50, 99.999999]",
        ),
        (
            "rows:\n  dram_devices:\n    - {name: ddr4_2400, replace: true, idd0: 1, idd4r: 1, idd5ab: 1, idd2n: 0.1",
            "dram_energy_mj = -",
        ),
        ("rows:\n  carbon_packages:\n    - {name: mine, like: organic, is_bridged: 0.5", "must be 1 for yes or 0 for"),
    ],
)
def test_values_that_no_formula_can_take_are_refused(written, text, fault):
    path = written(f"{SOURCES}{text}, source: lab, status: measured}}\n")
    with pytest.raises(InputError) as caught:
        evaluate(load_network("lenet5"), Designs.grid(technology=load_technology(path))).to_frame()
    assert fault in str(caught.value)


def test_faults_of_fields_are_told_with_those_of_the_rest(tmp_path):
    """One message: a status, a unit of another dimension, unknown field and choice, a value beyond its limits.

    The choice that a row of the file's own names, and does not make for its faults, is none of them.
    """
    path = tmp_path / "mine.yaml"
    path.write_text(
        "about: {source: lab}\nsources: {lab: {title: Lab}}\n"
        "constants:\n  adc.sar_cycle: {value: 0.8, unit: ns, status: guessed}\n"
        "fields:\n  r_on_ohm: {value: 25, unit: ns, status: measured}\n"
        "  r_onn: {value: 1, status: measured}\n  adc_bits: {value: 99, status: measured}\n"
        "  cell: {value: sramm, status: measured}\n  nop_link: {value: mine, status: measured}\n"
        "rows:\n  nop_links: [{name: mine, like: grs, status: guessed}]\n"
    )
    with pytest.raises(InputError) as caught:
        load_technology(path)
    message = str(caught.value)
    assert "6 problems" in message
    for fault in (
        "constants: adc.sar_cycle: unknown status 'guessed'",
        "rows: nop_links: row 1: unknown status 'guessed'",
        "cell: unknown choice 'sramm'",
        "r_on_ohm: unit 'ns' is not one of",
        "unknown field 'r_onn'",
        "adc_bits: must lie",
    ):
        assert message.count(fault) == 1


@pytest.mark.parametrize(
    ("values", "least"),
    [("vdd_v: 0.6, vth_v: 0.6", "vth_v, 0.6 V, by supply.least_overdrive: be at least 0.7 V"),
     ("vdd_v: 0.65, vth_v: 0.59", "vth_v, 0.59 V, by supply.least_overdrive: be at least 0.69 V"),
     ("like: {node_nm: 65, roadmap: lstp}, vdd_v: 0.6", "vth_v, 0.5017 V, by")],
)  # fmt: skip
def test_a_node_whose_transistors_would_not_switch_is_one_message(tmp_path, values, least):
    """Each value lies within its bounds; what is left out is that of the node that it is like."""
    row = f"{{node_nm: 32, roadmap: hp, replace: true, {values}, source: lab, status: measured}}"
    if "like" in values:
        row = row.replace("32, roadmap: hp, replace: true", "60, roadmap: lstp")
    path = tmp_path / "mine.yaml"
    path.write_text(f"sources: {{lab: {{title: Our chip}}}}\nrows:\n  nodes:\n    - {row}\n")
    with pytest.raises(InputError, match=f"rows: nodes: row 1: vdd_v: .* V must exceed {least}"):
        Technology.load(path)
    path.write_text(path.read_text().replace("vdd_v: 0.6", "vdd_v: 0.8"))
    assert 0.8 in Technology.load(path).table("nodes")["vdd_v"].round(2)
