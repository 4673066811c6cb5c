"""Every output column: name, unit, meaning, which way is better, and how it follows from the engines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray
from siam_dse.core.units import MJ_PER_J, MM2_PER_M2, MS_PER_S
from siam_dse.system.package import PackageResult, package_result
from siam_dse.system.ranges import in_validated_range
from siam_dse.system.totals import ENGINES, Totals, sum_engines

_TERA = 1e12
_OPERATIONS_PER_MAC = 2


class Parts:
    """What a column may be computed from: the batch's totals, and on demand package and DRAM."""

    def __init__(self, totals: Totals, *, include_dram: bool = False) -> None:
        self.totals = totals
        self.include_dram = include_dram

    @cached_property
    def package(self) -> PackageResult:
        """Yield and cost of the package and of its monolithic twin."""
        return package_result(self.totals)

    @cached_property
    def dram_energy_j(self) -> FloatArray:
        """DRAM energy of one inference, (D,)."""
        batch = self.totals.batch
        return batch.dram.energy_j[batch.dram_key.gather]

    @cached_property
    def dram_latency_s(self) -> FloatArray:
        """DRAM time of one inference, (D,)."""
        batch = self.totals.batch
        return batch.dram.latency_s[batch.dram_key.gather]

    @cached_property
    def energy_j(self) -> FloatArray:
        """Energy of one inference, (D,): the on-package engines, and the DRAM if it is to be included."""
        on_package = sum_engines(self.totals.dynamic_energy_j) + sum_engines(self.totals.leakage_energy_j)
        return on_package + self.dram_energy_j if self.include_dram else on_package

    @cached_property
    def latency_s(self) -> FloatArray:
        """Latency of one inference, (D,): the on-package engines, and the DRAM if it is to be included."""
        on_package = self.totals.total_latency_s
        return on_package + self.dram_latency_s if self.include_dram else on_package

    @cached_property
    def area_m2(self) -> FloatArray:
        """Area of all dies, (D,)."""
        return sum_engines(self.totals.area_m2)


@dataclass(frozen=True)
class Column:
    """An output column in the engineering unit its name ends in."""

    name: str
    unit: str
    meaning: str
    direction: str | None  # "minimise", "maximise", or None where neither is better
    compute: Callable[[Parts], AnyArray]


def _operations(p: Parts) -> float:
    return float(_OPERATIONS_PER_MAC * p.totals.batch.network.macs.sum())


def _per_area(p: Parts, seconds: AnyArray) -> AnyArray:
    return _operations(p) / seconds / _TERA / (p.area_m2 * MM2_PER_M2)


def _mapped(name: str) -> Callable[[Parts], AnyArray]:
    """A (U,) figure of the mapping, gathered."""
    return lambda p: getattr(p.totals.batch.mapping, name)[p.totals.batch.mapping_key.gather]


def _accuracy(name: str) -> Callable[[Parts], AnyArray]:
    """A (U,) figure of the accuracy engine, gathered."""
    return lambda p: getattr(p.totals.batch.accuracy, name)[p.totals.batch.accuracy_key.gather]


def _package(name: str, factor: float = 1.0) -> Callable[[Parts], AnyArray]:
    """A (D,) figure of yield and cost."""
    return lambda p: getattr(p.package, name) * factor


def _engine_energy_mj(engine: str) -> Callable[[Parts], AnyArray]:
    return lambda p: (p.totals.dynamic_energy_j[engine] + p.totals.leakage_energy_j[engine]) * MJ_PER_J


def _engine(quantity: str, engine: str, factor: float) -> Callable[[Parts], AnyArray]:
    return lambda p: getattr(p.totals, quantity)[engine] * factor


def _edap(p: Parts) -> AnyArray:
    return p.energy_j * MJ_PER_J * p.latency_s * MS_PER_S * p.area_m2 * MM2_PER_M2


