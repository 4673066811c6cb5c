"""Small ONNX graphs whose bytes are mutated."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def seeds() -> list[bytes]:
    """Serialised models."""
    return [_convolutions(), _attention(), _loop()]


def _model(nodes: list, constants: dict, shape: list, out: str = "y", opset: int = 17) -> bytes:
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(out, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)]).SerializeToString()


def _zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, dtype=np.float32)


def _convolutions() -> bytes:
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["a"], name="c1", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w2"], ["c"], name="c2", group=2, dilations=[2, 2], pads=[2, 2, 2, 2]),
        helper.make_node("Add", ["b", "c"], ["d"]),
        helper.make_node("MaxPool", ["d"], ["e"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Reshape", ["e", "shape"], ["f"]),
        helper.make_node("Gemm", ["f", "w3"], ["y"], transB=1),
    ]
    constants = {"w1": _zeros(8, 3, 3, 3), "w2": _zeros(8, 4, 3, 3), "w3": _zeros(10, 128), "shape": np.array([1, -1])}
    return _model(nodes, constants, [1, 3, 16, 16])


def _attention() -> bytes:
    nodes = [
        helper.make_node("LayerNormalization", ["x", "g"], ["n"]),
        *(helper.make_node("MatMul", ["n", f"w{name}"], [name]) for name in "qkv"),
        helper.make_node("Transpose", ["k"], ["t"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["q", "t"], ["s"]),
        helper.make_node("Softmax", ["s"], ["p"], axis=-1),
        helper.make_node("MatMul", ["p", "v"], ["o"]),
        helper.make_node("Slice", ["o", "from", "to", "axes"], ["y"]),
    ]
    weights = {f"w{name}": _zeros(16, 16) for name in "qkv"}
    ends = {"from": np.array([0]), "to": np.array([4]), "axes": np.array([1])}
    return _model(nodes, {"g": _zeros(16), **weights, **ends}, [1, 8, 16])


def _loop() -> bytes:
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("MatMul", ["h", "w"], ["h2"]), helper.make_node("Identity", ["go"], ["go2"])], "body",
        [info("i", TensorProto.INT64, []), info("go", TensorProto.BOOL, []), info("h", TensorProto.FLOAT, [1, 8])],
        [info("go2", TensorProto.BOOL, []), info("h2", TensorProto.FLOAT, [1, 8])],
    )  # fmt: skip
    nodes = [helper.make_node("Loop", ["times", "", "x"], ["y"], body=body)]
    return _model(nodes, {"times": np.array(3), "w": _zeros(8, 8)}, [1, 8])
