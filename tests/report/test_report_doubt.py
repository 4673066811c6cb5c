"""How sure a front is: what a run keeps of it, and its pictures."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse as sd
from siam_dse.core.errors import InputError
from siam_dse.report.doubt import (
    bands_figure,
    constant_table,
    doubt_of,
    influence_table,
    kept_doubt,
    stays_table,
    summary,
    tornado,
)
from siam_dse.report.page import report_page
from siam_dse.report.view import RunView
from siam_dse.runs.folder import RunFolder
from siam_dse.search.uncertainty import Uncertainty
from siam_dse.technology.ranges import Range

SURE = """name: sure
sources: {lab: {title: t, authors: a, where: w}}
constants:
  adc.sar_cycle: {value: 1, unit: ns, source: lab, status: measured, range: [0.99, 1.01]}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    space = sd.Space({"adc_bits": [5, 6, 7], "crossbar_size": [64, 128]}, ["latency_ms", "energy_mj", "sqnr_db"])
    return sd.enumerate_space("lenet5", space, results=tmp_path_factory.mktemp("doubt"), name="run")


@pytest.fixture(scope="module")
def found(run):
    assert kept_doubt(run) is None
    return run.uncertainty(samples=8, seed=1)


def test_a_run_keeps_how_sure_its_front_is_and_its_report_shows_it(run, found):
    kept = kept_doubt(RunFolder.open(run.path))
    assert kept is not None
    assert_array_equal(kept.designs["trial"], run.front()["trial"])
    assert_allclose(kept.designs.to_numpy(), found.designs.to_numpy(), rtol=1e-12, atol=0)
    low, median, high = (found.designs[f"latency_ms {end}"] for end in ("low", "median", "high"))
    assert ((low < median) & (median < high)).all()
    shares = 8 * found.designs["stays"] / 100  # of 8 draws
    assert_allclose(shares, shares.round(), rtol=0, atol=1e-9)
    assert len(found.robust) == (found.designs["stays"] >= 95).sum()
    assert "of 8 draws" in summary(kept)
    page = report_page(RunView.of(run), {})
    assert "How sure the front is" in page
    assert "The robust front" in page
    some = run.front().iloc[1:][::-1]  # a page has some designs of a long front
    table = stays_table(kept, some, []).set_index("trial")
    assert_array_equal(table.loc[some["trial"], "stays"], found.designs["stays"].to_numpy()[1:][::-1])
    run.update({"uncertainty": {"of": "another front"}})
    assert kept_doubt(run) is None


def test_ranges_of_one_s_own_make_a_front_surer_and_values_of_one_s_own_are_refused(run, found, tmp_path):
    path = tmp_path / "sure.yaml"
    path.write_text(SURE)
    narrow = doubt_of(run, 4, overlays=[str(path)])
    spread = [each.designs["latency_ms high"] - each.designs["latency_ms low"] for each in (found, narrow)]
    assert (spread[1] < 0.3 * spread[0]).all()
    path.write_text(SURE.replace("value: 1,", "value: 1.005,"))
    with pytest.raises(InputError, match=r"adc\.sar_cycle: was 1, now 1\.005 ns; a run's ranges may differ"):
        doubt_of(run, 4, overlays=[str(path)])


def test_tornado_and_bands_are_drawn_from_the_tables(found):
    table = influence_table(found)
    assert table["constant"].iloc[0] == "adc.sar_cycle"
    assert (table.drop(columns=["constant", "range", "why"]).max(axis=1) > 0).all()
    bars = [trace for trace in tornado(found).figure().data if trace.xaxis == "x"]
    last = found.constants.set_index("constant").loc["adc.sar_cycle"]
    assert bars[0].y[-1] == "adc.sar_cycle"
    assert_allclose(bars[0].x[-1], last["latency_ms at lowest"] - last["latency_ms"], rtol=1e-12, atol=0)
    drawn = bands_figure(found).figure()
    dots = [trace for trace in drawn.data if trace.showlegend is not False]
    assert sum(len(trace.x) for trace in dots) == len(found.designs)
    bars = [trace.error_x.array for trace in drawn.data if trace.error_x.array is not None]
    assert sum(map(len, bars)) == len(found.designs)  # few: each has its band
    assert np.concatenate(bars).min() > 0


def test_what_a_constant_moves_is_its_swing_over_the_value():
    found = Uncertainty(
        ranges=(Range("a", "b", 0.5, 2.0, "why"),), objective_names=("latency_ms",),
        objectives=np.ones((1, 1, 1)), feasible=np.ones((1, 1), bool), on_front=np.ones((1, 1), bool),
        low=np.array([[3.0]]), high=np.array([[9.0]]), nominal=np.array([4.0]),
    )  # fmt: skip
    row = constant_table(found).iloc[0]
    assert_allclose(row["latency_ms moves"], 150, rtol=1e-12, atol=0)  # (9 - 3) / 4
