"""Phases of transfers on the mesh of tiles of a chiplet: which tiles send how much to which, at once or in turn.

All meshes of a package, or of a kind of chiplets, are as large as that of its largest die. Of a layer, all tiles on a
chiplet send and take.

A phase is an all-to-all between two sets of routers of one chiplet, a block of tiles or the perimeter ring; as many
chiplets (or copies) as ``instances`` says do the same at the same time. A transfer has two phases at most. Those of a
feature map overlap, those of partial sums follow one another.

- A transfer within a chiplet goes from the producer's tiles to the consumer's.
- One that crosses the package leaves each producer chiplet through its perimeter and enters each consumer chiplet
  through its perimeter (the router of the NoP reaches the boundary routers of all four sides). The host sends and takes
  its data through the NoP only, and sums added up in the global accumulator have left their chiplets before.
- Partial sums go from the tiles of row blocks 1 .. to those of row block 0, within each copy; the copies, on tiles of
  their own, work at once (links that the blocks of two copies share are not counted twice). The place of the first copy
  stands for all, also where a copy lies on two chiplets. Where one copy exceeds a chiplet, each chiplet adds up what it
  can on its first tiles, and sends the result out through its perimeter. Where tiles are ordered column block by column
  block, the sums of each go to its first tile, all column blocks at once, and only those of its first and its last one
  leave the chiplet.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from siam_dse.engines.mesh.geometry import Geometry, Nodes
from siam_dse.mapping.chosen import ChosenTransfers
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.traffic import Transfers
from siam_dse.workload.network import HOST

PHASES = 2  # of a transfer at most
_CUT_BLOCKS = 2  # column blocks of a chiplet that lie on its neighbours too, at most


@dataclass(frozen=True)
class Phases:
    """All-to-alls of some of a mapping's keys; arrays are (n,)."""

    key: IntArray
    transfer: IntArray
    place: IntArray  # 0 or 1: which of the transfer's phases
    source: Nodes
    destination: Nodes
    bits: FloatArray  # of one instance, spread evenly over all pairs
    instances: FloatArray  # chiplets or copies that do the same at once

    def __len__(self) -> int:
        return len(self.key)

    def take(self, rows: IntArray | BoolArray | slice) -> "Phases":
        """The phases at ``rows``."""
        plain = {name: getattr(self, name)[rows] for name in ("key", "transfer", "place", "bits", "instances")}
        return Phases(source=self.source.take(rows), destination=self.destination.take(rows), **plain)


def transfer_phases(mapping: ChipMapping, transfers: Transfers) -> Phases:
    """Phases of all transfers, those without traffic left out.

    Parameters
    ----------
    mapping : ChipMapping
    transfers : Transfers
        Of the same U keys.

    Returns
    -------
    Phases
    """
    parts = [part(mapping, transfers) for part in (_inside, _leaving, _entering, _sums_inside, _sums_leaving)]
    plain = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("key", "transfer", "place", "bits", "instances")
    }
    source, destination = _joined([part.source for part in parts]), _joined([part.destination for part in parts])
    return Phases(source=source, destination=destination, **plain)


def geometry(mapping: ChipMapping, transfers: Transfers, phases: Phases) -> Geometry:
    """Mesh and nodes of every phase; mesh rows partly filled have all routers."""
    place: tuple[IntArray, ...] = (phases.key,)
    if mapping.chiplet_side.ndim > 1:  # kinds of chiplets: a map leaves the producer's and enters the consumer's
        leaves = (phases.place == 0) & ~transfers.is_sum[phases.transfer]
        place += (np.where(leaves, transfers.producer[phases.transfer], transfers.layer[phases.transfer]),)
    return Geometry(mapping.chiplet_side[place], mapping.chiplet_rows[place], phases.source, phases.destination)


def _joined(blocks: list[Nodes]) -> Nodes:
    """Blocks of several lists, one after the other."""
    return Nodes(np.concatenate([b.first for b in blocks]), np.concatenate([b.count for b in blocks]))


class _Chosen(ChosenTransfers):
    """Transfers of which phases are made."""

    def nodes(self, layer: IntArray) -> Nodes:
        """Tiles of a layer on each of its chiplets."""
        return Nodes(*self.of_layer(layer, "first_tile", "tiles_on_chiplet"))

    def first_tile(self, layer: IntArray) -> IntArray:
        """First tile of a layer on each of its chiplets."""
        return self.of_layer(layer, "first_tile")[0]

    def ring(self) -> Nodes:
        """The perimeter."""
        return Nodes(np.zeros_like(self.key), np.zeros_like(self.key))

    def phases(self, place: int, ends: tuple[Nodes, Nodes], bits: FloatArray, instances: AnyArray) -> Phases:
        """A phase of each, from the first of ``ends`` to the second."""
        where = np.full_like(self.key, place)
        return Phases(self.key, self.transfer, where, *ends, bits, instances.astype(np.float64))


