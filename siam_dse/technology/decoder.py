"""Decoder chain: address inverters, NAND2 that predecode pairs of address bits, a NOR a line, and a line's driver.

Rows of a crossbar, lines of a buffer and columns behind an ADC are all selected by it. What the last NOR drives, and
which of the gates there are for few lines, the caller says.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.core.once import once
from siam_dse.core.units import ROUNDING
from siam_dse.technology.delays import horowitz_delay, output_slope
from siam_dse.technology.gates import (
    Gate,
    Node,
    drain_capacitance,
    gate_capacitance,
    inverter_leakage,
    nor,
    on_resistance_n,
    on_resistance_p,
    region_height,
    transistor_width,
)
from siam_dse.technology.logic import folded_where


@dataclass(frozen=True)
class Decoder:
    """Gates of a decoder of 2^A lines on U node rows; arrays (U,).

    ``address_bits`` is A. Bits are predecoded in pairs; an odd one goes to half of the NORs at once.
    """

    node: Node
    address_bits: FloatArray
    inverter: Gate
    nand: Gate
    nor: Gate

    @property
    def lines(self) -> FloatArray:
        """Lines, (U,): 2^A."""
        return np.asarray(2.0**self.address_bits)

    @property
    def pairs(self) -> FloatArray:
        """Pairs of address bits, (U,)."""
        return np.asarray(np.floor(self.address_bits / 2))

    @property
    def odd_bits(self) -> FloatArray:
        """Address bits without a partner, (U,): 0 or 1."""
        return np.asarray(self.address_bits % 2)

    @property
    def nands(self) -> FloatArray:
        """Predecoding NAND2, (U,): four a pair."""
        return np.asarray(self.node.technology.constants("buffers")["predecode_wires"] * self.pairs)

    @property
    def has_nor(self) -> BoolArray:
        """Decoders of more than four lines, (U,): fewer need no NOR."""
        return np.asarray(self.address_bits > 2)

    @property
    def predecoded_load_f(self) -> FloatArray:
        """Load of one predecoded wire [F], (U,): a NOR input of a quarter of the lines."""
        return np.asarray(self.nor.input_cap_f * self.lines / 4)  # a pair of bits has four states

    @property
    def shared_leakage_w(self) -> FloatArray:
        """Leakage of address inverters and NAND2 [W], (U,)."""
        return np.asarray(self.address_bits * self.inverter.leakage_w + self.nands * self.nand.leakage_w)

    def inverter_delay(self, load_f: FloatArray) -> FloatArray:
        """Delay of an address inverter that a step drives [s], (U,): R_N (C_out + load)."""
        tau = on_resistance_n(self.node, self.inverter.width_n_m) * (self.inverter.output_cap_f + load_f)
        return horowitz_delay(self.node, tau, np.full_like(tau, np.inf))

    def nand_delay(self, load_f: FloatArray, slope_per_s: FloatArray) -> FloatArray:
        """Delay of a NAND2 [s], (U,): 2 R_N (C_out + load)."""
        tau = 2 * on_resistance_n(self.node, self.nand.width_n_m) * (self.nand.output_cap_f + load_f)
        return horowitz_delay(self.node, tau, slope_per_s)

    def nor_delay(self, load_f: FloatArray, slope_per_s: FloatArray) -> FloatArray:
        """Delay of a NOR [s], (U,): 2 R_P (C_out + load)."""
        tau = 2 * on_resistance_p(self.node, self.nor.width_p_m) * (self.nor.output_cap_f + load_f)
        return horowitz_delay(self.node, tau, slope_per_s)

    def line_delay(self, load_f: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Delay from the address to the output of a line's NOR [s], and the slope there [1/s], (U,) each.

        Parameters
        ----------
        load_f : (U,) [F], what the NOR drives

        Notes
        -----
        Horowitz chain of inverter (load 2 C_nand), NAND2 (load C_nor lines / 4) and NOR.

        References
        ----------
        [neurosim13] RowDecoder.cpp, CalculateLatency (measured on 2 to 2048 lines, exact where no gate folds).
        """
        buffered = self.inverter_delay(2 * self.nand.input_cap_f)
        paired = self.nand_delay(self.predecoded_load_f, output_slope(self.node, buffered))
        selected = self.nor_delay(load_f, output_slope(self.node, paired))
        return np.asarray(buffered + paired + selected), output_slope(self.node, selected)


