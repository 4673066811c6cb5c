"""What each axis does: shares of levels, the best at a level, the figure of both, and the order of axes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from report_cases import AXES, OBJECTIVES, made_up_around, made_up_front, made_up_points

from siam_dse.report.effects import axis_effects, best_at_levels, by_effect, levels_on_front


@pytest.fixture(scope="module")
def points():
    return made_up_points(1500)


@pytest.fixture(scope="module")
def front(points):
    return made_up_front(points)


def traces(figure, start):
    return [trace for trace in figure.data if (trace.name or "").startswith(start)]


def values(figure_axis_data):
    return np.asarray(figure_axis_data, dtype=float)


def test_shares_of_levels_sum_to_all(points, front):
    shares = levels_on_front(points, front, AXES)
    sums = shares.groupby("axis")[["evaluated_pct", "feasible_pct", "front_pct"]].sum()
    assert_allclose(sums, 100, rtol=1e-12, atol=0)
    row = shares[(shares["axis"] == "adc_bits") & (shares["level"] == 8)].iloc[0]
    assert_allclose(row["front_pct"], 100 * (front["adc_bits"] == 8).mean(), rtol=1e-12, atol=0)


def test_best_at_a_level_follows_the_direction(points):
    feasible = points[points["feasible"]]
    best = best_at_levels(feasible, "adc_bits", {"latency_ms": "minimise", "tops_per_w": "maximise"})
    low, high = best["latency_ms"], best["tops_per_w"]
    assert low[8] == feasible.loc[feasible["adc_bits"] == 8, "latency_ms"].min()
    assert high[8] == feasible.loc[feasible["adc_bits"] == 8, "tops_per_w"].max()


@pytest.mark.slow
def test_effects_have_a_panel_an_axis_and_objective(points, front):
    around = made_up_around(points, front)
    figure = axis_effects(points, front, AXES, OBJECTIVES, around).figure()
    assert len(traces(figure, "best feasible")) == len(AXES) * len(OBJECTIVES)
    lines = traces(figure, "knee, this axis changed")
    assert len(lines) == len(AXES) * len(OBJECTIVES)
    adc = around[around["axis"] == "adc_bits"]
    line = lines[len(OBJECTIVES)]  # second axis, first objective
    fine = (adc["feasible"] | adc["is_base"]).astype(bool)  # what is infeasible would read as physics
    assert 0 < fine.sum() < len(fine)
    assert_allclose(values(line.y), adc["latency_ms"].astype(float).where(fine), rtol=1e-12, atol=0)
    heads = [annotation.text for annotation in figure.layout.annotations]
    assert "<b>NoP<br>bandw.<br>[Gb/s]</b>" in heads


def test_axes_that_move_objectives_stand_first(points):
    feasible = points[points["feasible"]]
    idle = points.assign(idle=np.arange(len(points)) % 2)
    idle.loc[feasible["latency_ms"].nsmallest(2).index, "idle"] = [0, 1]  # a level of no matter reaches the same
    idle.loc[feasible["tops_per_w"].nlargest(2).index, "idle"] = [0, 1]
    assert by_effect(idle, ["idle", *AXES], OBJECTIVES)[-1] == "idle"
