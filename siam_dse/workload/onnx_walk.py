"""Walk over an ONNX graph: every node is folded, mapped to layers and edges, or refused with its name."""

import re
from collections import ChainMap
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from siam_dse.workload.network import HOST
from siam_dse.workload.onnx_attention import ATTENTION, attention_of
from siam_dse.workload.onnx_control import CONTROL
from siam_dse.workload.onnx_convolutions import CONVOLUTIONS
from siam_dse.workload.onnx_count import counted
from siam_dse.workload.onnx_fold import constant, folded, made_of_nothing, of_array
from siam_dse.workload.onnx_graph import COPY, LayerGraph
from siam_dse.workload.onnx_moves import FOLDED, MOVES
from siam_dse.workload.onnx_node import Handler, Node, checked
from siam_dse.workload.onnx_patterns import written_out
from siam_dse.workload.onnx_products import PRODUCTS
from siam_dse.workload.onnx_proto import label_of, leading_to, parameter_of, substitute
from siam_dse.workload.onnx_recurrent import RECURRENT
from siam_dse.workload.onnx_tensor import Source, Tensor, UnreadableError
from siam_dse.workload.onnx_vector import VECTOR

Scope = MutableMapping[str, Tensor | None]  # None: what a refused node would have made
_KNOWN: dict[str, Handler] = {**MOVES, **FOLDED, **VECTOR, **CONVOLUTIONS, **PRODUCTS, **RECURRENT, **ATTENTION}
_DOMAINS = ("", "ai.onnx", "com.microsoft", "ai.onnx.contrib", "pkg.onnxscript.torch_lib")
# Operations after which a constant is still the same weights.
_SAME_WEIGHTS = frozenset(
    [
        "Cast",
        "CastLike",
        "DequantizeLinear",
        "Flatten",
        "QuantizeLinear",
        "Reshape",
        "Squeeze",
        "Transpose",
        "Unsqueeze",
    ]
)
# Operations known on constants alone, whose results are no larger than those.
_BOUNDED = frozenset(["Compress", "Det", "NonZero", "StringConcat", "StringNormalizer", "Unique"])
_OF_BATCH = frozenset(["BatchNormalization", "Conv", "ConvInteger", "ConvTranspose", "FusedConv", "QLinearConv"])
_MOST_VISITS = 500_000  # nodes, those of loops counted at each run
_MOST_DEPTH = 30  # graphs within graphs and functions within functions


@dataclass
class Fault:
    """Nodes refused for the same reason."""

    operation: str
    first: str
    message: str
    count: int = 1


