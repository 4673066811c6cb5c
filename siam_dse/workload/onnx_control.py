"""Nodes of an ONNX graph that hold graphs: branches, loops, scans; and sequences of tensors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from siam_dse.workload.network import HOST
from siam_dse.workload.onnx_fold import of_array
from siam_dse.workload.onnx_node import Node, axis_of, checked
from siam_dse.workload.onnx_tensor import (
    Flow,
    Source,
    Tensor,
    UnreadableError,
    concatenated,
    picked,
    reshaped,
    scaled,
    transposed,
)

if TYPE_CHECKING:
    from siam_dse.workload.onnx_walk import Scope, Walk

_MOST_UNROLLED = 4000  # nodes


def _if(walk: Walk, node: Node, scope: Scope) -> list[Tensor | None]:
    """The branch that is taken, in the node's place."""
    condition = node[0].value
    if condition is None:
        message = "chooses between two graphs by the data; export the one that is meant"
        raise UnreadableError(message)
    taken = "then_branch" if bool(np.all(condition)) else "else_branch"
    return walk.body(node.attributes[taken], scope, {})


def _loop(walk: Walk, node: Node, scope: Scope) -> list[Tensor | None]:
    """A loop of known length: its body once with all its runs, or one copy a run where the runs differ."""
    body = node.attributes["body"]
    times = node.known(0, "number of runs")[0] if node.has(0) else None
    if node.has(1) and node[1].value is None:
        message = "may end by the data; export it with a fixed number of runs"
        raise UnreadableError(message)
    is_open = times is None or times >= 2**31  # it ends by its condition
    if is_open and not node.has(1):
        message = "has no number of runs; export it with a fixed one"
        raise UnreadableError(message)
    if times is None or is_open:
        times = _MOST_UNROLLED // max(len(body.node), 1)
    if node.has(1) and not bool(np.all(node[1].value)):
        times = 0
    states = [node[i] for i in range(2, len(node.inputs))]
    n_states = len(states)
    if times == 0:
        return [*states, *[None] * (len(node.outputs) - n_states)]
    used = {name for inner in body.node for name in inner.input}
    same_every_run = body.input[0].name not in used and times > 1 and not is_open
    if same_every_run:
        outputs = _all_runs(walk, node, scope, body, times, states, [])
        if outputs is not None:
            return outputs
    if times * max(len(body.node), 1) > _MOST_UNROLLED:
        message = f"runs {times} times, each run differently; too many to be read one by one"
        raise UnreadableError(message)
    return _one_by_one(walk, scope, body, times, states, is_open=is_open)


def _one_by_one(
    walk: Walk, scope: Scope, body: Any, times: int, states: list[Tensor], *, is_open: bool
) -> list[Tensor | None]:
    """A copy of a loop's body for each run; an open one must end by its condition."""
    scans: list[list[Tensor]] = [[] for _ in range(len(body.output) - 1 - len(states))]
    current: list[Tensor | None] = list(states)
    for run in range(times):
        given = {body.input[0].name: of_array(np.int64(run), ""), body.input[1].name: of_array(np.bool_(True), "")}
        for info, state in zip(body.input[2:], current, strict=True):
            if state is None:
                return [None] * (len(states) + len(scans))
            given[info.name] = state
        condition, *made = walk.body(body, scope, given)
        current = made[: len(states)]
        for rows, row in zip(scans, made[len(states) :], strict=True):
            if row is None:
                return [None] * (len(states) + len(scans))
            rows.append(reshaped(row, (1, *row.shape)))
        if condition is None or condition.value is None:
            message = "may end by the data; export it with a fixed number of runs"
            raise UnreadableError(message)
        if not bool(np.all(condition.value)):
            break
    else:
        if is_open:
            message = f"has not ended after {times} runs; export it with a fixed number of them"
            raise UnreadableError(message)
    stacked = [concatenated(rows, 0, (len(rows), *rows[0].shape[1:])) for rows in scans]
    return [*current, *stacked]


def _all_runs(
    walk: Walk, node: Node, scope: Scope, body: Any, times: int, states: Sequence[Tensor], slices: Sequence[Tensor]
) -> list[Tensor | None] | None:
    """A body once, with the positions of all its runs; None if a loop's runs are not alike."""
    is_loop = node.op == "Loop"
    built = walk.built
    saved = (copy.deepcopy(built.__dict__), len(walk.folded), copy.deepcopy(walk.faults))
    known = [tensor.flow for tensor in (*states, *slices) if tensor.flow]
    flow: Flow = known[0] if known else (Source(HOST, 1),)
    inner = [_alive(state, flow) for state in states]
    given: dict[str, Tensor] = {}
    names = [info.name for info in body.input]
    if is_loop:
        given[names[0]] = Tensor((), constant=True)
        given[names[1]] = of_array(np.bool_(True), "")
        names = names[2:]
    given.update(zip(names, [*inner, *slices], strict=True))
    times_before, sequential = built.times, built.sequential
    built.times, built.sequential = times_before * times, bool(states) or sequential
    outputs = walk.body(body, scope, given)
    built.times, built.sequential = times_before, sequential
    if is_loop:
        condition, *outputs = outputs
        alike = all(o is not None and o.shape == s.shape for o, s in zip(outputs, states, strict=False))
        fixed = condition is not None and condition.value is not None and bool(np.all(condition.value))
        if not (alike and fixed) or len(walk.faults) > len(saved[2]):
            walk.built.__dict__.update(saved[0])
            del walk.folded[saved[1] :]
            walk.faults = saved[2]
            return None
    ends, rows = outputs[: len(states)], outputs[len(states) :]
    return [*ends, *(None if row is None else _stacked(row, times, 0) for row in rows)]


