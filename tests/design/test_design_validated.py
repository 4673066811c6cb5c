"""Which designs lie where the engines were checked."""

from numpy.testing import assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.design.validated import in_validated_range, outside_validated_range, validated_ranges


def test_the_default_design_was_checked():
    assert_array_equal(in_validated_range(Designs.grid()), [True])
    assert outside_validated_range(Designs.grid(), 0) == {}


def test_what_lies_outside_is_named_by_engine_and_field():
    designs = Designs.grid(crossbar_size=[512, 1024], node_nm=[32, 90], dram=["ddr4_2400", "hbm2"])
    assert_array_equal(in_validated_range(designs), [True, False, False, False, False, False, False, False])
    assert outside_validated_range(designs, 7) == {
        "crossbar": ["crossbar_rows", "crossbar_cols"],
        "tile": ["node_nm"],
        "dram": ["dram"],
        "cost": ["cost_node_nm"],
        "accuracy": ["crossbar_rows"],
    }


def test_every_range_is_of_a_field_and_within_its_limits():
    for checked in validated_ranges().values():
        for name, values in checked.items():
            field = fields()[name]
            assert [field.fault(value) for value in values] == [None] * len(values)
