"""Matrix products of an ONNX graph: with constant weights they are layers, of two activations products."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from siam_dse.workload.graph import Layer, Product
from siam_dse.workload.onnx_graph import LayerGraph
from siam_dse.workload.onnx_node import Handler, Node, checked, name_of
from siam_dse.workload.onnx_tensor import Source, Tensor, UnreadableError, broadcast_shape, resized

_ACTIVATIONS = {"Sigmoid": "special", "Tanh": "special", "HardSwish": "simple", "HardSigmoid": "simple"}


@dataclass(frozen=True)
class Operand:
    """An operand of a contraction: a tensor, and a letter for each of its axes."""

    tensor: Tensor
    letters: str

    def sides(self) -> dict[str, int]:
        """Extents by letter, without the batch; axes of 1 are left out."""
        return {letter: side for letter, side in zip(self.letters, self.tensor.sides, strict=True) if side > 1}


def contract(node: Node, built: LayerGraph, first: Operand, second: Operand, result: str, name: str = "") -> Tensor:
    """Product of two tensors, summed over the letters that the result lacks.

    With constants on one side: letters of both that stay are groups, those that go are rows, those of the constant
    alone are columns, those of the activation alone are positions. With two activations it is a product.
    """
    letters = {**_extents(first), **_extents(second)}
    if any(letters[letter] != side for letter, side in _extents(first).items()):
        message = f"multiplies {list(first.tensor.shape)} by {list(second.tensor.shape)}"
        raise UnreadableError(message)
    shape = checked(tuple(letters.get(letter, 1) for letter in result))
    counts = {
        letter: count
        for op in (first, second)
        for letter, count in zip(op.letters, op.tensor.counts, strict=True)
        if count > 1
    }
    batch = tuple(counts.get(letter, 1) for letter in result)
    out = Tensor(shape, batch=batch if max(batch, default=1) > 1 else ())
    if first.tensor.flow and second.tensor.flow:
        return _product(node, built, first, second, result, out, name or name_of(node))
    if not (first.tensor.flow or second.tensor.flow):
        return out
    data, weights = (first, second) if first.tensor.flow else (second, first)
    a, w = data.sides(), weights.sides()
    groups = prod(w[letter] for letter in w if letter in a and letter in result)
    rows = prod(w[letter] for letter in w if letter in a and letter not in result)
    columns = prod(w[letter] for letter in w if letter not in a)
    if rows == groups == 1 and data is second and columns > 1:  # a constant spread over positions: a scaling
        built.count(data.tensor.flow, "simple", built.values(out))
        return replace(out, flow=(replace(data.tensor.flow[0], values=out.values), *data.tensor.flow[1:]))
    places = [(letter, side) for letter, side in a.items() if letter not in w]
    height, width = _place(data, places)
    channels = rows * groups
    kind = "fc" if height * width * built.times == 1 and groups == 1 else "conv"
    layer = Layer(name or name_of(node), kind, (height, width, channels), (1, 1), columns * groups, groups=groups)
    index = built.add_layer(layer, data.tensor.flow, weights.tensor.root)
    return replace(out, flow=(Source(index, out.values),))


def _extents(operand: Operand) -> dict[str, int]:
    """Sides by letter, batch included; a side of 1 does not count against another's."""
    return {letter: side for letter, side in zip(operand.letters, operand.tensor.shape, strict=True) if side != 1}


def _place(data: Operand, places: Sequence[tuple[str, int]]) -> tuple[int, int]:
    """Height and width of the positions: those of a map with channels last, else all in a column."""
    if len(places) == 2 and len(data.letters) == 4:
        return places[0][1], places[1][1]
    return prod(side for _, side in places), 1


def _product(
    node: Node, built: LayerGraph, first: Operand, second: Operand, result: str, out: Tensor, name: str
) -> Tensor:
    """A product of two activations."""
    a, b = first.sides(), second.sides()
    heads = prod(a[letter] for letter in a if letter in b and letter in result)
    k = prod(a[letter] for letter in a if letter in b and letter not in result)
    m = prod(a[letter] for letter in a if letter not in b)
    n = prod(b[letter] for letter in b if letter not in a)
    index = built.add_product(name, Product(heads, m, k, n), first.tensor.flow, second.tensor.flow)
    return replace(out, flow=(Source(index, out.values),))


def matmul(node: Node, built: LayerGraph, first: Tensor, second: Tensor, name: str = "") -> Tensor:
    """Matrix product with leading axes broadcast; one axis alone is a vector."""
    a, b = first.shape, second.shape
    if not a or not b or a[-1] != (b[-2] if len(b) > 1 else b[0]):
        message = f"multiplies {list(a)} by {list(b)}"
        raise UnreadableError(message)
    lead = [chr(ord("a") + i) for i in range(max(len(a), len(b)) - 2)]
    broadcast_shape([a[:-2] or (1,), b[:-2] or (1,)])
    left = "".join(lead[len(lead) - len(a) + 2 :]) + ("yz" if len(a) > 1 else "z")
    right = "".join(lead[len(lead) - len(b) + 2 :]) + ("zx" if len(b) > 1 else "z")
    result = "".join(lead) + ("y" if len(a) > 1 else "") + ("x" if len(b) > 1 else "")
    out = contract(node, built, Operand(first, left), Operand(second, right), result, name)
    return out


