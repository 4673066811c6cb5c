"""``evaluate`` and ``explain``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from siam_dse.cli.output import Format, emit, note, write_frame
from siam_dse.cli.settings import designs_from_options
from siam_dse.cli.uncertain import print_bands
from siam_dse.core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from siam_dse.cli.asked import AskedNetwork
    from siam_dse.system.evaluate import Evaluation

# Columns of the table that one design or a few are shown in; --out and --format csv have all of them.
SHOWN = (
    "latency_ms",
    "energy_mj",
    "area_mm2",
    "die_area_mm2",
    "chiplets",
    "tiles",
    "utilisation",
    "tops_per_w",
    "sqnr_db",
    "accuracy_loss_pct",
    "cost_usd",
)

_UNITS = (("mj", "uj", "nj", "pj", "fj"), ("ms", "us", "ns", "ps"))  # ends of columns, each a thousandth of the last
_MEASURED = tuple(f"_{units[0]}" for units in _UNITS)
_THOUSAND = 1000
_SMALL = 0.1  # of the first unit: figures below are shown in a smaller one


def run_evaluate(
    asked: AskedNetwork,
    profile: str,
    settings: list[str],
    designs_file: Path | None,
    wanted: list[int],
    layers: bool,
    noc_model: str,
    include_dram: bool,
    jobs: int,
    out: Path | None,
    fmt: Format,
    overlays: Sequence[Path] = (),
    samples: int | None = None,
) -> None:
    """Evaluate the designs of the options and print or write what was asked for; with ``samples`` draws also bands."""
    from siam_dse.system.evaluate import evaluate

    network = asked.load()
    given = designs_from_options(profile, settings, designs_file, wanted, overlays)
    evaluation = evaluate(network, given.designs, noc_model=noc_model, include_dram=include_dram, jobs=jobs)
    if given.ignored:
        note(f"{designs_file}: columns that are figures, not fields, were left aside ({len(given.ignored)} of them)")
    if samples is not None and (layers or out or fmt is not Format.table):
        if layers:
            raise InputError("--uncertainty", "says how sure a design's figures are, not a layer's; leave --layers out")
        print_bands(evaluation, samples, given.ids, out, fmt)
        return
    if len(evaluation) == 1 and not (layers or out or given.ids) and fmt is Format.table:
        _print_one(evaluation, profile)
    else:
        frame = _layers(evaluation, given.ids) if layers else _with_ids(evaluation.to_frame(), given.ids)
        _put(evaluation, frame, profile, layers, out, fmt)
    if samples is not None:
        print_bands(evaluation, samples, given.ids, None, fmt)
    if len(evaluation) == 1 and fmt is Format.table and not out:
        note(f"band: {evaluation.bands().words()}")
    _say_notes(evaluation)
    for name, slack in evaluation.violations.items():
        if (slack > 0).any():
            note(f"{int((slack > 0).sum())} design(s) break the rule {name}: {evaluation.rule(name)}")


def _put(
    evaluation: Evaluation, frame: pd.DataFrame, profile: str, layers: bool, out: Path | None, fmt: Format
) -> None:
    """Print or write a table of designs or layers."""
    if out:
        write_frame(frame, out)
        note(f"wrote {len(frame)} rows x {frame.shape[1]} columns to {out}")
    elif fmt is not Format.table:
        emit(frame, fmt)
    elif layers:
        _print_layers(evaluation, frame)
    else:
        _print_tables(evaluation, frame, profile)


def _with_ids(frame: pd.DataFrame, ids: tuple[int, ...]) -> pd.DataFrame:
    """The table with the ids that the designs' file gave them in front, as that file names them."""
    from siam_dse.runs.tables import ID

    if ids:
        frame.insert(0, ID, list(ids))
    return frame


def _say_notes(evaluation: Evaluation) -> None:
    """What a user should know of the figures, each note once."""
    from siam_dse.system.columns import NOTES

    for name, applies in evaluation.notes.items():
        note(f"note on {int(applies.sum())} of {len(evaluation)} design(s), {name}: {NOTES[name].text}")


def _layers(evaluation: Evaluation, ids: tuple[int, ...]) -> pd.DataFrame:
    """Layers of every design, one after the other, under its id or its number."""
    import pandas as pd

    tables = [evaluation.by_layer(i) for i in range(len(evaluation))]
    for i, table in enumerate(tables):
        table.insert(0, "design", ids[i] if ids else i)
    return pd.concat(tables, ignore_index=True)


def _fitted(frame: pd.DataFrame) -> pd.DataFrame:
    """A table of energies (``_mj``) and times (``_ms``) in the unit of a thousandth that their largest fills."""
    smaller = _smaller({str(name): float(frame[name].max()) for name in frame if str(name).endswith(_MEASURED)})
    out = frame.assign(**{name: frame[name] * factor for name, (_, factor) in smaller.items()})
    return out.rename(columns={name: renamed for name, (renamed, _) in smaller.items()})


