"""A fabricated macro put together from the crossbar engine's circuits: energy of a conversion, its time, the area."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray
from siam_dse.design.fields import code
from siam_dse.engines.crossbar.adc import conversion_time
from siam_dse.engines.crossbar.array import (
    bit_line_capacitance,
    mean_cell_conductance,
    word_line_capacitance,
)
from siam_dse.engines.crossbar.case import Case, cell_of, circuit_of, plain_reads
from siam_dse.engines.crossbar.options import SOUND
from siam_dse.engines.crossbar.sensing import sensing_path
from siam_dse.engines.crossbar.subarray import area_by_component
from siam_dse.technology.converters import Converters, survey_energy, survey_rate
from siam_dse.technology.gates import cell_unit_area, nand, node_rows
from siam_dse.technology.logic import adder_area, adder_delay, adder_energy, adder_gate
from siam_dse.technology.technology import Technology

CLASSES = ("charge", "current", "resistive", "digital")
_ROADMAP = "lstp"
_FLASH_BITS = 4  # converters of so many bits and fewer are flash
_USUAL_BITS = 4.0  # of a converter whose bits are not said


@dataclass(frozen=True)
class Macros:
    """Settings of n macros as silicon_macros.csv names them, (n,) each; NaN where one is not said.

    ``kind`` is one of ``CLASSES``.
    """

    node_nm: FloatArray
    n_rows: FloatArray
    n_cols: FloatArray
    supply_v: FloatArray
    input_bits: FloatArray
    weight_bits: FloatArray
    adc_bits: FloatArray
    rows_per_read: FloatArray
    rows: FloatArray
    columns_combined: FloatArray
    columns_per_adc: FloatArray
    n_adc: FloatArray
    dot_product_length: FloatArray
    n_cores: FloatArray
    kind: AnyArray

    def take(self, rows: AnyArray) -> "Macros":
        """The macros at ``rows``."""
        return Macros(**{name: values[rows] for name, values in vars(self).items()})

    def said(self, name: str, otherwise: AnyArray | float) -> FloatArray:
        """A setting, or something in its place where it is not said or 0, (n,)."""
        values = getattr(self, name)
        return np.asarray(np.where(values > 0, values, otherwise))


@dataclass(frozen=True)
class MacroFigures:
    """Figures of n macros, (n,): energy of one conversion with its column and drivers, time of a read, area of a core.

    ``operations``: of 1 bit x 1 bit, two a multiply-accumulate, that a conversion stands for.
    """

    energy_j: FloatArray
    time_s: FloatArray
    area_m2: FloatArray
    operations: FloatArray
    converters: FloatArray


def figures_of(technology: Technology, macros: Macros) -> MacroFigures:
    """Figures of the macros.

    Notes
    -----
    One conversion: E = E_adc / cores + b_in (E_rows + E_lines) + E_current; b_in input bits, E_adc the best tenth of
    the survey's converters at the node and supply, rows and lines V^2 times the capacitance of the cells that it sums,
    E_current of cells that draw one (current domain) at the read voltage while it converts. A converter of an array
    that reads a single row serves all cores at once. Charge-domain cells charge their capacitor instead. Digital
    macros: a NAND and a bit of an adder, with NeuroSim's activity, for each product. Time: drivers, columns and
    NeuroSim's conversion x (V / nominal)^-2, x the class's factor; area: NeuroSim's components x the class's factor.
    Nodes between tabulated ones
    are interpolated in logarithms; beyond 7 and 130 nm those stand in.
    """
    k = technology.constants("silicon")
    nodes = np.unique(technology.table("nodes")["node_nm"])
    at = np.clip(macros.node_nm, nodes[0], nodes[-1])
    below = nodes[np.searchsorted(nodes, at, side="right") - 1]
    above = nodes[np.searchsorted(nodes, at, side="left")]
    gap = np.log(np.where(above > below, above / below, np.e))
    share = np.where(above > below, np.log(at / below) / gap, 0.0)

    def between(compute: Callable[[FloatArray], Mapping[str, FloatArray]]) -> dict[str, FloatArray]:
        low, high = compute(below), compute(above)
        return {name: low[name] ** (1 - share) * high[name] ** share for name in low}

    factor = {quantity: np.array([k[f"{quantity}_{kind}"] for kind in macros.kind]) for quantity in ("time", "area")}
    analog = between(lambda node_nm: _analog(technology, macros, node_nm))
    digital = between(lambda node_nm: _digital(technology, macros, node_nm))
    is_digital = macros.kind == "digital"
    pick = {name: np.where(is_digital, digital[name], analog[name]) for name in digital}
    return MacroFigures(
        energy_j=pick["energy"],
        time_s=pick["time"] / factor["time"],
        area_m2=pick["area"] / factor["area"],
        operations=2 * macros.dot_product_length * macros.input_bits * macros.weight_bits,
        converters=macros.said("n_adc", macros.n_cols),
    )


def _analog(technology: Technology, macros: Macros, node_nm: FloatArray) -> dict[str, FloatArray]:
    """Energy of a conversion [J], time of a read [s] and area [m2] of macros with converters at tabulated nodes."""
    k = technology.constants("silicon")
    case = macro_case(technology, macros, node_nm)
    supply = macros.said("supply_v", case.node.vdd_v)
    combined, driven = macros.said("columns_combined", 1.0), macros.said("rows_per_read", macros.n_rows)
    lit = k["activity"] * driven * combined  # cells of a conversion whose input is 1
    rows_j = lit * word_line_capacitance(case) / macros.n_cols * supply**2
    lines = combined * bit_line_capacitance(case) * supply**2
    is_charge, is_resistive = macros.kind == "charge", macros.kind == "resistive"
    lines_j = np.where(is_resistive, 0.0, np.where(is_charge, lines + lit * k["unit_capacitor"] * supply**2, 2 * lines))
    path = sensing_path(case, mean_cell_conductance(case))
    slower = (supply / case.node.vdd_v) ** -2
    time_s = (path.driving_s + path.reading_s - path.conversion_s + _conversion_s(case, lit)) * slower
    current_j = np.where(is_charge, 0.0, lit * mean_cell_conductance(case) * k["read_voltage"] * supply * time_s)
    cores = np.where((driven <= 1) & (macros.n_cores > 1), macros.n_cores, 1.0)
    adc_j = converter_energy(technology, case.adc_bits, node_nm, supply)
    return {
        "energy": adc_j / cores + macros.input_bits * (rows_j + lines_j) + current_j,
        "time": time_s,
        "area": np.asarray(sum(area_by_component(case).values())),
    }


def _conversion_s(case: Case, lit: FloatArray) -> FloatArray:
    return conversion_time(case, mean_cell_conductance(case) * np.maximum(lit, 1))


def converter_energy(technology: Technology, bits: FloatArray, node_nm: FloatArray, supply: FloatArray) -> FloatArray:
    """Energy of one conversion by the best tenth of the survey's converters, at their median rate [J], (n,)."""
    no = np.zeros(len(bits), dtype=bool)
    asked = Converters(bits, node_nm, np.ones(len(bits)), supply, no, no)
    asked = Converters(**vars(asked) | {"rate_hz": survey_rate(technology, asked)})
    return np.asarray(technology.constants("adc_survey")["energy_best"] * survey_energy(technology, asked))


