"""``reproduce``: a published tool's own figures beside the model's."""

from __future__ import annotations

from pathlib import Path

from siam_dse.cli.output import Format, emit, note
from siam_dse.core.errors import InputError, RunError, unknown_name

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
    from siam_dse.runs.atomic import disk_errors, replace_file, replace_text
    from siam_dse.runs.provenance import now, versions
    from siam_dse.runs.tables import write_csv
    from siam_dse.system import MODEL_VERSION
    from siam_dse.validation.siam_reproduction import reproduce_siam

    if tool not in TOOLS:
        raise InputError("reproduce", unknown_name("tool", tool, TOOLS))
    if tool != "siam" and (out is not None or replace):
        raise InputError("--out, --replace", f"{tool} is printed alone; only siam writes a table and a page")
    if tool in ("simba", "isaac") and network is not None:
        raise InputError("NETWORK", f"{tool} is reproduced with its own network; leave {network!r} out")
    if tool == "headline":
        run_headline(network or _HEADLINE, fmt)
        return
    if tool in ("simba", "isaac"):
        run_system(tool, fmt)
        return
    network = network or _MEASURED
    found = reproduce_siam(network)
    folder = out or Path("results") / "reproductions"
    table, html = (folder / f"{tool}-{found.network}.{ending}" for ending in ("csv", "html"))
    if not replace and (table.exists() or html.exists()):
        raise RunError(f"{html}: is there already; --replace writes it anew, --out DIR keeps both")
    size = f"{found.crossbar} x {found.crossbar} crossbars, 16 tiles of 16 a chiplet, 4-bit flash, 1 bit a cell"
    made = [
        "SIAM's engine was run layer by layer at 32 nm HP with all inputs 1; its rules are those of 'siam-dse validate "
        "--kind siam' and '--kind siam_chiplet', with its artefacts and without.",
        "Profile siam as the engine was run: cross-point cells, activity 0.875, as many chiplets as needed. A "
        "conversion is charged once, in SIAM's engine with every step of the column mux; sums are wider and buffers "
        "hold the inputs of all copies in a tile: that the energies agree together is the sum of these differences.",
        "Times and energies of the arrays are without networks on chip and package; the area is without them, too.",
        f"Model version {MODEL_VERSION}, made {now()}; " + ", ".join(f"{n} {v}" for n, v in versions().items()),
    ]
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    replace_file(table, lambda new: write_csv(found.components, new))
    replace_text(
        html,
        reproduction_page(
            f"SIAM reproduced: {found.network}",
            f"{found.layers} layers on {size}",
            found.components,
            {"What the headlines imply, ResNet-50": found.headlines,
             "Where the energy of the released parameters goes, ResNet-50": found.leakage},
            found.findings,
            made,
        ),
    )  # fmt: skip
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


def run_system(tool: str, fmt: Format) -> None:
    """Print a published system's figures beside ours, with reasons."""
    from siam_dse.validation import systems

    found = systems.simba() if tool == "simba" else systems.isaac()
    emit(found.table, fmt, found.title)
    for line in found.findings:
        note(f"- {line}")
