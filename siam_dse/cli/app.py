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
    epilog="Exit codes: 0 done, 2 a mistake in the input, 130 interrupted.",
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
    out: Annotated[Path | None, typer.Option("--out", help="Write all columns: .csv, .json or .parquet")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Map a network on one or many designs: tiles, chiplets, utilisation, and which rules a design breaks."""
    from siam_dse.cli.evaluating import run_evaluate

    run_evaluate(network, profile, set_ or [], designs, out, fmt)


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