def _digital(technology: Technology, macros: Macros, node_nm: FloatArray) -> dict[str, FloatArray]:
    """The same of macros whose products are summed by adders at tabulated nodes."""
    k = technology.constants("silicon")
    case = macro_case(technology, macros, node_nm)
    node = case.node
    supply = macros.said("supply_v", node.vdd_v)
    gate, product, one = adder_gate(node), nand(node, 2), np.ones(len(node_nm))
    products = macros.dot_product_length * macros.weight_bits
    one_j = adder_energy(node, one, gate) + k["activity"] * node.vdd_v**2 * (product.input_cap_f + product.output_cap_f)
    depth = np.ceil(np.log2(np.maximum(macros.said("rows_per_read", macros.n_rows), 2)))
    slower = (supply / node.vdd_v) ** -2
    adders = macros.said("rows_per_read", macros.n_rows) * macros.n_cols
    one_m2 = adder_area(node, one, gate) + cell_unit_area(node)
    return {
        "energy": macros.input_bits * products * one_j * (supply / node.vdd_v) ** 2,
        "time": macros.input_bits * depth * adder_delay(node, 2 * one, gate) * slower,
        "area": np.asarray(area_by_component(case)["array"] + adders * one_m2),
    }


def macro_case(technology: Technology, macros: Macros, node_nm: FloatArray) -> Case:
    """The sub-array of each macro at a tabulated node: SRAM or 1T1R cells of one bit, NeuroSim's periphery."""
    k, n = technology.constants("silicon"), len(node_nm)
    is_resistive = macros.kind == "resistive"
    variant, roadmap = np.zeros(n, dtype=np.int64), np.full(n, _ROADMAP)
    cell = np.where(is_resistive, code("cell", "rram_1t1r"), code("cell", "sram"))
    bits = macros.said("adc_bits", _USUAL_BITS)
    one, no = np.ones(n), np.zeros(n, dtype=bool)
    return Case(
        node=node_rows(technology, node_nm, roadmap),
        node_nm=node_nm,
        roadmap=roadmap,
        circuit=circuit_of(technology, variant),
        cell=cell_of(technology, variant, cell),
        is_siam=no,
        is_sram=~is_resistive,
        is_row_by_row=no,
        is_flash=bits <= _FLASH_BITS,
        is_survey=no,
        is_voltage=no,
        rows=macros.n_rows,
        cols=macros.n_cols,
        reference_cols=0 * one,
        cell_bits=one,
        r_on_ohm=np.full(n, k["r_on"]),
        r_off_ohm=np.full(n, k["r_off"]),
        read_voltage_v=np.full(n, k["read_voltage"]),
        adc_bits=bits,
        columns_per_adc=np.maximum(macros.n_cols / macros.said("n_adc", macros.n_cols), 1),
        weight_cells=one,
        weight_columns=one,
        input_bits=one,
        nonzero_share=one,
        options=SOUND,
        **plain_reads(macros.n_rows, one, one),
    )
