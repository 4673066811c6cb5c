"""Frozen arrays, factorisation over unique keys, and chunks of bounded memory.

A quantity that depends on k axes of a design is computed once for every combination of those axes that occurs in a
batch and gathered: ``unique_rows`` finds the combinations, ``values[gather]`` expands them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import reduce
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
AnyArray: TypeAlias = NDArray[Any]
Record = TypeVar("Record", bound=Any)
FEW = 1024  # keys up to which sorting them is as quick as hashing, and needs no pandas, which takes 0.3 s to import


def freeze(values: ArrayLike, dtype: Any = None) -> AnyArray:
    """Read-only copy of ``values``; an array that is read-only already and of the right type is returned as it is."""
    array = np.asarray(values, dtype=dtype)
    if array.flags.writeable:
        array = read_only(array.copy() if array is values or array.base is not None else array)
    return array


def read_only(array: AnyArray) -> AnyArray:
    """The array itself, made read-only: for one just made, where :func:`freeze` would copy it."""
    array.setflags(write=False)
    return array


def unique_rows(columns: Sequence[AnyArray]) -> tuple[IntArray, IntArray]:
    """Representatives and gather index of the distinct rows formed by columns of equal length.

    Parameters
    ----------
    columns : sequence of (D,) arrays
        No column at all means that every row is alike.

    Returns
    -------
    representative : (U,) int64
        For each distinct row the index of its first occurrence.
    gather : (D,) int64
        ``column[representative][gather]`` equals ``column``.

    Notes
    -----
    Columns are ranked one after another and the ranks folded into one integer key; the key is re-ranked before it could
    overflow. Integers rank by their value, keys are told apart by hashing: nothing of length D is sorted.
    """
    if not columns:
        message = "unique_rows needs at least one column"
        raise ValueError(message)
    n = len(columns[0])
    key = np.zeros(n, dtype=np.int64)
    n_keys = 1
    for column in columns:
        rank, n_ranks = _ranked(column)
        if n_ranks == 1:
            continue
        if n_keys > np.iinfo(np.int64).max // n_ranks:
            key, n_keys = _hashed(key)
        key *= n_ranks
        key += rank
        n_keys *= n_ranks
    if n_keys == 1 and n:
        return np.zeros(1, dtype=np.int64), key
    gather, n_rows = _hashed(key)
    representative = np.empty(n_rows, dtype=np.int64)
    representative[gather[::-1]] = np.arange(n - 1, -1, -1)
    return representative, gather


def _ranked(column: AnyArray) -> tuple[IntArray, int]:
    """Whole numbers that order as a column's values do, from 0 on, (D,), and a bound on them."""
    if column.dtype.kind in "ibf" and len(column):
        if len(column) == 1 or column.strides == (0,):
            return np.zeros(len(column), dtype=np.int64), 1
        low, high = column.min(), column.max()
        if low == high:
            return np.zeros(len(column), dtype=np.int64), 1
        if column.dtype.kind != "f" and int(high) - int(low) < np.iinfo(np.int32).max:
            return column.astype(np.int64) - int(low), int(high) - int(low) + 1
    values, rank = np.unique(column, return_inverse=True)
    return rank.astype(np.int64), max(len(values), 1)


def _hashed(key: IntArray) -> tuple[IntArray, int]:
    """Rank of each key among the distinct ones, (D,), and their number."""
    if len(key) <= FEW:
        values, rank = np.unique(key, return_inverse=True)
        return rank.astype(np.int64), len(values)
    import pandas as pd

    code, distinct = pd.factorize(key)
    rank = np.empty(len(distinct), dtype=np.int64)
    rank[np.argsort(distinct, kind="stable")] = np.arange(len(distinct))
    return rank[code], len(distinct)


def least_of(values: FloatArray, n: int) -> IntArray:
    """Places of the n least values (m,), in rising order; of equals the first, on every machine.

    ``np.argpartition`` takes whichever of equals its instructions for the processor come by.
    """
    most = np.partition(values, n - 1)[n - 1]
    below, equal = np.flatnonzero(values < most), np.flatnonzero(values == most)
    return np.sort(np.concatenate([below, equal[: n - len(below)]]))


def summed_at(index: tuple[IntArray, ...], shape: tuple[int, ...], *values: FloatArray) -> list[FloatArray]:
    """Sums of values (n,) at each place of arrays of ``shape``, in their order; one index array (n,) an axis."""
    place = np.ravel_multi_index(index, shape)
    sums = (np.bincount(place, those, minlength=int(np.prod(shape))) for those in values)
    return [np.asarray(total, dtype=np.float64).reshape(shape) for total in sums]


def of_layers(values: AnyArray, layers: IntArray) -> AnyArray:
    """Values (U, L) at some layers, (U, l): row by row in memory, as ``values[:, layers]`` is not.

    Where they are all layers in their order, the values themselves.
    """
    if len(layers) == values.shape[1] and np.array_equal(layers, np.arange(len(layers))):
        return values
    return np.take(values, layers, axis=1)


def take_rows(record: Record, rows: Any) -> Record:
    """A dataclass of (U, ...) arrays, or of mappings of them, at some rows."""

    def taken(value: Any) -> Any:
        if isinstance(value, Mapping):
            return MappingProxyType({name: rows_of(array, rows) for name, array in value.items()})
        return rows_of(value, rows)

    return replace(record, **{field.name: taken(getattr(record, field.name)) for field in fields(record)})


def rows_of(array: AnyArray, rows: Any) -> AnyArray:
    """An array at some rows, read-only; copied where they are a slice of an array that is not."""
    taken = array[rows]
    return read_only(taken) if taken.base is None else freeze(taken)


def total(parts: Iterable[AnyArray]) -> AnyArray:
    """Sum of arrays of one shape, in their order.

    Unlike ``np.sum`` over a stack of them, whose order of additions depends on their length, so that a design's last
    bit would depend on the designs beside it.
    """
    return reduce(np.add, parts)


def chunks(n: int, size: int) -> Iterator[slice]:
    """Slices of at most ``size`` that cover ``range(n)`` in order."""
    for start in range(0, n, max(size, 1)):
        yield slice(start, min(start + max(size, 1), n))
