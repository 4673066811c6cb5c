"""Every output column: name, unit, meaning, which way is better, and how it follows from the composed figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray
from siam_dse.core.units import MJ_PER_J, MM2_PER_M2, MS_PER_S
from siam_dse.design.validated import in_validated_range
from siam_dse.system.figures import ENGINES, Figures

OPERATIONS_PER_MAC = 2  # a multiplication and an addition
PER_TERA = 1e-12


@dataclass(frozen=True)
class Column:
    """An output column in the engineering unit its name ends in."""

    name: str
    unit: str
    meaning: str
    direction: str | None  # "minimise", "maximise", or None where neither is better
    compute: Callable[[Figures], AnyArray]


def _mapped(name: str) -> Callable[[Figures], AnyArray]:
    """A (U,) figure of the mapping, gathered."""
    return lambda f: f.mapped(name)


def _accuracy(name: str) -> Callable[[Figures], AnyArray]:
    """A (U,) figure of the accuracy engine, gathered."""
    return lambda f: f.at(f.batch.accuracy_key, getattr(f.batch.accuracy, name))


def latency_ms(f: Figures) -> FloatArray:
    """Latency of one inference, (D,) [ms]; with ``include_dram`` the DRAM's as well."""
    return np.asarray((f.total_latency_s + f.included_dram_s) * MS_PER_S)


def energy_mj(f: Figures) -> FloatArray:
    """Energy of one inference, (D,) [mJ]; with ``include_dram`` the DRAM's as well."""
    return np.asarray((f.energy_j + f.included_dram_j) * MJ_PER_J)


def area_mm2(f: Figures) -> FloatArray:
    """Area of all dies, (D,) [mm2]."""
    return f.total_area_m2 * MM2_PER_M2


def _tera_operations(f: Figures) -> float:
    """Operations of one inference that are performed, those that ``sparsity`` leaves out not counted, / 1e12."""
    return OPERATIONS_PER_MAC * float(f.batch.network.performed_macs.sum()) * PER_TERA


def _of_engine(engine: str) -> list[Column]:
    """The four columns of an on-package engine; over the engines each adds up to its total."""
    return [
        Column(f"{engine}_energy_mj", "mJ", f"energy of the {engine} engine, leakage included", "minimise",
               lambda f: (f.dynamic_energy_j(engine) + f.leakage_energy_j(engine)) * MJ_PER_J),
        Column(f"{engine}_latency_ms", "ms", f"latency of the {engine} engine", "minimise",
               lambda f: f.latency_s(engine) * MS_PER_S),
        Column(f"{engine}_area_mm2", "mm2", f"area of the {engine} engine in all dies", "minimise",
               lambda f: f.area_m2(engine) * MM2_PER_M2),
        Column(f"{engine}_leakage_energy_mj", "mJ", f"leakage energy of the {engine} engine", "minimise",
               lambda f: f.leakage_energy_j(engine) * MJ_PER_J),
    ]  # fmt: skip


def _dynamic_mj(f: Figures) -> FloatArray:
    return np.asarray(sum(f.dynamic_energy_j(engine) for engine in ENGINES) * MJ_PER_J)


def _leakage_mj(f: Figures) -> FloatArray:
    return np.asarray(sum(f.leakage_energy_j(engine) for engine in ENGINES) * MJ_PER_J)


