"""Every constant has a known unit, a source in the bibliography, a locator and a status; assumptions say why."""

import numpy as np
import pytest

from siam_dse.core.errors import InputError
from siam_dse.core.paths import data_folder
from siam_dse.core.units import SI_PER_UNIT
from siam_dse.core.yaml_text import read_yaml
from siam_dse.technology.load import STATUSES
from siam_dse.technology.technology import packaged_technology

NO_CONSTANTS = ("sources.yaml", "ranges.yaml")
FILES = sorted(path for path in data_folder("technology").glob("*.yaml") if path.name not in NO_CONSTANTS)
TABLES = [path for path in FILES if path.name.endswith(".csv.yaml")]


def records(path):
    content = read_yaml(path)
    return content.get("columns") or content["constants"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_record_is_sourced(path):
    faults = []
    for name, record in records(path).items():
        if record["unit"] not in SI_PER_UNIT:
            faults.append(f"{name}: unit {record['unit']}")
        if record["source"] not in packaged_technology().sources():
            faults.append(f"{name}: source {record['source']}")
        if record["status"] not in STATUSES:
            faults.append(f"{name}: status {record['status']}")
        if not record.get("locator"):
            faults.append(f"{name}: no locator")
        if record["status"] == "assumed" and not record.get("note"):
            faults.append(f"{name}: assumed without a note")
    assert faults == []


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_every_column_of_a_table_is_described(path):
    name = path.name.removesuffix(".csv.yaml")
    table = packaged_technology().table(name)
    assert list(table.columns) == list(records(path))
    for column in ("source", "status"):
        if column in table.columns:
            known = packaged_technology().sources() if column == "source" else STATUSES
            assert [value for value in table[column] if value not in known] == []
    assert len({tuple(table[key][row] for key in table.keys) for row in range(len(table))}) == len(table)


@pytest.mark.parametrize("path", [path for path in FILES if path not in TABLES], ids=lambda path: path.name)
def test_every_file_of_constants_loads(path):
    constants = packaged_technology().constants(path.stem)
    assert len(constants) == len(records(path))


def test_a_key_that_is_missing_or_of_another_type_has_no_row():
    for roadmap in (np.array(["lstp", np.nan], dtype=object), np.array(["lstp", "lop"])):
        with pytest.raises(InputError, match=r"nodes.csv: no row for node_nm = 32.0, roadmap = (nan|lop)"):
            packaged_technology().table("nodes").rows(node_nm=[32.0, 32.0], roadmap=roadmap)
