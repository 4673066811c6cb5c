"""The packaged search spaces: every axis is a field, every value legal, the designs as many as stated."""

from math import prod

import pytest

from siam_dse.core.paths import packaged_folder
from siam_dse.design.designs import Designs
from siam_dse.design.fields import ALIASES, fields
from siam_dse.technology.load import read_yaml

FILES = sorted(packaged_folder("search_spaces").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_axes_and_fixed_values_are_legal(path):
    content = read_yaml(path)
    for name, values in {**content["axes"], **{k: [v] for k, v in content.get("fixed", {}).items()}}.items():
        for member in ALIASES.get(name, (name,)):
            assert [fields()[member].fault(value) for value in values] == [None] * len(values)


def test_the_owners_space_has_its_21609_designs():
    content = read_yaml(packaged_folder("search_spaces") / "siam.yaml")
    assert prod(len(values) for values in content["axes"].values()) == 21_609
    designs = Designs.grid(**content["axes"], **content["fixed"])
    assert len(designs) == 21_609
