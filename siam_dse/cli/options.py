"""Arguments and options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from siam_dse.cli.output import PAGE_SUFFIXES, TABLE_SUFFIXES, Format
from siam_dse.core.errors import InputError


def file_to_write(path: Path | None) -> Path | None:
    """A file of ``--out``, if one can be made there: refused before any work, not behind it.

    Raises
    ------
    InputError
        It is a folder, its folder is not there or not to be written to, or a file is where its folder would be.
    """
    if path is None:
        return None
    if path.is_dir():
        raise InputError("--out", f"{path}: is a folder; give a file in it")
    _check_writable(path)
    if not path.parent.is_dir():
        raise InputError("--out", f"{path}: there is no folder {path.parent}; make it, or give another place")
    return path


def folder_to_write(path: Path | None) -> Path | None:
    """A folder of ``--out``, if there is one or one can be made: refused before any work.

    Raises
    ------
    InputError
    """
    if path is None:
        return None
    if path.exists() and not path.is_dir():
        raise InputError("--out", f"{path}: is a file; give a folder")
    _check_writable(path)
    return path


def _check_writable(path: Path) -> None:
    """Refuse a place whose folder, or the first above it that is there, may not be written to."""
    above = next((folder for folder in path.parents if folder.exists()), path.parent)
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        why = "is a file" if above.is_file() else "cannot be written to"
        raise InputError("--out", f"{path}: {above} {why}; give another place")


def table_to_write(path: Path | None) -> Path | None:
    """A table of ``--out``, likewise: its suffix says what it is."""
    return _of_suffix(file_to_write(path), TABLE_SUFFIXES)


def page_to_write(path: Path | None) -> Path | None:
    """A page of ``--out``, likewise."""
    return _of_suffix(file_to_write(path), PAGE_SUFFIXES)


def page_or_table_to_write(path: Path | None) -> Path | None:
    """A page or a table of ``--out``, likewise."""
    return _of_suffix(file_to_write(path), (*PAGE_SUFFIXES, *TABLE_SUFFIXES))


def _of_suffix(path: Path | None, suffixes: tuple[str, ...]) -> Path | None:
    if path is not None and path.suffix.lower() not in suffixes:
        kind = path.suffix or "a file without suffix"
        raise InputError("--out", f"{path}: cannot write {kind}; use {', '.join(suffixes)}")
    return path


def names_in(option: str, texts: Iterable[str]) -> list[str]:
    """Names of an option that takes several, parted by commas.

    Raises
    ------
    InputError
        Nothing but commas.
    """
    texts = list(texts)
    names = [part.strip() for text in texts for part in text.split(",") if part.strip()]
    if texts and not names:
        raise InputError(option, f"{','.join(texts)!r} names nothing; give names, or leave it out")
    return names


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
PresetOption = Annotated[
    str | None,
    typer.Option(
        "--preset", metavar="NAME",
        help="A fabricated macro: its calibration and its fields; a name of 'siam-dse presets', or FILE.yaml",
    ),
]  # fmt: skip
JobsOption = Annotated[int, typer.Option("--jobs", min=-1, help="Processes, for many designs; -1 = one a core")]
SearchJobsOption = Annotated[
    int | None,
    typer.Option("--jobs", min=-1, help="Processes, -1 = one a core; default: as many as pay, up to 4"),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS|local:N",
        help="Workers of a dask scheduler in the place of --jobs; see 'siam-dse manual machines'",
    ),
]  # fmt: skip
NocModelOption = Annotated[
    str, typer.Option("--noc-model", help="Mesh model: fast (closed form), fluid (finer) or cycle (flit by flit)")
]
FormatOption = Annotated[Format, typer.Option("--format", help="How data is printed")]
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
        metavar="NETWORK",
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
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Name or folder of a run (see 'siam-dse runs')")]
XOption = Annotated[str | None, typer.Option("--x", metavar="COLUMN", help="Column on the horizontal axis")]
YOption = Annotated[str | None, typer.Option("--y", metavar="COLUMN", help="Column on the vertical axis")]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="TEXT", help="Only designs with, say, 'cost_usd <= 60'; columns or fields"),
]
NetworkWeightsOption = Annotated[
    str | None,
    typer.Option("--weights", metavar="W,W,...", help="Several networks: inferences of each in a mix; default 1"),
]
AggregateOption = Annotated[
    str,
    typer.Option(
        "--aggregate", help="Several networks: sum of times and energies, or worst ratio to each one's own best"
    ),
]
ChoiceWeightsOption = Annotated[
    str | None,
    typer.Option("--weights", metavar="A=2,B=1", help="Weights of objectives or further columns; 1 where not given"),
]
