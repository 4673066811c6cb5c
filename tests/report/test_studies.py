"""Studies on small grids: their figures against evaluations one at a time and hand counts, their pages and folders."""

import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from siam_dse.core.errors import InputError, RunError
from siam_dse.design.designs import Designs
from siam_dse.design.space import Axis, Constraint, SearchSpace
from siam_dse.report.studies import accuracy, bandwidth, monolithic, noc, styles
from siam_dse.report.studies.catalogue import STUDIES, study_named
from siam_dse.report.studies.curves import Panel, curves, legend_lines
from siam_dse.report.studies.folder import check_folder, write_study
from siam_dse.report.studies.page import shown_columns
from siam_dse.report.studies.study import Setting
from siam_dse.search.front import nondominated
from siam_dse.system.evaluate import evaluate
from siam_dse.workload.load import load_network, zoo_names

pytestmark = pytest.mark.slow

LENET, RESNET20 = "lenet5", "resnet20"


def networks(*names):
    return [load_network(name) for name in names]


# The setting -----------------------------------------------------------------------------------------------------


def test_setting_fixes_fields_beside_the_axes():
    designs = Setting("siam", {"adc_bits": "6"}).designs(crossbar_size=[64, 128], n_chiplets=0)
    assert designs.adc_bits.tolist() == [6, 6]
    assert designs.to_frame()["adc_kind"].tolist() == ["flash", "flash"]
    assert designs.crossbar_rows.tolist() == [64, 128]


@pytest.mark.parametrize("name", ["crossbar_size", "crossbar_rows"])
def test_a_fixed_field_may_not_be_an_axis(name):
    with pytest.raises(InputError, match=f"--set: {name}: this study varies crossbar_.*leave it out"):
        Setting("default", {name: "64"}).designs(crossbar_size=[64, 128])


# styles ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def styled():
    return styles.answer(networks(LENET, RESNET20), Setting(), tiles=(4, 16), crossbars=(64, 128))


def test_styles_table_has_every_combination(styled):
    keys = ["network", "crossbar_size", "tiles_per_chiplet", "chiplet_style"]
    assert len(styled.table) == 2 * 2 * 2 * 2
    assert not styled.table.duplicated(keys).any()
    assert (styled.table["duplication"] == "none").all()


def test_styles_summary_is_what_single_evaluations_give(styled):
    for row in styled.summary.to_dict("records"):
        size = {"crossbar_size": row["crossbar_size"], "tiles_per_chiplet": row["tiles_per_chiplet"]}
        one = {
            style: evaluate(
                load_network(row["network"]), Designs.grid(**size, chiplet_style=style, duplication="none")
            ).to_frame().iloc[0]
            for style in ("homogeneous", "custom")
        }  # fmt: skip
        assert row["chiplets"] == one["homogeneous"]["chiplets"] == one["custom"]["chiplets"]
        saved = 100 * (1 - one["custom"]["area_mm2"] / one["homogeneous"]["area_mm2"])
        assert_allclose(row["silicon saved [%]"], saved, rtol=1e-12, atol=0)


def test_resnet20_chiplets_by_hand(styled):
    # 128 x 128: 512 x 512 cells a tile. 13 layers of 16 or 32 channels (up to 288 rows, 256 columns) and the first of
    # 64 take one tile, 5 layers of 576 rows two, fc one: 25 tiles, which fill ceil(25 / 16) = 2 chiplets.
    row = styled.summary.query("network == 'resnet20' and crossbar_size == 128 and tiles_per_chiplet == 16").iloc[0]
    assert row["chiplets"] == 2
    assert_allclose(row["utilisation, equal dies"], 268336 * 8 / (32 * 16 * 128**2), rtol=1e-12, atol=0)
    assert_allclose(row["utilisation, custom"], 268336 * 8 / (25 * 16 * 128**2), rtol=1e-12, atol=0)


def test_custom_dies_never_take_more_silicon(styled):
    assert (styled.summary["silicon saved [%]"] >= -1e-9).all()
    assert list(styled.figures) == ["saved", LENET, RESNET20]
    assert len(styled.findings) == 2


# bandwidth -------------------------------------------------------------------------------------------------------


