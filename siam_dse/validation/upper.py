"""Validation of the blocks above the crossbar: flip-flops, adders, trees, buffers, H-trees, buses, activation, pooling.

Each row is one block of DNN+NeuroSim V1.3 at one node; ``params`` holds its size as ``key=value`` pairs. Predictions
come from the functions of the tile engine. What the source does and physics does not is applied here alone:

- ``halving_adder_tree``: a tree drops the odd input of a stage, so three inputs have one adder;
- ``neurosim_htree``: the latency of an H-tree passes its branches twice, on upper metal; only one wire of one path
  leaks;
- ``neurosim_leakage_scope``: SRAM cells of a buffer do not leak, of a max-pool unit three inverters do;
- ``fold_tie``: gates that fill their cell exactly are folded in two where a tie is rounded up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.units import NS_PER_S, PJ_PER_J, UM2_PER_M2, UM_PER_M, UW_PER_W
from siam_dse.engines.tile.buffers import register_bank, sram_bank
from siam_dse.engines.tile.decoder import select_inputs
from siam_dse.engines.tile.interconnect import (
    bus_length,
    htree_area,
    htree_lengths,
    htree_path,
    source_htree_latency,
    source_htree_leakage,
    wire_energy,
)
from siam_dse.engines.tile.library import Library, calibrated_library
from siam_dse.engines.tile.pooling import comparator, pool_comparators, source_pool_leakage
from siam_dse.engines.tile.trees import adder_law, tree_counts
from siam_dse.technology.gates import node_rows
from siam_dse.technology.logic import adder_area, adder_delay, adder_energy, adder_leakage, logic_constants
from siam_dse.technology.technology import Technology
from siam_dse.technology.wires import bus_wire, htree_wire
from siam_dse.validation.kind import PACKAGED, Kind, Target

_ROADMAPS = ("LSTP", "HP")


@dataclass(frozen=True)
class _Block:
    """Figures of one component's rows; arrays (n,), SI."""

    area_m2: FloatArray
    energy_j: FloatArray
    time_s: FloatArray
    leakage_w: FloatArray


class _Params:
    """Numbers and words of the ``params`` column of some rows of one component."""

    def __init__(self, component: str, rows: pd.DataFrame) -> None:
        self.component = component
        self.labels = rows.index
        self.corners = list(zip(rows["node"].astype(float), rows["roadmap"], strict=True))
        self.pairs = [dict(pair.partition("=")[::2] for pair in str(text).split(";")) for text in rows["params"]]

    def number(self, key: str) -> FloatArray:
        """Value of ``key`` in each row, (n,)."""
        return np.array([self._positive(i, pair, key) for i, pair in enumerate(self.pairs)], dtype=np.float64)

    def word(self, key: str, choices: tuple[str, ...]) -> list[str]:
        """Word of ``key`` in each row."""
        words = [pair.get(key, "") for pair in self.pairs]
        for i, word in enumerate(words):
            if word not in choices:
                raise self._fault(i, f"{key}={word!r}; {unknown_name(key, word, choices)}")
        return words

    def given(self, key: str) -> BoolArray:
        """Rows that have ``key``, (n,)."""
        return np.array([key in pair for pair in self.pairs])

    def _positive(self, i: int, pair: dict[str, str], key: str) -> float:
        try:
            value = float(pair[key])
        except (KeyError, ValueError):
            raise self._fault(i, f"{key}={pair.get(key)!r}; a {self.component} needs {key}=<number>") from None
        if not (np.isfinite(value) and value > 0):
            raise self._fault(i, f"{key}={value:g}; must be finite and above 0")
        return value

    def _fault(self, i: int, text: str) -> InputError:
        return InputError("params", f"row {self.labels[i] + 1} ({self.component}): {text}")


def predict(rows: pd.DataFrame, noc_model: str = "fast", technology: Technology = PACKAGED) -> dict[str, FloatArray]:
    """Area [um2], read energy [pJ], asynchronous latency [ns] and leakage [uW] of each row, (n,) each."""
    del noc_model
    rows = rows.reset_index(drop=True)
    _check(rows, technology)
    out = {name: np.full(len(rows), np.nan) for name in KIND.quantities}
    for component in rows["component"].unique():
        index = np.flatnonzero(rows["component"] == component)
        params = _Params(str(component), rows.iloc[index])
        block = _BLOCKS[str(component)](_library(params, technology), params)
        out["area_um2"][index] = block.area_m2 * UM2_PER_M2
        out["read_energy_pJ"][index] = block.energy_j * PJ_PER_J
        out["lat_ns_async"][index] = block.time_s * NS_PER_S
        out["leak_uW"][index] = block.leakage_w * UW_PER_W
    return out


def _check(rows: pd.DataFrame, technology: Technology) -> None:
    """Every row names a component, roadmap and node that there is."""
    offered = set(technology.table("nodes")["node_nm"])
    faults = []
    for i, row in enumerate(rows[["component", "node", "roadmap"]].itertuples(index=False), start=1):
        if row.component not in _BLOCKS:
            faults.append(f"row {i}: {unknown_name('component', str(row.component), _BLOCKS)}")
        if row.roadmap not in _ROADMAPS:
            faults.append(f"row {i}: {unknown_name('roadmap', str(row.roadmap), _ROADMAPS)}")
        if row.node not in offered:
            faults.append(f"row {i}: node {row.node} nm is not tabulated; there are {sorted(offered)}")
    if faults:
        raise InputError("rows", faults)


