"""``evaluate`` and ``explain``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
    frame = _layers(evaluation, given.ids) if layers else _with_ids(evaluation.to_frame(), given.ids)
    if out:
        write_frame(frame, out)
        note(f"wrote {len(frame)} rows x {frame.shape[1]} columns to {out}")
    elif fmt is not Format.table:
        emit(frame, fmt)
    elif layers:
        _print_layers(evaluation, frame)
    else:
        _print_tables(evaluation, frame, profile)
    if samples is not None:
        print_bands(evaluation, samples, given.ids, None, fmt)
    if len(evaluation) == 1 and fmt is Format.table and not out:
        note(f"band: {evaluation.bands().words()}")
    _say_notes(evaluation)
    for name, slack in evaluation.violations.items():
        if (slack > 0).any():
            note(f"{int((slack > 0).sum())} design(s) break the rule {name}: {evaluation.rule(name)}")


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
    out = frame
    for units in _UNITS:
        names = [str(name) for name in frame if str(name).endswith(f"_{units[0]}")]
        largest = float(frame[names].max().max()) if names else 0.0
        if 0 < largest < _SMALL:
            step = next((i for i in range(1, len(units)) if largest * _THOUSAND**i >= 1), len(units) - 1)
            out = out.assign(**{name: out[name] * _THOUSAND**step for name in names})
            out = out.rename(columns={name: f"{name.removesuffix(units[0])}{units[step]}" for name in names})
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
        engines = evaluation.by_engine().drop(columns="design")
        engines = engines[engines.drop(columns="engine").any(axis=1)]
        emit(_fitted(engines), Format.table, "by engine (energy includes leakage)")


def run_explain(
    asked: AskedNetwork, profile: str, settings: list[str], noc_model: str, overlays: Sequence[Path] = ()
) -> None:
    """Print each design in words."""
    from siam_dse.system.evaluate import evaluate

    try:
        network = asked.load()
    except InputError:
        if any((folder / asked.name / "run.json").is_file() for folder in (Path(), Path("results"))):
            faults = f"{asked.name} is a run: say which of its designs, --design ID (see 'siam-dse front')"
            raise InputError("explain", faults) from None
        raise
    designs = designs_from_options(profile, settings, None, overlays=overlays).designs
    evaluation = evaluate(network, designs, noc_model=noc_model)
    for i in range(len(evaluation)):
        print(evaluation.explain(i))
        if i + 1 < len(evaluation):
            print()
