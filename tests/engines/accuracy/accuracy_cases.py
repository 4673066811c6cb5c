"""A set of columns by itself, for tests."""

import numpy as np

from siam_dse.engines.accuracy.columns import ColumnSets
from siam_dse.engines.accuracy.layout import Layout
from siam_dse.technology.technology import packaged_technology


def make_sets(
    rows: float = 64, mean: float = 0.25, pedestal: float = 0.0, factor: float = 1.0, *, is_paired: bool = True
) -> ColumnSets:
    """One slice of one-bit cells under one input bit that is 1 a quarter of the time."""
    one = np.ones(1)
    return ColumnSets(
        constants=packaged_technology().constants("accuracy"),
        layout=Layout(np.array([1]), np.array([1])),
        rows=one * rows,
        active_rows=one * rows,
        row_groups=one,
        input_max=one,
        level_max=one,
        level_offset=one * pedestal,
        seen_pedestal=one * pedestal,
        is_signed=np.array([False]),
        is_paired=np.array([is_paired]),
        slice_weight=one,
        bit_weight=one,
        digit_mean=one / 4,
        digit_msq=one / 4,
        digit_max=one,
        level_mean=one * mean,
        level_msq=one * mean,
        conducting_mean=one * (mean + pedestal),
        conducting_msq=one * (mean + 2 * pedestal * mean + pedestal**2),
        stored_msq=one * mean,
        input_mean=one / 4,
        input_msq=one / 4,
        variance_factor=one * factor,
    )
