"""Reader of layers written as loops: workloads of ZigZag and Stream, problems of Timeloop.

ZigZag and Stream list layers with ``loop_dims`` and ``loop_sizes`` (or a mapping ``loop_dim_size``): batch B, groups G,
output channels K, input channels C, output map OY x OX, filter FY x FX; ``operand_source`` names the layer that makes
an input; D are rows of a matrix product. Timeloop's ``problem`` is one layer: channels C, filters M (or K), output map
P x Q, filter R x S, batch N, groups G, strides and dilations Wstride, Hstride, Wdilation, Hdilation; M, N, K alone are
an M x K by K x N matrix product, the second one constant. Input maps follow from the output map, the filter and the
stride where a file does not state them (``pr_loop_sizes``).

References
----------
ZigZag documentation, workload; Timeloop documentation, problem (accelergy-timeloop 0.4).
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from siam_dse.core.errors import InputError
from siam_dse.workload.build import to_network
from siam_dse.workload.graph import Edge, Header, Layer, listed_chain, listed_edges
from siam_dse.workload.network import HOST, Network
from siam_dse.workload.yaml_rows import TOO_LARGE, is_too_large

_KNOWN = ("B", "G", "K", "C", "D", "OY", "OX", "FY", "FX", "IY", "IX", "PY", "PX")
_PRODUCT = {"M": "D", "N": "K", "K": "C"}  # loops of Timeloop's matrix product
_TIMELOOP = {"N": "B", "G": "G", "M": "K", "K": "K", "C": "C", "P": "OY", "Q": "OX", "R": "FY", "S": "FX"}
_MOST = 10**7


def is_loops(content: Any) -> bool:
    """Whether the content of a YAML file is a workload of loops."""
    if isinstance(content, dict) and "problem" in content:
        return "layers" not in content
    content = _rows(content)
    return isinstance(content, list) and any(
        isinstance(row, dict) and ("loop_dims" in row or "loop_dim_size" in row) for row in content
    )


def _rows(content: Any) -> Any:
    """The list of layers, alone or under a key."""
    return content.get("layers") if isinstance(content, dict) else content


def loop_network(content: Any, path: Path) -> Network:
    """Network of a workload of loops; every fault in it is named in one error.

    Raises
    ------
    InputError
        With the layer and the field of every fault.
    """
    problems: list[str] = []
    if isinstance(content, dict) and "problem" in content:
        layers = [_timeloop(content["problem"], path.stem, problems)]
        edges: list[Edge] = []
        source = "problem of Timeloop"
    else:
        layers, edges = _zigzag(_rows(content), problems)
        source = "workload of ZigZag"
    made = [layer for layer in layers if layer is not None]
    if problems:
        raise InputError(str(path), problems)
    if edges:
        made, edges = listed_edges(made, [(edge.producer, edge.consumer) for edge in edges])
    else:
        made, edges = listed_chain(made)
    return to_network(Header(path.stem, source=source), made, edges, where=str(path))


def _zigzag(rows: list[Any], problems: list[str]) -> tuple[list[Layer | None], list[Edge]]:
    """Layers of a list of loops, and who reads whom."""
    layers: list[Layer | None] = []
    edges: list[Edge] = []
    index: dict[str, int] = {}
    for i, row in enumerate(rows):
        place = f"layer {i + 1}"
        if not isinstance(row, dict):
            problems.append(f"{place}: got {row!r}; must be a mapping with loop_dims and loop_sizes")
            continue
        key = str(row.get("id", i))
        name = str(row.get("name") or f"layer{key}")
        sizes = _loop_sizes(row, f"{place} ({name})", problems)
        layer = None
        if sizes is not None:
            steps = _relations(row.get("dimension_relations"))
            layer = _of_loops(name, sizes, steps, f"{place} ({name})", problems, _stated_map(row))
        if not _has_weights(row):
            problems.append(
                f"{place} ({name}): {row.get('operator_type', 'operation')} without constant weights; leave it out, or "
                "describe the network in YAML with layers and edges"
            )
        sources = row.get("operand_source")
        producers = {str(v) for k, v in sources.items() if k != "W"} if isinstance(sources, dict) else set()
        known = [index[p] for p in producers if p in index]
        edges += [Edge(p, i, "input", (1, 1, 1)) for p in known] or [Edge(HOST, i, "input", (1, 1, 1))]
        index[key] = i
        layers.append(layer)
    if len({layer.name for layer in layers if layer is not None}) < sum(layer is not None for layer in layers):
        problems.append("layers: two have the same name or id; give each its own")
    return layers, edges


def _has_weights(row: dict[str, Any]) -> bool:
    """Whether an operand of a layer is constant: W that no other layer makes."""
    equation = str(row.get("equation", "W"))
    sources = row.get("operand_source")
    is_made = isinstance(sources, dict) and "W" in sources and sources["W"] != row.get("id")
    return "W" in equation and not is_made


def _loop_sizes(row: dict[str, Any], place: str, problems: list[str]) -> dict[str, int] | None:
    """Sizes of a layer's loops by name."""
    given = row.get("loop_dim_size")
    if given is None:
        dims, sizes = row.get("loop_dims"), row.get("loop_sizes")
        if not isinstance(dims, list) or not isinstance(sizes, list) or len(dims) != len(sizes):
            problems.append(f"{place}: loop_dims and loop_sizes must be two lists of the same length")
            return None
        given = dict(zip(map(str, dims), sizes, strict=True))
    if not isinstance(given, dict):
        problems.append(f"{place}: loop_dim_size: got {given!r}; must be a mapping of loops to sizes")
        return None
    return _checked({str(k).upper(): v for k, v in given.items()}, _KNOWN, place, problems)


