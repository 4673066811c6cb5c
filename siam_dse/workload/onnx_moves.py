"""Operations of an ONNX graph that only move data: other shapes, other shares of the sources, no work."""

from dataclasses import replace
from math import prod

from siam_dse.workload.onnx_graph import LayerGraph
from siam_dse.workload.onnx_node import Handler, Node, axis_of, checked
from siam_dse.workload.onnx_tensor import (
    Source,
    Tensor,
    UnreadableError,
    broadcast_counts,
    broadcast_shape,
    concatenated,
    picked,
    reshaped,
    resized,
    scaled,
    transposed,
)

MOST_PARTS = 4096


def _reshape(node: Node, _: LayerGraph) -> list[Tensor]:
    before = node[0]
    wanted = node.known(1, "new shape") if node.has(1) else node.list_of("shape", [])
    if not node.number("allowzero", 0):
        sides = [*before.shape, *(0 for _ in wanted)]
        wanted = [sides[axis] if side == 0 else side for axis, side in enumerate(wanted)]
    return [reshaped(before, _with_open_side(wanted, prod(before.shape)))]


def _with_open_side(wanted: list[int], size: int) -> tuple[int, ...]:
    """A shape with its one open side (-1) filled in."""
    rest = prod(side for side in wanted if side != -1)
    if wanted.count(-1) == 1 and rest and not size % rest:
        wanted = [size // rest if side == -1 else side for side in wanted]
    if prod(wanted) != size or min(wanted, default=1) < 0:
        message = f"reshapes {size} values to {wanted}"
        if size and prod(wanted) > size and prod(wanted) % size == 0:
            message += f"; the file may be made for a batch of {prod(wanted) // size}: give it by --dim"
        raise UnreadableError(message)
    return checked(wanted)


def _flatten(node: Node, _: LayerGraph) -> list[Tensor]:
    shape = node[0].shape
    axis = node.number("axis", 1)
    axis = axis + len(shape) if axis < 0 else min(axis, len(shape))
    return [reshaped(node[0], (prod(shape[:axis]), prod(shape[axis:])))]


def _squeeze(node: Node, _: LayerGraph) -> list[Tensor]:
    shape = node[0].shape
    ones = [axis for axis, side in enumerate(shape) if side == 1]
    gone = node.axes(1, len(shape), ones)
    if any(shape[axis] != 1 for axis in gone):
        message = f"squeezes the axes {gone} of {list(shape)}, which are not all 1"
        raise UnreadableError(message)
    return [reshaped(node[0], [side for axis, side in enumerate(shape) if axis not in gone])]


def _unsqueeze(node: Node, _: LayerGraph) -> list[Tensor]:
    shape = node[0].shape
    count = len(node.attributes["axes"]) if "axes" in node.attributes else prod(node[1].shape)
    rank = len(shape) + count
    if rank > MOST_PARTS:
        message = f"makes a tensor with {rank} axes"
        raise UnreadableError(message)
    new = set(node.axes(1, rank))
    rest = iter(shape)
    if len(new) != count:
        message = "names an axis twice"
        raise UnreadableError(message)
    return [reshaped(node[0], [1 if axis in new else next(rest) for axis in range(rank)])]


def _transpose(node: Node, _: LayerGraph) -> list[Tensor]:
    rank = len(node[0].shape)
    order = node.list_of("perm", list(range(rank))[::-1])
    if sorted(axis % max(rank, 1) for axis in order) != list(range(rank)):
        message = f"permutes the axes {order} of a tensor with {rank}"
        raise UnreadableError(message)
    return [transposed(node[0], [axis % rank for axis in order])]


def _concat(node: Node, _: LayerGraph) -> list[Tensor]:
    tensors = node.given() if node.op == "Concat" else [node[i] for i in range(2, len(node.inputs), 3)]
    rank = len(tensors[0].shape)
    axis = axis_of(node.number("axis", 1), rank)
    rest = {(len(t.shape), t.shape[:axis], t.shape[axis + 1 :]) for t in tensors}
    if len(rest) > 1:
        message = f"concatenates {', '.join(str(list(t.shape)) for t in tensors[:4])} along axis {axis}"
        raise UnreadableError(message)
    side = sum(t.shape[axis] for t in tensors)
    shape = checked((*tensors[0].shape[:axis], side, *tensors[0].shape[axis + 1 :]))
    tensors = [t for t in tensors if t.shape[axis]] or tensors[:1]
    return [concatenated(tensors, axis, shape)]


def _split(node: Node, _: LayerGraph) -> list[Tensor]:
    shape = node[0].shape
    axis = axis_of(node.number("axis", 0), len(shape))
    if "split" in node.attributes or (node.has(1) and node.op == "Split"):
        parts = node.list_of("split", []) or node.known(1, "parts")
    else:
        count = node.number("num_outputs", len(node.outputs))
        if not 0 < count <= MOST_PARTS:
            message = f"splits into {count} parts; at most {MOST_PARTS} are read"
            raise UnreadableError(message)
        size = -(-shape[axis] // count)
        parts = [min(size, shape[axis] - i * size) for i in range(count)]
    if sum(parts) != shape[axis] or min(parts, default=0) < 0:
        message = f"splits {shape[axis]} into {parts}"
        raise UnreadableError(message)
    starts = [sum(parts[:i]) for i in range(len(parts))]
    return [picked(node[0], axis, range(s, s + n), n) for s, n in zip(starts, parts, strict=True)]


def _slice(node: Node, _: LayerGraph) -> list[Tensor]:
    out = node[0]
    if node.opset < 10 and "starts" in node.attributes:
        starts, ends = node.list_of("starts", [], low=-(2**63)), [int(v) for v in node.attributes["ends"]]
        axes, steps = node.list_of("axes", range(len(starts))), [1] * len(starts)
    else:
        starts, ends = node.known(1, "cut"), node.known(2, "cut")
        axes = node.known(3, "axes") if node.has(3) else list(range(len(starts)))
        steps = node.known(4, "steps") if node.has(4) else [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        axis = axis_of(axis, len(out.shape))
        if step == 0:
            message = "cuts in steps of 0"
            raise UnreadableError(message)
        chosen = range(*slice(start, end if end > -(2**31) or step > 0 else None, step).indices(out.shape[axis]))
        if len(chosen) != out.shape[axis]:
            out = picked(out, axis, chosen, len(chosen))
    return [replace(out, bare=None, constant=False, value=None, root="")]


def _gather(node: Node, built: LayerGraph) -> list[Tensor]:
    data, indices = node[0], node[1]
    axis = axis_of(node.number("axis", 0), len(data.shape))
    shape = checked((*data.shape[:axis], *indices.shape, *data.shape[axis + 1 :]))
    if not data.flow:  # a table looked up
        if indices.flow and len(data.shape) == 2 and data.root:
            built.tables[data.root] = data.values
        lead = (1,) * axis
        batch = (*lead, *indices.counts, *(1,) * (len(data.shape) - axis - 1)) if indices.batch else ()
        out = Tensor(shape, batch=batch)
        return [replace(out, flow=scaled(indices.flow, indices.values, out.values))]
    side = data.shape[axis]
    chosen = None if indices.value is None else [int(v) % max(side, 1) for v in indices.value.ravel().tolist()]
    return [reshaped(picked(data, axis, chosen, prod(indices.shape)), shape)]


def _gather_elements(node: Node, _: LayerGraph) -> list[Tensor]:
    data, indices = node[0], node[1]
    return [_taken(data, indices, indices.shape)]


def _gather_nd(node: Node, _: LayerGraph) -> list[Tensor]:
    data, indices = node[0], node[1]
    lead = node.number("batch_dims", 0)
    return [_taken(data, indices, (*indices.shape[:-1], *data.shape[lead + indices.shape[-1] :]))]


def _taken(data: Tensor, indices: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Entries of a tensor, or of a constant one by indices from the input."""
    batch = broadcast_counts([data, indices], shape)
    out = Tensor(checked(shape), batch=batch)
    flow = data.flow or indices.flow
    values = data.values if data.flow else indices.values
    return replace(out, flow=scaled(flow, values, out.values))


def _expand(node: Node, _: LayerGraph) -> list[Tensor]:
    wanted = tuple(node.known(1, "new shape"))
    return [_repeated(node[0], broadcast_shape([node[0].shape, wanted]))]


def _tile(node: Node, _: LayerGraph) -> list[Tensor]:
    times = node.known(1, "repeats")
    if len(times) != len(node[0].shape):
        message = f"repeats {list(node[0].shape)} {times} times"
        raise UnreadableError(message)
    return [_repeated(node[0], tuple(s * n for s, n in zip(node[0].shape, times, strict=True)))]


def _repeated(tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The tensor repeated along axes: what is sent are its own values, once."""
    counts = broadcast_counts([tensor], checked(shape))
    return Tensor(shape, tensor.flow, batch=counts)


def _pad(node: Node, _: LayerGraph) -> list[Tensor]:
    shape = node[0].shape
    pads = node.list_of("pads", node.attributes.get("paddings", [])) or node.known(1, "padding")
    axes = [axis_of(a, len(shape)) for a in node.known(3, "axes")] if node.has(3) else list(range(len(shape)))
    sides = list(shape)
    for i, axis in enumerate(axes):
        sides[axis] += pads[i] + pads[i + len(axes)]
    if not all(s > 0 for s in sides) or len(pads) != 2 * len(axes):
        message = f"pads {list(shape)} by {pads}"
        raise UnreadableError(message)
    grows = all(new >= old for new, old in zip(sides, shape, strict=True))
    out = resized(node[0], checked(sides))
    if not grows:
        return [out]
    joined = node[0].joined if node[0].joined and sides[node[0].joined[0]] == shape[node[0].joined[0]] else None
    return [replace(out, flow=node[0].flow, bare=node[0].bare or shape, joined=joined)]


def _depth_to_space(node: Node, _: LayerGraph) -> list[Tensor]:
    n, channels, *sides = node[0].shape
    block = node.number("blocksize", 1)
    if node.op == "DepthToSpace" and len(sides) == 2 and block > 0 and channels % block**2 == 0:
        return [resized(node[0], (n, channels // block**2, sides[0] * block, sides[1] * block))]
    if node.op == "SpaceToDepth" and len(sides) == 2 and block > 0 and not any(side % block for side in sides):
        return [resized(node[0], (n, channels * block**2, sides[0] // block, sides[1] // block))]
    message = f"moves blocks of {block} in {list(node[0].shape)}"
    raise UnreadableError(message)


def _scattered(node: Node, _: LayerGraph) -> list[Tensor]:
    """Values put at places of another tensor: both are part of the result."""
    shape = node[0].shape
    out = Tensor(shape, batch=broadcast_counts([node[0]], shape))
    carried = [tensor for tensor in (node[0], node[2] if node.has(2) else node[1]) if tensor.flow] or node.flowing()
    producers: dict[int, Source] = {}
    for tensor in carried:
        for source in tensor.flow:
            producers.setdefault(source.producer, source)
    sources = tuple(producers.values())
    return [replace(out, flow=scaled(sources, sum(s.values for s in sources), out.values))]


def _same(node: Node, _: LayerGraph) -> list[Tensor]:
    """A tensor as it was, with a copy for each output."""
    return [replace(node[0], constant=False, value=None, root="")] * max(len(node.outputs), 1)


def _one_hot(node: Node, _: LayerGraph) -> list[Tensor]:
    depth = node.known(1, "depth")[0]
    shape = list(node[0].shape)
    axis = node.number("axis", -1)
    shape.insert(axis + len(shape) + 1 if axis < 0 else axis, depth)
    return [_repeated_flow(node[0], checked(shape))]


def _repeated_flow(tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    return Tensor(shape, tensor.flow)


def _column_to_image(node: Node, _: LayerGraph) -> list[Tensor]:
    image, block = node.known(1, "image"), node.known(2, "block")
    n, channels = node[0].shape[0], node[0].shape[1] // max(prod(block), 1)
    return [resized(replace(node[0], joined=None), checked((n, channels, *image)))]


def _crop(node: Node, _: LayerGraph) -> list[Tensor]:
    wanted = node.known(1, "new shape")
    shape = list(node[0].shape)
    for axis, side in zip(node.axes(9, len(shape)), wanted, strict=True):
        shape[axis] = side
    return [resized(replace(node[0], joined=None), checked(shape))]


def _permuted(node: Node, built: LayerGraph) -> list[Tensor]:
    """Rows in another order, one output."""
    return _same(node, built)[:1]


MOVES: dict[str, Handler] = {
    "CenterCropPad": _crop,
    "Col2Im": _column_to_image,
    "Concat": _concat,
    "DepthToSpace": _depth_to_space,
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": _gather,
    "GatherElements": _gather_elements,
    "GatherND": _gather_nd,
    "OneHot": _one_hot,
    "Pad": _pad,
    "QLinearConcat": _concat,
    "Reshape": _reshape,
    "ReverseSequence": _permuted,
    "Scatter": _scattered,
    "ScatterElements": _scattered,
    "ScatterND": _scattered,
    "Slice": _slice,
    "SpaceToDepth": _depth_to_space,
    "Split": _split,
    "Squeeze": _squeeze,
    "TensorScatter": _scattered,
    "Tile": _tile,
    "Transpose": _transpose,
    "Trilu": _permuted,
    "Unsqueeze": _unsqueeze,
}
# No work and no move: what an exporter or a quantiser leaves in the graph; batch normalisation is part of the weights.
FOLDED: dict[str, Handler] = dict.fromkeys(
    (
        "BatchNormalization",
        "BitCast",
        "Cast",
        "CastLike",
        "DequantizeLinear",
        "Dropout",
        "FakeQuantize",
        "Identity",
        "MemcpyFromHost",
        "MemcpyToHost",
        "Optional",
        "OptionalGetElement",
        "QuantizeLinear",
    ),
    _same,
)
