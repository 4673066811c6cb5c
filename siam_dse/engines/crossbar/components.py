"""One crossbar component by component: area, leakage, energy of a bit-vector, and the stages of a sensing step."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.design.designs import Designs
from siam_dse.design.process import crossbar_logic_supply
from siam_dse.engines.crossbar.array import mean_cell_conductance
from siam_dse.engines.crossbar.design_case import DIGITAL, case_of_designs
from siam_dse.engines.crossbar.engine import crossbar_unit
from siam_dse.engines.crossbar.sensing import further_pulses, sensing_path
from siam_dse.engines.crossbar.subarray import ByComponent, energy_by_component


@dataclass(frozen=True)
class Components:
    """Figures of one crossbar of U designs by component, (U,) each, SI, calibrated as the technology says.

    ``energy_j`` is that of one bit-vector over all rows and columns at the design's activity, without a digital
    pedestal; ``stages_s`` are the parts of one sensing step, ``sensing_s`` the step and ``bit_vector_s`` what all steps
    and reads of a bit-vector take.
    """

    area_m2: ByComponent
    leakage_w: ByComponent
    energy_j: ByComponent
    stages_s: Mapping[str, FloatArray]
    sensing_s: FloatArray
    bit_vector_s: FloatArray


def crossbar_components(designs: Designs) -> Components:
    """Area, leakage, energy and time of one crossbar by component.

    Parameters
    ----------
    designs : Designs
        ``CROSSBAR_FIELDS``, (U,).
    """
    case, unit = case_of_designs(designs), crossbar_unit(designs)
    measured, logic = designs.technology.constants("calibration"), crossbar_logic_supply(designs) ** 2
    lit = np.maximum(designs.input_activity * case.rows, 1)
    energy = {
        name: measured["energy"] * values * (logic if name in DIGITAL else 1)
        for name, values in energy_by_component(case, lit).items()
    }
    path = sensing_path(case, mean_cell_conductance(case))
    factor = measured["time"] * case.circuit.latency_factor
    stages = {
        "word line or column select": factor * path.driving_s,
        "precharge": factor * path.precharge_s,
        "column": factor * path.column_s,
        "further pulses": factor * further_pulses(case) * (path.word_line_s + path.column_s),
        "encoder": factor * path.encoder_s,
    }
    conversion = unit.conversion_s - sum(stages.values())
    return Components(
        area_m2=unit.area_by_component,
        leakage_w=unit.leakage_by_component,
        energy_j=energy,
        stages_s={**stages, "conversion or sum": conversion},
        sensing_s=unit.conversion_s,
        bit_vector_s=unit.bit_vector_s,
    )
