"""Edges of a network from names to shapes, and every fault in how its layers fit together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from siam_dse.core.errors import unknown_name
from siam_dse.workload.graph import Edge, Layer, Shape, volume
from siam_dse.workload.network import HOST

HOST_NAME = "input"


@dataclass(frozen=True)
class Wire:
    """One edge as written: producer by name, and the shape it is read in if that is given."""

    producer: str
    consumer: str
    kind: str
    place: str
    read_as: Shape | None = None


def chain_of(names: Sequence[str]) -> list[Wire]:
    """Each layer reads the one before it: what a file without edges means."""
    before = [HOST_NAME, *names][: len(names)]
    return [
        Wire(a, b, "input", f"layers row {i + 1} ({b})") for i, (a, b) in enumerate(zip(before, names, strict=True))
    ]


def shown(shape: Iterable[int]) -> str:
    """A shape as it is written in a file."""
    return "[" + ", ".join(str(side) for side in shape) + "]"


def wire_up(
    names: Sequence[str], layers: Sequence[Layer | None], wires: Sequence[Wire]
) -> tuple[list[Edge], list[str]]:
    """Edges with their shapes, and a line for each fault.

    Parameters
    ----------
    names : names of the layers in order of execution
    layers : the layers; None where the row itself has faults, whose shapes are then not checked
    wires : the edges as written

    Returns
    -------
    edges, faults
        The edges are complete only without faults.
    """
    index = {name: i for i, name in enumerate(names)}
    faults: list[str] = []
    into: dict[str, list[Wire]] = {}
    for wire in wires:
        if _ends_are_sound(wire, index, faults):
            into.setdefault(wire.consumer, []).append(wire)
    with_input = {wire.consumer for wire in wires if wire.kind == "input"}
    edges: list[Edge] = []
    for i, name in enumerate(names):
        here = into.get(name, [])
        inputs = [wire for wire in here if wire.kind == "input"]
        if name not in with_input:
            faults.append(
                f"edges: no row gives layer {name!r} (row {i + 1}) an input; every layer reads at least one producer; "
                f"add {{to: {name}, from: ...}}"
            )
        consumer = layers[i]
        if consumer is None:
            continue
        if inputs:
            edges += _input_edges(i, consumer, inputs, index, layers, faults)
        edges += _residual_edges(i, consumer, [w for w in here if w.kind == "residual"], index, layers, faults)
        edges += _operand_edges(i, consumer, [w for w in here if w.kind == "operand"], index, layers, faults)
    return edges, faults


def shared_weight_faults(layers: Sequence[Layer]) -> list[str]:
    """Faults of layers that use another's weights: it must come before, and have a matrix of the same shape."""
    faults: list[str] = []
    matrices: dict[str, tuple[int, int, int]] = {}
    for layer in layers:
        matrix = (layer.kernel[0] * layer.kernel[1] * layer.ifm[2] // layer.groups, layer.out, layer.groups)
        if layer.weights_of and layer.weights_of not in matrices:
            faults.append(
                f"layer {layer.name}: weights_of: {unknown_name('earlier layer', layer.weights_of, matrices)}"
            )
        elif layer.weights_of and matrices[layer.weights_of] != matrix:
            faults.append(
                f"layer {layer.name}: weights_of: {layer.weights_of!r} has a matrix of rows, outputs, groups "
                f"{matrices[layer.weights_of]}, not {matrix}; mend ifm, kernel, out or groups"
            )
        elif not layer.weights_of and layer.kind != "product":
            matrices[layer.name] = matrix
    return faults


def _ends_are_sound(wire: Wire, index: dict[str, int], faults: list[str]) -> bool:
    """Whether both ends exist and the producer runs first."""
    before = len(faults)
    known = [*index, HOST_NAME]
    field = "from" if wire.kind == "input" else wire.kind
    if wire.consumer not in index:
        faults.append(f"{wire.place}: to: {unknown_name('layer', wire.consumer, index)}")
    if wire.producer not in known:
        faults.append(f"{wire.place}: {field}: {unknown_name('layer', wire.producer, known)}")
    if len(faults) == before and wire.producer != HOST_NAME and index[wire.producer] >= index[wire.consumer]:
        faults.append(
            f"{wire.place}: {field}: got {wire.producer!r}, which does not run before {wire.consumer!r}; layers stand "
            "in order of execution and no layer may depend on its own output; reorder the layers or mend the edge"
        )
    return len(faults) == before


def _given(wire: Wire, index: dict[str, int], layers: Sequence[Layer | None], faults: list[str]) -> Shape | None:
    """Shape of what the producer sends; None if its row has faults."""
    if wire.producer == HOST_NAME:
        first = layers[0]
        return wire.read_as or (first.ifm if first else None)
    producer = layers[index[wire.producer]]
    if producer is None:
        return None
    largest = max(volume(producer.output), volume(producer.pooled))
    consumer = layers[index[wire.consumer]]
    is_sent_to_groups = consumer is not None and consumer.routed > 0  # to several experts
    if wire.read_as is not None and volume(wire.read_as) > largest and not is_sent_to_groups:
        faults.append(
            f"{wire.place}: read_as: got {shown(wire.read_as)} of {wire.producer!r}, more values than its output "
            f"{shown(producer.output)} holds; it may be pooled, cut or reshaped on the way, not enlarged; "
            f"write resize: [{wire.read_as[0]}, {wire.read_as[1]}] in the row of {wire.producer!r}"
        )
    return wire.read_as or producer.pooled


def _all_given(
    wires: Sequence[Wire], index: dict[str, int], layers: Sequence[Layer | None], faults: list[str]
) -> list[Shape] | None:
    """Shape of what each producer sends; None if the row of one has faults."""
    shapes = []
    for wire in wires:
        shape = _given(wire, index, layers, faults)
        if shape is None:
            return None
        shapes.append(shape)
    return shapes


def _producer(wire: Wire, index: dict[str, int]) -> int:
    """Index of the producer."""
    return HOST if wire.producer == HOST_NAME else index[wire.producer]


def _input_edges(
    i: int,
    consumer: Layer,
    wires: Sequence[Wire],
    index: dict[str, int],
    layers: Sequence[Layer | None],
    faults: list[str],
) -> list[Edge]:
    """Edges into a layer's input: one producer, or several concatenated along the channels."""
    shapes = _all_given(wires, index, layers, faults)
    if shapes is None:
        return []
    if consumer.kind == "product":
        _check_volume(i, consumer, wires, shapes, volume(consumer.ifm), "heads x m x k", faults)
    elif consumer.routed:
        sent = consumer.routed * consumer.ifm[2] // consumer.groups
        _check_volume(i, consumer, wires, shapes, sent, "routed x channels of an expert", faults)
    elif consumer.kind == "fc":
        shapes = _flattened(i, consumer, wires, shapes, faults)
    else:
        _check_concatenation(i, consumer, wires, shapes, faults)
    return [Edge(_producer(w, index), i, "input", s) for w, s in zip(wires, shapes, strict=True)]


def _listing(wires: Sequence[Wire], shapes: Sequence[Shape]) -> str:
    """Producers with what they send, the first few of many."""
    parts = [f"{w.producer} {shown(s)}" for w, s in zip(wires, shapes, strict=True)]
    return ", ".join(parts[:4]) + (f" and {len(parts) - 4} more" if len(parts) > 4 else "")


def _check_concatenation(
    i: int, consumer: Layer, wires: Sequence[Wire], shapes: Sequence[Shape], faults: list[str]
) -> None:
    """Equal maps, and channels that add up."""
    height, width, channels = consumer.ifm
    total = sum(shape[2] for shape in shapes)
    keeps_state = consumer.sequential and total <= channels
    if all(shape[:2] == (height, width) for shape in shapes) and (total == channels or keeps_state):
        return
    along_positions = any(wire.read_as for wire in wires) and len(wires) > 1
    if along_positions and sum(map(volume, shapes)) == volume(consumer.ifm):
        return
    remedy = "mend ifm, the edges, or the producer's stride, padding or pool"
    if any(shape[:2] != (height, width) for shape in shapes):
        rule = "producers (after their pool) must have the same height and width"
    else:
        rule = f"the producers' channels add up to {total}"
    faults.append(
        f"layers row {i + 1} ({consumer.name}): ifm: got {shown(consumer.ifm)}, but it reads "
        f"{_listing(wires, shapes)}; {rule}; {remedy}"
    )


def _flattened(
    i: int, consumer: Layer, wires: Sequence[Wire], shapes: Sequence[Shape], faults: list[str]
) -> list[Shape]:
    """What an fc layer reads: maps flattened, or else averaged to one value a channel."""
    channels = consumer.ifm[2]
    flat = sum(volume(shape) for shape in shapes)
    averaged = sum(shape[2] for shape in shapes)
    if channels == flat:
        return list(shapes)
    if channels == averaged:
        return [(1, 1, shape[2]) for shape in shapes]
    faults.append(
        f"layers row {i + 1} ({consumer.name}): ifm: got {channels} inputs, but it reads "
        f"{_listing(wires, shapes)}; an fc layer takes its input flattened ({flat}) or averaged to one value a "
        f"channel ({averaged}); set one of the two"
    )
    return list(shapes)


def _residual_edges(
    i: int,
    consumer: Layer,
    wires: Sequence[Wire],
    index: dict[str, int],
    layers: Sequence[Layer | None],
    faults: list[str],
) -> list[Edge]:
    """Edges added to a layer's output: equal shapes, or with ``read_as`` an equal map and no more channels."""
    edges = []
    for wire in wires:
        shape = _given(wire, index, layers, faults)
        if shape is None:
            continue
        same_map = shape[:2] == consumer.output_map
        fits = shape[2] <= consumer.out if wire.read_as else shape[2] == consumer.out
        if not (same_map and fits) and shape != consumer.gives:
            faults.append(
                f"{wire.place}: residual: {wire.producer!r} gives {shown(shape)}, but {consumer.name!r} puts out "
                f"{shown(consumer.output)} (before pooling); a residual sum needs equal shapes; add a projection, "
                "or read_as: [h, w, channels] for a shortcut that is subsampled and padded with zero channels"
            )
        edges.append(Edge(_producer(wire, index), i, "residual", shape))
    return edges


def _operand_edges(
    i: int,
    consumer: Layer,
    wires: Sequence[Wire],
    index: dict[str, int],
    layers: Sequence[Layer | None],
    faults: list[str],
) -> list[Edge]:
    """Edges of a product's second operand, or of what the vector unit combines with a layer's output."""
    shapes = _all_given(wires, index, layers, faults)
    if shapes is None:
        return []
    if consumer.product is not None:
        values = consumer.product.operand_values
        if not (consumer.product.cached and 0 < sum(map(volume, shapes)) <= values):
            _check_volume(i, consumer, wires, shapes, values, "kv_heads x k x n", faults)
    elif wires:
        values = max(volume(consumer.output), volume(consumer.pooled))
        if any(volume(shape) > values for shape in shapes):
            _check_volume(i, consumer, wires, shapes, values, "outputs", faults)
    return [Edge(_producer(w, index), i, "operand", s) for w, s in zip(wires, shapes, strict=True)]


def _check_volume(
    i: int, consumer: Layer, wires: Sequence[Wire], shapes: Sequence[Shape], values: int, what: str, faults: list[str]
) -> None:
    """As many values as an operand has."""
    if sum(map(volume, shapes)) != values:
        faults.append(
            f"layers row {i + 1} ({consumer.name}): reads {_listing(wires, shapes) or 'no operand'}, "
            f"{sum(map(volume, shapes))} values, but has {what} = {values}; mend the row, its edges, or give "
            "read_as: [h, w, channels] for the part that it reads"
        )
