"""Cases of the accuracy engine: what the model sees of a design, and the noise of distinct (design, rows) pairs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, unique_rows
from siam_dse.design.cells import is_charge, is_sram
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.engines.accuracy.columns import ColumnSets
from siam_dse.engines.accuracy.moments import LayerData, SetData, assumed_data
from siam_dse.engines.accuracy.ranges import POLICY_CODES
from siam_dse.engines.accuracy.sqnr import ColumnNoise, Converters, column_noise
from siam_dse.engines.accuracy.wire import drop_per_on_cell
from siam_dse.mapping.reads import bits_at_once, code_bits, columns_at_once, is_digital, is_row_by_row, rows_at_once
from siam_dse.technology.load import Constants
from siam_dse.technology.technology import Technology

CHUNK = 64_000  # conversions computed at a time: few calls, and memory that does not grow with the batch


@dataclass(frozen=True)
class AccuracyKeys:
    """What the model sees of a design; (u,) each. Different designs may look alike to it."""

    rows: IntArray  # that a conversion sees
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
    wire_rows: IntArray  # along the column; those of a conversion where the wire does not matter
    combined: IntArray  # cells that a conversion joins
    bits_per_read: IntArray

    @classmethod
    def of_single_reads(cls, rows: IntArray, **columns: AnyArray) -> "AccuracyKeys":
        """Keys of crossbars whose rows are all read at once, bit by bit, each column by itself."""
        one = np.ones(len(rows), dtype=np.int64)
        return cls(rows=rows, wire_rows=rows, combined=one, bits_per_read=one, **columns)

    def columns(self) -> list[AnyArray]:
        """Every column, for ``unique_rows``."""
        return list(vars(self).values())

    def take(self, rows: IntArray) -> "AccuracyKeys":
        """Keys at ``rows``."""
        return AccuracyKeys(**{name: values[rows] for name, values in vars(self).items()})


def accuracy_keys(designs: Designs, *, ideal_wires: bool = False) -> AccuracyKeys:
    """What the model sees of each design.

    A crossbar whose rows are read in groups is one of as many rows on a longer wire. SRAM cells neither leak nor vary,
    their capacitors, where they have some, do by their mismatch and ``cell_sigma`` together; adders sum exactly. Row
    by row is a crossbar of one row, whose converter resolves every level of a cell between thresholds that include the
    pedestal.
    """
    in_sram = is_sram(designs)
    mismatch = designs.technology.constants("reading")["capacitor_mismatch"]
    sigma = np.where(in_sram, 0.0, designs.cell_sigma)
    if np.any(is_charge(designs)):
        sigma = np.where(is_charge(designs) & ~is_row_by_row(designs), np.hypot(designs.cell_sigma, mismatch), sigma)
    by_row = is_row_by_row(designs)
    drop = np.where(by_row | ideal_wires, 0.0, drop_per_on_cell(designs))
    rows = np.where(by_row, 1, rows_at_once(designs))
    policy = np.where(
        ~by_row & ~is_digital(designs) & (designs.adc_range == code("adc_range", "calibrated")),
        POLICY_CODES["calibrated"],
        POLICY_CODES["full"],
    )
    is_seen = ~in_sram & ~by_row & (designs.pedestal == code("pedestal", "digital"))
    return AccuracyKeys(
        rows=rows,
        wire_rows=np.where(drop > 0, designs.crossbar_rows, rows),
        cell_bits=designs.cell_bits,
        combined=columns_at_once(designs),
        on_off_ratio=np.where(in_sram, np.inf, designs.r_off_ohm / designs.r_on_ohm),
        cell_sigma=sigma,
        drop=drop,
        adc_bits=np.where(by_row, designs.cell_bits, code_bits(designs)),
        policy=policy,
        weight_bits=designs.weight_bits,
        activation_bits=designs.activation_bits,
        bits_per_read=bits_at_once(designs),
        is_differential=designs.weight_mapping == code("weight_mapping", "differential"),
        is_pedestal_seen=is_seen,
    )


def noise_of_cases(technology: Technology, keys: AccuracyKeys, filled_rows: IntArray) -> ColumnNoise:
    """Noise a row of the weight matrix, (n,), of cases that may differ in bits, slices and rows filled along a column.

    Both polarities of differential columns have the same moments: their noise is twice one's, their mean errors cancel.
    """
    constants = technology.constants("accuracy")
    correlation = constants["column_correlation"]
    shape = (
        keys.weight_bits, keys.cell_bits, keys.is_differential, keys.combined, keys.activation_bits, keys.bits_per_read,
    )  # fmt: skip
    first, kind = unique_rows(shape)
    kinds = zip(*(values[first].tolist() for values in shape), strict=True)
    data = assumed_data(technology, list(kinds))
    raw, unbiased, bias = (np.empty(len(kind)) for _ in range(3))
    order = np.argsort(keys.policy, kind="stable")  # a policy's ranges are computed for all sets beside those that ask
    for part in _parts((data.layout.n_slices * data.layout.n_bits)[kind[order]]):
        cases = order[part]
        here = keys.take(cases)
        sets = column_sets(constants, here, filled_rows[cases], data.take(kind[cases]), correlation)
        noise = _converted(here, sets, sets.is_nearly_whole, np.ones(len(cases)))
        raw[cases], unbiased[cases], bias[cases] = noise.raw, noise.unbiased, noise.bias
    n_sets = np.where(keys.is_differential, 2, 1)
    return ColumnNoise(n_sets * raw, n_sets * unbiased, np.where(keys.is_differential, 0, bias))


def set_noise(
    constants: Constants,
    keys: AccuracyKeys,
    filled_rows: IntArray,
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
    constants : Constants
        Of the accuracy engine.
    keys : AccuracyKeys (n)
        All with as many slices and bits as ``data`` has.
    filled_rows : (n,)
        Of the column, that the layer fills; a conversion sees as many of them as ``keys`` has.
    data : LayerData (n)
    correlation : float
        Of what two rows of a column pass; 0 for independent data.
    subtracted : LayerData (n), optional
        What the columns hold whose current is subtracted before a signed converter.
    is_aligned : (n,) bool, optional
        Converters' codes lie on whole levels; by default wherever the signal does, or nearly so.
    samples : (n,), optional
        Values a ``minmax`` calibration sees.

    Returns
    -------
    ColumnNoise
    """
    sets = column_sets(constants, keys, filled_rows, data.sets(), correlation)
    if subtracted is not None:
        sets = _with_subtracted(sets, subtracted.sets())
    return _converted(
        keys,
        sets,
        sets.is_nearly_whole if is_aligned is None else is_aligned,
        np.ones(len(filled_rows)) if samples is None else samples,
    )


