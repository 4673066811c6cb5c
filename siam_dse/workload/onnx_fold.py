"""Constants of an ONNX graph: their content where it is small, and what operations make of it."""

from functools import cache
from math import prod
from typing import Any

import numpy as np

from siam_dse.workload.onnx_tensor import Tensor

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