@dataclass
class Walk:
    """State of one walk: layers so far, nodes folded, nodes refused."""

    functions: dict[tuple[str, str, str], Any]
    opsets: dict[str, int]
    built: LayerGraph = field(default_factory=LayerGraph)
    folded: list[str] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)
    skipped: int = 0
    confirmed: set[int] = field(default_factory=set)  # sizes that an operation takes for a batch
    _roots: dict[tuple[Any, ...], str] = field(default_factory=dict)
    _inner: dict[int, Any] = field(default_factory=dict)
    _function_name: str = ""
    _sorts: dict[str, str] = field(default_factory=dict)
    _depth: int = 0
    _visits: int = 0

    def graph(self, graph: Any, scope: Scope) -> list[Tensor | None]:
        """Outputs of a graph whose inputs are in ``scope``."""
        for proto in graph.initializer:
            if proto.name not in scope or self._depth:
                scope[proto.name] = constant(proto, proto.name + self._place_of(graph))
        for sparse in graph.sparse_initializer:
            shape = tuple(int(side) for side in sparse.dims)
            scope[sparse.values.name] = Tensor(shape, constant=True, root=sparse.values.name)
        wanted = [info.name for info in graph.output]
        self.nodes(graph.node, wanted, scope)
        return [self._result(name, scope) for name in wanted]

    def _place_of(self, graph: Any) -> str:
        """What tells constants of a graph inside a node from those of other graphs."""
        if not self._depth:
            return ""
        self._inner.setdefault(id(graph), graph)  # kept, so that no other graph has its identity
        return f" in {id(graph)}"

    def _result(self, name: str, scope: Scope) -> Tensor | None:
        """An output of a graph."""
        if name not in scope:
            self.refuse("output", f"output {name!r}", "nothing makes it")
        return scope.get(name)

    def nodes(self, nodes: Sequence[Any], wanted: Iterable[str], scope: Scope) -> None:
        """Visit the nodes that lead to an output, in their order."""
        if self._depth > _MOST_DEPTH:
            message = f"holds graphs within graphs deeper than {_MOST_DEPTH}"
            raise UnreadableError(message)
        self._visits += len(nodes)
        if self._visits > _MOST_VISITS:
            message = f"runs more than {_MOST_VISITS} nodes one by one; too many to be read"
            raise UnreadableError(message)
        live = leading_to(nodes, wanted)
        self._depth += 1
        outer, self._sorts = self._sorts, written_out(nodes)
        for i, proto in enumerate(nodes):
            if i in live:
                self._visit(proto, scope)
            else:
                self.folded.append(f"{label_of(proto)}: leads to no output")
        self._sorts = outer
        self._depth -= 1

    def refuse(self, operation: str, label: str, message: str) -> None:
        """Note a fault; those of one operation with the same cause are one."""
        cause = operation + re.sub(r"\d+|'[^']*'", "#", message)
        if cause in self.faults:
            self.faults[cause].count += 1
        else:
            self.faults[cause] = Fault(operation, label, message)

    def _visit(self, proto: Any, scope: Scope) -> None:
        """Outputs of a node, into the scope."""
        label = label_of(proto)
        missing = [name for name in proto.input if name and name not in scope]
        if missing:
            self.refuse(proto.op_type, label, f"reads {missing[0]!r}, which nothing before it makes")
        inputs = [scope[name] if name and name not in missing else None for name in proto.input]
        lost = any(name and scope.get(name) is None for name in proto.input)
        outputs: Sequence[Tensor | None] = [None] * len(proto.output)
        if lost:
            self.skipped += not missing
        else:
            try:
                outputs = self._outputs(proto, inputs, scope)
            except UnreadableError as error:
                self.built.counts_parts = True
                self.refuse(proto.op_type, label, str(error))
            except RecursionError:
                self.refuse(proto.op_type, label, "is nested too deep")
            except Exception as error:  # whatever a file holds, the answer names the node
                self.refuse(proto.op_type, label, f"has inputs or attributes that do not fit together ({error})")
            if not outputs:
                outputs = [None] * len(proto.output)
        for name, tensor in zip(proto.output, outputs, strict=False):
            if name:
                scope[name] = tensor

    def _outputs(self, proto: Any, inputs: list[Tensor | None], scope: Scope) -> Sequence[Tensor | None]:
        """Outputs of a node with known inputs."""
        if (proto.domain, proto.op_type, proto.overload) in self.functions:
            return self._function(proto, inputs)
        node = self._node(proto, inputs)
        if proto.domain not in _DOMAINS:
            message = f"is of the domain {proto.domain!r}, which is not known"
            if proto.domain == "com.microsoft.nchwc":  # blocks of channels, padded to the machine's vectors
                message = (
                    "has a layout for one machine; save the model as it was before, or optimised to 'extended' alone"
                )
            raise UnreadableError(message)
        if proto.op_type in CONTROL:
            self.folded.append(f"{label_of(proto)}: its graph stands in its place")
            return CONTROL[proto.op_type](self, node, scope)
        if (made := made_of_nothing(node)) is not None:
            self.folded.append(label_of(proto))
            return [self._named(tensor, node, i) for i, tensor in enumerate(made)]
        node = _left_to_run(_with_parameter(node, proto))
        if not node.flowing() and all(tensor.items is None for tensor in node.given()):
            self.folded.append(label_of(proto))
            return self._folded(proto, node)
        before = len(self.built.layers)
        sort = self._sorts.get(node.outputs[0]) if node.outputs else None
        self.built.counts_parts = sort is None
        outputs = self._handler(node)(node, self.built)
        self.built.counts_parts = True
        if sort and outputs[0].flow:
            self.built.count(outputs[0].flow, sort, self.built.values(outputs[0]))
        if proto.op_type in FOLDED:
            self.folded.append(label_of(proto))
        if proto.op_type in _OF_BATCH and node[0].batch and node[0].batch[0] > 1:
            self.confirmed.add(node[0].batch[0])
        for tensor in outputs:
            checked(tensor.shape)
        outputs = [replace(t, flow=(), constant=True, joined=None) if 0 in t.shape else t for t in outputs]
        if len(self.built.layers) > before:
            self._check(node, outputs[0], before)
        return outputs

    def _node(self, proto: Any, inputs: list[Tensor | None]) -> Node:
        """The node as handlers read it."""
        from onnx.helper import get_attribute_value

        attributes = {a.name: get_attribute_value(a) for a in proto.attribute if not a.ref_attr_name}
        opset = self.opsets.get("" if proto.domain == "ai.onnx" else proto.domain, self.opsets.get("", 0))
        name = proto.name or next(iter(proto.output), "")
        return Node(proto.op_type, name, tuple(inputs), tuple(proto.output), attributes, opset, proto.domain)

    def _handler(self, node: Node) -> Handler:
        """What reads an operation."""
        if node.op == "Attention":
            return attention_of(node.domain)
        if node.op in _KNOWN:
            return _KNOWN[node.op]
        if node.op in ("NonZero", "Unique", "Compress"):
            message = "makes a tensor whose size depends on the data"
            raise UnreadableError(message)
        message = "this operation is not known"
        raise UnreadableError(message)

    def _folded(self, proto: Any, node: Node) -> list[Tensor]:
        """Outputs of a node that depends on constants alone."""
        handler = _KNOWN.get(node.op)
        shapes = []
        if handler is not None:
            shapes = [tensor.shape for tensor in handler(node, LayerGraph())]
        bounded = handler is not None or node.op in _BOUNDED
        arrays = folded(proto, list(node.inputs), shapes, self.opsets.get("", 0)) if bounded else None
        if arrays is not None:
            made = [of_array(array, "") for array in arrays]
        elif handler is not None:
            made = [Tensor(shape, constant=True) for shape in shapes]
        else:
            return list(self._handler(node)(node, self.built))
        return [self._named(tensor, node, i) for i, tensor in enumerate(made)]

    def _named(self, tensor: Tensor, node: Node, index: int) -> Tensor:
        """A folded constant with a name of its own; the same operation on the same constants has the same one."""
        roots = tuple(t.root for t in node.given())
        known = tuple(t.root or (t.value.tobytes() if t.value is not None else "") for t in node.given())
        if "scale" in roots:
            root = "scale"
        elif node.op in _SAME_WEIGHTS and roots:
            root = roots[0]
        elif node.op == "Identity" and roots:
            root = roots[0].removesuffix(COPY) + COPY
        elif not roots:
            root = self._function_name + (node.outputs[index] if index < len(node.outputs) else node.name)
        else:
            key = (node.op, known, index, str(sorted(node.attributes.items(), key=lambda item: item[0])))
            root = self._roots.setdefault(key, f"{node.op} {len(self._roots)}")
        return replace(tensor, constant=True, root=root, flow=(), joined=None)

    def _check(self, node: Node, out: Tensor, before: int) -> None:
        """Compare the layers that a node made with a count from the shapes of its tensors alone."""
        wanted = counted(node, out)
        if wanted is None:
            return
        layers = self.built.layers[before:]
        products = [layer.product for layer in layers if layer.product is not None]
        matrices = [layer for layer in layers if layer.product is None]
        weights = [m.kernel[0] * m.kernel[1] * m.ifm[2] // m.groups * m.out for m in matrices]
        made = (
            sum(n * m.output_map[0] * m.output_map[1] for n, m in zip(weights, matrices, strict=True)),
            sum(p.heads * p.m * p.k * p.n for p in products),
            sum(weights),
        )
        runs = self.built.times
        share = max(out.n_batch, 1)
        expected = (wanted[0] * runs // share, wanted[1] * runs // share, wanted[2])
        if made != expected:
            message = f"its shapes count {expected} multiply-accumulates and weights, its layers {made}"
            raise UnreadableError(message)

    def _function(self, proto: Any, inputs: list[Tensor | None]) -> list[Tensor | None]:
        """A function of the model: its nodes stand in the place of the call."""
        function = self.functions[proto.domain, proto.op_type, proto.overload]
        self.folded.append(f"{label_of(proto)}: its nodes stand in its place")
        given = {attribute.name: attribute for attribute in proto.attribute}
        default = {attribute.name: attribute for attribute in function.attribute_proto}
        scope: Scope = dict(zip(function.input, [*inputs, *[None] * len(function.input)], strict=False))
        empty = [name for name, tensor in scope.items() if tensor is None]
        nodes = []
        prefix = proto.name or next(iter(proto.output), proto.op_type)
        for inner in function.node:
            copy = type(inner)()
            copy.CopyFrom(inner)
            copy.name = f"{prefix}/{inner.name or inner.op_type}"
            for i, name in enumerate(copy.input):
                if name in empty:
                    copy.input[i] = ""
            substitute(copy, {**default, **given})
            nodes.append(copy)
        for name in empty:
            scope.pop(name)
        outer, caller = self.opsets, self._function_name
        self._function_name = f"{proto.domain}:{proto.op_type} "
        self.opsets = {**outer, **{entry.domain: entry.version for entry in function.opset_import}}
        self.nodes(nodes, function.output, scope)
        self.opsets, self._function_name = outer, caller
        return [scope.get(name) for name in function.output]

    def body(self, graph: Any, scope: Scope, given: dict[str, Tensor]) -> list[Tensor | None]:
        """Outputs of a subgraph, which sees the names around it."""
        return self.graph(graph, ChainMap(dict(given), scope))


def _with_parameter(node: Node, proto: Any) -> Node:
    """The node with its matrix known by the parameter that it was made of."""
    if node.op != "MatMul" or not node.has(1) or node[1].flow:
        return node
    name = parameter_of(proto)
    return replace(node, inputs=(node.inputs[0], replace(node[1], root=name))) if name else node


def _left_to_run(node: Node) -> Node:
    """The node with a constant sequence or map as data, where it goes through stored weights.

    Embeddings of positions, places of windows and learned queries are constants, but a file that multiplies them by a
    matrix of weights leaves that to every inference: they come from the host. Two matrices make a third, unless a bias
    is added to each row: then they are a fully connected layer.
    """
    if node.op not in ("MatMul", "Conv", "Gemm") or not (node.has(0) and node.has(1)) or node.flowing():
        return node
    data, weights = node[0], node[1]
    is_layer = len(weights.shape) > 2 if node.op == "Conv" else len(weights.shape) == 2 and min(weights.shape) > 1
    is_biased = node.op == "Gemm" and node.has(2) and len(node[2].shape) == 1
    if not (is_layer and weights.root) or len(data.shape) < 3 - is_biased or 0 in data.shape:
        return node
    sent = replace(data, flow=(Source(HOST, data.values),), constant=False, value=None)
    return replace(node, inputs=(sent, *node.inputs[1:]))
