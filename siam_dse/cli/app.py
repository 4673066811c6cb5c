"""The typer application: one function a command, each importing what it needs when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siam_dse.cli.output import Format

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Which chiplet-based in-memory-computing accelerator should I build for this network?",
    epilog="Exit codes: 0 done, 2 a mistake in the input, 3 no feasible design, 130 interrupted.",
)

NetworkArgument = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK", help="Zoo name (see 'siam-dse networks') or a file: .yaml, .csv (SIAM layout), .onnx"
    ),
]
ProfileOption = Annotated[str, typer.Option("--profile", help="Defaults of fields: default or siam")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="Set a field; VALUE,VALUE,... makes a grid")
]
FormatOption = Annotated[Format, typer.Option("--format", help="How data is printed")]
NocOption = Annotated[str, typer.Option("--noc-model", help="fast (closed form) or fluid (phase model)")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Run folder, or its name in the results folder")]
ResultsOption = Annotated[Path, typer.Option("--results", help="Folder that holds the runs")]


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop", is_eager=True)] = False,
) -> None:
    if version:
        from siam_dse import __version__

        print(__version__)
        raise typer.Exit


@app.command()
def evaluate(
    network: NetworkArgument,
    profile: ProfileOption = "default",
    set_: SetOption = None,
    designs: Annotated[Path | None, typer.Option("--designs", help="CSV: one design a row, columns = fields")] = None,
    layers: Annotated[bool, typer.Option("--layers", help="Print the layer table of one design")] = False,
    noc_model: NocOption = "fast",
    include_dram: Annotated[bool, typer.Option("--include-dram", help="Add DRAM to the totals")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write all columns: .csv, .json or .parquet")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Evaluate one or many designs: totals, and the breakdown by engine or layer."""
    from siam_dse.cli.evaluating import run_evaluate

    run_evaluate(network, profile, set_ or [], designs, layers, noc_model, include_dram, out, fmt)


@app.command()
def explain(
    network: NetworkArgument,
    profile: ProfileOption = "default",
    set_: SetOption = None,
    noc_model: NocOption = "fast",
) -> None:
    """Say in words where energy, time and area go, what limits a design, and why it is infeasible if it is."""
    from siam_dse.cli.evaluating import run_explain

    run_explain(network, profile, set_ or [], noc_model)


