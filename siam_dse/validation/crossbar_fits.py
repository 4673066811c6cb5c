"""Fits of the crossbar's constants: the few laws that were not read off exactly, refitted from the reference rows.

Each function returns constants by the name they have in ``technology/data``; a test compares them with what is stored.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray
from siam_dse.core.units import NS_PER_S, PJ_PER_J, UW_PER_W
from siam_dse.engines.crossbar.adc import power_law, reference_over_column
from siam_dse.engines.crossbar.array import mean_cell_conductance
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.column_mux import mux_pass_gate
from siam_dse.engines.crossbar.row_decoder import row_decoder_energy
from siam_dse.technology.gates import inverter
from siam_dse.validation import crossbar, crossbar_siam
from siam_dse.validation.kind import Kind
from siam_dse.validation.sub_arrays import number
from siam_dse.validation.tables import reference_rows


def fit_mux_energy() -> Mapping[str, FloatArray]:
    """``mux_energy_share``: switched energy of a column mux over the NMOS gate load of a pass gate at Vdd^2."""
    rows = _rows(crossbar.KIND, lambda r: (r["mode"] == "parallel") & (r["e_mux"] > 0))
    case = crossbar.case_of(rows)
    load = mux_pass_gate(case).gate_n_cap_f * case.node.vdd_v**2
    return {"mux_energy_share": np.asarray(np.median(number(rows, "e_mux") / PJ_PER_J / case.cols / load))}


def fit_row_driver() -> Mapping[str, FloatArray]:
    """``row_driver_input_caps`` and ``row_driver_output_caps``: what selecting a row spends beside its decoder."""
    rows = _rows(crossbar.KIND, lambda r: (r["mode"] == "sequential") & (r["cell"] == "RRAM"))
    case = crossbar.case_of(rows)
    gate = inverter(case.node, widened=case.circuit.is_widened)
    v2 = case.node.vdd_v**2
    steps = case.columns_per_adc * np.round(number(rows, "act") * case.rows)
    sram = crossbar.case_of(rows.assign(cell="SRAM"))
    decoder = np.asarray(row_decoder_energy(sram).per_active_row_j)
    spent = number(rows, "e_wl_drv") / PJ_PER_J / steps - decoder
    fit = _least_squares([gate.input_cap_f * v2, gate.output_cap_f * v2], spent)
    return {"row_driver_input_caps": fit[0], "row_driver_output_caps": fit[1]}


def fit_sense_amp() -> Mapping[str, FloatArray]:
    """Energy, leakage and time of the sense amplifiers of SRAM read row by row."""
    rows = _rows(crossbar.KIND, lambda r: r["adc"] == "SRAM_SA")
    case = crossbar.case_of(rows)
    gate = inverter(case.node, widened=False)
    reads = case.cols * np.round(number(rows, "act") * case.rows)
    v2 = case.node.vdd_v**2
    energy = _least_squares(
        [gate.input_cap_f * v2, gate.output_cap_f * v2], number(rows, "e_senseamp") / PJ_PER_J / reads
    )
    leakage = np.median(number(rows, "l_senseamp") / UW_PER_W / case.cols / gate.leakage_w)
    size = np.log(case.node_nm / 32)  # the node at which the time is stored
    exponent, level = np.polyfit(size, np.log(number(rows, "t_senseamp_ns") / NS_PER_S), 1)
    return {
        "sense_amp_input_caps": energy[0],
        "sense_amp_output_caps": energy[1],
        "sense_amp_leakage": np.asarray(leakage),
        "sense_amp_time": np.asarray(np.exp(level)),
        "sense_amp_time_exponent": np.asarray(exponent),
    }


def fit_siam_runaway() -> Mapping[str, FloatArray]:
    """``siam_runaway_time`` and ``siam_runaway_levels``: time that SIAM's circuit charges a conversion at 65 nm LSTP.

    The levels' part is found on a grid, the polynomial by least squares of the relative error for each.
    """

    def wanted(rows: pd.DataFrame) -> pd.Series:
        return (rows["node"] == 65) & (rows["roadmap"] == "LSTP") & (rows["cell"] != "SRAM")

    rows = _rows(crossbar_siam.KIND, wanted)
    case = crossbar_siam.case_of(rows)
    time, x = _charged_time(rows, case)
    levels = 2**case.adc_bits
    best = np.inf
    out: dict[str, FloatArray] = {}
    for fall in np.linspace(2, 3, 101):
        share = 1 - fall / levels
        fit = _least_squares([share, share * x, share * x**2], time)
        error = np.sum((share * (fit[0] + fit[1] * x + fit[2] * x**2) / time - 1) ** 2)
        if error < best:
            best, out = error, {"siam_runaway_time": fit, "siam_runaway_levels": np.asarray(fall)}
    return out


def fit_runaway_ratio() -> Mapping[str, FloatArray]:
    """``runaway_ratio``: largest reference over column resistance from which a flash conversion takes its limit.

    The rows only bracket it: the geometric mean of the largest ratio that does not run away and the least that does.
    """

    def wanted(rows: pd.DataFrame) -> pd.Series:
        is_flash = (rows["adc"] == "MLSA_C") & (rows["levels"] > 2)
        return is_flash & (rows["node"] == 65) & (rows["roadmap"] == "LSTP") & (rows["mode"] == "parallel")

    rows = _rows(crossbar.KIND, wanted)
    case = crossbar.case_of(rows)
    ratio = reference_over_column(case, mean_cell_conductance(case) * np.round(number(rows, "act") * case.rows))
    ceiling = case.technology.constants("adc")["flash_time_ceiling"]
    is_away = number(rows, "t_mlsa_ns") / NS_PER_S >= ceiling * (1 - 1e-6)
    if ratio[~is_away].max() >= ratio[is_away].min():
        raise ValueError("rows that run away and rows that do not overlap")
    return {"runaway_ratio": np.sqrt(ratio[~is_away].max() * ratio[is_away].min())}


def _charged_time(rows: pd.DataFrame, case: Case) -> tuple[FloatArray, FloatArray]:
    """Time charged a conversion [s] and ln(R_col / 1 kohm), (n,) each."""
    conductance = mean_cell_conductance(case) * np.round(number(rows, "act") * case.rows)
    power = power_law(case).power(conductance)
    time = number(rows, "e_mlsa") / PJ_PER_J / (case.columns_per_adc * case.cols * power)
    return time, -np.log(conductance * 1e3)  # kilo-ohm


def _least_squares(columns: list[FloatArray], wanted: FloatArray) -> FloatArray:
    """Coefficients of least relative error."""
    design = np.stack(columns, axis=1) / wanted[:, None]
    scale = np.abs(design).max(axis=0)
    found = np.linalg.lstsq(design / scale, np.ones(len(wanted)), rcond=None)[0]
    return np.asarray(found / scale)


def _rows(kind: Kind, wanted: Callable[[pd.DataFrame], pd.Series]) -> pd.DataFrame:
    """Reference rows of a kind that are ``wanted``."""
    rows = reference_rows(kind)
    return rows[wanted(rows)].reset_index(drop=True)
