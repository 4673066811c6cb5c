"""Cases of the accuracy engine: what the model sees of a design, and the noise of distinct (design, rows) pairs."""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, chunks, unique_rows
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.engines.accuracy.columns import ColumnSets
from siam_dse.engines.accuracy.moments import LayerData, layer_data, n_slices
from siam_dse.engines.accuracy.ranges import POLICY_CODES
from siam_dse.engines.accuracy.sqnr import ColumnNoise, Converters, column_noise
from siam_dse.engines.accuracy.wire import drop_per_on_cell
from siam_dse.technology.load import load_constants

CHUNK_VALUES = 100_000  # values of one (n, S, B) array: what a cache holds


@dataclass(frozen=True)
class AccuracyKeys:
    """What the model sees of a design; (u,) each. Different designs may look alike to it."""

    rows: IntArray
    cell_bits: IntArray
    on_off_ratio: FloatArray
    cell_sigma: FloatArray
    drop: FloatArray
    adc_bits: IntArray
    policy: IntArray
    weight_bits: IntArray
    activation_bits: IntArray
    is_differential: BoolArray
    is_pedestal_seen: BoolArray

    def columns(self) -> list[AnyArray]:
        """Every column, for ``unique_rows``."""
        return list(vars(self).values())

    def take(self, rows: IntArray) -> "AccuracyKeys":
        """Keys at ``rows``."""
        return AccuracyKeys(**{name: values[rows] for name, values in vars(self).items()})


def accuracy_keys(designs: Designs, *, ideal_wires: bool = False) -> AccuracyKeys:
    """What the model sees of each design.

    SRAM cells neither leak nor vary. Reading row by row is a crossbar of one row, whose converter resolves every level
    of a cell between thresholds that include the pedestal.
    """
    is_sram = designs.cell == code("cell", "sram")
    by_row = designs.read_mode == code("read_mode", "row_by_row")
    policy = np.where(
        ~by_row & (designs.adc_range == code("adc_range", "calibrated")),
        POLICY_CODES["calibrated"],
        POLICY_CODES["full"],
    )
    is_seen = ~is_sram & ~by_row & (designs.pedestal == code("pedestal", "digital"))
    return AccuracyKeys(
        rows=np.where(by_row, 1, designs.crossbar_rows),
        cell_bits=designs.cell_bits,
        on_off_ratio=np.where(is_sram, np.inf, designs.r_off_ohm / designs.r_on_ohm),
        cell_sigma=np.where(is_sram, 0.0, designs.cell_sigma),
        drop=np.where(by_row | ideal_wires, 0.0, drop_per_on_cell(designs)),
        adc_bits=np.where(by_row, designs.cell_bits, designs.adc_bits),
        policy=policy,
        weight_bits=designs.weight_bits,
        activation_bits=designs.activation_bits,
        is_differential=designs.weight_mapping == code("weight_mapping", "differential"),
        is_pedestal_seen=is_seen,
    )


