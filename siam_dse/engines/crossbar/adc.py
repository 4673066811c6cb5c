"""Converters: SAR and flash (multi-level sense amplifier), current and voltage mode. Area, time and energy."""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray
from siam_dse.core.once import once
from siam_dse.core.units import M_PER_NM, ROUNDING
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.law import along_designs
from siam_dse.technology.converters import Converters, survey_area, survey_energy, survey_rate
from siam_dse.technology.gates import cell_unit_area
from siam_dse.technology.interpolated import node_table


@once
def comparators(case: Case) -> FloatArray:
    """Comparators of a flash converter, (U,): 2^b levels but one."""
    return 2**case.converted_bits - 1


def adc_area(case: Case) -> FloatArray:
    """Area of a crossbar's converters [m2], (U,).

    Notes
    -----
    SAR: 296 + 182 b cell units; flash: 106 (voltage mode 112, SIAM 16) cell units a comparator. Columns of SRAM read
    row by row have a sense amplifier each instead, digital arrays nothing. ``is_survey``: the survey's
    median, encoder included.

    References
    ----------
    [neurosim13] SarADC.cpp, MultilevelSenseAmp.cpp (measured, exact).
    """
    k = case.technology.constants("adc")
    bits = case.converted_bits
    sar = k["sar_area"] + k["sar_area_per_bit"] * bits
    one = np.where(case.is_voltage & ~case.is_siam, k["voltage_comparator_area"], case.circuit.comparator_area)
    flash = one * comparators(case)
    unit = cell_unit_area(case.node)
    converters = case.converters * np.where(case.is_flash, flash, sar) * unit
    if case.is_survey.any():
        converters = np.where(
            case.is_survey, case.converters * survey_area(case.technology, published(case)), converters
        )
    amplified = np.where(case.is_sram & case.is_row_by_row, case.cols * k["sense_amp_area"] * unit, converters)
    return np.asarray(np.where(case.is_digital, 0.0, amplified))


def published(case: Case, rate_hz: FloatArray | None = None) -> Converters:
    """The converter of each case as the survey knows converters, (U,): not interleaved, its rate ``adc_rate_hz`` or
    the survey's median.

    ``rate_hz`` (U,) takes the place of that rate.

    A converter of b bits is taken for one of b effective bits: the accuracy counts all of its levels.
    """
    asked = Converters(
        enob_bit=case.converted_bits,
        node_nm=case.node_nm,
        rate_hz=np.ones(len(case)),
        supply_v=np.full(len(case), np.nan),
        is_parallel=case.is_flash,
        is_interleaved=np.zeros(len(case), dtype=bool),
    )
    if rate_hz is None:
        rate_hz = np.where(case.adc_rate_hz > 0, case.adc_rate_hz, survey_rate(case.technology, asked))
    return replace(asked, rate_hz=rate_hz)


def published_energy(case: Case) -> FloatArray:
    """Energy of one conversion of the survey's median converter [J], (U,); 0 where the case has another's."""
    if not case.is_survey.any():
        return np.zeros(len(case))
    return np.where(case.is_survey, survey_energy(case.technology, published(case)), 0.0)


@dataclass(frozen=True)
class PowerLaw:
    """Power of a converting ADC by the current of its column; arrays (U,), SI.

    P = ``fixed_w`` + ``current_w`` (G ``voltage_ratio``)^``exponent`` - ``log_slope_w`` ln(G ``voltage_ratio`` 1 kohm),
    G the conductance of the active cells [S], ``voltage_ratio`` the read voltage over the 0.5 V of the fits. Either the
    power or the logarithm (SIAM's flash) is there. A column without an active cell takes ``dark_w``.
    ``unit_ohm`` is that 1 kohm.
    """

    fixed_w: FloatArray
    current_w: FloatArray
    exponent: FloatArray
    log_slope_w: FloatArray
    voltage_ratio: FloatArray
    dark_w: FloatArray
    unit_ohm: float

    def power(self, conductance_s: AnyArray, dark_share: AnyArray | float = 0.0) -> AnyArray:
        """Mean power while converting [W].

        Parameters
        ----------
        conductance_s : (U, ...) [S], of the active cells of a column and its reference
        dark_share : (U, ...)
            Share of conversions in which no row is active, whose power is the dark power.
        """
        scaled = conductance_s * along_designs(self.voltage_ratio, conductance_s)
        is_lit = scaled > 0
        lit = np.where(is_lit, scaled, 1.0)
        grown = along_designs(self.current_w, lit) * lit ** along_designs(self.exponent, lit)
        shrunk = along_designs(self.log_slope_w, lit) * np.log(lit * self.unit_ohm)
        dark = along_designs(self.dark_w, lit)
        power = along_designs(self.fixed_w, lit) + grown - shrunk
        share = np.where(is_lit, dark_share, 1.0)
        return np.asarray((1 - share) * power + share * dark)


