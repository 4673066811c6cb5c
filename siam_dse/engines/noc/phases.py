"""Phases of transfers on the mesh of tiles of a chiplet: which tiles send how much to which, at once or in turn.

A phase is an all-to-all between two sets of routers of one chiplet, a block of tiles or the perimeter ring; as many
chiplets (or copies) as ``instances`` says do the same at the same time. A transfer has two phases at most. Those of a
feature map overlap, those of partial sums follow one another.

- A transfer within a chiplet goes from the producer's tiles to the consumer's.
- One that crosses the package leaves each producer chiplet through its perimeter and enters each consumer chiplet
  through its perimeter (the router of the NoP reaches the boundary routers of all four sides). The host sends and takes
  its data through the NoP only, and sums added up in the global accumulator have left their chiplets before.
- Partial sums go from the tiles of row blocks 1 .. to those of row block 0, within each copy; the copies, on tiles of
  their own, work at once (links that the blocks of two copies share are not counted twice). Where one copy exceeds a
  chiplet, each chiplet adds up what it can on its first tiles, and sends the result out through its perimeter.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.mapping.mapping import Mapping
from siam_dse.mapping.traffic import Transfers
from siam_dse.workload.network import HOST

PHASES = 2  # of a transfer at most


@dataclass(frozen=True)
class Tiles:
    """Tiles first .. first + count - 1 of a chiplet, (n,) each; a count of 0 is the perimeter ring."""

    first: IntArray
    count: IntArray

    def take(self, rows: IntArray | BoolArray | slice) -> "Tiles":
        """The blocks at ``rows``."""
        return Tiles(self.first[rows], self.count[rows])


@dataclass(frozen=True)
class Phases:
    """All-to-alls of some of a mapping's keys; arrays are (n,)."""

    key: IntArray
    transfer: IntArray
    place: IntArray  # 0 or 1: which of the transfer's phases
    source: Tiles
    destination: Tiles
    bits: FloatArray  # of one instance, spread evenly over all pairs
    instances: FloatArray  # chiplets or copies that do the same at once

    def __len__(self) -> int:
        return len(self.key)

    def take(self, rows: IntArray | BoolArray | slice) -> "Phases":
        """The phases at ``rows``."""
        plain = {name: getattr(self, name)[rows] for name in ("key", "transfer", "place", "bits", "instances")}
        return Phases(source=self.source.take(rows), destination=self.destination.take(rows), **plain)

    def of_bits(self) -> "Phases":
        """Those in which something is sent."""
        return self.take(self.bits > 0)


def transfer_phases(mapping: Mapping, transfers: Transfers) -> Phases:
    """Phases of all transfers, those without traffic left out.

    Parameters
    ----------
    mapping : Mapping
    transfers : Transfers
        Of the same U keys.

    Returns
    -------
    Phases
    """
    parts = [part(mapping, transfers).of_bits() for part in (_inside, _leaving, _entering, _sums_inside, _sums_leaving)]
    plain = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("key", "transfer", "place", "bits", "instances")
    }
    source, destination = _joined([part.source for part in parts]), _joined([part.destination for part in parts])
    return Phases(source=source, destination=destination, **plain)


def _joined(blocks: list[Tiles]) -> Tiles:
    """Blocks of several lists, one after the other."""
    return Tiles(np.concatenate([b.first for b in blocks]), np.concatenate([b.count for b in blocks]))


def _layer_tiles(mapping: Mapping, key: IntArray, layer: IntArray) -> Tiles:
    """Tiles of a layer on each of its chiplets, (n,)."""
    return Tiles(mapping.first_tile[key, layer], mapping.tiles_on_chiplet[key, layer])


def _ring(key: IntArray) -> Tiles:
    """The perimeter."""
    return Tiles(np.zeros_like(key), np.zeros_like(key))


def _maps(transfers: Transfers, at_host: BoolArray) -> BoolArray:
    """Transfers of feature maps but those with an end at the host, (T,)."""
    return np.asarray(~transfers.is_sum & ~at_host)


