"""What the tiles declare: digital steps that crossbars do not hide, buffers of chiplets, the global accumulator."""

import numpy as np

from siam_dse.core.arrays import AnyArray, read_only
from siam_dse.core.declare import (
    AREA,
    AT_WORK,
    CUSTOM_DIE_AREA,
    DIE_AREA,
    ENERGY,
    HOLDING,
    LATENCY,
    LEAKAGE,
    MONOLITH_AREA,
    SUMMING,
    Composed,
    Engine,
    LayerTimes,
    Need,
    Part,
    Rule,
    Term,
    area_of_each_tile,
)
from siam_dse.core.units import HZ_PER_GHZ
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.design.process import node_row
from siam_dse.engines.tile.chiplet import CHIPLET_FIELDS, ChipletCost, chiplet_cost
from siam_dse.engines.tile.engine import TILE_FIELDS, TileEnergy, TileUnit, tile_energy, tile_latency, tile_unit
from siam_dse.technology.supply import highest_clock_hz
from siam_dse.workload.network import Network


def _unit(view: Designs, _: Network, crossbar: Need) -> TileUnit:
    return tile_unit(view, crossbar.at(crossbar.record.area_m2))


def _work(view: Designs, network: Network, tile: Need) -> TileEnergy:
    return tile_energy(view, network, tile.record)


def _time(_: Designs, __: Network, tile_work: Need, work: Need, crossbar: Need, layers: Need) -> LayerTimes:
    fill_s = tile_work.at(tile_work.record.fill_s) * layers.record.fills
    paced = tile_work.at(tile_work.record.interval_s), fill_s
    positions, position_s = work.at(work.record.positions), crossbar.at(crossbar.record.position_s)
    return LayerTimes(read_only(tile_latency(*paced, positions, position_s)))


def _chiplet(view: Designs, network: Network, mapping: Need) -> ChipletCost:
    return chiplet_cost(view, network, mapping.record, mapping.rows)


def _clock_beyond(f: Composed) -> AnyArray:
    designs = f.designs
    highest_hz = highest_clock_hz(designs.technology)[node_row(designs)]
    own_node = designs.noc_energy != code("noc_energy", "booksim")  # whose power model has a node and clock of its own
    fastest_hz = np.maximum(designs.clock_hz, np.where(own_node, designs.noc_clock_hz, 0))
    return np.asarray(np.maximum(fastest_hz - highest_hz, 0) / HZ_PER_GHZ)


TILE = Engine(
    name="tile",
    word="tiles (buffers, accumulators, H-trees)",
    colour="#009e73",
    remedy="a faster clock_hz",
    parts=(
        Part("tile", _unit, TILE_FIELDS, needs=("crossbar",)),
        Part("tile_work", _work, TILE_FIELDS, needs=("tile",)),
        Part("tile_time", _time, needs=("tile_work", "work", "crossbar", "layers")),
        Part("chiplet", _chiplet, CHIPLET_FIELDS, needs=("mapping",)),
    ),
    terms=(
        Term(LATENCY, ("tile_time.latency_s",)),
        Term(LATENCY, ("chiplet.latency_s",)),
        Term(ENERGY, ("tile_work.energy_j",), of_all_layers=("tile_work.total_j",)),
        Term(ENERGY, ("chiplet.energy_j",), of_all_layers=("chiplet.total_energy_j",)),
        *area_of_each_tile("tile.area_m2"),
        Term(AREA, ("chiplet.package_area_m2",)),
        Term(DIE_AREA, ("chiplet.die_area_m2",)),
        Term(MONOLITH_AREA, ("chiplet.monolith_area_m2",)),
        Term(CUSTOM_DIE_AREA, ("chiplet.group_area_m2",)),
        Term(LEAKAGE, ("tile.leakage_w",), powered=AT_WORK),
        Term(LEAKAGE, ("chiplet.leakage_w",), powered=HOLDING),
        Term(LEAKAGE, ("chiplet.accumulator_leakage_w",), powered=SUMMING),
    ),
    components="tile_work.by_component",
    rules=(
        Rule(
            "clock_fits",
            "GHz by which a clock exceeds what the node's logic reaches at its highest supply",
            "a slower clock_hz or noc_clock_hz, a smaller node_nm, or roadmap hp",
            _clock_beyond,
        ),
    ),
)
