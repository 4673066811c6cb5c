"""What the mapping declares: where weights lie, how wide sums are, what moves between layers."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from siam_dse.core.declare import Column, Composed, Engine, Need, Note, Part, Rule, figure
from siam_dse.core.units import PERCENT
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.mapping.duplication import positions_per_copy
from siam_dse.mapping.held import held_while_running
from siam_dse.mapping.mapping import MAPPING_FIELDS, ChipMapping
from siam_dse.mapping.place import map_network
from siam_dse.mapping.precision import CROSSBAR_BLOCK_FIELDS, PRECISION_FIELDS, partial_sum_bits
from siam_dse.mapping.split import sums_over_package
from siam_dse.mapping.spread import is_spread
from siam_dse.mapping.traffic import TRAFFIC_FIELDS, sent_sum_bits, transfers, transfers_of_values
from siam_dse.workload.lifetime import live_values
from siam_dse.workload.network import Network


@dataclass(frozen=True)
class Layers:
    """The network's layers; the same for every design."""

    fills: FloatArray  # (U, L) times that a pipeline of crossbars fills: a product's never, a sequential one's always


@dataclass(frozen=True)
class Work:
    """What a mapping makes of the layers' work; arrays (U, L)."""

    positions: FloatArray  # that each copy works on
    working_tiles: FloatArray  # that hold copies of the layer
    holding_share: FloatArray  # of all chiplets: those whose buffer holds data while the layer runs
    sums_meet: FloatArray  # 1 where the layer's partial sums meet in the package's global accumulator
    starts_die: FloatArray  # 1 where a die starts with the layer


@dataclass(frozen=True)
class SumWidths:
    """Width of partial sums."""

    bits: FloatArray  # (U, L) of one


def _layers(view: Designs, network: Network) -> Layers:
    fills = np.where(network.sequential, network.positions, ~network.is_product)
    return Layers(np.tile(fills.astype(np.float64), (len(view), 1)))


def _work(view: Designs, network: Network, mapping: Need, held: Need) -> Work:
    m = mapping.record
    copies, at = np.where(network.sequential, 1, m.copies * m.in_tile_copies), mapping.at
    positions = positions_per_copy(network.positions, copies)
    positions = positions * _passes(m) if np.any(m.rounds > 1) else positions
    return Work(
        positions=at(positions.astype(np.float64)),
        working_tiles=at(np.minimum(m.tiles * m.copies, m.package_tiles[:, None]).astype(np.float64)),
        holding_share=_holding_share(view, network, mapping, held.at(held.record.chiplets)),
        sums_meet=at((sums_over_package(m).sent > 0).astype(np.float64)),
        starts_die=at((m.group_tiles > 0).astype(np.float64)),
    )


def _passes(mapping: ChipMapping) -> IntArray:
    """Passes over a layer's positions, (U, L): several where its tiles exceed all chiplets and are streamed."""
    return ceil_div(mapping.spanned_chiplets, mapping.working_chiplets[:, None])


def _holding_share(view: Designs, network: Network, mapping: Need, holding: FloatArray) -> FloatArray:
    """Share of all chiplets whose buffer holds data, (U, L).

    Those of the layers that are still to read or add something; where equal dies share their buffers at least as many
    as what is alive fills.
    """
    m, live = mapping.record, live_values(network)
    share = np.minimum(holding / mapping.at(m.working_chiplets)[:, None], 1)
    is_pooled = (view.buffer_size == code("buffer_size", "lifetimes")) & ~mapping.at(m.is_custom)
    return np.where(is_pooled[:, None], np.maximum(share, live / live.max()), share)


def _sum_widths(view: Designs, network: Network) -> SumWidths:
    return SumWidths(partial_sum_bits(view, network).astype(np.float64))


def _sent_widths(view: Designs, network: Network, mapping: Need, sum_widths: Need) -> SumWidths:
    of_tiles = sum_widths.at(sum_widths.record.bits)
    return SumWidths(sent_sum_bits(view, network, mapping.record, mapping.rows, of_tiles))


def _missing_chiplets(f: Composed) -> AnyArray:
    given, needed = f.figure("mapping.chiplets_given"), f.figure("mapping.chiplets_needed")
    is_resident = f.figure("mapping.rounds") == 1
    return np.where((given > 0) & is_resident, np.maximum(needed - given, 0), 0)


def _spare_custom_chiplets(f: Composed) -> AnyArray:
    given, used = f.figure("mapping.chiplets_given"), f.figure("mapping.chiplets_used")
    return np.where(f.figure("mapping.is_custom") & (given > 0), np.maximum(given - used, 0), 0)


def _spares_that_cannot_be(f: Composed) -> AnyArray:
    spares, given = f.designs.spare_chiplets, f.designs.n_chiplets
    cannot = f.figure("mapping.is_custom") | (f.figure("mapping.rounds") > 1)
    beyond = np.where(given > 0, np.maximum(spares + 1 - given, 0), 0)
    return np.where(spares > 0, np.where(cannot, spares, beyond), 0)


def _streams_on_kinds(f: Composed) -> AnyArray:
    is_streamed = f.designs.weights == code("weights", "streamed")
    return np.asarray(f.designs.kind_b & is_streamed, dtype=np.float64)


