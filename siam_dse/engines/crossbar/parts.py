"""What the crossbars declare: the positions of a copy one after another, their energy, and a crossbar's silicon."""

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, IntArray
from siam_dse.core.declare import (
    ALWAYS,
    AT_WORK,
    ENERGY,
    LATENCY,
    LEAKAGE,
    Composed,
    Engine,
    Need,
    Note,
    Part,
    Rule,
    Term,
    area_of_each_tile,
    figure,
)
from siam_dse.core.units import PERCENT
from siam_dse.design.cells import WEARING_CELLS, is_of, is_sram
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.design.process import node_row
from siam_dse.engines.crossbar.adc import rate_beyond
from siam_dse.engines.crossbar.array import mean_cell_conductance
from siam_dse.engines.crossbar.design_case import case_of_designs
from siam_dse.engines.crossbar.energy import CrossbarEnergy
from siam_dse.engines.crossbar.engine import CROSSBAR_FIELDS, CrossbarUnit, crossbar_energy, crossbar_unit
from siam_dse.engines.crossbar.products import PRODUCT_FIELDS, product_crossbars
from siam_dse.engines.crossbar.published import says_converter, says_sampling
from siam_dse.engines.crossbar.writes import WRITE_FIELDS, Writes, weight_writes
from siam_dse.mapping.reads import is_digital, is_row_by_row
from siam_dse.technology.interpolated import is_interpolated
from siam_dse.technology.supply import supply_range_v
from siam_dse.workload.network import Network

_LARGEST_SHOWN = 3  # components named


def _unit(view: Designs, _: Network, converters: Need) -> CrossbarUnit:
    return crossbar_unit(view, bits=_bits(converters))


def _work(view: Designs, network: Network, converters: Need) -> CrossbarEnergy:
    return crossbar_energy(view, network, bits=_bits(converters))


def _bits(converters: Need) -> IntArray | None:
    """Bits that converters run at in each layer, (U, L), None: all that they can do."""
    bits = converters.record.bits
    return None if bits is None else converters.at(bits)


def _writes(view: Designs, network: Network, mapping: Need) -> Writes:
    return weight_writes(view, network, mapping.record, mapping.rows)


def _wears_out(f: Composed) -> BoolArray:
    return np.asarray((f.figure("mapping.rounds") > 1) & is_of(f.designs, WEARING_CELLS))


def _mram_beyond(f: Composed) -> AnyArray:
    most = f.designs.technology.constants("reading")["highest_mram_ratio"]
    beyond = np.maximum(f.designs.r_off_ohm / f.designs.r_on_ohm - most, 0)
    return np.where(f.designs.cell == code("cell", "mram"), beyond, 0.0)


def _supply_beyond(f: Composed) -> AnyArray:
    lowest_v, highest_v = (bound[node_row(f.designs)] for bound in supply_range_v(f.designs.technology))
    beyond = np.maximum(np.maximum(lowest_v - f.designs.supply_v, f.designs.supply_v - highest_v), 0.0)
    return np.where(f.designs.supply_v > 0, beyond, 0.0)


def _rate_beyond(f: Composed) -> AnyArray:
    asked, beyond = np.flatnonzero(f.designs.adc_rate_hz), np.zeros(len(f.designs))
    if len(asked):
        case = case_of_designs(f.designs.take(asked))
        beyond[asked] = rate_beyond(case, mean_cell_conductance(case))
    return beyond


def _has_unused_reads(f: Composed) -> BoolArray:
    is_one_by_one = is_row_by_row(f.designs) | is_digital(f.designs)
    return np.asarray(is_one_by_one & ((f.designs.input_bits_per_read > 1) | (f.designs.columns_combined > 1)))


def _sram_bits(f: Composed) -> AnyArray:
    return np.where(is_sram(f.designs), f.designs.cell_bits - 1, 0)


def _magnitude_bits(f: Composed) -> AnyArray:
    is_differential = f.designs.weight_mapping == code("weight_mapping", "differential")
    return np.where(is_differential & (f.designs.weight_bits < 2), 1, 0)


