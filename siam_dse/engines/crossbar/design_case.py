"""The sub-array that a design describes."""

import numpy as np

from siam_dse.core.arrays import BoolArray
from siam_dse.core.once import once
from siam_dse.design.cells import is_charge, is_sram
from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.design.process import crossbar_node, node_row
from siam_dse.engines.crossbar.case import Case, cell_of, circuit_of, is_code
from siam_dse.engines.crossbar.options import SOUND, SourceOptions
from siam_dse.mapping.crossbars import columns_per_weight
from siam_dse.mapping.reads import (
    bits_at_once,
    code_bits,
    codes_per_weight,
    columns_at_once,
    columns_of_an_adc,
    input_reads,
    is_digital,
    is_row_by_row,
    rows_at_once,
)
from siam_dse.technology.supply import given_ratio

# Components that run at the digital clock; the others have none.
DIGITAL = ("accumulator", "shift_add", "pedestal")

# Fields of a design that a crossbar depends on.
CROSSBAR_FIELDS = (
    "crossbar_rows",
    "crossbar_cols",
    "cell",
    "cell_bits",
    "r_on_ohm",
    "r_off_ohm",
    "read_voltage_v",
    "node_nm",
    "roadmap",
    "supply_v",
    "adc_kind",
    "adc_bits",
    "adc_bits_first_last",
    "adc_rate_hz",
    "columns_per_adc",
    "sensing",
    "read_mode",
    "rows_per_read",
    "input_bits_per_read",
    "input_drive",
    "row_drive",
    "columns_combined",
    "circuit",
    "weight_bits",
    "activation_bits",
    "input_activity",
    "weight_mapping",
    "pedestal",
    "adc_thermal_floor",
    "adc_model",
    "clock_hz",
)


def is_differential(designs: Designs) -> BoolArray:
    """Designs whose weights are a positive and a negative set of columns, (U,)."""
    return is_code("weight_mapping", designs.weight_mapping, "differential")


def sees_pedestal(designs: Designs) -> BoolArray:
    """Designs whose columns sum the current of cells at their lowest level, (U,): resistive, read in parallel."""
    resistive = ~is_sram(designs)
    return np.asarray(resistive & is_code("read_mode", designs.read_mode, "parallel"))


def has_reference(designs: Designs) -> BoolArray:
    """Designs with reference columns, (U,): the pedestal is subtracted before the converter."""
    return np.asarray(sees_pedestal(designs) & is_code("pedestal", designs.pedestal, "analog"))


def counts_pedestal(designs: Designs) -> BoolArray:
    """Designs that remove the pedestal digitally with a counter of ones, (U,)."""
    digital = is_code("pedestal", designs.pedestal, "digital")
    return np.asarray(sees_pedestal(designs) & digital & ~is_differential(designs))


@once
def case_of_designs(designs: Designs, options: SourceOptions = SOUND) -> Case:
    """The sub-array of each design.

    An analog pedestal takes a reference column at each converter, whose current is subtracted from that of the column
    being read. Differential weights have two columns a cell of their magnitude, of which one is at its lowest level.

    Parameters
    ----------
    designs : Designs
        ``CROSSBAR_FIELDS``, (U,).
    options : SourceOptions

    Returns
    -------
    Case
    """
    roadmap = np.asarray(fields(designs.technology)["roadmap"].choices)[designs.roadmap]
    differential = is_differential(designs)
    columns = columns_per_weight(designs).astype(np.float64)
    cols = designs.crossbar_cols.astype(np.float64)
    served = columns_of_an_adc(designs).astype(np.float64)
    half = designs.technology.constants("crossbar")["differential_nonzero_share"]
    row, digital = node_row(designs), is_digital(designs)
    ratio = given_ratio(designs.technology, row, designs.supply_v)
    return Case(
        node=crossbar_node(designs),
        node_nm=designs.node_nm,
        roadmap=roadmap,
        circuit=circuit_of(designs.technology, designs.circuit),
        cell=cell_of(designs.technology, designs.circuit, designs.cell),
        is_siam=is_code("circuit", designs.circuit, "neurosim_siam"),
        is_sram=is_sram(designs),
        is_charge=is_charge(designs) & ~is_row_by_row(designs),
        is_digital=digital,
        is_row_by_row=is_code("read_mode", designs.read_mode, "row_by_row"),
        is_flash=is_code("adc_kind", designs.adc_kind, "flash") & ~digital,
        is_survey=is_code("adc_model", designs.adc_model, "survey") & ~digital,
        is_voltage=is_code("sensing", designs.sensing, "voltage"),
        rows=designs.crossbar_rows.astype(np.float64),
        cols=cols,
        reference_cols=np.where(has_reference(designs), np.ceil(cols / served), 0.0),
        cell_bits=designs.cell_bits.astype(np.float64),
        r_on_ohm=designs.r_on_ohm,
        r_off_ohm=designs.r_off_ohm,
        read_voltage_v=designs.read_voltage_v,
        adc_bits=code_bits(designs).astype(np.float64),
        columns_per_adc=served,
        weight_cells=np.where(differential, columns / 2, columns),
        weight_columns=columns,
        input_bits=designs.activation_bits.astype(np.float64),
        nonzero_share=np.where(differential, half, 1.0),
        read_rows=rows_at_once(designs).astype(np.float64),
        bits_per_read=bits_at_once(designs).astype(np.float64),
        is_pulsed=is_code("input_drive", designs.input_drive, "pulse_width"),
        is_sampled=is_code("row_drive", designs.row_drive, "sampled"),
        input_reads=input_reads(designs).astype(np.float64),
        combined=columns_at_once(designs).astype(np.float64),
        weight_codes=codes_per_weight(designs).astype(np.float64),
        supply_ratio=ratio,
        adc_rate_hz=designs.adc_rate_hz,
        options=options,
    )
