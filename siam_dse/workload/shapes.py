"""Sizes of feature maps after a convolution and after pooling."""

from collections.abc import Sequence
from math import prod


def conv_side(side: int, kernel: int, stride: int, padding: int) -> int:
    """Positions of a kernel along one side of a map.

    The kernel starts at the padded edge and moves in whole strides; a last step that would overhang is not taken.

    Parameters
    ----------
    side, kernel, stride, padding : int [1]
        ``padding`` is added at both ends.

    Returns
    -------
    int, at most 0 if the kernel exceeds the padded side.

    Notes
    -----
    floor((side + 2 padding - kernel) / stride) + 1.
    """
    return (side + 2 * padding - kernel) // stride + 1


def pooled_side(side: int, kernel: int, stride: int, padding: int) -> int:
    """Outputs of pooling along one side; a window larger than the side pools it whole (global pooling)."""
    return max(conv_side(side, kernel, stride, padding), 1)


def siam_map(height: int, width: int, kernel_h: int, kernel_w: int) -> tuple[int, int]:
    """Output map under SIAM's rule: stride 1, no padding, one position where the kernel exceeds the map.

    References
    ----------
    [siam2021] released top-level script: (W - K + 1)(H - K + 1) input vectors, 1 where that is not positive.
    """
    if kernel_h > height or kernel_w > width:
        return 1, 1
    return conv_side(height, kernel_h, 1, 0), conv_side(width, kernel_w, 1, 0)


def as_map(sides: Sequence[int]) -> tuple[int, int]:
    """Height and width of a map with one, two or three axes: one is a column, depth stands above height."""
    if len(sides) == 1:
        return sides[0], 1
    return prod(sides[:-1]), sides[-1]
