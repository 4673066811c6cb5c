"""Phases of a transfer on the mesh of tiles of a chiplet: which tiles send how much to which, at once or in turn.

A phase is an all-to-all between two sets of routers of one chiplet, a block of tiles or the perimeter ring; as many
chiplets (or copies) as ``instances`` says do the same at the same time. Phases of one stage overlap, stages follow one
another.

- A transfer within a chiplet goes from the producer's tiles to the consumer's.
- One that crosses the package leaves each producer chiplet through its perimeter and enters each consumer chiplet
  through its perimeter (the router of the NoP reaches the boundary routers of all four sides). The host sends and takes
  its data through the NoP only, and sums added up in the global accumulator have left their chiplets before.
- Partial sums go from the tiles of row blocks 1 .. to those of row block 0, within each copy; the copies, on tiles of
  their own, work at once (links that the blocks of two copies share are not counted twice). Where one copy exceeds a
  chiplet, each chiplet adds up what it can on its first tiles, and sends the result out through its perimeter.
"""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.mapping.mapping import Mapping
from siam_dse.mapping.traffic import TRANSFER_KINDS, Transfers
from siam_dse.workload.network import HOST


@dataclass(frozen=True)
class Tiles:
    """Tiles first .. first + count - 1 of a chiplet, (n,) each."""

    first: IntArray
    count: IntArray

    def take(self, rows: IntArray | BoolArray | slice) -> "Tiles":
        """The blocks at ``rows``."""
        return Tiles(self.first[rows], self.count[rows])


@dataclass(frozen=True)
class Phase:
    """An all-to-all for n of the mapping's keys; ``source`` or ``destination`` None is the perimeter ring."""

    rows: IntArray  # (n,) keys
    source: Tiles | None
    destination: Tiles | None
    bits: FloatArray  # (n,) bits of one instance, spread evenly over all pairs
    instances: FloatArray  # (n,) chiplets or copies that do the same at once

    def used(self) -> "Phase":
        """The keys for which something is sent."""
        keep = self.bits > 0
        for end in (self.source, self.destination):
            if end is not None:
                keep &= end.count > 0
        return replace(
            self,
            rows=self.rows[keep],
            source=None if self.source is None else self.source.take(keep),
            destination=None if self.destination is None else self.destination.take(keep),
            bits=self.bits[keep],
            instances=self.instances[keep],
        )


Stage = list[Phase]


def transfer_stages(mapping: Mapping, transfers: Transfers, t: int) -> list[Stage]:
    """Stages of transfer ``t``, one after the other; the phases of a stage overlap.

    Parameters
    ----------
    mapping : Mapping
    transfers : Transfers
        Of the same U keys.
    t : int

    Returns
    -------
    list of stages, phases without traffic left out
    """
    if transfers.kind[t] == TRANSFER_KINDS.index("partial_sum"):
        stages = _sum_stages(mapping, transfers, t)
    else:
        stages = [_local(mapping, transfers, t) + _crossing(mapping, transfers, t)]
    kept = [[phase for phase in (phase.used() for phase in stage) if len(phase.rows)] for stage in stages]
    return [stage for stage in kept if stage]


def layer_tiles(mapping: Mapping, layer: int, rows: IntArray) -> Tiles:
    """Tiles of a layer on each of its chiplets, (n,)."""
    return Tiles(mapping.first_tile[rows, layer], mapping.tiles_on_chiplet[rows, layer])


def _local(mapping: Mapping, transfers: Transfers, t: int) -> Stage:
    """From the producer's to the consumer's tiles where both lie on one chiplet."""
    rows = np.flatnonzero(~transfers.crosses[:, t])
    producer, consumer = int(transfers.producer[t]), int(transfers.consumer[t])
    if HOST in (producer, consumer):
        return []
    return [
        Phase(
            rows,
            layer_tiles(mapping, producer, rows),
            layer_tiles(mapping, consumer, rows),
            transfers.tile_bits[rows, t],
            np.ones(len(rows)),
        )
    ]


def _crossing(mapping: Mapping, transfers: Transfers, t: int) -> Stage:
    """Out of the producer's and into the consumer's chiplets where the transfer crosses the package."""
    producer, consumer = int(transfers.producer[t]), int(transfers.consumer[t])
    stage = []
    if producer != HOST:
        rows = np.flatnonzero(transfers.crosses[:, t] & ~transfers.via_accumulator[:, t])
        receivers = mapping.spanned_chiplets[rows, consumer] if consumer != HOST else np.ones(len(rows))
        senders = mapping.spanned_chiplets[rows, producer].astype(np.float64)
        leaving = transfers.chiplet_bits[rows, t] * receivers / senders
        stage.append(Phase(rows, layer_tiles(mapping, producer, rows), None, leaving, senders))
    if consumer != HOST:
        rows = np.flatnonzero(transfers.crosses[:, t])
        receivers = mapping.spanned_chiplets[rows, consumer].astype(np.float64)
        entering = transfers.tile_bits[rows, t] / receivers
        stage.append(Phase(rows, None, layer_tiles(mapping, consumer, rows), entering, receivers))
    return stage


def _sum_stages(mapping: Mapping, transfers: Transfers, t: int) -> list[Stage]:
    """Partial sums within copies; where a copy exceeds a chiplet, within chiplets and then out of them."""
    layer = int(transfers.layer[t])
    leaves = transfers.crosses[:, t]
    rows = np.arange(len(leaves))
    on_chiplet = mapping.tiles_on_chiplet[:, layer]
    block = np.where(leaves, on_chiplet, mapping.tiles[:, layer])
    first = mapping.first_tile[:, layer]
    summing = np.minimum(mapping.column_blocks[:, layer], block)
    instances = np.where(leaves, mapping.spanned_chiplets[:, layer], mapping.copies[:, layer]).astype(np.float64)
    within = Phase(
        rows,
        Tiles(first + summing, block - summing),
        Tiles(first, summing),
        transfers.tile_bits[:, t] / instances,
        instances,
    )
    out_rows = np.flatnonzero(leaves)
    out = Phase(
        out_rows,
        Tiles(first, summing).take(out_rows),
        None,
        transfers.chiplet_bits[out_rows, t],
        mapping.spanned_chiplets[out_rows, layer].astype(np.float64),
    )
    return [[within], [out]]
