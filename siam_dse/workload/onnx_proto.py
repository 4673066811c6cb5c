"""Nodes of an ONNX graph as they are stored: names, what they read, what exporters note beside them."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

_TRACED = "pkg.torch.onnx.fx_node"  # of PyTorch's exporter: the call that a node was made of
_LINEAR = re.compile(r"aten\.linear\.default\]\(args = \(%\w+, %([pb]_\w+)")


def label_of(proto: Any) -> str:
    """How a node is called in messages."""
    return f"node {proto.name or next(iter(proto.output), '')!r} ({proto.op_type})"


def substitute(proto: Any, given: dict[str, Any]) -> None:
    """Attributes of a function's node that stand for those of its call."""
    kept = []
    for attribute in proto.attribute:
        if not attribute.ref_attr_name:
            kept.append(attribute)
        elif attribute.ref_attr_name in given:
            copy = type(attribute)()
            copy.CopyFrom(given[attribute.ref_attr_name])
            copy.name = attribute.name
            kept.append(copy)
    copies = [type(a).FromString(a.SerializeToString()) for a in kept]
    del proto.attribute[:]
    proto.attribute.extend(copies)


def leading_to(nodes: Sequence[Any], wanted: Iterable[str]) -> set[int]:
    """Nodes on a way to the wanted tensors."""
    needed = set(wanted)
    live = set()
    for i in range(len(nodes) - 1, -1, -1):
        if needed.intersection(nodes[i].output):
            live.add(i)
            needed.update(_read_by(nodes[i]))
    return live


def _read_by(proto: Any) -> set[str]:
    """Names that a node reads, those of its subgraphs included."""
    names = set(proto.input)
    for attribute in proto.attribute:
        for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
            names.update(info.name for info in graph.output)
            for inner in graph.node:
                names |= _read_by(inner)
    return names


def parameter_of(proto: Any) -> str:
    """Parameter of PyTorch that a matrix product reads, "" where nothing says it.

    Its exporter stores the transpose of a linear layer's matrix once a call: a layer that is called several times
    would have as many matrices.
    """
    call = next((entry.value for entry in proto.metadata_props if entry.key == _TRACED), "")
    found = _LINEAR.search(call)
    return found.group(1) if found else ""