def column_sets(
    constants: Constants, keys: AccuracyKeys, filled_rows: IntArray, data: SetData, correlation: float
) -> ColumnSets:
    """Sets of columns, each with its own unsigned converters."""
    layout = data.layout
    active_rows = np.minimum(keys.rows, filled_rows).astype(np.float64)
    slice_bits = keys.cell_bits * keys.combined
    level_max = (2**slice_bits - 1).astype(np.float64)
    offset = level_max / (keys.on_off_ratio - 1)
    cell_offset = (2**keys.cell_bits - 1) / (keys.on_off_ratio - 1)
    slice_offset = layout.set_to_slice(offset)
    return ColumnSets(
        layout,
        rows=keys.rows.astype(np.float64),
        active_rows=active_rows,
        row_groups=filled_rows / active_rows,
        input_max=(2**keys.bits_per_read - 1).astype(np.float64),
        level_max=level_max,
        level_offset=offset,
        seen_pedestal=np.where(keys.is_pedestal_seen, offset, 0),
        is_signed=np.zeros(len(active_rows), dtype=bool),
        is_paired=keys.is_differential,
        slice_weight=np.exp2((layout.set_to_slice(slice_bits) * layout.slice_number).astype(np.float64)),
        bit_weight=np.exp2((layout.set_to_bit(keys.bits_per_read) * layout.bit_number).astype(np.float64)),
        digit_mean=data.digit_mean,
        digit_msq=data.digit_msq,
        digit_max=data.digit_max,
        level_mean=data.level_mean,
        level_msq=data.level_msq,
        conducting_mean=data.level_mean + slice_offset,
        conducting_msq=_conducting_msq(data, layout.set_to_slice(cell_offset)),
        stored_msq=data.stored_msq,
        input_mean=data.input_mean,
        input_msq=data.input_msq,
        variance_factor=1 + (active_rows - 1) * correlation,
        constants=constants,
    )


def _converted(keys: AccuracyKeys, sets: ColumnSets, is_aligned: BoolArray, samples: FloatArray) -> ColumnNoise:
    """Noise of sets of columns with the converters, devices and wires of ``keys``."""
    converters = Converters(keys.adc_bits.astype(np.float64), keys.policy, is_aligned, samples)
    return column_noise(sets, converters, keys.cell_sigma, keys.drop)


def _with_subtracted(sets: ColumnSets, subtracted: SetData) -> ColumnSets:
    """The sets with the current of others subtracted before a signed converter.

    A weight is never in both polarities: their mean squares add.
    """
    offset = sets.layout.set_to_slice(sets.level_offset)
    return replace(
        sets,
        is_signed=np.ones(len(sets.rows), dtype=bool),
        is_paired=np.zeros(len(sets.rows), dtype=bool),
        level_mean=sets.level_mean - subtracted.level_mean,
        level_msq=sets.level_msq + subtracted.level_msq,
        conducting_mean=sets.conducting_mean + subtracted.level_mean + offset,
        conducting_msq=sets.conducting_msq + _conducting_msq(subtracted, offset),  # of one cell a slice
    )


def _conducting_msq(data: SetData, offset: FloatArray) -> FloatArray:
    """Mean square conductance of a slice's cells, each weighted as it counts, with the pedestal ``offset`` of one.

    (p,) [levels^2]
    """
    return data.cell_msq + 2 * offset * data.cell_mean + offset**2 * data.cell_square


def _parts(n_conversions: IntArray) -> Iterator[slice]:
    """Slices of cases, in order, that make about ``CHUNK`` conversions each."""
    ends = np.flatnonzero(np.diff(np.cumsum(n_conversions) // CHUNK, append=-1)) + 1
    for start, end in pairwise((0, *ends)):
        yield slice(start, end)
