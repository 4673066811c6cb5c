"""The packaged search spaces: every axis is a field, every value legal, the designs as many as stated."""

import numpy as np
import pytest

from siam_dse.core.paths import packaged_folder
from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.design.space_reader import read_space

FILES = sorted(packaged_folder("search_spaces").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.slow
def test_axes_and_fixed_values_are_legal(path):
    space = read_space(path)
    assert space.name == path.stem
    for axis in space.axes:
        for member in axis.members:
            assert [fields()[member].fault(value) for value in axis.levels] == [None] * len(axis.levels)
    assert len(space.designs(np.zeros((1, len(space.axes)), dtype=int))) == 1


@pytest.mark.slow
def test_the_owners_space_has_its_21609_designs():
    space = read_space(packaged_folder("search_spaces") / "siam.yaml")
    assert space.size == 21_609
    grid = Designs.grid(**{axis.name: axis.levels for axis in space.axes}, **space.fixed)
    whole = space.designs_at(np.arange(space.size))
    for name in fields():
        np.testing.assert_array_equal(getattr(whole, name), getattr(grid, name), err_msg=name)
