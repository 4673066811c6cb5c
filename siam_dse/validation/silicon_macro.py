"""A fabricated macro as a design of the model: energy and time of its reads, its density."""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, total
from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.engines.crossbar.adder_tree import tree_energy
from siam_dse.engines.crossbar.design_case import case_of_designs
from siam_dse.engines.crossbar.engine import crossbar_unit
from siam_dse.engines.crossbar.subarray import energy_by_component
from siam_dse.technology.technology import Technology

CLASSES = ("charge", "current", "resistive", "digital")
_CELLS = {"charge": "charge", "current": "sram", "resistive": "rram_1t1r", "digital": "digital_cim"}
_MAGNETIC = "mram"
_USUAL_BITS = 4.0  # of a converter whose bits are not said


@dataclass(frozen=True)
class Macros:
    """Settings of n macros as silicon_macros.csv names them, (n,) each; NaN where one is not said.

    ``kind`` is one of ``CLASSES``, ``is_magnetic`` of resistive cells the magnetic ones.
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
    is_magnetic: AnyArray

    def take(self, rows: AnyArray) -> "Macros":
        """The macros at ``rows``."""
        return Macros(**{name: values[rows] for name, values in vars(self).items()})

    def said(self, name: str, otherwise: AnyArray | float) -> FloatArray:
        """A setting, or something in its place where it is not said or 0, (n,)."""
        values = getattr(self, name)
        return np.asarray(np.where(values > 0, values, otherwise))


@dataclass(frozen=True)
class MacroFigures:
    """Figures of n macros, (n,): energy of an operation of 1 bit x 1 bit, two a multiply-accumulate, time of a read,
    operations a second and area.

    ``operations`` are those that a conversion stands for.
    """

    energy_j: FloatArray
    time_s: FloatArray
    density: FloatArray
    operations: FloatArray


def designs_of(technology: Technology, macros: Macros) -> Designs:
    """The design that each macro is.

    What a row does not say is the model's default, but for the resistance of cells and the activity, which
    ``technology/data/silicon.yaml`` states: LSTP transistors, SAR converters of NeuroSim (columns of one bit, too). A
    node is rounded to whole nanometres, and every field lies within its limits. Columns that are summed with equal
    weights before a conversion, more than a weight has, count as longer columns.
    """
    k = technology.constants("silicon")
    wholly = np.ceil(macros.said("weight_bits", 1.0))
    columns = {
        "node_nm": np.round(macros.node_nm),
        "crossbar_rows": macros.n_rows,
        "crossbar_cols": macros.n_cols,
        "rows_per_read": np.minimum(macros.said("rows_per_read", macros.n_rows), macros.n_rows),
        "activation_bits": macros.input_bits,
        "input_bits_per_read": macros.input_bits,
        "weight_bits": wholly,
        "columns_combined": np.minimum(macros.said("columns_combined", 1.0), wholly),
        "columns_per_adc": macros.n_cols / macros.said("n_adc", macros.n_cols),
        "adc_bits": np.ceil(macros.said("adc_bits", _USUAL_BITS)),
        "supply_v": macros.said("supply_v", 0.0),
        "r_on_ohm": np.where(macros.is_magnetic, k["magnetic_on"], k["r_on"]),
        "r_off_ohm": np.where(macros.is_magnetic, k["magnetic_off"], k["r_off"]),
    }
    known, legal = fields(technology), {}
    for name, values in columns.items():
        inside = np.clip(values, known[name].low, known[name].high)
        legal[name] = [int(x) for x in inside] if known[name].kind == "int" else [float(x) for x in inside]
    cells = np.where(macros.is_magnetic, _MAGNETIC, [_CELLS[kind] for kind in macros.kind])
    return Designs.from_columns(
        {"cell": cells.tolist(), "input_activity": k["activity"], **legal}, technology=technology
    )


def figures_of(technology: Technology, macros: Macros, adc_rate_hz: FloatArray | None = None) -> MacroFigures:
    """Figures of the macros by the crossbar engine, as any design's.

    Parameters
    ----------
    technology : Technology
    macros : Macros (n)
    adc_rate_hz : (n,) [Hz], optional
        Conversions of a converter a second; default the model's.

    Notes
    -----
    A position is all rows and all bits of an input: 2 x rows x columns x bits operations. Sums over groups of rows are
    not part of a published macro, and left out of its energy. No factor is on energy or time; the area has the class's.
    """
    k, designs = technology.constants("silicon"), designs_of(technology, macros)
    if adc_rate_hz is not None:
        designs = replace(designs, adc_rate_hz=adc_rate_hz)
    case, unit = case_of_designs(designs), crossbar_unit(designs)
    lit = np.maximum(k["activity"] * case.rows, 1)
    parts = {**energy_by_component(case, lit), "accumulator": tree_energy(case) * lit * case.cols}
    operations = 2 * case.rows * case.cols * case.input_bits
    area = unit.area_m2 / np.array([k[f"area_{kind}"] for kind in macros.kind])
    return MacroFigures(
        energy_j=case.input_reads * total(parts.values()) / operations,
        time_s=unit.position_s / (case.row_reads * case.steps),
        density=operations / unit.position_s / area,
        operations=2 * macros.dot_product_length * macros.input_bits * macros.weight_bits,
    )
