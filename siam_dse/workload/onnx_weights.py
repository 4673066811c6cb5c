"""Operations of an ONNX graph that multiply: by constant weights, which become layers, or two activations."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from siam_dse.workload.graph import Layer, Product
from siam_dse.workload.onnx_graph import LayerGraph, fitting_padding
from siam_dse.workload.onnx_node import Handler, Node, checked
from siam_dse.workload.onnx_tensor import Flow, Source, Tensor, UnreadableError, broadcast_shape, resized
from siam_dse.workload.onnx_vector import window
from siam_dse.workload.shapes import as_map

_ACTIVATIONS = {"Sigmoid": "special", "Tanh": "special", "HardSwish": "simple", "HardSigmoid": "simple"}


def conv(node: Node, built: LayerGraph) -> list[Tensor]:
    """A convolution over one, two or three axes of a map."""
    first, weights = node[0], node[1]
    last = node.op.startswith("Nhwc") or bool(node.number("channels_last", 0))
    if last:  # the map with its channels second, as the rest of this function has it
        first = replace(
            first, shape=_second(first.shape), batch=_second(first.batch), bare=first.bare and _second(first.bare)
        )
        if weights.shape[1:2] != (first.shape[1] // max(node.number("group", 1), 1),):
            weights = replace(weights, shape=_second(weights.shape))
    rank = len(first.shape) - 2
    if rank < 1 or rank > 3 or len(weights.shape) != rank + 2:
        message = f"convolves {list(first.shape)} with weights {list(weights.shape)}"
        raise UnreadableError(message)
    kernel = weights.shape[2:]
    groups = node.number("group", 1)
    if node.list_of("kernel_shape", kernel) != list(kernel):
        message = f"states the kernel {node.list_of('kernel_shape', kernel)} and has weights {list(weights.shape)}"
        raise UnreadableError(message)
    if groups < 1 or first.shape[1] != weights.shape[1] * groups or weights.shape[0] % groups:
        message = f"has {first.shape[1]} channels, weights {list(weights.shape)} and {groups} groups"
        raise UnreadableError(message)
    after, strides, pads = window(node, first.shape[2:], kernel)
    shape = checked((first.shape[0], weights.shape[0], *after))
    batch = (first.batch[0], *(1,) * (rank + 1)) if first.batch else ()
    out = Tensor(shape, batch=batch)
    if weights.flow:
        return [_dynamic(node, built, first, weights, out)]
    folded = out.sides[0]  # maps an input: views, windows
    sides = (first.bare or first.shape)[2:]
    layer = _conv_layer(node, sides, kernel, strides, pads, after)
    ifm, ofm = as_map(sides), as_map(after)
    layer = replace(layer, ifm=(folded * ifm[0], ifm[1], first.shape[1]), out=weights.shape[0], groups=groups)
    ofm = (folded * ofm[0], ofm[1])
    if layer.output_map != ofm:
        layer = replace(layer, ofm=ofm)
    index = built.add_layer(layer, first.flow, weights.root)
    out = replace(out, flow=(Source(index, out.values),))
    out = _activated(node, built, out)
    if last:
        shape = (shape[0], *shape[2:], shape[1])
        out = Tensor(shape, out.flow, batch=(batch[0], *(1,) * (rank + 1)) if batch else ())
    return [out]


def _second(shape: Sequence[int]) -> tuple[int, ...]:
    """A shape with its last axis second."""
    return (*shape[:1], *shape[-1:], *shape[1:-1]) if shape else ()


def _conv_layer(
    node: Node,
    sides: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    pads: Sequence[int],
    after: Sequence[int],
) -> Layer:
    """Layer of a convolution with its stride and padding; those that one number cannot give leave only their map."""
    dilations = node.list_of("dilations", [1] * len(kernel), low=1)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    stride, declared = max(strides), max(0, *pads)
    padding = None
    if len(sides) < 3:
        padding = fitting_padding(sides, reach, stride, declared, after)
    size = (prod(kernel[:-1]), kernel[-1]) if len(kernel) > 1 else (kernel[0], 1)
    return Layer(name_of(node), "conv", (1, 1, 1), size, 1, stride, declared if padding is None else padding)


def _activated(node: Node, built: LayerGraph, out: Tensor) -> Tensor:
    """The sum and activation that a fused convolution ends with."""
    if node.op in ("FusedConv", "NhwcFusedConv") and node.has(3) and node[3].flow:
        out = built.combine([out, node[3]], out.shape, None, is_sum=True)
    sort = _ACTIVATIONS.get(node.text("activation", ""))
    if sort:
        built.count(out.flow, sort, built.values(out))
    return out


def _dynamic(node: Node, built: LayerGraph, first: Tensor, weights: Tensor, out: Tensor) -> Tensor:
    """A convolution whose kernel depends on the input: a product."""
    groups = node.number("group", 1)
    rows = prod(weights.shape[1:])
    product = Product(groups, out.sides[0] * prod(out.shape[2:]), rows, weights.shape[0] // groups)
    index = built.add_product(name_of(node), product, first.flow, weights.flow)
    return replace(out, flow=(Source(index, out.values),))


def _conv_transpose(node: Node, built: LayerGraph) -> list[Tensor]:
    """A transposed convolution: each position of the input makes a patch of the output, patches overlap and add."""
    first, weights = node[0], node[1]
    rank = len(first.shape) - 2
    groups = node.number("group", 1)
    if (
        weights.flow
        or not 1 <= rank <= 3
        or weights.shape[0] != first.shape[1]
        or groups < 1
        or first.shape[1] % groups
    ):
        message = f"convolves {list(first.shape)} transposed with weights {list(weights.shape)} in {groups} groups"
        raise UnreadableError(message)
    kernel = weights.shape[2:]
    strides = node.list_of("strides", [1] * rank, low=1)
    dilations = node.list_of("dilations", [1] * rank, low=1)
    pads = node.list_of("pads", [0] * 2 * rank)
    extra = node.list_of("output_padding", [0] * rank)
    same = node.text("auto_pad", "NOTSET").startswith("SAME")
    after = []
    for axis, side in enumerate(first.shape[2:]):
        reach = (kernel[axis] - 1) * dilations[axis] + 1
        full = strides[axis] * (side - 1) + reach + extra[axis] - pads[axis] - pads[axis + rank]
        after.append(side * strides[axis] if same else full)
    after = node.list_of("output_shape", after)[-rank:]
    shape = checked((first.shape[0], weights.shape[1] * groups, *after))
    if min(after) < 1:
        message = f"makes a map of the shape {list(after)}"
        raise UnreadableError(message)
    out = Tensor(shape, batch=(first.batch[0], *(1,) * (rank + 1)) if first.batch else ())
    height, width = as_map(first.shape[2:])
    columns = weights.shape[1] * groups * prod(kernel)
    ifm = (out.sides[0] * height, width, first.shape[1])
    layer = Layer(name_of(node), "conv", ifm, (1, 1), columns, groups=groups)
    map_h, map_w = as_map(after)
    gives = (out.sides[0] * map_h, map_w, shape[1])
    index = built.add_layer(layer, first.flow, weights.root, gives)
    built.count((Source(index, 0),), "simple", ifm[0] * ifm[1] * columns * built.times)
    return [replace(out, flow=(Source(index, out.values),))]


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
    return [_activated(node, built, out)]


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


_GATES = {"LSTM": 4, "DynamicQuantizeLSTM": 4, "GRU": 3, "RNN": 1}
_SPECIALS = {4: 5, 3: 3, 1: 1}  # sigmoid and tanh a state of a step
_SIMPLES = {4: 4, 3: 6, 1: 0}  # multiplications and additions a state of a step


def _recurrent(node: Node, built: LayerGraph) -> list[Tensor]:
    """A recurrent node: one matrix of inputs and states to gates for each direction, its steps in sequence."""
    gates = _GATES[node.op]
    first, weights, states = node[0], node[1], node[2]
    is_one_or_two = len(weights.shape) == 3 and weights.shape[0] in (1, 2)
    if len(first.shape) != 3 or not is_one_or_two or weights.flow or states.flow:
        message = f"reads {list(first.shape)} with weights {list(weights.shape)}"
        raise UnreadableError(message)
    batch_first = bool(node.number("layout", 0))
    steps = first.shape[1 if batch_first else 0]
    hidden = states.shape[-2] if node.op == "DynamicQuantizeLSTM" else states.shape[-1]
    directions = weights.shape[0]
    inputs = first.shape[2]
    wanted = (inputs, gates * hidden) if node.op == "DynamicQuantizeLSTM" else (gates * hidden, inputs)
    if weights.shape[1:] != wanted:
        message = f"has weights {list(weights.shape)} for {inputs} inputs and {hidden} states"
        raise UnreadableError(message)
    axis = 0 if batch_first else 1
    count = first.counts[axis]
    width = first.shape[axis] // count
    sources = []
    for direction in range(directions):
        name = name_of(node) + (f"_{('forward', 'backward')[direction]}" if directions == 2 else "")
        ifm = (steps * width, 1, inputs + hidden)
        gives = (steps * width, 1, hidden)
        layer = Layer(name, "conv", ifm, (1, 1), gates * hidden, sequential=True)
        index = built.add_layer(layer, first.flow, f"{weights.root}+{states.root}[{direction}]", gives)
        source = (Source(index, 0),)
        built.count(source, "special", _SPECIALS[gates] * steps * width * hidden * built.times)
        built.count(source, "simple", _SIMPLES[gates] * steps * width * hidden * built.times)
        sources.append(Source(index, steps * width * hidden))
    for i in (5, 6):
        if node.has(i) and node[i].flow and gates > 1:
            built.read(node[i].flow)
    return _states(node, first, tuple(sources), (steps, directions, first.shape[axis], hidden), count)


def _states(node: Node, first: Tensor, flow: Flow, sides: tuple[int, int, int, int], count: int) -> list[Tensor]:
    """Outputs of a recurrent node: states of all steps, the last state, the last cell."""
    steps, directions, maps, hidden = sides
    batch_first = bool(node.number("layout", 0))
    shape = (maps, steps, directions, hidden) if batch_first else (steps, directions, maps, hidden)
    axis = 0 if batch_first else 2
    counts = tuple(count if i == axis else 1 for i in range(4)) if count > 1 else ()
    joined = (2 if batch_first else 1, (1,) * directions) if directions > 1 else None
    whole = Tensor(shape, flow, batch=counts, joined=joined)
    last = (maps, directions, hidden) if batch_first else (directions, maps, hidden)
    ends = resized(whole, (maps, 1, directions, hidden) if batch_first else (1, directions, maps, hidden))
    end = Tensor(last, ends.flow, joined=None if joined is None else (1 if batch_first else 0, joined[1]))
    return [whole, end, end][: max(len(node.outputs), 1)]


def name_of(node: Node) -> str:
    """Name of the layer that a node makes."""
    return str(node.name or (node.outputs[0] if node.outputs else "")).strip("/") or node.op.lower()


def _integer_conv(node: Node, built: LayerGraph) -> list[Tensor]:
    """A convolution of integers with scales and zero points among its inputs."""
    return conv(replace(node, inputs=(node[0], node[3])), built)


def _deformable(node: Node, built: LayerGraph) -> list[Tensor]:
    """A convolution at places that the data choose: they are an operand of its input."""
    out = conv(replace(node, inputs=(node[0], node[1])), built)[0]
    if node.has(2) and node[2].flow:
        built.count(out.flow, "simple", built.values(node[0]) * prod(node[1].shape[2:]))
        offsets = resized(replace(node[2], joined=None), (*out.shape[:1], 1, *out.shape[2:]))
        out = built.combine([out, replace(offsets, flow=node[2].flow)], out.shape, "simple", is_sum=False)
    return [out]


WEIGHTS: dict[str, Handler] = {
    "Conv": conv,
    "ConvInteger": conv,
    "ConvTranspose": _conv_transpose,
    "DeformConv": _deformable,
    "DynamicQuantizeLSTM": _recurrent,
    "DynamicQuantizeMatMul": _matmul,
    "Einsum": _einsum,
    "FusedConv": conv,
    "FusedGemm": _matmul,
    "FusedMatMul": _matmul,
    "GRU": _recurrent,
    "Gemm": _matmul,
    "GemmFloat8": _matmul,
    "LSTM": _recurrent,
    "MatMul": _matmul,
    "MatMulBnb4": _packed_matmul,
    "MatMulInteger": _matmul,
    "MatMulIntegerToFloat": _matmul,
    "MatMulNBits": _packed_matmul,
    "NhwcConv": conv,
    "NhwcFusedConv": conv,
    "QGemm": _matmul,
    "QLinearConv": _integer_conv,
    "QLinearMatMul": _matmul,
    "RNN": _recurrent,
    "TransposeMatMul": _matmul,
}
