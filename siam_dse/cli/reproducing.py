"""``reproduce``: a published tool's own figures beside the model's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from siam_dse.cli.output import Format, emit, note
from siam_dse.core.errors import InputError, RunError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

TOOLS = ("siam", "simba", "isaac", "headline")
_MEASURED, _HEADLINE = "resnet110", "resnet50"  # networks where none is named


def run_reproduce(tool: str, network: str | None, out: Path | None, replace: bool, fmt: Format) -> None:
    """Print the table of components, and write it and the page.

    Parameters
    ----------
    tool : str
        Of ``TOOLS``.
    network : str
    out : Path, optional
        Folder; default ``results/reproductions``.
    replace : bool
        Write over a page that is there.
    fmt : Format
    """
    from siam_dse.report.reproduction import reproduction_page
    from siam_dse.validation.siam_reproduction import reproduce_siam

    if tool not in TOOLS:
        raise InputError("reproduce", unknown_name("tool", tool, TOOLS))
    if tool == "headline" and (out is not None or replace):
        raise InputError("--out, --replace", f"{tool} is printed alone; siam, simba and isaac write a table and a page")
    if replace and out is None and tool != "siam":
        raise InputError("--replace", f"{tool} is printed alone without --out DIR; give both")
    if tool in ("simba", "isaac") and network is not None:
        raise InputError("NETWORK", f"{tool} is reproduced with its own network; leave {network!r} out")
    if tool == "headline":
        run_headline(_HEADLINE if network is None else network, fmt)
        return
    if tool in ("simba", "isaac"):
        run_system(tool, out, replace, fmt)
        return
    network = _MEASURED if network is None else network
    found = reproduce_siam(network)
    folder = out or Path("results") / "reproductions"
    table, html = _files(folder, f"{tool}-{found.network}", replace)
    size = f"{found.crossbar} x {found.crossbar} crossbars, 16 tiles of 16 a chiplet, 4-bit flash, 1 bit a cell"
    made = [
        "SIAM's engine was run layer by layer at 32 nm HP with all inputs 1; its rules are those of 'siam-dse validate "
        "--kind siam' and '--kind siam_chiplet', with its artefacts and without.",
        "Profile siam as the engine was run: cross-point cells, activity 0.875, as many chiplets as needed. A "
        "conversion is charged once, in SIAM's engine with every step of the column mux; sums are wider and buffers "
        "hold the inputs of all copies in a tile: that the energies agree together is the sum of these differences.",
        "Times and energies of the arrays are without networks on chip and package; the area is without them, too.",
        _made(),
    ]
    text = reproduction_page(
        f"SIAM reproduced: {found.network}",
        f"{found.layers} layers on {size}",
        found.components,
        {"What the headlines imply, ResNet-50": found.headlines,
         "Where the energy of the released parameters goes, ResNet-50": found.leakage},
        found.findings,
        made,
    )  # fmt: skip
    _write(table, html, found.components, text)
    emit(found.components, fmt, f"SIAM reproduced: {found.network}, {found.layers} layers on {size}")
    for line in found.findings:
        note(f"- {line}")
    note(f"wrote {html} and {table.name}")


def run_headline(network: str, fmt: Format) -> None:
    """Print energy an image on several circuits beside GPUs, as ranges."""
    from siam_dse.validation.baselines import headline

    emit(headline(network), fmt, f"{network}: energy an image of published machines over ours, one geometric standard "
         "deviation of our crossbars either way")  # fmt: skip
    note(
        "loss: points of top-1 lost. What a macro was not made for (its rows, bits and range with this network) shows "
        "there: energies of designs that lose much do not count."
    )
    note("GPU figures are of whole boards, at large batches but V100 b1; ours is the package without DRAM. Sources: "
         "'siam-dse technologies show baselines'")  # fmt: skip


def run_system(tool: str, out: Path | None, replace: bool, fmt: Format) -> None:
    """Print a published system's figures beside ours, with reasons; with ``out`` write them and a page there."""
    from siam_dse.report.reproduction import system_page
    from siam_dse.validation import systems

    files = _files(out, tool, replace) if out is not None else None
    found = systems.simba() if tool == "simba" else systems.isaac()
    emit(found.table, fmt, found.title)
    for line in found.findings:
        note(f"- {line}")
    if files is not None:
        table, html = files
        _write(table, html, found.table, system_page(found.title, found.table, found.findings, [_made()]))
        note(f"wrote {html} and {table.name}")


def _files(folder: Path, stem: str, replace: bool) -> tuple[Path, Path]:
    """Table and page of a reproduction, refused where they are there and not to be replaced."""
    table, html = (folder / f"{stem}.{ending}" for ending in ("csv", "html"))
    if not replace and (table.exists() or html.exists()):
        raise RunError(f"{html}: is there already; --replace writes it anew, --out DIR keeps both")
    return table, html


def _write(table: Path, html: Path, frame: pd.DataFrame, text: str) -> None:
    from siam_dse.runs.atomic import OF_A_FILE, disk_errors, replace_file, replace_text
    from siam_dse.runs.tables import write_csv

    with disk_errors(table.parent, OF_A_FILE):
        table.parent.mkdir(parents=True, exist_ok=True)
    replace_file(table, lambda new: write_csv(frame, new))
    replace_text(html, text)


def _made() -> str:
    from siam_dse.runs.provenance import now, versions
    from siam_dse.system import MODEL_VERSION

    return f"Model version {MODEL_VERSION}, made {now()}; " + ", ".join(f"{n} {v}" for n, v in versions().items())
