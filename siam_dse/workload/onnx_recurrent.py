"""Recurrent nodes of an ONNX graph."""

from dataclasses import replace

from siam_dse.workload.graph import Vector
from siam_dse.workload.onnx_graph import LayerGraph
from siam_dse.workload.onnx_node import Handler, Node, name_of
from siam_dse.workload.onnx_tensor import Flow, Source, Tensor, UnreadableError, resized
from siam_dse.workload.recurrent import recurrent_layer

_GATES = {"LSTM": 4, "DynamicQuantizeLSTM": 4, "GRU": 3, "RNN": 1}


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
    roots = [f"{weights.root}+{states.root}[{direction}]" for direction in range(directions)]
    for direction in range(directions):
        name = name_of(node) + (f"_{('forward', 'backward')[direction]}" if directions == 2 else "")
        layer = recurrent_layer(name, gates, (steps * width, 1), inputs, hidden)
        index = built.add_layer(replace(layer, gives=None, vector=Vector()), first.flow, roots[direction], layer.gives)
        for sort in ("special", "simple"):
            built.count((Source(index, 0),), sort, getattr(layer.vector, sort) * built.times)
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


RECURRENT: dict[str, Handler] = dict.fromkeys(_GATES, _recurrent)
