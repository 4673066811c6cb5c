"""Frozen arrays, factorisation over unique keys, and chunks of bounded memory.

A quantity that depends on k axes of a design is computed once for every combination of those axes that occurs in a
batch and gathered: ``unique_rows`` finds the combinations, ``values[gather]`` expands them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
AnyArray: TypeAlias = NDArray[Any]
Record = TypeVar("Record", bound=Any)


def freeze(values: ArrayLike, dtype: Any = None) -> AnyArray:
    """Read-only copy of ``values``; an array that is read-only already and of the right type is returned as it is."""
    array = np.asarray(values, dtype=dtype)
    if array.flags.writeable:
        array = array.copy() if array is values or array.base is not None else array
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
    Columns are ranked one after another and the ranks folded into one integer key, which sorts integers instead of
    rows; the key is re-ranked before it could overflow.
    """
    if not columns:
        message = "unique_rows needs at least one column"
        raise ValueError(message)
    n = len(columns[0])
    key = np.zeros(n, dtype=np.int64)
    n_keys = 1
    for column in columns:
        if n and np.all(column == column[0]):
            continue
        values, rank = np.unique(column, return_inverse=True)
        if n_keys > np.iinfo(np.int64).max // max(len(values), 1):
            kept, key = np.unique(key, return_inverse=True)
            n_keys = len(kept)
        key = key * len(values) + rank
        n_keys *= len(values)
    _, representative, gather = np.unique(key, return_index=True, return_inverse=True)
    return representative.astype(np.int64), gather.astype(np.int64)


def by_choice(
    codes: IntArray,
    functions: Mapping[int, Callable[[IntArray], AnyArray]],
    *,
    trailing: tuple[int, ...] = (),
) -> AnyArray:
    """Values of the function that each row's code names, computed once a code on the rows that have it.

    Parameters
    ----------
    codes : (U,) int64
    functions : code -> function of row indices (n,) that returns (n, *trailing)
    trailing : shape of one row's value

    Returns
    -------
    (U, *trailing) float64
    """
    out = np.empty((len(codes), *trailing), dtype=np.float64)
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        out[rows] = functions[int(code)](rows)
    return out


def take_rows(record: Record, rows: Any) -> Record:
    """A dataclass of (U, ...) arrays, or of mappings of them, at some rows."""

    def taken(value: Any) -> Any:
        if isinstance(value, Mapping):
            return MappingProxyType({name: freeze(array[rows]) for name, array in value.items()})
        return freeze(value[rows])

    return replace(record, **{field.name: taken(getattr(record, field.name)) for field in fields(record)})


def chunks(n: int, size: int) -> Iterator[slice]:
    """Slices of at most ``size`` that cover ``range(n)`` in order."""
    for start in range(0, n, max(size, 1)):
        yield slice(start, min(start + max(size, 1), n))