def _columns() -> list[Column]:  # fmt: skip
    """The registry, in the order of the output table."""
    low, high = "minimise", "maximise"
    rows: list[Column] = [
        Column("latency_ms", "ms", "latency of one inference, layer by layer", low, lambda p: p.latency_s * MS_PER_S),
        Column(
            "throughput_ips",
            "images/s",
            "inferences a second, one at a time: 1 / latency",
            high,
            lambda p: 1 / p.latency_s,
        ),
        Column(
            "pipelined_throughput_ips",
            "images/s",
            "inferences a second with layers pipelined: 1 / slowest layer",
            high,
            lambda p: 1 / p.totals.slowest_layer_s,
        ),
        Column(
            "energy_mj",
            "mJ",
            "dynamic and leakage energy of one inference, on package",
            low,
            lambda p: p.energy_j * MJ_PER_J,
        ),
        Column(
            "dynamic_energy_mj",
            "mJ",
            "dynamic energy of one inference",
            low,
            lambda p: sum_engines(p.totals.dynamic_energy_j) * MJ_PER_J,
        ),
        Column(
            "leakage_energy_mj",
            "mJ",
            "leakage energy of one inference",
            low,
            lambda p: sum_engines(p.totals.leakage_energy_j) * MJ_PER_J,
        ),
        Column("edp_mj_ms", "mJ*ms", "energy x latency", low, lambda p: p.energy_j * MJ_PER_J * p.latency_s * MS_PER_S),
        Column("edap_mj_ms_mm2", "mJ*ms*mm2", "energy x latency x area of all dies", low, _edap),
        Column("area_mm2", "mm2", "area of all dies", low, lambda p: p.area_m2 * MM2_PER_M2),
        Column("die_area_mm2", "mm2", "area of the largest die", low, lambda p: p.totals.die_area_m2 * MM2_PER_M2),
        Column("package_area_mm2", "mm2", "area of the package", low, _package("package_area_m2", MM2_PER_M2)),
        Column("power_w", "W", "energy / latency", low, lambda p: p.energy_j / p.latency_s),
        Column(
            "tops_per_w",
            "TOPS/W",
            "2 operations a MAC / energy, at the network's bits",
            high,
            lambda p: _operations(p) / _TERA / p.energy_j,
        ),
        Column(
            "tops_per_mm2",
            "TOPS/mm2",
            "2 operations a MAC / latency / area of all dies",
            high,
            lambda p: _per_area(p, p.latency_s),
        ),
        Column(
            "pipelined_tops_per_mm2",
            "TOPS/mm2",
            "the same at pipelined throughput",
            high,
            lambda p: _per_area(p, p.totals.slowest_layer_s),
        ),
        Column("utilisation", "1", "cells that hold weights / all cells of the package", high, _mapped("utilisation")),
        Column("tiles", "count", "tiles that hold weights, copies included", low, _mapped("total_tiles")),
        Column("chiplets", "count", "chiplets in the package", None, _mapped("n_chiplets")),
        Column(
            "chiplets_needed", "count", "chiplets needed with one copy of every layer", None, _mapped("chiplets_needed")
        ),
        Column("chiplets_used", "count", "chiplets that hold weights", None, _mapped("chiplets_used")),
        Column(
            "nop_lanes",
            "count",
            "lanes of a NoP edge",
            None,
            lambda p: p.totals.batch.nop.nop_lanes[p.totals.batch.nop_key.gather],
        ),
        Column(
            "sqnr_db", "dB", "effective signal-to-quantisation-noise ratio over the layers", high, _accuracy("sqnr_db")
        ),
        Column(
            "accuracy_loss_pct",
            "%",
            "points of top-1 lost against int8 (model with wide uncertainty)",
            low,
            _accuracy("accuracy_loss_pct"),
        ),
        Column(
            "die_yield_fraction", "1", "share of good dies (of the largest die)", high, _package("die_yield_fraction")
        ),
        Column("package_yield_fraction", "1", "share of good packages", high, _package("package_yield_fraction")),
        Column("cost_usd", "USD", "recurring cost of a good package", low, _package("cost_usd")),
        Column(
            "mono_area_mm2", "mm2", "area of one big die with the same tiles", low, _package("mono_area_m2", MM2_PER_M2)
        ),
        Column("mono_cost_usd", "USD", "cost of that die, packaged", low, _package("mono_cost_usd")),
        Column("mono_fits_reticle", "1", "whether that die fits the reticle", None, _package("mono_fits_reticle")),
        Column(
            "dram_energy_mj",
            "mJ",
            "DRAM: one weight load / batch, and spilled activations",
            low,
            lambda p: p.dram_energy_j * MJ_PER_J,
        ),
        Column(
            "dram_latency_ms",
            "ms",
            "DRAM: one weight load / batch, and spilled activations",
            low,
            lambda p: p.dram_latency_s * MS_PER_S,
        ),
    ]
    for engine in ENGINES:
        rows += [
            Column(f"{engine}_energy_mj", "mJ", f"energy of one inference, {engine}", low, _engine_energy_mj(engine)),
            Column(
                f"{engine}_latency_ms",
                "ms",
                f"latency of one inference, {engine}",
                low,
                _engine("latency_s", engine, MS_PER_S),
            ),
            Column(
                f"{engine}_area_mm2", "mm2", f"area of all dies, {engine}", low, _engine("area_m2", engine, MM2_PER_M2)
            ),
            Column(
                f"{engine}_leakage_energy_mj",
                "mJ",
                f"leakage energy of one inference, {engine}",
                low,
                _engine("leakage_energy_j", engine, MJ_PER_J),
            ),
        ]
    rows.append(
        Column(
            "in_validated_range",
            "1",
            "whether every engine was validated at this design",
            None,
            lambda p: np.asarray(in_validated_range(p.totals.batch.designs)),
        )
    )
    return rows


OUTPUT_COLUMNS: Mapping[str, Column] = MappingProxyType({column.name: column for column in _columns()})
