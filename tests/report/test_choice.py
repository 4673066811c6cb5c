"""Choosing one design: candidates, distance, what one step changes, commands, the price of generality."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.cli.settings import designs_from_options
from siam_dse.core.errors import InputError, NoFeasibleDesignError
from siam_dse.design.space_reader import read_constraints
from siam_dse.report.choice.candidates import candidates_of, criteria_of, distances, scaled
from siam_dse.report.choice.command import evaluating, settings_of, written
from siam_dse.report.choice.generality import front_shares, price_table
from siam_dse.report.choice.pick import chosen, pick
from siam_dse.report.choice.steps import NOTICED, best_steps
from siam_dse.report.choice.words import WIDTH, change_text
from siam_dse.runs.spaces import space_of_text
from siam_dse.search.enumeration import enumerate_space
from siam_dse.search.problem import Problem
from siam_dse.workload.load import load_network

SPACE = """
name: chosen
axes: {crossbar_size: [64, 128, 256], adc_bits: [5, 6, 7, 8], n_chiplets: [4, 9, 16], buffer_kind: [sram, register]}
fixed: {cell_sigma: 0.1, tiles_per_chiplet: 9}
objectives: {latency_ms: minimise, energy_mj: minimise, accuracy_loss_pct: minimise}
constraints: [fits, area_mm2 <= 60]
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return enumerate_space(load_network("lenet5"), space_of_text(SPACE, "chosen.yaml"), keep="all", name="chosen",
                           results=tmp_path_factory.mktemp("chosen"))  # fmt: skip


class MadeUp:
    """A run whose designs are three made-up rows."""

    path = name = "made-up"

    def __init__(self):
        self.objectives = {"latency_ms": "minimise", "accuracy_loss_pct": "minimise", "tops_per_w": "maximise"}
        self.frame = pd.DataFrame(
            {
                "trial": [4, 5, 6, 7],
                "latency_ms": [1.0, 10.0, 100.0, 200.0],
                "accuracy_loss_pct": [8.0, 4.0, 0.0, 9.0],
                "tops_per_w": [2.0, 4.0, 8.0, 1.0],
                "cost_usd": [40.0, 30.0, 20.0, 10.0],
                "feasible": True,
                "knee": [False, True, False, False],
            }
        )

    def front(self):
        return self.frame.iloc[:3].drop(columns="feasible")

    def points(self):
        return self.frame.drop(columns="knee")


def test_the_distance_by_hand():
    candidates = candidates_of(MadeUp(), weights={"latency_ms": 2})
    assert candidates.frame["trial"].tolist() == [4, 5, 6]  # 7 is beaten in everything
    # latency and efficiency by ratio: 10 lies in the middle of 1 and 100, 4 of 2 and 8; loss by difference
    assert_allclose(scaled(candidates), [[0, 1, 1], [0.5, 0.5, 0.5], [1, 0, 0]], atol=1e-15)
    # weights 2, 1, 1 of 4: sqrt((0 + 1 + 1) / 4), sqrt(1 / 4), sqrt(2 / 4)
    assert_allclose(distances(candidates), [0.5**0.5, 0.5, 0.5**0.5], rtol=1e-14)


def test_bounds_admit_designs_beyond_the_front_and_the_nearest_is_named():
    found = candidates_of(MadeUp(), ["cost_usd <= 15"])
    assert found.frame["trial"].tolist() == [7]
    with pytest.raises(
        NoFeasibleDesignError, match=r"nearest is design 7 with cost_usd 10 \(25 % beyond cost_usd <= 8\)"
    ):
        candidates_of(MadeUp(), ["cost_usd <= 8"])
    with pytest.raises(InputError, match="unknown column 'cost'"):
        candidates_of(MadeUp(), ["cost <= 8"])


def test_criteria_are_the_objectives_or_what_is_named():
    own = {"latency_ms": "minimise", "utilisation": "minimise"}
    assert criteria_of(own).directions == own
    assert dict(criteria_of(own, None, {"latency_ms": 0, "cost_usd": 3}).weights) == {"utilisation": 1, "cost_usd": 3}
    assert criteria_of(own, ["utilisation", "tops_per_w"]).directions == {
        "utilisation": "minimise", "tops_per_w": "maximise"}  # fmt: skip
    for weights, message in (({"latency_ms": -1}, "must be a number from 0 to"), ({"latency": 1}, "unknown output"),
                             (dict.fromkeys(own, 0), "all weights are 0")):  # fmt: skip
        with pytest.raises(InputError, match=message):
            criteria_of(own, None, weights)


def test_a_single_objective_picks_the_best_within_the_bounds(run):
    points = run.points()
    fine = points[points["feasible"] & (points["accuracy_loss_pct"] <= 30)]
    found = pick(run, ["accuracy_loss_pct <= 30"], objectives=["energy_mj"])
    assert found.row["energy_mj"] == fine["energy_mj"].min()
    assert "the best energy of all stored designs with accuracy_loss_pct <= 30" in " ".join(found.text.split())


