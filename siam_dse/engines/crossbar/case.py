"""Case: one sub-array of a crossbar, its cell, its converters and the circuit variant, for U rows at once."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from siam_dse.design.fields import code
from siam_dse.design.fields import fields as design_fields
from siam_dse.engines.crossbar.options import SOUND, SourceOptions
from siam_dse.technology.gates import Gate, Node, inverter, nand
from siam_dse.technology.load import Table
from siam_dse.technology.logic import FlipFlop, flip_flop
from siam_dse.technology.technology import Technology


@dataclass(frozen=True)
class Circuit:
    """Calibration of the circuit variant of U rows; (U,) each. Columns of ``circuits.csv``, whose meanings stand there.

    ``is_widened``: gates fill the standard cell instead of being minimal. ``linear_factor``: resistance of a pass
    transistor in its linear region over the saturated one. ``adder_activity``, ``dff_activity``, ``control_activity``:
    share of an adder's gates, of a register's flip-flops and of encoder and decoder gates that switch in a use.
    ``latency_factor``: sensing time after layout over the sum of its stages. ``has_level_shifters``: lines of resistive
    cells have them for the write voltage. ``comparator_area`` [cell units]: of a current-mode flash comparator.
    """

    is_widened: BoolArray
    linear_factor: FloatArray
    adder_activity: FloatArray
    dff_activity: FloatArray
    control_activity: FloatArray
    latency_factor: FloatArray
    has_level_shifters: BoolArray
    comparator_area: FloatArray


@dataclass(frozen=True)
class Cell:
    """Geometry of the memory cell of U rows; (U,) each, lengths in F. Columns of ``cells.csv``.

    ``width`` and ``height`` are the pitches of columns and rows, in wire widths where ``is_wire_pitch``.
    ``access_share``: resistance of the access device over r_on, 0 where there is none; ``access_fixed`` [ohm] in its
    place where stated. ``cell_n``, ``cell_p``, ``cell_access``: channel widths of an SRAM cell's transistors.
    ``row_driver_*``: pass gates of a row driver, drains at the read voltage and gates it switches, and the voltage [V]
    of its access gate.
    """

    width: FloatArray
    height: FloatArray
    access_share: FloatArray
    access_fixed: FloatArray
    cell_n: FloatArray
    cell_p: FloatArray
    cell_access: FloatArray
    is_wire_pitch: BoolArray
    row_driver_gates: FloatArray
    row_driver_drains: FloatArray
    row_driver_loads: FloatArray
    row_drive_voltage: FloatArray


@dataclass(frozen=True)
class Case:
    """U sub-arrays; every array is (U,), SI.

    ``cols`` hold weights; ``reference_cols`` beside them carry the pedestal. ``weight_cells`` are the cells that
    shift-add joins to a weight, ``input_bits`` the bit-vectors it joins; 1 means that there is no such adder.
    ``weight_columns`` are the columns of a weight: its cells, or twice as many if they are differential. ``is_survey``:
    converters follow the survey of published ones in place of NeuroSim's circuits. ``nonzero_share`` is the share of
    cells whose level is spread evenly from 0 to the highest; the rest are at 0. ``read_rows`` rows are driven at once
    in a parallel read. ``bits_per_read`` bits of an input are applied at once, as a pulse where ``is_pulsed``, else as
    a voltage; ``input_reads`` are the bit-vectors of all bits. ``is_sampled``: rows are driven once for all columns of
    an ADC, if it serves several. One conversion takes ``combined`` columns together,
    ``weight_codes`` the cells of a weight. ``is_sram``: cells of SRAM, ``is_charge``: those that are summed as charge
    of a capacitor each, ``is_digital``: those whose products an adder tree a column sums. ``node`` is at the supply of
    the crossbar, ``supply_ratio`` over the node's. ``adc_rate_hz`` is 0 where the converters' own time counts.
    """

    node: Node
    node_nm: FloatArray
    roadmap: AnyArray
    circuit: Circuit
    cell: Cell
    is_siam: BoolArray
    is_sram: BoolArray
    is_charge: BoolArray
    is_digital: BoolArray
    is_row_by_row: BoolArray
    is_flash: BoolArray
    is_survey: BoolArray
    is_voltage: BoolArray
    rows: FloatArray
    cols: FloatArray
    reference_cols: FloatArray
    cell_bits: FloatArray
    r_on_ohm: FloatArray
    r_off_ohm: FloatArray
    read_voltage_v: FloatArray
    adc_bits: FloatArray
    columns_per_adc: FloatArray
    weight_cells: FloatArray
    weight_columns: FloatArray
    input_bits: FloatArray
    nonzero_share: FloatArray
    read_rows: FloatArray
    bits_per_read: FloatArray
    is_pulsed: BoolArray
    is_sampled: BoolArray
    input_reads: FloatArray
    combined: FloatArray
    weight_codes: FloatArray
    supply_ratio: FloatArray
    adc_rate_hz: FloatArray
    options: SourceOptions = SOUND

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def technology(self) -> Technology:
        """Technology of the node."""
        return self.node.technology

    @cached_property
    def converters(self) -> FloatArray:
        """ADCs of a crossbar; the last may serve fewer columns."""
        return np.ceil(self.cols / self.columns_per_adc)

    @cached_property
    def row_reads(self) -> FloatArray:
        """Reads of a parallel bit-vector: groups of rows, the last may be smaller."""
        return np.ceil(self.rows / self.read_rows)

    @cached_property
    def code_share(self) -> FloatArray:
        """Conversions a column and read: 1 where each column is converted by itself."""
        return self.weight_codes / self.weight_cells

    @cached_property
    def steps(self) -> FloatArray:
        """Conversions that an ADC makes in a read, one after another."""
        return np.ceil(self.columns_per_adc * self.weight_codes / self.weight_cells)

    @cached_property
    def has_sampling(self) -> BoolArray:
        """Crossbars whose columns are sampled before they are converted, (U,): sense amplifiers and adders do not."""
        return np.asarray(self.is_sampled & ~(self.is_sram & self.is_row_by_row) & ~self.is_digital)

    @cached_property
    def has_no_current(self) -> BoolArray:
        """Converters that draw no current of their column, (U,): of charge, or of a voltage that was sampled."""
        return np.asarray(self.is_charge | (self.has_sampling & self.is_voltage))

    @cached_property
    def is_held(self) -> BoolArray:
        """Crossbars whose columns hold what they gave while their ADC walks them, (U,): none with sense amplifiers."""
        return np.asarray(self.has_sampling & (self.steps > 1))

    @cached_property
    def line_steps(self) -> FloatArray:
        """Times that rows are driven in a read: once an ADC's conversion; once where columns hold what they gave."""
        return np.where(self.is_charge | self.is_held, 1.0, self.steps)

    @cached_property
    def array_cols(self) -> FloatArray:
        """Columns of cells, those of the reference included."""
        return self.cols + self.reference_cols

    @cached_property
    def is_differential(self) -> BoolArray:
        """Weights of a positive and a negative set of columns."""
        return np.asarray(self.weight_columns > self.weight_cells)

    @cached_property
    def converted_bits(self) -> FloatArray:
        """Bits of one conversion: reading row by row the cell's bits are enough."""
        return np.where(self.is_row_by_row, self.cell_bits, self.adc_bits)

    @cached_property
    def inverter(self) -> Gate:
        """Inverter of the circuit."""
        return inverter(self.node, widened=self.circuit.is_widened)

    @cached_property
    def nand2(self) -> Gate:
        """NAND of two inputs of the circuit."""
        return nand(self.node, 2, widened=self.circuit.is_widened)

    @cached_property
    def register(self) -> FlipFlop:
        """Flip-flop of the circuit."""
        return flip_flop(self.node, widened=self.circuit.is_widened)


