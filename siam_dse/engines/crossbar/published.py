"""A design's converter beside those that were published."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.units import FF_PER_F, HZ_PER_GHZ, PJ_PER_J, UM2_PER_M2
from siam_dse.design.designs import Designs
from siam_dse.engines.crossbar.adc import (
    adc_area,
    conversion_time,
    held_time,
    power_law,
    published,
    published_energy,
)
from siam_dse.engines.crossbar.array import mean_cell_conductance
from siam_dse.engines.crossbar.column_mux import has_samplers, sampler_area, sampler_capacitance
from siam_dse.engines.crossbar.design_case import case_of_designs
from siam_dse.engines.crossbar.sram_column import has_sense_amp
from siam_dse.technology.converters import survey_area, survey_energy


@dataclass(frozen=True)
class BesidePublished:
    """Converters of U designs and the survey's median at their bits, node and rate; arrays (U,), SI.

    ``energy_j`` is that of a conversion without the column's current. NaN where sense amplifiers or adders stand in
    their place.
    """

    rate_hz: FloatArray
    energy_j: FloatArray
    area_m2: FloatArray
    median_energy_j: FloatArray
    median_area_m2: FloatArray


def beside_published(designs: Designs) -> BesidePublished:
    """Converters of the designs, at their supply and rate, beside the survey's median ones at the node's supply.

    Parameters
    ----------
    designs : Designs
        ``CROSSBAR_FIELDS``, (U,).

    Notes
    -----
    A conversion goes with the square of the supply whatever the law; the survey's rows say V^1.7 with a standard error
    of 0.4 (constant ``adc_survey.energy_supply``).
    """
    case = case_of_designs(designs)
    conductance_s = mean_cell_conductance(case)
    own_j = conversion_time(case, conductance_s) * power_law(case).fixed_w + published_energy(case)
    rate_hz = 1 / held_time(case, conductance_s)
    like = published(case, rate_hz)
    found = BesidePublished(
        rate_hz=rate_hz,
        energy_j=case.supply_ratio**2 * own_j,
        area_m2=adc_area(case) / case.converters,
        median_energy_j=survey_energy(case.technology, like),
        median_area_m2=survey_area(case.technology, like),
    )
    amplified = has_sense_amp(case) | case.is_digital
    return BesidePublished(**{name: np.where(amplified, np.nan, values) for name, values in vars(found).items()})


def says_converter(designs: Designs) -> str:
    """How far the converter of one design is from the survey's median and best, "" where it has none."""
    one = beside_published(designs)
    if not np.isfinite(one.energy_j[0]):
        return ""
    k = designs.technology.constants("adc_survey")
    energy, area = float(one.energy_j[0] / one.median_energy_j[0]), float(one.area_m2[0] / one.median_area_m2[0])
    return (
        f"A conversion takes {one.energy_j[0] * PJ_PER_J:.3g} pJ without the column's current at "
        f"{one.rate_hz[0] / HZ_PER_GHZ:.3g} GS/s, a converter {one.area_m2[0] * UM2_PER_M2:.4g} um2: "
        f"{energy:.2g} and {area:.2g} of the median of published converters of as many effective bits at the node and "
        f"rate, {energy / k['energy_best']:.2g} and {area / k['area_best']:.2g} of their best tenth."
    )


def says_sampling(designs: Designs) -> str:
    """What holds the columns of one design while its converters walk them, "" where rows are driven for each."""
    case = case_of_designs(designs)
    if not case.is_held[0]:
        return ""
    said = f"Rows are driven once for the {case.steps[0]:.0f} conversions of a read"
    if not has_samplers(case)[0]:
        return f"{said}; capacitors of the cells hold the columns."
    area_um2 = sampler_area(case)[0] / case.array_cols[0] * UM2_PER_M2
    capacitor_ff = sampler_capacitance(case)[0] * FF_PER_F
    return f"{said}; a sample-and-hold of {capacitor_ff:.3g} fF and {area_um2:.3g} um2 holds each column."