def _checked(given: dict[str, Any], known: tuple[str, ...], place: str, problems: list[str]) -> dict[str, int] | None:
    """Loops of known names with whole sizes."""
    before = len(problems)
    for name, size in given.items():
        if name not in known:
            problems.append(f"{place}: unknown loop {name!r}; known: {', '.join(known)}")
        elif isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= _MOST:
            problems.append(f"{place}: {name}: got {size!r}; must be a whole number of at least 1 and at most {_MOST}")
    return given if len(problems) == before else None


@dataclass(frozen=True)
class _Steps:
    """Strides and dilations, (height, width)."""

    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)


def _relations(relations: Any) -> _Steps:
    """Strides and dilations of relations such as ix=2*ox+1*fx."""
    text = " ".join(map(str, relations)).lower() if isinstance(relations, list) else ""
    found = re.findall(r"i([xy])\s*=\s*(\d{1,6})\s*\*\s*o[xy]\s*(?:\+\s*(\d{1,6})\s*\*\s*f[xy])?", text)
    strides = {axis: max(int(stride), 1) for axis, stride, _ in found}
    dilations = {axis: max(int(dilation or 1), 1) for axis, _, dilation in found}
    return _Steps((strides.get("y", 1), strides.get("x", 1)), (dilations.get("y", 1), dilations.get("x", 1)))


def _stated_map(row: dict[str, Any]) -> tuple[int, int] | None:
    """Height and width of the input map ahead of its padding, where a layer states them."""
    dims, sizes = row.get("pr_loop_dims"), row.get("pr_loop_sizes")
    if not (isinstance(dims, list) and isinstance(sizes, list) and len(dims) == len(sizes)):
        return None
    sides = {str(dim).upper(): size for dim, size in zip(dims, sizes, strict=True)}
    found = [sides.get(key) for key in ("IY", "IX")]
    height, width = (side if isinstance(side, int) and 1 <= side <= _MOST else 0 for side in found)
    return (height, width) if height and width else None


def _timeloop(problem: Any, name: str, problems: list[str]) -> Layer | None:
    """The layer of a problem."""
    instance = problem.get("instance", problem) if isinstance(problem, dict) else None
    if not isinstance(instance, dict):
        problems.append(f"problem: got {problem!r}; must be a mapping with an instance: {{C: 64, M: 64, P: 56, ...}}")
        return None
    numbers = {str(k): v for k, v in instance.items() if k not in ("shape", "densities", "version", "data-spaces")}
    steps = {
        key: next((numbers.pop(name) for name in list(numbers) if name.lower() == key), 1)
        for key in ("hstride", "wstride", "hdilation", "wdilation")
    }
    if _checked(steps, tuple(steps), "problem", problems) is None:
        return None
    is_product = set(numbers) == set(_PRODUCT)
    names = _PRODUCT if is_product else _TIMELOOP
    sizes = _checked(numbers, tuple(names), "problem", problems)
    if sizes is None:
        return None
    loops: dict[str, int] = {}
    for key, size in sizes.items():
        loops[names[key]] = loops.get(names[key], 1) * size
    stride, dilation = (steps["hstride"], steps["wstride"]), (steps["hdilation"], steps["wdilation"])
    return _of_loops(name, loops, _Steps(stride, dilation), "problem", problems)


def _of_loops(
    name: str,
    sizes: dict[str, int],
    steps: _Steps,
    place: str,
    problems: list[str],
    stated: tuple[int, int] | None = None,
) -> Layer | None:
    """Layer of loops B, G, K, C, D, OY, OX, FY, FX; a batch counts as one input. ``stated`` is its map where known."""
    groups = sizes.get("G", 1)
    height, width = sizes.get("OY", 1) * sizes.get("D", 1), sizes.get("OX", 1)
    kernel = (sizes.get("FY", 1), sizes.get("FX", 1))
    channels, out = sizes.get("C", 1) * groups, sizes.get("K", 1) * groups
    if (height, width) == kernel == (1, 1) and groups == 1:
        layer = Layer(name, "fc", (1, 1, channels), (1, 1), out)
    else:
        sides = [
            (positions - 1) * stride + (k - 1) * dilation + 1
            for positions, stride, k, dilation in zip(
                (height, width), steps.stride, kernel, steps.dilation, strict=True
            )
        ]
        ifm_h, ifm_w = stated or (sides[0], sides[1])
        layer = Layer(name, "conv", (ifm_h, ifm_w, channels), kernel, out, max(steps.stride), 0, groups)
        if layer.output_map != (height, width):
            layer = replace(layer, ofm=(height, width))
    if is_too_large(layer):
        problems.append(f"{place}: {TOO_LARGE}")
        return None
    return layer
