"""Convolutions of an ONNX graph: with constant weights they are layers, with a kernel made of the input products."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from siam_dse.workload.graph import Layer, Product
from siam_dse.workload.onnx_graph import LayerGraph, fitting_padding
from siam_dse.workload.onnx_node import Handler, Node, checked, name_of
from siam_dse.workload.onnx_products import activated
from siam_dse.workload.onnx_tensor import Source, Tensor, UnreadableError, resized
from siam_dse.workload.onnx_vector import window
from siam_dse.workload.shapes import as_map


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
    out = activated(node, built, out)
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
    return Layer(name_of(node), "conv", (1, 1, 1), as_map(kernel), 1, stride, declared if padding is None else padding)


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


CONVOLUTIONS: dict[str, Handler] = {
    "Conv": conv,
    "ConvInteger": conv,
    "ConvTranspose": _conv_transpose,
    "DeformConv": _deformable,
    "FusedConv": conv,
    "NhwcConv": conv,
    "NhwcFusedConv": conv,
    "QLinearConv": _integer_conv,
}
