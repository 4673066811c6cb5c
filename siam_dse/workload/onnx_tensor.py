"""Tensors of an ONNX graph as the reader sees them: shape, what is known of a constant, and where values come from.

A tensor is made of sources: the layers (or the host) whose outputs it holds, each with the values it contributes. Moves
of data (reshape, transpose, slice, concatenation) change shapes and shares of sources, nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import gcd, prod
from typing import Any

from siam_dse.workload.graph import Pool

Sides = tuple[int, ...]


class UnreadableError(Exception):
    """A node that the layer table cannot express; the reader adds its name."""


@dataclass(frozen=True)
class Pooling:
    """Pooling on the way: the map it leaves, and the values it reads."""

    pool: Pool
    map_after: tuple[int, int]
    values: int


@dataclass(frozen=True)
class Source:
    """Part of a tensor: a producer's output, as many values of it as are here, after some pooling.

    ``kept`` ones are keys and values of tokens before, which a file has among its inputs: they wait in a cache.
    """

    producer: int
    values: int
    poolings: tuple[Pooling, ...] = ()
    kept: bool = False


Flow = tuple[Source, ...]


@dataclass(frozen=True)
class Tensor:
    """Shape of a tensor and what it is made of.

    ``constant`` ones depend on no input; ``value`` is their content where it is small enough, ``root`` says which
    weights they are. ``batch`` is the part of each axis that counts inputs. Where sources are concatenated along one
    axis, ``joined`` is that axis and the extent of each source. ``bare`` is the shape ahead of a padding.
    """

    shape: Sides
    flow: Flow = ()
    constant: bool = False
    value: Any = None
    root: str = ""
    batch: Sides = ()
    joined: tuple[int, Sides] | None = None
    bare: Sides | None = None
    items: tuple["Tensor", ...] | None = None

    @property
    def n_batch(self) -> int:
        """Inputs that the tensor holds values of."""
        return prod(self.batch)

    @property
    def counts(self) -> Sides:
        """Share of the batch in each axis."""
        return self.batch or (1,) * len(self.shape)

    @property
    def sides(self) -> Sides:
        """Extent of each axis without its share of the batch."""
        return tuple(side // count for side, count in zip(self.shape, self.counts, strict=True))

    @property
    def values(self) -> int:
        """Values an input."""
        return prod(self.sides)


def scaled(flow: Flow, before: int, after: int) -> Flow:
    """Sources of a tensor that now holds ``after`` values instead of ``before``."""
    if before == after:
        return flow
    if len(flow) == 1:
        return (replace(flow[0], values=after),)
    return tuple(replace(s, values=max(s.values * after // max(before, 1), 1)) for s in flow)


def resized(tensor: Tensor, shape: Sequence[int], batch: Sides | None = None) -> Tensor:
    """The tensor in another size of the same axes; each source keeps its share."""
    counts = tensor.batch if batch is None else batch
    new = Tensor(tuple(shape), batch=counts)
    joined = None
    if tensor.joined and len(shape) == len(tensor.shape) and shape[tensor.joined[0]] == tensor.shape[tensor.joined[0]]:
        joined = tensor.joined
    return replace(new, flow=scaled(tensor.flow, tensor.values, new.values), joined=joined)


def transposed(tensor: Tensor, order: Sequence[int]) -> Tensor:
    """The tensor with its axes in another order."""
    joined = None if tensor.joined is None else (list(order).index(tensor.joined[0]), tensor.joined[1])
    batch = tuple(tensor.counts[axis] for axis in order) if tensor.batch else ()
    return Tensor(tuple(tensor.shape[axis] for axis in order), tensor.flow, batch=batch, joined=joined)


def matched_axes(before: Sides, after: Sides) -> list[tuple[list[int], list[int]]]:
    """Smallest groups of axes with equal products, of a shape and what it is reshaped to; sides of 1 are left out."""
    first = [axis for axis, side in enumerate(before) if side != 1]
    second = [axis for axis, side in enumerate(after) if side != 1]
    groups = []
    while first and second:
        a, b = [first.pop(0)], [second.pop(0)]
        own, other = before[a[0]], after[b[0]]
        while own != other:
            if own < other and first:
                a.append(first.pop(0))
                own *= before[a[-1]]
            elif own > other and second:
                b.append(second.pop(0))
                other *= after[b[-1]]
            else:
                break
        groups.append((a, b))
    return groups


def reshaped(tensor: Tensor, shape: Sequence[int]) -> Tensor:
    """The tensor in a shape of as many values."""
    shape = tuple(shape)
    counts, joined = [1] * len(shape), None
    for a, b in matched_axes(tensor.shape, shape):
        left = prod(tensor.counts[axis] for axis in a)
        for axis in b:
            counts[axis] = gcd(left, shape[axis])
            left //= counts[axis]
        if tensor.joined and tensor.joined[0] == a[0] and len(b) == 1:
            inner = prod(tensor.shape[axis] for axis in a[1:])
            joined = (b[0], tuple(extent * inner for extent in tensor.joined[1]))
    batch = tuple(counts) if max(counts, default=1) > 1 else ()
    return Tensor(shape, tensor.flow, batch=batch, joined=joined)


def picked(tensor: Tensor, axis: int, indices: Sequence[int] | None, length: int) -> Tensor:
    """``length`` entries of an axis: those with the given indices, or unknown ones."""
    shape = (*tensor.shape[:axis], length, *tensor.shape[axis + 1 :])
    kept = tensor.counts[axis] if length == tensor.shape[axis] else 1
    batch = (*tensor.batch[:axis], kept, *tensor.batch[axis + 1 :]) if tensor.batch else ()
    if tensor.joined is None or tensor.joined[0] != axis or indices is None:
        joined = tensor.joined if tensor.joined and tensor.joined[0] != axis else None
        return resized(replace(tensor, joined=joined), shape, batch)
    sources, extents, first = [], [], 0
    for source, extent in zip(tensor.flow, tensor.joined[1], strict=True):
        inside = _how_many(indices, first, first + extent)
        if inside:
            sources.append(replace(source, values=max(source.values * inside // extent, 1)))
            extents.append(inside)
        first += extent
    joined = (axis, tuple(extents)) if len(sources) > 1 else None
    return Tensor(shape, tuple(sources), batch=batch, joined=joined)


def _how_many(indices: Sequence[int], first: int, end: int) -> int:
    """Indices from ``first`` to ahead of ``end``."""
    if not isinstance(indices, range):
        return sum(first <= index < end for index in indices)
    rising = indices if indices.step > 0 else indices[::-1]
    low = max(-((rising.start - first) // rising.step), 0)
    high = max(-((rising.start - end) // rising.step), 0)
    return max(min(high, len(rising)) - low, 0)


def concatenated(tensors: Sequence[Tensor], axis: int, shape: Sides) -> Tensor:
    """Tensors one after the other along an axis; constants count to the source before them."""
    sources: list[Source] = []
    extents: list[int] = []
    known = True
    batch = broadcast_counts(tensors, shape)
    spare_values = spare_extent = 0
    for tensor in tensors:
        own = replace(tensor, batch=batch if tensor.shape == shape else tensor.batch)
        if not tensor.flow:
            spare_values += own.values
            spare_extent += tensor.shape[axis]
            continue
        if len(tensor.flow) == 1:
            extents.append(tensor.shape[axis])
        elif tensor.joined and tensor.joined[0] == axis:
            extents += tensor.joined[1]
        else:
            known = False
        sources += tensor.flow
    if sources and spare_values:
        sources[-1] = replace(sources[-1], values=sources[-1].values + spare_values)
        if known:
            extents[-1] += spare_extent
    if len({(source.producer, source.poolings) for source in sources}) == 1:  # parts of one tensor, in another order
        sources = [replace(sources[0], values=sum(source.values for source in sources))]
    joined = (axis, tuple(extents)) if known and len(sources) > 1 else None
    return Tensor(shape, tuple(sources), batch=batch, joined=joined)


def broadcast_counts(tensors: Iterable[Tensor], shape: Sides) -> Sides:
    """Share of the batch in each axis of a tensor made of others."""
    counts = [1] * len(shape)
    for tensor in tensors:
        lead = len(shape) - len(tensor.shape)
        for axis, count in enumerate(tensor.counts):
            if lead + axis >= 0 and shape[lead + axis] % max(count, 1) == 0:
                counts[lead + axis] = max(counts[lead + axis], count)
    return tuple(counts) if max(counts, default=1) > 1 else ()


def broadcast_shape(shapes: Sequence[Sides]) -> Sides:
    """Shape of an operation element by element."""
    rank = max(len(shape) for shape in shapes)
    out = []
    for axis in range(rank):
        sides = {shape[axis - rank] for shape in shapes if len(shape) >= rank - axis}
        sides = {side for side in sides if side != 1} or {1}
        if len(sides) > 1:
            message = f"combines tensors of the shapes {', '.join(str(list(shape)) for shape in shapes)}"
            raise UnreadableError(message)
        out.append(sides.pop())
    return tuple(out)
