"""Error tables: predictions beside the packaged reference rows, and predictions for a user's rows."""

from collections.abc import Iterator
from importlib import import_module

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.paths import data_folder
from siam_dse.core.units import PERCENT
from siam_dse.technology.technology import Technology
from siam_dse.validation.kind import PACKAGED, Kind

KINDS = (
    *("crossbar", "crossbar_siam", "upper", "noc", "openloop", "dram", "cost", "carbon", "thermal", "sqnr"),
    *("accuracy", "siam", "siam_chiplet", "adc", "silicon"),
    *("chip", "chip_layers"),  # cross-checks without targets
)


_NEAR = 1.3  # a ratio that counts as near


def load_kind(name: str) -> Kind:
    """The kind of that name."""
    if name not in KINDS:
        raise InputError("--kind", unknown_name("kind", name, KINDS))
    kind: Kind = import_module(f"siam_dse.validation.{name}").KIND
    return kind


def reference_rows(kind: Kind) -> pd.DataFrame:
    """Packaged reference rows of a kind."""
    return pd.read_csv(data_folder("validation") / kind.reference, low_memory=False)


def predict_rows(
    kind: Kind, rows: pd.DataFrame, noc_model: str = "fast", where: str = "rows", technology: Technology = PACKAGED
) -> pd.DataFrame:
    """``rows`` with a column ``pred_<quantity>`` for each quantity, in the same order.

    Raises
    ------
    InputError
        Knob columns are missing.
    """
    missing = [column for column in kind.knobs if column not in rows.columns]
    if missing:
        raise InputError(where, [f"column {column!r} is missing; --kind {kind.name} needs it" for column in missing])
    predicted = kind.predict(rows, noc_model, technology)
    return pd.concat(
        [
            rows.reset_index(drop=True),
            pd.DataFrame({f"pred_{name}": predicted[name] for name in kind.quantities}),
            pd.DataFrame({name: predicted[name] for name in kind.texts}, index=range(len(rows))),
        ],
        axis=1,
    )


def scored_errors(kind: Kind, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """For each quantity the scored rows with a column ``error`` (a fraction, or in the kind's unit)."""
    out = {}
    for name, column in kind.quantities.items():
        if column not in table:
            continue
        keep = kind.scored(table, name) & table[column].notna().to_numpy()
        rows = table.loc[keep].copy()
        errors = np.subtract if name in kind.yes_no else kind.errors
        rows["error"] = errors(rows[f"pred_{name}"].to_numpy(dtype=float), rows[column].to_numpy(dtype=float))
        out[name] = rows[np.isfinite(rows["error"].to_numpy())]
    return out


def error_table(kind: Kind, noc_model: str = "fast", technology: Technology = PACKAGED) -> pd.DataFrame:
    """Median, 95th percentile and worst error of a kind, by quantity and group, beside its targets."""
    errors = scored_errors(kind, predict_rows(kind, reference_rows(kind), noc_model, technology=technology))
    factor = PERCENT if kind.error_unit == "%" else 1.0
    targets = kind.level_targets.get(noc_model) or kind.targets
    rows = []
    for quantity, scored in errors.items():
        for group, members in _groups(kind, scored):
            error = np.abs(members["error"].to_numpy()) * factor
            if not len(error):
                continue
            target = targets.get(f"{quantity}|{group}") or targets.get(group)
            rows.append(
                {
                    "kind": kind.name,
                    "quantity": quantity,
                    "group": group,
                    "rows": len(error),
                    "unit": kind.error_unit,
                    **_summary(error, members["error"].to_numpy() * factor, quantity in kind.yes_no),
                    "target_median": target.median * factor if target else np.nan,
                    "target_p95": target.p95 * factor if target else np.nan,
                }
            )
    return pd.DataFrame(rows)


def ratio_table(kind: Kind, noc_model: str = "fast", technology: Technology = PACKAGED) -> pd.DataFrame:
    """Ratios of model to reference of a kind whose errors are logarithms of them, by quantity and group.

    Median, geometric standard deviation, shares within a factor of 1.3 and of 2, and how many rows have no prediction.
    """
    table = predict_rows(kind, reference_rows(kind), noc_model, technology=technology)
    rows = []
    for quantity, scored in scored_errors(kind, table).items():
        known = table[kind.quantities[quantity]].notna()
        for group, members in _groups(kind, scored):
            error = members["error"].to_numpy()
            rows.append(
                {
                    "quantity": quantity,
                    "group": group,
                    "rows": len(error),
                    "unpredicted": int((known & table[f"pred_{quantity}"].isna()).sum()) if group == "all" else 0,
                    "median": float(np.exp(np.median(error))),
                    "geometric_sd": float(np.exp(np.std(error, ddof=1))) if len(error) > 1 else np.nan,
                    "within_1.3x_pct": PERCENT * float((np.abs(error) <= np.log(_NEAR)).mean()),
                    "within_2x_pct": PERCENT * float((np.abs(error) <= np.log(2)).mean()),
                }
            )
    return pd.DataFrame(rows)


def worst_rows(kind: Kind, n: int, noc_model: str = "fast", technology: Technology = PACKAGED) -> pd.DataFrame:
    """The ``n`` rows of each quantity with the largest errors, with their knobs."""
    errors = scored_errors(kind, predict_rows(kind, reference_rows(kind), noc_model, technology=technology))
    pieces = []
    for quantity, scored in errors.items():
        worst = scored.loc[scored["error"].abs().nlargest(n).index]
        piece = worst[[*kind.knobs, kind.quantities[quantity], f"pred_{quantity}", "error"]].rename(
            columns={kind.quantities[quantity]: "reference", f"pred_{quantity}": "predicted"}
        )
        piece.insert(0, "quantity", quantity)
        pieces.append(piece)
    return pd.concat(pieces, ignore_index=True)


def _groups(kind: Kind, scored: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """All rows, then each value of each grouping column."""
    yield "all", scored
    scored = scored.assign(**kind.derived(scored))
    for column in kind.groups:
        for value, members in scored.groupby(column, sort=True):
            yield f"{column} = {value}", members


def _summary(error: FloatArray, signed: FloatArray, is_yes_no: bool) -> dict[str, float]:
    """Figures of a group; of a yes or no the share misjudged, and false alarms less misses as bias."""
    if is_yes_no:
        return {**dict.fromkeys(("median", "p95", "worst"), float(error.mean())), "bias": float(signed.mean())}
    return {
        "median": float(np.median(error)),
        "p95": float(np.percentile(error, 95)),
        "worst": float(error.max()),
        "bias": float(np.median(signed)),
    }
