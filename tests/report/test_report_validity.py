"""What the report says of how far its figures are to be trusted: the notes of the front's designs."""

from dataclasses import replace

import pytest
from report_runs import small_run

from siam_dse.report.page import report_page
from siam_dse.report.validity import note_lines
from siam_dse.report.view import RunView
from siam_dse.system.columns import NOTES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    return RunView.of(small_run(tmp_path_factory.mktemp("runs")))


def test_notes_of_the_front_are_told_with_their_counts(view):
    """Every design of the run is of the default 32 nm, between two tabulated processes."""
    n = len(view.front)
    line = f"{NOTES['cost_node_between'].text} ({n} of {n} front designs)."
    assert line in note_lines(view)
    _, _, section = report_page(view, {}).partition("How far to trust these figures</h2>")
    assert line in section.partition("<h2")[0]
    assert note_lines(replace(view, front=view.front.iloc[:0])) == []


def test_a_run_of_another_model_is_not_evaluated_anew(view):
    assert note_lines(replace(view, info={**view.info, "fingerprint": {}})) == []


def test_without_a_note_nothing_is_said(view):
    tabulated = view.front.assign(cost_node_nm=28, node_nm=32)
    assert not any(NOTES["cost_node_between"].text in line for line in note_lines(replace(view, front=tabulated)))
