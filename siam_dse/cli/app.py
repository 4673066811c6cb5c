"""The typer application: one function a command, each importing what it needs when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siam_dse.cli.asked import AskedNetwork
from siam_dse.cli.output import Format, FrontFormat

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Which chiplet-based in-memory-computing accelerator should I build for this network?",
    epilog="Exit codes: 0 done, 2 a mistake in the input, 3 no feasible design, 70 its own fault, 130 interrupted.",
)

NetworkArgument = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK", help="Zoo name (see 'siam-dse networks') or a file: .yaml, .csv (SIAM layout), .onnx"
    ),
]
TokensOption = Annotated[
    int | None, typer.Option("--tokens", min=1, help="Tokens of a sequence (networks with a transformer block)")
]
PhaseOption = Annotated[
    str | None,
    typer.Option("--phase", help="Of a decoder: prefill (all tokens at once) or decode (the next, others cached)"),
]
DimOption = Annotated[
    list[str] | None, typer.Option("--dim", metavar="NAME=VALUE", help="A size that an ONNX file leaves open")
]
InputShapeOption = Annotated[
    list[str] | None,
    typer.Option("--input-shape", metavar="NAME=1,3,640,640", help="Shape of an input of an ONNX file"),
]
ProfileOption = Annotated[str, typer.Option("--profile", help="Defaults of fields: default or siam")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="Set a field; VALUE,VALUE,... makes a grid")
]
DesignsOption = Annotated[
    Path | None,
    typer.Option(
        "--designs", metavar="FILE", help="CSV: one design a row, columns = fields; a run's pareto.csv, as it is"
    ),
]
DesignOption = Annotated[
    list[int] | None, typer.Option("--design", metavar="ID", help="Of --designs only the row of this id (trial)")
]
TechnologyOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--technology", metavar="FILE",
        help="Values of your own over the packaged ones, repeatable; 'siam-dse technologies template' prints one",
    ),
]  # fmt: skip
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
    tokens: TokensOption = None,
    phase: PhaseOption = None,
    dim: DimOption = None,
    input_shape: InputShapeOption = None,
    design: DesignOption = None,
    technology: TechnologyOption = None,
    layers: Annotated[bool, typer.Option("--layers", help="One row a layer: place, counts, energy, latency")] = False,
    noc_model: NocModelOption = "fast",
    include_dram: Annotated[bool, typer.Option("--include-dram", help="Count the DRAM in energy and latency")] = False,
    jobs: JobsOption = 1,
    out: Annotated[Path | None, typer.Option("--out", help="Write all columns: .csv, .json or .parquet")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Evaluate one or many designs: latency, energy, area, accuracy, cost, and the breakdown by engine."""
    from siam_dse.cli.evaluating import run_evaluate

    asked = AskedNetwork(network, tokens, phase, tuple(dim or ()), tuple(input_shape or ()))
    run_evaluate(
        asked, profile, set_ or [], designs, design or [], layers, noc_model, include_dram, jobs, out, fmt,
        technology or [],
    )  # fmt: skip


@app.command()
def explain(
    network: Annotated[
        str, typer.Argument(metavar="NETWORK|RUN", help="A network and --set, or a run and --design ID")
    ],
    profile: ProfileOption = "default",
    set_: SetOption = None,
    tokens: TokensOption = None,
    phase: PhaseOption = None,
    dim: DimOption = None,
    input_shape: InputShapeOption = None,
    design: Annotated[
        int | None, typer.Option("--design", metavar="ID", help="Explain this design of a run (column trial)")
    ] = None,
    noc_model: NocModelOption = "fast",
    technology: TechnologyOption = None,
    results: Annotated[Path, typer.Option("--results", help="Folder of all runs")] = Path("results"),
) -> None:
    """Say in words where energy, time and area go, what limits a design, and why it does not fit.

    Of a design of a run also what its neighbours and the best single change would cost.
    """
    if design is not None:
        from siam_dse.cli.choosing import run_explain_design

        run_explain_design(network, results, design, profile, set_ or [], noc_model)
        return
    from siam_dse.cli.evaluating import run_explain

    asked = AskedNetwork(network, tokens, phase, tuple(dim or ()), tuple(input_shape or ()))
    run_explain(asked, profile, set_ or [], noc_model, technology or [])


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
    totals: Annotated[
        bool, typer.Option("--totals", help="show NAME --totals prints counts alone, and what was folded")
    ] = False,
    tokens: TokensOption = None,
    phase: PhaseOption = None,
    dim: DimOption = None,
    input_shape: InputShapeOption = None,
    fmt: FormatOption = Format.table,
) -> None:
    """List the networks of the zoo, or print the layer table of one: networks show NAME."""
    from siam_dse.cli.listing import run_networks

    asked = None if name is None else AskedNetwork(name, tokens, phase, tuple(dim or ()), tuple(input_shape or ()))
    run_networks(action, asked, totals, fmt)