_COLUMNS = (
    Column("latency_ms", "ms", "one inference, layer after layer", "minimise", latency_ms),
    Column("throughput_ips", "images/s", "1 / latency", "maximise", lambda f: MS_PER_S / latency_ms(f)),
    Column("pipelined_throughput_ips", "images/s", "1 / latency of the slowest layer, layers as a pipeline of images",
           "maximise", lambda f: 1 / f.slowest_layer_s),
    Column("energy_mj", "mJ", "dynamic and leakage energy on package, one inference", "minimise", energy_mj),
    Column("dynamic_energy_mj", "mJ", "energy of switching", "minimise", _dynamic_mj),
    Column("leakage_energy_mj", "mJ", "energy of leakage and standby", "minimise", _leakage_mj),
    Column("edp_mj_ms", "mJ ms", "energy x latency", "minimise", lambda f: energy_mj(f) * latency_ms(f)),
    Column("edap_mj_ms_mm2", "mJ ms mm2", "energy x latency x area", "minimise",
           lambda f: energy_mj(f) * latency_ms(f) * area_mm2(f)),
    Column("area_mm2", "mm2", "sum of the dies", "minimise", area_mm2),
    Column("die_area_mm2", "mm2", "largest die", "minimise", lambda f: f.die_area_m2 * MM2_PER_M2),
    Column("package_area_mm2", "mm2", "package", "minimise", lambda f: f.cost.package_area_m2 * MM2_PER_M2),
    Column("power_w", "W", "energy / latency", "minimise", lambda f: energy_mj(f) / latency_ms(f)),
    Column("tops_per_w", "TOPS/W", "operations performed (not those that sparsity leaves out) / energy: 2 a "
           "multiply-accumulate, at the network's bits, no DRAM", "maximise",
           lambda f: _tera_operations(f) / f.energy_j),
    Column("tops_per_mm2", "TOPS/mm2", "operations performed / latency / area, layer after layer", "maximise",
           lambda f: _tera_operations(f) / f.total_latency_s / area_mm2(f)),
    Column("pipelined_tops_per_mm2", "TOPS/mm2", "operations performed / latency of the slowest layer / area",
           "maximise", lambda f: _tera_operations(f) / f.slowest_layer_s / area_mm2(f)),
    Column("utilisation", "1", "cells that hold weights / all cells of the package", "maximise",
           _mapped("utilisation")),
    Column("tiles", "count", "tiles that hold weights, copies included", "minimise", _mapped("total_tiles")),
    Column("chiplets", "count", "chiplets in the package", None, _mapped("n_chiplets")),
    Column("chiplets_needed", "count", "chiplets needed with one copy of every layer", None,
           _mapped("chiplets_needed")),
    Column("chiplets_used", "count", "chiplets that hold weights", None, _mapped("chiplets_used")),
    Column("nop_lanes", "count", "lanes of one PHY of the network on package", None,
           lambda f: f.at(f.batch.package_key, f.batch.links.nop_lanes)),
    Column("sqnr_db", "dB", "signal to quantisation and variation noise, averaged over layers", "maximise",
           _accuracy("sqnr_db")),
    Column("accuracy_loss_pct", "%", "points of top-1 lost against int8; none for networks without int8_top1",
           "minimise", _accuracy("accuracy_loss_pct")),
    Column("die_yield_fraction", "1", "share of good dies of the largest kind", "maximise",
           lambda f: f.cost.die_yield_fraction),
    Column("package_yield_fraction", "1", "share of packages bonded well", "maximise",
           lambda f: f.cost.package_yield_fraction),
    Column("cost_usd", "USD", "recurring cost of a package: good dies, package, bonding losses", "minimise",
           lambda f: f.cost.cost_usd),
    Column("mono_area_mm2", "mm2", "one big die with the same tiles and no package links", "minimise",
           lambda f: f.mono_area_m2 * MM2_PER_M2),
    Column("mono_cost_usd", "USD", "recurring cost of that die in its package", "minimise",
           lambda f: f.monolithic.mono_cost_usd),
    Column("mono_fits_reticle", "1", "1 where that die fits the reticle", "maximise",
           lambda f: f.monolithic.mono_fits_reticle.astype(np.float64)),
    Column("dram_energy_mj", "mJ", "DRAM: one load of the weights / batch, and feature maps that find no room",
           "minimise", lambda f: f.dram_j * MJ_PER_J),
    Column("dram_latency_ms", "ms", "time of the same", "minimise", lambda f: f.dram_s * MS_PER_S),
    *(column for engine in ENGINES for column in _of_engine(engine)),
    Column("in_validated_range", "1", "1 where every field lies in the range its engine was checked in", None,
           lambda f: in_validated_range(f.designs).astype(np.float64)),
)  # fmt: skip

OUTPUT_COLUMNS: Mapping[str, Column] = MappingProxyType({column.name: column for column in _COLUMNS})
