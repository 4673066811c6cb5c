"""Tables where there is no terminal are written without rich, letter for letter as rich writes them."""

import pandas as pd
import pytest

from siam_dse.cli import output

ROWS = [
    {"name": "a", "energy\nmJ": 1.5, "area mm2": 12, "feasible": True},
    {"name": "a longer name", "energy\nmJ": 123456.0, "area mm2": None, "feasible": False},
]
WIDE = [{f"column {i}": f"{'x' * i}" for i in range(1, 12)}]


@pytest.mark.parametrize(
    ("table", "title"), [(ROWS, ""), (ROWS, "of two"), (WIDE, "wide"), (pd.DataFrame(ROWS), "a frame"), (ROWS[:1], "")]
)
def test_a_plain_table_is_that_of_rich(monkeypatch, capsys, table, title):
    for name in output._FORCES_TERMINAL:
        monkeypatch.delenv(name, raising=False)
    assert output._is_plain(output._columns(table), title)
    output.print_table(table, title)
    plain = capsys.readouterr().out
    monkeypatch.setattr(output, "_is_plain", lambda *_: False)
    output.print_table(table, title)
    assert capsys.readouterr().out == plain


@pytest.mark.parametrize(
    ("rows", "title"),
    [([{"a": "µm"}], ""), ([{"a": "two\nlines"}], ""), ([{"a": 1}], "a title that is too long"), ([], "")],
)
def test_what_is_not_plain_is_left_to_rich(rows, title):
    assert not output._is_plain(output._columns(rows), title)
