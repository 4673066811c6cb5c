"""The typer application: one function a command, each importing what it needs when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siam_dse.cli.output import Format

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
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
DesignsOption = Annotated[
    Path | None, typer.Option("--designs", metavar="FILE", help="CSV: one design a row, columns = fields")
]
JobsOption = Annotated[int, typer.Option("--jobs", min=-1, help="Processes, for many designs; -1 = one a core")]
NocModelOption = Annotated[str, typer.Option("--noc-model", help="Mesh model: fast (closed form) or fluid (finer)")]
FormatOption = Annotated[Format, typer.Option("--format", help="How data is printed")]


def _show_version(wanted: bool) -> None:
    if wanted:
        from siam_dse import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    del version


@app.command()
def evaluate(
    network: NetworkArgument,
    profile: ProfileOption = "default",
    set_: SetOption = None,
    designs: DesignsOption = None,
    layers: Annotated[bool, typer.Option("--layers", help="One row a layer: place, counts, energy, latency")] = False,
    noc_model: NocModelOption = "fast",
    include_dram: Annotated[bool, typer.Option("--include-dram", help="Count the DRAM in energy and latency")] = False,
    jobs: JobsOption = 1,
    out: Annotated[Path | None, typer.Option("--out", help="Write all columns: .csv, .json or .parquet")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Evaluate one or many designs: latency, energy, area, accuracy, cost, and the breakdown by engine."""
    from siam_dse.cli.evaluating import run_evaluate

    run_evaluate(network, profile, set_ or [], designs, layers, noc_model, include_dram, jobs, out, fmt)


@app.command()
def explain(
    network: NetworkArgument,
    profile: ProfileOption = "default",
    set_: SetOption = None,
    noc_model: NocModelOption = "fast",
) -> None:
    """Say in words where energy, time and area go, what limits a design, and why it does not fit."""
    from siam_dse.cli.evaluating import run_explain

    run_explain(network, profile, set_ or [], noc_model)


