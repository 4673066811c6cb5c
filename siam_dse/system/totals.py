"""Totals of a batch: energy, latency and area by engine, (D,) each, from sums over layers on unique keys.

The on-package engines are ``crossbar``, ``tile``, ``noc`` and ``nop``; their parts add up to the totals. Latency is the
sum over layers of compute, NoC and NoP without overlap. Leakage of a block is its leakage power x the time it is on:
with ``idle_power = gated`` a layer's own tiles (and their routers) while the layer runs, and the links while data
crosses the package; with ``always_on`` everything for the whole inference. Chiplet-level buffers hold feature maps and
are never gated.
"""

from functools import cached_property

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.engines.noc.energy import NocPhysics, noc_physics
from siam_dse.system.batch import Batch

ENGINES = ("crossbar", "tile", "noc", "nop")


class Totals:
    """Totals of the on-package engines for the D designs of a batch; each is computed when first asked for."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    # Area --------------------------------------------------------------------------------------------------------

    @cached_property
    def crossbar_area_m2(self) -> FloatArray:
        """One crossbar, (D,)."""
        return self.batch.crossbar.area_m2[self.batch.crossbar_key.gather]

    @cached_property
    def tile_circuit_area_m2(self) -> FloatArray:
        """One tile's crossbars and periphery, without its router, (D,)."""
        b = self.batch
        return b.designs.crossbars_per_tile * self.crossbar_area_m2 + b.tile.area_m2[b.tile_key.gather]

    @cached_property
    def noc_physics(self) -> NocPhysics:
        """Energy a bit, area and power of routers and wires, (D,)."""
        return noc_physics(self.batch.designs, self.tile_circuit_area_m2)

    @cached_property
    def package_tiles(self) -> IntArray:
        """Tiles that exist in the package, (D,)."""
        return self.batch.mapping.package_tiles[self.batch.mapping_key.gather]

    @cached_property
    def area_m2(self) -> dict[str, FloatArray]:
        """Area of all dies by engine, (D,) each; tile includes the chiplet-level and package-level blocks."""
        b = self.batch
        tiles = self.package_tiles
        chiplet = (b.chiplet.area_m2 + b.chiplet.package_area_m2)[b.chiplet_key.gather]
        return {
            "crossbar": tiles * b.designs.crossbars_per_tile * self.crossbar_area_m2,
            "tile": tiles * b.tile.area_m2[b.tile_key.gather]
            + chiplet
            + b.chiplet.package_area_m2[b.chiplet_key.gather],
            "noc": tiles * self.noc_physics.router_area_m2,
            "nop": b.nop.phy_area_m2[b.nop_key.gather],
        }

    @cached_property
    def die_tile_area_m2(self) -> FloatArray:
        """One tile as it stands on a die, router included, (D,)."""
        return self.tile_circuit_area_m2 + self.noc_physics.router_area_m2

    @cached_property
    def die_area_m2(self) -> FloatArray:
        """The largest die, (D,): its tiles, its chiplet-level blocks and its PHYs."""
        b = self.batch
        return (
            b.mapping.die_tiles[b.mapping_key.gather] * self.die_tile_area_m2
            + b.chiplet.area_per_die_m2[b.chiplet_key.gather]
            + b.nop.die_phy_area_m2[b.nop_key.gather]
        )

    def dies(self) -> tuple[FloatArray, FloatArray]:
        """Area and number of each kind of die, (D, G) each: G = 1, or the dies that start with each layer if custom.

        Custom dies carry the same chiplet-level blocks and PHYs as the largest one.
        """
        b = self.batch
        if not b.mapping.is_custom.any():
            return self.die_area_m2[:, None], b.mapping.n_chiplets[b.mapping_key.gather][:, None].astype(np.float64)
        gather = b.mapping_key.gather
        custom = b.mapping.is_custom[gather][:, None]
        tiles = b.mapping.group_tiles[gather]
        fixed = self.die_area_m2 - b.mapping.die_tiles[gather] * self.die_tile_area_m2
        n_dies = np.where(tiles > 0, b.mapping.spanned_chiplets[gather], 0)
        n_all = np.zeros(tiles.shape)
        n_all[:, 0] = b.mapping.n_chiplets[gather]
        area = np.where(custom, tiles * self.die_tile_area_m2[:, None] + fixed[:, None], self.die_area_m2[:, None])
        return area, np.where(custom, n_dies, n_all)

    # Latency -----------------------------------------------------------------------------------------------------

    @cached_property
    def latency_s(self) -> dict[str, FloatArray]:
        """Latency of one inference by engine, (D,) each."""
        b = self.batch
        return {
            "crossbar": b.compute.crossbar_s.sum(axis=1)[b.compute_key.gather],
            "tile": b.compute.tile_s.sum(axis=1)[b.compute_key.gather]
            + b.chiplet.latency_s.sum(axis=1)[b.chiplet_key.gather],
            "noc": b.noc.latency_s.sum(axis=1)[b.noc_key.gather],
            "nop": b.nop.latency_s.sum(axis=1)[b.nop_key.gather],
        }

    @cached_property
    def total_latency_s(self) -> FloatArray:
        """Latency of one inference, (D,)."""
        return sum_engines(self.latency_s)

    @cached_property
    def slowest_layer_s(self) -> FloatArray:
        """Latency of the slowest layer, (D,): the interval between images of a pipeline over the layers."""
        return self.layer_latency_s().max(axis=1)

    def layer_latency_s(self) -> FloatArray:
        """Latency of each layer, (D, L)."""
        b = self.batch
        return np.asarray(
            (b.compute.crossbar_s + b.compute.tile_s)[b.compute_key.gather]
            + b.chiplet.latency_s[b.chiplet_key.gather]
            + b.noc.latency_s[b.noc_key.gather]
            + b.nop.latency_s[b.nop_key.gather]
        )

    # Energy ------------------------------------------------------------------------------------------------------

    @cached_property
    def dynamic_energy_j(self) -> dict[str, FloatArray]:
        """Dynamic energy of one inference by engine, (D,) each."""
        b = self.batch
        work = (b.network.positions * (1 - b.network.sparsity))[None, :]
        link_bits = b.noc.link_bits.sum(axis=1)[b.noc_key.gather]
        router_bits = b.noc.router_bits.sum(axis=1)[b.noc_key.gather]
        return {
            "crossbar": (b.crossbar.energy_j * work).sum(axis=1)[b.crossbar_key.gather],
            "tile": (b.tile.energy_j * work).sum(axis=1)[b.tile_key.gather]
            + b.chiplet.energy_j.sum(axis=1)[b.chiplet_key.gather],
            "noc": link_bits * self.noc_physics.link_energy_j_per_bit
            + router_bits * self.noc_physics.router_energy_j_per_bit,
            "nop": b.nop.energy_j.sum(axis=1)[b.nop_key.gather],
        }

    @cached_property
    def tile_seconds(self) -> FloatArray:
        """Sum over tiles of the time each is on during one inference, (D,)."""
        b = self.batch
        m = b.mapping
        busy = m.tiles * m.copies
        on_compute = b.compute_key.from_key(b.mapping_key, busy)
        compute = (on_compute * (b.compute.crossbar_s + b.compute.tile_s)).sum(axis=1)[b.compute_key.gather]
        chiplet = (b.chiplet_key.from_key(b.mapping_key, busy) * b.chiplet.latency_s).sum(axis=1)[b.chiplet_key.gather]
        noc = (b.noc_key.from_key(b.mapping_key, busy) * b.noc.latency_s).sum(axis=1)[b.noc_key.gather]
        nop = (b.nop_key.from_key(b.mapping_key, busy) * b.nop.latency_s).sum(axis=1)[b.nop_key.gather]
        gated = compute + chiplet + noc + nop
        return np.where(b.is_gated > 0, gated, self.package_tiles * self.total_latency_s)

    @cached_property
    def leakage_energy_j(self) -> dict[str, FloatArray]:
        """Leakage energy of one inference by engine, (D,) each."""
        b = self.batch
        link_s = np.where(b.is_gated > 0, self.latency_s["nop"], self.total_latency_s)
        crossbar_w = b.designs.crossbars_per_tile * b.crossbar.leakage_w[b.crossbar_key.gather]
        return {
            "crossbar": self.tile_seconds * crossbar_w,
            "tile": self.tile_seconds * b.tile.leakage_w[b.tile_key.gather]
            + self.total_latency_s * b.chiplet.leakage_w[b.chiplet_key.gather],
            "noc": self.tile_seconds * self.noc_physics.router_leakage_w,
            "nop": link_s * b.nop.static_power_w[b.nop_key.gather],
        }

    # Rules -------------------------------------------------------------------------------------------------------

    @cached_property
    def is_spare_custom(self) -> BoolArray:
        """Custom packages that are given more chiplets than their layers fill, (D,)."""
        m = self.batch.mapping
        return (m.is_custom & (m.chiplets_given > m.chiplets_used))[self.batch.mapping_key.gather]


def sum_engines(parts: dict[str, FloatArray]) -> FloatArray:
    """Sum over the engines, (D,)."""
    return np.asarray(sum(parts[engine] for engine in ENGINES))
