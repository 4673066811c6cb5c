"""Inputs of an ONNX graph: their sizes, which of them are weights, and what counts as a batch."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from siam_dse.core.errors import unknown_name
from siam_dse.workload.network import HOST
from siam_dse.workload.onnx_node import MOST_SIDE, checked
from siam_dse.workload.onnx_tensor import Source, Tensor, UnreadableError

# Names of open sizes that are none of a batch, wherever they stand.
_NO_BATCH = re.compile(r"seq|len|time|token|frame|height|width|depth|point|^[tslhwd]$", re.IGNORECASE)
_CACHE = re.compile(r"past|cache", re.IGNORECASE)  # names of inputs that hold keys and values of tokens before
# Inputs of an operation that are weights wherever they come from.
_WEIGHT_INPUTS = {
    "Conv": (1, 2),
    "ConvTranspose": (1, 2),
    "BatchNormalization": (1, 2, 3, 4),
    "LayerNormalization": (1, 2),
    "InstanceNormalization": (1, 2),
    "LSTM": (1, 2, 3),
    "GRU": (1, 2, 3),
    "RNN": (1, 2, 3),
    "Gemm": (1, 2),
    "MatMul": (1,),
    "PRelu": (1,),
}
_NEEDS_NO_BATCH = ("Gemm", "MatMul")


@dataclass(frozen=True)
class Open:
    """A side of an input that the file leaves open: its name there, or empty."""

    name: str


Side = int | Open


@dataclass
class Inputs:
    """Inputs of a graph with their sizes, and every fault in them."""

    sides: dict[str, list[Side]]
    faults: list[str]
    left_open: set[str]  # open sizes that were taken as a batch of one
    weights: set[str]
    lengths: set[str]  # inputs whose first side is a length, by its name

    def tensors(self, batch: int) -> dict[str, Tensor]:
        """Tensors of the inputs; with a batch, that many inputs along each first axis of that size."""
        out = {}
        for name, sides in self.sides.items():
            shape = tuple(side for side in sides if isinstance(side, int))
            if name in self.weights:
                out[name] = Tensor(shape, constant=True, root=name)
                continue
            counts = (batch, *(1,) * (len(shape) - 1)) if self._has_batch(name, shape, batch) else ()
            tensor = Tensor(shape, batch=counts)
            if 0 in shape:  # nothing yet, such as the keys of tokens before the first
                out[name] = replace(tensor, constant=True, root=name)
                continue
            kept = bool(_CACHE.search(name))
            out[name] = Tensor(shape, (Source(HOST, tensor.values, kept=kept),), batch=counts)
        return out

    def _has_batch(self, name: str, shape: Sequence[int], batch: int) -> bool:
        """Whether the first axis of an input is a batch of that size."""
        return batch > 1 and len(shape) > 0 and shape[0] == batch and name not in self.lengths

    def as_positions(self, batch: int) -> list[str]:
        """Inputs whose first of several axes is above 1 and no batch of that size, nor by its name a length."""
        named = self.weights | self.lengths
        shapes = {
            name: [s for s in sides if isinstance(s, int)] for name, sides in self.sides.items() if name not in named
        }
        return [name for name, s in shapes.items() if len(s) > 1 and s[0] > 1 and not self._has_batch(name, s, batch)]

    @property
    def first_sides(self) -> set[int]:
        """First sides of the inputs that may be a batch."""
        found = {
            sides[0] for name, sides in self.sides.items() if len(sides) > 1 and name not in self.weights | self.lengths
        }
        return {side for side in found if isinstance(side, int)}


def inputs_of(graph: Any, dims: Mapping[str, int], shapes: Mapping[str, Sequence[int]]) -> Inputs:
    """Inputs of a graph with the sizes given by name (``dims``) and for whole inputs (``shapes``)."""
    stored = {proto.name for proto in graph.initializer}
    found = Inputs({}, [], set(), set(), set())
    names: dict[str, set[int]] = {}
    for info in graph.input:
        if info.name in stored:
            continue
        if not info.type.HasField("tensor_type"):
            found.faults.append(f"input {info.name!r}: is no tensor; give the network tensors as inputs when exporting")
            continue
        if not info.type.tensor_type.HasField("shape") and info.name not in shapes:
            found.faults.append(
                f"input {info.name!r}: has no shape; give one: --input-shape {shlex.quote(info.name)}=1,3,224,224"
            )
            continue
        sides: list[Side] = []
        for axis, dim in enumerate(info.type.tensor_type.shape.dim):
            fixed = dim.dim_value if dim.HasField("dim_value") and dim.dim_value not in (-1, 0) else None
            name = dim.dim_param if dim.dim_param.strip("?") else ""
            sides.append(Open(name) if fixed is None else int(fixed))
            if fixed is None:
                names.setdefault(name, set()).add(axis)
                if axis == 0 and _NO_BATCH.search(name) and "batch" not in name.lower():
                    found.lengths.add(info.name)
        found.sides[info.name] = sides
    _give(found, names, dims, shapes)
    for name, sides in found.sides.items():
        _close(name, sides, names, found)
    if not found.faults:
        found.weights = _weights_among(graph, found)
    return found


def _give(
    found: Inputs, names: Mapping[str, set[int]], dims: Mapping[str, int], shapes: Mapping[str, Sequence[int]]
) -> None:
    """Sizes that the user gave."""
    known = sorted(name for name in names if name)
    for name in dims:
        if name not in known:
            listed = unknown_name("open size", name, known) if known else f"{name!r}: no size of this file is open"
            found.faults.append(f"--dim: {listed}")
    for name, shape in shapes.items():
        if name not in found.sides:
            found.faults.append(f"--input-shape: {unknown_name('input', name, found.sides)}")
        elif found.sides[name] and len(shape) != len(found.sides[name]):
            had = _shown(found.sides[name])
            found.faults.append(
                f"--input-shape: got {list(shape)} for {name!r}, which has {len(found.sides[name])} axes: {had}"
            )
        else:
            found.sides[name] = list(shape)
    for sides in found.sides.values():
        for axis, side in enumerate(sides):
            if isinstance(side, Open) and side.name in dims:
                sides[axis] = int(dims[side.name])


def _close(name: str, sides: list[Side], names: Mapping[str, set[int]], found: Inputs) -> None:
    """An open first side is a batch of one; other open sides, and those that cannot be, are faults."""
    for axis, side in enumerate(sides):
        if isinstance(side, Open) and (
            "batch" in side.name.lower() or (axis == 0 and _may_be_batch(side, sides, names, found))
        ):
            found.left_open |= {side.name or name}
            sides[axis] = 1
    still = [side for side in sides if isinstance(side, Open)]
    if still:
        options = [f"--dim {shlex.quote(side.name)}=..." for side in dict.fromkeys(still) if side.name]
        whole = f"--input-shape {shlex.quote(name)}={','.join('1' if isinstance(s, Open) else str(s) for s in sides)}"
        give = f"{' '.join(options)}, or a whole shape such as {whole}" if options else f"a shape such as {whole}"
        found.faults.append(f"input {name!r}: has the open shape {_shown(sides)}; give {give}")
        return
    fixed = [side for side in sides if isinstance(side, int)]
    if any(not 0 <= side <= MOST_SIDE for side in fixed):
        found.faults.append(
            f"input {name!r}: has the shape {_shown(sides)}; sides must be 1 to {MOST_SIDE}; give others: "
            f"--input-shape {shlex.quote(name)}=1,..."
        )
        return
    try:
        checked(fixed)
    except UnreadableError as error:
        found.faults.append(f"input {name!r}: {error}")


def _may_be_batch(first: Open, sides: Sequence[Side], names: Mapping[str, set[int]], found: Inputs) -> bool:
    """Whether an open first side counts inputs: it is no other input's length, and not all that its input has."""
    if first.name and (names.get(first.name, set()) != {0} or _NO_BATCH.search(first.name)):
        return False
    return len(sides) > 1 or any(len(s) > 1 and s[0] in (first, 1) for s in found.sides.values() if first.name)


