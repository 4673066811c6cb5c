"""Designs from the command line: ``--set field=value``, ``--designs FILE.csv``, ``--profile``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from siam_dse.core.errors import InputError

if TYPE_CHECKING:
    from siam_dse.design.designs import Designs
    from siam_dse.technology.technology import Technology
    from siam_dse.technology.variants import Variants


def parse_settings(settings: list[str]) -> dict[str, list[str]]:
    """Field -> values of ``field=value`` or ``field=value,value,...`` (a grid)."""
    out: dict[str, list[str]] = {}
    problems = []
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            problems.append(f"{text!r}: must be field=value")
        elif name.strip() in out:
            problems.append(f"{name.strip()}: given twice")
        else:
            out[name.strip()] = [part.strip() for part in value.split(",")]
    if problems:
        raise InputError("--set", problems)
    return out


def with_preset(preset: str | None, overlays: Sequence[Path] | None) -> list[Path]:
    """The overlays of ``--technology``, over that of a preset."""
    if preset is None:
        return list(overlays or [])
    from siam_dse.technology.presets import preset_path

    return [preset_path(preset), *(overlays or [])]


@dataclass(frozen=True)
class Given:
    """Designs that options describe; ids where their file has some, and the columns of it that are no fields."""

    designs: Designs
    ids: tuple[int, ...] = ()
    ignored: tuple[str, ...] = ()


def designs_from_options(
    profile: str,
    settings: list[str],
    designs_file: Path | None,
    wanted: Sequence[int] = (),
    overlays: Sequence[Path] = (),
) -> Given:
    """The designs that the options describe: rows of a file (all, or those with the ids ``wanted``), or a grid.

    They are computed with the packaged technology and the ``overlays`` over it.
    """
    from siam_dse.design.columns import grid_columns
    from siam_dse.design.designs import Designs
    from siam_dse.design.fields import load_technology
    from siam_dse.technology.variants import FIELD, PACKAGED, Variants

    technology: Technology | Variants = load_technology(*overlays)
    given = parse_settings(settings)
    if designs_file is None:
        if wanted:
            raise InputError("--design", "names a row of --designs FILE; give the file, such as RUN/pareto.csv")
        columns, n = grid_columns(given, "--set")
        return Given(Designs.from_columns(columns, profile=profile, n=n, where="--set", technology=technology))
    from siam_dse.runs.tables import read_designs, with_id

    table = read_designs(designs_file)
    if wanted:
        table = with_id(table, wanted, str(designs_file))
    frame = table.designs.copy()
    for name, values in given.items():
        if len(values) > 1:
            raise InputError("--set", f"{name}: one value only beside --designs, got {','.join(values)}")
        frame[name] = values[0]
    if not overlays:
        technology = _of_run(designs_file)
    if not isinstance(technology, Variants):
        if FIELD in frame and not overlays and (frame[FIELD] != PACKAGED).any():
            named = ", ".join(sorted(map(str, frame[FIELD].unique())))
            raise InputError(str(designs_file), f"names technologies ({named}); give --technology FILE, or the file in "
                                                "the folder of its run")  # fmt: skip
        frame = frame.drop(columns=FIELD, errors="ignore")
    designs = Designs.from_frame(frame, profile=profile, where=str(designs_file), technology=technology)
    return Given(designs, () if table.ids is None else tuple(int(number) for number in table.ids), table.ignored)


def _of_run(designs_file: Path) -> Technology | Variants:
    """What the designs of a run's file were computed with; of another file the packaged technology."""
    from siam_dse.cli.output import note
    from siam_dse.design.space import OVERLAYS
    from siam_dse.runs.folder import RunFolder
    from siam_dse.technology.technology import packaged_technology

    folder = designs_file.parent
    if not (folder / OVERLAYS).is_dir() or not (folder / "run.json").is_file():
        return packaged_technology()
    note(f"{designs_file}: computed with the run's own technology, {folder / OVERLAYS}")
    return RunFolder(folder).space().technology