def _says(f: Composed) -> str:
    parts = {name: float(energy_j[0].sum()) for name, energy_j in f.record("crossbar_work").by_component.items()}
    first, total_j = sorted(parts, key=lambda name: -parts[name])[:_LARGEST_SHOWN], sum(parts.values())
    largest = "Largest in the crossbars: " + ", ".join(f"{n} {parts[n] / total_j * PERCENT:.3g} %" for n in first) + "."
    return " ".join(filter(None, (largest, says_converter(f.designs), says_sampling(f.designs))))


CROSSBAR = Engine(
    name="crossbar",
    word="crossbars",
    colour="#0072b2",
    remedy="copies (more chiplets), fewer columns_per_adc or fewer activation_bits",
    parts=(
        Part("crossbar", _unit, CROSSBAR_FIELDS, needs=("converters",)),
        Part("crossbar_work", _work, CROSSBAR_FIELDS, needs=("converters",)),
        Part("product_crossbars", product_crossbars, PRODUCT_FIELDS),
        Part("crossbar_writes", _writes, WRITE_FIELDS, needs=("mapping",)),
    ),
    terms=(
        Term(LATENCY, ("work.positions", "crossbar.position_s")),
        Term(LATENCY, ("layers.fills", "crossbar.fill_s")),
        Term(ENERGY, ("crossbar_work.energy_j",), of_all_layers=("crossbar_work.total_j",)),
        Term(LATENCY, ("crossbar_writes.latency_s",)),
        Term(ENERGY, ("crossbar_writes.energy_j",)),
        *area_of_each_tile("crossbar.area_m2", "design.crossbars_per_tile"),
        Term(LEAKAGE, ("crossbar.periphery_leakage_w", "design.crossbars_per_tile"), powered=AT_WORK),
        # cells hold the weights and are never off; resistive ones do not leak
        Term(LEAKAGE, ("crossbar.cell_leakage_w", "design.crossbars_per_tile", "mapping.package_tiles"),
             powered=ALWAYS),
    ),
    components="crossbar_work.by_component",
    rules=(
        Rule("mram_contrast", "r_off_ohm over r_on_ohm beyond what a magnetic tunnel junction has",
             "r_on_ohm = 5000 and r_off_ohm = 10000, or another cell", _mram_beyond),
        Rule("supply_fits", "volts by which supply_v is beyond what the node's transistors bear or need",
             "a supply_v nearer to the node's (1.1 V at 65 nm, 0.9 V at 32 nm, 0.7 V at 7 nm), or 0", _supply_beyond),
        Rule("converter_rate", "share by which adc_rate_hz is beyond what the simulated converter can do, whose law "
             "charges no energy for speed", "adc_rate_hz = 0 takes its own rate, adc_model = survey charges speed; a "
             "converter of your own is a technology file (adc.sar_cycle, adc.flash_time_floor)", _rate_beyond),
        Rule("sram_cell_bits", "bits beyond the one that an SRAM cell stores", "cell_bits = 1", _sram_bits),
        Rule("differential_bits", "bits that a signed weight needs beyond its one", "weight_bits = 2, or offset",
             _magnitude_bits),
    ),
    notes=(
        Note("interpolated_node", "the node lies between two tabulated ones: transistors, wires and converters are "
             "interpolated in logarithms (between 14 and 22 nm, where fins begin, transistors are those of the nearer)",
             lambda f: is_interpolated(f.designs.technology, f.designs.node_nm)),
        Note("converter_law", "the columns conduct so well that their current makes most of the converters' energy: a "
             "law made for columns of some kilohm is extrapolated (SRAM at 14 nm and below has the strongest cells)",
             figure("crossbar.is_beyond_fit")),
        Note("read_ignores", "input_bits_per_read and columns_combined have no effect where rows are read one by one "
             "or adders sum columns (digital_cim): one bit of an input and one column at a time", _has_unused_reads),
        Note("cells_wear_out", "resistive cells are written anew for every batch: at 10^6 writes of a cell and 1,000 "
             "batches a second they last 17 minutes; SRAM does not wear out", _wears_out),
    ),
    says=_says,
)  # fmt: skip
