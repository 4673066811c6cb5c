"""``front``, ``plot``, ``report``, ``compare``, ``runs``: look at what runs found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from siam_dse.cli.options import names_in
from siam_dse.cli.output import Format, FrontFormat, emit, has_room, note, write_frame
from siam_dse.cli.views import need_front, need_points, readable, space_for, view_of
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.text import command

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from siam_dse.report.view import RunView
    from siam_dse.runs.folder import RunFolder

FAST = "fast"
_COMPANIONS = ("area_mm2", "tops_per_w")
_COMPARED = ("latency_ms", "energy_mj")


def run_front(
    run: str,
    results: Path,
    noc_model: str = FAST,
    columns: str | None = None,
    sort: str | None = None,
    limit: int = 40,
    out: Path | None = None,
    fmt: FrontFormat = FrontFormat.table,
    *,
    where: Sequence[str] = (),
    weights: str | None = None,
) -> None:
    """Print the front of a run, the knee marked.

    Parameters
    ----------
    run, results : name or path of the run, and the folder of runs
    noc_model : str
        ``fluid``: the front is evaluated again with the finer mesh model, and the difference is shown.
    columns : comma-separated output columns or fields to show beside the axes, optional
        Otherwise the objectives and a few more; JSON and CSV then have every column.
    sort : column, optional
    limit : int
        Most rows of a table for reading; 0 = all.
    out : Path, optional
        Write every column there.
    fmt : FrontFormat
    where : bounds: the front of the stored designs that meet them
    weights : of the distance to the best in everything, which designs then are sorted by, optional
    """
    from siam_dse.engines.mesh.models import TRACE_MODELS
    from siam_dse.report.front import MARK, front_table, set_apart, shortened
    from siam_dse.report.tables import PAPER_TABLES
    from siam_dse.report.view import shown_axes
    from siam_dse.runs.folder import RunFolder
    from siam_dse.runs.tables import ID
    from siam_dse.search.audit import unwatched_accuracy
    from siam_dse.search.problem import Problem

    if noc_model not in TRACE_MODELS:  # before the work
        raise InputError("--noc-model", unknown_name("mesh model", noc_model, TRACE_MODELS))
    view = view_of(run, results)
    need_front(view)
    title, distance = _title(view), list[str]()
    if where or weights is not None:
        view, title, distance = _chosen(view, RunFolder.open(run, results), where, weights)
    front = view.front
    extra: list[str] = []
    if noc_model != FAST:
        front, extra = _again(view, noc_model)
    asked = names_in("--columns", [] if columns is None else [columns])
    for option, names in (("--columns", asked), ("--sort", [sort] if sort else [])):
        unknown = [unknown_name("column", name, list(map(str, front.columns))) for name in names if name not in front]
        if unknown:
            raise InputError(option, unknown)
    if out:
        write_frame(front.sort_values(sort) if sort else front, out)
        note(f"wrote {len(front)} designs x {front.shape[1]} columns to {out}")
        return
    if fmt in (FrontFormat.json, FrontFormat.csv):
        names = [ID, "knee", *shown_axes(front, view.axes), *asked, *distance, *extra] if asked else list(front.columns)
        emit(_sorted(front, sort)[list(dict.fromkeys(names))], Format(fmt))
        return
    shown = asked or [*view.objectives, *(name for name in _COMPANIONS if name in front and len(view.objectives) < 4)]
    axes, same = set_apart(front, shown_axes(front, view.axes))
    table = front_table(front, axes, [*shown, *distance, *extra], sort)
    part = shortened(table, limit) if limit else table
    if fmt is FrontFormat.table:
        emit(readable(part), Format.table, title)
    else:
        print(PAPER_TABLES[fmt](part.rename(columns={MARK: " "}), title))
    note("; ".join(f"{way} {name}" for name, way in view.objectives.items()))
    if same:
        note(f"the same in all {len(front)}: {', '.join(same)}")
    if len(part) < len(table):
        note(f"{len(part)} of {len(table)} designs, evenly spread; --limit 0 or --format csv for all")
    for line in unwatched_accuracy(Problem(view.network, view.space), front):
        note(f"note: {line}")
    note(f"one in words: {command('explain', run, '--design', 'ID')}; to choose one: {command('pick', run)}")


def run_report(run: str, results: Path, out: Path | None = None, with_errors: bool = False) -> None:
    """Write a run's report page; prints its path."""
    from siam_dse.report.page import write_report
    from siam_dse.report.view import MOST_DRAWN
    from siam_dse.runs.folder import RunFolder

    view = view_of(run, results, MOST_DRAWN)
    need_points(view)
    path = out or RunFolder.open(run, results).report_path
    errors = None
    if with_errors:
        from siam_dse.cli import validating

        note("comparing every engine with the packaged reference rows")
        errors = validating.readable(validating.error_tables(None, FAST, brief=True))
    with space_for(command("report", run)):
        write_report(view, path, errors=errors)
    print(path)
    if not len(view.front):
        need_front(view)


