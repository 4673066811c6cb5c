"""Commands: look at what runs found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siam_dse.cli.options import (
    ChoiceWeightsOption,
    FormatOption,
    NocModelOption,
    ResultsOption,
    RunArgument,
    WhereOption,
    XOption,
    YOption,
    page_or_table_to_write,
    page_to_write,
    table_to_write,
)
from siam_dse.cli.output import Format, FrontFormat


def front(
    run: RunArgument,
    where: WhereOption = None,
    weights: ChoiceWeightsOption = None,
    noc_model: NocModelOption = "fast",
    columns: Annotated[
        str | None, typer.Option("--columns", metavar="A,B,...", help="Columns beside the axes; default: objectives")
    ] = None,
    sort: Annotated[str | None, typer.Option("--sort", metavar="COLUMN", help="Smallest first")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Most rows of a table; 0 = all")] = 40,
    out: Annotated[
        Path | None, typer.Option("--out", callback=table_to_write, help="Write all columns: .csv, .json or .parquet")
    ] = None,
    results: ResultsOption = Path("results"),
    fmt: Annotated[FrontFormat, typer.Option("--format", help="How the front is printed")] = FrontFormat.table,
) -> None:
    """Print a run's Pareto front with the knee marked; with --noc-model fluid also what that changes.

    With --where the front of the stored designs within the bounds; with --weights in the order of the weighted
    distance to the best in everything.
    """
    from siam_dse.cli.results import run_front

    run_front(run, results, noc_model, columns, sort, limit, out, fmt, where=where or [], weights=weights)


def pick(
    run: RunArgument,
    where: WhereOption = None,
    weights: ChoiceWeightsOption = None,
    objective: Annotated[
        list[str] | None,
        typer.Option("--objective", metavar="COLUMN", help="In place of the run's; of a single one the best is picked"),
    ] = None,
    results: ResultsOption = Path("results"),
    fmt: FormatOption = Format.table,
) -> None:
    """Pick one design of a run and say why: the best compromise of those within the bounds.

    It says what limits the design, what its neighbours on the front and the best single change would cost, and the
    command that evaluates it again.
    """
    from siam_dse.cli.choosing import run_pick

    run_pick(run, results, where or [], weights, objective, fmt)


def plot(
    run: RunArgument,
    x: XOption = None,
    y: YOption = None,
    colour: Annotated[str | None, typer.Option("--colour", metavar="COLUMN", help="Column as colour")] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="html (default), or for a paper: pdf, svg, png (needs matplotlib)")
    ] = None,
    width: Annotated[str, typer.Option("--width", help="Of a figure for a paper: 3.5in, 88mm, 8.8cm")] = "3.5in",
    font_size: Annotated[float, typer.Option("--font-size", min=4, max=40, help="Of a figure for a paper [pt]")] = 8,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FOLDER|FILE", help="Default: plots/ in the run; .html, .pdf, .svg, .png: one scatter"
        ),
    ] = None,
    results: ResultsOption = Path("results"),
) -> None:
    """Write a run's plots as self-contained HTML files; with --x, --y or --colour one scatter of these columns.

    With --to pdf, svg or png figures for a paper: the front, its objectives, the breakdown, the layers of the knee.
    """
    from siam_dse.cli.plotting import run_plot

    run_plot(run, results, x, y, colour, out, to, width, font_size)


def report(
    run: RunArgument,
    errors: Annotated[bool, typer.Option("--errors", help="Include every engine's errors against references")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", callback=page_to_write, metavar="FILE", help="Default: report.html in the run"),
    ] = None,
    results: ResultsOption = Path("results"),
) -> None:
    """Write a run's report: one self-contained HTML page with tables, plots, validity and provenance."""
    from siam_dse.cli.results import run_report

    run_report(run, results, out, errors)


def uncertainty(
    run: RunArgument,
    results: ResultsOption = Path("results"),
    samples: Annotated[int, typer.Option("--samples", min=1, help="Draws of all uncertain constants")] = 200,
    seed: Annotated[int, typer.Option("--seed", help="Of the draws")] = 0,
    technology: Annotated[
        list[Path] | None,
        typer.Option("--technology", metavar="FILE", help="Ranges of your own, for the run's values; repeatable"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", callback=page_or_table_to_write, metavar="FILE", help="A page (.html) or a table (.csv)"),
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Say how sure a run's front is: bands, which designs stay on it, which constant decides; its report shows it."""
    from siam_dse.cli.uncertain import run_uncertainty

    run_uncertainty(run, results, samples, seed, technology or [], out, fmt)


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN", help="Two or more runs")],
    x: XOption = None,
    y: YOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", callback=page_to_write, metavar="FILE", help="HTML file: the fronts overlaid"),
    ] = None,
    results: ResultsOption = Path("results"),
    fmt: FormatOption = Format.table,
) -> None:
    """Compare the fronts of runs: hypervolume under one reference point, shares of the joint front, best values."""
    from siam_dse.cli.results import run_compare

    run_compare(runs, results, x, y, out, fmt)


def runs(results: ResultsOption = Path("results"), fmt: FormatOption = Format.table) -> None:
    """List the runs in the results folder."""
    from siam_dse.cli.results import run_runs

    run_runs(results, fmt)


def dashboard(
    run: RunArgument,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port here; 0 = any free one")] = 8080,
    results: ResultsOption = Path("results"),
) -> None:
    """Open optuna-dashboard on a copy of a run's designs."""
    from siam_dse.cli.dashboard import run_dashboard

    run_dashboard(run, results, port)


def cite(run: RunArgument, results: ResultsOption = Path("results")) -> None:
    """Print BibTeX of the models and data that a run used."""
    from siam_dse.cli.results import run_cite

    run_cite(run, results)
