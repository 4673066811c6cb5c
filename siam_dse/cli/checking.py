"""``check-accuracy`` and ``check-noc``: models beside simulations of what they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siam_dse.cli.output import Format, emit, note, write_frame
from siam_dse.cli.settings import designs_from_options, parse_settings

if TYPE_CHECKING:
    import pandas as pd

    from siam_dse.design.designs import Designs
    from siam_dse.workload.network import Network

# Designs that are checked where none are given: the ADC's cliff with varied differential cells, what a large crossbar
# costs, and the exact regime of offset cells, one bit below its cliff and on it.
_DIFFERENTIAL: dict[str, Any] = {"weight_mapping": "differential", "adc_range": "calibrated", "cell_sigma": 0.1}
_DEFAULT_DESIGNS: tuple[dict[str, Any], ...] = (
    {"crossbar_size": 128, "adc_bits": 3, **_DIFFERENTIAL},
    {"crossbar_size": 128, "adc_bits": 4, **_DIFFERENTIAL},
    {"crossbar_size": 128, "adc_bits": 6, **_DIFFERENTIAL},
    {"crossbar_size": 512, "adc_bits": 6, **_DIFFERENTIAL},
    {"crossbar_size": 128, "adc_bits": 6, "weight_mapping": "offset", "adc_range": "full_scale", "cell_sigma": 0.0},
    {"crossbar_size": 128, "adc_bits": 7, "weight_mapping": "offset", "adc_range": "full_scale", "cell_sigma": 0.0},
)
_ALWAYS_SHOWN = ("crossbar_rows", "adc_bits")


def run_check_accuracy(
    profile: str,
    settings: list[str],
    designs_file: Path | None,
    images: int,
    seed: int,
    ideal_wires: bool,
    out: Path | None,
    fmt: Format,
) -> None:
    """Simulate the digits network on the designs of the options, and print it beside what the engine predicts.

    Parameters
    ----------
    profile : str
    settings : list of ``field=value``
    designs_file : Path, optional
        CSV, one design a row. Neither settings nor file: six designs that show what the model is about.
    images : int
        Test images a design.
    seed : int
        Device variation.
    ideal_wires : bool
        Leave out the drop along column wires on both sides.
    out : Path, optional
        Write all columns there.
    fmt : Format
    """
    from siam_dse.validation.functional import SHOWN_FIELDS, check_accuracy

    designs = _designs(profile, settings, designs_file)
    note(f"simulating {len(designs)} design(s) bit by bit on {images} images, a few seconds each")
    table = check_accuracy(designs, images, seed=seed, wires=not ideal_wires)
    if out:
        write_frame(table, out)
        note(f"wrote {len(table)} designs x {table.shape[1]} columns to {out}")
    elif fmt is Format.table:
        same = [name for name in SHOWN_FIELDS if name not in _ALWAYS_SHOWN and table[name].nunique() == 1]
        emit(table.drop(columns=[*same, "int8_top1", "n_images"]), fmt, _title(table, images))
        note("measured beside predicted_ (assumed data, the search's figure) and data_ (closed form, measured data)")
    else:
        emit(table, fmt)


def _designs(profile: str, settings: list[str], designs_file: Path | None) -> Designs:
    """The designs of the options; the default ones where nothing is asked for."""
    from siam_dse.design.designs import Designs

    if designs_file is not None or parse_settings(settings):
        return designs_from_options(profile, settings, designs_file).designs
    columns = {name: [design[name] for design in _DEFAULT_DESIGNS] for name in _DEFAULT_DESIGNS[0]}
    return Designs.from_columns(columns, profile=profile, n=len(_DEFAULT_DESIGNS), where="default designs")


def _title(table: pd.DataFrame, images: int) -> str:
    """What was simulated, and how far a top-1 of so many images can be off by chance."""
    from math import sqrt

    int8 = float(table["int8_top1"].iloc[0])
    spread = sqrt(max(int8 * (1 - int8), 1 / images) / images)
    return f"digits CNN, {images} images, int8 top-1 {int8:.3f} (one standard error {spread:.3f})"


def run_check_noc(
    name: str,
    design: int | None,
    profile: str,
    settings: list[str],
    overlays: Sequence[Path],
    results: Path,
    out: Path | None,
    fmt: Format,
) -> None:
    """Simulate the network on chip of one design, and print each layer's latency beside the models'.

    Parameters
    ----------
    name : str
        A network, or a run where a ``design`` of it is named.
    profile, settings, overlays
        Of a design of a network.
    results : Path
        Folder of all runs.
    out : Path, optional
        Write every layer there; a table shows those that move something.
    fmt : Format
    """
    from siam_dse.validation.cycles import LEVELS, compare_levels

    network, designs = _one_design(name, design, profile, settings, overlays, results)
    note("simulating every transfer on chip, some seconds to a minute")
    table = compare_levels(network, designs)
    if out:
        write_frame(table, out)
        note(f"wrote {len(table)} rows x {table.shape[1]} columns to {out}")
    elif fmt is Format.table:
        moving = table[table[[f"{level}_ms" for level in LEVELS]].any(axis=1)]
        emit(moving, fmt, f"{network.name}: latency of the network on chip, cycle: simulated flit by flit")
        note("_pct: error of fast and fluid against cycle; the last row is the sum")
    else:
        emit(table, fmt)


def _one_design(
    name: str, design: int | None, profile: str, settings: list[str], overlays: Sequence[Path], results: Path
) -> tuple[Network, Designs]:
    """The design of a run, or the one that the options make."""
    from siam_dse.core.errors import InputError
    from siam_dse.core.text import command
    from siam_dse.runs.folder import RunFolder
    from siam_dse.workload.load import load_network
    from siam_dse.workload.network import Network

    if design is not None:
        if settings or overlays or profile != "default":
            raise InputError(
                "--set, --profile, --technology", "a design of a run is what it is; leave them out, or name a network"
            )
        run = RunFolder.open(name, results)
        network = run.network()
        if not isinstance(network, Network):
            raise InputError("check-noc", f"{name} is a run of several networks; name one, and the design by --set")
        return network, run.designs_of(run.design(design))
    if RunFolder.find(name, results):
        why = f"{name} is a run: say which of its designs, --design ID (see {command('front', name)})"
        raise InputError("check-noc", why)
    designs = designs_from_options(profile, settings, None, (), overlays).designs
    if len(designs) != 1:
        raise InputError("check-noc", f"--set makes {len(designs)} designs; give each field one value")
    return load_network(name), designs
