"""Constants of an ONNX graph: their content where it is small, and what operations make of it."""

from functools import cache
from math import prod
from typing import Any

import numpy as np

from siam_dse.workload.onnx_node import Node, checked
from siam_dse.workload.onnx_tensor import Tensor, UnreadableError

_MOST_VALUES = 1 << 16  # of a constant whose content is kept
_DATA = ("raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")


def constant(proto: Any, root: str) -> Tensor:
    """A tensor stored in the file: its shape, and its content where that is small and there."""
    import onnx

    shape = tuple(int(side) for side in proto.dims)
    value = None
    is_here = proto.data_location != onnx.TensorProto.EXTERNAL and any(len(getattr(proto, f)) for f in _DATA)
    if 0 <= prod(shape) <= _MOST_VALUES and is_here:
        try:
            value = onnx.numpy_helper.to_array(proto)
        except Exception:
            value = None  # data that do not fit the shape: only the shape is used
    elif 0 in shape:
        value = np.zeros(shape) if min(shape) == 0 and max(shape) <= _MOST_VALUES else None
    return Tensor(shape, constant=True, value=value, root=root)


def of_array(array: Any, root: str) -> Tensor:
    """A constant with known content."""
    array = np.asarray(array)
    return Tensor(tuple(array.shape), constant=True, value=array if array.size <= _MOST_VALUES else None, root=root)


@cache
def _implementation(domain: str, operation: str, opset: int) -> Any:
    """Reference implementation of an operation; None where there is none."""
    from onnx.reference.ops import load_op

    try:
        return load_op(domain, operation, opset)
    except Exception:
        return None


def folded(proto: Any, inputs: list[Tensor | None], shapes: list[tuple[int, ...]], opset: int) -> list[Any] | None:
    """Contents of a node's outputs from those of its inputs; None where they are unknown or large.

    Parameters
    ----------
    proto : the node
    inputs : its inputs, all constant
    shapes : shapes of the outputs as far as they are known
    opset : version of the operator set
    """
    if any(tensor is not None and tensor.value is None for tensor in inputs):
        return None
    if any(prod(shape) > _MOST_VALUES for shape in shapes):
        return None
    cls = _implementation(proto.domain.removeprefix("ai.onnx"), proto.op_type, opset)
    if cls is None or any(attribute.type in (5, 10) for attribute in proto.attribute):
        return None
    given = [None if tensor is None else tensor.value for tensor in inputs]
    context = {"log": _silent, "opsets": {proto.domain: opset}, "verbose": 0, "new_ops": None}
    try:
        with np.errstate(all="ignore"):
            out = cls(proto, context).run(*given)
    except Exception:
        return None
    arrays = [np.asarray(array) for array in out]
    return arrays if all(array.size <= _MOST_VALUES for array in arrays) else None


def _silent(*_: object) -> None:
    """Log of the reference implementation: nothing."""


def made_of_nothing(node: Node) -> list[Tensor] | None:
    """Constants that need no input's content: stored ones, shapes, fillings; None for any other node."""
    if node.op == "Constant":
        return [_stored(node)]
    if node.op in ("Shape", "Size"):
        sides = node[0].shape
        if node.op == "Size":
            return [of_array(np.int64(prod(sides)), "")]
        return [
            of_array(np.array(sides[slice(node.number("start", 0), node.attributes.get("end"))], dtype=np.int64), "")
        ]
    if node.op == "SequenceLength" and node[0].items is not None:
        return [of_array(np.int64(len(node[0].items)), "")]
    if node.op == "ConstantOfShape":
        shape = checked(node.known(0, "shape"))
        value = node.attributes.get("value")
        if prod(shape) > _MOST_VALUES:
            return [Tensor(shape, constant=True)]
        filling = np.float32(0) if value is None else constant(value, "").value
        return [of_array(np.full(shape, 0 if filling is None else filling.ravel()[0]), "")]
    if node.op == "Range":
        if any(node[i].value is None for i in range(3)):
            message = "its length depends on the data; export it with fixed sizes"
            raise UnreadableError(message)
        start, end, step = (node[i].value.ravel()[0] for i in range(3))
        length = max(int(np.ceil((float(end) - float(start)) / float(step))), 0)
        shape = checked((length,))
        return (
            [of_array(np.arange(length) * step + start, "")]
            if length <= _MOST_VALUES
            else [Tensor(shape, constant=True)]
        )
    if node.op in ("RandomNormal", "RandomUniform"):
        return [Tensor(checked(node.list_of("shape", [])), constant=True)]
    if node.op in ("RandomNormalLike", "RandomUniformLike", "EyeLike", "Bernoulli"):
        return [Tensor(node[0].shape, constant=True)]
    if node.op in ("HannWindow", "HammingWindow", "BlackmanWindow"):
        return [Tensor(checked(node.known(0, "size")[:1]), constant=True)]
    if node.op == "MelWeightMatrix":
        bins, length = node.known(0, "size")[0], node.known(1, "size")[0]
        return [Tensor(checked((length // 2 + 1, bins)), constant=True)]
    return None


def _stored(node: Node) -> Tensor:
    """The content of a node Constant."""
    for name, value in node.attributes.items():
        if name == "value":
            return constant(value, node.outputs[0])
        if name == "sparse_value":
            return Tensor(tuple(int(side) for side in value.dims), constant=True, root=node.outputs[0])
        if name in ("value_int", "value_ints"):
            return of_array(np.array(value, dtype=np.int64), "")
        if name in ("value_float", "value_floats"):
            return of_array(np.array(value, dtype=np.float32), "")
        if name in ("value_string", "value_strings"):
            return of_array(np.array(value), "")
    message = "holds no value"
    raise UnreadableError(message)
