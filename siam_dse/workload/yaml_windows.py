"""Windows of convolutions in YAML rows: kernel, stride and dilation for each axis, padding for each axis or side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from siam_dse.workload.yaml_row import Row

AXES = {2: "height, width", 3: "depth, height, width"}
_SIDES = {2: "top, left, bottom, right", 3: "front, top, left, back, bottom, right"}


@dataclass(frozen=True)
class Window:
    """A window that slides along the two or three axes of a map; ``before`` and ``after`` are paddings of its ends."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def reach(self) -> tuple[int, ...]:
        """Extent of the dilated kernel along each axis."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    def positions(self, sides: Sequence[int]) -> tuple[int, ...]:
        """Positions along each axis of a map; at most 0 where the kernel exceeds the padded side."""
        axes = zip(sides, self.reach, self.stride, self.before, self.after, strict=True)
        return tuple((side + before + after - reach) // stride + 1 for side, reach, stride, before, after in axes)

    def spread(self, sides: Sequence[int]) -> tuple[int, ...]:
        """Sides of the map that a transposed convolution makes of one with these sides."""
        axes = zip(sides, self.reach, self.stride, self.before, self.after, strict=True)
        return tuple((side - 1) * stride + reach - before - after for side, reach, stride, before, after in axes)


def window_from_row(row: Row, rank: int) -> Window:
    """Window of a row on a map with ``rank`` axes; faulty fields are noted and left at their default."""
    kernel, stride, dilation = (_each(row, key, rank, 1, 1) for key in ("kernel", "stride", "dilation"))
    value = row.content.get("padding")
    if isinstance(value, list) and len(value) == 2 * rank:
        pads = tuple(row.whole_of("padding", side, low=0, default=0) for side in value)
        return Window(kernel, stride, dilation, pads[:rank], pads[rank:])
    padding = _each(row, "padding", rank, 0, 0)
    return Window(kernel, stride, dilation, padding, padding)


def check_window(row: Row, window: Window, sides: Sequence[int]) -> None:
    """Note a kernel that exceeds its padded map, and a padding as wide as the kernel, which windows see alone."""
    for axis, name in enumerate(AXES[len(sides)].split(", ")):
        before, after, reach = window.before[axis], window.after[axis], window.reach[axis]
        if window.positions(sides)[axis] < 1:
            padded = f"2 x padding {before}" if before == after else f"paddings {before} and {after}"
            rule = f"exceeds the padded input: {name} {sides[axis]} + {padded}; mend ifm, kernel or padding"
            row.fault("kernel", row.content["kernel"], rule)
        elif max(before, after) >= reach:
            row.fault(
                "padding",
                row.content["padding"],
                f"must be below the {name} {reach} of the kernel, or windows see padding alone; give "
                f"[{AXES[len(sides)]}] or [{_SIDES[len(sides)]}], or state ofm if it is meant",
            )


def _each(row: Row, key: str, rank: int, low: int, default: int) -> tuple[int, ...]:
    """A number for all axes, or a list with one for each."""
    value: Any = row.content.get(key)
    if not isinstance(value, list):
        return (row.whole(key, default, low=low),) * rank
    if len(value) != rank:
        sides = f", or of {2 * rank}: {_SIDES[rank]}" if key == "padding" else ""
        row.fault(key, value, f"must be a whole number or a list of {rank}: {AXES[rank]}{sides}")
        return (default,) * rank
    return tuple(row.whole_of(f"{key} {name}", v, low=low, default=default)
                 for name, v in zip(AXES[rank].split(", "), value, strict=True))  # fmt: skip
