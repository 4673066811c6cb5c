"""Sub-array: the figures of one crossbar with its periphery, component by component."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, freeze
from siam_dse.engines.crossbar import shift_add
from siam_dse.engines.crossbar.adc import (
    PowerLaw,
    adc_area,
    conversion_time,
    held_time,
    power_law,
    published_energy,
    siam_charged_time,
    thermal_energy,
)
from siam_dse.engines.crossbar.array import (
    array_area,
    array_leakage,
    bit_line_capacitance,
    cell_charge_energy,
    mean_cell_conductance,
    reference_conductance,
    word_line_capacitance,
)
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.column_mux import column_mux_area, column_mux_energy, column_mux_leakage
from siam_dse.engines.crossbar.encoder import encoder_area, encoder_energy, encoder_leakage
from siam_dse.engines.crossbar.law import EnergyLaw, Loading, along_designs
from siam_dse.engines.crossbar.row_decoder import row_decoder_area, row_decoder_energy, row_decoder_leakage
from siam_dse.engines.crossbar.sensing import further_pulses, pulse_unit_time, settling_time
from siam_dse.engines.crossbar.sram_column import (
    has_sense_amp,
    precharge_area,
    precharge_energy,
    precharge_leakage,
    sense_amp_energy,
    sense_amp_leakage,
)
from siam_dse.engines.crossbar.word_line import row_driver_area, row_driver_energy, row_driver_leakage
from siam_dse.engines.crossbar.write_path import (
    level_shifter_area,
    source_line_area,
    source_line_leakage,
    write_driver_area,
    write_driver_leakage,
)
from siam_dse.technology.interpolated import node_table

ByComponent = Mapping[str, FloatArray]  # a figure by component of the crossbar


def frozen(figures: ByComponent) -> ByComponent:
    """Figures of components, read-only."""
    return MappingProxyType({name: freeze(values) for name, values in figures.items()})


def array_energy(case: Case) -> EnergyLaw:
    """Energy of the lines of resistive cells: word lines of active rows each step of the mux, every bit line once.

    SRAM's lines are counted in the precharge; capacitors of cells are charged once a read. Where columns are sampled,
    word lines are driven once, and all columns conduct while they are.

    Notes
    -----
    m [act R C_WL Vdd^2 + (C / m) C_BL V_read^2], C_BL the wire alone; the bit lines are charged in each read of a group
    of rows, row by row for each row. A reference column is read beside each column of its converter: u m lines more.

    References
    ----------
    [neurosim13] SubArray.cpp, CalculatePower (measured, exact). SIAM's class multiplies this by the input bits
    (``siam_circuit``).
    """
    word = case.line_steps * word_line_capacitance(case) * case.node.vdd_v**2
    lines = (case.cols + case.reference_cols * case.line_steps) / case.cols
    bit = lines * bit_line_capacitance(case, drains=False) * case.read_voltage_v**2
    repeats = case.input_bits if case.options.siam_circuit else 1.0
    resistive = np.where(case.is_sram, 0.0, repeats)
    by_row = case.is_row_by_row
    return EnergyLaw(
        per_active_row_j=resistive * word,
        per_read_column_j=np.where(by_row, 0.0, resistive * bit),
        per_active_column_j=np.where(by_row, resistive * bit, _pulse_energy(case) + cell_charge_energy(case))
        + _sampling_energy(case),
    )


def _sampling_energy(case: Case) -> FloatArray:
    """Energy of an active cell's current while its column is sampled [J], (U,): V_read^2 G until both lines settle.

    What flows while a column is converted is in the converter's power, as in the source, whose column conducts then; a
    sampled voltage has no other current, even with a converter a column.
    """
    flows = (case.is_held | (case.has_no_current & ~case.is_charge)) & ~case.is_sram
    if not np.any(flows):
        return np.zeros(len(case))
    beside = 1 + case.reference_cols / case.cols * reference_conductance(case) / mean_cell_conductance(case)
    return np.asarray(flows * settling_time(case) * case.read_voltage_v**2 * beside * mean_cell_conductance(case))


def _pulse_energy(case: Case) -> FloatArray:
    """Energy of an active cell's current beyond one unit of a pulse [J], (U,): V_read^2 G for 2^b - 2 units.

    The current of one unit is in the converter's power, as in the source. SRAM's swing is in the precharge.
    """
    further = further_pulses(case) * ~case.is_sram
    if not np.any(further):
        return np.zeros(len(case))
    return np.asarray(further * pulse_unit_time(case) * case.read_voltage_v**2 * mean_cell_conductance(case))


def has_mux(case: Case) -> BoolArray:
    """Crossbars with a column mux, (U,): not SRAM read row by row or by adders; SIAM's circuit leaves SRAM's out."""
    left_out = case.is_siam if case.options.siam_circuit else False
    return np.asarray(~(case.is_sram & (case.is_row_by_row | left_out)) & ~case.is_digital)


def area_by_component(case: Case) -> ByComponent:
    """Area of each component of a crossbar [m2], (U,) each; components that a case lacks are 0."""
    by_row = case.is_row_by_row
    muxed = has_mux(case)
    return MappingProxyType(
        {
            "array": array_area(case),
            "word_line": np.where(by_row, row_decoder_area(case), row_driver_area(case)),
            "source_line": source_line_area(case),
            "level_shifter": level_shifter_area(case),
            "column_mux": np.where(muxed, column_mux_area(case), 0.0),
            "adc": adc_area(case),
            "encoder": encoder_area(case),
            "precharge": precharge_area(case),
            "write_driver": write_driver_area(case),
            "accumulator": shift_add.accumulator_area(case),
            "shift_add": shift_add.shift_add_area(case),
        }
    )


def leakage_by_component(case: Case) -> ByComponent:
    """Leakage of each component of a crossbar [W], (U,); converters have none in the source."""
    by_row = case.is_row_by_row
    muxed = has_mux(case)
    components = MappingProxyType(
        {
            "array": array_leakage(case),
            "word_line": np.where(by_row, row_decoder_leakage(case), row_driver_leakage(case)),
            "source_line": source_line_leakage(case),
            "column_mux": np.where(muxed, column_mux_leakage(case), 0.0),
            "adc": sense_amp_leakage(case),
            "encoder": encoder_leakage(case),
            "precharge": precharge_leakage(case),
            "write_driver": write_driver_leakage(case),
            "accumulator": shift_add.accumulator_leakage(case),
            "shift_add": shift_add.shift_add_leakage(case),
        }
    )
    warm = leakage_factor(case)
    return MappingProxyType({name: warm * values for name, values in components.items()})


def leakage_factor(case: Case) -> FloatArray:
    """Leakage over that at 300 K, (U,): SIAM's older circuit is at 301 K."""
    table = node_table(case.technology, "siam_temperature")
    warm = table["leakage_factor"][table.rows(node_nm=case.node_nm, roadmap=case.roadmap)]
    return np.where(case.is_siam, warm, 1.0)


