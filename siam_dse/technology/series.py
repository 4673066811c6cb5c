"""Series of constants over technology nodes."""

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.technology.load import Constants


def at_node(c: Constants, nodes: str, values: str, node_nm: FloatArray) -> FloatArray:
    """A series over nodes at some nodes, (U,): straight lines between logarithms, beyond both ends too.

    Parameters
    ----------
    c : Constants
    nodes, values : str
        Names of the two series in it, nodes rising.
    node_nm : (U,) [nm]

    Returns
    -------
    (U,) float64, in the unit of the values
    """
    x, y = np.log(c.series(nodes)), np.log(c.series(values))
    at = np.log(node_nm)
    here = np.clip(np.searchsorted(x, at) - 1, 0, len(x) - 2)
    slope = (y[here + 1] - y[here]) / (x[here + 1] - x[here])
    return np.asarray(np.exp(y[here] + slope * (at - x[here])))
