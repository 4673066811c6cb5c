"""Cross-check with whole chips of DNN+NeuroSim V1.3: what crossbars and adders take, summed over a network.

Each row is one chip run: circuit, network, bits. It becomes a design whose tile is as large as the source's, and a
network with the source's positions; the figures come from the functions that ``evaluate`` runs. Nothing was tuned to
these rows and there is no target. Set equal, as they are choices of organisation and not of circuits: the tile's size,
copies inside tiles (they divide latency), positions of valid convolutions (the source ignores padding).

``<quantity>_as_source`` repeats a quantity with the source's artefacts switched on
(:data:`siam_dse.engines.crossbar.options.NEUROSIM13`): what is left between the two is what those artefacts make up.

Why the rest differs:

- Clock and time of conversions. Without the artefacts select lines are buffered, SRAM bit lines carry drains and a
  resistive column settles at its mean conductance: shorter steps, above all for large arrays, SRAM and row-by-row
  reading. The source's clock is that of its slowest bit-vector. It also lets copies share one position, so that a fully
  connected layer takes a fraction of one.
- Energy of array and converters. SRAM bit lines carry the cells' drains; the source precharges those of unused columns
  too. Where a layer without copies leaves processing elements of a tile empty, the source charges the one before each
  again, up to a sixth in these networks. Weights of 4 bits hold more ones in the source's runs than an even spread.
- Energy of accumulation. The source charges shift-add for all columns of a crossbar, here those that hold weights; and
  ``integer_shift_add``. Empty processing elements as above.
- Area of accumulation. Here a tile has accumulators for the sums of other tiles, and one lane of adders for the
  converters that share a weight's columns, where the source has one a converter. At 65 nm HP the source's adders are
  twice as large (``fold_tie_65hp``).

Not compared: H-trees and buses (here the network on chip, with routers), buffers, drivers, activation and pooling,
leakage energy (rules of the chip, not of the circuits), shift-add and trees in latency (here hidden behind
conversions); pipelined chips, the novel mapping (predicted NaN).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.paths import data_folder
from siam_dse.core.units import NS_PER_S, PJ_PER_J, UM2_PER_M2
from siam_dse.design.designs import Designs
from siam_dse.engines.crossbar.engine import crossbar_energy, crossbar_unit
from siam_dse.engines.crossbar.options import NEUROSIM13, SOUND, SourceOptions
from siam_dse.engines.tile.engine import tile_energy, tile_unit
from siam_dse.mapping.crossbars import layer_columns, tile_blocks
from siam_dse.mapping.duplication import positions_per_copy
from siam_dse.technology.technology import Technology
from siam_dse.validation.chip_mapping import chip_layout
from siam_dse.validation.kind import PACKAGED, Kind
from siam_dse.workload.build import to_network
from siam_dse.workload.graph import Header, Layer, siam_chain
from siam_dse.workload.network import Network

KNOBS = (
    *("NS_OPMODE", "NS_MEM", "NS_ROADMAP", "NS_NOVEL", "NS_SAR", "NS_CURRENT", "NS_PIPE", "NS_TECHNODE", "NS_ROWS"),
    *("NS_COLS", "NS_MUX", "NS_LEVELS", "NS_CELLBIT", "NS_RON", "NS_ROFF", "net", "wbits", "ibits", "p1"),
)
AS_SOURCE = "_as_source"
_CONVERTING = ("adc", "encoder", "precharge", "sense_amp")
_JOINING = ("accumulator", "shift_add")
_SUMMING = ("adder_tree", "accumulator")


@dataclass(frozen=True)
class ChipFigures:
    """Figures of U chips of one network with L layers, in the units of the reference; arrays (U,) or (U, L)."""

    n_tiles: FloatArray
    area_array_um2: FloatArray
    area_adc_um2: FloatArray
    area_accum_um2: FloatArray
    clk_ns: FloatArray
    en_adc_pj: FloatArray  # (U, L)
    en_accum_pj: FloatArray  # (U, L)
    lat_adc_ns: FloatArray  # (U, L)

    def totals(self) -> dict[str, FloatArray]:
        """Figures of the chips under the names of the reference, (U,): sums over layers."""
        return {
            "n_tiles": self.n_tiles,
            "area_array_um2": self.area_array_um2,
            "area_adc_um2": self.area_adc_um2,
            "area_accum_um2": self.area_accum_um2,
            "clk_ns": self.clk_ns,
            **{name: values.sum(axis=1) for name, values in self.layers().items()},
        }

    def layers(self) -> dict[str, FloatArray]:
        """Figures of the layers under the names of the reference, (U, L)."""
        return {"en_adc_pJ": self.en_adc_pj, "en_accum_pJ": self.en_accum_pj, "lat_adc_ns": self.lat_adc_ns}


@cache
def chip_network(name: str) -> Network:
    """A network of the chip runs; its positions are those of valid convolutions, as the source counts them.

    References
    ----------
    [neurosim13] NetWork_*.csv (layers of vgg8, resnet18, densenet40); tiny, tiny2, thin and fc were made for the runs.
    """
    table = _networks()
    names = tuple(table["net"].unique())
    if name not in names:
        raise InputError("rows", unknown_name("net", name, names))
    layers = [
        Layer(
            name=f"layer{layer}",
            kind="fc" if side == 1 else "conv",
            ifm=(side, side, channels_in),
            kernel=(kernel, kernel),
            out=channels_out,
            stride=stride,
            ofm=((side - kernel + 1) // stride,) * 2,
        )
        for layer, side, channels_in, channels_out, kernel, stride in table.loc[
            table["net"] == name, ["layer", "ifm_side", "channels_in", "channels_out", "kernel", "stride"]
        ]
        .to_numpy()
        .tolist()
    ]
    return to_network(Header(name=name), layers, siam_chain(layers))


@cache
def _networks() -> pd.DataFrame:
    return pd.read_csv(data_folder("validation") / "chip_networks.csv")


def designs_of(rows: pd.DataFrame, crossbars_per_tile: IntArray, technology: Technology = PACKAGED) -> Designs:
    """The design of each chip run, (n,); no pedestal is removed in the source, and here none that costs anything."""

    def value(name: str) -> FloatArray:
        return rows[name].to_numpy(dtype=np.float64)

    is_sram = value("NS_MEM") == 1
    return Designs.from_columns(
        {
            "crossbar_rows": rows["NS_ROWS"].to_numpy(),
            "crossbar_cols": rows["NS_COLS"].to_numpy(),
            "cell": np.where(is_sram, "sram", "rram_1t1r"),
            "cell_bits": np.where(is_sram, 1, rows["NS_CELLBIT"].to_numpy()),
            "r_on_ohm": value("NS_RON"),
            "r_off_ohm": value("NS_ROFF"),
            "node_nm": value("NS_TECHNODE"),
            "roadmap": np.where(value("NS_ROADMAP") == 1, "hp", "lstp"),
            "adc_kind": np.where(value("NS_SAR") == 1, "sar", "flash"),
            "adc_bits": np.round(np.log2(value("NS_LEVELS"))).astype(np.int64),
            "columns_per_adc": rows["NS_MUX"].to_numpy(),
            "sensing": np.where(value("NS_CURRENT") == 1, "current", "voltage"),
            "read_mode": np.where(value("NS_OPMODE") == 1, "row_by_row", "parallel"),
            "circuit": "neurosim13",
            "weight_bits": rows["wbits"].to_numpy(),
            "activation_bits": rows["ibits"].to_numpy(),
            "input_activity": value("p1"),
            "weight_mapping": "offset",
            "pedestal": "digital",
            "crossbars_per_tile": crossbars_per_tile,
        },
        n=len(rows),
        where="rows",
        technology=technology,
    )


def chip_figures(
    rows: pd.DataFrame, network: Network, options: SourceOptions = SOUND, technology: Technology = PACKAGED
) -> ChipFigures:
    """Figures of the chip runs of one network.

    Parameters
    ----------
    rows : (U) rows with the columns ``KNOBS``
    network : Network (L)
    options : SourceOptions
        Artefacts of the source in the crossbar.
    technology : Technology

    Returns
    -------
    ChipFigures
    """
    one = np.ones(len(rows), dtype=np.int64)
    columns = layer_columns(designs_of(rows, one, technology), network)
    sides = rows["NS_ROWS"].to_numpy(dtype=np.int64)
    layouts = [chip_layout(network.rows, columns[i], int(side)) for i, side in enumerate(sides)]
    per_tile = np.array([layout.tile_side // int(side) for layout, side in zip(layouts, sides, strict=True)]) ** 2
    designs = designs_of(rows, per_tile, technology)
    crossbar = crossbar_unit(designs, options)
    tile = tile_unit(designs, crossbar.area_m2)
    energy, digital = crossbar_energy(designs, network, options), tile_energy(designs, network, tile)
    row_tiles, column_tiles = tile_blocks(designs, network)
    tiles = (row_tiles * column_tiles).sum(axis=1)
    crossbars = tiles * per_tile
    positions = positions_per_copy(network.positions, np.stack([layout.copies for layout in layouts]))
    bit_vectors_s = designs.activation_bits * crossbar.bit_vector_s
    parts = crossbar.area_by_component
    return ChipFigures(
        n_tiles=tiles.astype(np.float64),
        area_array_um2=crossbars * parts["array"] * UM2_PER_M2,
        area_adc_um2=crossbars * _sum(parts, _CONVERTING) * UM2_PER_M2,
        area_accum_um2=(crossbars * _sum(parts, _JOINING) + tiles * _sum(tile.area_by_component, _SUMMING))
        * UM2_PER_M2,
        clk_ns=crossbar.conversion_s * NS_PER_S,
        en_adc_pj=_sum(energy.by_component, ("array", *_CONVERTING)) * PJ_PER_J,
        en_accum_pj=(_sum(energy.by_component, _JOINING) + _sum(digital.by_component, _SUMMING)) * PJ_PER_J,
        lat_adc_ns=positions * bit_vectors_s[:, None] * NS_PER_S,
    )


def _sum(parts: Mapping[str, FloatArray], names: Iterable[str]) -> FloatArray:
    """Sum of the named components that there are."""
    return np.asarray(np.sum([parts[name] for name in names if name in parts], axis=0))


def predict(rows: pd.DataFrame, noc_model: str = "fast", technology: Technology = PACKAGED) -> Mapping[str, FloatArray]:
    """Tiles, areas, energies, clock and time of conversions of each chip, (n,); NaN for the novel mapping."""
    del noc_model
    rows = rows.reset_index(drop=True)
    out = {name: np.full(len(rows), np.nan) for name in _QUANTITIES}
    for name, group in rows[rows["NS_NOVEL"] == 0].groupby("net", sort=False):
        at, network = group.index.to_numpy(), chip_network(str(name))
        for options, suffix in ((SOUND, ""), (NEUROSIM13, AS_SOURCE)):
            figures = chip_figures(group, network, options, technology)
            for quantity, values in figures.totals().items():
                if quantity + suffix in out:
                    out[quantity + suffix][at] = values
    return out


def scored(rows: pd.DataFrame, quantity: str) -> BoolArray:
    """Rows that count: chips with one layer after another; no flash converter with LSTP transistors at 65 nm."""
    del quantity
    runaway = (rows["NS_SAR"] == 0) & (rows["NS_ROADMAP"] == _LSTP) & (rows["NS_TECHNODE"] == _CLAMPED_NODE_NM)
    return np.asarray((rows["NS_PIPE"] == 0) & ~runaway)


_LSTP = 2  # code of NS_ROADMAP
_CLAMPED_NODE_NM = 65
_QUANTITIES = (
    *("n_tiles", "area_array_um2", "area_adc_um2", "area_accum_um2"),
    *("en_adc_pJ", "en_adc_pJ_as_source", "en_accum_pJ", "en_accum_pJ_as_source"),
    *("clk_ns", "clk_ns_as_source", "lat_adc_ns"),
)

KIND = Kind(
    name="chip",
    reference="chip_results.csv",
    quantities={name: name.removesuffix(AS_SOURCE) for name in _QUANTITIES},
    predict=predict,
    knobs=KNOBS,
    groups=("NS_MEM", "NS_SAR", "NS_OPMODE", "NS_ROWS", "net"),
    scored=scored,
    has_gaps=True,
    note="a cross-check without targets: whole chips of V1.3 beside the functions of evaluate, NS_* as in the source. "
    "*_as_source has the source's artefacts on. The source repeats processing elements that are empty and charges "
    "shift-add of unused columns; tiles here have accumulators of their own.",
)
