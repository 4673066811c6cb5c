"""Layers and edges gathered while an ONNX graph is walked: what each tensor is made of, and who reads it.

A tensor is a tuple of sources: the layers (or the host) whose outputs it concatenates, each with the shape in which it
is read there and the pooling it went through. Operations without weights leave the sources or reshape them; only
convolutions and matrix products with constant weights make layers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from siam_dse.workload.graph import Edge, Layer, Pool, Shape, volume
from siam_dse.workload.network import HOST
from siam_dse.workload.shapes import conv_side, pooled_side


@dataclass(frozen=True)
class Pooling:
    """Pooling on the way, with the map it leaves."""

    pool: Pool
    map_after: tuple[int, int]


@dataclass(frozen=True)
class Source:
    """Part of a tensor: a producer's output in the shape it has here, after some pooling."""

    producer: int
    shape: Shape
    poolings: tuple[Pooling, ...] = ()


Flow = tuple[Source, ...]


class UnreadableError(Exception):
    """A node that the layer table cannot express; the reader adds its name."""


class LayerGraph:
    """Layers and edges so far."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.edges: list[Edge] = []
        self._reads: dict[int, list[tuple[Pooling, ...]]] = {}

    def add_layer(self, layer: Layer, flow: Flow) -> Flow:
        """Append a layer that reads ``flow``; returns its output."""
        shapes = _flattened(layer, flow) if layer.kind == "fc" else _concatenated(layer, flow)
        index = len(self.layers)
        self.layers.append(self._named_once(layer))
        for source, shape in zip(flow, shapes, strict=True):
            self.edges.append(Edge(source.producer, index, "input", shape))
        self.read(flow)
        return (Source(index, layer.output),)

    def _named_once(self, layer: Layer) -> Layer:
        """The layer under a name that no other has and that does not mean the host."""
        taken = {"input", *(other.name for other in self.layers)}
        name, count = layer.name, 1
        while name in taken:
            count += 1
            name = f"{layer.name}_{count}"
        return replace(layer, name=name)

    def read(self, flow: Flow) -> None:
        """Note that somebody reads ``flow``: a layer, or the host at the end."""
        for source in flow:
            self._reads.setdefault(source.producer, []).append(source.poolings)

    def add_residual(self, a: Flow, b: Flow) -> Flow:
        """Sum of two tensors: the sources of one are added to the output of the layer that the other is.

        The layer that runs last takes the sum, so that every source precedes it.
        """
        if a == b:
            return a
        for own, other in sorted(((a, b), (b, a)), key=lambda pair: -max(s.producer for s in pair[0])):
            owner = own[0].producer
            if len(own) == 1 and owner != HOST and own[0].shape == self.layers[owner].output:
                if any(source.producer >= owner for source in other):
                    continue
                self._add_residual_edges(owner, other)
                return own
        message = "adds feature maps neither of which is the plain output of the layer that runs last"
        raise UnreadableError(message)

    def _add_residual_edges(self, owner: int, other: Flow) -> None:
        """Residual edges from each source of ``other``."""
        output = self.layers[owner].output
        if any(s.shape[:2] != output[:2] for s in other) or sum(s.shape[2] for s in other) > output[2]:
            shapes = ", ".join(str(list(s.shape)) for s in other)
            message = f"adds {shapes} to {list(output)}; maps must be equal"
            raise UnreadableError(message)
        for source in other:
            self.edges.append(Edge(source.producer, owner, "residual", source.shape))
        self.read(other)

    def with_pools(self) -> list[Layer]:
        """The layers, each with the pool that follows it: the one that all who read it read it through."""
        layers = []
        for i, layer in enumerate(self.layers):
            ways = set(self._reads.get(i, []))
            first = {way[:1] for way in ways}
            shared = first.pop() if len(first) == 1 else ()
            pool = _fitted(layer, shared[0]) if shared else None
            layers.append(layer if pool is None else replace(layer, pool=pool))
        return layers


def pooled(flow: Flow, pool: Pool, map_after: tuple[int, int]) -> Flow:
    """The tensor after pooling, which acts on each channel alike."""
    step = Pooling(pool, map_after)
    return tuple(replace(s, shape=(*map_after, s.shape[2]), poolings=(*s.poolings, step)) for s in flow)


def cut(flow: Flow, start: int, channels: int) -> Flow:
    """Channels ``start`` to ``start + channels`` of a tensor."""
    out, first = [], 0
    for source in flow:
        height, width, own = source.shape
        begin, end = max(start, first), min(start + channels, first + own)
        if end > begin:
            out.append(replace(source, shape=(height, width, end - begin)))
        first += own
    return tuple(out)


def fitting_padding(
    sides: Sequence[int], kernel: Sequence[int], stride: int, given: int, wanted: Sequence[int]
) -> int | None:
    """Equal padding of all edges that gives the wanted map: the given one, or else the smallest; None if none does."""
    paddings: tuple[int, ...] = (given, *range(max(kernel) + 1))
    for padding in paddings:
        if all(conv_side(s, k, stride, padding) == w for s, k, w in zip(sides, kernel, wanted, strict=True)):
            return padding
    return None


def _fitted(layer: Layer, pooling: Pooling) -> Pool | None:
    """The pool with the equal padding that leaves the map it does; None if no padding does (ceiling, odd shapes)."""
    pool = pooling.pool
    for padding in (pool.padding, *range(pool.kernel + 1)):
        window = (pool.kernel, pool.stride, padding)
        if pool.kernel > max(layer.output_map) + 2 * padding:
            continue
        if tuple(pooled_side(side, *window) for side in layer.output_map) == pooling.map_after:
            return replace(pool, padding=padding)
    return None


def _concatenated(layer: Layer, flow: Flow) -> list[Shape]:
    """What a convolution reads of each source; a single one may have been cut or reshaped on the way."""
    height, width, channels = layer.ifm
    if all(s.shape[:2] == (height, width) for s in flow) and sum(s.shape[2] for s in flow) == channels:
        return [s.shape for s in flow]
    if len(flow) == 1 and volume(flow[0].shape) >= volume(layer.ifm):
        return [layer.ifm]
    message = f"reads {list(layer.ifm)} from maps {', '.join(str(list(s.shape)) for s in flow)}"
    raise UnreadableError(message)


def _flattened(layer: Layer, flow: Flow) -> list[Shape]:
    """What a fully connected layer reads of each source."""
    if sum(volume(s.shape) for s in flow) == layer.ifm[2]:
        return [s.shape for s in flow]
    if len(flow) == 1 and volume(flow[0].shape) >= layer.ifm[2]:
        return [layer.ifm]
    message = f"reads {layer.ifm[2]} values from maps {', '.join(str(list(s.shape)) for s in flow)}"
    raise UnreadableError(message)
