"""Problem: signs, excesses, feasibility, names and values that cannot be ranked."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.core.errors import InputError
from siam_dse.design.space import Constraint
from siam_dse.design.space_reader import parse_space
from siam_dse.search.problem import Problem, directed_objectives, excess


def test_objectives_are_minimised_and_constraints_positive_where_violated(network, space):
    problem = Problem(network, space)
    levels = space.levels_at(np.arange(0, space.size, 7))
    evaluation = problem.evaluate(levels)
    scores = problem.scores(evaluation)
    columns = evaluation.columns(["tiles", "chiplets", "utilisation"])
    assert_array_equal(scores.objectives, np.stack([columns["tiles"], columns["chiplets"], -columns["utilisation"]], 1))
    assert problem.constraint_names == ("fits", "tiles <= 120", "rules")
    assert_array_equal(scores.slack[:, 0], evaluation.violations["fits"])
    assert_allclose(scores.slack[:, 1], (columns["tiles"] - 120) / 120, rtol=1e-12, atol=0)
    assert_array_equal(scores.feasible, evaluation.feasible & (columns["tiles"] <= 120))
    assert_array_equal(scores.violation > 0, ~scores.feasible)
    assert 0 < scores.feasible.sum() < len(levels)


def test_the_table_gives_the_scores_back_bit_for_bit(network, space):
    problem = Problem(network, space)
    evaluation = problem.evaluate(space.levels_at(np.arange(50)))
    scores = problem.scores(evaluation)
    frame = problem.table(evaluation)
    again = problem.scores_of_table(frame)
    assert_array_equal(again.objectives, scores.objectives)
    assert_array_equal(again.slack, scores.slack)
    assert_array_equal(frame["feasible"], scores.feasible)
    assert_array_equal(frame["violation"], scores.violation)


def test_excess_is_relative_to_the_bound():
    """At most 10, found 15: half too much; at least 10, found 5: half too little; around 0 the excess itself."""
    values = np.asarray([15.0, 5.0])
    assert_allclose(excess(Constraint("x", "<=", 10.0), {"x": values}), [0.5, -0.5], rtol=1e-12, atol=0)
    assert_allclose(excess(Constraint("x", ">=", 10.0), {"x": values}), [-0.5, 0.5], rtol=1e-12, atol=0)
    assert_allclose(excess(Constraint("x", "<=", 0.0), {"x": values}), [15.0, 5.0], rtol=1e-12, atol=0)
    assert_allclose(excess(Constraint("x", ">=", -10.0), {"x": values}), [-2.5, -1.5], rtol=1e-12, atol=0)


def test_rules_that_the_space_does_not_name_hold_too(network):
    space = parse_space("axes: {cell_bits: [1, 2]}\nfixed: {cell: sram}\nobjectives: {tiles: minimise}", "f")
    problem = Problem(network, space)
    scores = problem.scores(problem.evaluate(space.levels_at([0, 1])))
    assert problem.constraint_names == ("rules",)
    assert_array_equal(scores.feasible, [True, False])  # an SRAM cell stores one bit


def test_names_that_are_not_columns_or_rules_are_refused(network):
    text = "axes: {cell_bits: [1]}\nobjectives: {tails: minimise}\nconstraints: [fit, taels <= 3]"
    with pytest.raises(InputError) as caught:
        Problem(network, parse_space(text, "f"))
    assert len(caught.value.problems) == 3


def test_objectives_without_a_value_are_refused(network, space):
    problem = Problem(network, space)

    class Broken:
        violations = dict.fromkeys(["fits", *problem.other_rules], np.zeros(2))

        def __len__(self):
            return 2

        def columns(self, names):
            return {name: np.asarray([1.0, np.nan]) for name in names}

    with pytest.raises(InputError, match=r"utilisation: has no finite value for 1 of 2 designs; leave it out"):
        problem.scores(Broken())


def test_objectives_by_name_take_the_usual_direction():
    assert directed_objectives(["tiles", "utilisation", "chiplets:maximize"]) == {
        "tiles": "minimise",
        "utilisation": "maximise",
        "chiplets": "maximise",
    }
    with pytest.raises(InputError) as caught:
        directed_objectives(["tails", "chiplets", "tiles", "tiles", "tiles:up"])
    assert len(caught.value.problems) == 5 - 1
    with pytest.raises(InputError, match="at least one"):
        directed_objectives([])


def test_top1_is_not_asked_of_a_network_that_has_none(network, space):
    nameless = replace(network, name="denoiser", int8_top1=float("nan"))
    asking = replace(
        space,
        objectives={**space.objectives, "accuracy_loss_pct": "minimise"},
        constraints=(Constraint("accuracy_loss_pct", "<=", 5.0),),
    )
    with pytest.raises(InputError) as caught:
        Problem(nameless, asking)
    first, second = caught.value.problems
    assert first.startswith("objectives.accuracy_loss_pct: denoiser states no int8_top1")
    assert second.startswith("constraints: 'accuracy_loss_pct <= 5': denoiser states no int8_top1")
    assert "'sqnr_db >= 20'" in first
    assert "'sqnr_db >= 20'" in second
    Problem(nameless, space)
    Problem(network, asking)


def test_a_column_is_bounded_by_another_one(network, space):
    rule = Constraint("x", "<=", "y")
    assert (rule.text, rule.against, rule.columns) == ("x <= y", "y", ("x", "y"))
    columns = {"x": np.array([3.0, 1.0, 2.0]), "y": np.array([2.0, 2.0, 0.0])}
    # 3 is half of 2 beyond 2, 1 half of it within, 2 beyond 0
    assert_allclose(excess(rule, columns), [0.5, -0.5, 2], rtol=1e-15, atol=0)
    bounded = replace(space, constraints=(Constraint("tiles", "<=", "chiplets"),))
    problem = Problem(network, bounded)
    evaluation = problem.evaluate(space.levels_at(np.arange(0, space.size, 7)))
    figures = evaluation.columns(["tiles", "chiplets"])
    expected = figures["tiles"] / figures["chiplets"] - 1
    assert_allclose(problem.scores(evaluation).slack[:, 0], expected, rtol=1e-12, atol=0)
    with pytest.raises(InputError, match="unknown output column 'chiplet'; known: chiplets"):
        Problem(network, replace(space, constraints=(Constraint("tiles", "<=", "chiplet"),)))