def draw(run: RunFolder) -> None:
    """Write plots and report of a run that has just ended."""
    from siam_dse.report.gallery import run_figures, write_plots
    from siam_dse.report.html import Drawn
    from siam_dse.report.page import write_report
    from siam_dse.report.view import MOST_DRAWN, RunView

    view = RunView.of(run, MOST_DRAWN)
    figures = {name: Drawn.of(figure) for name, figure in run_figures(view).items()}
    commands = f"{command('report', run.path)} and {command('plot', run.path)} write what is missing"
    with space_for(f"{commands}; the search itself is complete"):
        write_report(view, run.report_path, figures)
        write_plots(view, run.plots_path, figures)
    note(f"wrote {run.report_path} and {len(figures)} plots in {run.plots_path}")


def run_compare(
    runs: list[str],
    results: Path,
    x: str | None = None,
    y: str | None = None,
    out: Path | None = None,
    fmt: Format = Format.table,
) -> None:
    """Compare the fronts of runs under one reference point; ``out`` gets a page of all of it."""
    from siam_dse.report.compare import compare_runs
    from siam_dse.report.compare_page import comparison_page, measured_in, transposed
    from siam_dse.runs.atomic import replace_text
    from siam_dse.runs.folder import RunFolder

    if out is None and (x or y):
        raise InputError("--x, --y", "say what the page of --out shows; give --out FILE.html, or leave them out")
    found = compare_runs([RunFolder.open(name, results) for name in runs])
    table = found.table
    if fmt is Format.table:
        same = [name for name in ("network", "kind", "status") if table[name].nunique() == 1]
        wide = readable(table.drop(columns=same))
        turned = len(table) < wide.shape[1] and not has_room(wide)  # a column a run may find room
        emit(transposed(table.drop(columns=same)) if turned else wide, fmt, "fronts beside each other")
    else:
        emit(table, fmt)
    if found.is_joint:
        note(measured_in(found))
    for line in found.notes:
        note(f"note: {line}")
    if out:
        known = [name for name in next(iter(found.fronts.values())) if all(name in f for f in found.fronts.values())]
        first = list(found.directions)
        x = x or first[0]
        y = y or next((name for name in (*first, *_COMPARED) if name != x), first[0])
        for option, name in (("--x", x), ("--y", y)):
            if name not in known:
                raise InputError(option, unknown_name("column", name, list(map(str, known))))
        replace_text(out, comparison_page(found, x, y))
        note(f"wrote {out}")


def run_cite(run: str, results: Path) -> None:
    """Print BibTeX of the models and data that a run used."""
    from siam_dse.hand.run import Run

    print(Run.open(run, results).citations(), end="")


def run_runs(results: Path, fmt: Format = Format.table) -> None:
    """List the runs in the results folder."""
    from siam_dse.report.runs import runs_table
    from siam_dse.runs.folder import RunFolder

    table = runs_table(RunFolder.all(results))
    if fmt is Format.table and not len(table):
        note(f"no runs in {results}/; 'siam-dse sweep' makes one")
        return
    emit(table, fmt, f"runs in {results}/")


def _chosen(view: RunView, run: RunFolder, where: Sequence[str], weights: str | None) -> tuple[RunView, str, list[str]]:
    """The view with the front of those stored designs that meet the bounds, in the order of their distance."""
    from dataclasses import replace

    from siam_dse.cli.choosing import parse_weights
    from siam_dse.report.choice.candidates import DISTANCE, candidates_of, distances

    found = candidates_of(run, where, None, parse_weights(weights))
    frame = found.frame
    title = f"{view.name}: {view.network.name} on {view.space.name}, {len(frame)} designs that no other beats"
    if found.where:
        title += f" with {found.said} ({len(found.met):,} stored designs meet it)"
    if weights is None:
        return replace(view, front=frame), title, []
    frame = frame.copy().assign(**{DISTANCE: distances(found)}).sort_values(DISTANCE, kind="stable", ignore_index=True)
    listed = ", ".join(f"{name}={weight:g}" for name, weight in found.criteria.weights.items())
    note(f"in the order of the distance to the best in everything, 0 to 1; weights: {listed}")
    return replace(view, front=frame), title, [DISTANCE]


def _again(view: RunView, noc_model: str) -> tuple[pd.DataFrame, list[str]]:
    """The front with the columns of another mesh model: every objective that it changes, and by how much [%]."""
    from siam_dse.report.fidelity import again

    note(f"evaluating {len(view.front)} designs with the {noc_model} mesh model")
    front, extra, lines = again(view, noc_model)
    for line in lines:
        note(line)
    return front, extra


def _sorted(front: pd.DataFrame, sort: str | None) -> pd.DataFrame:
    return front.sort_values(sort, kind="stable") if sort else front


def _title(view: RunView) -> str:
    return f"{view.name}: {view.network.name} on {view.space.name}, {len(view.front)} on the front"
