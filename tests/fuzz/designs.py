"""Random designs over every legal value of every field: figures finite, not negative, without a warning."""

import warnings

import numpy as np
import pandas as pd

from siam_dse.design.designs import Designs
from siam_dse.design.fields import Field, fields
from siam_dse.search.problem import TOP1_COLUMNS
from siam_dse.system.columns import OF_SEQUENCES, OUTPUT_COLUMNS
from siam_dse.system.evaluate import evaluate
from siam_dse.workload.network import Network

MAY_BE_NEGATIVE = ("sqnr_db", "temperature_max_c", "temperature_nominal_c")
_DECADE = 10


def random_designs(n: int, rng: np.random.Generator) -> Designs:
    """Designs with each field anywhere in what it may be: numbers between their limits, in logarithms; choices.

    An eighth of the numbers lies on a limit or on the default.
    """
    columns = {name: _values(field, n, rng) for name, field in fields().items()}
    columns["crossbars_per_tile"] = rng.integers(1, 33, n) ** 2
    columns["node_nm"] = np.round(columns["node_nm"])
    columns["r_off_ohm"] = np.maximum(columns["r_off_ohm"], columns["r_on_ohm"] * 1.01)
    columns["cost_node_nm"] = np.where(columns["cost_node_nm"] < 3, 0, columns["cost_node_nm"])
    columns["dram_channels"] = rng.choice([1, 3, 64], n)  # each setting of a DRAM is scheduled once, command by command
    return Designs.from_columns(columns, where="random designs")


def _values(field: Field, n: int, rng: np.random.Generator) -> np.ndarray:
    """Values of one field, (n,)."""
    if field.kind == "choice":
        return rng.choice(np.asarray(field.choices), n)
    if field.kind == "bool":
        return rng.random(n) < 0.5
    low, high = float(field.low), float(field.high)
    if low > 0 and high / low > _DECADE:
        values = np.exp(rng.uniform(np.log(low), np.log(high), n))
    elif low == 0 and high > _DECADE:
        values = np.exp(rng.uniform(0, np.log(high + 1), n)) - 1
    else:
        values = rng.uniform(low, high, n)
    values = np.where(rng.random(n) < 0.125, rng.choice([low, high, float(field.default)], n), values)
    values = np.clip(values, low, high)
    return np.round(values).astype(np.int64) if field.kind == "int" else values


def check_figures(frame: pd.DataFrame, network: Network) -> None:
    """Every output finite and not negative, but for those that the network has none of.

    Raises
    ------
    AssertionError
        Names the column and the first design.
    """
    for name in frame.columns:
        if name not in OUTPUT_COLUMNS or frame[name].dtype.kind not in "fiu":
            continue
        values = frame[name].to_numpy(dtype=np.float64)
        may_lack = np.isnan(values) & _has_none(name, network)
        wrong = ~np.isfinite(values) & ~may_lack
        if name not in MAY_BE_NEGATIVE:
            wrong |= values < 0
        assert not wrong.any(), f"{network.name}: {name} = {values[wrong][0]} of {frame[wrong].iloc[0].to_dict()}"


def _has_none(column: str, network: Network) -> bool:
    """Whether a network has no figure of that column: of tokens, of a prefill, of a top-1 not known."""
    lacks_first = column == "time_to_first_token_ms" and network.phase != "prefill"
    lacks_tokens = column in OF_SEQUENCES and not network.tokens
    return lacks_first or lacks_tokens or (column in TOP1_COLUMNS and np.isnan(network.int8_top1))


def check_designs(network: Network, designs: Designs) -> None:
    """Evaluate designs, warnings being errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_figures(evaluate(network, designs).to_frame(), network)
