"""Commands: what the model is worth, and standing questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siam_dse.cli.options import (
    FormatOption,
    NocModelOption,
    ProfileOption,
    TechnologyOption,
    file_to_write,
    folder_to_write,
    table_to_write,
)
from siam_dse.cli.output import Format


def validate(
    kind: Annotated[str | None, typer.Option("--kind", help="One kind of reference rows; default: all")] = None,
    noc_model: NocModelOption = "fast",
    data: Annotated[Path | None, typer.Option("--data", help="CSV with the knob columns of --kind")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", callback=table_to_write, help="The rows of --data with predictions: .csv")
    ] = None,
    worst: Annotated[int | None, typer.Option("--worst", metavar="N", help="Show the N worst rows")] = None,
    technology: TechnologyOption = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Print the model's errors against reference rows beside their targets, or predict for the rows of a file."""
    from siam_dse.cli.validating import run_validate

    run_validate(kind, noc_model, data, out, worst, fmt, technology or [])


def calibrate(
    measured: Annotated[Path, typer.Argument(metavar="MEASURED.yaml", help="Fields and measured points of a macro")],
    out: Annotated[
        Path | None, typer.Option("--out", callback=file_to_write, metavar="FILE", help="Where to write the overlay")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write over a file that is there")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Calibrate the crossbar on measured points of a macro, and say how far each is from what the others foretell."""
    from siam_dse.cli.calibrating import run_calibrate

    run_calibrate(measured, out, replace, fmt)


def presets(fmt: FormatOption = Format.table) -> None:
    """List the presets: fabricated macros that the crossbar is calibrated on."""
    from siam_dse.cli.calibrating import run_presets

    run_presets(fmt)


def study(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Comparison study; without a name: list them")
    ] = None,
    networks: Annotated[
        list[str] | None, typer.Argument(metavar="NETWORK", help="Zoo names or files; default: the study's own")
    ] = None,
    profile: ProfileOption = "default",
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="Fix a field that the study does not vary")
    ] = None,
    technology: TechnologyOption = None,
    links: Annotated[
        str | None, typer.Option("--links", metavar="A,B|all", help="bandwidth: links of the package to compare")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", callback=folder_to_write, metavar="DIR", help="Default: results/studies/NAME"),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write a study that is there anew")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Comparison study, a standing question asked of some networks: a table and a page of plots in one folder."""
    from siam_dse.cli.studying import run_study

    run_study(name, networks or [], profile, set_ or [], technology or [], links, out, replace, fmt)


def reproduce(
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="What to reproduce: siam, simba, isaac, headline")],
    network: Annotated[
        str | None,
        typer.Argument(
            metavar="NETWORK", help="siam: one whose layers were measured, default resnet110; headline: any"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            callback=folder_to_write,
            metavar="DIR",
            help="For the table and the page; of siam results/reproductions by default",
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write a page that is there anew")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Put a published tool's own figures beside the model's, a table and, of siam or with --out, a page."""
    from siam_dse.cli.reproducing import run_reproduce

    run_reproduce(tool, network, out, replace, fmt)
