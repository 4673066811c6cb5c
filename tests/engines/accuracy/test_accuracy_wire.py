"""Column wire: hand count and scaling."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.api import evaluate
from siam_dse.design.designs import Designs
from siam_dse.engines.accuracy.wire import drop_per_on_cell, group_reach


def test_far_end_drop_at_mean_activity() -> None:
    # A quarter of the rows active, half of the cells on: the cell at the far end of N rows loses rho N^2 / 2 / 8:
    # about 0.7 % at 128 rows, 2.8 % at 256 and 11 % at 512 with 100 kohm cells at 32 nm.
    designs = Designs.grid(crossbar_size=[128, 256, 512])
    lost = drop_per_on_cell(designs) * designs.crossbar_rows**2 / 2 / 8
    assert_allclose(lost, [0.007, 0.028, 0.11], rtol=0.03)


def test_sram_columns_do_not_drop() -> None:
    assert drop_per_on_cell(Designs.grid(cell="sram")) == 0


def test_drop_falls_with_cell_resistance_and_rises_with_the_cell() -> None:
    drop = drop_per_on_cell(Designs.grid(r_on_ohm=[1e4, 1e5]))
    assert_allclose(drop[0], 10 * drop[1], rtol=1e-12)
    # half the height along the column, no access transistor: 1/2 x 1.25
    both = drop_per_on_cell(Designs.grid(cell=["rram_1t1r", "rram_crosspoint"]))
    assert_allclose(both[1] / both[0], 1.25 / 2, rtol=1e-12)


@pytest.mark.parametrize("node", [7, 32, 130])
def test_smaller_nodes_drop_more(node: int) -> None:
    smaller, larger = drop_per_on_cell(Designs.grid(node_nm=[node, 130]))
    assert smaller >= larger > 0


def test_cells_at_10_nm_drop_most() -> None:
    # 10 and 7 nm share an 18 nm wire of 98 ohm/um, 14 nm has one of 25 nm and 40.6 ohm/um; cells are 4 F along it:
    # 2.28, 3.92 and 2.74 ohm a cell beside 125 kohm of cell and transistor
    drop = drop_per_on_cell(Designs.grid(node_nm=[14, 10, 7]))
    assert_allclose(drop * 125e3, [2.276, 3.920, 2.744], rtol=1e-3)


def test_a_last_group_of_one_row_counts_as_one_row() -> None:
    """128 rows, 127 at a time: 1/128 of them lie one length away; 2.5 groups: shares 0.4, 0.4 and 0.2."""
    reach = group_reach(np.asarray([1.0, 128 / 127, 2.0, 2.5]))
    assert_allclose(reach.offset, [0, 1 / 128, 1 / 2, 0.4 + 2 * 0.2], rtol=1e-12)
    assert_allclose(reach.offset_variance, [0, 127 / 128**2, 1 / 4, 0.4 + 4 * 0.2 - 0.8**2], rtol=1e-12, atol=1e-15)


def test_sqnr_hardly_moves_where_one_row_fewer_is_read_at_once() -> None:
    sqnr_db = evaluate("resnet20", Designs.grid(crossbar_rows=256, rows_per_read=[127, 128])).column("sqnr_db")
    assert_allclose(sqnr_db[0], sqnr_db[1], atol=0.3)
