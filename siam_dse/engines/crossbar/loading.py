"""How the layers of a network load crossbars: used rows and columns, conversions, and how many bit-vectors."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, unique_rows
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.engines.crossbar.law import Loading
from siam_dse.mapping.crossbars import ceil_div, columns_per_weight
from siam_dse.mapping.reads import bits_at_once, rows_at_once
from siam_dse.workload.network import Network


@dataclass(frozen=True)
class Crossbars:
    """What of a design decides how a layer loads its crossbars; arrays (U,)."""

    rows: IntArray
    cols: IntArray
    columns_per_weight: IntArray
    activity: FloatArray  # share of ones in bit-vectors
    read_rows: IntArray  # driven at once
    bits: IntArray  # of an input, applied at once
    is_pulsed: BoolArray  # as one pulse


@dataclass(frozen=True)
class LayerShapes:
    """What of layers decides how they load crossbars; arrays (L,)."""

    rows: IntArray  # of one group
    channels_out: IntArray
    groups: IntArray
    activity: FloatArray  # share of ones in bit-vectors, NaN where unknown
    vectors: FloatArray  # bit-vectors in an inference for each activation bit: positions x (1 - sparsity)


@dataclass(frozen=True)
class Conversions:
    """Conversions whose columns have equally many active rows; arrays (U, L).

    ``dark_share`` is the share of them without an active row, ``foreign_active_rows`` the active rows of other groups
    that share the crossbar of a grouped layer.
    """

    count: FloatArray
    active_rows: FloatArray
    dark_share: FloatArray
    foreign_active_rows: FloatArray


@dataclass(frozen=True)
class LayerLoading:
    """Crossbars of one copy of each layer for one bit-vector; arrays (U, L).

    Row blocks are whole crossbars high but for the last, and each is read in groups of rows: ``full`` are the
    conversions of whole groups, ``rest`` those of the last, smaller group of a whole crossbar (None where all groups
    are whole), ``last`` those of the last group of all.
    """

    loading: Loading
    full: Conversions
    rest: Conversions | None
    last: Conversions

    @property
    def conversions(self) -> tuple[Conversions, ...]:
        """All that there are."""
        return tuple(part for part in (self.full, self.rest, self.last) if part is not None)


@dataclass(frozen=True)
class NetworkLoading:
    """Crossbars of one copy of all layers, for all bit-vectors of one activation bit.

    ``loading`` is (U,); ``conversions`` are (U, G): those of layers that have columns alike are taken together.
    """

    loading: Loading
    conversions: tuple[Conversions, ...]


def crossbars_of(designs: Designs) -> Crossbars:
    """Crossbars of each design, (U,)."""
    return Crossbars(
        rows=designs.crossbar_rows,
        cols=designs.crossbar_cols,
        columns_per_weight=columns_per_weight(designs),
        activity=designs.input_activity,
        read_rows=rows_at_once(designs),
        bits=bits_at_once(designs),
        is_pulsed=designs.input_drive == code("input_drive", "pulse_width"),
    )


def layer_shapes(network: Network) -> LayerShapes:
    """Shape of each layer, (L,)."""
    return LayerShapes(
        rows=np.maximum(network.rows, 1),  # a product has none, and no bit-vectors
        channels_out=network.channels_out,
        groups=network.groups,
        activity=network.input_activity,
        vectors=network.positions * (1 - network.sparsity) * network.routed_share,
    )


def layer_loading(crossbars: Crossbars, shapes: LayerShapes) -> LayerLoading:
    """How layers load crossbars.

    Parameters
    ----------
    crossbars : Crossbars (U)
    shapes : LayerShapes (L)

    Returns
    -------
    LayerLoading

    Notes
    -----
    K weight rows and C columns take ceil(K / R) x ceil(C / C_xb) crossbars: every row is driven in each column block,
    every column converted in each row block. Groups of a grouped convolution that fit a crossbar several times lie
    along its diagonal; larger ones take their own crossbars. Activity is the layer's where known, else the design's.
    Of several bits that an input applies at once it is the mean over their largest value; a pulse is there unless all
    of them are 0, bits being independent. A group of rows that holds no weights is not converted.
    """
    rows, cols = crossbars.rows[:, None], crossbars.cols[:, None]
    groups, layer_rows = shapes.groups[None, :], shapes.rows[None, :]
    columns = shapes.channels_out[None, :] * crossbars.columns_per_weight[:, None] // groups
    row_blocks, column_blocks = ceil_div(layer_rows, rows), ceil_div(columns, cols)
    packed = np.minimum(rows // layer_rows, cols // np.maximum(columns, 1))
    is_packed = (groups > 1) & (packed >= 1)
    units = ceil_div(groups, np.maximum(packed, 1))
    activity = np.where(np.isfinite(shapes.activity), shapes.activity, crossbars.activity[:, None])
    together, bits = crossbars.read_rows[:, None], crossbars.bits[:, None]
    is_pulse = crossbars.is_pulsed[:, None] & (bits > 1)
    driven_share = np.where(is_pulse, 1 - (1 - activity) ** bits, activity)

    full_blocks, left = layer_rows // rows, layer_rows % rows
    reads = full_blocks * ceil_div(rows, together) + ceil_div(left, together)
    groups_of_left, left = left // together, left % together
    rest = rows % together
    driven = np.where(is_packed, groups * layer_rows, layer_rows * column_blocks * groups)
    converted = np.where(is_packed, groups * columns, columns * row_blocks * groups)
    most_sharing = (together - left) / np.maximum(left, 1)  # rows of others that one read has room for
    sharing = np.where(is_packed, np.minimum(groups / units - 1, most_sharing), 0.0)
    return LayerLoading(
        loading=Loading(
            crossbars=np.where(is_packed, units, row_blocks * column_blocks * groups).astype(np.float64),
            rows=driven.astype(np.float64),
            active_rows=driven_share * driven,
            columns=converted.astype(np.float64),
            active_columns=activity * layer_rows * columns * groups,
            read_columns=(reads * columns * groups).astype(np.float64),
        ),
        full=Conversions(
            count=((full_blocks * (rows // together) + groups_of_left) * columns * groups).astype(np.float64),
            active_rows=activity * together,
            dark_share=(1 - activity) ** (bits * together),
            foreign_active_rows=np.zeros(left.shape),
        ),
        rest=Conversions(
            count=((rest > 0) * full_blocks * columns * groups).astype(np.float64),
            active_rows=activity * rest,
            dark_share=(1 - activity) ** (bits * rest),
            foreign_active_rows=np.zeros(left.shape),
        )
        if np.any(rest)
        else None,
        last=Conversions(
            count=((left > 0) * columns * groups).astype(np.float64),
            active_rows=activity * left,
            dark_share=(1 - activity) ** (bits * left * (1 + sharing)),
            foreign_active_rows=sharing * activity * left,
        ),
    )


def network_loading(crossbars: Crossbars, network: Network) -> NetworkLoading:
    """How all layers of a network load crossbars.

    Layers of one shape, and designs with the same crossbars and columns a weight, are worked out once.

    Parameters
    ----------
    crossbars : Crossbars (U)
    network : Network

    Returns
    -------
    NetworkLoading
    """
    shapes = _distinct_shapes(layer_shapes(network))
    different, crossbar = unique_rows(list(vars(crossbars).values()))
    layer = layer_loading(Crossbars(**{name: values[different] for name, values in vars(crossbars).items()}), shapes)
    sums = {name: (values * shapes.vectors).sum(axis=1) for name, values in vars(layer.loading).items()}
    neighbours = np.where(shapes.groups > 1, shapes.channels_out, 0)  # of a group whose crossbar others share
    conversions = (
        *(_together(part, shapes.vectors, [shapes.activity]) for part in (layer.full, layer.rest) if part is not None),
        _together(layer.last, shapes.vectors, [shapes.rows, shapes.groups, neighbours, shapes.activity]),
    )
    return NetworkLoading(
        loading=Loading(**{name: values[crossbar] for name, values in sums.items()}),
        conversions=tuple(
            Conversions(**{name: values[crossbar] for name, values in vars(part).items()}) for part in conversions
        ),
    )


def _distinct_shapes(shapes: LayerShapes) -> LayerShapes:
    """Layers of one shape and activity as one, with the bit-vectors of all of them."""
    first, shape = unique_rows([shapes.rows, shapes.groups, shapes.channels_out, shapes.activity])
    columns = {field.name: getattr(shapes, field.name)[first] for field in fields(shapes)}
    return LayerShapes(**columns | {"vectors": np.bincount(shape, weights=shapes.vectors)})


def _together(part: Conversions, vectors: FloatArray, columns: Sequence[AnyArray]) -> Conversions:
    """Conversions (U, G) in all bit-vectors (L,), those of layers with equal values in ``columns``, (L,) each, as one.

    Layers are brought into the order of their groups first, so that each sum runs over neighbours in memory and adds in
    the same order whatever the batch.
    """
    first, group = unique_rows(columns)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(first)))
    counts = np.take(part.count * vectors, order, axis=1)
    figures = {name: np.take(values, first, axis=1) for name, values in vars(part).items()}
    return Conversions(**figures | {"count": np.add.reduceat(counts, starts, axis=1)})