def power_law(case: Case) -> PowerLaw:
    """Power of the converters.

    Notes
    -----
    SAR: p0 + p1 b + q G^(s / ln 10). Flash: (2^b - 1) p1 + q G^(s / ln 10), voltage mode its own p1 and the SAR's q.
    SIAM's flash: a ln(R_col / 1 kohm) + b whatever its levels; its older circuit has no SAR, V1.3's stands in.

    ``is_survey``: the column's current alone; the converter's own energy is :func:`published_energy`.

    Fitted by the authors to circuit simulation of 7 to 130 nm; not scaled with a converter's clock, and without a
    figure of merit of newer converters.

    References
    ----------
    [neurosim13] SarADC.cpp, MultilevelSenseAmp.cpp.
    """
    k, table = case.technology.constants("adc"), _table_of(case)
    sar = table["sar_power"] + table["sar_power_per_bit"] * case.converted_bits
    one = np.where(case.is_voltage, table["comparator_power_voltage"], table["comparator_power"])
    flash = one * comparators(case)
    is_older = case.is_siam & case.is_flash & ~case.is_survey
    draws_none = case.has_no_current  # a column of capacitors is converted whatever its charge
    fixed = np.where(is_older, table["siam_comparator_power"], np.where(case.is_flash, flash, sar))
    current = np.where(case.is_flash & ~case.is_voltage, table["flash_current_term"], table["sar_current_term"])
    return PowerLaw(
        fixed_w=np.where(case.is_survey, 0.0, fixed),
        current_w=np.where(is_older | draws_none, 0.0, current),
        exponent=table["current_exponent"] / k["log_10"],
        log_slope_w=np.where(is_older & ~draws_none, table["siam_comparator_slope"], 0.0),
        voltage_ratio=case.read_voltage_v / k["nominal_read_voltage"],
        dark_w=np.where(case.is_survey, 0.0, np.where(draws_none, fixed, k["dark_power"])),
        unit_ohm=k["flash_time_resistance"],
    )


def is_beyond_fit(case: Case, cell_conductance_s: FloatArray) -> BoolArray:
    """Converters whose power is extrapolated to columns of less resistance than their law was made for, (U,).

    Parameters
    ----------
    case : Case
    cell_conductance_s : (U,) [S], of one cell times the share of active rows

    Notes
    -----
    The law's term q G stands for a steady column current at 0.5 V. From 22 to 14 nm q falls by 15 %, but a cell of
    SRAM, then a whole fin, conducts 4.4 times as well: 128 rows at an activity of 1/4 draw 0.8 mA a column for 0.18,
    and the power of a 7-bit SAR triples. The cell's current is that of the devices; that a converter holds it all
    along is not what a bit line does that starts precharged and is cut off. The source states no range; the bound is
    assumed.
    Sense amplifiers of SRAM read row by row have a law of their own.
    """
    column = cell_conductance_s * np.where(case.is_row_by_row, 1, case.read_rows * case.combined)
    k = case.technology.constants("adc")
    scaled = column * case.read_voltage_v / k["nominal_read_voltage"]
    has_law = ~(case.is_sram & case.is_row_by_row) & ~case.has_no_current & ~case.is_digital
    return np.asarray(has_law & (scaled * k["least_fitted_resistance"] > 1))


def conversion_time(case: Case, conductance_s: FloatArray) -> FloatArray:
    """Time of one conversion [s], (U,).

    Parameters
    ----------
    case : Case
    conductance_s : (U,) [S], of the slowest column

    Notes
    -----
    SAR: (b + 1) cycles of 1 ns at every node, a stated comparator clock. Flash: 1 ns; in current mode, above 22 nm with
    LSTP transistors, A ln(R_col / 1 kohm) + B if longer and if there are more than four levels, at most 10 ns. R_col of
    resistive cells counts r_off at most. The source multiplies this by a
    fourth-order fit that runs away at 65 nm and above; it is left out. ``is_survey``: 1 / the survey's median rate.

    References
    ----------
    [neurosim13] SarADC.cpp, MultilevelSenseAmp.cpp.
    """
    k, table = case.technology.constants("adc"), _table_of(case)
    sar = (case.converted_bits + 1) * k["sar_cycle"]
    seen = np.where(case.is_sram, conductance_s, np.maximum(conductance_s, 1 / case.r_off_ohm))
    slow = -np.log(seen * k["flash_time_resistance"])
    peak = table["flash_time_slope"] * slow + table["flash_time_base"]
    has_law = ~case.is_charge & (table["flash_time_base"] > 0) & (case.converted_bits > k["flash_floor_bits"])
    flash = np.where(has_law & ~case.is_voltage, np.maximum(peak, k["flash_time_floor"]), k["flash_time_floor"])
    flash = np.minimum(flash, k["flash_time_ceiling"])
    if case.options.flash_65nm_clamp:
        flash = np.where(runs_away(case, conductance_s), k["flash_time_ceiling"], flash)
    simulated = np.where(case.is_flash, flash, sar)
    if not case.is_survey.any():
        return simulated
    return np.where(case.is_survey, 1 / published(case).rate_hz, simulated)


