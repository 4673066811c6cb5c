"""Time of one bit-vector: the pipelined design model, and the cycle and latency counts of the sources."""

import numpy as np

from siam_dse.core.arrays import FloatArray, total
from siam_dse.core.units import ROUNDING
from siam_dse.engines.crossbar import shift_add
from siam_dse.engines.crossbar.adc import runs_away
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.sensing import SensingPath
from siam_dse.engines.crossbar.sram_column import has_sense_amp


def whole_cycles(delay_s: FloatArray, clock_hz: FloatArray | float) -> FloatArray:
    """Cycles that hold a delay, (U,); at least one."""
    return np.maximum(np.ceil(delay_s * clock_hz * (1 - ROUNDING)), 1)


def adder_cycles(case: Case, unit: shift_add.Unit, clock_hz: FloatArray | float) -> FloatArray:
    """Cycles of one addition, its register included in the cycle, (U,); 0 where there is no such unit."""
    register = case.register.time_s
    return np.where(unit.exists, whole_cycles(shift_add.unit_delay(case, unit) - register, clock_hz), 0.0)


def bit_vector_time(
    case: Case,
    read_s: tuple[FloatArray, FloatArray],
    clock_hz: FloatArray,
    input_activity: FloatArray,
    subtractor: shift_add.Unit,
) -> FloatArray:
    """Time of one bit-vector through all columns [s], (U,).

    Converters step through their columns in each read of a group of rows; additions run behind them in a pipeline at
    the digital clock and count only where they are slower. Row by row, rows whose bit is 0 are skipped.

    Parameters
    ----------
    case : Case
    read_s : two of (U,) [s], what a read takes once and for each conversion (``sensing.read_times``)
    clock_hz : (U,) [Hz]
    input_activity : (U,)
    subtractor : Unit, of a digital pedestal

    Notes
    -----
    t = max(N (once + m max(step, accumulation)), m subtraction of the pedestal, m addition over cells, ceil(m / n)
    addition over input bits or subtraction of differential weights) with n columns a weight; N = the reads of a
    parallel bit-vector, or the active rows, at least one.
    Every addition takes whole cycles. Sense amplifiers of SRAM row by row: m = 1, n additions over cells and one over
    input bits.
    """
    steps = np.where(has_sense_amp(case), 1.0, case.steps)
    reads = np.where(case.is_row_by_row, np.maximum(input_activity * case.rows, 1), case.row_reads)
    accumulated = adder_cycles(case, shift_add.accumulator_unit(case), clock_hz) / clock_hz
    once_s, step_s = read_s
    all_s = reads * once_s + reads * steps * np.maximum(step_s, accumulated)
    behind = (
        (shift_add.weight_runs(case), subtractor),
        (shift_add.weight_runs(case), shift_add.weight_unit(case)),
        (np.ceil(shift_add.input_runs(case)), shift_add.input_unit(case)),
        (np.ceil(shift_add.difference_runs(case)), shift_add.difference_unit(case)),
    )
    slowest = all_s
    for runs, unit in behind:
        slowest = np.maximum(slowest, runs * adder_cycles(case, unit, clock_hz) / clock_hz)
    return np.asarray(slowest)


def fill_time(case: Case, clock_hz: FloatArray, subtractor: shift_add.Unit) -> FloatArray:
    """Time of the additions behind the last conversion [s], (U,): each unit once in whole cycles, its register within.

    ``subtractor`` is that of a digital pedestal.
    """
    units = (
        subtractor,
        shift_add.accumulator_unit(case),
        shift_add.weight_unit(case),
        shift_add.difference_unit(case),
        shift_add.input_unit(case),
    )
    cycles = total(adder_cycles(case, unit, clock_hz) for unit in units)
    return np.asarray(cycles / clock_hz)


SOURCE_CLOCK_HZ = 1e9  # [neurosim13] counts the cycles of adders at 1 GHz


def source_cycles(case: Case, active_rows: FloatArray, clock_hz: float = SOURCE_CLOCK_HZ) -> FloatArray:
    """Cycles of a bit-vector as the source counts them at 1 GHz and charges them at the sensing clock, (U,).

    Parameters
    ----------
    case : Case
    active_rows : (U,)
        Rows read one after another in row-by-row reading.
    clock_hz : nominal clock at which the source counts adders

    Notes
    -----
    Parallel: m + m [n > 1] + floor(m / n) [i > 1]. Row by row: N m (1 + adder cycles) + m + floor(m / n); SRAM
    N (1 + adder cycles) + n + 1.

    References
    ----------
    [neurosim13] SubArray.cpp, CalculateLatency, synchronous (measured, exact).
    """
    weight, inputs = shift_add.weight_unit(case), shift_add.input_unit(case)
    joined = np.where(weight.exists, shift_add.weight_runs(case), 0.0)
    joined = joined + np.where(inputs.exists, shift_add.input_runs(case), 0.0)
    steps = np.where(case.is_sram & case.is_row_by_row, 1.0, case.columns_per_adc)
    added = adder_cycles(case, shift_add.accumulator_unit(case), clock_hz)
    read = np.where(case.is_row_by_row, active_rows * steps * (1 + added), steps)
    return np.asarray(read + joined)


def siam_latency(case: Case, path: SensingPath, conductance_s: FloatArray) -> FloatArray:
    """Latency of a bit-vector as SIAM's older circuit adds it up [s], (U,).

    Parameters
    ----------
    case : Case
    path : SensingPath
    conductance_s : (U,) [S], of the active column

    Notes
    -----
    Resistive: max(word line, mux + select) + conversion + encoder + addition; SRAM: word line + precharge + bit line +
    conversion + encoder + addition. All m times, but the conversion divided by the converters and the addition once;
    SRAM's bit line also times the input bits.

    References
    ----------
    [neurosim_siam] SubArray.cpp, CalculateLatency (measured, exact but for the temperature).
    """
    m, k = case.columns_per_adc, case.technology.constants("adc")
    conversion = np.where(runs_away(case, conductance_s) & ~case.is_sram, k["siam_flash_ceiling"], path.conversion_s)
    shared = conversion / case.converters + m * path.encoder_s + shift_add.unit_delay(case, shift_add.input_unit(case))
    sram = m * (path.word_line_s + path.precharge_s) + case.input_bits * path.column_s
    return np.asarray(np.where(case.is_sram, sram, m * path.driving_s) + shared)


def source_latency(case: Case, path: SensingPath, active_rows: FloatArray) -> FloatArray:
    """Latency of a bit-vector without a clock, as the source adds it up [s], (U,).

    Parameters
    ----------
    case : Case
    path : SensingPath
    active_rows : (U,)
        Rows read one after another in row-by-row reading.

    Notes
    -----
    m x 1.4 x (word line or mux + column + conversion + encoder) + one addition a shift-add; row by row N times the
    reading and an accumulation each.

    References
    ----------
    [neurosim13] SubArray.cpp, CalculateLatency, asynchronous (parallel reading measured, exact).
    """
    steps = np.where(has_sense_amp(case), 1.0, case.columns_per_adc)
    steps = steps * np.where(case.is_row_by_row, active_rows, 1.0)
    accumulated = shift_add.unit_delay(case, shift_add.accumulator_unit(case))
    sensing = steps * (case.circuit.latency_factor * (path.driving_s + path.reading_s) + accumulated)
    added = shift_add.unit_delay(case, shift_add.weight_unit(case))
    return np.asarray(sensing + added + shift_add.unit_delay(case, shift_add.input_unit(case)))
