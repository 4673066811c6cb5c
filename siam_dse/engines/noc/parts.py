"""What the network on chip declares.

Latency of a layer = feature maps + partial sums, one after the other; energy = bits x routers and links x their energy.
Which tiles send how many values follows from the mapping alone; width and pace of values are multiplied later.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, read_only
from siam_dse.core.declare import (
    AT_WORK,
    ENERGY,
    LATENCY,
    LEAKAGE,
    Composed,
    Engine,
    LayerTimes,
    Need,
    Part,
    Term,
    area_of_each_tile,
)
from siam_dse.design.designs import Designs
from siam_dse.engines.noc.cast import CAST_FIELDS, is_multicast
from siam_dse.engines.noc.energy import NOC_ENERGY_FIELDS, NocPhysics, noc_physics
from siam_dse.engines.noc.engine import BOTTLENECKS, ROUTER_FIELDS, bottlenecks, makespans_s
from siam_dse.engines.noc.fluid import fluid_cycles
from siam_dse.engines.noc.loads import NocLoads, fast_latency_s, noc_loads
from siam_dse.engines.noc.simulated import simulated_cycles
from siam_dse.mapping.traffic import bits_of_values
from siam_dse.workload.network import Network


@dataclass(frozen=True)
class Crossed:
    """Bits that cross the network on chip; arrays (U, L) [bit]."""

    router_bits: FloatArray  # bits x routers: one more than links a packet
    link_bits: FloatArray  # bits x links
    terminal_bits: FloatArray  # injected, and ejected


@dataclass(frozen=True)
class Limits:
    """What holds up each layer on chip."""

    code: IntArray  # (U, L), position in BOTTLENECKS


def _loads(view: Designs, network: Network, mapping: Need, values_moved: Need) -> NocLoads:
    return noc_loads(mapping.own, values_moved.own, is_multicast(view), network.n_layers, view.technology)


def _fast(view: Designs, network: Network, loads: Need, of_sums: bool, value_bits: FloatArray) -> LayerTimes:
    width, clock = view.noc_width_bits, view.noc_clock_hz
    latency_s = fast_latency_s(loads.record, of_sums, loads.rows, value_bits, width, clock, network.n_layers)
    return LayerTimes(read_only(latency_s))


def _maps(view: Designs, network: Network, noc_loads: Need) -> LayerTimes:
    bits = view.activation_bits[:, None, None].astype(np.float64)
    return _fast(view, network, noc_loads, False, bits)


def _sums(view: Designs, network: Network, noc_loads: Need, sum_widths: Need, sent_widths: Need) -> LayerTimes:
    bits = np.stack([each.at(each.record.bits) for each in (sum_widths, sent_widths)], axis=-1)  # by phase
    return _fast(view, network, noc_loads, True, bits)


def _crossed(view: Designs, _: Network, noc_loads: Need, sum_widths: Need, sent_widths: Need) -> Crossed:
    loads = noc_loads.record
    widths = (view.activation_bits[:, None], *(each.at(each.record.bits) for each in (sum_widths, sent_widths)))
    routers = bits_of_values(loads.router_bits, noc_loads.rows, *widths)
    links = bits_of_values(loads.link_bits, noc_loads.rows, *widths)
    return Crossed(read_only(routers), read_only(links), read_only(routers - links))


def _replay(view: Designs, network: Network, mapping: Need, transfers: Need) -> LayerTimes:
    own = mapping.record.take(mapping.rows), transfers.record.take(transfers.rows)
    return LayerTimes(makespans_s(view, network.n_layers, *own, fluid_cycles))


def _simulated(view: Designs, network: Network, mapping: Need, transfers: Need) -> LayerTimes:
    own = mapping.record.take(mapping.rows), transfers.record.take(transfers.rows)
    return LayerTimes(makespans_s(view, network.n_layers, *own, simulated_cycles))


def _limits(view: Designs, network: Network, mapping: Need, transfers: Need) -> Limits:
    own = mapping.record.take(mapping.rows), transfers.record.take(transfers.rows)
    return Limits(bottlenecks(view, network.n_layers, *own))


def _router(view: Designs, _: Network, tile: Need) -> NocPhysics:
    return noc_physics(view, tile.at(tile.record.tile_area_m2))


def _says(f: Composed) -> str:
    slowest = int(np.argmax(f.by_layer(LATENCY, ("noc",))[0]))
    return f"On chip the slowest layer waits for: {BOTTLENECKS[int(f.figure('noc_limits.code')[0][slowest])]}."


NOC = Engine(
    name="noc",
    word="network on chip",
    colour="#e69f00",
    remedy="wider NoC links or larger crossbars",
    is_network=True,
    parts=(
        Part("noc_loads", _loads, CAST_FIELDS, needs=("mapping", "values_moved")),
        Part("noc_maps", _maps, ("activation_bits", *ROUTER_FIELDS), needs=("noc_loads",)),
        Part("noc_sums", _sums, ROUTER_FIELDS, needs=("noc_loads", "sum_widths", "sent_widths")),
        Part("noc_crossed", _crossed, ("activation_bits",), needs=("noc_loads", "sum_widths", "sent_widths")),
        Part("noc_replay", _replay, (*ROUTER_FIELDS, *CAST_FIELDS), needs=("mapping", "transfers")),
        Part("noc_simulated", _simulated, (*ROUTER_FIELDS, *CAST_FIELDS), needs=("mapping", "transfers")),
        Part("noc_limits", _limits, (*ROUTER_FIELDS, *CAST_FIELDS), needs=("mapping", "transfers")),
        Part("router", _router, NOC_ENERGY_FIELDS, needs=("tile",)),
    ),
    terms=(
        Term(LATENCY, ("noc_maps.latency_s",), levels=("fast",)),
        Term(LATENCY, ("noc_sums.latency_s",), levels=("fast",)),
        Term(LATENCY, ("noc_replay.latency_s",), levels=("fluid",)),
        Term(LATENCY, ("noc_simulated.latency_s",), levels=("cycle",)),
        Term(ENERGY, ("noc_crossed.router_bits", "router.router_energy_j_per_bit")),
        Term(ENERGY, ("noc_crossed.link_bits", "router.link_energy_j_per_bit")),
        Term(ENERGY, ("noc_crossed.terminal_bits", "router.terminal_energy_j_per_bit")),
        *area_of_each_tile("router.router_area_m2"),
        Term(LEAKAGE, ("router.router_leakage_w",), powered=AT_WORK),
    ),
    says=_says,
)
