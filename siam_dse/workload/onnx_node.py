"""One node of an ONNX graph with its inputs, as the handlers of operations read it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from siam_dse.workload.onnx_graph import LayerGraph
from siam_dse.workload.onnx_tensor import Tensor, UnreadableError

MOST_SIDE = 2**31 - 1
MOST_VALUES = 2**60


@dataclass(frozen=True)
class Node:
    """A node: its operation, input tensors (None where one is left out), names of its outputs, and attributes."""

    op: str
    name: str
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any] = field(default_factory=dict)
    opset: int = 0
    domain: str = ""

    def has(self, index: int) -> bool:
        """Whether the input is given."""
        return index < len(self.inputs) and self.inputs[index] is not None

    def __getitem__(self, index: int) -> Tensor:
        """Input ``index``, which must be given."""
        tensor = self.inputs[index] if index < len(self.inputs) else None
        if tensor is None:
            message = f"lacks its input {index}"
            raise UnreadableError(message)
        return tensor

    def given(self) -> list[Tensor]:
        """The inputs that are given."""
        return [tensor for tensor in self.inputs if tensor is not None]

    def flowing(self) -> list[Tensor]:
        """The inputs that depend on the network's input."""
        return [tensor for tensor in self.given() if tensor.flow]

    def number(self, name: str, default: int) -> int:
        """A whole number among the attributes."""
        value = self.attributes.get(name, default)
        if isinstance(value, int | float) and abs(value) < MOST_VALUES:
            return int(value)
        message = f"attribute {name} is {value!r}, not a whole number"
        raise UnreadableError(message)

    def text(self, name: str, default: str) -> str:
        """A string among the attributes."""
        value = self.attributes.get(name, default)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

    def list_of(self, name: str, default: Sequence[int], *, low: int = -MOST_SIDE) -> list[int]:
        """A list of whole numbers among the attributes, each at least ``low``."""
        value = self.attributes.get(name)
        if value is None:
            return list(default)
        if not isinstance(value, list) or not all(isinstance(v, int) and low <= v <= MOST_SIDE for v in value):
            message = f"attribute {name} is {value!r}; must be whole numbers of at least {low} and at most {MOST_SIDE}"
            raise UnreadableError(message)
        return value

    def known(self, index: int, what: str) -> list[int]:
        """Whole numbers of a constant input, such as a shape."""
        tensor = self[index]
        if tensor.value is None:
            message = f"its {what} depends on the data; export it with fixed sizes"
            raise UnreadableError(message)
        return [int(v) for v in tensor.value.ravel().tolist()]

    def axes(self, index: int, rank: int, default: Sequence[int] | None = None) -> list[int]:
        """Axes from the attribute or, since opset 13 or 18, from an input."""
        if "axes" in self.attributes:
            found = self.list_of("axes", [])
        elif self.has(index):
            found = self.known(index, "list of axes")
        elif "axis" in self.attributes and default is None:
            found = [self.number("axis", 0)]
        else:
            return list(range(rank) if default is None else default)
        return [axis_of(axis, rank) for axis in found]


Handler = Callable[[Node, LayerGraph], list[Tensor]]


def name_of(node: Node) -> str:
    """Name of the layer that a node makes."""
    return str(node.name or (node.outputs[0] if node.outputs else "")).strip("/") or node.op.lower()


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the front."""
    if not -rank <= axis < max(rank, 1):
        message = f"names axis {axis} of a tensor with {rank} axes"
        raise UnreadableError(message)
    return axis % rank if rank else 0


def checked(shape: Sequence[int]) -> tuple[int, ...]:
    """A shape whose sides and number of values can be counted."""
    size = 1
    for side in shape:
        size *= max(side, 1)
        if not 0 <= side <= MOST_SIDE or size > MOST_VALUES:
            message = f"makes the shape {list(shape)[:8]}; sides must be 0 to {MOST_SIDE} and values at most 2^60"
            raise UnreadableError(message)
    return tuple(shape)