def _inside(mapping: ChipMapping, transfers: Transfers) -> Phases:
    """From the producer's to the consumer's tiles where both lie on one chiplet."""
    producer, consumer = transfers.producer, transfers.consumer
    is_map = ~transfers.is_sum & (producer != HOST) & (consumer != HOST)
    some = _Chosen(mapping, transfers, ~transfers.crosses & is_map & (transfers.tile_bits > 0))
    ends = some.nodes(producer), some.nodes(consumer)
    return some.phases(0, ends, some.of_transfer("tile_bits"), np.ones_like(some.key))


def _leaving(mapping: ChipMapping, transfers: Transfers) -> Phases:
    """Out of the producer's chiplets where the transfer crosses the package."""
    producer, consumer = transfers.producer, transfers.consumer
    is_map = ~transfers.is_sum & (producer != HOST)
    leaves = transfers.crosses & (transfers.accumulated < 1) & is_map & (transfers.chiplet_bits > 0)
    some = _Chosen(mapping, transfers, leaves)
    (senders,) = some.of_layer(producer, "spanned_chiplets")
    (receivers,) = some.of_layer(consumer, "spanned_chiplets")
    receivers[(consumer == HOST)[some.transfer]] = 1
    bits = some.of_transfer("chiplet_bits") * receivers / senders * (1 - some.of_transfer("accumulated"))
    return some.phases(0, (some.nodes(producer), some.ring()), bits, senders)


def _entering(mapping: ChipMapping, transfers: Transfers) -> Phases:
    """Into the consumer's chiplets where the transfer crosses the package."""
    consumer = transfers.consumer
    is_map = ~transfers.is_sum & (consumer != HOST)
    some = _Chosen(mapping, transfers, transfers.crosses & is_map & (transfers.tile_bits > 0))
    (receivers,) = some.of_layer(consumer, "spanned_chiplets")
    return some.phases(1, (some.ring(), some.nodes(consumer)), some.of_transfer("tile_bits") / receivers, receivers)


def _sums_inside(mapping: ChipMapping, transfers: Transfers) -> Phases:
    """Partial sums within copies, within chiplets where a copy exceeds one, or within column blocks."""
    some = _Chosen(mapping, transfers, transfers.is_sum & (transfers.tile_bits > 0))
    blocks = _SummingBlocks(some, transfers.layer)
    first, summing, size = some.first_tile(transfers.layer), blocks.summing, blocks.size
    ends = Nodes(first + summing, size - summing), Nodes(first, summing)
    phases = some.phases(0, ends, some.of_transfer("tile_bits") / blocks.instances, blocks.instances)
    sends = size > summing
    return phases if sends.all() else phases.take(sends)


def _sums_leaving(mapping: ChipMapping, transfers: Transfers) -> Phases:
    """Sums of chiplets that hold a part of a copy, on their way to the global accumulator."""
    some = _Chosen(mapping, transfers, transfers.is_sum & transfers.crosses & (transfers.chiplet_bits > 0))
    blocks = _SummingBlocks(some, transfers.layer)
    (chiplets,) = some.of_layer(transfers.layer, "spanned_chiplets")
    source = Nodes(some.first_tile(transfers.layer), blocks.leaving)
    return some.phases(1, (source, some.ring()), some.of_transfer("chiplet_bits"), chiplets)


class _SummingBlocks:
    """Blocks of tiles that add up their sums on their first tiles, of the layers of some transfers; arrays (n,).

    ``size`` tiles of which ``summing`` sum up, ``instances`` of them at once, and ``leaving`` tiles whose sums leave a
    chiplet.
    """

    def __init__(self, some: _Chosen, layer: IntArray) -> None:
        names = ("tiles", "tiles_on_chiplet", "row_blocks", "column_blocks", "copies", "spanned_chiplets", "by_columns")
        of_copy, here, rows, columns, copies, chiplets, by_columns = some.of_layer(layer, *names)
        exceeds = (of_copy > here) & (chiplets > 1)
        size = np.where(exceeds, here, of_copy)
        summing = np.minimum(columns, size)
        self.size = np.where(by_columns, np.minimum(rows, here), size)
        self.summing = np.where(by_columns, 1, summing)
        self.instances = np.where(
            by_columns, np.maximum(copies * columns, chiplets), np.where(exceeds, chiplets, copies)
        )
        self.leaving = np.where(by_columns, np.minimum(here, _CUT_BLOCKS), summing)
