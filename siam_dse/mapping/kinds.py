"""Packages of two kinds of chiplets: which layers lie on which kind, and the mapping of both together.

The first layers, in order of execution, lie on kind A and the others on kind B, each kind filled as if it were alone;
chiplets of B follow those of A. A layer without tiles of its own lies where its tiles are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.design.designs import Designs
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.place import map_network
from siam_dse.workload.network import Network

# Figures of a mapping by layer; first_chiplet too, which goes on from kind to kind.
_BY_LAYER = (
    *("columns", "row_blocks", "column_blocks", "tiles", "crossbars", "copies", "in_tile_copies", "by_columns"),
    *("first_chiplet", "spanned_chiplets", "first_tile", "tiles_on_chiplet", "group_tiles"),
)


def layers_on_a(network: Network, share: FloatArray) -> IntArray:
    """Weight layers on kind A, (D,): up to the boundary nearest to a share (D,) of their multiply-accumulates."""
    work = np.cumsum(np.concatenate(([0.0], network.performed_macs[network.has_tiles])))
    middles = (work[1:] + work[:-1]) / 2
    return np.where(share < 1, np.searchsorted(middles / work[-1], share), len(middles))


def is_on_b(network: Network, n_on_a: int) -> BoolArray:
    """Layers that lie on kind B where kind A has the first ``n_on_a`` weight layers, (L,)."""
    return np.asarray((np.cumsum(network.has_tiles) > n_on_a)[network.place_of])


@dataclass(frozen=True)
class KindsMapping:
    """Mapping of a package of two kinds of chiplets as each kind sees it, and the chiplets of each, (U,)."""

    a: ChipMapping
    b: ChipMapping
    chiplets: tuple[IntArray, IntArray]


def map_kinds(kinds: Sequence[Designs], network: Network, on_b: BoolArray) -> KindsMapping:
    """Mapping of a network on packages of two kinds of chiplets, as each kind sees it.

    Parameters
    ----------
    kinds : two Designs (U)
        The same designs as kind A has them, and as kind B; weights stay.
    network : Network
    on_b : (L,) bool
        Layers on kind B.

    Returns
    -------
    KindsMapping
        Its mappings are alike but for ``package_tiles``, ``die_tiles`` and ``mono_tiles``, which are the kind's own.

    Notes
    -----
    Chiplets are given where either kind has a number of its own; those missing of one kind are not made good by spare
    ones of the other.
    """
    a, b = (map_network(designs, network, on) for designs, on in zip(kinds, (~on_b, on_b), strict=True))
    joined = {name: np.where(on_b, getattr(b, name), getattr(a, name)) for name in _BY_LAYER}
    joined["first_chiplet"] = joined["first_chiplet"] + np.where(on_b, a.chiplets_used[:, None], 0)
    joined |= {
        name: np.where(on_b, getattr(b, name)[:, None], getattr(a, name)[:, None])
        for name in ("chiplet_side", "chiplet_rows")
    }
    joined |= {
        name: getattr(a, name) + getattr(b, name)
        for name in ("n_chiplets", "working_chiplets", "chiplets_needed", "chiplets_used", "total_tiles")
    }
    cells = [kind.package_tiles * _cells_per_tile(own) for kind, own in zip((a, b), kinds, strict=True)]
    joined["utilisation"] = (cells[0] * a.utilisation + cells[1] * b.utilisation) / (cells[0] + cells[1])
    joined["chiplets_given"] = _given(a, b)
    joined["package_side"], joined["mesh_side"] = (
        np.ceil(np.sqrt(joined[name])).astype(np.int64) for name in ("n_chiplets", "chiplets_used")
    )
    return KindsMapping(replace(a, **joined), replace(b, **joined), (a.n_chiplets, b.n_chiplets))


def _cells_per_tile(designs: Designs) -> IntArray:
    return designs.crossbars_per_tile * designs.crossbar_rows * designs.crossbar_cols


def _given(a: ChipMapping, b: ChipMapping) -> IntArray:
    """Chiplets given of both kinds, (U,), 0 = as many as needed; of one with too few no spare ones of the other."""
    missing = sum(
        np.where(k.chiplets_given > 0, np.maximum(k.chiplets_needed - k.chiplets_given, 0), 0) for k in (a, b)
    )
    given = sum(np.where(k.chiplets_given > 0, k.chiplets_given, k.chiplets_needed) for k in (a, b))
    is_given = (a.chiplets_given > 0) | (b.chiplets_given > 0)
    short = a.chiplets_needed + b.chiplets_needed - missing
    return np.where(is_given, np.where(missing > 0, short, given), 0)
