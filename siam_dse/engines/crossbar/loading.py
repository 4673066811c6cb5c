"""How the layers of a network load crossbars: used rows and columns, conversions, and how many bit-vectors."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.design.designs import Designs
from siam_dse.engines.crossbar.law import Loading
from siam_dse.mapping.crossbars import ceil_div, layer_columns
from siam_dse.workload.network import Network


@dataclass(frozen=True)
class LayerLoading:
    """Crossbars of one copy of each layer for one bit-vector, and its bit-vectors in an inference; arrays (U, L).

    Row blocks are whole crossbars high but for the last. ``full_conversions`` see ``full_active_rows``,
    ``last_conversions`` the ``last_active_rows`` of the last block; the dark shares are those of conversions without
    an active row. ``foreign_active_rows`` are active rows of other groups that share the crossbar of a grouped layer.
    """

    loading: Loading
    full_conversions: FloatArray
    full_active_rows: FloatArray
    full_dark_share: FloatArray
    last_conversions: FloatArray
    last_active_rows: FloatArray
    last_dark_share: FloatArray
    foreign_active_rows: FloatArray
    vectors: FloatArray


def layer_activity(designs: Designs, network: Network) -> FloatArray:
    """Share of ones in a layer's bit-vectors, (U, L): the network's where known, else the design's."""
    known = np.isfinite(network.input_activity)[None, :]
    return np.where(known, np.where(known, network.input_activity[None, :], 0.0), designs.input_activity[:, None])


def layer_loading(designs: Designs, network: Network) -> LayerLoading:
    """How the layers load crossbars.

    Parameters
    ----------
    designs : Designs (U)
    network : Network (L)

    Returns
    -------
    LayerLoading

    Notes
    -----
    K weight rows and C columns take ceil(K / R) x ceil(C / C_xb) crossbars: every row is driven in each column block,
    every column converted in each row block. Groups of a grouped convolution that fit a crossbar several times lie
    along its diagonal; larger ones take their own crossbars. Bit-vectors: positions x activation bits x (1 -
    sparsity).
    """
    rows, cols = designs.crossbar_rows[:, None], designs.crossbar_cols[:, None]
    groups, layer_rows = network.groups[None, :], network.rows[None, :]
    columns = layer_columns(designs, network) // groups
    row_blocks, column_blocks = ceil_div(layer_rows, rows), ceil_div(columns, cols)
    packed = np.minimum(rows // layer_rows, cols // np.maximum(columns, 1))
    is_packed = (groups > 1) & (packed >= 1)
    units = ceil_div(groups, np.maximum(packed, 1))
    activity = layer_activity(designs, network)

    full_blocks, left = layer_rows // rows, layer_rows % rows
    driven = np.where(is_packed, groups * layer_rows, layer_rows * column_blocks * groups)
    converted = np.where(is_packed, groups * columns, columns * row_blocks * groups)
    loading = Loading(
        crossbars=np.where(is_packed, units, row_blocks * column_blocks * groups).astype(np.float64),
        rows=driven.astype(np.float64),
        active_rows=activity * driven,
        columns=converted.astype(np.float64),
        active_columns=activity * layer_rows * columns * groups,
    )
    whole = np.broadcast_to(rows, left.shape).astype(np.float64)
    sharing = np.where(is_packed, groups / units - 1, 0.0)
    return LayerLoading(
        loading=loading,
        full_conversions=(full_blocks * columns * groups).astype(np.float64),
        full_active_rows=activity * whole,
        full_dark_share=(1 - activity) ** whole,
        last_conversions=((left > 0) * columns * groups).astype(np.float64),
        last_active_rows=activity * left,
        last_dark_share=(1 - activity) ** (left * (1 + sharing)),
        foreign_active_rows=sharing * activity * left,
        vectors=network.positions[None, :] * designs.activation_bits[:, None] * (1 - network.sparsity[None, :]),
    )
