"""The mapping of a network on a batch of unique mapping keys: blocks, copies, chiplets."""

from dataclasses import replace

import numpy as np

from siam_dse.core.arrays import BoolArray, IntArray, of_layers
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.crossbars import ceil_div, columns_per_weight, crossbar_blocks, layer_columns, tile_blocks
from siam_dse.mapping.duplication import copies_per_layer, positions_per_copy
from siam_dse.mapping.in_tile import in_tile_copies
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.partition import Partition, chiplets_filled, partition
from siam_dse.mapping.split import column_order
from siam_dse.mapping.spread import Spread, is_spread
from siam_dse.workload.network import Network


def map_network(designs: Designs, network: Network, layers: BoolArray | None = None) -> ChipMapping:
    """Mapping of ``network`` on each design.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``MAPPING_FIELDS``.
    network : Network
    layers : (L,) bool, optional
        Those to place, with all that take place in their tiles; what is said of others is then void.

    Returns
    -------
    ChipMapping

    Notes
    -----
    Layers that share weights lie in the same tiles, one after the other in time, and have the same copies.
    Under ``weights: streamed`` only those given exist (equal dies), and stand for the others in rounds.
    With ``n_chiplets`` given, a network that needs more is mapped on as many as it needs (and the design violates
    ``fits``); copies fill the given chiplets, or with ``n_chiplets`` = 0 the spare tiles of those needed anyway, as far
    as ``copy_chiplets`` lets them: here 0 is no limit. Chiplets without weights stand outside the mesh of the others.
    Under ``layer_placement: spread`` layers are dealt out over as many chiplets as copies may fill, or over those
    needed if shelves that long do not fit (:mod:`siam_dse.mapping.spread`).
    """
    row_blocks, column_blocks = tile_blocks(designs, network)
    tiles = row_blocks * column_blocks
    crossbar_rows, crossbar_cols = crossbar_blocks(designs, network)
    placed_here = network.has_tiles if layers is None else network.has_tiles & layers
    weighty, host, owners = np.flatnonzero(placed_here), host_layers(network, placed_here), _owners(network)
    weighty_tiles = of_layers(tiles, weighty)
    needed = chiplets_filled(weighty_tiles, designs.tiles_per_chiplet)
    spread = Spread(designs, of_layers(row_blocks, weighty), weighty_tiles, network.groups[weighty])
    needed[spread.rows] = spread.needed
    is_custom = designs.chiplet_style == code("chiplet_style", "custom")
    spares = np.where(is_custom, 0, designs.spare_chiplets)
    given = np.where(designs.n_chiplets > 0, np.maximum(designs.n_chiplets - spares, 1), 0)
    allowed = np.maximum(given, needed)
    limit = np.where(designs.copy_chiplets > 0, designs.copy_chiplets, allowed)
    in_tile = of_layers(in_tile_copies(designs, network), owners)
    most = np.where(network.sequential, 1, network.positions)
    most = positions_per_copy(most, in_tile) if designs.in_tile_copies.any() else most
    of_uses, most_of_use = over_uses(network, most)
    limit = np.clip(limit, needed, allowed)
    copies = copies_per_layer(designs, weighty_tiles, of_uses[..., weighty], limit)
    copies[spread.rows] = spread.copies(of_uses[..., weighty], limit)
    copies = np.minimum(copies, most_of_use[..., weighty]) if network.shares_weights else copies
    layer_tiles = weighty_tiles * copies
    placed = partition(layer_tiles, designs.tiles_per_chiplet)
    on_chiplet = ceil_div(layer_tiles, placed.spanned_chiplets)
    own_tiles = tiles_by_group(on_chiplet, placed)
    spread.place(copies, limit, placed, on_chiplet, own_tiles)
    working = np.where((given > 0) & ~is_custom, np.maximum(given, placed.chiplets), placed.chiplets)
    working, rounds = _streamed(designs, given, working, placed.chiplets, is_custom)
    n_chiplets = working + spares
    group_tiles = np.where(own_tiles > 0, own_tiles + designs.spare_tiles[:, None], 0)
    equal_tiles = designs.tiles_per_chiplet + designs.spare_tiles
    die_tiles = np.where(is_custom, group_tiles.max(axis=1), equal_tiles)
    chiplet_side = np.ceil(np.sqrt(die_tiles)).astype(np.int64)
    package_tiles = np.where(is_custom, (group_tiles * placed.spanned_chiplets).sum(axis=1), n_chiplets * equal_tiles)
    mono_tiles = np.where(
        is_custom, (own_tiles * placed.spanned_chiplets).sum(axis=1), working * designs.tiles_per_chiplet
    )
    weights = (network.rows * network.channels_out)[weighty]
    cells = columns_per_weight(designs) * ((copies * of_layers(in_tile, weighty)) @ weights)
    cells_per_tile = designs.crossbars_per_tile * designs.crossbar_rows * designs.crossbar_cols
    mapping = ChipMapping(
        columns=layer_columns(designs, network),
        row_blocks=row_blocks,
        column_blocks=column_blocks,
        tiles=tiles,
        crossbars=crossbar_rows * crossbar_cols,
        copies=of_layers(_scattered(copies, weighty, network.n_layers, 1), owners),
        in_tile_copies=in_tile,
        by_columns=np.zeros(tiles.shape, dtype=bool),
        first_chiplet=of_layers(placed.first_chiplet, host),
        spanned_chiplets=of_layers(placed.spanned_chiplets, host),
        first_tile=of_layers(placed.first_tile, host),
        tiles_on_chiplet=of_layers(on_chiplet, host),
        group_tiles=_scattered(group_tiles, weighty, network.n_layers, 0),
        chiplet_side=chiplet_side,
        chiplet_rows=ceil_div(die_tiles, chiplet_side),
        package_side=np.ceil(np.sqrt(n_chiplets)).astype(np.int64),
        mesh_side=np.ceil(np.sqrt(placed.chiplets)).astype(np.int64),
        n_chiplets=n_chiplets,
        working_chiplets=working,
        rounds=rounds,
        chiplets_needed=needed,
        chiplets_used=np.minimum(placed.chiplets, working),
        chiplets_given=given,
        total_tiles=layer_tiles.sum(axis=1),
        package_tiles=package_tiles,
        die_tiles=die_tiles,
        mono_tiles=mono_tiles,
        utilisation=cells / (package_tiles * rounds * cells_per_tile),
        is_custom=is_custom,
        is_spread=is_spread(designs),
    )
    return replace(mapping, by_columns=of_layers(column_order(designs, network, mapping), owners))


