"""A sub-array of the reference tables as a case of the crossbar engine."""

from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray
from siam_dse.design.fields import code
from siam_dse.engines.crossbar.case import Case, cell_of, circuit_of, plain_reads
from siam_dse.engines.crossbar.options import SourceOptions
from siam_dse.technology.gates import node_rows
from siam_dse.technology.technology import Technology

_READ_VOLTAGE_V = 0.5


def reference_case(
    rows: pd.DataFrame,
    circuit: str,
    cell: AnyArray,
    *,
    weight_bits: AnyArray | float,
    input_bits: AnyArray | float,
    options: SourceOptions,
    technology: Technology,
    **flags: Any,
) -> Case:
    """The sub-array of each row: no reference columns, an offset weight in neighbouring columns, read at 0.5 V.

    Parameters
    ----------
    rows : (n) rows with rows, cols, levels, node, mux, cell_bits, roadmap, ron, roff
    circuit : str
        Choice of the field ``circuit``.
    cell : (n,) text
        Choices of the field ``cell``.
    weight_bits, input_bits : (n,) or float [bit]
    options : SourceOptions
    technology : Technology
    **flags : (n,) bool
        ``is_row_by_row``, ``is_flash``, ``is_voltage``.

    Returns
    -------
    Case
    """
    n = len(rows)
    roadmap = np.array([str(name).lower() for name in rows["roadmap"]], dtype=str)
    variant = np.full(n, code("circuit", circuit))
    cell_code = np.array([code("cell", str(name)) for name in cell], dtype=np.int64)
    bits = np.broadcast_to(np.asarray(input_bits, dtype=np.float64), n)
    weight_columns = np.ceil(weight_bits / number(rows, "cell_bits"))
    return Case(
        node=node_rows(technology, number(rows, "node"), roadmap),
        node_nm=number(rows, "node"),
        roadmap=roadmap,
        circuit=circuit_of(technology, variant),
        cell=cell_of(technology, variant, cell_code),
        is_siam=np.full(n, circuit == "neurosim_siam"),
        is_sram=cell_code == code("cell", "sram"),
        is_survey=np.zeros(n, dtype=bool),
        rows=number(rows, "rows"),
        cols=number(rows, "cols"),
        reference_cols=np.zeros(n),
        cell_bits=number(rows, "cell_bits"),
        r_on_ohm=number(rows, "ron"),
        r_off_ohm=number(rows, "roff"),
        read_voltage_v=np.full(n, _READ_VOLTAGE_V),
        adc_bits=np.log2(number(rows, "levels")),
        columns_per_adc=number(rows, "mux"),
        weight_cells=weight_columns,
        weight_columns=weight_columns,
        input_bits=bits,
        nonzero_share=np.ones(n),
        options=options,
        **plain_reads(number(rows, "rows"), bits, weight_columns),
        **flags,
    )


def active_rows(rows: pd.DataFrame) -> FloatArray:
    """Rows whose input bit is 1, (n,): a whole number, at least one."""
    return np.maximum(np.round(number(rows, "act") * number(rows, "rows")), 1)


def number(rows: pd.DataFrame, name: str) -> FloatArray:
    """Column of numbers, (n,)."""
    return rows[name].to_numpy(dtype=np.float64)


def flag(rows: pd.DataFrame, value: bool) -> BoolArray:
    """The same flag for every row, (n,)."""
    return np.full(len(rows), value)
