"""Graphs in ONNX under construction, for the tests of the reader."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
helper = onnx.helper
FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64


class Graph:
    """A graph under construction: nodes and constants of given shapes."""

    def __init__(self, opset=17):
        self.nodes, self.constants, self.functions, self.opset = [], [], [], opset

    def constant(self, name, *shape):
        return self.value(name, np.zeros(shape, dtype=np.float32))

    def value(self, name, array):
        self.constants.append(onnx.numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, kind, inputs, out, **attributes):
        outputs = [out] if isinstance(out, str) else out
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=outputs[0], **attributes))
        return out

    def conv(self, source, out, shape, **attributes):
        return self.node("Conv", [source, self.constant(f"w_{out}", *shape)], out, **attributes)

    def matmul(self, source, out, rows, columns):
        return self.node("MatMul", [source, self.constant(f"w_{out}", rows, columns)], out)

    def fused(self, kind, inputs, out, **attributes):
        return self.node(kind, inputs, out, domain="com.microsoft", **attributes)

    def model(self, inputs, *outputs):
        def info(name, shape):
            sort = INT64 if name.startswith("ids") else FLOAT
            return helper.make_tensor_value_info(name, sort, shape)

        given = [info(name, shape) for name, shape in inputs.items()]
        made = [info(name, None) for name in outputs or ("y",)]
        graph = helper.make_graph(self.nodes, "g", given, made, self.constants)
        sets = [helper.make_opsetid("", self.opset), helper.make_opsetid("com.microsoft", 1)]
        sets += [helper.make_opsetid("mine", 1)] if self.functions else []
        return helper.make_model(graph, opset_imports=sets, functions=self.functions)

    def save(self, path, inputs, *outputs):
        onnx.save(self.model(inputs, *outputs), str(path))
        return path


def subgraph(inputs, outputs, *nodes, constants=()):
    """A graph inside a node; inputs and outputs are names with shapes."""

    def info(pairs):
        return [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in pairs.items()]

    return helper.make_graph(list(nodes), "body", info(inputs), info(outputs), list(constants))
