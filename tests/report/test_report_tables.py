"""Tables of a report: the front, what was excluded, what each axis moves, shares of a box."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from report_cases import AXES, OBJECTIVES, made_up_front, made_up_points, made_up_view

from siam_dse.report.exclusions import exclusion_table, tightest
from siam_dse.report.front import KNEE_MARK, MARK, chosen_designs, front_table, shortened
from siam_dse.report.gallery import scatter_of
from siam_dse.report.headline import duration, headline_facts, knee_sentences, large, ratio_text
from siam_dse.report.influence import idle_axes, influence_table, influence_words
from siam_dse.report.validity import accuracy_lines, outside_table, validity_lines
from siam_dse.report.volume import SharedBox

TWO = {"latency_ms": "minimise", "tops_per_w": "maximise"}


@pytest.fixture(scope="module")
def view():
    return made_up_view(400)


# --- front -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_front_table_marks_the_knee_and_keeps_the_order(view):
    table = front_table(view.front, AXES, list(OBJECTIVES))
    assert list(table) == ["trial", MARK, *AXES, *OBJECTIVES]
    knee = table[table[MARK] == KNEE_MARK]
    assert len(knee) == 1
    assert knee["latency_ms"].iloc[0] == view.knee["latency_ms"]
    by_cost = front_table(view.front, AXES, list(OBJECTIVES), sort="cost_usd")
    assert by_cost["cost_usd"].is_monotonic_increasing
    assert by_cost.loc[by_cost[MARK] == KNEE_MARK, "latency_ms"].iloc[0] == view.knee["latency_ms"]


@pytest.mark.parametrize("most", [2, 3, 5, 10])
@pytest.mark.parametrize("knee", [0, 1, 7, 18, 19])
def test_a_shortened_table_keeps_its_ends_and_the_knee(most, knee):
    table = pd.DataFrame({MARK: [KNEE_MARK if i == knee else "" for i in range(20)], "a": range(20)})
    short = shortened(table, most)
    assert KNEE_MARK in set(short[MARK])
    assert len(short) <= max(most, 3)
    assert short["a"].is_monotonic_increasing
    if most > 2:
        assert {0, 19} <= set(short["a"])
    assert shortened(table, 20) is table


def test_chosen_designs_say_what_each_is_best_in():
    front = pd.DataFrame({"latency_ms": [1.0, 2.0, 3.0], "tops_per_w": [1.0, 2.0, 3.0], "knee": [False, True, False]})
    chosen = chosen_designs(front, TWO)
    assert chosen["chosen"].tolist() == ["knee", "least latency", "most energy efficiency"]
    assert chosen["latency_ms"].tolist() == [2, 1, 3]
    assert chosen_designs(front.assign(knee=[True, False, False]), TWO)["chosen"].tolist() == [
        "knee, least latency", "most energy efficiency",
    ]  # fmt: skip


# --- exclusions ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_exclusions_by_hand(view):
    points = view.points.iloc[:4].copy()
    # Row by row: breaks nothing; fits alone; fits and area; area alone.
    points["excess: fits"] = [0.0, 2.0, 1.0, 0.0]
    points["excess: accuracy_loss_pct <= 10"] = [-0.5, -0.5, -0.1, 0.0]
    points["excess: die_area_mm2 <= 858"] = [-1.0, -1.0, -1.0, -1.0]
    points["excess: area_mm2 <= 2500"] = [-0.1, 0.0, 0.3, 0.2]
    points["feasible"] = [True, False, False, False]
    table = exclusion_table(made_up_view(400, points=points))
    assert table["violated"].tolist() == [2, 0, 0, 2]
    assert table["alone"].tolist() == [1, 0, 0, 1]
    assert table["violated_pct"].tolist() == [50, 0, 0, 50]
    assert table["constraint"][0].startswith("fits: chiplets needed")
    assert "larger chiplets" in table["remedy"][0]


@pytest.mark.slow
def test_the_tightest_constraint_is_named_with_its_remedy(view):
    line = tightest(view)
    worst = exclusion_table(view)["violated"].max()
    assert f"excludes {worst} of {len(view.points)} evaluated designs" in line
    assert "no design was evaluated" in tightest(made_up_view(400, points=view.points.iloc[:0]))


def test_what_is_counted_is_counted_on_all_designs_where_a_part_of_the_front_is_shown(view):
    """Of 400 points, the front of which is cut to 3 and its knee."""
    few = view.thinned(3)
    hidden = len(view.front) - len(few.front)
    assert hidden > 0
    assert len(few.points) == len(view.points) - hidden
    assert exclusion_table(few).equals(exclusion_table(view))
    assert len(few.judged) == len(few.whole.points) == len(view.points)
    assert few.ranked_axes == view.ranked_axes
    assert few.of_front == f"{len(few.front)} front designs shown here"
    assert view.of_front == f"{len(view.front)} front designs"
    drawn = [trace.name for trace in scatter_of(few).figure().data if trace.name]
    assert f"Pareto front ({len(few.front)} of {len(view.front)} drawn)" in drawn
    n = int(view.points["feasible"].sum())
    assert f"feasible ({n - hidden} of {n} drawn)" in drawn


# --- influence -------------------------------------------------------------------------------------------------------


def test_influence_by_hand():
    around = pd.DataFrame(
        {
            "axis": ["adc_bits"] * 3 + ["n_chiplets"] * 2,
            "level": [5, 6, 7, 4, 9],
            "is_base": [False, True, False, True, False],
            "feasible": [False, True, True, True, True],
            "latency_ms": [1.0, 10.0, 12.0, 10.0, 10.05],
            "tops_per_w": [9.0, 2.0, 1.5, 2.0, 2.01],
        }
    )
    table = influence_table(around, ["adc_bits", "n_chiplets"], TWO)
    assert_allclose(table["latency_ms|low"], [0, 0], rtol=0, atol=1e-12)  # 5 bits are infeasible and do not count
    assert_allclose(table["latency_ms|high"], [20, 0.5], rtol=1e-9, atol=0)
    assert_allclose(table["tops_per_w|low"][0], -25, rtol=1e-12, atol=0)
    words = influence_words(table, TWO)
    assert words["latency [%]"].tolist() == ["0 .. +20", "0 .. +0.5"]
    assert words["feasible levels"].tolist() == ["2 of 3", "2 of 2"]
    (idle,) = idle_axes(table, TWO)
    assert idle.startswith("chiplets given trades nothing off")


def test_influence_of_an_objective_that_is_zero_is_unknown():
    around = pd.DataFrame(
        {"axis": ["adc_bits"] * 2, "level": [5, 6], "is_base": [True, False], "feasible": [True, True],
         "latency_ms": [1.0, 1.0], "tops_per_w": [0.0, 3.0]}
    )  # fmt: skip
    table = influence_table(around, ["adc_bits"], TWO)
    assert np.isnan(table["tops_per_w|high"][0])
    assert influence_words(table, TWO)["energy efficiency [%]"][0] == "–"


# --- volumes ---------------------------------------------------------------------------------------------------------


def test_shared_box_by_hand():
    fronts = {
        "a": pd.DataFrame({"latency_ms": [0.0, 2.0], "energy_mj": [2.0, 0.0]}),
        "b": pd.DataFrame({"latency_ms": [1.0, 2.0], "energy_mj": [1.0, 4.0]}),
    }
    box = SharedBox(fronts, {"latency_ms": "minimise", "energy_mj": "minimise"})
    # The joint front is (0, 2), (1, 1), (2, 0); the reference point lies a tenth of its extent beyond: (2.2, 2.2).
    assert_allclose(list(box.reference_values.values()), [2.2, 2.2], rtol=1e-12, atol=0)
    assert box.joint_size == 3
    # a: 2.2 x 0.2 + 0.2 x 2.0 of 2.2 x 2.2; b: (2.2 - 1)^2, its second design lies beyond the reference.
    assert_allclose(box.share("a"), (2.2 * 0.2 + 0.2 * 2.0) / 2.2**2, rtol=1e-9, atol=0)
    assert_allclose(box.share("b"), 1.2**2 / 2.2**2, rtol=1e-9, atol=0)
    # Together: 2.2 x 0.2 + 1.2 x 1.0 + 0.2 x 1.0.
    assert_allclose(box.joint_share, (0.44 + 1.2 + 0.2) / 2.2**2, rtol=1e-9, atol=0)
    # (1, 1) beats both of a by a factor of 2; b has it, and falls short of (0, 2) by 1 of a fiftieth.
    assert_allclose(box.worst_gap_pct("a"), 100, rtol=1e-9, atol=0)
    assert box.worst_gap_pct("b") > 100
    assert_allclose([box.share_of_joint_pct("a"), box.share_of_joint_pct("b")], [200 / 3, 100 / 3], rtol=1e-12, atol=0)
    assert box.logarithmic == []
    assert box.on_joint_front("a").tolist() == [True, True]
    assert box.on_joint_front("b").tolist() == [True, False]


def test_shares_of_a_maximised_objective():
    fronts = {"a": pd.DataFrame({"latency_ms": [1.0, 3.0], "tops_per_w": [1.0, 4.0]})}
    box = SharedBox(fronts, TWO)
    assert_allclose(box.reference_values["tops_per_w"], 0.7, rtol=1e-12, atol=0)
    assert_allclose(box.share("a"), box.joint_share, rtol=1e-12, atol=0)
    assert 0 < box.share("a") < 1


# --- headline and validity -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_headline_counts_what_the_run_counts(view):
    facts = headline_facts(view)
    assert "resnet50" in facts.values()
    assert f"{view.space.size:,}" in facts.values()
    assert f"{len(view.front)}" in facts.values()
    assert "2 min 5 s" in facts.values()


@pytest.mark.slow
def test_the_certificate_is_part_of_the_headline(view):
    info = view.info | {
        "certificate": {
            "hypervolume_fraction": 0.9876,
            "share_of_front": 0.41,
            "exact_front_size": 1234,
            "worst_gap_pct": 2.34,
        }
    }
    facts = headline_facts(made_up_view(400, info=info))
    assert facts["of the exact front's hypervolume found, and 41 % of its 1234 designs"] == "98.76 %"
    assert facts["by which an exact design beats all found, at most"] == "2.34 %"


def test_the_knee_is_told_with_the_price_of_the_extremes(view):
    lines = knee_sentences(view)
    assert lines[0].startswith("Knee")
    assert f"{view.knee['latency_ms']:.4g} ms" in lines[0]
    least = view.front.loc[view.front["cost_usd"].idxmin()]
    told = next(line for line in lines if "package cost" in line.partition(":")[0])
    assert ratio_text(least["latency_ms"], view.knee["latency_ms"]) in told


def test_ratios_in_words():
    assert ratio_text(1.5, 1.0) == "+50 %"
    assert ratio_text(0.8, 1.0) == "-20 %"
    assert ratio_text(3.0, 1.0) == "x3"
    assert ratio_text(0.25, 1.0) == "x0.25"
    assert ratio_text(1.0, 1.0) == "equal"
    assert ratio_text(2.5, 0.0) == "2.5"


def test_times_and_counts_in_words():
    assert [duration(s) for s in (3.21, 75, 3700)] == ["3.21 s", "1 min 15 s", "1 h 1 min"]
    assert [large(n) for n in (21_609, 25.5e6, 4.1e9, 3e13)] == ["21,609", "25.5 M", "4.1 G", "30 T"]


@pytest.mark.slow
def test_validity_names_fields_outside_a_checked_range(view):
    front = made_up_front(made_up_points(1500))
    outside = outside_table(front, view.space)
    beyond = front["tiles_per_chiplet"] == 144
    row = outside[outside["field"] == "tiles_per_chiplet"].iloc[0]
    assert row["designs"] == beyond.sum()
    assert row["at the front"] == "144"
    assert any("front designs lie wholly inside" in line for line in validity_lines(view))


def test_validity_gives_the_range_of_the_accuracy_model(view):
    first, second = accuracy_lines(view)
    assert "within the uncertainty of the accuracy curve" in first
    assert "beyond the networks on which the accuracy curve was measured" in second
