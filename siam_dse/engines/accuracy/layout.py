"""Where the conversions of a batch lie: sets of columns with different numbers of slices and bits, one after another.

A set with S slices of the weight and B bits of the input makes S B kinds of conversion. Those of all n sets lie on one
axis (m), by set, then slice, then bit; the slices of all sets on another (p), the bits on a third (q). Nothing is
padded.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, IntArray


@dataclass(frozen=True)
class Layout:
    """Slices and bits of each of n sets, (n,), at least 1.

    ``..._to_...`` methods repeat values of a coarser axis on a finer one, ``over_...`` methods add up or compare within
    one member of the coarser axis, in an order that does not depend on the others.
    """

    n_slices: IntArray
    n_bits: IntArray

    @cached_property
    def first_slice(self) -> IntArray:
        """Index of each set's first slice, (n,)."""
        return _starts(self.n_slices)

    @cached_property
    def first_bit(self) -> IntArray:
        """Index of each set's first bit, (n,)."""
        return _starts(self.n_bits)

    @property
    def slice_number(self) -> IntArray:
        """Significance of each slice within its set, 0 for the least, (p,)."""
        return within(np.zeros_like(self.n_slices), self.n_slices)

    @property
    def bit_number(self) -> IntArray:
        """Significance of each bit within its set, 0 for the least, (q,)."""
        return within(np.zeros_like(self.n_bits), self.n_bits)

    @cached_property
    def bits_of_slice(self) -> IntArray:
        """Bits that each slice is converted for, (p,)."""
        return self.set_to_slice(self.n_bits)

    @cached_property
    def first_conversion(self) -> IntArray:
        """Index of each slice's first conversion, (p,)."""
        return _starts(self.bits_of_slice)

    @cached_property
    def bit(self) -> IntArray:
        """Bit that each conversion belongs to, (m,), an index of (q,) arrays."""
        return within(self.set_to_slice(self.first_bit), self.bits_of_slice)

    @cached_property
    def owner(self) -> IntArray:
        """Set that each conversion belongs to, (m,)."""
        return self.set_to_conversion(np.arange(len(self.n_slices)))

    def set_to_slice(self, values: AnyArray) -> AnyArray:
        """(n,) to (p,)."""
        return np.repeat(values, self.n_slices)

    def set_to_bit(self, values: AnyArray) -> AnyArray:
        """(n,) to (q,)."""
        return np.repeat(values, self.n_bits)

    def set_to_conversion(self, values: AnyArray) -> AnyArray:
        """(n,) to (m,)."""
        return np.repeat(values, self.n_slices * self.n_bits)

    def slice_to_conversion(self, values: AnyArray) -> AnyArray:
        """(p,) to (m,)."""
        return np.repeat(values, self.bits_of_slice)

    def bit_to_conversion(self, values: AnyArray) -> AnyArray:
        """(q,) to (m,)."""
        return values.take(self.bit)

    def over_slices(self, values: FloatArray) -> FloatArray:
        """Sum over the slices of a set, (p,) to (n,)."""
        return np.add.reduceat(values, self.first_slice)

    def over_bits(self, values: FloatArray) -> FloatArray:
        """Sum over the bits of a set, (q,) to (n,)."""
        return np.add.reduceat(values, self.first_bit)

    def over_slice(self, values: FloatArray, combine: np.ufunc = np.add) -> FloatArray:
        """Sum over the conversions of a slice, (m,) to (p,); or the extreme, with ``np.minimum`` or ``np.maximum``."""
        return combine.reduceat(values, self.first_conversion)

    def over_slices_of_bit(self, values: FloatArray) -> FloatArray:
        """Sum over the slices of a set for each bit, (m,) to (q,)."""
        sums: FloatArray = np.bincount(self.bit, values, int(self.n_bits.sum())).astype(np.float64, copy=False)
        return sums

    def over_set(self, values: FloatArray) -> FloatArray:
        """Sum over the conversions of a set, (m,) to (n,)."""
        return np.add.reduceat(values, self.first_conversion[self.first_slice])


def within(start: IntArray, count: IntArray) -> IntArray:
    """Indices start, start + 1, ... of ``count`` each, one member after another."""
    return np.arange(int(count.sum())) + np.repeat(start - _starts(count), count)


def _starts(count: IntArray) -> IntArray:
    """Index of the first of ``count`` members each, laid one after another."""
    return np.cumsum(count) - count