def _spread_over_what_cannot_be(f: Composed) -> AnyArray:
    is_asked = f.designs.layer_placement == code("layer_placement", "spread")
    return np.asarray(is_asked & ~is_spread(f.designs), dtype=np.float64)


def _says_kinds(f: Composed) -> str:
    layers, chiplets = (int(values[0]) for values in f.on_kind_b)
    if not f.designs.kind_b[0] or not chiplets:
        return ""
    every, n_chiplets = int(f.network.has_tiles.sum()), int(f.figure("mapping.n_chiplets")[0])
    return (
        f" Kind A has the first {every - layers} of {every} weight layers in {n_chiplets - chiplets} chiplet(s), kind "
        f"B the others in {chiplets}."
    )


def _has_shared_weights(f: Composed) -> BoolArray:
    return np.full(len(f.designs), bool((f.network.weights_of >= 0).any()))


def _in_rounds(f: Composed) -> str:
    rounds = int(f.figure("mapping.rounds")[0])
    return f"; weights are written in {rounds} rounds, for {int(f.designs.batch[0])} input(s)" if rounds > 1 else ""


def _says(f: Composed) -> str:
    network = f.network
    skipped = f" ({1 - network.performed_macs.sum() / network.macs.sum():.3g} of them left out)"
    return (
        f"{network.name}: {network.macs.sum() / 1e9:.3g} G multiply-accumulates"
        f"{skipped if network.sparsity.any() else ''} on "
        f"{int(f.figure('mapping.total_tiles')[0])} tiles of {int(f.figure('mapping.n_chiplets')[0])} chiplet(s), "
        f"{int(f.figure('mapping.chiplets_used')[0])} of them with weights; "
        f"{float(f.figure('mapping.utilisation')[0]) * PERCENT:.3g} % of all cells hold weights; up to "
        f"{int((f.figure('mapping.copies') * f.figure('mapping.in_tile_copies')).max())} copies of a layer"
        f"{_in_rounds(f)}.{_says_kinds(f)}"
    )


MAPPING = Engine(
    name="mapping",
    word="mapping",
    parts=(
        Part("layers", _layers),
        Part("mapping", map_network, MAPPING_FIELDS),
        Part("held", lambda _, network, mapping: held_while_running(network, mapping.record), needs=("mapping",)),
        Part("work", _work, ("buffer_size",), needs=("mapping", "held")),
        Part("sum_widths", _sum_widths, (*dict.fromkeys((*PRECISION_FIELDS, *CROSSBAR_BLOCK_FIELDS)),)),
        Part(
            "sent_widths",
            _sent_widths,
            (*PRECISION_FIELDS, *CROSSBAR_BLOCK_FIELDS),
            needs=("mapping", "sum_widths"),
        ),
        Part(
            "values_moved",
            lambda view, network, mapping: transfers_of_values(view, network, mapping.record),
            MAPPING_FIELDS,
            needs=("mapping",),
        ),
        Part(
            "transfers",
            lambda view, network, mapping: transfers(view, network, mapping.record.take(mapping.rows)),
            (*dict.fromkeys((*MAPPING_FIELDS, *TRAFFIC_FIELDS, *PRECISION_FIELDS, *CROSSBAR_BLOCK_FIELDS)),),
            needs=("mapping",),
        ),
    ),
    columns=(
        Column("utilisation", "1", "cells that hold weights / all cells of the package", "maximise",
               figure("mapping.utilisation")),
        Column("tiles", "count", "tiles that hold weights, copies included", "minimise", figure("mapping.total_tiles")),
        Column("chiplets", "count", "chiplets in the package", None, figure("mapping.n_chiplets")),
        Column("chiplets_needed", "count", "chiplets needed with one copy of every layer", None,
               figure("mapping.chiplets_needed")),
        Column("chiplets_used", "count", "chiplets that hold weights", None, figure("mapping.chiplets_used")),
        Column("kind_b_chiplets", "count", "chiplets of kind B among them all", None, lambda f: f.on_kind_b[1]),
        Column("kind_b_layers", "count", "weight layers on kind B, the last ones", None, lambda f: f.on_kind_b[0]),
    ),
    rules=(
        Rule("fits", "chiplets needed beyond those given",
             "more or larger chiplets, larger crossbars, or weights: streamed", _missing_chiplets),
        Rule("spare_custom", "custom chiplets given that no layer fills", "n_chiplets = 0 or fewer",
             _spare_custom_chiplets),
        Rule("spare_chiplets_fit", "spare chiplets that are custom, beside streamed weights, or all that are given",
             "spare_chiplets = 0, chiplet_style: homogeneous, weights: resident, or more n_chiplets",
             _spares_that_cannot_be),
        Rule("spread_equal_dies", "1 where layers are to be spread over custom dies or with streamed weights",
             "layer_placement: packed, chiplet_style: homogeneous or weights: resident", _spread_over_what_cannot_be),
        Rule("kinds_resident", "1 where weights are streamed over two kinds of chiplets",
             "weights: resident, or one kind", _streams_on_kinds),
    ),
    notes=(
        Note("shared_weights", "layers share weights: these lie in the package once, and the layers take place in the "
             "same tiles one after the other", _has_shared_weights),
    ),
    says=_says,
)  # fmt: skip
