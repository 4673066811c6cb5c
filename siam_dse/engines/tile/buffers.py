"""Banks of a buffer: lines of flip-flops or SRAM cells behind a line decoder."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.engines.tile.decoder import LineDecoder, line_decoder
from siam_dse.technology.gates import (
    Node,
    drain_capacitance,
    gate_constants,
    horowitz_delay,
    inverter,
    on_resistance_n,
    on_resistance_p,
    single_region_height,
    step_delay,
    wire_capacitance,
    wire_resistance,
)
from siam_dse.technology.load import Constants, load_constants
from siam_dse.technology.logic import flip_flop


@dataclass(frozen=True)
class Bank:
    """One bank of a buffer on U rows; arrays (U,), SI; energy and time of one line."""

    area_m2: FloatArray
    read_energy_j: FloatArray
    write_energy_j: FloatArray
    line_time_s: FloatArray
    leakage_w: FloatArray

    def where(self, condition: BoolArray, other: "Bank") -> "Bank":
        """Figures of this bank on the rows of ``condition``, ``other`` elsewhere."""
        return Bank(**{name: np.where(condition, getattr(self, name), getattr(other, name)) for name in _FIGURES})


_FIGURES = tuple(Bank.__dataclass_fields__)


def buffer_constants() -> Constants:
    """Geometry of buffers."""
    return load_constants("buffers")


def register_bank(node: Node, bits: FloatArray, line_bits: FloatArray, **gates: BoolArray | bool) -> Bank:
    """Bank of flip-flops, ``bits`` in lines of ``line_bits``.

    A read clocks the flip-flops of a line; a write is charged the decoder alone, as both together clock a bit once.

    Parameters
    ----------
    node : Node
    bits, line_bits : (U,) [bit]
    gates : ``widened``, and for validation ``folded_nand``, ``folded_nor``

    Returns
    -------
    Bank

    Notes
    -----
    A = bits x flip-flop + decoder; E_read = line x E_DFF + 0.05 E_decoder; t = 0.5 ns + decoder.

    References
    ----------
    [neurosim13] Buffer.cpp, DFF type (measured, exact where no gate folds).
    """
    k = buffer_constants()
    cell_height = gate_constants()["cell_height"] * node.feature_m
    decoder = _decoder(node, bits, line_bits, gates)
    cell = flip_flop(node, widened=gates.get("widened", True))
    return Bank(
        area_m2=bits * cell.area_m2 + decoder.area(decoder.lines * cell_height, cell_height),
        read_energy_j=line_bits * cell.energy_j + k["decoder_activity"] * decoder.energy_j,
        write_energy_j=decoder.energy_j,
        line_time_s=cell.time_s + decoder.time_s,
        leakage_w=bits * cell.leakage_w + decoder.leakage_w,
    )


def sram_bank(
    node: Node, bits: FloatArray, line_bits: FloatArray, *, cells_leak: bool = True, **gates: BoolArray | bool
) -> Bank:
    """Bank of SRAM cells, ``bits`` in lines of ``line_bits``.

    A read swings both bit lines of every column of the line; the bit lines are wires alone.

    Parameters
    ----------
    node : Node
    bits, line_bits : (U,) [bit]
    cells_leak : bool
        Count the leakage of the cells; the source leaves it out.
    gates : ``widened``, and for validation ``folded_nand``, ``folded_nor``

    Returns
    -------
    Bank

    Notes
    -----
    A = 280 F^2 bits + 168F x 28F line + decoder; E_read = 2 C_BL Vdd^2 line + 0.05 E_decoder; E_write =
    (C_BL + Cin + Cout of an inverter) Vdd^2 line + E_decoder. t = decoder + precharge + bit line, C_BL = 10F lines x 0.2 fF/um. Word line
    loads are wires alone.

    References
    ----------
    [neurosim13] Buffer.cpp, SRAM type (measured, exact where no gate folds).
    """
    k = buffer_constants()
    feature = node.feature_m
    decoder = _decoder(node, bits, line_bits, gates)
    lines = np.ceil(bits / line_bits)
    column = k["sram_cell_height"] * feature * lines
    bit_line_f, bit_line_ohm = wire_capacitance(node, column), wire_resistance(node, column)
    inv = inverter(node, widened=gates.get("widened", True))
    swing_j = 2 * bit_line_f * node.vdd_v**2 * line_bits
    drive_j = (bit_line_f + inv.input_cap_f + inv.output_cap_f) * node.vdd_v**2 * line_bits
    cell_area = k["sram_cell_width"] * k["sram_cell_height"] * feature**2
    column_area = k["sram_cell_width"] * k["column_circuit_height"] * feature**2
    charger = single_region_height(node)
    column_leak = charger * node.ioff_p_a_per_m * node.vdd_v / 2 + k["write_driver_inverters"] * inv.leakage_w
    cell_leak = node.vdd_v * feature * (k["sram_cell_n"] * node.ioff_n_a_per_m + k["sram_cell_p"] * node.ioff_p_a_per_m)
    precharge = step_delay(
        on_resistance_p(node, charger) * (bit_line_f + 2 * drain_capacitance(node, charger))
        + bit_line_ohm * bit_line_f / 2
    )
    return Bank(
        area_m2=bits * cell_area
        + line_bits * column_area
        + decoder.area(column, gate_constants()["cell_height"] * feature),
        read_energy_j=swing_j + k["decoder_activity"] * decoder.energy_j,
        write_energy_j=drive_j + decoder.energy_j,
        line_time_s=decoder.time_s + precharge + _bit_line_delay(node, decoder, bit_line_f, bit_line_ohm),
        leakage_w=decoder.leakage_w + line_bits * column_leak + (bits * cell_leak if cells_leak else 0.0),
    )


def _decoder(node: Node, bits: FloatArray, line_bits: FloatArray, gates: dict[str, BoolArray | bool]) -> LineDecoder:
    """Decoder of a bank: a line is as long as SRAM cells would be."""
    length = line_bits * buffer_constants()["sram_cell_width"] * node.feature_m
    return line_decoder(node, np.ceil(bits / line_bits), wire_capacitance(node, length), **gates)


def _bit_line_delay(node: Node, decoder: LineDecoder, bit_line_f: FloatArray, bit_line_ohm: FloatArray) -> FloatArray:
    """Time until a cell has pulled its bit line down by the sensed swing [s].

    tau = [(R_access + R_pull-down) (C_access + C_BL) + R_BL C_BL / 2] ln(Vdd / (Vdd - 0.05 V)).
    """
    k = buffer_constants()
    access = k["sram_cell_access"] * node.feature_m
    cell_ohm = on_resistance_n(node, access) + on_resistance_n(node, k["sram_cell_n"] * node.feature_m)
    load = (drain_capacitance(node, access) + bit_line_f) * cell_ohm + bit_line_ohm * bit_line_f / 2
    tau = load * np.log(node.vdd_v / (node.vdd_v - k["bit_line_swing"]))
    return horowitz_delay(tau, decoder.bit_line_slope_per_s)
