"""Multicast on chip: what a value sent once to all tiles that read it changes in loads, where ``noc_cast`` says so.

A tile column block reads what all others of its row block read. Unicast sends each of them a packet of its own;
multicast sends one along a tree, every link of which carries it once (:mod:`siam_dse.engines.mesh.trees`), and what
leaves a chiplet for several others leaves it once, as the network on package copies it on its way. Tiles take as much
as before: ejection channels and the time that they need do not change. A router that copies reads a flit for each way
out: routers and terminals count what is ejected. Its logic to do so takes no area, for want of a source.
"""

from dataclasses import fields

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Geometry
from siam_dse.engines.mesh.trees import Groups, tree_summary
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.traffic import Transfers
from siam_dse.workload.network import HOST

CAST_FIELDS = ("noc_cast",)


def is_multicast(designs: Designs) -> BoolArray:
    """Designs whose network on chip multicasts, (U,)."""
    return np.asarray(designs.noc_cast == code("noc_cast", "multicast"))


def sent_share(
    mapping: ChipMapping, transfers: Transfers, casts: BoolArray, phases: tuple[IntArray, IntArray, IntArray]
) -> FloatArray:
    """Of what phases send, what they send where a map leaves a chiplet once for all chiplets that take it, (n,).

    Parameters
    ----------
    mapping, transfers : of the same U keys
    casts : (U,)
    phases : three of (n,), key, transfer and place of each phase

    Notes
    -----
    min(values / (values that a chiplet takes x chiplets), 1) of what leaves, 1 of all else.
    """
    key, transfer, place = phases
    consumer = transfers.consumer[transfer]
    chiplets = np.where(consumer == HOST, 1, mapping.spanned_chiplets[key, np.maximum(consumer, 0)])
    taken = transfers.chiplet_bits[key, transfer] * chiplets
    once = transfers.tile_bits[key, transfer] / transfers.readers[key, transfer]
    leaves = casts[key] & transfers.crosses[key, transfer] & ~transfers.is_sum[transfer] & (place == 0) & (taken > 0)
    return np.where(leaves, np.minimum(once / np.where(leaves, taken, 1.0), 1.0), 1.0)


def with_trees(
    mapping: ChipMapping,
    transfers: Transfers,
    casts: BoolArray,
    phases: tuple[IntArray, IntArray, IntArray],
    where: Geometry,
    loads: tuple[LoadSummary, IntArray],
) -> tuple[LoadSummary, IntArray, BoolArray]:
    """Loads of one flit a pair, trees in the place of all-to-alls that multicast.

    Parameters
    ----------
    mapping, transfers : of the same U keys
    casts : (U,)
    phases : three of (n,), key, transfer and place of each phase
    where : Geometry (n)
    loads : distinct loads, and which of them each phase has (n,)

    Returns
    -------
    The same, more of them, and the phases that multicast (n,). A tree's are those of one flit a source and group.
    """
    key, transfer, _ = phases
    unit, row = loads
    readers = transfers.readers[key, transfer]
    is_tree = casts[key] & ~transfers.is_sum[transfer] & (readers > 1) & (where.destination.count > 1)
    which = np.flatnonzero(is_tree)
    if not len(which):
        return unit, row, is_tree
    key, consumer = key[which], transfers.consumer[transfer[which]]
    stride = np.where(mapping.by_columns[key, consumer], mapping.row_blocks[key, consumer], 0)
    trees = tree_summary(unit.take(row[which]), where.take(which), Groups(readers[which], stride))
    row = row.copy()
    row[which] = len(unit.total) + np.arange(len(which))
    both = {f.name: np.concatenate([getattr(unit, f.name), getattr(trees, f.name)]) for f in fields(LoadSummary)}
    return LoadSummary(**both), row, is_tree
