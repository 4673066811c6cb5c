"""Reader of the layer tables released with SIAM: a CSV without header, one row a layer.

Columns: ifm width, ifm height, ifm channels, kernel width, kernel height, ofm channels, pooled after (0 or 1), and
optionally the sparsity factor and a ninth column that is ignored. A header line with the names in ``COLUMNS`` is
accepted too, its columns then in any order.

That layout's conventions are kept (``Network.layout = 'siam'``): each row is an unpadded stride-1 sweep of the map it
lists, rows form a plain chain, and no row is checked against the one before it. A fully connected layer is a 1 x 1
kernel on a 1 x 1 map. Rows without a layer, such as the count that a table of HISIM ends with, are passed over.

NeuroSim writes a stride in the eighth column: where one of them is above 1 the rows are read so, with their true output
maps. A header may name it, ``stride``.

The sparsity factor is the share of weights and operations *kept* (1 = dense), so ``sparsity`` = 1 - factor. A factor
of 0 is read as dense, since a layer without weights cannot be meant; the network's ``source`` then says so. In one
released table such rows are the first and the last layer, which usually stay dense: its other factors may be shares
left out, which the numbers alone cannot tell.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.text import read_rows, shown
from siam_dse.workload.build import to_network
from siam_dse.workload.graph import Header, Layer, Pool, listed_chain, siam_chain, with_siam_map
from siam_dse.workload.network import Network
from siam_dse.workload.yaml_rows import TOO_LARGE, is_too_large

COLUMNS = (
    "ifm_w",
    "ifm_h",
    "channels_in",
    "kernel_w",
    "kernel_h",
    "channels_out",
    "pooled",
    "kept",
    "ignored",
)
_NEEDED = 7
_MOST = 10**7
_POOL = Pool("max", 2, 2)  # the flag says only that the map shrinks; 2 x 2 is what the released networks have


def read_siam_network(path: Path) -> Network:
    """Network of a CSV in the SIAM layout; every fault in it is named in one error.

    The name is that of the file; classes are the last layer's outputs; dataset and accuracy are unknown.

    Raises
    ------
    InputError
        With row and column of every fault.
    """
    where = str(path)
    rows = [
        (number, [cell.strip() for cell in row])
        for number, row in enumerate(read_rows(path), 1)
        if any(cell.strip() for cell in row)
    ]
    rows = [(number, cells) for number, cells in rows if any(cells[:_NEEDED])]  # HISIM ends with a count alone
    problems: list[str] = []
    order = _column_order(rows, problems)
    if order is not None:
        rows = rows[1:]
    elif _holds_strides(rows):
        order = [*COLUMNS[:_NEEDED], "stride"]
    if not rows:
        problems.append(f"holds no layers; write one row a layer: {', '.join(COLUMNS[:-1])}")
    if problems:
        raise InputError(where, problems)
    layers, dense = [], []
    for i, (number, cells) in enumerate(rows):
        values = _values(number, cells, order, problems)
        if values is not None:
            layers.append(_layer(f"layer{i + 1}", values))
            if is_too_large(layers[-1]):
                problems.append(f"row {number}: {TOO_LARGE}")
            if values.get("kept") == 0:
                dense.append(number)
    if problems:
        raise InputError(where, problems)
    if order is not None and "stride" in order:
        layers, edges = listed_chain(layers)
        return to_network(Header(path.stem, source="table in the layout of NeuroSim"), layers, edges, where=where)
    source = "table in the SIAM layout"
    if dense:
        source += f"; sparsity factor 0 read as dense (row {', '.join(map(str, dense))})"
    return to_network(Header(path.stem, source=source, layout="siam"), layers, siam_chain(layers), where=where)


def _holds_strides(rows: Sequence[tuple[int, list[str]]]) -> bool:
    """Whether the eighth column is a stride, as in NeuroSim: whole numbers, one of them above 1."""
    last = [_as_number(cells[_NEEDED]) for _, cells in rows if len(cells) == _NEEDED + 1]
    numbers = [value for value in last if value is not None and value == value and value >= 1 and value % 1 == 0]
    return 0 < len(numbers) == len(rows) and max(numbers) > 1


def _column_order(rows: Sequence[tuple[int, list[str]]], problems: list[str]) -> list[str] | None:
    """Names of the columns if the first line is a header, else None."""
    if not rows or len(rows[0][1]) < _NEEDED or any(_as_number(cell) is not None for cell in rows[0][1]):
        return None
    number, names = rows[0]
    for column, name in enumerate(names, 1):
        if name not in (*COLUMNS, "stride"):
            problems.append(f"row {number}, column {column}: {unknown_name('column', name, (*COLUMNS, 'stride'))}")
        elif name in names[: column - 1]:
            problems.append(f"row {number}, column {column}: {name} stands there twice; drop one")
    missing = [name for name in COLUMNS[:_NEEDED] if name not in names]
    if missing:
        problems.append(f"row {number}: the header lacks {', '.join(missing)}; add them")
    return names


def _as_number(text: str) -> float | None:
    """The number that ``text`` spells, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def _values(number: int, cells: list[str], order: list[str] | None, problems: list[str]) -> dict[str, float] | None:
    """Values of a row by column name; None if the row has faults."""
    if order is not None and len(cells) != len(order):
        problems.append(f"row {number}: has {len(cells)} columns; the header names {len(order)}; make them agree")
        return None
    if not _NEEDED <= len(cells) <= len(COLUMNS):
        problems.append(
            f"row {number}: has {len(cells)} columns; a layer has 7 to 9: {', '.join(COLUMNS)}; "
            "separate them with commas"
        )
        return None
    before = len(problems)
    values = {}
    for column, (name, text) in enumerate(zip(order or COLUMNS, cells, strict=False), 1):
        if name == "ignored" or (name == "kept" and not text):
            continue
        value = _as_number(text)
        fault = _fault(name, value)
        if value is None or fault:
            problems.append(f"row {number}, column {column} ({name}): got {shown(text)}; {fault}")
        else:
            values[name] = value
    return values if len(problems) == before else None


def _fault(name: str, value: float | None) -> str:
    """What is wrong with a value; empty if nothing is."""
    if name == "pooled":
        return "" if value in (0, 1) else "must be 1 if the layer is pooled after, else 0"
    if name == "kept":
        inside = value is not None and 0 <= value <= 1
        return "" if inside else "must be the share of weights kept, in (0, 1]; 1 = dense"
    whole = value is not None and value == value and 1 <= value <= _MOST and value == int(value)
    return "" if whole else f"must be a whole number of at least 1 and at most {_MOST}"


def _layer(name: str, values: dict[str, float]) -> Layer:
    """Layer of a row without faults."""
    ifm = (int(values["ifm_h"]), int(values["ifm_w"]), int(values["channels_in"]))
    kernel = (int(values["kernel_h"]), int(values["kernel_w"]))
    kept = values.get("kept", 1) or 1
    layer = Layer(
        name=name,
        kind="fc" if ifm[:2] == kernel == (1, 1) else "conv",
        ifm=ifm,
        kernel=kernel,
        out=int(values["channels_out"]),
        pool=_POOL if values["pooled"] else Pool(),
        sparsity=1 - kept,
    )
    if "stride" not in values:
        return with_siam_map(layer)
    layer = replace(layer, stride=int(values["stride"]))
    height, width = layer.output_map
    return layer if min(height, width) > 0 else replace(layer, ofm=(max(height, 1), max(width, 1)))
