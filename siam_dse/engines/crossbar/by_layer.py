"""Converters that run at fewer bits in some layers than they can do: what a layer then takes."""

from dataclasses import replace

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.design.designs import Designs
from siam_dse.engines.crossbar.array import mean_cell_conductance
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.design_case import case_of_designs, counts_pedestal
from siam_dse.engines.crossbar.pedestal import subtractor_unit
from siam_dse.engines.crossbar.sensing import read_times, sensing_path
from siam_dse.engines.crossbar.subarray import Converter
from siam_dse.engines.crossbar.timing import bit_vector_time


def cycles_share(case: Case, bits: IntArray) -> FloatArray:
    """Share of a conversion's cycles that one of fewer bits takes, (U, L).

    Parameters
    ----------
    case : Case (U)
    bits : (U, L) [bit]

    Notes
    -----
    A SAR of B bits samples in one cycle and settles a bit in each other: after b of them it stops, (b + 1) / (B + 1).
    A flash takes the same time; adders and sense amplifiers have no bits to leave out.
    """
    most = case.adc_bits[:, None]
    is_fixed = (case.is_flash | case.is_row_by_row | case.is_digital)[:, None]
    return np.where(is_fixed, 1.0, (bits + 1) / (most + 1))


def comparators_share(case: Case, bits: IntArray) -> FloatArray:
    """Share of a flash converter's comparators that are on at fewer bits, (U, L): (2^b - 1) / (2^B - 1), else 1.

    SIAM's flash takes the same power whatever its levels.
    """
    is_counted = case.is_flash & ~case.is_row_by_row & ~(case.is_siam & ~case.is_survey)
    return np.where(is_counted[:, None], (2.0**bits - 1) / (2 ** case.adc_bits[:, None] - 1), 1.0)


def at_bits(converter: Converter, case: Case, bits: IntArray) -> Converter:
    """A converter at the ``bits`` (U, L) of each layer, whose arrays are then (U, L).

    Time and power of the column's current go with the cycles; a flash converter's own power goes with its comparators.
    What thermal noise demands is charged by the sampling, whatever follows.
    """
    cycles, comparators = cycles_share(case, bits), comparators_share(case, bits)
    law, draws_none = converter.law, case.has_no_current[:, None]
    published = np.where(case.is_survey[:, None], cycles * comparators, 1.0)
    return replace(
        converter,
        time_s=converter.time_s[:, None] * cycles,
        law=replace(
            law,
            fixed_w=law.fixed_w[:, None] * comparators,
            dark_w=law.dark_w[:, None] * np.where(draws_none, comparators, 1.0),
        ),
        fixed_j=converter.fixed_j[:, None] * published,
    )


def position_time(designs: Designs, bits: IntArray) -> FloatArray:
    """Time of all bit-vectors of a position in each layer [s], (U, L).

    Parameters
    ----------
    designs : Designs (U)
        ``CROSSBAR_FIELDS``.
    bits : (U, L) [bit]
        That converters run at.

    Notes
    -----
    As of :func:`siam_dse.engines.crossbar.engine.crossbar_unit` but for the conversion's cycles.
    """
    case = case_of_designs(designs)
    path, subtractor = sensing_path(case, mean_cell_conductance(case)), subtractor_unit(case, counts_pedestal(designs))
    calibrated = designs.technology.constants("calibration")["time"]
    out = np.empty(bits.shape)
    for own in np.unique(bits):
        share = cycles_share(case, np.full((len(case), 1), own))[:, 0]
        read_s = read_times(case, replace(path, conversion_s=share * path.conversion_s), calibrated)
        each_s = bit_vector_time(case, read_s, designs.clock_hz, designs.input_activity, subtractor) * case.input_reads
        out = np.where(bits == own, each_s[:, None], out)
    return out
