"""Tables of technology nodes at every whole nanometre: tabulated nodes, and those between them interpolated."""

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, freeze
from siam_dse.core.once import once
from siam_dse.technology.load import Table
from siam_dse.technology.technology import Technology

NODE = "node_nm"
# Columns of the table of nodes that are no property of a transistor. The others change at once where planar transistors
# become fins, and take the nearest node's value there.
_NOT_OF_TRANSISTORS = ("vdd_v", "vth_v", "wire_width", "wire_resistance", "wire_capacitance")
_COUNTS = ("fins_per_type", "fins_single_type")  # whole numbers: those of the nearest node
_FINS = "fins_per_type"


@once
def node_table(technology: Technology, name: str) -> Table:
    """Table ``name`` of a technology with a row for every whole nanometre between its nodes, behind its own rows.

    Parameters
    ----------
    technology : Technology
    name : str
        A table with the key ``node_nm`` and another.

    Returns
    -------
    Table

    Notes
    -----
    Between two nodes the logarithm of a column is a straight line over the logarithm of the node. A column that is not
    positive at both, a whole number, and a property of transistors between planar ones and fins, is that of the nearer
    node. Texts are those of the nearer node, too.
    """
    table = technology.table(name)
    (other,) = (key for key in table.keys if key != NODE)
    group_of = np.unique(table[other], return_inverse=True)[1]
    parts = [_between(table, np.flatnonzero(group_of == each)) for each in np.unique(group_of)]
    columns = {
        column: freeze(np.concatenate([table[column], *(part[column] for part in parts)])) for column in table.columns
    }
    return Table(name, table.keys, columns)


def is_interpolated(technology: Technology, node_nm: FloatArray) -> BoolArray:
    """Nodes that are not tabulated, (U,)."""
    return np.isin(node_nm, technology.table("nodes")[NODE], invert=True)


def _between(table: Table, rows: IntArray) -> dict[str, AnyArray]:
    """Columns at the whole nanometres between the nodes of ``rows``, which differ in the node alone."""
    rows = rows[np.argsort(table[NODE][rows])]
    known = table[NODE][rows]
    every = np.arange(np.ceil(known[0]), np.floor(known[-1]) + 1)
    node = every[~np.isin(every, known)]
    above = np.searchsorted(known, node)
    share = np.log(node / known[above - 1]) / np.log(known[above] / known[above - 1])
    low, high = rows[above - 1], rows[above]
    nearer = np.where(share < 1 / 2, low, high)
    fins = table.columns.get(_FINS)
    is_mixed = np.zeros(len(node), dtype=bool) if fins is None else (fins[low] > 0) != (fins[high] > 0)
    out: dict[str, AnyArray] = {}
    for column, values in table.columns.items():
        if column == NODE:
            out[column] = node
        elif values.dtype.kind not in "if" or column in _COUNTS:
            out[column] = values[nearer]
        else:
            smooth = (values[low] > 0) & (values[high] > 0) & ~(is_mixed & (column not in _NOT_OF_TRANSISTORS))
            a, b = (np.log(np.where(smooth, values[at], 1.0)) for at in (low, high))
            out[column] = np.where(smooth, np.exp(a + share * (b - a)), values[nearer])
    return out
