"""Laws of the model: batches of random designs, networks in memory, and comparisons whose failure names the design.

Only what a user can reach is used: networks, designs, and the columns of an evaluation.
"""

from dataclasses import fields as dataclass_fields
from dataclasses import replace
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from zlib import crc32

import numpy as np

import siam_dse as sd
from siam_dse.design.fields import fields

N_DESIGNS = 150  # of an example: more cost little, more examples much
ROUNDING = 1e-12  # relative: sums of the same terms in another order
ENGINES = ("crossbar", "tile", "digital", "noc", "nop")

# Fields whose legal values are not all of [low, high], or whose whole range would only slow the tests down.
_VALUES = {
    "crossbar_rows": [8, 32, 64, 100, 128, 256, 512, 1024],
    "crossbar_cols": [8, 32, 64, 96, 128, 256, 512, 1024],
    "node_nm": [7, 10, 14, 22, 32, 45, 65, 90, 130],
    "columns_per_adc": [1, 2, 3, 8, 16, 64, 128],
    "crossbars_per_tile": [1, 4, 9, 16, 36],
    "tiles_per_chiplet": [1, 4, 9, 16, 37, 64, 100, 256],
    "n_chiplets": [0, 0, 1, 4, 9, 17, 25, 64, 100],
    "r_on_ohm": [3e3, 1e4, 1e5, 1e6],
    "r_off_ohm": [2e6, 1e7, 1e9],
    "cost_node_nm": [0, 5, 7, 28, 40, 65, 130],
    "clock_hz": [1e8, 5e8, 1e9, 2e9],
    "noc_width_bits": [1, 8, 20, 32, 64, 100, 128, 512, 1024],
    "noc_clock_hz": [1e8, 5e8, 1e9, 2e9],
    "nop_placement": ["row_major", "snake"],  # swaps are a search, which may end elsewhere with more of anything
    "nop_bandwidth_gbps": [0.25, 8, 20, 40, 160, 333, 1280],
    "dram_channels": [1, 2, 8],
    "batch": [1, 16, 1000],
    "volume": [0, 1000, 1000000],
}
# These designs have one kind of chiplets without spare parts, whose converters run at the same bits in all layers.
_AT_DEFAULT = ("kind_b", "split", "spare", "adc_bits_first_last", "adc_rule", "adc_sqnr")
# Drawn after all others: a field that is new shifts no draw of theirs.
_LATEST = ("row_drive", "noc_cast", "nop_bandwidth_ratio_xy", "layer_placement")

_HERE = Path(__file__).parent


@cache
def network(name):
    """A network beside this file, or of the zoo, by name; kept, since a law asks for it with every example."""
    beside = _HERE / f"{name}.yaml"
    return sd.load_network(beside if beside.exists() else name)


def columns_of(n, seed, at_default=_AT_DEFAULT, **fixed):
    """``n`` random designs as columns: every legal value of every field, none of those ``at_default``.

    Weights stay resident.

    A third of the designs has each field drawn; the others keep each field at its default with even chances, so that
    ordinary designs are met too.
    """
    rng = np.random.default_rng(seed)
    out = {}
    for name, field in sorted(fields().items(), key=lambda each: each[0] in _LATEST):
        if at_default and name.startswith(at_default):
            out[name] = np.full(n, field.default)
            continue
        if name in _VALUES:
            drawn = rng.choice(_VALUES[name], n)
        elif field.kind == "choice":
            drawn = rng.choice(np.asarray(field.choices, dtype=object), n)
        elif field.kind == "bool":
            drawn = rng.choice([True, False], n)
        elif field.kind == "int":
            drawn = rng.integers(int(field.low), int(field.high) + 1, n)
        else:
            drawn = rng.uniform(field.low, field.high, n)
        keep = (np.arange(n) % 3 > 0) & (rng.random(n) < 1 / 2)
        out[name] = np.where(keep, np.asarray(field.default, dtype=drawn.dtype), drawn)
    for name, value in {"weights": "resident", **fixed}.items():
        out[name] = np.full(n, value, dtype=out[name].dtype)
    out["cell_bits"] = np.where(out["cell"] == "sram", 1, out["cell_bits"])
    return out


def raised(columns, name, seed):
    """Two batches of columns that differ in one ordered field: lower values and higher ones."""
    rng = np.random.default_rng([seed, 1])
    field, n = fields()[name], len(columns[name])
    values = np.unique(_VALUES.get(name, [])) if name in _VALUES else None
    if values is not None:
        low = rng.integers(0, len(values) - 1, n)
        pair = values[low], values[low + rng.integers(1, len(values) - low)]
    elif field.kind == "int":
        low = rng.integers(int(field.low), int(field.high), n)
        pair = low, low + rng.integers(1, int(field.high) - low + 1)
    else:
        low = rng.uniform(field.low, field.high, n)
        pair = low, rng.uniform(low, field.high)
    kind = columns[name].dtype
    return columns | {name: pair[0].astype(kind)}, columns | {name: pair[1].astype(kind)}


