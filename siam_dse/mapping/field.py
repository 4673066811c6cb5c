"""Where chiplets stand in the field of dies of a package: rows as long as the package's mesh is wide."""

import numpy as np

from siam_dse.core.arrays import IntArray


def snake(place: IntArray, side: IntArray | int) -> IntArray:
    """Places on a square with every other row from its far end: of places row by row, and the other way round."""
    row = place // side
    return np.where(row % 2 == 1, (2 * row + 1) * side - 1 - place, place)


def field_of_dies(n_chiplets: int) -> tuple[int, int]:
    """Columns and rows of the field of so many dies."""
    columns = int(np.ceil(np.sqrt(n_chiplets)))
    return columns, -(-n_chiplets // columns)


def places_in_field(site: IntArray, side: IntArray, n_chiplets: int) -> IntArray:
    """Place of each chiplet of packages of equally many.

    Chiplets with weights stand on a square of their own, a corner of the field; others fill what is left, row by row.

    Parameters
    ----------
    site : (n, C)
        Places of the chiplets with weights on their squares, row by row; -1 where there is none.
    side : (n,)
        Of the squares.
    n_chiplets : int

    Returns
    -------
    (n, n_chiplets) int64
        Column + columns of the field x row.
    """
    columns, rows = field_of_dies(n_chiplets)
    site = np.pad(site, ((0, 0), (0, max(n_chiplets - site.shape[1], 0))), constant_values=-1)[:, :n_chiplets]
    row, column = np.divmod(site, side[:, None])
    has_site, place = site >= 0, row * columns + column
    is_taken = np.zeros((len(site), rows * columns), dtype=bool)
    is_taken[np.nonzero(has_site)[0], place[has_site]] = True
    free = np.argsort(is_taken, axis=1, kind="stable")
    number = np.arange(n_chiplets) - has_site.sum(axis=1, keepdims=True)  # among those without
    return np.where(has_site, place, np.take_along_axis(free, np.maximum(number, 0), axis=1))
