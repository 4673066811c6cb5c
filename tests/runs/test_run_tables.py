"""Tables of designs: what is a field, an id, or a figure to be left aside."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from siam_dse.core.errors import InputError
from siam_dse.runs.tables import is_output, read_designs, read_frame, split, with_id, without_quotes, write_csv


@pytest.mark.parametrize(
    "name", ["latency_ms", "latency_ms[vgg16]", "latency_ratio", "feasible", "knee", "excess: area_mm2 <= 5", "seconds"]
)
def test_figures_are_told_from_fields(name):
    assert is_output(name)


@pytest.mark.parametrize("name", ["adc_bits", "crossbar_size", "latency", "adc_bit", "n_chiplets[vgg16]"])
def test_fields_and_what_nobody_knows_stay(name):
    assert not is_output(name)


def test_a_table_is_split_into_designs_and_ids_and_an_alias_gives_way_to_its_fields():
    frame = pd.DataFrame({"trial": [7, 9], "crossbar_size": [64, None], "crossbar_rows": [64, 64],
                          "crossbar_cols": [64, 128], "adc_bits": [5, 6], "latency_ms": [1.0, 2.0]})  # fmt: skip
    table = split(frame)
    assert list(table.designs) == ["crossbar_rows", "crossbar_cols", "adc_bits"]
    assert table.ids.tolist() == [7, 9]
    assert table.ignored == ("latency_ms",)
    one = with_id(table, [9], "pareto.csv")
    assert one.designs["adc_bits"].tolist() == [6]
    with pytest.raises(InputError, match=r"--design: 8: pareto.csv has no design of this id; it has 7, 9"):
        with_id(table, [8], "pareto.csv")
    with pytest.raises(InputError, match="has no column 'trial'"):
        with_id(split(frame.drop(columns="trial")), [7], "designs.csv")


def test_formulas_are_quoted_in_csv_and_come_back(tmp_path):
    names = ["=1+1", "+x", "-x", "@x", "-1.5e3", "-", "plain", None]
    frame = pd.DataFrame({"name": names, "=head": range(8), "number": [-1.5] * 8})
    write_csv(frame, tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert lines[0] == "name,'=head,number"
    assert [line.split(",")[0] for line in lines[1:]] == ["'=1+1", "'+x", "'-x", "'@x", "-1.5e3", "-", "plain", ""]
    assert {line.split(",")[2] for line in lines[1:]} == {"-1.5"}
    back = without_quotes(pd.read_csv(tmp_path / "a.csv"))
    assert list(back) == list(frame)
    assert back["name"].tolist()[:7] == names[:7]


@pytest.mark.parametrize("columns", [
    {"x": [0.1, -0.0, 0.0, float("nan"), 1e300, 5e-324, float("inf"), 1e16, 1 / 3]},
    {"i": [2**62, -1, 0], "u": np.array([1, 2, 255], np.uint8), "b": [True, False, True]},
    {"text": ["a,b", 'say "no"', "two\nlines", "", None, "é"], "more": ["'", "x", "x", "x", "x", "x"]},
    {"mixed": [1, 1.0, True, None, float("nan"), "a", np.float64(2.5), pd.NA]},
    {"short": np.array([0.1, 2.0], np.float32), "more": [1, 2]},
    {"whole": pd.array([1, None, 2**60], "Int64"), "flag": pd.array([True, None, False], "boolean")},
    {"real": pd.array([0.1, None], "Float64"), "more": [1, 2]},
    {"kind": pd.Categorical(["a", None]), "day": pd.to_datetime(["2026-01-01", "2026-01-02"])},
    {"x": []},
])  # fmt: skip
def test_csv_is_what_pandas_writes(tmp_path, columns):
    whole = pd.DataFrame(columns)
    for frame in (whole, whole.assign(last=1, more="a")):
        write_csv(frame, tmp_path / "a.csv")
        assert (tmp_path / "a.csv").read_bytes() == frame.to_csv(index=False).encode()


def test_an_alias_alone_stays(tmp_path):
    path = tmp_path / "designs.csv"
    path.write_text("crossbar_size, adc_bits\n64, 5\n")
    assert read_designs(path).designs.to_dict("list") == {"crossbar_size": [64], "adc_bits": [5]}


def test_a_parquet_file_whose_description_of_columns_is_damaged(tmp_path):
    path = tmp_path / "designs.parquet"
    pd.DataFrame({"adc_bits": [5]}).to_parquet(path)
    table = pq.read_table(path)
    about = {b"pandas": table.schema.metadata[b"pandas"].replace(b"numpy_type", b"numpy_typo")}
    pq.write_table(table.replace_schema_metadata(about), path)
    with pytest.raises(InputError, match="cannot be read as a table: KeyError: 'numpy_type'"):
        read_frame(path)
