"""Multiply-accumulates of an ONNX node from the shapes of its tensors alone: a second count beside the layers."""

from math import prod

from siam_dse.workload.onnx_node import Node
from siam_dse.workload.onnx_tensor import Tensor

_SECOND = {"QLinearConv": 3, "QLinearMatMul": 3, "QGemm": 3}
_CONVOLUTIONS = ("Conv", "ConvInteger", "DeformConv", "FusedConv", "QLinearConv")
_MATRICES = [
    "DynamicQuantizeMatMul",
    "FusedGemm",
    "FusedMatMul",
    "Gemm",
    "GemmFloat8",
    "MatMul",
    "MatMulInteger",
    "MatMulIntegerToFloat",
    "QGemm",
    "QLinearMatMul",
    "TransposeMatMul",
]


def counted(node: Node, out: Tensor) -> tuple[int, int, int] | None:
    """Multiply-accumulates with weights, those of two activations, and weights; None if a node is not counted twice.

    The whole batch is counted.
    """
    index = _SECOND.get(node.op, 1)
    if node.op in _CONVOLUTIONS and not node.number("channels_last", 0):
        weights = node[index].shape
        return _sorted(node, index, prod(out.shape) * prod(weights[1:]), prod(weights))
    if node.op == "ConvTranspose":
        weights = node[1].shape
        return prod(node[0].shape) * prod(weights[1:]), 0, prod(weights)
    if node.op in _MATRICES:
        shape = node[0].shape
        inner = shape[0] if len(shape) == 1 else shape[-2 if node.number("transA", 0) else -1]
        size = prod((node[index] if not node[index].flow else node[0]).shape)
        return _sorted(node, index, prod(out.shape) * inner, size)
    if node.op in ("LSTM", "GRU", "RNN"):
        size = prod(node[1].shape) + prod(node[2].shape)
        return size * node[0].shape[0] * node[0].shape[1], 0, size
    return None


def _sorted(node: Node, index: int, macs: int, size: int) -> tuple[int, int, int]:
    """The count under weights, or under products where both operands depend on the input."""
    return (0, macs, 0) if node[0].flow and node[index].flow else (macs, 0, size)
