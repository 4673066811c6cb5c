"""Reader of topology tables of SCALE-Sim: convolutions, or matrix products, one a row below a header.

Convolutions: layer name, height and width of the input map, height and width of the filter, channels, filters, stride,
or one stride down and one across. The map is the padded one. Matrix products: layer name, M, N, K of M x K by K x N
matrix, the second one constant. Layers form a chain: each is sent its listed input. A comma at the end of a line is
ignored. A last column ``Sparsity`` states how many of so many weights are kept: 2:4.

References
----------
SCALE-Sim, README, topology files.
"""

import re
from dataclasses import replace
from pathlib import Path

from siam_dse.core.errors import InputError
from siam_dse.core.text import read_rows
from siam_dse.workload.build import to_network
from siam_dse.workload.graph import Header, Layer, listed_chain
from siam_dse.workload.network import Network
from siam_dse.workload.shapes import conv_side
from siam_dse.workload.yaml_rows import TOO_LARGE, is_too_large

_CONV = ("ifmap height", "ifmap width", "filter height", "filter width", "channels", "num filter", "strides")
_GEMM = ("m", "n", "k")
_KEPT = "sparsity"
_MOST = 10**7


def is_scalesim(text: str) -> bool:
    """Whether a table starts with a header of SCALE-Sim: its first column is the name of a layer."""
    first = next((line for line in text.splitlines() if line.strip(" ,;\t")), "")
    return first.split(",")[0].strip().lower() in ("layer", "layer name", "layername") and "," in first


def read_scalesim_network(path: Path) -> Network:
    """Network of a topology table; every fault in it is named in one error.

    Raises
    ------
    InputError
        With row and column of every fault.
    """
    where = str(path)
    rows = [[cell.strip() for cell in row] for row in read_rows(path)]
    numbered = [(i + 1, row) for i, row in enumerate(rows) if any(row)]
    header = [cell.lower() for cell in numbered[0][1] if cell][1:]
    is_gemm = tuple(header[:3]) == _GEMM
    columns: tuple[str, ...] = _GEMM if is_gemm else _CONV
    if not is_gemm and not (len(header) >= len(_CONV) and header[0].startswith("ifmap")):
        raise InputError(
            where,
            f"row {numbered[0][0]}: the header has the columns {', '.join(header)}; known: {', '.join(_CONV)}; "
            f"or {', '.join(_GEMM).upper()}",
        )
    problems = [
        f"row {numbered[0][0]}: the column {name!r} is not known; drop it, or write the network in YAML"
        for name in header[len(columns) :]
        if not (name.startswith("stride") and not is_gemm) and name != _KEPT
    ]
    has_kept = header[-1:] == [_KEPT]
    header = header[: len(header) - has_kept]
    if len(header) > len(_CONV) and not is_gemm and not problems:
        columns = (*_CONV, "stride width")
    layers: list[Layer] = []
    for number, row in numbered[1:]:
        values = _values(number, row[1:], columns, problems)
        if values is None:
            continue
        layer = _product(row[0], values) if is_gemm else _convolution(row[0], values)
        if has_kept:
            cell = row[len(columns) + 1] if len(row) > len(columns) + 1 else ""
            layer = replace(layer, sparsity=_left_out(number, len(columns) + 2, cell, problems))
        if min(layer.output_map) < 1:
            problems.append(f"row {number}: the filter {values[2]} x {values[3]} exceeds the map; mend one of them")
        elif is_too_large(layer):
            problems.append(f"row {number}: {TOO_LARGE}")
        elif layer.name in {other.name for other in layers} | {"input", ""}:
            problems.append(f"row {number}, column 1: got {layer.name!r}; each layer needs a name of its own")
        layers.append(layer)
    if not layers and not problems:
        problems.append("holds no layers below its header; write one row a layer")
    if problems:
        raise InputError(where, problems)
    layers, edges = listed_chain(layers)
    return to_network(Header(path.stem, source="topology table of SCALE-Sim"), layers, edges, where=where)


def _values(number: int, cells: list[str], columns: tuple[str, ...], problems: list[str]) -> list[int] | None:
    """Whole numbers of a row; None if it has faults."""
    given = cells[: len(columns)]
    if len(given) < len(columns) or any(not cell for cell in given):
        problems.append(f"row {number}: has {sum(map(bool, cells))} numbers; needs {', '.join(columns)}")
        return None
    before = len(problems)
    out = []
    for column, (name, cell) in enumerate(zip(columns, given, strict=True), 2):
        if cell.isdecimal() and 1 <= int(cell[:12]) <= _MOST:
            out.append(int(cell[:12]))
        else:
            rule = f"must be a whole number of at least 1 and at most {_MOST}"
            problems.append(f"row {number}, column {column} ({name}): got {cell[:40]!r}; {rule}")
    return out if len(problems) == before else None


def _left_out(number: int, column: int, cell: str, problems: list[str]) -> float:
    """Share of work left out of a cell such as 2:4, two weights kept of four."""
    found = re.fullmatch(r"\s*(\d{1,6})\s*:\s*(\d{1,6})\s*", cell)
    kept, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if 0 < kept <= of:
        return 1 - kept / of
    problems.append(f"row {number}, column {column} ({_KEPT}): got {cell[:40]!r}; must be kept:of, such as 2:4")
    return 0.0


def _convolution(name: str, values: list[int]) -> Layer:
    """Layer of a row of convolutions."""
    height, width, kernel_h, kernel_w, channels, filters, stride, *across = values
    if (height, width, kernel_h, kernel_w) == (1, 1, 1, 1):
        return Layer(name, "fc", (1, 1, channels), (1, 1), filters)
    layer = Layer(name, "conv", (height, width, channels), (kernel_h, kernel_w), filters, max(stride, *across, 1))
    true_map = conv_side(height, kernel_h, stride, 0), conv_side(width, kernel_w, [stride, *across][-1], 0)
    return layer if layer.output_map == true_map else replace(layer, ofm=true_map)


def _product(name: str, values: list[int]) -> Layer:
    """Layer of a row of matrix products: M positions."""
    m, n, k = values
    return Layer(name, "fc" if m == 1 else "conv", (m, 1, k), (1, 1), n)
