"""The typer application: which commands there are."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer

from siam_dse.cli.commands import designs, lists, results, search, studies

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Which chiplet-based in-memory-computing accelerator should I build for this network?",
    epilog="Exit codes: 0 done, 2 a mistake in the input, 3 no feasible design, 70 its own fault, 130 interrupted.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from siam_dse import __version__

        print(
            __version__
            if find_spec("numba")
            else f"{__version__} (without numba: large batches and simulated meshes take longer)"
        )
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    del version


app.command()(designs.evaluate)
app.command()(designs.explain)
app.command("check-accuracy")(designs.check_accuracy)
app.command("check-noc")(designs.check_noc)
app.command()(lists.networks)
app.command()(lists.technologies)
app.command()(lists.fields)
app.command()(search.sweep)
app.command()(search.resume)
app.command("enumerate")(search.enumerate_)
app.command()(lists.spaces)
app.command()(results.front)
app.command()(results.pick)
app.command()(results.plot)
app.command()(results.report)
app.command()(designs.require)
app.command()(results.uncertainty)
app.command()(results.compare)
app.command()(results.runs)
app.command()(results.dashboard)
app.command()(studies.validate)
app.command()(studies.calibrate)
app.command()(studies.presets)
app.command()(studies.study)
app.command()(studies.reproduce)
app.command()(lists.manual)
app.command()(results.cite)
