"""Line decoder of a buffer: address inverters, predecoding NAND2, a NOR a line, two inverters that drive the line."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.units import ROUNDING
from siam_dse.engines.tile.library import Library
from siam_dse.technology.decoder import Decoder, selecting_nor, switched_capacitance, usual_driver
from siam_dse.technology.delays import output_slope
from siam_dse.technology.gates import inverter


@dataclass(frozen=True)
class LineDecoder:
    """Line decoder on U rows; arrays (U,), SI.

    ``energy_j`` is one selection, without an activity factor; ``bit_line_slope_per_s`` the slope of the line with which
    cells start to pull bit lines. Widths are those of a column of gates, ``wires_m`` that of the wires between.
    """

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
        """Area in columns of gates ``height_m`` high [m2]; ``cell_height_m`` x lines is a single column.

        Columns of NORs with address inverter and driver, of NAND2, and predecoded wires of 2.8F, four a pair of address
        bits and two more; nothing for two lines or fewer.
        """
        per_column = np.maximum(np.floor(height_m / cell_height_m + ROUNDING), 1)
        nor_columns = np.ceil(self.lines / per_column)
        nand_columns = np.ceil(self.nands / per_column)
        gates = self.nand_width_m * nand_columns + (self.nor_width_m + self.input_columns_m) * nor_columns
        return np.where(self.nands > 0, height_m * (gates + self.wires_m), 0.0)


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
    E = Vdd^2 x :func:`siam_dse.technology.decoder.switched_capacitance`. Delay: Horowitz chain of inverter, NAND2, NOR,
    driver, driver. With one or two address bits the source charges the address inverter with the line, and the driver
    starts with a step. The slope of the line is the one at the first driver.

    References
    ----------
    [neurosim13] RowDecoder.cpp (measured on 2 to 2048 lines: energy, delay, area, leakage exact where no gate folds).
    """
    node = library.node
    decoder, driver = _decoder(library, lines), usual_driver(library.node)
    inv, select = decoder.inverter, decoder.nor
    selected_s, selected_slope = decoder.line_delay(inv.input_cap_f)
    before = np.where(decoder.has_nor, selected_s, decoder.inverter_delay(load_f))
    first = driver.first_delay(np.where(decoder.has_nor, selected_slope, np.inf))
    last = driver.last_delay(load_f, output_slope(node, first))
    line_leak = select.leakage_w + 2 * driver.leakage_w
    pitch = node.finger_pitch * node.feature_m
    tracks = decoder.nands + 2
    return LineDecoder(
        energy_j=node.vdd_v**2 * switched_capacitance(decoder, driver),
        time_s=before + first + last,
        bit_line_slope_per_s=output_slope(node, first),
        leakage_w=decoder.shared_leakage_w + np.where(decoder.has_nor, decoder.lines * line_leak, 0.0),
        input_columns_m=2 * 2 * pitch,
        nand_width_m=decoder.nand.cell_width_m,
        nor_width_m=select.cell_width_m,
        wires_m=library.node.technology.constants("buffers")["metal_pitch"] * node.feature_m * tracks,
        lines=decoder.lines,
        nands=decoder.nands,
    )


def _decoder(library: Library, lines: FloatArray) -> Decoder:
    """Gates of the decoder; the source folds some NORs at a tie."""
    node, inputs = library.node, select_inputs(lines)
    return Decoder(
        node=node,
        address_bits=np.ceil(np.log2(np.maximum(lines, 1))),
        inverter=inverter(node, widened=library.widened),
        nand=library.adder_nand,
        nor=selecting_nor(node, inputs, widened=library.widened, is_folded=library.folded_nors),
    )


def select_inputs(lines: FloatArray) -> FloatArray:
    """Inputs of the NOR that selects one of ``lines`` lines, (U,): one a pair of address bits, at least two."""
    return np.maximum(np.ceil(np.ceil(np.log2(np.maximum(lines, 1))) / 2), 2)
