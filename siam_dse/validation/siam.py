"""Validation of SIAM's own engine, layer by layer: time and energy of converters, of accumulation, and of the rest.

The circuits are those of ``circuit = neurosim_siam`` on cross-point cells at 32 nm HP (:mod:`crossbar_siam`), whose
times and energies a layer's crossbars, copies and positions multiply. What SIAM's engine does that its architecture
does not has names (:class:`siam_dse.validation.siam_layers.SiamOptions`).

Where the engine differs from the sub-array class of its predecessor, which the model follows elsewhere:

- A conversion takes its 1 ns and the encoder's delay for each column of an ADC; the class divides the 1 ns by the
  number of ADCs.
- Shift-add has b + 1 bits with a register of b + 1 + i, b ADC and i input bits; the class b + i + 1 and b + 2 i + 1.
- Word-line pass gates switch once a bit-vector, not with every step of the column mux, those of unused rows too.
- Wires are 40 nm wide, as its predecessor ships them.

Sums over the PEs of a tile are added position by position, whatever the copies, by a tree a converter (one bit more
than the register); sums over tiles by trees of 8 bits, one for each ADC along a tile.

Left: energy of converters and cells -20 to +14 % (lines 6 to 13 % high, converters of crossbars used in part 10 %
low); other energy 3 to 10 % low; what the other time has beside word lines, 0.8 %. That the converters of ResNet-110's
last layer take four times the energy of its crossbars is not understood.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray
from siam_dse.core.errors import InputError
from siam_dse.core.units import M_PER_NM, NS_PER_S, PJ_PER_J
from siam_dse.engines.crossbar import shift_add
from siam_dse.engines.crossbar.array import mean_cell_conductance
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.options import NEUROSIM_SIAM
from siam_dse.engines.crossbar.sensing import sensing_path
from siam_dse.engines.crossbar.subarray import converter, energy_laws
from siam_dse.engines.tile.trees import TreeCounts, tree_counts
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.technology.logic import adder_energy, carry_chain
from siam_dse.technology.technology import Technology
from siam_dse.validation.crossbar_siam import wired
from siam_dse.validation.kind import PACKAGED, Kind, Target
from siam_dse.validation.siam_layers import AS_SIAM, SiamLayers, SiamOptions, siam_layers
from siam_dse.validation.sub_arrays import flag, number, reference_case

_KNOBS = (
    *("network", "layer", "ifm_w", "ifm_h", "channels_in", "kernel_w", "kernel_h", "channels_out"),
    *("crossbar", "tile_crossbars", "weight_bits", "activation_bits", "activity"),
)
# What SIAM's engine was run with: RRAM without access device, 4-bit flash, eight columns an ADC.
ENGINE = {"levels": 16, "node": 32, "mux": 8, "cell_bits": 1, "roadmap": "HP", "ron": 1e5, "roff": 1e7}
_WIRE_NM = 40
_TILE_SUM_BITS = 8  # of the first adder behind a tile


def case_of(rows: pd.DataFrame, technology: Technology = PACKAGED) -> Case:
    """The crossbar of each row."""
    table = pd.DataFrame({"rows": rows["crossbar"], "cols": rows["crossbar"], **ENGINE})
    case = reference_case(
        table,
        "neurosim_siam",
        np.full(len(rows), "rram_crosspoint"),
        weight_bits=number(rows, "weight_bits"),
        input_bits=number(rows, "activation_bits"),
        options=NEUROSIM_SIAM,
        technology=technology,
        is_row_by_row=flag(rows, False),
        is_flash=flag(rows, True),
        is_voltage=flag(rows, False),
    )
    return replace(case, node=wired(case.node, np.full(len(rows), _WIRE_NM * M_PER_NM), technology))


def shift_add_unit(case: Case) -> shift_add.Unit:
    """The engine's shift-add behind each converter."""
    bits = case.adc_bits + 1
    return shift_add.Unit(np.full(len(case), True), case.converters, bits, bits + case.input_bits)


def predict(
    rows: pd.DataFrame, noc_model: str = "fast", technology: Technology = PACKAGED, options: SiamOptions = AS_SIAM
) -> Mapping[str, FloatArray]:
    """Times and energies of each layer, (n,)."""
    del noc_model
    if not len(rows):
        return {name: np.zeros(0) for name in _QUANTITIES}
    layers, activity = siam_layers(rows, options), number(rows, "activity")
    beyond = np.flatnonzero(~((activity >= 0) & (activity <= 1)))
    if len(beyond):
        raise InputError(
            "rows", f"row {beyond[0] + 1}, column 'activity': must be a share in [0, 1], got {activity[beyond[0]]:g}"
        )
    case = case_of(rows, technology)
    return {**_latencies(layers, case), **_energies(layers, case, activity)}


