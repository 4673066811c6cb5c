"""What the tool says about a space: dead axes, hopeless constraints, axes that do not trade off."""

import numpy as np
import pandas as pd
import pytest

from siam_dse.runs.spaces import space_of_text
from siam_dse.search.audit import audit, front_findings, lost_accuracy
from siam_dse.search.problem import Problem
from siam_dse.workload.load import load_network

TAIL = "objectives: {tiles: minimise, chiplets: minimise}\n"

pytestmark = pytest.mark.usefixtures("stub")


def problem_of(network, text):
    return Problem(network, space_of_text(text, "f"))


def test_nothing_is_odd_about_the_small_space(network, space):
    assert audit(Problem(network, space)) == []


def test_an_axis_that_moves_nothing_is_named(network):
    text = "axes: {crossbar_size: [64, 128], clock_hz: [1e9, 2e9], adc_bits: [5]}\nfixed: {tiles_per_chiplet: 144}\n"
    found = audit(problem_of(network, text + TAIL))
    assert found[0] == "axis adc_bits has one level only; put it in fixed"
    assert found[1].startswith("axis clock_hz moves no objective (tiles, chiplets) in 24 designs looked at")
    assert len(found) == 2


def test_a_constraint_that_excludes_everything_is_named_with_the_closest_design(network):
    """Stub: at least ceil(400 / 4) + 5 = 105 tiles with 64 x 64, and 25 + 5 = 30 with 128 x 128."""
    text = "axes: {crossbar_size: [64, 128], adc_bits: [5, 6], cell_bits: [4, 2]}\nconstraints: [tiles <= 20]\n" + TAIL
    (line,) = audit(problem_of(network, text))
    assert line.startswith("constraint 'tiles <= 20' excludes all 8 designs of the space (closest: 30)")


def test_constraints_that_exclude_everything_together(network):
    text = (
        "axes: {crossbar_size: [64, 128], n_chiplets: [2, 4], tiles_per_chiplet: [100, 400]}\n"
        "constraints: [tiles <= 200, utilisation >= 0.4]\nfixed: {adc_bits: 5}\n" + TAIL
    )
    line = audit(problem_of(network, text))[-1]
    assert "the constraints together exclude all 8 designs" in line
    assert "breaks utilisation >= 0.4" in line


def test_axes_that_do_not_trade_off_on_a_front(network, space):
    problem = Problem(network, space)
    levels = np.zeros((12, 5), dtype=np.int64)
    levels[:, 0] = np.arange(12) % 3
    levels[:, 1] = 2 - levels[:, 0]  # adc_bits follows crossbar_size
    levels[:, 2] = np.arange(12) % 4
    levels[:, 3] = np.arange(12) % 2
    found = front_findings(problem, levels)
    assert "on the front cell_bits is always 1: it does not trade off here" in found
    assert "on the front adc_bits follows from crossbar_size (64: 8, 96: 6, 128: 4)" in found
    assert not any("tiles_per_chiplet follows" in line for line in found)
    assert front_findings(problem, levels[:1]) == []


def test_axes_are_judged_on_designs_that_fit(network):
    """Stub: 400 + 4 tiles of 64 x 64 fill 101 chiplets of 4 tiles, of which 4 x 4 = 16 are room: nothing fits."""
    text = (
        "axes: {n_chiplets: [1, 4], tiles_per_chiplet: [1, 4]}\nfixed: {crossbar_size: 64, adc_bits: 4, cell_bits: 1}\n"
    )
    found = audit(problem_of(network, text + TAIL + "constraints: [fits]"))
    assert found[0].startswith("none of 4 designs looked at fits, so which axes move an objective cannot be told")
    assert found[1].startswith("constraint 'fits' excludes all 4 designs of the space")
    assert len(found) == 2


def test_an_axis_of_which_one_level_fits_is_not_called_still(network):
    """Stub: 25 + 4 tiles of 256 x 256 need 29 chiplets of 1 tile: 36 are enough, 1 is not."""
    text = "axes: {n_chiplets: [1, 36], clock_hz: [1e9, 2e9]}\n"
    fixed = "fixed: {tiles_per_chiplet: 1, crossbar_size: 256, adc_bits: 4, cell_bits: 1}\n"
    found = audit(problem_of(network, text + fixed + TAIL + "constraints: [fits]"))
    assert found[0].startswith("axis n_chiplets: at most one of its levels fits in each of 24 designs looked at")
    assert found[1].startswith("axis clock_hz moves no objective (tiles, chiplets) in 24 designs looked at")
    assert len(found) == 2


def test_designs_that_do_not_fit_make_no_axis_still(monkeypatch):
    """The model evaluates what needs more chiplets as if it had them: ResNet-50 on at most 9 chiplets of 9 tiles."""
    monkeypatch.undo()
    text = (
        "axes: {n_chiplets: [4, 9], adc_bits: [5, 6], crossbar_size: [64, 96]}\nfixed: {tiles_per_chiplet: 9}\n"
        "objectives: {latency_ms: minimise, energy_mj: minimise}\nconstraints: [fits]"
    )
    found = audit(problem_of(load_network("resnet50"), text))
    assert "none of 8 designs looked at fits" in found[0]
    assert not any("moves no objective" in line for line in found)


def test_lost_accuracy_is_shouted_where_nobody_minds_it(network, space):
    front = pd.DataFrame({"accuracy_loss_pct": [0.2, 1.5, 4.0]})
    (line,) = lost_accuracy(Problem(network, space), front)
    assert line.startswith(
        "ACCURACY IS NEITHER AN OBJECTIVE NOR A CONSTRAINT: 2 of the front's 3 designs lose more than 1"
    )
    assert "up to 4;" in line
    assert lost_accuracy(Problem(network, space), front[:1]) == []
    minded = space.with_objectives({"tiles": "minimise", "accuracy_loss_pct": "minimise"})
    assert lost_accuracy(Problem(network, minded), front) == []
