"""Layers and edges gathered while an ONNX graph is walked: who makes each tensor, and who reads it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from math import prod

from siam_dse.workload.graph import Edge, Layer, Pool, Product, Shape, Vector, product_layer, volume
from siam_dse.workload.network import HOST, VECTOR_SORTS
from siam_dse.workload.onnx_tensor import (
    Flow,
    Pooling,
    Sides,
    Source,
    Tensor,
    UnreadableError,
    broadcast_counts,
    scaled,
)
from siam_dse.workload.shapes import conv_side, pooled_side
from siam_dse.workload.yaml_rows import TOO_LARGE, is_too_large

COPY = " (copy)"  # ends the root of weights that are written as a copy of others


def _module(name: str) -> str:
    """Module that a layer belongs to: PyTorch numbers the calls of one."""
    return re.sub(r"_\d+(?=/|$)", "", name)


class LayerGraph:
    """Layers and edges so far. ``times`` is how often the part that is being walked runs, one run after another."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.times = 1
        self.sequential = False
        self.counts_parts = True  # false within an operation that is written out in several nodes
        self.tables: dict[str, int] = {}  # parameters of tables that are looked up in
        self._edges: dict[tuple[int, int, str], Edge] = {}
        self._gives: list[Shape | None] = []
        self._vectors: list[dict[str, int]] = []
        self._ahead = dict.fromkeys(VECTOR_SORTS, 0)  # vector operations on inputs, ahead of the first layer
        self._reads: dict[int, list[tuple[Pooling, ...]]] = {}
        self._matrices: dict[tuple[str, int, int, int], str] = {}
        self._names: dict[str, int] = {"input": 1}

    @property
    def edges(self) -> list[Edge]:
        """Edges so far."""
        return list(self._edges.values())

    def values(self, tensor: Tensor) -> int:
        """Values of a tensor an input, over all runs."""
        return tensor.values * self.times

    def add_layer(self, layer: Layer, flow: Flow, root: str, gives: Shape | None = None) -> int:
        """Append a weight layer that reads ``flow``; ``root`` tells its weights from others. Returns its index."""
        if self.times > 1:
            (height, width, channels), (out_h, out_w) = layer.ifm, layer.output_map
            routed = layer.routed * self.times
            ifm, ofm = (height * self.times, width, channels), (out_h * self.times, out_w)
            layer = replace(layer, ifm=ifm, ofm=ofm, routed=routed)
            gives = None if gives is None else (gives[0] * self.times, *gives[1:])
        if is_too_large(layer) or volume(layer.output) > 1 << 60:
            raise UnreadableError(TOO_LARGE)
        if min(*layer.ifm, *layer.kernel, layer.out, *layer.output_map) < 1:
            message = f"has no values: input {list(layer.ifm)}, kernel {list(layer.kernel)}, {layer.out} outputs"
            raise UnreadableError(message)
        matrix = (root, layer.kernel[0] * layer.kernel[1] * layer.ifm[2] // layer.groups, layer.out, layer.groups)
        layer = replace(self._named_once(layer), sequential=layer.sequential or self.sequential)
        if root.endswith(COPY):  # two equal contents, of one module that runs twice or of two modules
            original = (root.removesuffix(COPY), *matrix[1:])
            alike = _module(self._matrices.get(original, "")) == _module(layer.name)
            matrix = original if alike else (root + _module(layer.name), *matrix[1:])
        owner = self._matrices.setdefault(matrix, layer.name)
        if owner != layer.name:
            layer = replace(layer, weights_of=owner)
        return self._append(layer, flow, gives)

    def add_product(self, name: str, product: Product, first: Flow, second: Flow) -> int:
        """Append a product of two activations; returns its index."""
        product = replace(product, heads=product.heads * self.times)
        sizes = product.heads, product.m, product.k, product.n
        if min(sizes) < 1:
            message = f"is a product without values: heads x m x k x n are {list(sizes)}"
            raise UnreadableError(message)
        values = sum(source.values for source in second) * self.times
        kv_heads, rest = divmod(values, product.k * product.n)
        if rest or not 0 < kv_heads < product.heads or product.heads % kv_heads:
            kv_heads = product.heads
        fresh = tuple(source for source in second if not source.kept)
        product = replace(product, kv_heads=kv_heads, cached=0 < len(fresh) < len(second))
        if prod(sizes) > 1 << 60:
            raise UnreadableError(TOO_LARGE)
        index = self._append(self._named_once(product_layer(name, product)), first, None)
        if product.cached:  # what is new joins those in the cache
            shares = [(source, (1, 1, source.values * self.times)) for source in fresh]
        else:
            shares = _shares(second, (1, 1, product.operand_values))
        sent: dict[int, int] = {}
        for source, shape in shares:
            sent[source.producer] = sent.get(source.producer, 0) + volume(shape)
        for producer, values in sent.items():
            self._join(producer, index, "operand", (1, 1, values))
        self.read(tuple(source for source, _ in shares))
        return index

    def _append(self, layer: Layer, flow: Flow, gives: Shape | None) -> int:
        """The layer at the end of the table, with the edges into it."""
        index = len(self.layers)
        self.layers.append(layer)
        self._gives.append(gives)
        self._vectors.append(self._ahead)
        self._ahead = dict.fromkeys(VECTOR_SORTS, 0)
        flow = tuple(replace(source, values=source.values * self.times) for source in flow)
        read = (1, 1, layer.routed * layer.ifm[2] // layer.groups) if layer.routed else layer.ifm
        for source, shape in _shares(flow, read, at_most=layer.sequential):
            self._join(source.producer, index, "input", shape)
            self._reads.setdefault(source.producer, []).append(source.poolings)
        return index

    def _named_once(self, layer: Layer) -> Layer:
        """The layer under a name that no other has and that does not mean the host."""
        name = layer.name
        while name in self._names:
            self._names[layer.name] = self._names.get(layer.name, 0) + 1
            name = f"{layer.name}_{self._names[layer.name]}"
        self._names[name] = 1
        return replace(layer, name=name)

    def _join(self, producer: int, consumer: int, kind: str, shape: Shape) -> None:
        """An edge; a second one of the same kind between the same two adds to an input and repeats anything else."""
        old = self._edges.get((producer, consumer, kind))
        if old is not None and kind == "input":
            height, width, channels = shape
            same = old.shape[:2] == (height, width)
            shape = (height, width, channels + old.shape[2]) if same else (1, 1, old.values + volume(shape))
        elif old is not None and old.values >= volume(shape):
            return
        self._edges[producer, consumer, kind] = Edge(producer, consumer, kind, shape)

    def read(self, flow: Flow) -> None:
        """Note that somebody reads ``flow``: a layer, or the host at the end."""
        for source in flow:
            self._reads.setdefault(source.producer, []).append(source.poolings)

    def given(self, layer: int) -> int:
        """Values that a layer puts out before any pool."""
        return volume(self._gives[layer] or self.layers[layer].output)

    def count(self, flow: Flow, sort: str, values: int) -> None:
        """Count vector operations after the last layer that ``flow`` comes from."""
        if not self.counts_parts:
            return
        last = max((source.producer for source in flow), default=HOST)
        counts = self._ahead if last == HOST else self._vectors[last]
        counts[sort] += values

    def combine(self, tensors: Sequence[Tensor], shape: Sides, sort: str | None, *, is_sum: bool) -> Tensor:
        """Result of an operation element by element; several sources meet at the layer that runs last.

        A sum of the plain output of that layer and others is a residual one. Anything else that comes from elsewhere
        (a gate, a mask, a broadcast sum) is an operand of that layer's vector operations.
        """
        out = Tensor(shape, batch=broadcast_counts(tensors, shape))
        carried = [tensor for tensor in tensors if tensor.flow]
        if not carried:
            return out
        largest = max(carried, key=lambda tensor: tensor.values)
        if len({tuple(sorted({s.producer for s in t.flow})) for t in carried}) == 1:
            if sort:
                self.count(largest.flow, sort, self.values(out))
            joined = largest.joined if len(largest.shape) == len(shape) else None
            flow = scaled(largest.flow, largest.values, out.values)
            return replace(out, flow=flow, joined=joined)
        owner = max(source.producer for tensor in carried for source in tensor.flow)
        if owner == HOST:
            self.count((), sort or "simple", self.values(out))
            return replace(out, flow=(Source(HOST, out.values),))
        flow = self._meet(owner, carried, out, sort, is_sum=is_sum)
        return replace(out, flow=flow)

    def _meet(self, owner: int, carried: Sequence[Tensor], out: Tensor, sort: str | None, *, is_sum: bool) -> Flow:
        """Edges of all other sources to ``owner``; returns what the result is made of."""
        values = self.values(out)
        own = [tensor for tensor in carried if len(tensor.flow) == 1 and tensor.flow[0].producer == owner]
        plain = [tensor for tensor in own if tensor.values * self.times == values == self.given(owner)]
        others = {s.producer: s for t in carried for s in t.flow if s.producer != owner}
        sent = {source: source.values * self.times for source in others.values()}
        fits = {source: self._as_residual(owner, n) for source, n in sent.items()}
        is_residual = is_sum and bool(plain) and sum(sent.values()) <= values and all(fits.values())
        for source, n in sent.items():
            shape = fits[source]
            if is_residual and shape:
                self._join(source.producer, owner, "residual", shape)
            elif self.layers[owner].product is not None:
                self._join(source.producer, owner, "residual", self._rounded(owner, n))
            else:
                self._join(source.producer, owner, "operand", (1, 1, n))
        self.read(tuple(others.values()))
        if not is_residual:
            self.count((Source(owner, values),), sort or "simple", values)
        most = max(values, *sent.values())
        if most > self.given(owner):
            self._gives[owner] = _as_map(out, most, self.times)
        return (Source(owner, out.values, own[0].flow[0].poolings if own else ()),)

    def _as_residual(self, owner: int, values: int) -> Shape | None:
        """Shape in which ``values`` are added to a layer's output; None if they do not fill its map."""
        height, width, channels = self.layers[owner].output
        own, rest = divmod(values, height * width)
        return (height, width, own) if not rest and 0 < own <= channels else None

    def _rounded(self, owner: int, values: int) -> Shape:
        """Shape in which something smaller is combined with the output of a product."""
        height, width, channels = self.layers[owner].output
        return height, width, min(-(-values // (height * width)), channels)

    def finished(self) -> list[Layer]:
        """The layers with their pools, vector operations and what readers see of them.

        The pool after a layer is the one that all who read it read it through; others are vector operations.
        """
        layers = []
        read_of: dict[int, list[Shape]] = {}
        for edge in self._edges.values():
            read_of.setdefault(edge.producer, []).append(edge.shape)
        for i, layer in enumerate(self.layers):
            ways = set(self._reads.get(i, []))
            first = {way[:1] for way in ways}
            shared = first.pop() if len(first) == 1 else ()
            pool = _fitted(layer, shared[0]) if shared and self._gives[i] is None else None
            counts = self._vectors[i]
            done = 1 if pool is not None else 0
            counts["simple"] += sum(p.values for p in {p for way in ways for p in way[done:]})
            gives = self._gives[i]
            if pool is not None:
                layer = replace(layer, pool=pool)
            read = max(read_of.get(i, ()), key=volume, default=(1, 1, 1))
            if volume(read) > max(volume(gives or layer.pooled), volume(layer.output)):
                gives = read
            layers.append(replace(layer, gives=gives, vector=Vector(**counts)))
        return layers


def pooled(tensor: Tensor, pool: Pool, shape: Sides, map_after: tuple[int, int], times: int) -> Tensor:
    """The tensor after pooling, which acts on each channel alike, in ``times`` runs."""
    batch = broadcast_counts([tensor], shape) if len(shape) == len(tensor.shape) else ()
    out = Tensor(shape, batch=batch)
    after = scaled(tensor.flow, tensor.values, out.values)
    flow = tuple(
        replace(new, poolings=(*old.poolings, Pooling(pool, map_after, old.values * times)))
        for old, new in zip(tensor.flow, after, strict=True)
    )
    return replace(out, flow=flow, joined=tensor.joined if len(shape) == len(tensor.shape) else None)


def fitting_padding(
    sides: Sequence[int], kernel: Sequence[int], stride: int, given: int, wanted: Sequence[int]
) -> int | None:
    """Equal padding of all edges that gives the wanted map: the given one, or else the smallest; None if none does."""
    paddings: tuple[int, ...] = (given, *range(min(max(kernel), 64) + 1))
    for padding in paddings:
        if all(conv_side(s, k, stride, padding) == w for s, k, w in zip(sides, kernel, wanted, strict=True)):
            return padding
    return None


def _fitted(layer: Layer, pooling: Pooling) -> Pool | None:
    """The pool with the equal padding that leaves the map it does; None if no padding does (ceiling, odd shapes)."""
    pool = pooling.pool
    for padding in (pool.padding, *range(min(pool.kernel, 64) + 1)):
        window = (pool.kernel, pool.stride, padding)
        if pool.kernel > max(layer.output_map) + 2 * padding:
            continue
        if tuple(pooled_side(side, *window) for side in layer.output_map) == pooling.map_after:
            return replace(pool, padding=padding)
    return None


def _shares(flow: Flow, ifm: Shape, *, at_most: bool = False) -> list[tuple[Source, Shape]]:
    """What a layer reads of each source, which add up to its input; a recurrent one keeps its state itself."""
    height, width = ifm[:2]
    wanted = volume(ifm)
    values = [source.values for source in flow]
    if at_most and sum(values) <= wanted:
        wanted = sum(values)
    if len(values) == 1:
        values = [wanted]
    elif sum(values) != wanted:
        values = [max(v * wanted // sum(values), 1) for v in values]
        values[values.index(max(values))] += wanted - sum(values)
    shares = []
    fill = all(v % (height * width) == 0 for v in values)
    for source, v in zip(flow, values, strict=True):
        shares.append((source, (height, width, v // (height * width)) if fill else (1, 1, v)))
    return shares


def _as_map(tensor: Tensor, values: int, times: int) -> Shape:
    """A shape of so many values for readers: the tensor's own where it has as many."""
    sides = tensor.sides
    if len(sides) == 4 and prod(sides) * times == values:
        return sides[0] * sides[2] * times, sides[3], sides[1]
    if sides and prod(sides) * times == values:
        return prod(sides[:-1]) * times, 1, sides[-1]
    return 1, 1, values
