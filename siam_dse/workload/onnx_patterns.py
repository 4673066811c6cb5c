"""Operations that exporters write out in several nodes: normalisation, GELU, SiLU.

The nodes of one are counted as the operation that they make up, at its last node, however a file spells it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

PART = ""  # a node that counts with the last of its operation
_SQUARES = ("Pow", "Mul")


class _Graph:
    """Nodes by what they make and read."""

    def __init__(self, nodes: Sequence[Any]) -> None:
        self.made = {name: node for node in nodes for name in node.output if name}
        self.read: dict[str, list[Any]] = {}
        for node in nodes:
            for name in node.input:
                self.read.setdefault(name, []).append(node)

    def maker(self, name: str, *kinds: str) -> Any:
        """Node of one of the kinds that makes a tensor, or None."""
        node = self.made.get(name)
        return node if node is not None and node.op_type in kinds and len(node.output) else None

    def readers(self, name: str, *kinds: str) -> list[Any]:
        """Nodes of the kinds that read a tensor."""
        return [node for node in self.read.get(name, ()) if node.op_type in kinds and len(node.output)]


def written_out(nodes: Sequence[Any]) -> dict[str, str]:
    """Sort of work by the first output of a node: that of the whole for its last node, ``PART`` for the others."""
    graph = _Graph(nodes)
    sorts: dict[str, str] = {}
    for node in nodes:
        for parts, last, sort in (*_norms(graph, node), *_gelus(graph, node), *_silus(graph, node)):
            sorts.update({part.output[0]: PART for part in parts if part.output[0] not in sorts})
            sorts[last.output[0]] = sort
    return sorts


def _norms(graph: _Graph, mean: Any) -> Iterator[tuple[list[Any], Any, str]]:
    """Layer or RMS normalisation round the mean of the squares."""
    if mean.op_type != "ReduceMean" or not mean.input:
        return
    square = graph.maker(mean.input[0], *_SQUARES)
    if square is None or (square.op_type == "Mul" and len(set(square.input)) > 1):
        return
    centred = square.input[0]
    parts = [square, mean]
    difference = graph.maker(centred, "Sub")
    if difference is not None:
        first = graph.maker(difference.input[1], "ReduceMean")
        parts += [difference, *([] if first is None else [first])]
    for raised in graph.readers(mean.output[0], "Add"):
        for root in graph.readers(raised.output[0], "Sqrt", "Pow"):
            inverse = graph.readers(root.output[0], "Reciprocal")
            ends = [inverse[0], *parts] if inverse else parts
            name = inverse[0].output[0] if inverse else root.output[0]
            for last in graph.readers(name, "Div", "Mul"):
                if centred in last.input:
                    yield [raised, root, *ends], last, "norm"


def _gelus(graph: _Graph, curve: Any) -> Iterator[tuple[list[Any], Any, str]]:
    """GELU round its error function or hyperbolic tangent: x (1 + curve(...)) / 2."""
    if curve.op_type not in ("Erf", "Tanh") or not curve.input:
        return
    ahead = _ahead(graph, curve)
    given = {name for node in ahead for name in node.input} or {curve.input[0]}
    for raised in graph.readers(curve.output[0], "Add"):
        for product in graph.readers(raised.output[0], "Mul"):
            if given & _factors(graph, product, raised.output[0]):
                yield [curve, raised, *ahead], product, "special"
            for last in graph.readers(product.output[0], "Mul"):  # the half first
                if given & set(last.input):
                    yield [curve, raised, product, *ahead], last, "special"


def _factors(graph: _Graph, product: Any, known: str) -> set[str]:
    """The other factor of a product, and those that it is made of."""
    other = next((name for name in product.input if name != known), "")
    before = graph.maker(other, "Mul")
    return {other, *(before.input if before is not None else ())}


def _ahead(graph: _Graph, node: Any, depth: int = 6) -> list[Any]:
    """Arithmetic ahead of a curve."""
    out = []
    for name in node.input if depth else ():
        before = graph.maker(name, "Mul", "Div", "Pow", "Add")
        if before is not None and all(reader in out or reader is node for reader in graph.read.get(name, ())):
            out += [before, *_ahead(graph, before, depth - 1)]
    return out


def _silus(graph: _Graph, curve: Any) -> Iterator[tuple[list[Any], Any, str]]:
    """SiLU: a tensor times its own sigmoid."""
    if curve.op_type not in ("Sigmoid", "HardSigmoid") or not curve.input:
        return
    for last in graph.readers(curve.output[0], "Mul"):
        if curve.input[0] in last.input:
            yield [curve], last, "special" if curve.op_type == "Sigmoid" else "simple"
