"""Charts are plotly's figures without plotly: its own makers of panels, its script and its template are the measure."""

import json

import numpy as np
import pandas as pd
import plotly.io as pio
import pytest
from numpy.testing import assert_allclose
from plotly.offline import get_plotlyjs
from plotly.subplots import make_subplots

from siam_dse.report.chart import Chart
from siam_dse.report.html import Drawn, plotly_script
from siam_dse.report.style import SCALE, TEMPLATE, dress


def plain(layout):
    return json.loads(json.dumps(layout))


@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (1, 3), (2, 2), (5, 4)])
@pytest.mark.parametrize(("shared_x", "shared_y"), [(False, False), (True, False), (True, True)])
def test_panels_stand_where_plotly_puts_them(rows, cols, shared_x, shared_y):
    heads = [f"head {i}" for i in range(cols)]
    chart = Chart(rows, cols, gap_x=0.03, gap_y=0.05, heads=heads, shared_x=shared_x, shared_y=shared_y)
    theirs = make_subplots(
        rows=rows, cols=cols, horizontal_spacing=0.03, vertical_spacing=0.05, column_titles=heads,
        shared_xaxes="columns" if shared_x else False, shared_yaxes="rows" if shared_y else False,
    ).to_plotly_json()["layout"]  # fmt: skip
    theirs.pop("template", None)
    assert chart.layout.keys() == theirs.keys()
    for name, axis in theirs.items():
        if name == "annotations":
            for ours, head in zip(chart.layout[name], axis, strict=True):
                assert_allclose([ours.pop("x"), ours.pop("y")], [head.pop("x"), head.pop("y")], rtol=1e-12, atol=0)
                assert plain(ours) == plain(head)
        else:
            assert_allclose(chart.layout[name].pop("domain"), axis.pop("domain"), rtol=1e-12, atol=1e-15)
            assert plain(chart.layout[name]) == plain(axis)


def test_settings_go_to_the_panels_that_they_name_and_leave_what_stood_there():
    chart = Chart(2, 2)
    chart.update_xaxes(title="all", range=[0, 1])
    chart.update_xaxes(col=2, title={"font": {"size": 9}})
    chart.update_xaxes(row=2, col=2, title=None)
    chart.update_yaxes(row=1, type="log")
    chart.update_layout(margin={"t": 1}, xaxis={"title": "one"})
    chart.update_layout(margin={"b": 2})
    layout = chart.figure().layout
    assert [layout[name].title.text for name in ("xaxis", "xaxis2", "xaxis3", "xaxis4")] == ["one", "all", "all", None]
    assert layout.xaxis2.title.font.size == 9
    assert [layout[name].type for name in ("yaxis", "yaxis2", "yaxis3", "yaxis4")] == ["log", "log", None, None]
    assert (layout.margin.t, layout.margin.b) == (1, 2)
    chart.add_bar(row=2, col=1, y=[1])
    assert (chart.data[0]["type"], chart.data[0]["xaxis"], chart.data[0]["yaxis"]) == ("bar", "x3", "y3")


def test_plotly_refuses_a_setting_that_it_does_not_know():
    chart = Chart()
    chart.add_scatter(x=[1], colour="red")
    with pytest.raises(ValueError, match="colour"):
        chart.figure()


def test_a_chart_is_drawn_as_plotlys_figure_of_it():
    chart = Chart(1, 2, heads=["a", "b"])
    numbers = pd.Series([0.1, np.nan, 1e-9])
    chart.add_scatter(x=numbers, y=np.array([1, 2, 3]), text=pd.Series(["a", "b", "c"]), marker={"colorscale": SCALE})
    chart.add_bar(col=2, x=["a"], y=[np.float64(2.5)])
    dress(chart, "title", 300)
    ours, theirs = (json.loads(Drawn.of(each).text) for each in (chart, chart.figure()))
    assert ours["layout"] == theirs["layout"]
    assert ours["data"][0]["y"] == [1, 2, 3]  # plotly packs whole numbers
    for trace, other in zip(ours["data"], theirs["data"], strict=True):
        assert {name: trace[name] for name in trace if name != "y"} == {
            name: other[name] for name in other if name != "y"
        }
    assert Drawn.of(chart).height == 300


def test_script_and_template_are_plotlys():
    assert plotly_script() == get_plotlyjs()
    assert dress(Chart(), "", 300).figure().layout.template == pio.templates[TEMPLATE]


def test_a_line_through_a_panel_is_plotlys():
    chart, theirs = Chart(1, 2), make_subplots(rows=1, cols=2)
    theirs.add_scatter(x=[1], y=[1], row=1, col=2)  # plotly draws no line through an empty panel
    theirs.add_vline(x=3, row=1, col=2, line={"width": 1})
    chart.add_vline(3, col=2, line={"width": 1})
    assert chart.figure().layout.shapes == theirs.layout.shapes