def line_of(bandwidths, latencies, nop=None, crossbar=1.0):
    columns = {"nop_bandwidth_gbps": bandwidths, "latency_ms": latencies, "crossbar_latency_ms": crossbar}
    nop = [0.0] * len(bandwidths) if nop is None else nop
    return pd.DataFrame({**columns, "nop_latency_ms": nop, "tile_latency_ms": 0.1, "digital_latency_ms": 0.0,
                         "noc_latency_ms": 0.5})  # fmt: skip


@pytest.mark.parametrize(
    ("latencies", "enough"),
    [
        ([10, 9, 8.8, 8.79], 40),  # the first doubling saves 10 %, the next ones 2.2 % and 0.1 %
        ([10, 9.9, 9.8, 9.7], 20),  # none is worth it
        ([10, 9.9, 9.0, 8.99], 80),  # a small step before a large one does not count
        ([10, 9, 8, 7], np.nan),  # the last value cannot be judged
    ],
)
def test_enough_bandwidth_by_hand(latencies, enough):
    np.testing.assert_equal(bandwidth.enough_from(line_of([20, 40, 80, 160], latencies)), enough)


def test_enough_bandwidth_scales_steps_to_doublings():
    # from 20 to 80 are two doublings: 9.0 is 5.1 % a doubling, 9.1 is 4.6 %
    assert bandwidth.enough_from(line_of([20, 80, 160], [10, 9.0, 9.0])) == 80
    assert bandwidth.enough_from(line_of([20, 80, 160], [10, 9.1, 9.1])) == 20


def test_bottleneck_by_hand():
    line = line_of([20, 40, 80], [4, 3, 2], nop=[2.0, 1.0, 0.5])
    assert bandwidth.bottleneck_up_to(line) == 20  # at 40 it takes as much as the crossbars, not more
    assert np.isnan(bandwidth.bottleneck_up_to(line.assign(crossbar_latency_ms=5.0)))


@pytest.fixture(scope="module")
def swept():
    return bandwidth.answer(
        networks(RESNET20), Setting("default", {"tiles_per_chiplet": "4"}), bandwidths=(20, 80), links=("grs", "aib2")
    )


def test_bandwidth_sweep(swept):
    table, summary = swept.table, swept.summary
    assert len(table) == 3 * 2 * 2
    assert list(dict.fromkeys(table["filling"])) == [bandwidth.NO_COPIES, bandwidth.SPARE, bandwidth.TWICE]
    needed = table.query("filling == @bandwidth.NO_COPIES")["chiplets"].unique()
    assert table.query("filling == @bandwidth.TWICE")["chiplets"].unique() == 2 * needed
    shares = table[[f"{engine}_share_pct" for engine in ("crossbar", "tile", "digital", "noc", "nop")]].sum(axis=1)
    assert_allclose(shares, 100, rtol=1e-9, atol=0)
    assert (summary["fastest [ms]"] <= summary["slowest [ms]"]).all()
    assert list(swept.figures) == ["bandwidth", "links", "shares"]
    assert len(swept.findings) == 6


def test_infeasible_bandwidths_are_left_out(swept):
    table = swept.table.copy()
    table["feasible"] = table["nop_bandwidth_gbps"] < 80
    assert (bandwidth.summarise(table)["feasible to [Gb/s]"] == 20).all()
    none = bandwidth.summarise(table.assign(feasible=False))
    assert all("no bandwidth is feasible" in line for line in bandwidth.findings(none))


# monolithic ------------------------------------------------------------------------------------------------------


def test_monolithic_takes_the_cheapest_package():
    result = monolithic.answer(networks(RESNET20), Setting(), tiles=(4, 9, 64), crossbars=(64,), cost_nodes=(28.0, 7.0))
    assert len(result.table) == 3 * 2
    for row in result.summary.to_dict("records"):
        mine = result.table[result.table["cost_node_nm"] == row["cost_node_nm"]]
        assert row["cost_usd"] == mine["cost_usd"].min()
        assert_allclose(row["cost_ratio"], row["mono_cost_usd"] / row["cost_usd"], rtol=1e-12, atol=0)
    assert result.summary["cost_node_nm"].tolist() == [28.0, 7.0]
    assert set(result.summary["winner"]) == {"one die"}  # a few square millimetres