def _alive(state: Tensor, flow: Flow) -> Tensor:
    """A state of a loop: what comes back into it depends on the input even where it starts as a constant."""
    if state.flow:
        return replace(state, constant=False, value=None)
    before = sum(source.values for source in flow)
    return Tensor(state.shape, scaled(flow, before, max(prod(state.shape), 1)))


def _stacked(row: Tensor, times: int, axis: int) -> Tensor:
    """What all runs put out, one after the other along a new axis."""
    shape = checked((*row.shape[:axis], times, *row.shape[axis:]))
    out = Tensor(shape, batch=(*row.counts[:axis], 1, *row.counts[axis:]) if row.batch else ())
    return replace(out, flow=scaled(row.flow, row.values, out.values), constant=row.constant and not row.flow)


def _scan(walk: Walk, node: Node, scope: Scope) -> list[Tensor | None]:
    """A scan: its body once, with the positions of all its runs."""
    if node.opset < 9:
        message = "is of operator set 8, which is not known; export it with a later one"
        raise UnreadableError(message)
    body = node.attributes["body"]
    count = node.number("num_scan_inputs", 0)
    first = len(node.inputs) - count
    if not 0 < count <= len(node.inputs):
        message = f"has {count} of its {len(node.inputs)} inputs to scan"
        raise UnreadableError(message)
    axes = node.list_of("scan_input_axes", [0] * count)
    slices, lengths = [], set()
    for i, axis in zip(range(first, len(node.inputs)), axes, strict=True):
        tensor = node[i]
        axis = axis_of(axis, len(tensor.shape))
        lengths.add(tensor.shape[axis])
        row = picked(tensor, axis, None, 1)
        slices.append(reshaped(row, (*tensor.shape[:axis], *tensor.shape[axis + 1 :])))
    if len(lengths) != 1 or min(lengths) < 1:
        message = f"runs over axes of the lengths {sorted(lengths)}"
        raise UnreadableError(message)
    states = [node[i] for i in range(first)]
    outputs = _all_runs(walk, node, scope, body, lengths.pop(), states, slices)
    out_axes = node.list_of("scan_output_axes", [])
    for i, axis in enumerate(out_axes):
        stacked = outputs[first + i] if outputs else None  # None as well where the body was refused
        if outputs and stacked is not None and axis:
            order = list(range(1, len(stacked.shape)))
            order.insert(axis % len(stacked.shape), 0)
            outputs[first + i] = transposed(stacked, order)
    return outputs or []


def _sequence(walk: Walk, node: Node, scope: Scope) -> list[Tensor | None]:
    """A list of tensors."""
    if node.op == "SequenceEmpty":
        return [Tensor((0,), items=())]
    if node.op == "SequenceErase":
        items = list(_items(node[0]))
        del items[node.known(1, "place")[0] if node.has(1) else -1]
        return [Tensor((len(items),), items=tuple(items))]
    if node.op == "SequenceInsert":
        items = list(_items(node[0]))
        items.insert(node.known(2, "place")[0] if node.has(2) else len(items), node[1])
        return [Tensor((len(items),), items=tuple(items))]
    return [Tensor((len(node.inputs),), items=tuple(node.given()))]


def _items(tensor: Tensor) -> tuple[Tensor, ...]:
    """Tensors of a sequence."""
    if tensor.items is None:
        message = "reads a sequence that is not known"
        raise UnreadableError(message)
    return tensor.items


def _split_sequence(walk: Walk, node: Node, scope: Scope) -> list[Tensor | None]:
    """A tensor cut into a list."""
    whole = node[0]
    axis = axis_of(node.number("axis", 0), len(whole.shape))
    side = whole.shape[axis]
    if side > _MOST_UNROLLED:
        message = f"cuts an axis of {side} into a list; too long to be read part by part"
        raise UnreadableError(message)
    sizes = node.known(1, "parts") if node.has(1) else [1] * side
    if node.has(1) and not node[1].shape:
        sizes = [min(sizes[0], side - start) for start in range(0, side, max(sizes[0], 1))]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    parts = [picked(whole, axis, range(s, s + n), n) for s, n in zip(starts, sizes, strict=True)]
    if not node.has(1) and not node.number("keepdims", 1):
        parts = [reshaped(part, (*part.shape[:axis], *part.shape[axis + 1 :])) for part in parts]
    return [Tensor((len(parts),), items=tuple(parts))]


def _sequence_at(walk: Walk, node: Node, scope: Scope) -> list[Tensor | None]:
    """One tensor of a list."""
    return [_items(node[0])[node.known(1, "place")[0]]]


def _concat_sequence(walk: Walk, node: Node, scope: Scope) -> list[Tensor | None]:
    """A list as one tensor."""
    items = list(_items(node[0]))
    rank = len(items[0].shape)
    new = bool(node.number("new_axis", 0))
    axis = axis_of(node.number("axis", 0), rank + new)
    if new:
        items = [reshaped(item, (*item.shape[:axis], 1, *item.shape[axis:])) for item in items]
    side = sum(item.shape[axis] for item in items)
    return [concatenated(items, axis, (*items[0].shape[:axis], side, *items[0].shape[axis + 1 :]))]


CONTROL: dict[str, Callable[[Walk, Node, Scope], Sequence[Tensor | None]]] = {
    "ConcatFromSequence": _concat_sequence,
    "If": _if,
    "Loop": _loop,
    "Scan": _scan,
    "SequenceAt": _sequence_at,
    "SequenceConstruct": _sequence,
    "SequenceEmpty": _sequence,
    "SequenceErase": _sequence,
    "SequenceInsert": _sequence,
    "SplitToSequence": _split_sequence,
}
