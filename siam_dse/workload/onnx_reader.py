"""Reader of a convolutional network in ONNX: shapes only, weights are not looked at.

Layers are convolutions and matrix products with constant weights. Batch normalisation, activations and reshapes pass
through; pools, sums and concatenations become pools and edges. A pool that only some readers of a layer see stays on
their edges. Unequal padding is kept as the output map it leaves. What the layer table cannot express (attention,
gating, transposed, one- and three-dimensional convolutions) is an error that names the node.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from siam_dse.core.errors import InputError
from siam_dse.workload.build import to_network
from siam_dse.workload.graph import Header, Layer, Pool, Shape
from siam_dse.workload.network import HOST, Network
from siam_dse.workload.onnx_graph import Flow, LayerGraph, Source, UnreadableError, cut, fitting_padding, pooled

_PASSED = frozenset(
    [
        "BatchNormalization",
        "Cast",
        "Clip",
        "DequantizeLinear",
        "Dropout",
        "Elu",
        "Erf",
        "Exp",
        "Flatten",
        "Gelu",
        "GroupNormalization",
        "HardSigmoid",
        "HardSwish",
        "Identity",
        "InstanceNormalization",
        "LRN",
        "LayerNormalization",
        "LeakyRelu",
        "LogSoftmax",
        "Mish",
        "Neg",
        "PRelu",
        "QuantizeLinear",
        "Relu",
        "Reshape",
        "Selu",
        "Sigmoid",
        "Softmax",
        "Softplus",
        "Squeeze",
        "Tanh",
        "Transpose",
        "Unsqueeze",
    ]
)
_ARITHMETIC = frozenset(["Mul", "Div", "Sub", "Pow"])
_NO_FLOW = frozenset(["Shape", "Size", "ConstantOfShape"])


def read_onnx_network(path: Path) -> Network:
    """Network of an ONNX file.

    The name is that of the file; classes are the last layer's outputs; dataset and accuracy are unknown.

    Raises
    ------
    InputError
        The package ``onnx`` is missing, the file cannot be read, or nodes cannot be expressed; all of those are named.
    """
    try:
        import onnx
    except ImportError:
        message = "reading ONNX needs the package onnx; install it: pip install 'siam-dse[onnx]'"
        raise InputError(str(path), message) from None
    if not path.is_file():
        raise InputError(str(path), "there is no such file; check the path")
    try:
        model = onnx.load(str(path), load_external_data=False)
        model = onnx.shape_inference.infer_shapes(model, data_prop=True)
    except Exception as error:
        raise InputError(str(path), f"is not a valid ONNX file: {str(error).splitlines()[0]}") from None
    return _Walk(model, onnx.helper.get_attribute_value, str(path)).network(path.stem)


class _Walk:
    """One walk over the nodes, in their (topological) order."""

    def __init__(self, model: Any, attribute_value: Callable[[Any], Any], where: str) -> None:
        self.graph = model.graph
        self.where = where
        self.attribute_value = attribute_value
        self.shapes: dict[str, tuple[int | None, ...]] = {}
        for info in (*self.graph.input, *self.graph.value_info, *self.graph.output):
            dims = info.type.tensor_type.shape.dim
            self.shapes[info.name] = tuple(d.dim_value if d.HasField("dim_value") else None for d in dims)
        for tensor in self.graph.initializer:
            self.shapes[tensor.name] = tuple(tensor.dims)
        self.flows: dict[str, Flow] = {}
        self.built = LayerGraph()
        self.problems: list[str] = []

    def network(self, name: str) -> Network:
        """Network of the whole graph."""
        constants = {tensor.name for tensor in self.graph.initializer}
        for info in self.graph.input:
            if info.name not in constants and len(self.shapes[info.name]) > 1:
                try:
                    self.flows[info.name] = (Source(HOST, self.shape(info.name)),)
                except UnreadableError as error:
                    self.problems.append(f"input {info.name!r}: {error}")
        for node in self.graph.node if not self.problems else ():
            self._visit(node)
        for info in self.graph.output:
            self.built.read(self.flows.get(info.name, ()))
        if not self.built.layers and not self.problems:
            self.problems.append("holds no convolution or matrix product with constant weights")
        if self.problems:
            raise InputError(self.where, self.problems)
        return to_network(Header(name, source="ONNX file"), self.built.with_pools(), self.built.edges, where=self.where)

    def shape(self, tensor: str) -> Shape:
        """Height, width, channels of a tensor: (N, C, H, W), (N, T, C) as a 1 x T map, or (N, C)."""
        dims = self.shapes.get(tensor, ())
        if not 2 <= len(dims) <= 4:
            message = f"tensor {tensor!r} has no known shape of 2 to 4 dimensions"
            raise UnreadableError(message)
        sides = [0 if side is None else side for side in dims[1:]]
        if 0 in sides:
            message = f"tensor {tensor!r} has the open shape {list(dims)}; fix all sizes but the batch when exporting"
            raise UnreadableError(message)
        if len(sides) == 3:
            return sides[1], sides[2], sides[0]
        return 1, 1 if len(sides) == 1 else sides[0], sides[-1]

    def _visit(self, node: Any) -> None:
        """Flows of a node's outputs."""
        inputs = [self.flows[name] for name in node.input if name in self.flows]
        if not inputs or node.op_type in _NO_FLOW:
            return
        try:
            outputs = self._outputs(node, inputs)
        except UnreadableError as error:
            self.problems.append(
                f"node {node.name or node.output[0]!r} ({node.op_type}): {error}; describe the network in YAML instead"
            )
            outputs = [inputs[0]]
        for name, flow in zip(node.output, outputs, strict=False):
            self.flows[name] = flow

    def _outputs(self, node: Any, inputs: list[Flow]) -> list[Flow]:
        """Flows of the outputs, by kind of node."""
        special = {
            "Conv": self._conv,
            "Gemm": self._product,
            "MatMul": self._product,
            "MaxPool": self._pool,
            "AveragePool": self._pool,
            "GlobalAveragePool": self._pool,
            "GlobalMaxPool": self._pool,
            "ReduceMean": self._pool,
            "Add": self._sum,
            "Sum": self._sum,
            "Concat": self._concat,
            "Split": self._split,
            "Slice": self._slice,
            "Pad": self._pad,
        }
        if node.op_type in special:
            return special[node.op_type](node, inputs)
        if node.op_type in _PASSED or (node.op_type in _ARITHMETIC and len(set(inputs)) == 1):
            return [inputs[0]]
        if node.op_type in _ARITHMETIC:
            message = "combines two feature maps element by element (gating), which has no place in the layer table"
            raise UnreadableError(message)
        known = ", ".join(sorted({*special, *_PASSED, *_ARITHMETIC}))
        message = f"this operation is not known; known: {known}"
        raise UnreadableError(message)

    def _attributes(self, node: Any) -> dict[str, Any]:
        """Attributes of a node by name."""
        return {attribute.name: self.attribute_value(attribute) for attribute in node.attribute}

    def _name(self, node: Any) -> str:
        """Name of the layer that a node makes."""
        return str(node.name or node.output[0]).strip("/") or node.op_type.lower()

    def _weights(self, node: Any, rank: int) -> list[int]:
        """Shape of a node's constant weights."""
        if len(node.input) < 2 or node.input[1] in self.flows or node.input[0] not in self.flows:
            message = "multiplies two feature maps (attention), so there are no weights to hold in a crossbar"
            raise UnreadableError(message)
        dims = self.shapes.get(node.input[1], ())
        sides = [side for side in dims if side]
        if len(sides) != len(dims) or len(sides) != rank:
            message = f"weights of shape {list(dims)}; only two-dimensional convolutions and matrices are known"
            raise UnreadableError(message)
        return sides

    def _conv(self, node: Any, inputs: list[Flow]) -> list[Flow]:
        """A two-dimensional convolution."""
        weights, given = self._weights(node, 4), self._attributes(node)
        kernel = (weights[2], weights[3])
        ifm, ofm = self.shape(node.input[0]), self.shape(node.output[0])
        stride = int(max(given.get("strides", [1])))
        reach = [(k - 1) * int(d) + 1 for k, d in zip(kernel, given.get("dilations", [1, 1]), strict=True)]
        declared = int(max(given.get("pads", [0])))
        padding = fitting_padding(ifm[:2], reach, stride, declared, ofm[:2])
        layer = Layer(
            self._name(node),
            "conv",
            ifm,
            kernel,
            weights[0],
            stride,
            declared if padding is None else padding,
            int(given.get("group", 1)),
        )
        if layer.output_map != ofm[:2]:
            layer = replace(layer, ofm=ofm[:2])
        return [self.built.add_layer(layer, inputs[0])]

    def _product(self, node: Any, inputs: list[Flow]) -> list[Flow]:
        """A matrix product with constant weights: fully connected, or a 1 x 1 convolution over several positions."""
        weights, given = self._weights(node, 2), self._attributes(node)
        rows, columns = reversed(weights) if given.get("transB", 0) else weights
        height, width, _ = self.shape(node.output[0])
        kind = "fc" if height * width == 1 else "conv"
        layer = Layer(self._name(node), kind, (height, width, rows), (1, 1), columns)
        return [self.built.add_layer(layer, inputs[0])]

    def _pool(self, node: Any, inputs: list[Flow]) -> list[Flow]:
        """Pooling of every source of the tensor alike."""
        given = self._attributes(node)
        before, after = self.shape(node.input[0]), self.shape(node.output[0])
        kind = "max" if "Max" in node.op_type else "avg"
        if "kernel_shape" in given:
            window, stride = int(max(given["kernel_shape"])), int(max(given.get("strides", [1])))
            pool = Pool(kind, window, stride, int(max(given.get("pads", [0]))))
        elif after[:2] == (1, 1):
            pool = Pool(kind, max(before[:2]), max(before[:2]))
        else:
            message = f"reduces {list(before)} to {list(after)}; only means over the whole map are known"
            raise UnreadableError(message)
        return [pooled(inputs[0], pool, after[:2])]

    def _sum(self, node: Any, inputs: list[Flow]) -> list[Flow]:
        """Sum of feature maps; constants among the addends are biases."""
        out = inputs[0]
        for flow in inputs[1:]:
            out = self.built.add_residual(out, flow)
        return [out]

    def _concat(self, node: Any, inputs: list[Flow]) -> list[Flow]:
        """Concatenation along the channels."""
        rank = len(self.shapes.get(node.output[0], ()))
        if len(inputs) > 1 and int(self._attributes(node)["axis"]) % max(rank, 1) != 1:
            message = "concatenates along another axis than the channels"
            raise UnreadableError(message)
        return [tuple(source for flow in inputs for source in flow)]

    def _split(self, node: Any, inputs: list[Flow]) -> list[Flow]:
        """Parts of the channels."""
        parts, start = [], 0
        for name in node.output:
            channels = self.shape(name)[2]
            parts.append(cut(inputs[0], start, channels))
            start += channels
        if start != sum(source.shape[2] for source in inputs[0]):
            message = "splits along another axis than the channels"
            raise UnreadableError(message)
        return parts

    def _pad(self, node: Any, inputs: list[Flow]) -> list[Flow]:
        """Padding ahead of a layer: the layer reads the map without it, and its output map tells the rest."""
        self.shapes[node.output[0]] = self.shapes[node.input[0]]
        return [inputs[0]]

    def _slice(self, node: Any, inputs: list[Flow]) -> list[Flow]:
        """Part of a tensor with one source."""
        if len(inputs[0]) > 1:
            message = "cuts a concatenation"
            raise UnreadableError(message)
        return [(replace(inputs[0][0], shape=self.shape(node.output[0])),)]