def energy_laws(case: Case) -> Mapping[str, EnergyLaw]:
    """Energy of one bit-vector by component, per row and column used, (U,) [J] each; the converters' is apart.

    :func:`converter` gives theirs, as it is not linear in the active rows.
    """
    muxed = has_mux(case)
    nothing = EnergyLaw()
    return MappingProxyType(
        {
            "array": array_energy(case),
            "word_line": row_decoder_energy(case).where(case.is_row_by_row, row_driver_energy(case)),
            "column_mux": column_mux_energy(case).where(muxed, nothing),
            "encoder": encoder_energy(case),
            "precharge": precharge_energy(case),
            "sense_amp": sense_amp_energy(case),
            "accumulator": shift_add.accumulator_energy(case),
            "shift_add": shift_add.shift_add_energy(case),
        }
    )


@dataclass(frozen=True)
class Converter:
    """What a conversion costs; arrays (U,): its time (times the square of the supply over the node's), its power law,
    and the conductances that set its power.

    ``cell_s`` is the mean conductance of an active row, of all columns that are converted together, ``reference_s``
    that of the reference column that a converter has beside it. ``fixed_j`` is charged whatever the current (thermal
    floor, converters of the survey).
    """

    time_s: FloatArray
    law: PowerLaw
    cell_s: FloatArray
    reference_s: FloatArray
    exists: BoolArray
    fixed_j: FloatArray

    def energy(
        self, active_rows: AnyArray, dark_share: AnyArray | float = 0.0, foreign_s: AnyArray | float = 0.0
    ) -> AnyArray:
        """Energy of one conversion [J], (U, ...).

        Parameters
        ----------
        active_rows : (U, ...)
            Rows whose input bit is 1; 1 reading row by row.
        dark_share : (U, ...)
            Share of conversions without any.
        foreign_s : (U, ...) [S]
            Conductance of active rows that hold nothing of the column.
        """
        conducting = along_designs(self.cell_s + self.reference_s, active_rows) * active_rows + foreign_s
        power = self.law.power(conducting, dark_share)
        spent = along_designs(self.time_s, active_rows) * power + along_designs(self.fixed_j, active_rows)
        return np.asarray(along_designs(self.exists * 1.0, active_rows) * spent)


def converter(case: Case, conductance_s: FloatArray, thermal: BoolArray | bool = False) -> Converter:
    """Converter of a case whose time is decided by a column of ``conductance_s`` (U,) [S].

    At a stated rate the converter spends as much on a conversion, its column lit or dark, and the column's current
    flows for as long as that takes. All of its energy goes as the square of the supply.
    """
    law = power_law(case)
    own_s = (
        siam_charged_time(case, conductance_s) if case.options.siam_circuit else conversion_time(case, conductance_s)
    )
    is_given = case.adc_rate_hz > 0
    time_s = np.where(is_given, held_time(case, conductance_s), own_s)
    own = own_s / time_s
    own_w = own * law.fixed_w
    return Converter(
        time_s=case.supply_ratio**2 * time_s,
        law=replace(law, fixed_w=own_w, log_slope_w=own * law.log_slope_w, dark_w=own * law.dark_w),
        cell_s=case.weight_cells / case.weight_codes * mean_cell_conductance(case),
        reference_s=np.where(case.reference_cols > 0, reference_conductance(case), 0.0),
        exists=~has_sense_amp(case) & ~case.is_digital,
        fixed_j=np.where(thermal & ~case.is_survey, thermal_energy(case), 0.0)
        + case.supply_ratio**2 * published_energy(case),
    )


def energy_by_component(case: Case, active_rows: FloatArray) -> ByComponent:
    """Energy of one bit-vector over all columns of one crossbar, all rows used [J], (U,).

    Parameters
    ----------
    case : Case
    active_rows : (U,)
        Rows whose input bit is 1, at least one.
    """
    one = np.ones(len(case))
    loading = Loading(one, case.rows, active_rows, case.cols, active_rows * case.cols, case.cols * case.row_reads)
    out = {name: law.energy(loading) for name, law in energy_laws(case).items()}
    by_row = case.is_row_by_row
    lit = np.where(by_row, 1.0, active_rows)
    if case.options.siam_circuit:
        lit = np.where(case.is_sram, case.rows, lit)
    conversions = case.cols * np.where(by_row, active_rows, 1.0)
    out["adc"] = conversions * converter(case, mean_cell_conductance(case) * lit).energy(lit)
    return MappingProxyType(out)