def test_a_die_beyond_the_reticle_loses_whatever_it_costs():
    table = pd.DataFrame({"cost_ratio": [0.5, 0.5, 2.0, 1.0], "mono_fits_reticle": [1, 0, 1, 1]})
    assert monolithic.chiplets_win(table).tolist() == [False, True, True, False]


# accuracy --------------------------------------------------------------------------------------------------------


def small_space(name="tiny"):
    return SearchSpace(
        name,
        axes=(Axis("crossbar_size", (64, 256)), Axis("adc_bits", (3, 6, 8)), Axis("nop_bandwidth_gbps", (20.0, 80.0))),
        fixed={"weight_mapping": "differential", "adc_range": "calibrated", "cell_sigma": 0.1},
        objectives={"latency_ms": "minimise", "energy_mj": "minimise", "accuracy_loss_pct": "minimise"},
        constraints=(Constraint("fits"), Constraint("accuracy_loss_pct", "<=", 10.0)),
    )


def test_cases_strike_the_accuracy_term_alone():
    with_term, without = accuracy.cases(small_space()).values()
    assert list(with_term.objectives) == ["latency_ms", "energy_mj", "accuracy_loss_pct"]
    assert list(without.objectives) == ["latency_ms", "energy_mj"]
    assert [rule.text for rule in without.constraints] == ["fits"]


def test_front_levels_against_a_front_of_all_designs():
    network, (_, space) = load_network(RESNET20), *list(accuracy.cases(small_space()).items())[:1]
    levels, front = accuracy.front_levels(network, space)
    frame = evaluate(network, space.designs_at(np.arange(space.size))).to_frame()
    ok = frame["feasible"] & (frame["accuracy_loss_pct"] <= 10)
    best = frame[ok][nondominated(frame.loc[ok, list(space.objectives)].to_numpy())]
    assert len(best) == len(front) == levels["front"].sum()
    assert levels["designs"].tolist() == [2] * 6
    assert levels["feasible"].sum() == ok.sum()
    expected = best.groupby(["crossbar_rows", "adc_bits"]).size()
    got = levels[levels["front"] > 0].set_index(["crossbar_rows", "adc_bits"])["front"]
    assert got.to_dict() == expected.to_dict()


def test_without_a_price_accuracy_is_given_away():
    result = accuracy.answer(networks(RESNET20), Setting(), spaces=[small_space()])
    kept, given_away = result.summary.to_dict("records")
    assert kept["most loss [points]"] <= 10 < given_away["least loss [points]"]
    assert given_away["ADC bits on the front"] == "3"
    assert list(result.figures) == [RESNET20]


def test_a_space_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(accuracy, "_LARGEST", 11)
    with pytest.raises(InputError, match="search space tiny: has 12 designs, this study enumerates up to 11"):
        accuracy.front_levels(load_network(LENET), small_space())


# noc -------------------------------------------------------------------------------------------------------------


def test_swapped_pairs_by_hand():
    fast, fluid = np.array([1.0, 2.0, 3.0, 3.0]), np.array([1.0, 3.0, 2.0, 4.0])
    # 1 and 2 swap (2 < 3 against 3 > 2); a tie at one level is no swap. At fluid 3 is 50 % above 2.
    assert noc.swapped_pairs(fast, fluid) == (1, 50.0)
    assert noc.swapped_pairs(fluid, fluid) == (0, 0.0)


def test_difference_of_nothing_is_none():
    assert noc.difference_pct(pd.Series([0.0, 1.1]), pd.Series([0.0, 1.0])).round(9).tolist() == [0.0, 10.0]