@app.command()
def technologies(
    action: Annotated[
        str | None,
        typer.Argument(help="list (default), show NAME, diff FILE, template constant|link|node|package|dram"),
    ] = None,
    name: Annotated[str | None, typer.Argument(help="Constant, table, file or kind")] = None,
    search: Annotated[str | None, typer.Option("--search", metavar="TEXT", help="Entries that hold this text")] = None,
    technology: TechnologyOption = None,
    fmt: FormatOption = Format.table,
) -> None:
    """List constants and tables with unit, status and source; show one; say what an overlay changes."""
    from siam_dse.cli.technologies import run_technologies

    run_technologies(action, name, search, technology or [], fmt)


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
    list[str] | None,
    typer.Option("--objectives", metavar="A B ...", help="In place of the space's: output columns, or column:maximise"),
]
ConstraintOption = Annotated[
    list[str] | None,
    typer.Option("--constraint", metavar="TEXT", help="Beside the space's, such as 'area_mm2 <= 500'"),
]
SpaceSetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Fix a field of the space; VALUE,VALUE,... makes it an axis"),
]
NetworksArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="NETWORK [NETWORK ...]",
        help="Zoo name (see 'siam-dse networks') or a file: .yaml, .csv (SIAM layout), .onnx; several: one machine for "
        "all of them",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Seed of everything random")]
NameOption = Annotated[str | None, typer.Option("--name", metavar="RUN", help="Name of the run's folder")]
ResultsOption = Annotated[Path, typer.Option("--results", help="Folder of all runs")]
StorageOption = Annotated[
    str | None,
    typer.Option("--storage", metavar="URL", help="Optuna storage, or a path ending in .journal; default: study.db"),
]
TimeOption = Annotated[str | None, typer.Option("--time", metavar="TIME", help="How long to search: 30s, 5m, 2h")]
EvaluationsOption = Annotated[
    int | None, typer.Option("--evaluations", min=1, metavar="N", help="Different designs to evaluate")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Enumerate even if that takes more than a day")]
CertifyOption = Annotated[bool, typer.Option("--certify", help="Enumerate the space and compare with the exact front")]


@app.command()
def sweep(
    networks: NetworksArgument,
    space: SpaceOption,
    tokens: TokensOption = None,
    phase: PhaseOption = None,
    dim: DimOption = None,
    input_shape: InputShapeOption = None,
    profile: SpaceProfileOption = None,
    set_: SpaceSetOption = None,
    constraint: ConstraintOption = None,
    objectives: ObjectivesOption = None,
    weights: Annotated[
        str | None,
        typer.Option("--weights", metavar="W,W,...", help="Several networks: inferences of each in a mix; default 1"),
    ] = None,
    aggregate: Annotated[
        str,
        typer.Option(
            "--aggregate", help="Several networks: sum of times and energies, or worst ratio to each one's own best"
        ),
    ] = "sum",
    time_: TimeOption = None,
    evaluations: EvaluationsOption = None,
    trials: Annotated[
        int | None,
        typer.Option("--trials", min=1, help="Trials to store; 1,000 of Optuna's samplers"),
    ] = None,
    sampler: Annotated[
        str,
        typer.Option(
            "--sampler",
            help="auto (enumerate in time, else archive), archive; Optuna's nsga2, nsga3, tpe, gp, random, qmc",
        ),
    ] = "auto",
    start_from: Annotated[
        str | None,
        typer.Option("--start-from", metavar="RUN|FILE", help="Try these first: the front of a run, or a CSV's rows"),
    ] = None,
    storage: StorageOption = None,
    seed: SeedOption = 0,
    name: NameOption = None,
    results: ResultsOption = Path("results"),
    population: Annotated[int, typer.Option("--population", min=2, help="Designs a generation of Optuna's")] = 50,
    keep: Annotated[
        int | None, typer.Option("--keep", min=1, help="Front members stored as trials, at most; default 1,000")
    ] = None,
    certify: CertifyOption = False,
    force: ForceOption = False,
    jobs: JobsOption = 1,
    fmt: FormatOption = Format.table,
) -> None:
    """Search a space for the best trade-offs between the objectives, by default for 20 s; all goes to a run folder."""
    from siam_dse.cli.searching import Changes, run_sweep

    asked = AskedNetwork("", tokens, phase, tuple(dim or ()), tuple(input_shape or ()))
    run_sweep(
        networks,
        asked,
        space,
        Changes(profile, set_ or [], constraint or [], objectives or []),
        time_,
        evaluations,
        trials,
        sampler,
        storage,
        seed,
        name,
        results,
        population,
        keep,
        certify,
        force,
        jobs,
        fmt,
        weights=weights,
        aggregate=aggregate,
        start_from=start_from,
    )


@app.command()
def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Name or folder of the run")],
    trials: Annotated[
        int | None, typer.Option("--trials", min=1, help="Further trials; default: what was asked for and is missing")
    ] = None,
    time_: TimeOption = None,
    evaluations: EvaluationsOption = None,
    storage: StorageOption = None,
    re_evaluate: Annotated[
        bool,
        typer.Option(
            "--re-evaluate", help="Bring the run to today's model first: say what moves, keep the old figures"
        ),
    ] = False,
    results: ResultsOption = Path("results"),
    certify: CertifyOption = False,
    force: ForceOption = False,
    jobs: JobsOption = 1,
    fmt: FormatOption = Format.table,
) -> None:
    """Continue a run that was stopped, or search further; refuses what does not match, showing the difference."""
    from siam_dse.cli.searching import run_resume

    run_resume(run, time_, evaluations, trials, storage, results, certify, force, jobs, fmt, re_evaluate=re_evaluate)