def plain_reads(rows: FloatArray, input_bits: FloatArray, weight_cells: FloatArray) -> dict[str, AnyArray]:
    """Fields of a :class:`Case` whose reads are plain, (n,): all rows at once, bit by bit, each column.

    The supply is the node's, the converters' rate their own.

    Parameters
    ----------
    rows, input_bits, weight_cells : (n,)
        As in the case.
    """
    one = np.ones(len(rows))
    return {
        "is_charge": np.zeros(len(rows), dtype=bool),
        "is_digital": np.zeros(len(rows), dtype=bool),
        "read_rows": rows,
        "bits_per_read": one,
        "is_pulsed": np.zeros(len(rows), dtype=bool),
        "is_sampled": np.zeros(len(rows), dtype=bool),
        "input_reads": input_bits,
        "combined": one,
        "weight_codes": weight_cells,
        "supply_ratio": one,
        "adc_rate_hz": 0 * one,
    }


def circuit_of(technology: Technology, circuit_code: IntArray) -> Circuit:
    """Calibration of each row's circuit variant."""
    return Circuit(
        **_columns(Circuit, technology.table("circuits"), circuit=_names(technology, "circuit", circuit_code))
    )


def cell_of(technology: Technology, circuit_code: IntArray, cell_code: IntArray) -> Cell:
    """Geometry of each row's cell in its circuit variant."""
    wanted = {
        "circuit": _names(technology, "circuit", circuit_code),
        "cell": _names(technology, "cell", cell_code),
    }
    return Cell(**_columns(Cell, technology.table("cells"), **wanted))


def is_code(field: str, values: IntArray, choice: str) -> BoolArray:
    """Rows whose field has the value ``choice``."""
    return np.asarray(values == code(field, choice))


def _names(technology: Technology, field: str, codes: IntArray) -> AnyArray:
    """Names of coded choices."""
    return np.asarray(design_fields(technology)[field].choices)[codes]


def _columns(kind: type, table: Table, **wanted: AnyArray) -> dict[str, AnyArray]:
    """Columns of a table that a dataclass names, at the rows of the key values; flags as booleans."""
    rows = table.rows(**wanted)
    out: dict[str, AnyArray] = {}
    for field in fields(kind):
        values = table[field.name][rows]
        out[field.name] = values > 0 if field.name.startswith(("is_", "has_")) else values
    return out
