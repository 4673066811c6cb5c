"""Bits that converters run at, layer by layer: fixed ones, or the fewest that keep a layer's SQNR."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, IntArray, freeze
from siam_dse.design.converters import BY_LAYER_FIELDS, chooses_bits
from siam_dse.design.designs import Designs
from siam_dse.engines.accuracy.engine import ACCURACY_FIELDS, layer_sqnr_db
from siam_dse.mapping.reads import has_converters
from siam_dse.workload.network import Network

BITS_FIELDS = (*ACCURACY_FIELDS, *BY_LAYER_FIELDS)


@dataclass(frozen=True)
class ConverterBits:
    """Bits that converters run at in each layer, (U, L); None: all that they can do, in every layer.

    ``is_short``, (U, L): layers that not even their most bits bring to the SQNR that they are to keep.
    """

    bits: IntArray | None = None
    is_short: BoolArray | None = None


def all_bits(_: Designs, __: Network) -> ConverterBits:
    """Converters that do in every layer what they can."""
    return ConverterBits()


def converter_bits(designs: Designs, network: Network) -> ConverterBits:
    """Bits that converters run at in each layer.

    A layer has at most ``adc_bits``, the first and the last weight layer, in order of execution, at most
    ``adc_bits_first_last`` where that is given. Under ``adc_rule: per_layer`` it has the fewest bits whose SQNR is
    ``adc_sqnr_target_db`` or more, and its most where none of fewer is.

    Parameters
    ----------
    designs : Designs (U)
        ``BITS_FIELDS``.
    network : Network

    Returns
    -------
    ConverterBits
        Layers that use another one's weights have bits of their own; products have ``adc_bits``, which nothing reads.

    Notes
    -----
    SQNR need not grow with every bit (steps of even numbers meet ties), so the fewest bits are the first that suffice.
    Single cells read row by row and adders have no converter to choose for.
    """
    most = _most_bits(designs, network)
    bits = most.copy()
    rows = np.flatnonzero(chooses_bits(designs) & has_converters(designs))
    open_ = np.zeros(bits.shape, dtype=bool)
    open_[rows] = ~network.is_product
    for few in range(1, int(bits[rows].max(initial=0))):
        may_do = open_ & (bits > few)
        rows = np.flatnonzero(may_do.any(axis=1))
        if not len(rows):
            break
        some = designs.take(rows)
        reached = layer_sqnr_db(some, network, np.full((len(rows), network.n_layers), few), may_do[rows])
        suffices = may_do[rows] & (reached >= some.adc_sqnr_target_db[:, None])
        bits[rows] = np.where(suffices, few, bits[rows])
        open_[rows] &= ~suffices
    rows = np.flatnonzero(open_.any(axis=1))
    if len(rows):
        some = designs.take(rows)
        open_[rows] &= layer_sqnr_db(some, network, most[rows], open_[rows]) < some.adc_sqnr_target_db[:, None]
    return ConverterBits(freeze(bits), freeze(open_))


def _most_bits(designs: Designs, network: Network) -> IntArray:
    """Most bits of each layer, (U, L)."""
    ends = np.where(designs.adc_bits_first_last > 0, designs.adc_bits_first_last, designs.adc_bits)
    return np.where(_is_end(network), ends[:, None], designs.adc_bits[:, None])


def _is_end(network: Network) -> BoolArray:
    """The first and the last weight layer, (L,), and those that use their weights."""
    with_tiles = np.flatnonzero(network.has_tiles)
    return np.asarray(np.isin(network.place_of, with_tiles[[0, -1]]) & ~network.is_product)
