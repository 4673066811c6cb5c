"""Search spaces: reading, faults with their lines, mixed radix, canonical text."""

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.core.errors import InputError
from siam_dse.core.paths import packaged_folder
from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.design.space import Constraint
from siam_dse.design.space_reader import parse_space, read_space, space_names, space_path

SMALL = """
axes:
  crossbar_size: [128, 64]
  cell: [sram, rram_1t1r]
  nop_bandwidth_gbps: {low: 10, high: 40, levels: 3, log: true}
  n_chiplets: {low: 4, high: 16, step: 6}
fixed:
  duplication: none
objectives:
  tiles: minimise
  utilisation: maximize
constraints:
  - fits
  - tiles <= 2e3
  - utilisation >= 0.1
"""


OBJECTIVE = "objectives: {tiles: minimise}\n"


@cache
def small():
    return parse_space(SMALL, "small.yaml", "small")


def problems(text, **known):
    with pytest.raises(InputError) as caught:
        parse_space(text, "f.yaml", **known)
    assert caught.value.where == "f.yaml"
    return caught.value.problems


def test_axes_become_levels_in_ascending_order():
    space = small()
    assert [axis.levels for axis in space.axes] == [
        (64, 128),
        ("sram", "rram_1t1r"),  # choices keep their order
        (10.0, 20.0, 40.0),
        (4, 10, 16),
    ]
    assert space.size == 2 * 2 * 3 * 3
    assert space.objectives == {"tiles": "minimise", "utilisation": "maximise"}
    assert space.constraints == (
        Constraint("fits"),
        Constraint("tiles", "<=", 2000.0),
        Constraint("utilisation", ">=", 0.1),
    )


def test_a_range_of_whole_numbers_takes_each_and_a_float_range_1001_levels():
    space = parse_space("axes: {adc_bits: {low: 3, high: 6}, cell_sigma: {low: 0, high: 0.5}}\n"
                        "objectives: {tiles: minimise}", "f")  # fmt: skip
    assert space.axes[0].levels == (3, 4, 5, 6)
    assert len(space.axes[1].levels) == 1001
    assert_allclose(space.axes[1].levels[1], 0.0005, rtol=1e-12, atol=0)


@pytest.mark.slow
def test_canonical_text_reads_back_equal():
    for space in [small(), *(read_space(space_path(name)) for name in space_names())]:
        again = parse_space(space.text, "again")
        assert again == space
        assert again.text == space.text
        assert again.digest == space.digest


def test_flat_indices_count_levels_and_designs_have_theirs():
    space = small()
    every = np.arange(space.size)
    levels = space.levels_at(every)
    assert_array_equal(np.ravel_multi_index(tuple(levels.T), space.radices), every)
    assert_array_equal(space.levels_of(space.designs_at(every)), levels)


def test_first_axis_is_slowest_and_designs_equal_the_grid():
    space = small()
    grid = Designs.grid(crossbar_size=[64, 128], cell=["sram", "rram_1t1r"], nop_bandwidth_gbps=[10.0, 20.0, 40.0],
                        n_chiplets=[4, 10, 16], duplication="none")  # fmt: skip
    ours = space.designs_at(np.arange(space.size))
    for name in fields():
        assert_array_equal(getattr(ours, name), getattr(grid, name), err_msg=name)


def test_fixed_comes_before_the_profile_and_the_profile_before_the_default():
    space = small()
    assert set(space.with_profile("siam").designs_at([0]).to_frame()["adc_kind"]) == {"flash"}
    assert set(space.designs_at([0]).to_frame()["adc_kind"]) == {"sar"}
    assert set(space.with_profile("siam").designs_at([0]).to_frame()["nop_link"]) == {"siam"}
    assert space.with_profile("siam").digest != space.digest
    fixed = parse_space(
        "profile: siam\naxes: {adc_bits: [5]}\nfixed: {adc_kind: sar}\nobjectives: {tiles: minimise}", "f"
    )
    assert set(fixed.designs_at([0]).to_frame()["adc_kind"]) == {"sar"}


def test_a_design_outside_the_space_is_named():
    other = Designs.grid(crossbar_size=[96], duplication="serial")
    with pytest.raises(InputError, match=r"row 1: crossbar_rows = 96 is not a level of the axis crossbar_size"):
        small().levels_of(other)


@pytest.mark.slow
def test_a_space_too_large_to_be_numbered_says_so():
    full = read_space(space_path("full"))
    axis = full.axes[0]
    huge = parse_space("axes:\n  cell_sigma: {low: 0, high: 0.5}\n  r_on_ohm: {low: 1e4, high: 1e5}\n"
                       "  r_off_ohm: {low: 1e6, high: 1e7}\n  input_activity: {low: 0, high: 1}\n"
                       "  bond_yield: {low: 0.9, high: 1}\n  clock_hz: {low: 1e8, high: 1e9}\n"
                       "  noc_clock_hz: {low: 1e8, high: 1e9}\nobjectives: {tiles: minimise}", "f")  # fmt: skip
    assert len(axis.levels) == 8
    with pytest.raises(InputError, match="too many to number"):
        huge.levels_at([0])
    assert len(huge.designs(np.zeros((3, 7), dtype=int))) == 3


