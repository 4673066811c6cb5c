"""What the digital units declare: products of two activations, softmax, normalisation, gates, special functions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray
from siam_dse.core.declare import (
    ALWAYS,
    AREA,
    CUSTOM_DIE_AREA,
    DIE_AREA,
    ENERGY,
    LATENCY,
    LEAKAGE,
    MONOLITH_AREA,
    MULTIPLYING,
    VECTORISING,
    Composed,
    Engine,
    Need,
    Note,
    Part,
    Rule,
    Term,
)
from siam_dse.core.units import BITS_PER_KIB, HZ_PER_GHZ, MJ_PER_J, MM2_PER_M2, MS_PER_S, PERCENT
from siam_dse.design.designs import Designs
from siam_dse.design.in_sram import has_product_crossbars
from siam_dse.design.process import node_row
from siam_dse.engines.digital.dies import Cache, DigitalDies, digital_dies, key_value_cache
from siam_dse.engines.digital.sram import SRAM_FIELDS
from siam_dse.engines.digital.unit import UNIT_FIELDS, DigitalUnit, digital_unit
from siam_dse.engines.digital.work import (
    TIME_FIELDS,
    DigitalEnergy,
    DigitalTimes,
    digital_energy,
    digital_latency,
    has_vectors,
)
from siam_dse.technology.supply import highest_clock_hz
from siam_dse.workload.network import Network


@dataclass(frozen=True)
class _Sort:
    """A part of a unit, on the dies that have work for it."""

    dies: str
    area: str
    leakage: str
    powered: str
    network_has: Callable[[Network], bool]


def _has_products(network: Network) -> bool:
    return bool(network.product_heads.any())


def _has_cache(network: Network) -> bool:
    return bool(network.product_cached.any())


def _has_work(network: Network) -> bool:
    return _has_products(network) or has_vectors(network)


_SORTS = (
    _Sort("macs", "product_silicon.area_m2", "product_silicon.leakage_w", MULTIPLYING, _has_products),
    _Sort("vectors", "digital_unit.vector_area_m2", "digital_unit.vector_leakage_w", VECTORISING, has_vectors),
    _Sort("caches", "digital_unit.cache_area_m2", "digital_unit.cache_leakage_w", ALWAYS, _has_cache),
)


@dataclass(frozen=True)
class ProductSilicon:
    """What a chiplet has for products of two activations; (U,)."""

    area_m2: FloatArray
    leakage_w: FloatArray


def _unit(view: Designs, _: Network) -> DigitalUnit:
    return digital_unit(view)


def _silicon(view: Designs, _: Network, digital_unit: Need, product_crossbars: Need) -> ProductSilicon:
    """Systolic arrays of a chiplet, or its crossbars of SRAM."""
    unit, crossbars, n = digital_unit.own, product_crossbars.own, view.product_crossbars_per_chiplet
    return ProductSilicon(
        area_m2=np.where(crossbars.is_used, n * crossbars.area_m2, unit.mac_area_m2),
        leakage_w=np.where(crossbars.is_used, n * crossbars.leakage_w, unit.mac_leakage_w),
    )


def _work(view: Designs, network: Network, digital_unit: Need, product_crossbars: Need) -> DigitalEnergy:
    return digital_energy(view, network, digital_unit.own, product_crossbars.own)


def _time(view: Designs, network: Network, mapping: Need, product_crossbars: Need) -> DigitalTimes:
    return digital_latency(view, network, mapping.record, mapping.rows, product_crossbars.own)


def _dies(_: Designs, network: Network, mapping: Need) -> DigitalDies:
    return digital_dies(network, mapping.own)


def _cache(view: Designs, network: Network, digital_dies: Need) -> Cache:
    chiplets = digital_dies.at(digital_dies.record.holding_caches)
    return key_value_cache(network, view.activation_bits, view.cache_kib_per_chiplet * BITS_PER_KIB, chiplets)


def _silicon_terms(sort: _Sort) -> tuple[Term, ...]:
    """Terms of a part of the unit that stands on the dies that have work for it."""
    name, area, has = sort.dies, sort.area, sort.network_has
    leaking = (sort.leakage, *(("digital_dies.caches",) if sort.powered == ALWAYS else ()))
    return (
        Term(AREA, (f"digital_dies.{name}", area), network_has=has),
        Term(DIE_AREA, (f"digital_dies.any_{name}", area), network_has=has),
        Term(MONOLITH_AREA, (f"digital_dies.{name}", area), network_has=has),
        Term(CUSTOM_DIE_AREA, (f"digital_dies.starts_{name}", area), network_has=has),
        Term(LEAKAGE, leaking, powered=sort.powered, network_has=has),
    )


def _clock_beyond(f: Composed) -> AnyArray:
    designs = f.designs
    highest_hz = highest_clock_hz(designs.technology)[node_row(designs)]
    has_arrays = _has_products(f.network) & ~has_product_crossbars(designs)
    is_used = has_arrays | has_vectors(f.network)
    return np.where(is_used, np.maximum(designs.digital_clock_hz - highest_hz, 0) / HZ_PER_GHZ, 0.0)


def _cache_is_beyond(f: Composed) -> BoolArray:
    return np.asarray(f.figure("digital_cache.beyond_share") > 0)


def _says(f: Composed) -> str:
    network = f.network
    products = float(network.product_macs.sum())
    values = int(network.vector.sum())
    if not products and not values:
        return ""
    share = products / float(network.performed_macs.sum()) * PERCENT
    beyond = float(f.figure("digital_cache.beyond_share")[0])
    in_sram = has_product_crossbars(f.designs)[0]
    kept = f" {beyond * PERCENT:.3g} % of the key and value cache lies in the DRAM." if beyond else ""
    return (
        f"Digital units: {products:.3g} multiply-accumulates of two activations ({share:.3g} % of all), "
        f"{values:.3g} values of vector work.{kept}{_says_of_sram(f) if products and in_sram else ''}"
    )


def _says_of_sram(f: Composed) -> str:
    """Products in SRAM crossbars in words."""
    time, work = f.record("digital_time"), f.record("digital_work")
    written_ms, all_ms = (
        times[0, f.network.is_product].sum() * MS_PER_S for times in (time.operand_writes_s, time.latency_s)
    )
    written_mj, read_mj = (energy[0].sum() * MJ_PER_J for energy in (work.operand_writes_j, work.products_j))
    per_chiplet, area_m2 = f.designs.product_crossbars_per_chiplet[0], f.figure("product_crossbars.area_m2")[0]
    return (
        f" Products are read column by column through {per_chiplet} SRAM crossbars a chiplet, "
        f"{per_chiplet * area_m2 * MM2_PER_M2:.3g} mm2: {all_ms:.3g} ms with their softmax, {read_mj:.3g} mJ; writing "
        f"their second operands takes {written_ms:.3g} ms of it, and {written_mj:.3g} mJ more."
    )


_UNITS = ("digital_unit", "product_crossbars")

DIGITAL = Engine(
    name="digital",
    word="digital units (products of activations, softmax, norms)",
    colour="#d55e00",
    remedy="more mac_arrays_per_chiplet (or product_crossbars_per_chiplet), vector_lanes or chiplets, or a faster "
    "digital_clock_hz",
    parts=(
        Part("digital_unit", _unit, UNIT_FIELDS),
        Part("product_silicon", _silicon, ("product_crossbars_per_chiplet",), needs=_UNITS),
        Part("digital_work", _work, ("mac_array_side", *SRAM_FIELDS), needs=_UNITS),
        Part("digital_time", _time, TIME_FIELDS, needs=("mapping", "product_crossbars")),
        Part("digital_dies", _dies, needs=("mapping",)),
        Part("digital_cache", _cache, ("activation_bits", "cache_kib_per_chiplet"), needs=("digital_dies",)),
    ),
    terms=(
        Term(LATENCY, ("digital_time.latency_s",), network_has=_has_work),
        Term(ENERGY, ("digital_work.energy_j",), network_has=_has_work),
        *(term for sort in _SORTS for term in _silicon_terms(sort)),
    ),
    components="digital_work.by_component",
    rules=(
        Rule(
            "digital_clock_fits",
            "GHz by which digital_clock_hz exceeds what the node's logic reaches at its highest supply",
            "a slower digital_clock_hz, a smaller node_nm, or roadmap hp",
            _clock_beyond,
        ),
    ),
    notes=(
        Note(
            "cache_in_dram",
            "keys and values of earlier tokens find no room in the chiplets' caches: what does not lies in the DRAM",
            _cache_is_beyond,
        ),
    ),
    says=_says,
)