@app.command("check-accuracy")
def check_accuracy(
    profile: ProfileOption = "default",
    set_: SetOption = None,
    designs: DesignsOption = None,
    images: Annotated[int, typer.Option("--images", min=1, help="Test images to classify")] = 100,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of device variation")] = 0,
    ideal_wires: Annotated[bool, typer.Option("--ideal-wires", help="Leave out the drop along wires")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write all columns: .csv, .json or .parquet")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Simulate a small network bit by bit on crossbars: measured accuracy and SQNR beside the predicted ones."""
    from siam_dse.cli.checking import run_check_accuracy

    run_check_accuracy(profile, set_ or [], designs, images, seed, ideal_wires, out, fmt)


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
def technologies(fmt: FormatOption = Format.table) -> None:
    """List every constant with unit, source and status."""
    from siam_dse.cli.listing import run_technologies

    run_technologies(fmt)


@app.command()
def fields(fmt: FormatOption = Format.table) -> None:
    """List the fields of a design, and the output columns."""
    from siam_dse.cli.listing import run_fields

    run_fields(fmt)


SpaceOption = Annotated[
    str, typer.Option("--space", metavar="FILE", help="Search space: a .yaml file, or a name of 'siam-dse spaces'")
]
SpaceProfileOption = Annotated[
    str | None, typer.Option("--profile", help="Defaults of fields, in place of the space's: default or siam")
]
ObjectivesOption = Annotated[
    str | None,
    typer.Option("--objectives", metavar="A,B,...", help="In place of the space's: output columns, or column:maximise"),
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Seed of everything random")]
NameOption = Annotated[str | None, typer.Option("--name", metavar="RUN", help="Name of the run's folder")]
ResultsOption = Annotated[Path, typer.Option("--results", help="Folder of all runs")]
StorageOption = Annotated[
    str | None,
    typer.Option("--storage", metavar="URL", help="Optuna storage, or a path ending in .journal; default: study.db"),
]
CertifyOption = Annotated[bool, typer.Option("--certify", help="Enumerate the space and compare with the exact front")]


@app.command()
def sweep(
    network: NetworkArgument,
    space: SpaceOption,
    profile: SpaceProfileOption = None,
    trials: Annotated[int, typer.Option("--trials", min=1, help="Designs to try")] = 1000,
    sampler: Annotated[
        str, typer.Option("--sampler", help="nsga2, nsga3, tpe, gp, random, qmc, or ours (finds more in fewer trials)")
    ] = "nsga2",
    objectives: ObjectivesOption = None,
    storage: StorageOption = None,
    seed: SeedOption = 0,
    name: NameOption = None,
    results: ResultsOption = Path("results"),
    population: Annotated[int, typer.Option("--population", min=2, help="Designs a generation")] = 50,
    certify: CertifyOption = False,
    jobs: JobsOption = 1,
    fmt: FormatOption = Format.table,
) -> None:
    """Search a space with Optuna for the best trade-offs between the objectives; all of it goes to a run folder."""
    from siam_dse.cli.searching import run_sweep

    run_sweep(
        network,
        space,
        profile,
        trials,
        sampler,
        objectives,
        storage,
        seed,
        name,
        results,
        population,
        certify,
        jobs,
        fmt,
    )


@app.command()
def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Name or folder of the run")],
    trials: Annotated[
        int | None, typer.Option("--trials", min=1, help="Further trials; default: what was asked for and is missing")
    ] = None,
    storage: StorageOption = None,
    results: ResultsOption = Path("results"),
    certify: CertifyOption = False,
    jobs: JobsOption = 1,
    fmt: FormatOption = Format.table,
) -> None:
    """Continue a run that was stopped, or add trials to one; refuses what does not match, showing the difference."""
    from siam_dse.cli.searching import run_resume

    run_resume(run, trials, storage, results, certify, jobs, fmt)


@app.command("enumerate")
def enumerate_(
    network: NetworkArgument,
    space: SpaceOption,
    profile: SpaceProfileOption = None,
    jobs: JobsOption = 1,
    keep: Annotated[
        str, typer.Option("--keep", help="What points.parquet holds beside the front: front, sample (10^5) or all")
    ] = "sample",
    objectives: ObjectivesOption = None,
    seed: SeedOption = 0,
    name: NameOption = None,
    results: ResultsOption = Path("results"),
    fmt: FormatOption = Format.table,
) -> None:
    """Evaluate every design of a space: the exact Pareto front."""
    from siam_dse.cli.searching import run_enumerate

    run_enumerate(network, space, profile, jobs, keep, objectives, seed, name, results, fmt)


@app.command()
def spaces(
    action: Annotated[str | None, typer.Argument(metavar="[show]", help="show NAME prints a space")] = None,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """List the packaged search spaces, or print one: spaces show NAME."""
    from siam_dse.cli.searching import run_spaces

    run_spaces(action, name, fmt)


# --- results ---------------------------------------------------------------------------------------------------------

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Name or folder of a run (see 'siam-dse runs')")]
XOption = Annotated[str | None, typer.Option("--x", metavar="COLUMN", help="Column on the horizontal axis")]
YOption = Annotated[str | None, typer.Option("--y", metavar="COLUMN", help="Column on the vertical axis")]


@app.command()
def front(
    run: RunArgument,
    noc_model: NocModelOption = "fast",
    columns: Annotated[
        str | None, typer.Option("--columns", metavar="A,B,...", help="Columns beside the axes; default: objectives")
    ] = None,
    sort: Annotated[str | None, typer.Option("--sort", metavar="COLUMN", help="Smallest first")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Most rows of a table; 0 = all")] = 40,
    out: Annotated[Path | None, typer.Option("--out", help="Write all columns: .csv, .json or .parquet")] = None,
    results: ResultsOption = Path("results"),
    fmt: FormatOption = Format.table,
) -> None:
    """Print a run's Pareto front with the knee marked; with --noc-model fluid also what that changes."""
    from siam_dse.cli.results import run_front

    run_front(run, results, noc_model, columns, sort, limit, out, fmt)


@app.command()
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


@app.command()
def report(
    run: RunArgument,
    errors: Annotated[bool, typer.Option("--errors", help="Include every engine's errors against references")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Default: report.html in the run")] = None,
    results: ResultsOption = Path("results"),
) -> None:
    """Write a run's report: one self-contained HTML page with tables, plots, validity and provenance."""
    from siam_dse.cli.results import run_report

    run_report(run, results, out, errors)


@app.command()
def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN RUN ...", help="Two or more runs")],
    x: XOption = None,
    y: YOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="HTML file: the fronts overlaid")] = None,
    results: ResultsOption = Path("results"),
    fmt: FormatOption = Format.table,
) -> None:
    """Compare the fronts of runs: hypervolume under one reference point, shares of the joint front, best values."""
    from siam_dse.cli.results import run_compare

    run_compare(runs, results, x, y, out, fmt)


@app.command()
def runs(results: ResultsOption = Path("results"), fmt: FormatOption = Format.table) -> None:
    """List the runs in the results folder."""
    from siam_dse.cli.results import run_runs

    run_runs(results, fmt)


@app.command()
def dashboard(
    run: RunArgument,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port on this machine")] = 8080,
    storage: StorageOption = None,
    results: ResultsOption = Path("results"),
) -> None:
    """Open optuna-dashboard on a copy of a run's study."""
    from siam_dse.cli.dashboard import run_dashboard

    run_dashboard(run, results, port, storage)


@app.command()
def validate(
    kind: Annotated[str | None, typer.Option("--kind", help="One kind of reference rows; default: all")] = None,
    noc_model: NocModelOption = "fast",
    data: Annotated[Path | None, typer.Option("--data", help="CSV with the knob columns of --kind")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The rows of --data with predictions: .csv")] = None,
    worst: Annotated[int | None, typer.Option("--worst", metavar="N", help="Show the N worst rows")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Print the model's errors against reference rows beside their targets, or predict for the rows of a file."""
    from siam_dse.cli.validating import run_validate

    run_validate(kind, noc_model, data, out, worst, fmt)


@app.command()
def study(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Without a name: list the studies")] = None,
    networks: Annotated[
        list[str] | None, typer.Argument(metavar="[NETWORK ...]", help="Zoo names or files; default: the study's own")
    ] = None,
    profile: ProfileOption = "default",
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="Fix a field that the study does not vary")
    ] = None,
    links: Annotated[
        str | None, typer.Option("--links", metavar="A,B|all", help="bandwidth: links of the package to compare")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: results/studies/NAME")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write a study that is there anew")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Answer a standing question for some networks: a table and a page of plots in one folder."""
    from siam_dse.cli.studying import run_study

    run_study(name, networks or [], profile, set_ or [], links, out, replace, fmt)


@app.command()
def manual(
    topic: Annotated[str | None, typer.Argument(metavar="[TOPIC]", help="Without a topic: list them")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Write all pages, or the topic's, as Markdown")
    ] = None,
) -> None:
    """Read the manual: tutorials, search spaces, nomenclature, and a reference made from the code."""
    from siam_dse.cli.manual import run_manual

    run_manual(topic, out)


@app.command()
def cite(run: RunArgument, results: ResultsOption = Path("results")) -> None:
    """Print BibTeX of the models and data that a run used."""
    from siam_dse.cli.results import run_cite

    run_cite(run, results)