def held_time(case: Case, conductance_s: FloatArray) -> FloatArray:
    """Time for which a converter holds its column [s], (U,): 1 / ``adc_rate_hz``, or its own time at the supply.

    ``conductance_s`` as for :func:`conversion_time`.
    """
    is_given = case.adc_rate_hz > 0
    return np.where(is_given, 1 / np.where(is_given, case.adc_rate_hz, 1.0), _own_time(case, conductance_s))


def rate_beyond(case: Case, conductance_s: FloatArray) -> FloatArray:
    """Share by which ``adc_rate_hz`` exceeds what a simulated converter can do, (U,): rate x its own time - 1, or 0.

    Its law has no other speed and charges none. The survey's charges it; sense amplifiers and adders have no rate.

    ``conductance_s`` as for :func:`conversion_time`.
    """
    has_none = case.is_survey | case.is_digital | (case.is_sram & case.is_row_by_row)
    beyond = case.adc_rate_hz * _own_time(case, conductance_s) - 1
    return np.where(has_none | (beyond <= ROUNDING), 0.0, beyond)


def _own_time(case: Case, conductance_s: FloatArray) -> FloatArray:
    """Time of a conversion at the crossbar's supply, whatever the rate asked for [s], (U,)."""
    return np.asarray(case.node.slowdown * conversion_time(case, conductance_s))


def runs_away(case: Case, conductance_s: FloatArray) -> BoolArray:
    """Current-mode flash converters with LSTP transistors at 65 nm whose time fit runs away in the sources, (U,).

    It does where the largest reference resistance is some eight times that of the column.

    Parameters
    ----------
    case : Case
    conductance_s : (U,) [S], of the active column
    """
    k = case.technology.constants("adc")
    at_node = case.node_nm * M_PER_NM == k["runaway_node"]
    is_current = case.is_flash & ~case.is_voltage & (case.converted_bits > 1)
    is_away = reference_over_column(case, conductance_s) > k["runaway_ratio"]
    return np.asarray(at_node & (case.roadmap == "lstp") & is_current & is_away)


def reference_over_column(case: Case, conductance_s: FloatArray) -> FloatArray:
    """Largest reference resistance of a flash converter, r_off over the rows read at once, over that of a column, (U,).

    Parameters
    ----------
    case : Case
    conductance_s : (U,) [S], of the active column
    """
    return np.asarray(case.r_off_ohm * conductance_s / np.where(case.is_row_by_row, 1, case.read_rows))


def siam_charged_time(case: Case, conductance_s: FloatArray) -> FloatArray:
    """Time for which SIAM's older circuit charges a conversion, all steps of the mux [s], (U,): validation only.

    References
    ----------
    [neurosim_siam] MultilevelSenseAmp.cpp; the runaway is fitted (1.5 % in the median, 6 % at the 95th percentile).
    """
    k = case.technology.constants("adc")
    x = -np.log(conductance_s * k["flash_time_resistance"])
    base, slope, curve = k.series("siam_runaway_time")
    away = (base + slope * x + curve * x**2) * (1 - k["siam_runaway_levels"] / 2**case.adc_bits)
    time = np.where(runs_away(case, conductance_s) & ~case.is_sram, away, conversion_time(case, conductance_s))
    return np.asarray(case.columns_per_adc * time)


def thermal_energy(case: Case) -> FloatArray:
    """Energy of one conversion that thermal noise demands [J], (U,): grows with 4^bits.

    The sampling capacitor must be so large that its noise does not exceed that of quantisation, and is charged to full
    scale at each conversion.

    Notes
    -----
    E = C V_fs^2 = 8 kT SNR, SNR = 1.5 x 4^b of a full-scale sine: 0.8 fJ at 7 bits, 0.8 pJ at 12.
    """
    k = case.technology.constants("adc")
    snr = k["quantisation_snr"] * 4.0**case.converted_bits  # half the step is a quarter of its noise
    return np.asarray(k["sampling_energy_factor"] * k["thermal_energy"] * snr)


@once
def _table_of(case: Case) -> dict[str, FloatArray]:
    """Rows of the power and time laws for each case."""
    table = node_table(case.technology, "adc")
    rows = table.rows(node_nm=case.node_nm, roadmap=case.roadmap)
    return {name: table[name][rows] for name in table.columns if name not in table.keys}