def _streamed(
    designs: Designs, given: IntArray, n_chiplets: IntArray, filled: IntArray, is_custom: BoolArray
) -> tuple[IntArray, IntArray]:
    """Chiplets that exist where weights may be streamed, and rounds in which ``filled`` ones take their place, (U,)."""
    may = (designs.weights == code("weights", "streamed")) & ~is_custom & (given > 0)
    exist = np.where(may, given, n_chiplets)
    return exist, np.where(may, ceil_div(filled, exist), 1)


def host_layers(network: Network, placed: BoolArray) -> IntArray:
    """Whose place each layer takes, (L,), counted among those ``placed``, (L,) (:attr:`Network.place_of`)."""
    return np.asarray(np.cumsum(placed) - 1)[network.place_of]


def over_uses(network: Network, positions: IntArray) -> tuple[IntArray, IntArray]:
    """Positions of all layers that use the weights of each together, and the most of one of them, (..., L).

    They take place one after the other in the same tiles, so copies serve all of them; more than one has positions help
    none.
    """
    if not network.shares_weights:
        return positions, positions
    together, most = positions.copy(), positions.copy()
    for layer in np.flatnonzero(network.weights_of >= 0).tolist():
        owner = network.weights_of[layer]
        together[..., owner] += positions[..., layer]
        np.maximum(most[..., owner], positions[..., layer], out=most[..., owner])
    return together, most


def _owners(network: Network) -> IntArray:
    """Layer whose weights each one uses, (L,)."""
    return np.where(network.weights_of >= 0, network.weights_of, np.arange(network.n_layers))


def _scattered(values: IntArray, layers: IntArray, n_layers: int, of_others: int) -> IntArray:
    """Values of some ``layers`` in their order, (U, l), among those of all, (U, L)."""
    if len(layers) == n_layers:
        return values
    out = np.full((len(values), n_layers), of_others)
    out[:, layers] = values
    return out


def tiles_by_group(on_chiplet: IntArray, placed: Partition) -> IntArray:
    """Tiles of the die that starts with each layer, (U, L): 0 where a layer does not start one.

    A die shared by several layers has their tiles together, each die of a split layer those ``on_chiplet``, (U, L).
    """
    starts = np.ones(on_chiplet.shape, dtype=bool)
    starts[:, 1:] = placed.first_chiplet[:, 1:] != placed.first_chiplet[:, :-1]
    first = np.flatnonzero(starts)
    out = np.zeros_like(on_chiplet)
    out.ravel()[first] = np.add.reduceat(on_chiplet.ravel(), first)
    return out