def _shown(sides: Sequence[Side]) -> str:
    """A shape as it is written in messages."""
    return "[" + ", ".join((s.name or "?") if isinstance(s, Open) else str(s) for s in sides) + "]"


def _weights_among(graph: Any, found: Inputs) -> set[str]:
    """Inputs that are weights, which some exporters leave out of the file: read by nothing but as weights."""
    places: dict[str, set[tuple[str, int]]] = {name: set() for name in found.sides}
    same = {name: name for name in found.sides}
    for node in graph.node:
        for i, name in enumerate(node.input):
            if name in same:
                places[same[name]].add((node.op_type, i))
        if (
            node.op_type in ("Transpose", "Identity", "Cast", "DequantizeLinear")
            and node.input
            and node.input[0] in same
        ):
            same[node.output[0]] = same[node.input[0]]
            places[same[node.input[0]]].discard((node.op_type, 0))
    out = set()
    first = next(iter(found.sides), None)
    samples = [sides for name, sides in found.sides.items() if name == first]
    for name, used in places.items():
        if name == first or not used or any(i not in _WEIGHT_INPUTS.get(op, ()) for op, i in used):
            continue
        sides = found.sides[name]
        if any(op in _NEEDS_NO_BATCH and i == 1 for op, i in used):
            has_batch = bool(samples) and bool(samples[0]) and samples[0][0] == 1
            if not (has_batch and len(sides) == 2 and sides[0] != 1):
                continue
        out.add(name)
    return out