def changed(columns, **values):
    """The columns with fields set to one value each."""
    n = len(columns["crossbar_rows"])
    return columns | {name: np.full(n, value, dtype=columns[name].dtype) for name, value in values.items()}


def figures(net, *batches, names=None):
    """The tables of several batches of columns, evaluated together as one batch."""
    sizes = [len(batch["crossbar_rows"]) for batch in batches]
    designs = sd.Designs.from_columns({name: np.concatenate([b[name] for b in batches]) for name in batches[0]})
    frame = sd.evaluate(net, designs).to_frame(names)
    ends = np.cumsum(sizes)
    return [frame.iloc[end - size : end].reset_index(drop=True) for size, end in zip(sizes, ends, strict=True)]


def dynamic_mj(frame, engine):
    """Dynamic energy of an engine."""
    return frame[f"{engine}_energy_mj"] - frame[f"{engine}_leakage_energy_mj"]


def assert_never_less(net, small, large, what, low=None, high=None, scale=None):
    """``high`` is nowhere below ``low`` by more than rounding; the message names the worst design and both values.

    ``small`` and ``large`` are the tables of the two designs; ``what`` is a column, or a name for the values given.
    """
    low = np.asarray(small[what] if low is None else low, dtype=float)
    high = np.asarray(large[what] if high is None else high, dtype=float)
    scale = np.abs(low) if scale is None else np.asarray(scale, dtype=float)
    missing = low - high - ROUNDING * scale
    broken = np.flatnonzero(~(missing <= 0))
    if not len(broken):
        return
    share = np.where(scale[broken] > 0, (low - high)[broken] / np.where(scale[broken] > 0, scale[broken], 1), np.inf)
    worst = broken[np.argmax(share)]
    raise AssertionError(
        f"{net.name}: {what} falls from {low[worst]:.12g} to {high[worst]:.12g}, by {share.max():.2%}, "
        f"in the worst of {len(broken)} of {len(low)} designs: {told(small, large, worst)}"
    )


def assert_same(net, one, other, what, left=None, right=None, scale=None):
    """Two columns of values agree but for rounding."""
    assert_never_less(net, one, other, what, left, right, scale)
    assert_never_less(net, other, one, what, right, left, scale)


def told(small, large, row):
    """Fields of a design, those that differ between the two tables as from -> to."""
    names = [name for name in fields() if name in small and name in large]
    parts = []
    for name in names:
        a, b = small[name].iloc[row], large[name].iloc[row]
        if a != b:
            parts.insert(0, f"{name} = {a} -> {b}")
        elif a != fields()[name].default:
            parts.append(f"{name} = {a}")
    return ", ".join(parts)


def law(*networks, examples=None):
    """A test of a law, ``test(net, seed)``: a random batch on each of the networks, or on ``examples`` of them in turn.

    Every law has seeds of its own, so that all of them together see more designs.
    """

    def decorate(test):
        def run():
            for i, name in enumerate(islice(cycle(networks), examples or len(networks))):
                test(network(name), crc32(f"{test.__name__} {name} {i}".encode()))

        run.__name__, run.__doc__ = test.__name__, test.__doc__
        return run

    return decorate


def joined(first, second, *, chained):
    """A network that is two networks one after the other.

    The second's input is the first's output (``chained``), or it reads the host's input as the first does.
    """
    n = first.n_layers
    parts = {}
    for field in dataclass_fields(first):
        one, other = getattr(first, field.name), getattr(second, field.name)
        if field.name.startswith("edge_"):
            if field.name == "edge_consumer":
                other = other + n
            elif field.name == "edge_producer":
                other = np.where(other >= 0, other + n, n - 1 if chained else other)
            parts[field.name] = np.concatenate([one, other])
        elif field.name == "layer_names":
            parts[field.name] = tuple(f"a_{name}" for name in one) + tuple(f"b_{name}" for name in other)
        elif isinstance(one, np.ndarray) and one.shape[-1] == n:
            parts[field.name] = np.concatenate([one, other], axis=-1)
    return replace(first, name=f"{first.name}+{second.name}", **parts)


def cut(net, at):
    """The layers before ``at`` and those from it on as two networks; what crosses the cut comes from the host."""
    halves = []
    for start, stop in ((0, at), (at, net.n_layers)):
        inside = (net.edge_consumer >= start) & (net.edge_consumer < stop)
        parts = {}
        for field in dataclass_fields(net):
            values = getattr(net, field.name)
            if field.name.startswith("edge_"):
                values = values[inside]
                if field.name == "edge_consumer":
                    values = values - start
                elif field.name == "edge_producer":
                    values = np.where(values >= start, values - start, -1)
                parts[field.name] = values
            elif field.name == "layer_names":
                parts[field.name] = values[start:stop]
            elif isinstance(values, np.ndarray) and values.shape[-1] == net.n_layers:
                parts[field.name] = values[..., start:stop]
        halves.append(replace(net, name=f"{net.name}[{start}:{stop}]", **parts))
    return halves
