"""Figures hold the data they should."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from report_cases import AXES, OBJECTIVES, made_up_front, made_up_history, made_up_points

from siam_dse.report.breakdown import BREAKDOWN_QUANTITIES, engine_breakdown, engine_table, engines_of
from siam_dse.report.front import chosen_designs
from siam_dse.report.lines import homogeneous_against_custom, lines_by, nop_bandwidth_sweep
from siam_dse.report.monolith import chiplets_against_monolith
from siam_dse.report.pairs import overlaid_fronts, overlaid_matrix, pareto_matrix
from siam_dse.report.parallel import parallel_coordinates
from siam_dse.report.progress import hypervolume_history
from siam_dse.report.scatter import MOST_INFEASIBLE, best_pairs, colour_scale, pareto_scatter
from siam_dse.report.style import axis, is_log, thinned
from siam_dse.system.plan import plan


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


# --- scatter ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_scatter_tells_infeasible_feasible_front_and_knee_apart(points, front):
    figure = pareto_scatter(points, front, "latency_ms", "energy_mj", "cost_usd", OBJECTIVES).figure()
    (infeasible,), (feasible,), (drawn,), (knee,) = (
        traces(figure, word) for word in ("infeasible", "feasible", "Pareto", "knee")
    )
    assert len(infeasible.x) == MOST_INFEASIBLE < (~points["feasible"]).sum()
    assert f"{MOST_INFEASIBLE:,} of {(~points['feasible']).sum():,} drawn" in infeasible.name
    assert_array_equal(feasible.x, points.loc[points["feasible"], "latency_ms"])
    assert_array_equal(drawn.x, front["latency_ms"])
    assert_array_equal(drawn.y, front["energy_mj"])
    assert_array_equal(drawn.marker.color, front["cost_usd"])
    assert_array_equal(knee.x, front.loc[front["knee"], "latency_ms"])
    assert len({infeasible.marker.symbol, feasible.marker.symbol, knee.marker.symbol}) == 3
    assert figure.layout.xaxis.title.text == "latency [ms], lower is better"
    assert figure.layout.yaxis.title.text.startswith("energy [mJ]")
    assert drawn.marker.colorbar.title.text == "package cost [USD]"


@pytest.mark.slow
def test_scatter_axes_show_the_whole_front(points, front):
    figure = pareto_scatter(points, front, "latency_ms", "accuracy_loss_pct", None, OBJECTIVES).figure()
    for shown, column in ((figure.layout.xaxis, "latency_ms"), (figure.layout.yaxis, "accuracy_loss_pct")):
        low, high = (10**end for end in shown.range) if shown.type == "log" else shown.range
        assert low < front[column].min() < front[column].max() < high


@pytest.mark.slow
def test_bars_through_the_knee_are_its_band_and_go_with_the_columns(points, front):
    knee = front[front["knee"]].iloc[:1]
    energy = float(knee["energy_mj"].iloc[0])
    bands = {"energy_mj": np.asarray([[0.5 * energy, 3 * energy]])}
    pairs = [("cost_usd", "latency_ms")]
    figure = pareto_scatter(
        points, front, "latency_ms", "energy_mj", None, OBJECTIVES, pairs, (), bands, 12_345
    ).figure()
    assert len(traces(figure, f"Pareto front ({len(front)} of 12,345 drawn)")) == 1
    star = traces(figure, "knee")[0]
    assert not star.error_x.visible
    np.testing.assert_allclose([*star.error_y.array, *star.error_y.arrayminus], [2 * energy, 0.5 * energy], rtol=1e-12)
    back, away = (button.args for button in figure.layout.updatemenus[0].buttons)
    assert back[0]["error_y.visible"][-1] is True
    assert away[0]["error_y.visible"][-1] is False
    assert "band" in back[1]["title.text"]
    assert "band" not in away[1]["title.text"]


def test_menu_switches_every_trace_to_the_pair_it_names(points, front):
    pairs = [("latency_ms", "cost_usd"), ("energy_mj", "accuracy_loss_pct")]
    figure = pareto_scatter(
        points, front, "latency_ms", "energy_mj", "cost_usd", OBJECTIVES, pairs, ["energy_mj"]
    ).figure()
    pair_menu, colour_menu = figure.layout.updatemenus
    assert [button.label for button in pair_menu.buttons] == [
        "energy / latency", "package cost / latency", "accuracy loss / energy",
    ]  # fmt: skip
    data, layout = pair_menu.buttons[2].args
    assert len(data["x"]) == len(figure.data)
    by_name = {trace.name.partition(" (")[0]: i for i, trace in enumerate(figure.data)}
    assert_allclose(data["x"][by_name["Pareto front"]], front["energy_mj"], rtol=1e-4, atol=0)
    assert_allclose(data["y"][by_name["Pareto front"]], front["accuracy_loss_pct"], rtol=1e-4, atol=0)
    assert [len(part) for part in data["x"]][:2] == [len(trace.x) for trace in figure.data[:2]]
    assert layout["yaxis.title.text"] == "accuracy loss [points], lower is better"
    assert layout["yaxis.type"] == "log"
    changes, which = colour_menu.buttons[1].args
    assert figure.data[which[0]].name.startswith("Pareto front")
    assert_allclose(changes["marker.color"][0], front["energy_mj"], rtol=1e-4, atol=0)


@pytest.mark.slow
def test_first_button_is_what_is_shown(points, front):
    figure = pareto_scatter(
        points, front, "latency_ms", "energy_mj", None, OBJECTIVES, pairs=[("latency_ms", "cost_usd")]
    ).figure()
    data, layout = figure.layout.updatemenus[0].buttons[0].args
    for trace, x in zip(figure.data, data["x"], strict=True):
        assert_allclose(x, values(trace.x), rtol=1e-4, atol=0)
    assert layout["title.text"] == figure.layout.title.text
    assert list(layout["xaxis.range"]) == list(figure.layout.xaxis.range)


def test_best_pairs_by_hand():
    # (1, 5), (2, 3) and (4, 1) are not beaten in both; (3, 3) is beaten by (2, 3), (5, 5) by all.
    front = pd.DataFrame({"a_ms": [3.0, 1.0, 5.0, 2.0, 4.0], "b_ms": [3.0, 5.0, 5.0, 3.0, 1.0]})
    ways = {"a_ms": "minimise", "b_ms": "minimise"}
    assert best_pairs(front, "a_ms", "b_ms", ways)["a_ms"].tolist() == [1, 2, 4]
    # With b to be maximised (1, 5) alone remains: nothing is smaller in a, nothing larger in b.
    assert best_pairs(front, "a_ms", "b_ms", ways | {"b_ms": "maximise"})["a_ms"].tolist() == [1]
    assert best_pairs(front.iloc[:0], "a_ms", "b_ms", ways).empty


def test_colours_of_values_that_span_decades_are_logarithmic():
    scale = colour_scale(pd.Series([1.0, 10.0, 1000.0]), "latency_ms")
    assert_allclose(scale["color"], [0, 1, 3], rtol=0, atol=1e-12)
    assert scale["colorbar"]["ticktext"][0] == "1"
    assert_allclose(colour_scale(pd.Series([2.0, 3.0]), "latency_ms")["color"], [2, 3], rtol=0, atol=0)


@pytest.mark.slow
def test_scatter_without_a_front_draws_the_infeasible(points):
    bad = points[~points["feasible"]]
    figure = pareto_scatter(
        bad, made_up_front(points).iloc[:0], "latency_ms", "energy_mj", "cost_usd", OBJECTIVES
    ).figure()
    assert len(traces(figure, "infeasible")[0].x) > 0
    assert len(traces(figure, "Pareto")[0].x) == 0


# --- pairs -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_matrix_has_each_pair_once(points, front):
    figure = pareto_matrix(points, front, OBJECTIVES).figure()
    fronts = traces(figure, "Pareto")
    assert len(fronts) == 6
    drawn = {(round(float(np.sum(values(t.x))), 6), round(float(np.sum(values(t.y))), 6)) for t in fronts}
    assert len(drawn) == 6
    titles = {a.title.text for a in figure.select_xaxes()} | {a.title.text for a in figure.select_yaxes()}
    assert {"latency [ms]", "energy [mJ]", "package cost [USD]", "accuracy loss [points]"} <= titles


@pytest.mark.slow
def test_overlaid_fronts_keep_runs_apart(front):
    other = made_up_front(made_up_points(300, seed=8))
    figure = overlaid_fronts({"first": front, "second": other}, "latency_ms", "cost_usd", OBJECTIVES).figure()
    (one,), (two,) = traces(figure, "first"), traces(figure, "second")
    assert_array_equal(one.x, front["latency_ms"])
    assert_array_equal(two.y, other["cost_usd"])
    assert one.marker.color != two.marker.color
    assert one.marker.symbol != two.marker.symbol


@pytest.mark.slow
def test_fronts_of_different_networks_stand_apart(front):
    other = made_up_front(made_up_points(300, seed=8))
    networks = {"first": "resnet50", "second": "lenet5"}
    figure = overlaid_fronts({"first": front, "second": other}, "latency_ms", "cost_usd", OBJECTIVES, networks).figure()
    (one,), (two,) = traces(figure, "first"), traces(figure, "second")
    assert (one.xaxis, two.xaxis) == ("x", "x2")
    assert [head.text for head in figure.layout.annotations] == ["<b>resnet50</b>", "<b>lenet5</b>"]


def test_a_matrix_of_fronts_has_each_pair_of_each_run(front):
    figure = overlaid_matrix({"first": front, "second": front.head(5)}, OBJECTIVES).figure()
    assert len(traces(figure, "first")) == len(traces(figure, "second")) == 6
    assert len([trace for trace in figure.data if trace.showlegend]) == 2


# --- parallel --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_parallel_has_axes_objectives_and_knee(front):
    (trace,) = parallel_coordinates(front, OBJECTIVES, AXES).figure().data
    assert len(trace.dimensions) == len(AXES) + len(OBJECTIVES) + 1
    sizes = trace.dimensions[0]
    shown = [sizes.ticktext[int(rank)] for rank in sizes["values"]]
    assert shown == [str(size) for size in front["crossbar_size"]]
    loss = trace.dimensions[AXES.__len__() + 3]
    assert loss.label.startswith("accuracy loss")
    assert_allclose(10 ** values(loss["values"]), front["accuracy_loss_pct"], rtol=1e-12, atol=0)
    assert np.sum(trace.dimensions[-1]["values"]) == 1


def test_parallel_of_one_design_has_a_range(front):
    (trace,) = parallel_coordinates(front.iloc[:1], OBJECTIVES, AXES).figure().data
    for dimension in trace.dimensions:
        assert dimension.range[0] < dimension.range[1]


# --- breakdown -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_breakdown_stacks_to_the_totals(front):
    chosen = chosen_designs(front, OBJECTIVES)
    figure = engine_breakdown(chosen, chosen["chosen"].tolist()).figure()
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert len(bars) == 4 * len(plan().on_package)
    n = len(plan().on_package)
    for i, quantity in enumerate(("energy_mj", "latency_ms", "area_mm2")):
        total = np.sum([values(trace.x) for trace in bars[n * i : n * i + n]], axis=0)
        assert_allclose(total, chosen[quantity], rtol=1e-12, atol=0)
    assert figure.layout.barmode == "stack"
    assert len({trace.marker.color for trace in bars}) == n


def test_engine_table_adds_up(front):
    table = engine_table(front.iloc[0])
    parts, total = table.iloc[:-1], table.iloc[-1]
    assert_allclose(total["energy_mj"], front.iloc[0]["energy_mj"], rtol=1e-12, atol=0)
    assert_allclose(parts["latency_ms share"].sum(), 100, rtol=1e-12, atol=0)
    assert_allclose(total["area_mm2 share"], 100, rtol=1e-12, atol=0)


# --- progress --------------------------------------------------------------------------------------------------------


def test_history_is_drawn_against_trials():
    history = made_up_history(6).assign(share_pct=lambda frame: 100 * frame["hypervolume"])
    figure = hypervolume_history(history).figure()
    (volume,) = traces(figure, "hypervolume")
    assert_array_equal(volume.x, [50, 100, 150, 200, 250, 300])
    assert_array_equal(volume.y, history["share_pct"])
    assert figure.layout.yaxis.title.text == "hypervolume [%]"


# --- curves ----------------------------------------------------------------------------------------------------------


def grid(**levels):
    index = pd.MultiIndex.from_product(levels.values(), names=list(levels))
    frame = index.to_frame(index=False)
    numbers = np.arange(1.0, len(frame) + 1)
    for i, name in enumerate(("latency_ms", "energy_mj", "area_mm2", "cost_usd"), start=1):
        frame[name] = numbers * i
    frame["feasible"] = numbers > 1
    return frame


@pytest.mark.slow
def test_bandwidth_sweep_draws_a_line_a_group():
    frame = grid(nop_bandwidth_gbps=[20.0, 160.0, 1280.0], n_chiplets=[9, 25])
    figure = nop_bandwidth_sweep(frame, "n_chiplets").figure()
    nine = [trace for trace in figure.data if trace.name == "chiplets given = 9"]
    assert len(nine) == 4
    assert_array_equal(nine[0].x, [20, 160, 1280])
    drawn = frame.loc[frame["n_chiplets"] == 9, "latency_ms"].tolist()
    assert nine[0].y == (None, *drawn[1:])  # its first design is infeasible
    (faint, *others) = [trace for trace in figure.data if "(infeasible)" in trace.name and trace.yaxis == "y"]
    assert others == []
    assert_array_equal(faint.y, drawn)
    assert faint.marker.symbol.endswith("-open")
    assert faint.opacity < 0.5
    assert figure.layout.yaxis.range[0] > 1  # the axis shows 2 to 6, not the infeasible 1
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.yaxis.title.text.startswith("latency [ms]")


def test_the_legend_has_each_group_once_and_says_where_all_of_it_is_infeasible():
    frame = grid(nop_bandwidth_gbps=[20.0, 160.0, 1280.0], n_chiplets=[9, 25])
    frame["feasible"] = frame["n_chiplets"] > 9
    shown = [trace for trace in nop_bandwidth_sweep(frame, "n_chiplets").figure().data if trace.showlegend]
    assert [trace.name for trace in shown] == ["chiplets given = 9 (infeasible)", "chiplets given = 25"]
    assert shown[0].marker.symbol.endswith("-open")
    frame["feasible"] = True
    shown = [trace for trace in nop_bandwidth_sweep(frame, "n_chiplets").figure().data if trace.showlegend]
    assert [trace.name for trace in shown] == ["chiplets given = 9", "chiplets given = 25"]


@pytest.mark.slow
def test_styles_are_drawn_side_by_side():
    frame = grid(tiles_per_chiplet=[9, 16, 25], chiplet_style=["homogeneous", "custom"])
    figure = homogeneous_against_custom(frame).figure()
    assert {trace.name for trace in figure.data if trace.showlegend} == {
        "chiplet style = custom",
        "chiplet style = homogeneous",
    }


def test_lines_over_a_choice_and_without_groups():
    frame = grid(package=["organic", "interposer"])
    figure = lines_by(frame, "package", ["latency_ms", "cost_usd"]).figure()
    assert set(figure.data[0].x) == {"organic", "interposer"}
    assert len(figure.data) == 4  # of each column all designs faintly, then the feasible one


# --- monolith --------------------------------------------------------------------------------------------------------


def test_monolith_draws_each_design_twice(points, front):
    figure = chiplets_against_monolith(points, front).figure()
    (chiplets,) = traces(figure, "chiplets")
    dies = traces(figure, "one die")
    assert len(chiplets.x) == sum(len(trace.x) for trace in dies)
    assert set(front["cost_usd"]) <= set(values(chiplets.y))
    inside, beyond = dies
    assert beyond.marker.symbol == "diamond-open"
    drawn = points.set_index("mono_cost_usd")["mono_fits_reticle"]
    assert all(drawn.loc[cost] for cost in values(inside.y))
    (knee,) = traces(figure, "knee")
    row = front[front["knee"]].iloc[0]
    assert list(knee.y) == [row["cost_usd"], row["mono_cost_usd"]]


# --- style -----------------------------------------------------------------------------------------------------------


def test_axes_are_logarithmic_over_a_decade():
    assert is_log([1.0, 10.0])
    assert not is_log([1.0, 9.9])
    assert not is_log([0.0, 100.0])
    assert not is_log([])
    assert axis([1.0, 100.0])["dtick"] == "D2"
    assert axis([1.0, 10_000.0])["dtick"] == 1
    assert axis([])["type"] == "linear"
    low, high = axis([5.0, 5.0])["range"]
    assert low < 5 < high


def test_columns_of_texts_are_axes_and_colours(points, front):
    words = points.assign(cell=["sram" if i % 2 else "rram_1t1r" for i in range(len(points))])
    some = words.loc[front.index] if set(front.index) <= set(words.index) else front.assign(cell="sram")
    figure = pareto_scatter(
        words, some, "cell", "energy_mj", "cell", OBJECTIVES, [("energy_mj", "cell")], ["cell"]
    ).figure()
    assert figure.layout.xaxis.type == "category"
    assert not len(traces(figure, "best in these")[0].x)  # no cell is better than another
    (shown,) = traces(figure, "Pareto front")
    assert set(shown.marker.colorbar.ticktext) <= {"sram", "rram_1t1r"}


def test_infeasible_points_say_what_they_break(points, front):
    figure = pareto_scatter(points, front, "latency_ms", "energy_mj", None, OBJECTIVES).figure()
    (shown,) = traces(figure, "infeasible")
    assert all(text.startswith("<br>breaks ") and "(by " in text for text in shown.text)


def test_thinning_keeps_both_ends():
    table = pd.DataFrame({"a": np.arange(1000)})
    some = thinned(table, 10)
    assert len(some) == 10
    assert some["a"].iloc[[0, -1]].tolist() == [0, 999]
    assert thinned(table, 2000) is table


def test_the_stepped_line_stays_on_the_beaten_side_of_the_front():
    # At the x of every front design the line's y is no better than that design's: between designs the last y holds.
    ways = {"tops_per_w": "maximise", "energy_mj": "minimise"}
    front = pd.DataFrame({"tops_per_w": [5.0, 4.0, 1.0], "energy_mj": [9.0, 6.0, 2.0]})
    line = best_pairs(front, "tops_per_w", "energy_mj", ways)
    assert line["tops_per_w"].tolist() == [5, 4, 1]
    points = front.assign(feasible=True, adc_bits=[1, 2, 3])
    steps = traces(pareto_scatter(points, front, "tops_per_w", "energy_mj", None, ways).figure(), "best in these")[0]
    assert list(steps.x) == [5, 4, 1]
    # A feasible design beside the front has the best of the two columns where one is no objective.
    beside = pd.DataFrame({"tops_per_w": [6.0], "energy_mj": [9.5], "feasible": [True], "adc_bits": [4]})
    points = pd.concat([points, beside], ignore_index=True)
    steps = traces(pareto_scatter(points, front, "tops_per_w", "energy_mj", None, ways).figure(), "best in these")[0]
    assert list(steps.x) == [6, 5, 4, 1]
    assert steps.line.shape == "hv"  # 9 mJ from 5 down to 4 TOPS/W: nothing better reaches more than 4


def test_engines_are_those_that_the_table_has():
    """A run may be older than an engine that is installed now, or have one that no longer is."""
    columns = {
        f"{engine}_{quantity}": [1.0, 2.0] for engine in ("crossbar", "gone") for quantity in BREAKDOWN_QUANTITIES
    }
    table = pd.DataFrame({**columns, "dram_energy_mj": [5.0, 5.0], "energy_mj": [2.0, 4.0]})
    assert engines_of(table) == engines_of(table.iloc[0]) == ["crossbar", "gone"]
    assert list(engine_table(table.iloc[0])["engine"]) == ["crossbars", "gone", "total"]
    bars = [trace for trace in engine_breakdown(table, ["a", "b"]).figure().data if trace.type == "bar"]
    assert [trace.name for trace in bars[:2]] == ["crossbars", "gone"]
    without = table.assign(**{name: 0.0 for name in columns if name.startswith("gone")})
    shown = [trace.name for trace in engine_breakdown(without, ["a", "b"]).figure().data if trace.showlegend]
    assert shown == ["crossbars"]  # an engine that takes nothing is not named
