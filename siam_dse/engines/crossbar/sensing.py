"""Time of one sensing step: word line or column select, bit line, conversion, encoder."""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.engines.crossbar.adc import held_time
from siam_dse.engines.crossbar.adder_tree import tree_delay
from siam_dse.engines.crossbar.array import (
    access_resistance,
    array_size,
    bit_line_capacitance,
    mean_cell_conductance,
)
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.column_mux import mux_delay
from siam_dse.engines.crossbar.encoder import encoder_delay
from siam_dse.engines.crossbar.row_decoder import row_decoder_delay
from siam_dse.engines.crossbar.select_line import select_delay
from siam_dse.engines.crossbar.sram_column import bit_line_delay, has_sense_amp, precharge_delay, sense_amp_time
from siam_dse.engines.crossbar.word_line import word_line_delay
from siam_dse.technology.delays import output_slope
from siam_dse.technology.gates import wire_resistance


@dataclass(frozen=True)
class SensingPath:
    """Stages of one sensing step; (U,) each [s], before the calibrated factor."""

    word_line_s: FloatArray
    select_s: FloatArray
    precharge_s: FloatArray
    column_s: FloatArray
    conversion_s: FloatArray
    encoder_s: FloatArray

    @property
    def driving_s(self) -> FloatArray:
        """Word line and column select start together, (U,)."""
        return np.maximum(self.word_line_s, self.select_s)

    @property
    def reading_s(self) -> FloatArray:
        """From the driven array to the code, (U,)."""
        return self.precharge_s + self.column_s + self.conversion_s + self.encoder_s


def sensing_path(case: Case, conductance_s: FloatArray) -> SensingPath:
    """Stages of one sensing step.

    Parameters
    ----------
    case : Case
    conductance_s : (U,) [S], of the column that decides the converter's time

    Notes
    -----
    Adders take the place of column and converter in a digital array.

    Step = 1.4 x [max(word line, mux + select) + precharge + column + conversion + encoder].

    References
    ----------
    [neurosim13] SubArray.cpp, CalculateLatency (measured, exact).
    """
    parallel = word_line_delay(case)
    by_row, by_row_slope = row_decoder_delay(case)
    word_line = np.where(case.is_row_by_row, by_row, parallel)
    register = np.where(case.is_siam, case.register.time_s, 0.0)
    slope = np.where(case.is_row_by_row, by_row_slope, output_slope(case.node, parallel - register))
    amplified = has_sense_amp(case)
    held_s = np.where(case.is_digital, tree_delay(case), held_time(case, conductance_s))
    has_mux = (case.steps > 1) & ~amplified
    return SensingPath(
        word_line_s=word_line,
        select_s=np.where(has_mux, mux_delay(case) + select_delay(case), 0.0),
        precharge_s=precharge_delay(case),
        column_s=np.where(case.is_sram, bit_line_delay(case, slope), column_delay(case)),
        conversion_s=np.where(amplified, case.node.slowdown * sense_amp_time(case), held_s),
        encoder_s=encoder_delay(case),
    )


def further_pulses(case: Case) -> FloatArray:
    """Units of time by which the longest pulse exceeds one, (U,): 2^b - 2 of b bits that a pulse's width carries."""
    return np.where(case.is_pulsed, 2**case.bits_per_read - 2, 0.0)


def pulse_unit_time(case: Case) -> FloatArray:
    """Unit of a pulse's width [s], (U,): word line and column follow it."""
    return np.where(case.is_pulsed, word_line_delay(case), 0.0) + np.where(case.is_pulsed, column_delay(case), 0.0)


def settling_time(case: Case) -> FloatArray:
    """Time until word lines and columns of resistive cells have settled [s], (U,), before the calibrated factor."""
    word_line = np.where(case.is_row_by_row, row_decoder_delay(case)[0], word_line_delay(case))
    return np.asarray(word_line + column_delay(case))


def column_delay(case: Case) -> FloatArray:
    """Settling time of a column of resistive cells [s], (U,).

    The bit line settles through the cells that drive it: half of the rows of a parallel read, at least one,
    one row by row.

    Notes
    -----
    t = 0.2 C_BL (R_driven + R_wire / 2), R_driven = 1 / (mean conductance x rows driven / 2). The source takes the mean
    of r_on and r_off instead of the mean conductance and no wire (``mean_resistance_column``).

    References
    ----------
    [neurosim13] SubArray.cpp, CalculateLatency (measured, exact with the option).
    """
    share = case.technology.constants("crossbar")["column_delay_share"]
    driving = np.where(case.is_row_by_row, 1.0, np.maximum(case.read_rows / 2, 1))
    load = bit_line_capacitance(case)
    if case.options.mean_resistance_column:
        mean = (case.r_on_ohm + case.r_off_ohm) / 2 + access_resistance(case)
        return np.asarray(share * load * mean / driving)
    wire = wire_resistance(case.node, array_size(case)[1])
    return np.asarray(share * load * (1 / (mean_cell_conductance(case) * driving) + wire / 2))


def sensing_time(case: Case, path: SensingPath) -> FloatArray:
    """Time of one sensing step [s], (U,): (driving + reading) x the calibrated factor, 1.4 in V1.3 and 1 in SIAM's.

    A pulse that carries several bits takes 2^b - 1 units in place of one.
    """
    is_measured = case.is_survey & ~has_sense_amp(case)  # a rate of silicon wants no factor from before its layout
    measured_s = np.where(is_measured, path.conversion_s, 0.0)
    simulated_s = np.where(is_measured, path.reading_s - measured_s, path.reading_s)
    step_s = path.driving_s + simulated_s
    pulses = further_pulses(case)
    if np.any(pulses):
        step_s = step_s + pulses * (path.word_line_s + path.column_s)
    return np.asarray(case.circuit.latency_factor * step_s + measured_s)


def read_times(case: Case, path: SensingPath, calibrated: float = 1.0) -> tuple[FloatArray, FloatArray]:
    """Time that a read takes once, and that of each of its conversions [s], (U,) each.

    Rows that are driven anew for each conversion take nothing once and a whole step each. Where columns hold what they
    gave, rows are driven and columns settle once, and the converters step through what is held; the next read begins
    behind the last of them. ``calibrated`` is the factor of a measured macro.
    """
    step_s, is_held = calibrated * sensing_time(case, path), case.is_held
    if not np.any(is_held):
        return np.zeros(len(case)), step_s
    nothing = np.zeros(len(case))
    walking = replace(path, word_line_s=nothing, precharge_s=nothing, column_s=nothing)
    once_s = path.word_line_s + path.precharge_s + path.column_s
    once_s = once_s + further_pulses(case) * (path.word_line_s + path.column_s)
    once_s = calibrated * case.circuit.latency_factor * once_s
    return np.where(is_held, once_s, 0.0), np.where(is_held, calibrated * sensing_time(case, walking), step_s)