def test_the_best_steps_are_those_of_every_neighbour_one_by_one(run):
    space, network = run.space(), run.network()
    problem = Problem(network, space)
    found = pick(run)
    steps = best_steps(run, found.problem, found.row, found.candidates.criteria)
    own = space.levels_of(run.designs_of(found.row.to_frame().T.infer_objects()))[0]
    around = []
    for flat in range(space.size):
        levels = space.levels_at([flat])[0]
        moved = np.flatnonzero(levels != own)
        is_step = len(moved) == 1 and (not space.axes[moved[0]].is_ordinal or abs(levels - own).sum() == 1)
        if is_step:
            around.append(levels)
    assert steps.n == len(around)
    for name in run.objectives:
        values = []
        for levels in around:
            evaluation = problem.evaluate(levels[None])
            if problem.scores(evaluation).feasible[0]:
                values.append(float(evaluation.column(name)[0]))
        best = steps.best[name]
        if min(values) < found.row[name] * (1 - NOTICED):
            assert best.figures[name] == min(values)
            assert best.base[name] == found.row[name]
        else:
            assert best is None


def test_a_bound_of_the_choice_holds_for_steps_too(run):
    found = pick(run)
    free = found.steps
    bound = read_constraints([f"latency_ms <= {found.row['latency_ms']}"], "--where")
    tight = best_steps(run, found.problem, found.row, found.candidates.criteria, bound)
    assert tight.n == free.n
    assert tight.n_feasible < free.n_feasible
    assert all(step is None or step.figures["latency_ms"] <= found.row["latency_ms"] for step in tight.best.values())


def test_the_command_gives_the_design_again_bit_for_bit(run):
    for _, row in run.front().iterrows():
        words = evaluating("lenet5", row, run.space(), run.path)
        again = designs_from_options("default", [words[i + 1] for i, word in enumerate(words) if word == "--set"], None)
        assert again.designs.describe(0) == run.designs_of(row.to_frame().T.infer_objects()).describe(0)
    assert "cell_sigma=0.1" in words  # fixed by the space, not an axis
    assert not any(setting.startswith("crossbar_rows") for setting in settings_of(row))


def test_a_long_command_is_broken_for_copying():
    text = written(["siam-dse", "evaluate", "a b.yaml", *["--set", "adc_bits=5"] * 6], 40)
    assert max(map(len, text.splitlines())) <= 40
    assert text.replace(" \\\n", "").split() == ["siam-dse", "evaluate", "'a", "b.yaml'", *["--set", "adc_bits=5"] * 6]


@pytest.mark.parametrize(
    ("name", "after", "before", "text"),
    [("latency_ms", 1.5, 1.0, "+50 %"), ("latency_ms", 3.0, 1.0, "x3"), ("latency_ms", 1.0, 1.0, "same"),
     ("accuracy_loss_pct", 3.0, 1.0, "+2 points"), ("sqnr_db", 20.0, 23.0, "-3 dB"), ("energy_mj", 0.0, 0.0, "same")],
)  # fmt: skip
def test_changes_are_ratios_where_ratios_count(name, after, before, text):
    assert change_text(name, after, before) == text


def test_the_text_fits_a_narrow_terminal_and_names_what_it_says(run):
    for found in (pick(run), chosen(run, int(run.front()["trial"].iloc[-1])), chosen(run, _beaten(run))):
        lines = [line for line in found.text.splitlines() if str(run.path) not in line]
        assert not [line for line in lines if len(line) > WIDTH]
        for part in (
            f"Design {found.id} of chosen",
            "What limits it: ",
            "Best single change",
            "siam-dse evaluate lenet5",
        ):
            assert part in found.text
    assert "is not among" in found.text
    with pytest.raises(InputError, match=r"--design: 9999: .* has stored no such design"):
        chosen(run, 9999)


def _beaten(run):
    points = run.points()
    return int(points.loc[points["feasible"] & ~points["trial"].isin(run.front()["trial"]), "trial"].iloc[0])


def test_the_price_of_generality_by_hand():
    names = {"latency_ms": "minimise", "cost_usd": "minimise", "accuracy_loss_pct": "minimise"}
    own = {"a": pd.DataFrame({"trial": [1, 2, 3], "latency_ms": [4.0, 8.0, 2.0], "cost_usd": [50.0, 25.0, 90.0],
                              "accuracy_loss_pct": [1.0, 3.0, 0.5]})}  # fmt: skip
    design = pd.Series({"latency_ms": 99.0, "latency_ms[a]": 8.0, "cost_usd": 50.0, "cost_usd[a]": 45.0,
                        "accuracy_loss_pct": 5.0, "accuracy_loss_pct[a]": 3.0})  # fmt: skip
    table = price_table(design, own, {"a": own["a"].iloc[0]}, names).set_index("objective")
    # beside its own pick (4 ms, 50 USD, 1 point): twice the latency, the same cost of the machine, 2 points more
    assert_allclose(table["price"], [100.0, 0.0, 2.0])
    # own designs no worse in the rest: 4 ms at 50 USD; 25 USD at 8 ms; 1 point at 4 ms and 50 USD
    assert_allclose(table["avoidable"], [100.0, 100.0, 2.0])
    assert_array_equal(table["own_id"], [1, 1, 1])


def test_the_share_of_a_front_by_hand():
    names = {"latency_ms": "minimise"}
    own = {"a": pd.DataFrame({"latency_ms": [2.0, 4.0]})}
    joint = pd.DataFrame({"latency_ms[a]": [2.1, 3.0]})
    # the best of both fronts is 2 and their only value, so that the box is as wide as that: to 1.1 times 2 beyond it
    assert_allclose(front_shares(joint, own, names)["a"], (4.2 - 2.1) / (4.2 - 2.0), rtol=1e-12, atol=0)
