"""Commands: designs given on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siam_dse.cli.asked import AskedNetwork
from siam_dse.cli.options import (
    DesignOption,
    DesignsOption,
    DimOption,
    FormatOption,
    InputShapeOption,
    JobsOption,
    NetworkArgument,
    NocModelOption,
    PhaseOption,
    PresetOption,
    ProfileOption,
    SetOption,
    TechnologyOption,
    TokensOption,
    page_to_write,
    table_to_write,
)
from siam_dse.cli.output import Format
from siam_dse.cli.settings import with_preset


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
    preset: PresetOption = None,
    layers: Annotated[bool, typer.Option("--layers", help="One row a layer: place, counts, energy, latency")] = False,
    components: Annotated[
        bool, typer.Option("--components", help="One crossbar by component: area, energy, leakage, time")
    ] = False,
    noc_model: NocModelOption = "fast",
    include_dram: Annotated[bool, typer.Option("--include-dram", help="Count the DRAM in energy and latency")] = False,
    uncertainty: Annotated[
        bool, typer.Option("--uncertainty", help="How sure the figures are: constants drawn from their ranges")
    ] = False,
    samples: Annotated[int, typer.Option("--samples", min=1, help="Draws of --uncertainty")] = 200,
    jobs: JobsOption = 1,
    out: Annotated[
        Path | None, typer.Option("--out", callback=table_to_write, help="Write all columns: .csv, .json or .parquet")
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Evaluate one or many designs: latency, energy, area, accuracy, cost, and the breakdown by engine."""
    from siam_dse.cli.evaluating import run_evaluate

    asked = AskedNetwork.of_options(network, tokens, phase, dim, input_shape)
    settings, overlays = set_ or [], with_preset(preset, technology)
    if not components or layers:
        run_evaluate(
            asked, profile, settings, designs, design or [], layers, noc_model, include_dram, jobs, out, fmt,
            overlays, samples if uncertainty else None,
        )  # fmt: skip
    if components and (not layers or fmt is Format.table):
        from siam_dse.cli.components import print_components
        from siam_dse.cli.settings import designs_from_options

        print_components(designs_from_options(profile, settings, designs, design or [], overlays).designs, fmt)


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
    preset: PresetOption = None,
    crossbar: Annotated[
        bool, typer.Option("--crossbar", help="Also one crossbar by component: area, energy, leakage, time")
    ] = False,
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

    asked = AskedNetwork.of_options(network, tokens, phase, dim, input_shape)
    settings, overlays = set_ or [], with_preset(preset, technology)
    run_explain(asked, profile, settings, noc_model, overlays)
    if crossbar:
        from siam_dse.cli.components import print_components
        from siam_dse.cli.settings import designs_from_options

        print_components(designs_from_options(profile, settings, None, overlays=overlays).designs, Format.table)


def check_accuracy(
    profile: ProfileOption = "default",
    set_: SetOption = None,
    designs: DesignsOption = None,
    images: Annotated[int, typer.Option("--images", min=1, help="Test images to classify")] = 100,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of device variation")] = 0,
    ideal_wires: Annotated[bool, typer.Option("--ideal-wires", help="Leave out the drop along wires")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", callback=table_to_write, help="Write all columns: .csv, .json or .parquet")
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Simulate a small network bit by bit on crossbars: measured accuracy and SQNR beside the predicted ones."""
    from siam_dse.cli.checking import run_check_accuracy

    run_check_accuracy(profile, set_ or [], designs, images, seed, ideal_wires, out, fmt)


def check_noc(
    network: Annotated[
        str, typer.Argument(metavar="NETWORK|RUN", help="A network and --set, or a run and --design ID")
    ],
    profile: ProfileOption = "default",
    set_: SetOption = None,
    design: Annotated[int | None, typer.Option("--design", metavar="ID", help="This design of a run")] = None,
    technology: TechnologyOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", callback=table_to_write, help="Write every layer: .csv, .json or .parquet")
    ] = None,
    results: Annotated[Path, typer.Option("--results", help="Folder of all runs")] = Path("results"),
    fmt: FormatOption = Format.table,
) -> None:
    """Simulate a design's network on chip flit by flit: its latency beside those of the closed form and the replay."""
    from siam_dse.cli.checking import run_check_noc

    run_check_noc(network, design, profile, set_ or [], technology or [], results, out, fmt)


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
        Path | None,
        typer.Option(
            "--out", callback=page_to_write, metavar="FILE.html", help="Of two free ones: their trade-off as a picture"
        ),
    ] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Say what a field or constant must be for a design to meet targets: its loosest value."""
    from siam_dse.cli.requiring import run_require

    asked = AskedNetwork.of_options(network, tokens, phase, dim, input_shape)
    run_require(asked, target, free, profile, set_ or [], technology or [], out, fmt)