def _inside(mapping: Mapping, transfers: Transfers) -> Phases:
    """From the producer's to the consumer's tiles where both lie on one chiplet."""
    producer, consumer = transfers.producer, transfers.consumer
    key, t = np.nonzero(~transfers.crosses & _maps(transfers, (producer == HOST) | (consumer == HOST)))
    return Phases(
        key,
        t,
        np.zeros_like(t),
        _layer_tiles(mapping, key, producer[t]),
        _layer_tiles(mapping, key, consumer[t]),
        transfers.tile_bits[key, t],
        np.ones(len(key)),
    )


def _leaving(mapping: Mapping, transfers: Transfers) -> Phases:
    """Out of the producer's chiplets where the transfer crosses the package."""
    producer, consumer = transfers.producer, transfers.consumer
    key, t = np.nonzero(transfers.crosses & ~transfers.via_accumulator & _maps(transfers, producer == HOST))
    to_host = consumer[t] == HOST
    receivers = np.where(to_host, 1, mapping.spanned_chiplets[key, np.where(to_host, 0, consumer[t])])
    senders = mapping.spanned_chiplets[key, producer[t]].astype(np.float64)
    return Phases(
        key,
        t,
        np.zeros_like(t),
        _layer_tiles(mapping, key, producer[t]),
        _ring(key),
        transfers.chiplet_bits[key, t] * receivers / senders,
        senders,
    )


def _entering(mapping: Mapping, transfers: Transfers) -> Phases:
    """Into the consumer's chiplets where the transfer crosses the package."""
    consumer = transfers.consumer
    key, t = np.nonzero(transfers.crosses & _maps(transfers, consumer == HOST))
    receivers = mapping.spanned_chiplets[key, consumer[t]].astype(np.float64)
    return Phases(
        key,
        t,
        np.ones_like(t),
        _ring(key),
        _layer_tiles(mapping, key, consumer[t]),
        transfers.tile_bits[key, t] / receivers,
        receivers,
    )


def _sums_inside(mapping: Mapping, transfers: Transfers) -> Phases:
    """Partial sums within copies, or within chiplets where a copy exceeds one."""
    key, t = np.nonzero(transfers.is_sum & (transfers.tile_bits > 0))
    layer, leaves = transfers.layer[t], transfers.crosses[key, t]
    first, summing, block = _summing_tiles(mapping, key, layer, leaves)
    chiplets, copies = mapping.spanned_chiplets[key, layer], mapping.copies[key, layer]
    instances = np.where(leaves, chiplets, copies).astype(np.float64)
    sends = block > summing
    return Phases(
        key,
        t,
        np.zeros_like(t),
        Tiles(first + summing, block - summing),
        Tiles(first, summing),
        transfers.tile_bits[key, t] / instances,
        instances,
    ).take(sends)


def _sums_leaving(mapping: Mapping, transfers: Transfers) -> Phases:
    """Sums of chiplets that hold a part of a copy, on their way to the global accumulator."""
    key, t = np.nonzero(transfers.is_sum & transfers.crosses)
    layer = transfers.layer[t]
    first, summing, _ = _summing_tiles(mapping, key, layer, np.ones(len(key), dtype=bool))
    return Phases(
        key,
        t,
        np.ones_like(t),
        Tiles(first, summing),
        _ring(key),
        transfers.chiplet_bits[key, t],
        mapping.spanned_chiplets[key, layer].astype(np.float64),
    )


def _summing_tiles(
    mapping: Mapping, key: IntArray, layer: IntArray, leaves: BoolArray
) -> tuple[IntArray, IntArray, IntArray]:
    """First tile of a block of row blocks, how many tiles sum up, and how many it has, (n,) each."""
    block = np.where(leaves, mapping.tiles_on_chiplet[key, layer], mapping.tiles[key, layer])
    return mapping.first_tile[key, layer], np.minimum(mapping.column_blocks[key, layer], block), block