# Corners (node in nm, roadmap) where the source folds a NAND2, and a NOR of so many inputs, at a tie (measured).
_FOLDED_NAND2 = {(65.0, "HP")}
_FOLDED_NORS = {(32.0, "HP", 4), (32.0, "HP", 5), (65.0, "HP", 4), (65.0, "HP", 6)}


def _library(params: _Params, technology: Technology) -> Library:
    """Cell library of each row, NAND2 folded as in the source (``fold_tie``)."""
    node_nm, roadmap = (np.array(values) for values in zip(*params.corners, strict=True))
    folds = np.array([corner in _FOLDED_NAND2 for corner in params.corners])
    nodes = node_rows(technology, node_nm, np.char.lower(roadmap))
    return calibrated_library(nodes, folds, np.zeros_like(folds))


def _flip_flops(library: Library, params: _Params) -> _Block:
    count = params.number("numDff")
    share = np.where(params.given("validated"), logic_constants(library.node)["dff_activity"], 1.0)
    cell = library.register
    return _Block(count * cell.area_m2, count * share * cell.energy_j, cell.time_s, count * cell.leakage_w)


def _activation(library: Library, params: _Params) -> _Block:
    count = params.number("units") * params.number("bits")
    cell = library.register
    return _Block(count * cell.area_m2, count * cell.energy_j, cell.time_s, count * cell.leakage_w)


def _adder(library: Library, params: _Params) -> _Block:
    bits, gate = params.number("bits"), library.adder_nand
    return _Block(
        adder_area(library.node, bits, gate),
        adder_energy(library.node, bits, gate),
        adder_delay(library.node, bits, gate),
        adder_leakage(library.node, bits, gate),
    )


def _adder_tree(library: Library, params: _Params) -> _Block:
    law, trees = adder_law(library), params.number("trees")
    inputs, bits = params.number("inputs").astype(np.int64), params.number("bits").astype(np.int64)
    counts = tree_counts(inputs, bits, halving=True)
    return _Block(
        trees * counts.adder_bits * law.area_per_bit_m2,
        trees * law.energy(counts.adders, counts.adder_bits),
        law.delay(counts.stages, counts.path_bits),
        trees * counts.adder_bits * law.leakage_per_bit_w,
    )


def _buffer(library: Library, params: _Params) -> _Block:
    bits, line = params.number("bits"), params.number("iface")
    is_sram = np.array([word == "SRAM" for word in params.word("type", ("DFF", "SRAM"))])
    inputs = select_inputs(np.ceil(bits / line))
    folds = [(*corner, int(k)) in _FOLDED_NORS for corner, k in zip(params.corners, inputs, strict=True)]
    library = replace(library, folded_nors=np.array(folds))
    sram = sram_bank(library, bits, line, cells_leak=False)
    bank = sram.where(is_sram, register_bank(library, bits, line))
    return _Block(bank.area_m2, bank.read_energy_j, bank.line_time_s, bank.leakage_w)


def _htree(library: Library, params: _Params) -> _Block:
    node, leaves, leaf_m = library.node, params.number("n").astype(np.int64), params.number("unit_um") / UM_PER_M
    bus = params.number("bus")
    path = htree_path(htree_lengths(leaves, leaf_m))
    return _Block(
        htree_area(node, leaves, leaf_m, bus, params.number("fold")),
        bus * wire_energy(htree_wire(node), path),
        source_htree_latency(node, leaves, leaf_m),
        source_htree_leakage(node, leaves, leaf_m),
    )


def _bus(library: Library, params: _Params) -> _Block:
    units, wire = params.number("n").astype(np.int64), bus_wire(library.node)
    length = bus_length(units, params.number("unit_um") / UM_PER_M)
    return _Block(
        np.zeros(len(library)),
        params.number("bus") * wire_energy(wire, length),
        wire.delay_s_per_m * length,
        2 * units * length * wire.leakage_w_per_m,
    )


def _max_pool(library: Library, params: _Params) -> _Block:
    units, window = params.number("units"), params.number("window")
    one = comparator(library, params.number("bits"))
    comparators = pool_comparators(window)
    return _Block(
        units * comparators * one.area_m2,
        units * comparators * one.energy_j,
        comparators * one.time_s,
        units * source_pool_leakage(library),
    )


_BLOCKS: Mapping[str, Callable[[Library, _Params], _Block]] = {
    "DFF": _flip_flops,
    "Adder": _adder,
    "AdderTree": _adder_tree,
    "Buffer": _buffer,
    "HTree": _htree,
    "Bus": _bus,
    "ReLU_BitShifter": _activation,
    "MaxPool": _max_pool,
}


def error_or_zero(predicted: FloatArray, reference: FloatArray) -> FloatArray:
    """Relative error; 0 where both are zero (a bus takes no area)."""
    both_zero = (predicted == 0) & (reference == 0)
    return np.where(both_zero, 0.0, predicted / np.where(both_zero, 1.0, reference) - 1)


KIND = Kind(
    name="upper",
    reference="crossbar_upper.csv",
    quantities={
        "area_um2": "area_um2",
        "read_energy_pJ": "read_energy_pJ",
        "lat_ns_async": "lat_ns_async",
        "leak_uW": "leak_uW",
    },
    predict=predict,
    knobs=("component", "node", "roadmap", "params"),
    groups=("component", "node", "roadmap"),
    errors=error_or_zero,
    targets={"all": Target(0.02, 0.15)},
    note="gate by gate, exact but for folded gates and the comparator of the max-pool unit, a fit to these rows. "
    "Artefacts of the source (adder trees that drop odd inputs, H-trees passed twice, leakage left out, folded gates) "
    "are applied here and nowhere else.",
)