@app.command("enumerate")
def enumerate_(
    networks: NetworksArgument,
    space: SpaceOption,
    tokens: TokensOption = None,
    phase: PhaseOption = None,
    dim: DimOption = None,
    input_shape: InputShapeOption = None,
    profile: SpaceProfileOption = None,
    set_: SpaceSetOption = None,
    constraint: ConstraintOption = None,
    objectives: ObjectivesOption = None,
    jobs: JobsOption = 1,
    keep: Annotated[
        str, typer.Option("--keep", help="What points.parquet holds beside the front: front, sample (10^5) or all")
    ] = "sample",
    seed: SeedOption = 0,
    name: NameOption = None,
    results: ResultsOption = Path("results"),
    force: ForceOption = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Evaluate every design of a space: the exact Pareto front."""
    from siam_dse.cli.searching import Changes, run_enumerate

    asked = AskedNetwork("", tokens, phase, tuple(dim or ()), tuple(input_shape or ()))
    changes = Changes(profile, set_ or [], constraint or [], objectives or [])
    run_enumerate(networks, asked, space, changes, jobs, keep, seed, name, results, force, fmt)


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


WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="TEXT", help="Only designs with, say, 'cost_usd <= 60'; columns or fields"),
]
ChoiceWeightsOption = Annotated[
    str | None,
    typer.Option("--weights", metavar="A=2,B=1", help="Weights of objectives or further columns; 1 where not given"),
]


@app.command()
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
    out: Annotated[Path | None, typer.Option("--out", help="Write all columns: .csv, .json or .parquet")] = None,
    results: ResultsOption = Path("results"),
    fmt: Annotated[FrontFormat, typer.Option("--format", help="How the front is printed")] = FrontFormat.table,
) -> None:
    """Print a run's Pareto front with the knee marked; with --noc-model fluid also what that changes.

    With --where the front of the stored designs within the bounds; with --weights in the order of the weighted
    distance to the best in everything.
    """
    from siam_dse.cli.results import run_front

    run_front(run, results, noc_model, columns, sort, limit, out, fmt, where=where or [], weights=weights)


@app.command()
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
def require(
    network: NetworkArgument,
    target: Annotated[
        list[str], typer.Option("--target", metavar="'COLUMN <= X'", help="What the design must reach; repeatable")
    ],
    free: Annotated[
        str, typer.Option("--free", metavar="A,B,...", help="Fields of numbers, or constants as file.name, each alone")
    ],
    profile: ProfileOption = "default",
    set_: SetOption = None,
    tokens: TokensOption = None,
    phase: PhaseOption = None,
    dim: DimOption = None,
    input_shape: InputShapeOption = None,
    technology: TechnologyOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.html", help="Of two free ones: their trade-off as a picture")
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Say what a field or constant must be for a design to meet targets: its loosest value."""
    from siam_dse.cli.requiring import run_require

    asked = AskedNetwork(network, tokens, phase, tuple(dim or ()), tuple(input_shape or ()))
    run_require(asked, target, free, profile, set_ or [], technology or [], out, fmt)


@app.command()
def uncertainty(
    run: RunArgument,
    results: ResultsOption = Path("results"),
    samples: Annotated[int, typer.Option("--samples", min=1, help="Draws of all uncertain constants")] = 200,
    seed: Annotated[int, typer.Option("--seed", help="Of the draws")] = 0,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A page (.html) or a table (.csv)")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Say how sure a run's front is: bands, which designs stay on it, which constant decides."""
    from siam_dse.cli.uncertain import run_uncertainty

    run_uncertainty(run, results, samples, seed, out, fmt)


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
    """Open optuna-dashboard on a copy of a run's Optuna study."""
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
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Comparison study; without a name: list them")
    ] = None,
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
    """Comparison study, a standing question asked of some networks: a table and a page of plots in one folder."""
    from siam_dse.cli.studying import run_study

    run_study(name, networks or [], profile, set_ or [], links, out, replace, fmt)


@app.command()
def reproduce(
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="What to reproduce: siam")],
    network: Annotated[
        str, typer.Argument(metavar="[NETWORK]", help="A network whose layers were measured, a zoo name or a file")
    ] = "resnet110",
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: results/reproductions")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write a page that is there anew")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Put a published tool's own figures beside the model's, component by component: a table and a page."""
    from siam_dse.cli.reproducing import run_reproduce

    run_reproduce(tool, network, out, replace, fmt)


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