def test_every_fault_is_named_with_its_line():
    found = problems(
        """axes:
  adc_bits: [3, x, 40]
  adc_bit: [1]
  crossbar_size: [64, 64]
  cell_sigma: {low: 0.1, high: 0.0}
  cell: 3
fixed:
  node_nm: 1
profile: sima
objectives:
  latency: minimise
  tiles: down
constraints:
  - fit
  - tiles < 3
  - tiles <= abc
surprise: 1
""",
        columns=["tiles", "latency_ms"],
        rules=["fits"],
    )
    expected = [
        "line 17: unknown key 'surprise'",
        "line 9: profile: unknown profile 'sima'; known: siam",
        "line 2: axes.adc_bits: must be a number [bit], got 'x'",
        "line 2: axes.adc_bits: must lie in [1, 12] bit, got 40",
        "line 3: unknown field 'adc_bit'; known: adc_bits",
        "line 4: axes.crossbar_size: a level is given twice",
        "line 5: axes.cell_sigma: low must be below high, got 0.1 and 0",
        "line 6: axes.cell: got 3; an axis is a list or a range",
        "line 8: fixed.node_nm: must lie in",
        "line 11: objectives: unknown output column 'latency'; known: latency_ms",
        "line 12: objectives.tiles: must be minimise or maximise, got 'down'",
        "line 14: constraints: unknown rule 'fit'; known: fits",
        "line 15: constraints: 'tiles < 3' is neither",
        "line 16: constraints: 'tiles <= abc': unknown number or output column 'abc'; known: latency_ms, tiles",
    ]
    assert len(found) == len(expected)
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("axes: [1", "not valid YAML: while parsing a flow sequence from line 1, column 7"),
        ("", "must be a mapping with the keys name"),
        (OBJECTIVE, "axes: is missing"),
        ("axes: {adc_bits: [5]}", "objectives: is missing"),
        (
            OBJECTIVE + "axes: {crossbars_per_tile: [4, 5]}",
            "line 2: axes.crossbars_per_tile: crossbars_per_tile: must",
        ),
        (OBJECTIVE + "axes: {r_on_ohm: [1e3, 1e6], r_off_ohm: [1e5, 1e7]}", "r_off_ohm: must exceed r_on_ohm = 1e+06"),
        (OBJECTIVE + "axes: {adc_bits: [5]}\nfixed: {adc_bits: 6}", "fixed.adc_bits: is set by the axis adc_bits too"),
        (OBJECTIVE + "axes: {crossbar_size: [64]}\nfixed: {crossbar_rows: 6}", "is set by the axis crossbar_size too"),
        (OBJECTIVE + "axes: {crossbar_size: [64], crossbar_cols: [64]}", "crossbar_cols: is set by crossbar_size too"),
        (OBJECTIVE + "axes: {adc_bits: [5]}\nconstraints: [tiles >= 5, tiles <= 4]", "nothing meets both"),
        (OBJECTIVE + "axes: {adc_bits: {low: 3}}", "high is missing; write {low: 4"),
        (
            OBJECTIVE + "axes: {adc_bits: {low: 3, high: 9, step: 2, log: true}}",
            "step goes with neither levels",
        ),
        (OBJECTIVE + "axes: {cell: {low: 3, high: 9}}", "a range needs a number, cell is a choice"),
        (OBJECTIVE + "axes: {adc_bits: [5], adc_bits: [6]}", "not valid YAML"),
        (OBJECTIVE + "axes: {adc_bits: []}", "axes.adc_bits: has no level"),
    ],
)
def test_one_fault_at_a_time(text, message):
    assert message in problems(text)[0]


def test_a_missing_file_and_an_unknown_name(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_space(tmp_path / "no.yaml")
    with pytest.raises(InputError, match="unknown search space 'saim'; known: siam"):
        space_path("saim")
    (tmp_path / "latin.yaml").write_bytes("name: \xe9".encode("latin-1"))
    with pytest.raises(InputError, match="is not UTF-8"):
        read_space(tmp_path / "latin.yaml")


@pytest.mark.slow
def test_the_packaged_spaces_say_how_many_designs_they_have():
    """The first comment of a file that can be enumerated ends in its number of designs."""
    for name in space_names():
        comment = " ".join(
            line.lstrip("# ") for line in (packaged_folder("search_spaces") / f"{name}.yaml").read_text().splitlines()
            if line.startswith("#")
        )  # fmt: skip
        if name != "full":
            assert f"{read_space(space_path(name)).size:,} designs" in comment, name
