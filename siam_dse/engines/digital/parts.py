"""What the digital units declare: products of two activations, softmax, normalisation, gates, special functions."""

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
from siam_dse.core.units import BITS_PER_KIB, HZ_PER_GHZ, PERCENT
from siam_dse.design.designs import Designs
from siam_dse.engines.digital.dies import Cache, DigitalDies, digital_dies, key_value_cache
from siam_dse.engines.digital.unit import UNIT_FIELDS, DigitalUnit, digital_unit, node_table_rows
from siam_dse.engines.digital.work import TIME_FIELDS, DigitalEnergy, digital_energy, digital_latency
from siam_dse.technology.supply import highest_clock_hz
from siam_dse.workload.network import Network

_PARTS = (("macs", "mac"), ("vectors", "vector"), ("caches", "cache"))  # of a unit: counted, and named
_POWERED = {"macs": MULTIPLYING, "vectors": VECTORISING, "caches": ALWAYS}


@dataclass(frozen=True)
class LayerTimes:
    """Latency of layers in digital units."""

    latency_s: FloatArray  # (U, L)


def _unit(view: Designs, _: Network) -> DigitalUnit:
    return digital_unit(view)


def _work(view: Designs, network: Network, digital_unit: Need) -> DigitalEnergy:
    return digital_energy(view, network, digital_unit.record)


def _time(view: Designs, network: Network, mapping: Need) -> LayerTimes:
    return LayerTimes(digital_latency(view, network, mapping.record, mapping.rows))


def _dies(_: Designs, network: Network, mapping: Need) -> DigitalDies:
    return digital_dies(network, mapping.own)


def _cache(view: Designs, network: Network, digital_dies: Need) -> Cache:
    chiplets = digital_dies.at(digital_dies.record.caches)
    return key_value_cache(network, view.activation_bits, view.cache_kib_per_chiplet * BITS_PER_KIB, chiplets)


def _area(name: str, of: str) -> tuple[Term, ...]:
    """Terms of a part of the unit that stands on the dies that have work for it."""
    leaking = (f"digital_unit.{of}_leakage_w", *(("digital_dies.caches",) if name == "caches" else ()))
    return (
        Term(AREA, (f"digital_dies.{name}", f"digital_unit.{of}_area_m2")),
        Term(DIE_AREA, (f"digital_dies.any_{name}", f"digital_unit.{of}_area_m2")),
        Term(MONOLITH_AREA, (f"digital_dies.{name}", f"digital_unit.{of}_area_m2")),
        Term(CUSTOM_DIE_AREA, (f"digital_dies.starts_{name}", f"digital_unit.{of}_area_m2")),
        Term(LEAKAGE, leaking, powered=_POWERED[name]),
    )  # fmt: skip


def _clock_beyond(f: Composed) -> AnyArray:
    designs = f.designs
    highest_hz = highest_clock_hz(designs.technology)[node_table_rows(designs)]
    is_used = f.figure("digital_dies.any_macs") + f.figure("digital_dies.any_vectors") > 0
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
    kept = f" {beyond * PERCENT:.3g} % of the key and value cache lies in the DRAM." if beyond else ""
    return (
        f"Digital units: {products:.3g} multiply-accumulates of two activations ({share:.3g} % of all), "
        f"{values:.3g} values of vector work.{kept}"
    )


DIGITAL = Engine(
    name="digital",
    word="digital units (products of activations, softmax, norms)",
    colour="#d55e00",
    remedy="more mac_arrays_per_chiplet, vector_lanes or chiplets, or a faster digital_clock_hz",
    parts=(
        Part("digital_unit", _unit, UNIT_FIELDS),
        Part("digital_work", _work, ("mac_array_side",), needs=("digital_unit",)),
        Part("digital_time", _time, TIME_FIELDS, needs=("mapping",)),
        Part("digital_dies", _dies, needs=("mapping",)),
        Part("digital_cache", _cache, ("activation_bits", "cache_kib_per_chiplet"), needs=("digital_dies",)),
    ),
    terms=(
        Term(LATENCY, ("digital_time.latency_s",)),
        Term(ENERGY, ("digital_work.energy_j",)),
        *(term for part in _PARTS for term in _area(*part)),
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
