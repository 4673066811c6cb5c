"""Transfers: what moves between layers, in bits an image. NoC and NoP turn them into time and energy."""

from dataclasses import dataclass

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray

# Fields of a design that the traffic depends on, beside those of the mapping.
TRAFFIC_FIELDS = ("activation_bits", "adc_bits", "crossbar_rows", "weight_bits")

TRANSFER_KINDS = ("activation", "residual", "partial_sum", "input", "output")


@dataclass(frozen=True)
class Transfers:
    """T transfers of a network, the same list for every design; arrays are (T,) or (U, T).

    ``producer`` and ``consumer`` are layers (``HOST`` for the port beside the package); a partial sum has its layer on
    both ends. ``layer`` is the layer whose latency and energy the transfer counts for: the consumer, except for an output.

    ``via_accumulator`` marks a transfer that starts at the global accumulator beside the host port, since a copy of its
    producer exceeds a chiplet; a partial sum with ``crosses`` = 1 ends there.

    Of each transfer, ``tile_bits`` are all bits that enter tiles (a feature map once for each column block that reads it),
    and ``chiplet_bits`` the bits that each destination chiplet takes in if the transfer crosses the NoP (a datum once a
    chiplet, however many tiles there read it; the tiles' copies are made inside). ``crosses`` says whether it crosses.
    """

    kind: IntArray  # (T,) code in TRANSFER_KINDS
    producer: IntArray  # (T,)
    consumer: IntArray  # (T,)
    layer: IntArray  # (T,)
    tile_bits: FloatArray  # (U, T)
    chiplet_bits: FloatArray  # (U, T)
    crosses: BoolArray  # (U, T)
    via_accumulator: BoolArray  # (U, T)
