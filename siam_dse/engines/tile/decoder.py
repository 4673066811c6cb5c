"""Line decoder of a buffer: address inverters, predecoding NAND2, a NOR a line, two inverters that drive the line."""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.engines.tile.library import Library
from siam_dse.technology.gates import (
    Gate,
    Node,
    drain_capacitance,
    gate_capacitance,
    horowitz_delay,
    inverter,
    inverter_leakage,
    nor,
    on_resistance_n,
    on_resistance_p,
    output_slope,
    region_height,
    transistor_width,
)
from siam_dse.technology.load import load_constants
from siam_dse.technology.logic import folded


@dataclass(frozen=True)
class LineDecoder:
    """Line decoder on U rows; arrays (U,), SI. ``energy_j`` is one selection, without an activity factor."""

    energy_j: FloatArray
    time_s: FloatArray
    bit_line_slope_per_s: FloatArray
    leakage_w: FloatArray
    input_columns_m: FloatArray
    nand_width_m: FloatArray
    nor_width_m: FloatArray
    wires_m: FloatArray
    lines: FloatArray
    nands: FloatArray

    def area(self, height_m: FloatArray, cell_height_m: FloatArray) -> FloatArray:
        """Area in columns of gates ``height_m`` high [m2]; ``cell_height_m`` x lines is a single column."""
        per_column = np.maximum(np.floor(height_m / cell_height_m + _ROUNDING), 1)
        nor_columns = np.ceil(self.lines / per_column)
        nand_columns = np.ceil(self.nands / per_column)
        gates = self.nand_width_m * nand_columns + (self.nor_width_m + self.input_columns_m) * nor_columns
        return np.where(self.nands > 0, height_m * (gates + self.wires_m), 0.0)


_ROUNDING = 1e-9  # a whole number of cells must not lose one to rounding


def line_decoder(
    library: Library,
    lines: FloatArray,
    load_f: FloatArray,
) -> LineDecoder:
    """Decoder that selects one of ``lines`` lines, each a load of ``load_f``.

    Address bits are predecoded in pairs by NAND2; a NOR of half as many inputs as there are address bits selects a
    line, and two inverters (4F, 4F x pn) drive it. An odd address bit goes to half of the NORs at once.

    Parameters
    ----------
    library : Library
        U rows.
    lines : (U,) >= 1, rounded up to a power of two
    load_f : (U,) [F] of one line

    Returns
    -------
    LineDecoder

    Notes
    -----
    With A address bits: E = Vdd^2 [2 floor(A/2) (Cin + 2 Cnand) + odd (Cin + Cnor lines/2)
    + floor(A/2) (Cout,nand + Cnor lines/4) + Cout,nor + Cin + 2 (Cin + Cout) of the driver]. Delay: Horowitz chain of
    inverter, NAND2, NOR, driver, driver. With one address bit the source charges the address inverter with the line.

    References
    ----------
    [neurosim13] RowDecoder.cpp (measured on 2 to 2048 lines: energy, delay, area, leakage exact where no gate folds).
    """
    node, widened = library.node, library.widened
    address = np.ceil(np.log2(np.maximum(lines, 1)))
    pairs, odd = np.floor(address / 2), address % 2
    count = 2.0**address
    inv = inverter(node, widened=widened)
    two = library.adder_nand
    inputs = select_inputs(lines)
    plain = nor(node, inputs, widened=widened)
    too_wide = plain.width_n_m + plain.width_p_m > region_height(node) * (1 + _ROUNDING)
    select = _fold(plain, inputs, library.folded_nors | (too_wide & ~node.is_finfet))
    has_nor = address > 2
    drive_n, drive_p, drive_in, drive_out = _driver(node)

    address_in = 2 * pairs * (inv.input_cap_f + 2 * two.input_cap_f) + odd * inv.input_cap_f
    predecode = pairs * (two.output_cap_f + select.input_cap_f * count / 4)
    nors = odd * select.input_cap_f * count / 2 + select.output_cap_f
    switched = address_in + inv.input_cap_f + 2 * (drive_in + drive_out)
    switched = switched + np.where(has_nor, predecode + nors, np.where(address > 1, two.output_cap_f, 0.0))

    down = on_resistance_n(node, drive_n)
    last_tau = down * (drive_out + load_f)
    first_tau = on_resistance_p(node, drive_p) * (drive_out + drive_in)
    ideal = np.full_like(last_tau, np.inf)
    buffer = horowitz_delay(on_resistance_n(node, inv.width_n_m) * (inv.output_cap_f + 2 * two.input_cap_f), ideal)
    pair = horowitz_delay(
        2 * on_resistance_n(node, two.width_n_m) * (two.output_cap_f + select.input_cap_f * count / 4),
        output_slope(buffer),
    )
    line = horowitz_delay(
        2 * on_resistance_p(node, select.width_p_m) * (select.output_cap_f + inv.input_cap_f), output_slope(pair)
    )
    alone = horowitz_delay(on_resistance_n(node, inv.width_n_m) * (inv.output_cap_f + load_f), ideal)
    before = np.where(has_nor, buffer + pair + line, alone)
    first = horowitz_delay(first_tau, np.where(has_nor, output_slope(line), ideal))
    last = horowitz_delay(last_tau, output_slope(first))
    line_leak = select.leakage_w + 2 * inverter_leakage(node, drive_n, drive_p)
    pitch = node.finger_pitch * node.feature_m
    k = load_constants("buffers")
    nands = k["predecode_wires"] * pairs
    return LineDecoder(
        energy_j=node.vdd_v**2 * switched,
        time_s=before + first + last,
        bit_line_slope_per_s=output_slope(first),
        leakage_w=address * inv.leakage_w + nands * two.leakage_w + np.where(has_nor, count * line_leak, 0.0),
        input_columns_m=2 * 2 * pitch,
        nand_width_m=two.cell_width_m,
        nor_width_m=select.cell_width_m,
        wires_m=k["metal_pitch"] * node.feature_m * (nands + 2),
        lines=count,
        nands=nands,
    )


def select_inputs(lines: FloatArray) -> FloatArray:
    """Inputs of the NOR that selects one of ``lines`` lines, (U,): one a pair of address bits, at least two."""
    return np.maximum(np.ceil(np.ceil(np.log2(np.maximum(lines, 1))) / 2), 2)


def _fold(gate: Gate, inputs: FloatArray | int, where: BoolArray | bool) -> Gate:
    """``gate`` folded in two on the rows of ``where``."""
    wide = folded(gate, inputs)
    return replace(
        gate,
        cell_width_m=np.where(where, wide.cell_width_m, gate.cell_width_m),
        output_cap_f=np.where(where, wide.output_cap_f, gate.output_cap_f),
    )


def _driver(node: Node) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Widths [m] and input and output capacitance [F] of one inverter of the line driver."""
    width = load_constants("buffers")["driver_width"]
    n, p = transistor_width(node, width), transistor_width(node, width * node.pn_ratio)
    drains = drain_capacitance(node, n) + drain_capacitance(node, p)
    return n, p, gate_capacitance(node, n + p), drains
