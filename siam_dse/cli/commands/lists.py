"""Commands: what there is to choose from, and the manual."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siam_dse.cli.asked import AskedNetwork
from siam_dse.cli.options import (
    DimOption,
    FormatOption,
    InputShapeOption,
    PhaseOption,
    TechnologyOption,
    TokensOption,
    folder_to_write,
)
from siam_dse.cli.output import Format


def networks(
    action: Annotated[str | None, typer.Argument(metavar="show", help="show NAME prints a layer table")] = None,
    name: Annotated[str | None, typer.Argument(metavar="NAME")] = None,
    totals: Annotated[
        bool, typer.Option("--totals", help="show NAME --totals prints counts alone, and what was folded")
    ] = False,
    as_yaml: Annotated[
        bool, typer.Option("--as-yaml", help="show NAME --as-yaml prints the network as YAML, to be edited by hand")
    ] = False,
    tokens: TokensOption = None,
    phase: PhaseOption = None,
    dim: DimOption = None,
    input_shape: InputShapeOption = None,
    fmt: FormatOption = Format.table,
) -> None:
    """List the networks of the zoo, or print the layer table of one: networks show NAME."""
    from siam_dse.cli.listing import run_networks

    asked = None if name is None else AskedNetwork.of_options(name, tokens, phase, dim, input_shape)
    run_networks(action, asked, fmt, totals=totals, as_yaml=as_yaml)


def technologies(
    action: Annotated[
        str | None,
        typer.Argument(help="list (default), show NAME, diff FILE, template constant|cell|adc|link|node|package|dram"),
    ] = None,
    name: Annotated[str | None, typer.Argument(help="Constant, table, file or kind")] = None,
    search: Annotated[str | None, typer.Option("--search", metavar="TEXT", help="Entries that hold this text")] = None,
    technology: TechnologyOption = None,
    fmt: FormatOption = Format.table,
) -> None:
    """List constants and tables with unit, status and source; show one; say what an overlay changes."""
    from siam_dse.cli.technologies import run_technologies

    run_technologies(action, name, search, technology or [], fmt)


def fields(fmt: FormatOption = Format.table) -> None:
    """List the fields of a design, and the output columns."""
    from siam_dse.cli.listing import run_fields

    run_fields(fmt)


def spaces(
    action: Annotated[str | None, typer.Argument(metavar="show", help="show NAME prints a space")] = None,
    name: Annotated[str | None, typer.Argument(metavar="NAME")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """List the packaged search spaces, or print one: spaces show NAME."""
    from siam_dse.cli.listing import run_spaces

    run_spaces(action, name, fmt)


def manual(
    topic: Annotated[str | None, typer.Argument(metavar="TOPIC", help="Without a topic: list them")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", callback=folder_to_write, metavar="FOLDER", help="Write all pages, or the topic's, as Markdown"
        ),
    ] = None,
) -> None:
    """Read the manual: tutorials, search spaces, nomenclature, and a reference made from the code."""
    from siam_dse.cli.manual import run_manual

    run_manual(topic, out)