def _fitted_rows(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """The same of rows of equal keys."""
    measured = {name: [cast(float, row[name]) for row in rows] for name in rows[0] if name.endswith(_MEASURED)}
    smaller = _smaller({name: max(values) for name, values in measured.items()})
    as_is = {name: (name, None) for name in rows[0]}
    return [
        {renamed: row[name] if factor is None else cast(float, row[name]) * factor
         for name, (renamed, factor) in (as_is | smaller).items()}
        for row in rows
    ]  # fmt: skip


def _smaller(largest: dict[str, float]) -> dict[str, tuple[str, int]]:
    """New name and factor of the columns whose unit is too large, from the largest value of each."""
    out: dict[str, tuple[str, int]] = {}
    for units in _UNITS:
        names = [name for name in largest if name.endswith(f"_{units[0]}")]
        most = max((largest[name] for name in names), default=0.0)
        if 0 < most < _SMALL:
            step = next((i for i in range(1, len(units)) if most * _THOUSAND**i >= 1), len(units) - 1)
            out |= {name: (f"{name.removesuffix(units[0])}{units[step]}", _THOUSAND**step) for name in names}
    return out


def _print_layers(evaluation: Evaluation, frame: pd.DataFrame) -> None:
    """Layers in two tables: where they lie and what they count, and what they take."""
    key = ["layer"] if len(evaluation) == 1 else ["design", "layer"]
    names = [str(name) for name in frame]
    taken = [name for name in names if name.endswith("_latency_ms") and frame[name].any()]
    energies = [name for name in names if name.endswith("_mj") and frame[name].any()]
    counted = [name for name in names if name not in {"design", "layer"} and not name.endswith(("_mj", "_latency_ms"))]
    title = f"{evaluation.network.name}, layer by layer"
    emit(frame[[*key, *counted]], Format.table, f"{title}: place and counts of one inference")
    emit(_fitted(frame[[*key, *taken]]), Format.table, f"{title}: latency")
    short = frame[[*key, *energies]].rename(columns=lambda name: str(name).replace("_dynamic_energy_mj", "_mj"))
    emit(_fitted(short), Format.table, f"{title}: dynamic energy by engine, then by component")


def _print_tables(evaluation: Evaluation, frame: pd.DataFrame, profile: str) -> None:
    """Totals, and of a single design the breakdown by engine."""
    from siam_dse.design.fields import ALIASES, fields
    from siam_dse.runs.tables import ID
    from siam_dse.system.columns import OF_SEQUENCES

    inputs = [name for name in frame if name in fields() or name in ALIASES]
    changing = [name for name in inputs if frame[name].nunique(dropna=False) > 1]
    told = {member for alias, members in ALIASES.items() if frame[alias].notna().all() for member in members}
    changing = [name for name in changing if name not in told]
    ids = [ID] if ID in frame else []
    of_tokens = OF_SEQUENCES if evaluation.network.tokens else ()
    columns = dict.fromkeys([*ids, *changing, "feasible", *SHOWN, *of_tokens])
    title = f"{evaluation.network.name}, {len(frame)} design(s), profile {profile}"
    emit(_fitted(frame[list(columns)]).rename(columns={ID: "id"}), Format.table, title)
    if len(frame) == 1:
        _print_engines(evaluation)


def _print_one(evaluation: Evaluation, profile: str) -> None:
    """Totals and breakdown of a single design: as :func:`_print_tables`, without the import of pandas."""
    from siam_dse.system.columns import OF_SEQUENCES, OUTPUT_COLUMNS

    names = (*SHOWN, *(OF_SEQUENCES if evaluation.network.tokens else ()))
    row: dict[str, object] = {"feasible": bool(evaluation.feasible[0])}
    for name, values in evaluation.columns(dict.fromkeys(names)).items():
        row[name] = int(values[0]) if OUTPUT_COLUMNS[name].unit == "count" else float(values[0])
    emit(_fitted_rows([row]), Format.table, f"{evaluation.network.name}, 1 design(s), profile {profile}")
    _print_engines(evaluation)


def _print_engines(evaluation: Evaluation) -> None:
    """Shares of the engines of a single design, those that have any."""
    from siam_dse.system.columns import QUANTITIES
    from siam_dse.system.plan import plan

    engines = plan().on_package
    values = evaluation.columns([f"{engine}_{quantity}" for engine in engines for quantity in QUANTITIES])
    rows: list[dict[str, object]] = [
        {"engine": engine, **{quantity: float(values[f"{engine}_{quantity}"][0]) for quantity in QUANTITIES}}
        for engine in engines
        if any(values[f"{engine}_{quantity}"][0] for quantity in QUANTITIES)
    ]
    emit(_fitted_rows(rows), Format.table, "by engine (energy includes leakage)")


def run_explain(
    asked: AskedNetwork, profile: str, settings: list[str], noc_model: str, overlays: Sequence[Path] = ()
) -> None:
    """Print each design in words."""
    from siam_dse.system.evaluate import evaluate

    try:
        network = asked.load()
    except InputError:
        from siam_dse.runs.folder import RunFolder

        if RunFolder.find(asked.name):
            faults = f"{asked.name} is a run: say which of its designs, --design ID (see 'siam-dse front')"
            raise InputError("explain", faults) from None
        raise
    designs = designs_from_options(profile, settings, None, overlays=overlays).designs
    evaluation = evaluate(network, designs, noc_model=noc_model)
    for i in range(len(evaluation)):
        print(evaluation.explain(i))
        if i + 1 < len(evaluation):
            print()
