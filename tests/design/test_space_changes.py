"""A search space with what a command line adds: levels, fixed fields, constraints."""

import pytest

from siam_dse.core.errors import InputError
from siam_dse.design.space_changes import with_constraints, with_settings
from siam_dse.design.space_reader import parse_space, read_constraints

SPACE = parse_space(
    """
name: changed
axes: {crossbar_size: [64, 128], adc_bits: [5, 6, 7], n_chiplets: [4, 9]}
fixed: {node_nm: 32}
objectives: {latency_ms: minimise}
constraints: [fits, area_mm2 <= 900, area_mm2 >= 10]
""",
    "changed.yaml",
)


def test_a_value_fixes_an_axis_and_several_make_one():
    space = with_settings(SPACE, {"adc_bits": "6", "node_nm": ["22", "32"], "crossbar_size": 128})
    assert {axis.name: axis.levels for axis in space.axes} == {"n_chiplets": (4, 9), "node_nm": (22.0, 32.0)}
    assert dict(space.fixed) == {"adc_bits": 6, "crossbar_size": 128}
    assert space.constraints == SPACE.constraints
    assert with_settings(SPACE, {}) is SPACE


def test_the_changed_space_is_what_its_own_text_reads_as():
    space = with_constraints(with_settings(SPACE, {"adc_bits": [5, 8]}), ["cost_usd <= 60"])
    assert parse_space(space.text, "again") == space


def test_a_bound_takes_the_place_of_the_one_on_its_side_only():
    space = with_constraints(SPACE, ["area_mm2 <= 500", "energy_mj<=2"])
    assert [rule.text for rule in space.constraints] == ["fits", "area_mm2 >= 10", "area_mm2 <= 500", "energy_mj <= 2"]
    assert with_constraints(SPACE, []) is SPACE


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"crossbar_rows": 128}, "crossbar_rows: the space sets it by crossbar_size; set crossbar_size in its place"),
        ({"adc_bit": 6}, "unknown field 'adc_bit'"),
        ({"node_nm": "abc"}, "node_nm: must be a number"),
        ({"crossbar_size": 64, "adc_bits": 5, "n_chiplets": 4}, "leaves no axis to search"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(settings, message):
    with pytest.raises(InputError, match=message) as caught:
        with_settings(SPACE, settings)
    assert str(caught.value).startswith("--set: ")


def test_a_constraint_that_is_none_is_named_and_contradictions_are_seen():
    with pytest.raises(InputError, match=r"--constraint: 'area < 5' is neither a rule nor"):
        with_constraints(SPACE, ["area < 5"])
    with pytest.raises(InputError, match="nothing meets both area_mm2 >= 10 and area_mm2 <= 5"):
        with_constraints(SPACE, ["area_mm2 <= 5"])
    with pytest.raises(InputError, match="unknown output column 'areas'"):
        with_constraints(SPACE, ["areas <= 5"], columns=["area_mm2"])


def test_constraints_are_read_as_a_file_reads_them():
    bounds = read_constraints(["latency_ms[vgg16] <= 5", "fits"], "--where")
    assert [(bound.name, bound.op, bound.limit) for bound in bounds] == [
        ("latency_ms[vgg16]", "<=", 5.0), ("fits", "", 0.0)]  # fmt: skip
