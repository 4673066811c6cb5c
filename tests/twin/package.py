"""The only calls of the circuits' tests into the package: designs, networks, and the figures they are compared with.

Figures become plain numbers of one design, and of one layer.
"""

import dataclasses
from functools import cached_property

from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.engines.crossbar.engine import crossbar_energy, crossbar_unit
from siam_dse.engines.tile.engine import chiplet_cost, tile_energy, tile_latency, tile_unit
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.place import map_network
from siam_dse.workload.load import load_network

__all__ = ["Circuits", "as_designs", "fields", "load_network"]

CROSSBAR_FIGURES = ("area_m2", "leakage_w", "conversion_s", "bit_vector_s", "fill_s", "columns_converted")
TILE_FIGURES = ("area_m2", "tile_area_m2", "leakage_w", "leaf_m")
CHIPLET_FIGURES = (
    "die_area_m2",
    "package_area_m2",
    "accumulator_area_m2",
    "monolith_area_m2",
    "group_area_m2",
    "leakage_w",
    "accumulator_leakage_w",
    "buffer_energy_j",
    "accumulator_energy_j",
    "energy_j",
    "total_energy_j",
    "latency_s",
    "buffer_bits",
    "spilled_bits",
)


def as_designs(plain):
    """Designs from a list of plain dicts field -> value."""
    return Designs.from_columns({name: [d[name] for d in plain] for name in plain[0]}, n=len(plain))


class Circuits:
    """Figures of the circuit engines for plain designs and a network, design by design and layer by layer."""

    def __init__(self, plain, network):
        self.designs, self.network = as_designs(plain), network
        self._crossbar = crossbar_unit(self.designs)
        self._tile = tile_unit(self.designs, self._crossbar.area_m2)

    def crossbar(self, i):
        return _unit(self._crossbar, CROSSBAR_FIGURES, i)

    def tile(self, i):
        return _unit(self._tile, TILE_FIGURES, i)

    def crossbar_layer(self, i, layer):
        """Energy by component, of all of them, and counts."""
        energy = self._crossbar_energy
        parts = {f"energy {name}": values[i, layer].item() for name, values in energy.by_component.items()}
        names = ("energy_j", "conversions", "bit_vectors")
        return parts | {name: getattr(energy, name)[i, layer].item() for name in names}

    def tile_layer(self, i, layer, copies):
        """Energy by component, of all of them, and times."""
        energy = self._tile_energy
        parts = {f"energy {name}": values[i, layer].item() for name, values in energy.by_component.items()}
        latency_s = tile_latency(
            energy.interval_s,
            energy.fill_s,
            -(-self.network.positions // copies),
            self._crossbar.position_s,
        )
        parts["latency_s"] = latency_s[i, layer].item()
        return parts | {name: getattr(energy, name)[i, layer].item() for name in ("energy_j", "interval_s", "fill_s")}

    def energy_of_all_layers(self, i):
        """Of crossbars and of tiles, as the totals of a batch have it [J]."""
        return self._crossbar_energy.total_j[i].item(), self._tile_energy.total_j[i].item()

    def chiplet(self, i):
        return {name: getattr(self._chiplet, name)[i].tolist() for name in CHIPLET_FIGURES}

    def mapping(self, i):
        return {field.name: getattr(self._mapping, field.name)[i].tolist() for field in dataclasses.fields(ChipMapping)}

    @cached_property
    def _crossbar_energy(self):
        return crossbar_energy(self.designs, self.network)

    @cached_property
    def _tile_energy(self):
        return tile_energy(self.designs, self.network, self._tile)

    @cached_property
    def _mapping(self):
        return map_network(self.designs, self.network)

    @cached_property
    def _chiplet(self):
        return chiplet_cost(self.designs, self.network, self._mapping)


def _unit(unit, names, i):
    parts = {f"area {name}": values[i].item() for name, values in unit.area_by_component.items()}
    parts |= {f"leakage {name}": values[i].item() for name, values in unit.leakage_by_component.items()}
    return parts | {name: getattr(unit, name)[i].item() for name in names}
