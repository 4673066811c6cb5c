"""The crossbar engine: one crossbar with its periphery, and the energy of a network's layers on crossbars."""

from dataclasses import dataclass

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, freeze, total
from siam_dse.design.designs import Designs
from siam_dse.design.process import crossbar_logic_supply
from siam_dse.engines.crossbar.adc import is_beyond_fit
from siam_dse.engines.crossbar.array import mean_cell_conductance
from siam_dse.engines.crossbar.by_layer import position_time
from siam_dse.engines.crossbar.design_case import (
    CROSSBAR_FIELDS,
    DIGITAL,
    case_of_designs,
    counts_pedestal,
)
from siam_dse.engines.crossbar.energy import CrossbarEnergy
from siam_dse.engines.crossbar.options import SOUND, SourceOptions
from siam_dse.engines.crossbar.pedestal import pedestal_area, pedestal_leakage, subtractor_unit
from siam_dse.engines.crossbar.sensing import read_times, sensing_path, sensing_time
from siam_dse.engines.crossbar.subarray import (
    ByComponent,
    area_by_component,
    frozen,
    leakage_by_component,
    leakage_factor,
)
from siam_dse.engines.crossbar.timing import bit_vector_time, fill_time
from siam_dse.workload.network import Network

__all__ = ["CROSSBAR_FIELDS", "CrossbarEnergy", "CrossbarUnit", "crossbar_energy", "crossbar_unit"]


@dataclass(frozen=True)
class CrossbarUnit:
    """One crossbar with its periphery, for U designs; arrays (U,), SI, read-only.

    Components: array, word_line, source_line, level_shifter, column_mux, adc, encoder, precharge, write_driver,
    accumulator, shift_add, pedestal. ``leakage_w`` is drawn all the time that the crossbar is powered.

    ``bit_vector_s`` is the time of one input bit-vector through all columns, digital steps only where they are slower;
    ``position_s`` that of all bit-vectors of a position, one after another;
    ``fill_s`` what the digital steps behind the last conversion take; ``conversion_s`` one sensing step of all
    converters; ``columns_converted`` the columns a crossbar has, those of the reference included. ``is_beyond_fit``:
    the power of the converters rests on a law beyond what it was made for.
    """

    area_m2: FloatArray
    area_by_component: ByComponent
    leakage_w: FloatArray
    leakage_by_component: ByComponent
    bit_vector_s: FloatArray
    position_s: FloatArray
    fill_s: FloatArray
    conversion_s: FloatArray
    columns_converted: FloatArray
    is_beyond_fit: BoolArray

    @property
    def cell_leakage_w(self) -> FloatArray:
        """Leakage of the cells, (U,) [W]; resistive ones: none."""
        return self.leakage_by_component["array"]

    @property
    def periphery_leakage_w(self) -> FloatArray:
        """Leakage of all but the cells, (U,) [W]."""
        return self.leakage_w - self.cell_leakage_w


def crossbar_unit(designs: Designs, options: SourceOptions = SOUND, bits: IntArray | None = None) -> CrossbarUnit:
    """Area, leakage and time of one crossbar with its periphery.

    The sub-array of DNN+NeuroSim V1.3, or of SIAM's older circuit (field ``circuit``): array, row drivers, column mux,
    converters, shift-add, and what writing needs. Converters leak nothing, as in the source.

    Parameters
    ----------
    designs : Designs
        ``CROSSBAR_FIELDS``, (U,).
    options : SourceOptions
        Artefacts of the sources; none but for validation.
    bits : (U, L), optional
        Bits that converters run at in each layer; ``position_s`` is then (U, L).

    Returns
    -------
    CrossbarUnit

    Notes
    -----
    Sensing step = 1.4 x [max(word line, column select) + bit line + conversion + encoder]; a bit-vector takes one step
    a column of a converter. Accumulator, shift-add and digital pedestal are at the supply that ``clock_hz`` needs. The
    slowest column of a flash converter has one active row.

    Not modelled: writing (its circuits count in area and leakage), sneak paths of cross-point arrays, leakage of
    converters. Laws were checked on sub-arrays of 64 to 512 rows and columns, at 7 to 14 nm with LSTP transistors only
    (``siam-dse validate --kind crossbar``).

    References
    ----------
    Peng et al., DNN+NeuroSim, IEDM 2019 (key neurosim13); Krishnan et al. (key neurosim_siam).
    """
    case = case_of_designs(designs, options)
    counted = counts_pedestal(designs)
    measured = designs.technology.constants("calibration")
    area = {**area_by_component(case), "pedestal": pedestal_area(case, counted)}
    area = {name: measured["area"] * values for name, values in area.items()}
    leakage = {**leakage_by_component(case), "pedestal": leakage_factor(case) * pedestal_leakage(case, counted)}
    leakage |= {name: crossbar_logic_supply(designs) * leakage[name] for name in DIGITAL}
    path = sensing_path(case, mean_cell_conductance(case))
    step = measured["time"] * sensing_time(case, path)
    read_s = read_times(case, path, measured["time"])
    subtractor = subtractor_unit(case, counted)
    bit_vector_s = bit_vector_time(case, read_s, designs.clock_hz, designs.input_activity, subtractor)
    return CrossbarUnit(
        area_m2=freeze(total(area.values())),
        area_by_component=frozen(area),
        leakage_w=freeze(total(leakage.values())),
        leakage_by_component=frozen(leakage),
        bit_vector_s=freeze(bit_vector_s),
        position_s=freeze(bit_vector_s * case.input_reads if bits is None else position_time(designs, bits)),
        fill_s=freeze(fill_time(case, designs.clock_hz, subtractor)),
        conversion_s=freeze(step),
        columns_converted=freeze(case.array_cols),
        is_beyond_fit=freeze(is_beyond_fit(case, mean_cell_conductance(case) * designs.input_activity)),
    )


def crossbar_energy(
    designs: Designs, network: Network, options: SourceOptions = SOUND, bits: IntArray | None = None
) -> CrossbarEnergy:
    """Energy of the layers' bit-vectors.

    A layer's weights fill crossbars row block by row block; a partly used crossbar drives its used rows and converts
    its used columns. Activity is the network's where known, else the design's. Copies of a layer share its positions,
    so they do not change the energy.

    Parameters
    ----------
    designs : Designs
        ``CROSSBAR_FIELDS``, (U,).
    network : Network
        L layers.
    options : SourceOptions
        Artefacts of the sources; none but for validation.
    bits : (U, L), optional
        Bits that converters run at in each layer; default all that they can do.

    Returns
    -------
    CrossbarEnergy

    Notes
    -----
    Every component is bilinear in used rows and columns (:class:`siam_dse.engines.crossbar.law.EnergyLaw`) but the
    converter, whose power follows the active rows of each block: whole blocks and the last, shorter one.
    """
    return CrossbarEnergy(designs, network, case_of_designs(designs, options), bits)