@dataclass(frozen=True)
class LineDriver:
    """Two equal inverters that drive a line, on U node rows; arrays (U,), SI, of one inverter."""

    node: Node
    width_n_m: FloatArray
    width_p_m: FloatArray
    input_cap_f: FloatArray
    output_cap_f: FloatArray

    @property
    def leakage_w(self) -> FloatArray:
        """Leakage of one inverter [W], (U,)."""
        return inverter_leakage(self.node, self.width_n_m, self.width_p_m)

    def first_delay(self, slope_per_s: FloatArray) -> FloatArray:
        """Delay of the first inverter, which drives the second [s], (U,): R_P (C_out + C_in)."""
        tau = on_resistance_p(self.node, self.width_p_m) * (self.output_cap_f + self.input_cap_f)
        return horowitz_delay(self.node, tau, slope_per_s)

    def last_delay(self, load_f: FloatArray, slope_per_s: FloatArray) -> FloatArray:
        """Delay of the second inverter, which drives the line [s], (U,): R_N (C_out + load)."""
        tau = on_resistance_n(self.node, self.width_n_m) * (self.output_cap_f + load_f)
        return horowitz_delay(self.node, tau, slope_per_s)


def line_driver(node: Node, width_n_m: FloatArray, width_p_m: FloatArray) -> LineDriver:
    """Driver of inverters with the given transistor widths [m], (U,) each."""
    return LineDriver(
        node=node,
        width_n_m=width_n_m,
        width_p_m=width_p_m,
        input_cap_f=gate_capacitance(node, width_n_m + width_p_m),
        output_cap_f=drain_capacitance(node, width_n_m) + drain_capacitance(node, width_p_m),
    )


def selecting_nor(
    node: Node, inputs: FloatArray, *, widened: BoolArray | bool, is_folded: BoolArray | bool = False
) -> Gate:
    """NOR that selects a line: folded in two where it does not fit the standard cell, and where ``is_folded``.

    Parameters
    ----------
    node : Node
    inputs : (U,)
    widened, is_folded : (U,) bool

    Notes
    -----
    A minimum NOR of k inputs is 2F (1 + k pn) wide: with six (decoders of more than 1024 lines) more than the 20.9F
    that N and P share, at 45 nm and above. FinFETs have whole fins that fit.
    """
    plain = nor(node, inputs, widened=widened)
    too_wide = plain.width_n_m + plain.width_p_m > region_height(node) * (1 + ROUNDING)
    return folded_where(node, plain, inputs, is_folded | (too_wide & ~node.is_finfet))


@once
def usual_driver(node: Node) -> LineDriver:
    """Driver of a decoder's lines: NMOS 4F, PMOS 4F x pn."""
    width = node.technology.constants("buffers")["driver_width"]
    return line_driver(node, transistor_width(node, width), transistor_width(node, width * node.pn_ratio))


def switched_capacitance(decoder: Decoder, driver: LineDriver) -> FloatArray:
    """Capacitance that one selection switches at Vdd [F], (U,), without an activity factor.

    Parameters
    ----------
    decoder : Decoder
    driver : LineDriver, of every line

    Notes
    -----
    2 floor(A/2) (C_in + 2 C_nand) + odd (C_in + C_nor lines / 2) + floor(A/2) (C_out,nand + C_nor lines / 4)
    + C_out,nor + C_in + 2 (C_in + C_out) of the driver. Without NORs (four lines or fewer) a NAND2's output stands in
    their place.

    References
    ----------
    [neurosim13] RowDecoder.cpp, CalculatePower (measured on 2 to 2048 lines, exact where no gate folds).
    """
    inv, two, nor = decoder.inverter, decoder.nand, decoder.nor
    pairs, odd = decoder.pairs, decoder.odd_bits
    address = 2 * pairs * (inv.input_cap_f + 2 * two.input_cap_f) + odd * inv.input_cap_f
    predecode = pairs * (two.output_cap_f + decoder.predecoded_load_f)
    nors = odd * nor.input_cap_f * decoder.lines / 2 + nor.output_cap_f
    switched = address + inv.input_cap_f + 2 * (driver.input_cap_f + driver.output_cap_f)
    few = np.where(decoder.address_bits > 1, two.output_cap_f, 0.0)
    return np.asarray(switched + np.where(decoder.has_nor, predecode + nors, few))