@app.command()
def sweep(
    network: NetworkArgument,
    space: Annotated[str, typer.Option("--space", help="Search-space file, or the name of a packaged one")],
    profile: ProfileOption = "default",
    trials: Annotated[int, typer.Option("--trials", min=1, help="Trials, duplicates included")] = 1000,
    sampler: Annotated[str, typer.Option("--sampler", help="nsga2, nsga3, tpe, gp, random or qmc")] = "nsga2",
    objectives: Annotated[
        list[str] | None, typer.Option("--objectives", help="Output columns instead of the space's, a comma between")
    ] = None,
    storage: Annotated[
        str | None, typer.Option("--storage", help="Optuna storage URL; default: a file in the run")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the sampler")] = 0,
    name: Annotated[str | None, typer.Option("--name", help="Name of the run folder")] = None,
    results: ResultsOption = Path("results"),
    certify: Annotated[bool, typer.Option("--certify", help="Compare with the exact front of the whole space")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Search a space with Optuna; save every design, the Pareto front and its plots; resumable."""
    from siam_dse.cli.searching import run_sweep

    run_sweep(network, space, profile, trials, sampler, objectives, storage, seed, name, results, certify, fmt)


@app.command()
def resume(
    run: RunArgument,
    trials: Annotated[int, typer.Option("--trials", min=1, help="Further trials")] = 500,
    storage: Annotated[str | None, typer.Option("--storage", help="Optuna storage URL the run was made with")] = None,
    results: ResultsOption = Path("results"),
    fmt: FormatOption = Format.table,
) -> None:
    """Continue a run: further trials; refuses what does not match, showing the difference."""
    from siam_dse.cli.searching import run_resume

    run_resume(run, trials, storage, results, fmt)


@app.command(name="enumerate")
def enumerate_(
    network: NetworkArgument,
    space: Annotated[str, typer.Option("--space", help="Search-space file, or the name of a packaged one")],
    profile: ProfileOption = "default",
    jobs: Annotated[int, typer.Option("--jobs", help="Processes")] = 1,
    keep: Annotated[str, typer.Option("--keep", help="front, sample (front and a random sample) or all")] = "sample",
    name: Annotated[str | None, typer.Option("--name", help="Name of the run folder")] = None,
    results: ResultsOption = Path("results"),
    fmt: FormatOption = Format.table,
) -> None:
    """Walk the whole space: the exact front."""
    from siam_dse.cli.searching import run_enumerate

    run_enumerate(network, space, profile, jobs, keep, name, results, fmt)


@app.command()
def front(
    run: RunArgument,
    noc_model: NocOption = "fast",
    results: ResultsOption = Path("results"),
    fmt: FormatOption = Format.table,
) -> None:
    """Print a run's Pareto front, the knee marked; with --noc-model fluid show what the fluid level changes."""
    from siam_dse.cli.looking import run_front

    run_front(run, noc_model, results, fmt)


@app.command()
def plot(run: RunArgument, results: ResultsOption = Path("results")) -> None:
    """Draw a run's plots as self-contained HTML files."""
    from siam_dse.cli.looking import run_plot

    run_plot(run, results)


@app.command()
def report(run: RunArgument, results: ResultsOption = Path("results")) -> None:
    """Write a run's report: one self-contained HTML file."""
    from siam_dse.cli.looking import run_report

    run_report(run, results)


@app.command()
def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN RUN ...", help="Two or more runs")],
    out: Annotated[Path | None, typer.Option("--out", help="HTML file for the overlaid fronts")] = None,
    results: ResultsOption = Path("results"),
    fmt: FormatOption = Format.table,
) -> None:
    """Compare the fronts of runs: hypervolume under one reference point, overlaid fronts."""
    from siam_dse.cli.looking import run_compare

    run_compare(runs, out, results, fmt)


@app.command()
def runs(results: ResultsOption = Path("results"), fmt: FormatOption = Format.table) -> None:
    """List the runs in the results folder."""
    from siam_dse.cli.looking import run_runs

    run_runs(results, fmt)


@app.command()
def networks(
    action: Annotated[str | None, typer.Argument(metavar="[show]", help="show NAME prints a layer table")] = None,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """List the networks of the zoo, or print the layer table of one: networks show NAME."""
    from siam_dse.cli.listing import run_networks

    run_networks(action, name, fmt)


@app.command()
def spaces(fmt: FormatOption = Format.table) -> None:
    """List the packaged search spaces."""
    from siam_dse.cli.listing import run_spaces

    run_spaces(fmt)


@app.command()
def technologies(fmt: FormatOption = Format.table) -> None:
    """List every constant with unit, source and status."""
    from siam_dse.cli.listing import run_technologies

    run_technologies(fmt)


@app.command()
def fields(fmt: FormatOption = Format.table) -> None:
    """List the fields of a design, and the output columns."""
    from siam_dse.cli.listing import run_fields

    run_fields(fmt)


@app.command()
def validate(
    kind: Annotated[str | None, typer.Option("--kind", help="One kind of reference rows; default: all")] = None,
    noc_model: NocOption = "fast",
    data: Annotated[Path | None, typer.Option("--data", help="CSV with the knob columns of --kind")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="CSV: the rows of --data with the predictions")] = None,
    worst: Annotated[int, typer.Option("--worst", help="Show so many of the worst rows")] = 0,
    fmt: FormatOption = Format.table,
) -> None:
    """Error table against the packaged reference rows, or predictions appended to given rows."""
    from siam_dse.cli.validating import run_validate

    run_validate(kind, noc_model, data, out, worst, fmt)


@app.command(name="check-accuracy")
def check_accuracy(
    set_: SetOption = None,
    profile: ProfileOption = "default",
    images: Annotated[int, typer.Option("--images", min=1, help="Test images")] = 200,
    fmt: FormatOption = Format.table,
) -> None:
    """Simulate a small real network on crossbars bit by bit, beside the predicted accuracy."""
    from siam_dse.cli.validating import run_check_accuracy

    run_check_accuracy(set_ or [], profile, images, fmt)


@app.command()
def dashboard(
    run: RunArgument,
    port: Annotated[int, typer.Option("--port", help="Port on this machine")] = 8080,
    results: ResultsOption = Path("results"),
) -> None:
    """Open optuna-dashboard on a copy of a run's database."""
    from siam_dse.cli.looking import run_dashboard

    run_dashboard(run, port, results)