def _latencies(layers: SiamLayers, case: Case) -> dict[str, FloatArray]:
    """Times of the layers, (n,) [ns]."""
    path = sensing_path(case, mean_cell_conductance(case) * case.rows)
    vectors, steps = layers.rounds * case.input_bits, case.columns_per_adc
    one_s = _adder(case, lambda bits: carry_chain(case.node, case.nand2).delay(bits))
    in_tile = np.where(_is_summed(layers), layers.positions * steps * one_s(1, _in_tile_bits(case)), 0.0)
    passes, tree = _chiplet_sums(layers, case)
    shifted = vectors * shift_add.unit_delay(case, shift_add_unit(case))
    added = shifted + in_tile + passes * one_s(tree.stages, tree.path_bits)
    return {
        "adc_latency_ns": vectors * steps * (path.conversion_s + path.encoder_s) * NS_PER_S,
        "accumulation_latency_ns": added * NS_PER_S,
        "other_latency_ns": vectors * steps * path.word_line_s * NS_PER_S,
    }


def _energies(layers: SiamLayers, case: Case, activity: FloatArray) -> dict[str, FloatArray]:
    """Energies of the layers, (n,) [pJ]."""
    laws = energy_laws(case)
    crossbars, vectors, steps = layers.charged_crossbars, layers.positions * case.input_bits, case.columns_per_adc
    driven, lines = crossbars * case.rows, crossbars * case.cols
    cells = laws["array"].per_active_row_j * activity + laws["array"].per_column_j
    array = layers.rows * layers.columns / case.cols * cells
    seen = activity * np.minimum(layers.rows, case.rows)
    flash = converter(case, mean_cell_conductance(case) * seen).energy(seen)
    converting = layers.charged_columns * flash + lines * laws["encoder"].per_column_j
    word_line = laws["word_line"]
    driving = driven * (word_line.per_row_j + activity * word_line.per_active_row_j / steps)
    joined = lines * shift_add.addition_energy(case, shift_add_unit(case))
    sums = np.where(_is_summed(layers), layers.row_tiles * layers.column_tiles * layers.side * case.cols, 0.0)
    one_j = _adder(case, lambda bits: adder_energy(case.node, bits, case.nand2, case.circuit.adder_activity))
    in_tile = layers.positions * sums * one_j(1, _in_tile_bits(case))
    passes, tree = _chiplet_sums(layers, case)
    over_tiles = passes * _trees(layers, case) * one_j(tree.adders, tree.adder_bits)
    return {
        "adc_energy_pj": vectors * (array + converting) * PJ_PER_J,
        "accumulation_energy_pj": (vectors * joined + in_tile + over_tiles) * PJ_PER_J,
        "other_energy_pj": vectors * (driving + lines * laws["column_mux"].per_read_column_j) * PJ_PER_J,
    }


def _adder(case: Case, figure: Callable[[FloatArray], FloatArray]) -> Callable[[AnyArray | int, AnyArray], FloatArray]:
    """A figure of one adder, linear in its bits, as that of several adders of so many bits together."""
    narrow = 2  # a carry chain has two ends
    two, three = (figure(np.full(len(case), float(bits))) for bits in (narrow, narrow + 1))
    return lambda adders, bits: np.asarray(adders * (two - narrow * (three - two)) + bits * (three - two))


def _in_tile_bits(case: Case) -> FloatArray:
    """Bits of an adder over the PEs of a tile: one more than what shift-add holds."""
    return shift_add_unit(case).register_bits + 1


def _is_summed(layers: SiamLayers) -> BoolArray:
    """Layers whose rows span PEs of a tile."""
    return np.asarray(layers.row_crossbars > layers.side // 2)


def _trees(layers: SiamLayers, case: Case) -> FloatArray:
    """Trees over tiles that a chiplet has: one for each ADC along a tile."""
    return np.asarray(layers.side * case.converters)


def _chiplet_sums(layers: SiamLayers, case: Case) -> tuple[FloatArray, TreeCounts]:
    """Passes through the trees over tiles, one after another, and one such tree."""
    trees = _trees(layers, case).astype(np.int64)
    if layers.options.serial_chiplet_sums:
        passes = layers.column_tiles * layers.channels_out * ceil_div(layers.positions, trees)
    else:
        passes = ceil_div(layers.channels_out * layers.positions, trees)
    tree = tree_counts(layers.row_tiles, np.full(len(case), _TILE_SUM_BITS), halving=True)
    return passes.astype(np.float64), tree


_QUANTITIES = (
    *("adc_latency_ns", "accumulation_latency_ns", "other_latency_ns"),
    *("adc_energy_pj", "accumulation_energy_pj", "other_energy_pj"),
)

KIND = Kind(
    name="siam",
    reference="siam_engine_layers.csv",
    quantities={name: name for name in _QUANTITIES},
    predict=predict,
    knobs=_KNOBS,
    groups=("crossbar", "network"),
    targets={"all": Target(0.1, 0.3), "adc_latency_ns|all": Target(0.01, 0.05)},
    note="what SIAM's engine does that its architecture does not is on by name (SiamOptions): copies counted twice, "
    "copies that share a position, one crossbar charged for a processing element, empty ones charged, serial sums of "
    "tiles.",
)