def test_both_levels_on_two_designs():
    designs = {"default": {}, "twice": {"n_chiplets": noc.TWICE, "tiles_per_chiplet": 9}}
    result = noc.answer(networks(RESNET20), Setting("default", {"adc_bits": "6"}), designs=designs)
    assert result.table["adc_bits"].tolist() == [6, 6]
    one = evaluate(load_network(RESNET20), Designs.grid(adc_bits=6, tiles_per_chiplet=9))
    assert result.table["chiplets"].iloc[1] == 2 * one.column("chiplets_needed")[0]
    fluid = evaluate(load_network(RESNET20), Designs.grid(adc_bits=6), noc_model="fluid").column("latency_ms")[0]
    assert_allclose(result.table["latency_ms fluid"].iloc[0], fluid, rtol=1e-12, atol=0)
    assert result.summary["swapped pairs"].tolist() in (["0 of 1"], ["1 of 1"])
    table = result.table  # nothing but NoC and NoP differs
    moved = [table[f"{part}_latency_ms fast"] - table[f"{part}_latency_ms fluid"] for part in ("noc", "nop")]
    assert_allclose(table["latency_ms fast"] - table["latency_ms fluid"], sum(moved), rtol=1e-6, atol=0)


# Catalogue, page, folder -----------------------------------------------------------------------------------------


def test_catalogue():
    assert list(STUDIES) == ["styles", "bandwidth", "monolithic", "accuracy", "noc", "mixed", "topology", "heat"]
    for study in STUDIES.values():
        assert set(study.networks) <= set(zoo_names())
        assert study.method
        assert study.question.endswith("?")
    with pytest.raises(InputError, match="unknown study 'style'; known: styles,"):
        study_named("style")


def test_folder_holds_tables_page_and_record(styled, tmp_path):
    study, setting = study_named("styles"), Setting("default", {"adc_bits": "7"})
    out = tmp_path / "new" / "styles"
    check_folder(out, replace=False)
    assert not out.exists()
    paths = write_study(study, styled, networks(LENET, RESNET20), setting, out)
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in paths.values())
    assert len(pd.read_csv(paths["table"])) == len(styled.table)
    assert len(pd.read_csv(paths["summary"])) == len(styled.summary)
    record = json.loads(paths["record"].read_text(encoding="utf-8"))
    assert (record["study"], record["networks"], record["fixed"]) == ("styles", [LENET, RESNET20], {"adc_bits": "7"})
    page = paths["page"].read_text(encoding="utf-8")
    for part in ("What it found", styled.findings[0], 'id="figure-resnet20"', study.title, "Plotly.react"):
        assert part in page
    assert "http://" not in page.split("<body>")[1]  # nothing is loaded from elsewhere


def test_a_study_is_not_overwritten_unasked(tmp_path):
    out = tmp_path / "styles"
    out.mkdir()
    check_folder(out, replace=False)  # an empty folder is free
    (out / "study.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RunError, match="holds a study already; --replace writes it anew"):
        check_folder(out, replace=False)
    check_folder(out, replace=True)
    foreign = tmp_path / "mine"
    foreign.mkdir()
    (foreign / "notes.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(RunError, match=r"holds files that no study wrote \(notes.txt"):
        check_folder(foreign, replace=True)
    with pytest.raises(RunError, match="is a file; give --out a folder"):
        check_folder(foreign / "notes.txt", replace=True)


def test_shown_columns_leave_out_what_never_varies(styled):
    shown = shown_columns(styled.table)
    assert "cell" not in shown
    assert "crossbar_rows" not in shown
    assert {"network", "crossbar_size", "tiles_per_chiplet", "chiplet_style", "area_mm2"} <= set(shown)


def test_curves_start_at_zero_where_values_hardly_differ():
    flat = pd.DataFrame({"tiles_per_chiplet": [4, 9], "latency_ms": [37.0, 37.3], "kind": "a", "feasible": True})
    figure = curves([Panel("flat", flat, "latency_ms")], "tiles_per_chiplet", "kind")
    assert figure.layout.yaxis.range[0] == 0
    steep = flat.assign(latency_ms=[1.0, 100.0], feasible=[True, False])
    figure = curves([Panel("steep", steep, "latency_ms")], "tiles_per_chiplet", "kind")
    assert figure.layout.yaxis.type == "log"
    assert list(figure.data[0].marker.symbol) == ["circle", "circle-open"]


def test_legend_lines():
    assert legend_lines(["a", "b"]) == 1
    assert legend_lines(["a network with a very long name"] * 6) == 2