def swapped(tensor: Tensor) -> Tensor:
    """A matrix with rows and columns exchanged."""
    shape = (*tensor.shape[:-2], tensor.shape[-1], tensor.shape[-2])
    batch = (*tensor.batch[:-2], tensor.batch[-1], tensor.batch[-2]) if tensor.batch else ()
    return replace(tensor, shape=shape, batch=batch, joined=None)


def _matmul(node: Node, built: LayerGraph) -> list[Tensor]:
    first, second = node[0], node[_SECOND.get(node.op, 1)]
    if node.number("transA", 0):
        first = swapped(first)
    if node.number("transB", 0):
        second = swapped(second)
    out = matmul(node, built, first, second)
    addend = node[2] if node.op in ("Gemm", "FusedGemm", "GemmFloat8") and node.has(2) else None
    if addend is not None and addend.flow:
        out = built.combine([out, addend], out.shape, None, is_sum=True)
    return [activated(node, built, out)]


_SECOND = {"QLinearMatMul": 3, "QGemm": 3}


def _packed_matmul(node: Node, built: LayerGraph) -> list[Tensor]:
    """Product with weights of few bits, packed into bytes."""
    columns, rows = node.number("N", 0), node.number("K", 0)
    if node[1].flow or columns < 1 or rows < 1:
        message = f"has N = {columns}, K = {rows}"
        raise UnreadableError(message)
    weights = Tensor((rows, columns), constant=True, root=node[1].root)
    return [matmul(node, built, node[0], weights)]


def _einsum(node: Node, built: LayerGraph) -> list[Tensor]:
    equation = node.text("equation", "").replace(" ", "")
    given, _, result = equation.partition("->")
    terms = given.split(",")
    tensors = node.given()
    if "..." in equation:
        terms, result = _spelled_out(terms, result if "->" in equation else None, tensors)
    elif "->" not in equation:
        letters = sorted({c for c in given if c.isalpha()})
        result = "".join(c for c in letters if given.count(c) == 1)
    fits = len(terms) == len(tensors) and all(len(t) == len(x.shape) for t, x in zip(terms, tensors, strict=True))
    if not fits or any(len(set(term)) != len(term) for term in terms):
        message = f"has the equation {equation!r} for {', '.join(str(list(t.shape)) for t in tensors)}"
        raise UnreadableError(message)
    out, letters_out = tensors[0], terms[0]
    for i in range(1, len(terms)):
        rest = "".join(terms[i + 1 :]) + result
        kept = dict.fromkeys(c for c in letters_out + terms[i] if c in rest)
        last = i == len(terms) - 1
        target = result if last else "".join(kept)
        out = contract(node, built, Operand(out, letters_out), Operand(tensors[i], terms[i]), target)
        letters_out = target
    if len(terms) == 1:
        sides = dict(zip(letters_out, out.shape, strict=True))
        out = resized(replace(out, joined=None), [sides[c] for c in result], ())
    return [out]


def _spelled_out(terms: list[str], result: str | None, tensors: Sequence[Tensor]) -> tuple[list[str], str]:
    """Terms with letters in the place of the three dots."""
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in "".join(terms)]
    most = 0
    out = []
    for term, tensor in zip(terms, tensors, strict=False):
        count = max(len(tensor.shape) - len(term) + 3, 0) if "..." in term else 0
        most = max(most, count)
        out.append((term, count))
    dots = "".join(free[:most])
    spelled = [term.replace("...", dots[most - count :]) for term, count in out]
    if result is None:
        once = sorted({c for c in "".join(terms) if c.isalpha() and "".join(terms).count(c) == 1})
        result = "..." + "".join(once)
    return spelled, result.replace("...", dots)


def activated(node: Node, built: LayerGraph, out: Tensor) -> Tensor:
    """The sum and activation that a fused operation ends with."""
    if node.op in ("FusedConv", "NhwcFusedConv") and node.has(3) and node[3].flow:
        out = built.combine([out, node[3]], out.shape, None, is_sum=True)
    sort = _ACTIVATIONS.get(node.text("activation", ""))
    if sort:
        built.count(out.flow, sort, built.values(out))
    return out


PRODUCTS: dict[str, Handler] = {
    "DynamicQuantizeMatMul": _matmul,
    "Einsum": _einsum,
    "FusedGemm": _matmul,
    "FusedMatMul": _matmul,
    "Gemm": _matmul,
    "GemmFloat8": _matmul,
    "MatMul": _matmul,
    "MatMulBnb4": _packed_matmul,
    "MatMulInteger": _matmul,
    "MatMulIntegerToFloat": _matmul,
    "MatMulNBits": _packed_matmul,
    "QGemm": _matmul,
    "QLinearMatMul": _matmul,
    "TransposeMatMul": _matmul,
}
