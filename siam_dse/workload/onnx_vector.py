"""Operations of an ONNX graph on a vector unit: element by element, softmax, normalisation, pooling, resizing."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, floor, prod

from siam_dse.workload.graph import Pool
from siam_dse.workload.onnx_graph import LayerGraph, pooled
from siam_dse.workload.onnx_node import Handler, Node, axis_of, checked
from siam_dse.workload.onnx_tensor import Tensor, UnreadableError, broadcast_shape, reshaped, resized, scaled
from siam_dse.workload.shapes import as_map

# Sort of work of an operation on each value; None: the tile has a unit for it (rectifiers), or it is a comparison of
# constants.
_RECTIFIERS = ("Clip", "LeakyRelu", "PRelu", "QLinearLeakyRelu", "Relu", "ThresholdedRelu")
_SIMPLE = [
    "Abs",
    "And",
    "BiasAdd",
    "BitShift",
    "BitwiseAnd",
    "BitwiseNot",
    "BitwiseOr",
    "BitwiseXor",
    "Ceil",
    "Div",
    "Equal",
    "Floor",
    "Greater",
    "GreaterOrEqual",
    "HardSigmoid",
    "HardSwish",
    "IsInf",
    "IsNaN",
    "Less",
    "LessOrEqual",
    "Max",
    "Mean",
    "Min",
    "Mod",
    "Mul",
    "Neg",
    "Not",
    "Or",
    "QLinearMul",
    "Round",
    "Shrink",
    "Sign",
    "Where",
    "Xor",
]
_SUMS = ("Add", "QLinearAdd", "Sub", "Sum")
_SPECIAL = [
    "Acos",
    "Acosh",
    "Asin",
    "Asinh",
    "Atan",
    "Atanh",
    "BiasGelu",
    "BiasSplitGelu",
    "Celu",
    "Cos",
    "Cosh",
    "Elu",
    "Erf",
    "Exp",
    "FastGelu",
    "Gelu",
    "Log",
    "Mish",
    "Pow",
    "QLinearSigmoid",
    "QuickGelu",
    "Reciprocal",
    "Selu",
    "Sigmoid",
    "Silu",
    "Sin",
    "Sinh",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Swish",
    "Tan",
    "Tanh",
]
_NORMS = [
    "GroupNorm",
    "GroupNormalization",
    "InstanceNormalization",
    "LRN",
    "LayerNormalization",
    "LpNormalization",
    "MeanVarianceNormalization",
    "RMSNormalization",
    "SimplifiedLayerNormalization",
]
_SOFTMAX = ("Hardmax", "LogSoftmax", "QLinearSoftmax", "Softmax")
_STEPS = 3  # additions and multiplications a value in each step of a fast Fourier transform: a radix-2 butterfly
# Operands of the integer twins of an operation; the other inputs are scales and zero points.
_OPERANDS = {"QLinearAdd": (0, 3), "QLinearMul": (0, 3), "Clip": (0,), "Pow": (0,)}


def _element_by_element(node: Node, built: LayerGraph) -> list[Tensor]:
    """Operation on each value, with broadcasting."""
    tensors = node.given()
    if node.op in _OPERANDS:
        tensors = [node[i] for i in _OPERANDS[node.op]]
    elif node.op.startswith("QLinear"):
        tensors = [node[0]]
    shape = checked(broadcast_shape([tensor.shape for tensor in tensors]))
    sort = None if node.op in _RECTIFIERS else "special" if node.op in _SPECIAL else "simple"
    if (
        node.op == "Pow"
        and node[1].value is not None
        and node[1].value.size == 1
        and float(node[1].value.ravel()[0]) == 2
    ):
        sort = "simple"
    if node.op in _SUMS and len([tensor for tensor in tensors if tensor.flow]) < 2:
        sort = None  # a bias
    if any(tensor.root == "scale" for tensor in tensors) or (node.op in ("Mul", "Div") and _scales_channels(tensors)):
        sort = None  # a number, or one a channel, that the weights or the scale of their results take in
    out = built.combine(tensors, shape, sort, is_sum=node.op in _SUMS)
    if node.op == "BiasSplitGelu":
        out = resized(out, (*shape[:-1], shape[-1] // 2))
    return [out]


def _scales_channels(tensors: Sequence[Tensor]) -> bool:
    """Whether all operands but one are constants of at most one axis."""
    rest = [tensor for tensor in tensors if not tensor.flow]
    return len(rest) == len(tensors) - 1 and all(sum(side > 1 for side in tensor.shape) <= 1 for tensor in rest)


def _of_each(sort: str) -> Handler:
    """Operation that keeps the shape of its first input and works on each value."""

    def handler(node: Node, built: LayerGraph) -> list[Tensor]:
        first = node[0]
        if first.flow:
            built.count(first.flow, sort, built.values(first))
        batch = first.batch
        return [replace(Tensor(first.shape, first.flow, batch=batch), joined=first.joined)]

    return handler


def _quantised(node: Node, _: LayerGraph) -> list[Tensor]:
    """Quantisation with a scale found at run time; scale and zero point are numbers, not data."""
    scale = Tensor((), constant=True, root="scale")
    return [replace(node[0], constant=False, value=None, root=""), scale, scale][: max(len(node.outputs), 1)]


def window(
    node: Node, sides: Sequence[int], kernel: Sequence[int], *, ceil_mode: bool = False
) -> tuple[tuple[int, ...], list[int], list[int]]:
    """Map that a sliding window leaves, with its strides and the padding of both ends."""
    rank = len(sides)
    strides = node.list_of("strides", [1] * rank, low=1)
    dilations = node.list_of("dilations", [1] * rank, low=1)
    pads = node.list_of("pads", [0] * 2 * rank)
    if len(strides) != rank or len(dilations) != rank or len(pads) != 2 * rank or len(kernel) != rank:
        message = (
            f"has strides {strides}, dilations {dilations}, pads {pads} for a kernel {list(kernel)} on {list(sides)}"
        )
        raise UnreadableError(message)
    auto = node.text("auto_pad", "NOTSET")
    out = []
    for axis, side in enumerate(sides):
        reach = (kernel[axis] - 1) * dilations[axis] + 1
        if auto in ("SAME_UPPER", "SAME_LOWER"):
            out.append(-(-side // strides[axis]))
            continue
        if auto == "VALID":
            pads[axis] = pads[axis + rank] = 0
        room = side + pads[axis] + pads[axis + rank] - reach
        steps = (ceil if ceil_mode else floor)(room / strides[axis]) + 1
        if ceil_mode and (steps - 1) * strides[axis] >= side + pads[axis]:
            steps -= 1
        out.append(steps)
    if min(out, default=1) < 1:
        message = f"its kernel {list(kernel)} exceeds the padded map {list(sides)}"
        raise UnreadableError(message)
    return tuple(out), strides, pads


def _pool(node: Node, built: LayerGraph) -> list[Tensor]:
    """Pooling by a sliding window or over the whole map."""
    first = node[0]
    channels_last = bool(node.number("channels_last", 0))
    sides = first.shape[1:-1] if channels_last else first.shape[2:]
    kind = "max" if "Max" in node.op else "avg"
    if not sides:
        message = f"pools a tensor of the shape {list(first.shape)}"
        raise UnreadableError(message)
    if "Global" in node.op:
        after, window_side = (1,) * len(sides), max(sides)
        pool = Pool(kind, window_side, window_side)
    else:
        kernel = node.list_of("kernel_shape", [], low=1)
        after, strides, pads = window(node, sides, kernel, ceil_mode=bool(node.number("ceil_mode", 0)))
        pool = Pool(kind, max(kernel), max(strides), max(pads))
    shape = (first.shape[0], *after, first.shape[-1]) if channels_last else (*first.shape[:2], *after)
    out = pooled(first, pool, checked(shape), as_map(after), built.times)
    return [out] * max(len(node.outputs), 1)


def _reduce(node: Node, built: LayerGraph) -> list[Tensor]:
    """Reduction along axes: a mean or maximum over the map is a global pool, others are vector operations."""
    first = node[0]
    rank = len(first.shape)
    if node.op in ("ArgMax", "ArgMin"):
        axes = [axis_of(node.number("axis", 0), rank)]
    elif node.number("noop_with_empty_axes", 0) and not node.has(1) and "axes" not in node.attributes:
        axes = []
    else:
        axes = node.axes(1, rank, list(range(rank))) or list(range(rank))
    keep = bool(node.number("keepdims", 1))
    kept = [1 if axis in axes else side for axis, side in enumerate(first.shape)]
    shape = tuple(kept) if keep else tuple(side for axis, side in enumerate(kept) if axis not in axes)
    over_map = rank == 4 and sorted(axes) in ([2, 3], [1, 2])
    if first.flow and over_map and node.op in ("ReduceMean", "ReduceMax"):
        sides = [first.shape[axis] for axis in sorted(axes)]
        kind = "max" if node.op == "ReduceMax" else "avg"
        return [pooled(first, Pool(kind, max(sides), max(sides)), shape, (1, 1), built.times)]
    if first.flow:
        built.count(first.flow, "simple", built.values(first))
    counts = [1 if axis in axes else count for axis, count in enumerate(first.counts)]
    counts = counts if keep else [count for axis, count in enumerate(counts) if axis not in axes]
    batch = tuple(counts) if max(counts, default=1) > 1 else ()
    out = Tensor(shape, batch=batch)
    return [replace(out, flow=scaled(first.flow, first.values, out.values))]


def _resize(node: Node, built: LayerGraph) -> list[Tensor]:
    """A map in another size."""
    shape = node[0].shape
    scales_at, sizes_at = (2, 3) if node.op == "Resize" and node.opset >= 11 else (1, 9)
    axes = [axis_of(a, len(shape)) for a in node.list_of("axes", range(len(shape)))]
    new = list(shape)
    if node.has(sizes_at) and node[sizes_at].shape != (0,):
        found = _in_proportion(node, [shape[axis] for axis in axes], node.known(sizes_at, "new size"))
    else:
        factors = node.attributes.get("scales")
        if factors is None:
            node.known(scales_at, "scale")
            factors = node[scales_at].value.ravel().tolist()
        found = [floor(shape[axis] * factor + 1e-6) for axis, factor in zip(axes, factors, strict=True)]
    for axis, side in zip(axes, found, strict=True):
        new[axis] = side
    out = resized(node[0], checked(new))
    if min(new) < 1:
        message = f"makes a map of the shape {new}"
        raise UnreadableError(message)
    if out.flow:
        built.count(out.flow, "simple", built.values(out))
    return [out]


def _in_proportion(node: Node, sides: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """Sides of a map in another size, of the same proportion where the node asks for that."""
    choose = {"not_larger": min, "not_smaller": max}.get(node.text("keep_aspect_ratio_policy", "stretch"))
    if choose is None:
        return list(wanted)
    scale = choose(new / side for new, side in zip(wanted, sides, strict=True))
    return [floor(side * scale + 0.5) for side in sides]


def _transform(node: Node, built: LayerGraph) -> list[Tensor]:
    """Discrete Fourier transform along an axis: a fast one takes n log2 n steps, each of a few operations."""
    first = node[0]
    rank = len(first.shape)
    given = node.known(2, "axis")[0] if node.has(2) else node.number("axis", 1 if node.opset < 20 else -2)
    axis = axis_of(given, rank)
    real = bool(node.number("onesided", 0) and node.number("inverse", 0))
    side = 2 * (first.shape[axis] - 1) if real else first.shape[axis]
    length = node.known(1, "length")[0] if node.has(1) else side
    bins = length // 2 + 1 if node.number("onesided", 0) else length
    shape = (*first.shape[:axis], length if real else bins, *first.shape[axis + 1 : -1], 1 if real else 2)
    out = resized(replace(first, joined=None), checked(shape))
    if out.flow:
        built.count(out.flow, "simple", built.values(out) * _STEPS * max(length.bit_length(), 1))
    return [out]


def _short_transform(node: Node, built: LayerGraph) -> list[Tensor]:
    """Fourier transforms of windows that slide along a signal."""
    first = node[0]
    if len(first.shape) not in (2, 3):
        message = f"transforms a signal of the shape {list(first.shape)}"
        raise UnreadableError(message)
    step = node.known(1, "step")[0]
    length = node.known(3, "length")[0] if node.has(3) else node[2].shape[0]
    if step < 1 or not 1 <= length <= first.shape[1]:
        message = f"transforms {length} of {first.shape[1]} samples every {step}"
        raise UnreadableError(message)
    bins = length // 2 + 1 if node.number("onesided", 1) else length
    shape = checked((first.shape[0], (first.shape[1] - length) // step + 1, bins, 2))
    batch = (first.batch[0], 1, 1, 1) if first.batch else ()
    out = Tensor(shape, batch=batch)
    out = replace(out, flow=scaled(first.flow, first.values, out.values))
    if out.flow:
        built.count(out.flow, "simple", built.values(out) * _STEPS * max(length.bit_length(), 1))
    return [out]


def _top_k(node: Node, built: LayerGraph) -> list[Tensor]:
    first = node[0]
    axis = axis_of(node.number("axis", -1), len(first.shape))
    k = node.known(1, "count")[0] if node.has(1) else node.number("k", 1)
    shape = checked((*first.shape[:axis], k, *first.shape[axis + 1 :]))
    if first.flow:
        built.count(first.flow, "simple", built.values(first))
    return [resized(replace(first, joined=None), shape)] * 2


def _grid_sample(node: Node, built: LayerGraph) -> list[Tensor]:
    n, channels, *_ = node[0].shape
    shape = checked((n, channels, *node[1].shape[1:-1]))
    sampled = resized(replace(node[0], joined=None), shape)
    grid = resized(replace(node[1], joined=None), (node[1].shape[0], 1, *node[1].shape[1:-1]))
    return [built.combine([sampled, grid], shape, "simple", is_sum=False)]


def _boxes(node: Node, built: LayerGraph) -> list[Tensor]:
    """Suppression of boxes: at most as many as it may choose."""
    boxes, scores = node[0], node[1]
    most = node.known(2, "count of boxes")[0] if node.has(2) else 0
    count = checked((min(most or boxes.shape[1], boxes.shape[1]) * scores.shape[1] * scores.shape[0], 3))
    flat = [replace(tensor, shape=(tensor.values,), batch=(), joined=None) for tensor in (boxes, scores)]
    joint = built.combine([flat[1], resized(flat[0], flat[1].shape)], flat[1].shape, "simple", is_sum=False)
    return [reshaped(resized(joint, (prod(count),)), count)]


def _regions(node: Node, built: LayerGraph) -> list[Tensor]:
    channels = node[0].shape[1]
    height = node.number("output_height", 1) if node.op == "RoiAlign" else node.list_of("pooled_shape", [1, 1])[0]
    width = node.number("output_width", 1) if node.op == "RoiAlign" else node.list_of("pooled_shape", [1, 1])[1]
    shape = checked((node[1].shape[0], channels, height, width))
    cut = resized(replace(node[0], joined=None), shape)
    built.count(node[0].flow, "simple", cut.values)
    return [built.combine([cut, Tensor((node[1].shape[0], 1, 1, 1), node[1].flow)], shape, "simple", is_sum=False)]


VECTOR: dict[str, Handler] = {
    **dict.fromkeys((*_RECTIFIERS, *_SIMPLE, *_SUMS, *_SPECIAL), _element_by_element),
    **dict.fromkeys(_SOFTMAX, _of_each("softmax")),
    **dict.fromkeys(_NORMS, _of_each("norm")),
    **dict.fromkeys(
        [
            "AveragePool",
            "GlobalAveragePool",
            "GlobalLpPool",
            "GlobalMaxPool",
            "LpPool",
            "MaxPool",
            "QLinearAveragePool",
            "QLinearGlobalAveragePool",
        ],
        _pool,
    ),
    **dict.fromkeys(
        [
            "ArgMax",
            "ArgMin",
            "ReduceL1",
            "ReduceL2",
            "ReduceLogSum",
            "ReduceLogSumExp",
            "ReduceMax",
            "ReduceMean",
            "ReduceMin",
            "ReduceProd",
            "ReduceSum",
            "ReduceSumSquare",
        ],
        _reduce,
    ),
    "DFT": _transform,
    "STFT": _short_transform,
    "CumProd": _of_each("simple"),
    "CumSum": _of_each("simple"),
    "DynamicQuantizeLinear": _quantised,
    "GridSample": _grid_sample,
    "MaxRoiPool": _regions,
    "NonMaxSuppression": _boxes,
    "Resize": _resize,
    "RoiAlign": _regions,
    "TopK": _top_k,
    "Upsample": _resize,
}
