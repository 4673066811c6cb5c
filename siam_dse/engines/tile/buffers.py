"""Banks of a buffer: lines of flip-flops or SRAM cells behind a line decoder."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray
from siam_dse.core.once import once
from siam_dse.engines.tile.decoder import LineDecoder, line_decoder
from siam_dse.engines.tile.interconnect import htree_lengths, htree_path
from siam_dse.engines.tile.library import Library, column_of
from siam_dse.technology.bit_lines import precharge_time, pull_down_time
from siam_dse.technology.gates import (
    Node,
    gate_constants,
    inverter,
    single_type_width,
    sram_cell_leakage,
    transistor_width,
    wire_capacitance,
    wire_resistance,
)
from siam_dse.technology.load import Constants
from siam_dse.technology.wires import RepeatedWire, htree_wire


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


def buffer_constants(node: Node) -> Constants:
    """Geometry of buffers."""
    return node.technology.constants("buffers")


def register_bank(library: Library, bits: FloatArray, line_bits: FloatArray) -> Bank:
    """Bank of flip-flops, ``bits`` in lines of ``line_bits``.

    A read clocks the flip-flops of a line; a write is charged the decoder alone, as both together clock a bit once.

    Parameters
    ----------
    library : Library
        U rows.
    bits, line_bits : (U,) [bit]

    Returns
    -------
    Bank

    Notes
    -----
    A = bits x flip-flop + decoder; E_read = line x E_DFF + 0.05 E_decoder; E_write = E_decoder; t = 0.5 ns + decoder.

    References
    ----------
    [neurosim13] Buffer.cpp, DFF type (measured, exact where no gate folds).
    """
    cell_height = gate_constants(library.node)["cell_height"] * library.node.feature_m
    decoder = _decoder(library, bits, line_bits)
    cell = library.register
    return Bank(
        area_m2=bits * cell.area_m2 + decoder.area(decoder.lines * cell_height, cell_height),
        read_energy_j=line_bits * cell.energy_j + library.decoder_activity * decoder.energy_j,
        write_energy_j=decoder.energy_j,
        line_time_s=cell.time_s + decoder.time_s,
        leakage_w=bits * cell.leakage_w + decoder.leakage_w,
    )


def sram_bank(library: Library, bits: FloatArray, line_bits: FloatArray, *, cells_leak: bool = True) -> Bank:
    """Bank of SRAM cells, ``bits`` in lines of ``line_bits``.

    A read swings both bit lines of every column of the line; the bit lines are wires alone.

    Parameters
    ----------
    library : Library
        U rows.
    bits, line_bits : (U,) [bit]
    cells_leak : bool
        Count the leakage of the cells; the source leaves it out.

    Returns
    -------
    Bank

    Notes
    -----
    A = 280 F^2 bits + 168F x 28F line + decoder; E_read = 2 C_BL Vdd^2 line + 0.05 E_decoder; E_write =
    (C_BL + Cin + Cout of an inverter) Vdd^2 line + E_decoder. t = decoder + precharge + bit line, C_BL = 10F lines x
    0.2 fF/um. Word line loads are wires alone.

    References
    ----------
    [neurosim13] Buffer.cpp, SRAM type (measured, exact where no gate folds).
    """
    node = library.node
    k = buffer_constants(node)
    feature = node.feature_m
    decoder = _decoder(library, bits, line_bits)
    lines = np.ceil(bits / line_bits)
    column = k["sram_cell_height"] * feature * lines
    bit_line_f, bit_line_ohm = wire_capacitance(node, column), wire_resistance(node, column)
    inv = inverter(node, widened=library.widened)
    swing_j = 2 * bit_line_f * node.vdd_v**2 * line_bits
    drive_j = (bit_line_f + inv.input_cap_f + inv.output_cap_f) * node.vdd_v**2 * line_bits
    cell_area = k["sram_cell_width"] * k["sram_cell_height"] * feature**2
    column_area = k["sram_cell_width"] * k["column_circuit_height"] * feature**2
    charger = single_type_width(node)
    column_leak = charger * node.ioff_p_a_per_m * node.vdd_v / 2 + k["write_driver_inverters"] * inv.leakage_w
    precharge = precharge_time(node, charger, bit_line_f, bit_line_ohm)
    access, pull_down = transistor_width(node, k["sram_cell_access"]), transistor_width(node, k["sram_cell_n"])
    sensed = pull_down_time(
        node, access, pull_down, bit_line_f, bit_line_ohm, k["bit_line_swing"], decoder.bit_line_slope_per_s
    )
    return Bank(
        area_m2=bits * cell_area
        + line_bits * column_area
        + decoder.area(column, gate_constants(node)["cell_height"] * feature),
        read_energy_j=swing_j + library.decoder_activity * decoder.energy_j,
        write_energy_j=drive_j + decoder.energy_j,
        line_time_s=decoder.time_s + precharge + sensed,
        leakage_w=decoder.leakage_w + line_bits * column_leak + (bits * sram_cell_leakage(node) if cells_leak else 0.0),
    )


def _decoder(library: Library, bits: FloatArray, line_bits: FloatArray) -> LineDecoder:
    """Decoder of a bank: a line is as long as SRAM cells would be."""
    length = line_bits * buffer_constants(library.node)["sram_cell_width"] * library.node.feature_m
    return line_decoder(library, np.ceil(bits / line_bits), wire_capacitance(library.node, length))


# --- arrays of banks -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Buffer:
    """Buffer of some size in banks around a port; arrays (U,), SI."""

    area_m2: FloatArray
    leakage_w: FloatArray
    pass_energy_j: FloatArray  # of a bit, written and read once
    write_energy_j: FloatArray  # of a bit
    access_s: FloatArray  # of a line


@dataclass(frozen=True)
class BankArray:
    """Square banks of one size around a port, as many as are asked for; arrays (U,), SI."""

    wire: RepeatedWire
    bank: Bank
    side: float  # lines, and bits of a line, of a bank
    side_m: FloatArray  # of a bank

    def banks(self, bits: AnyArray) -> FloatArray:
        """Banks that hold ``bits``, (U, ...)."""
        return np.ceil(bits / self.side**2)

    def area(self, bits: AnyArray) -> FloatArray:
        """Area of banks that hold ``bits`` [m2], (U, ...)."""
        return self.banks(bits) * column_of(self.bank.area_m2, bits)

    def leakage(self, bits: AnyArray) -> FloatArray:
        """Leakage of banks that hold ``bits`` [W], (U, ...)."""
        return self.banks(bits) * column_of(self.bank.leakage_w, bits)

    def distance(self, bits: AnyArray) -> FloatArray:
        """Wire between the port and a bank of those that hold ``bits`` [m], (U, ...): path of an H-tree over them."""
        leaves = np.maximum(np.ceil(np.sqrt(self.banks(bits))), 1)
        return htree_path(htree_lengths(leaves, column_of(self.side_m, bits)))

    def read_energy(self, bits: AnyArray) -> FloatArray:
        """Energy of reading one bit of ``bits`` held [J], (U, ...)."""
        return self._energy(self.bank.read_energy_j, bits, self.distance(bits))

    def write_energy(self, bits: AnyArray) -> FloatArray:
        """Energy of writing one bit of ``bits`` held [J], (U, ...)."""
        return self._energy(self.bank.write_energy_j, bits, self.distance(bits))

    def pass_energy(self, bits: AnyArray) -> FloatArray:
        """Energy of writing one bit of ``bits`` held and reading it once [J], (U, ...)."""
        return self._pass_energy(bits, self.distance(bits))

    def access_time(self, bits: AnyArray) -> FloatArray:
        """Time of one line between bank and port [s], (U, ...)."""
        return self._access_time(bits, self.distance(bits))

    def buffer(self, bits: AnyArray) -> Buffer:
        """Buffer of ``bits``, (U,)."""
        way_m = self.distance(bits)
        energies = self._pass_energy(bits, way_m), self._energy(self.bank.write_energy_j, bits, way_m)
        return Buffer(self.area(bits), self.leakage(bits), *energies, self._access_time(bits, way_m))

    def _energy(self, line_j: FloatArray, bits: AnyArray, way_m: FloatArray) -> FloatArray:
        """Energy of a bit of a line of ``line_j`` that goes ``way_m`` between bank and port [J], (U, ...)."""
        return column_of(line_j / self.side, bits) + column_of(self.wire.energy_j_per_m, bits) * way_m

    def _pass_energy(self, bits: AnyArray, way_m: FloatArray) -> FloatArray:
        return self._energy(self.bank.write_energy_j + self.bank.read_energy_j, bits, 2 * way_m)

    def _access_time(self, bits: AnyArray, way_m: FloatArray) -> FloatArray:
        return column_of(self.bank.line_time_s, bits) + column_of(self.wire.delay_s_per_m, bits) * way_m


def bank_array(library: Library, side: float, is_sram: BoolArray) -> BankArray:
    """Array of banks of ``side`` lines of ``side`` bits, of SRAM where ``is_sram``, else of flip-flops.

    The cells' energies are those of a bank; to the port a bit travels the path of an H-tree over the banks.
    """
    sram, registers = _square_banks(library, side)
    bank = sram.where(is_sram, registers)
    return BankArray(htree_wire(library.node), bank, side, np.sqrt(bank.area_m2))


@once
def _square_banks(library: Library, side: float) -> tuple[Bank, Bank]:
    """Banks of SRAM and of flip-flops of ``side`` lines of ``side`` bits."""
    line = np.full(len(library), side)
    return sram_bank(library, line * side, line), register_bank(library, line * side, line)