def noise_of_cases(keys: AccuracyKeys, active_rows: IntArray) -> ColumnNoise:
    """Noise a row of the weight matrix, (n,), of cases that may differ in bits and slices.

    Both polarities of differential columns have the same moments: their noise is twice one's, their mean errors cancel.
    """
    n = len(active_rows)
    correlation = load_constants("accuracy")["column_correlation"]
    raw, unbiased, bias = (np.empty(n) for _ in range(3))
    data = (keys.weight_bits, keys.cell_bits, keys.is_differential, keys.activation_bits)
    first, data_key = unique_rows(data)
    kinds = [(int(w), int(c), bool(d), int(a)) for w, c, d, a in zip(*(v[first] for v in data), strict=True)]
    shapes = np.array([(n_slices(w, c, d), a) for w, c, d, a in kinds])
    _, shape_of_kind = np.unique(shapes, axis=0, return_inverse=True)
    for shape in np.unique(shape_of_kind):
        members = np.flatnonzero(shape_of_kind == shape)
        table = layer_data([kinds[i] for i in members])
        position = np.zeros(len(kinds), dtype=np.int64)
        position[members] = np.arange(len(members))
        cases = np.flatnonzero(shape_of_kind[data_key] == shape)
        size = int(np.prod(shapes[members[0]]))
        for part in chunks(len(cases), CHUNK_VALUES // size):
            rows = cases[part]
            taken = table.take(position[data_key[rows]])
            noise = set_noise(keys.take(rows), active_rows[rows].astype(np.float64), taken, correlation)
            sets = np.where(keys.is_differential[rows], 2, 1)
            raw[rows], unbiased[rows] = sets * noise.raw, sets * noise.unbiased
            bias[rows] = np.where(keys.is_differential[rows], 0, noise.bias)
    return ColumnNoise(raw, unbiased, bias)


def set_noise(
    keys: AccuracyKeys,
    active_rows: FloatArray,
    data: LayerData,
    correlation: float,
    *,
    subtracted: LayerData | None = None,
    is_aligned: BoolArray | None = None,
    samples: FloatArray | None = None,
) -> ColumnNoise:
    """Noise of one set of columns, a row of the weight matrix, (n,).

    Parameters
    ----------
    keys : AccuracyKeys (n)
        All with as many slices and bits as ``data`` has.
    active_rows : (n,)
    data : LayerData (n)
    correlation : float
        Of what two rows of a column pass; 0 for independent data.
    subtracted : LayerData (n), optional
        What the columns hold whose current is subtracted before a signed converter.
    is_aligned : (n,) bool, optional
        Converters' codes lie on whole levels; by default wherever the signal does.
    samples : (n,), optional
        Values a ``minmax`` calibration sees.

    Returns
    -------
    ColumnNoise
    """
    n = len(active_rows)
    level_max = (2**keys.cell_bits - 1).astype(np.float64)
    offset = level_max / (keys.on_off_ratio - 1)
    sets = ColumnSets(
        rows=keys.rows.astype(np.float64),
        active_rows=active_rows,
        level_max=level_max,
        level_offset=offset,
        seen_pedestal=np.where(keys.is_pedestal_seen, offset, 0),
        is_signed=np.full(n, subtracted is not None),
        is_paired=keys.is_differential & (subtracted is None),
        slice_weight=np.exp2((keys.cell_bits[:, None] * np.arange(data.level_mean.shape[1])).astype(np.float64)),
        bit_weight=np.tile(np.exp2(np.arange(data.bit_density.shape[1], dtype=np.float64)), (n, 1)),
        bit_density=data.bit_density,
        level_mean=data.level_mean,
        level_msq=data.level_msq,
        conducting_mean=data.level_mean + offset[:, None],
        conducting_msq=_conducting_msq(data, offset),
        stored_msq=data.stored_msq,
        input_mean=data.input_mean,
        input_msq=data.input_msq,
        variance_factor=1 + (active_rows - 1) * correlation,
    )
    if subtracted is not None:  # a weight is never in both polarities: their mean squares add
        sets = replace(
            sets,
            level_mean=sets.level_mean - subtracted.level_mean,
            level_msq=sets.level_msq + subtracted.level_msq,
            conducting_mean=sets.conducting_mean + subtracted.level_mean + offset[:, None],
            conducting_msq=sets.conducting_msq + _conducting_msq(subtracted, offset),
        )
    converters = Converters(
        keys.adc_bits.astype(np.float64),
        keys.policy,
        sets.is_whole if is_aligned is None else is_aligned & sets.is_whole,
        np.ones(n) if samples is None else samples,
    )
    return column_noise(sets, converters, keys.cell_sigma, keys.drop)


def _conducting_msq(data: LayerData, offset: FloatArray) -> FloatArray:
    """Mean square conductance of a slice's cells with the pedestal, (n, S) [levels^2]."""
    return data.level_msq + 2 * offset[:, None] * data.level_mean + offset[:, None] ** 2
