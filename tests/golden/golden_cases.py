"""What is frozen: designs that span every level of every choice, networks, and all that an evaluation says of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

import siam_dse as sd

# Name -> profile and what differs from it. Each is far from the others, so that a term that is lost or counted twice
# moves some of them visibly; every level of every choice occurs, and every rule is broken by one.
DESIGNS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "default": ("default", {}),
    "siam": ("siam", {}),
    "siam_100": ("siam", {"n_chiplets": 100}),
    "sram_7nm_custom": ("default", {
        "crossbar_rows": 256, "crossbar_cols": 128, "cell": "sram", "node_nm": 7, "roadmap": "hp", "adc_kind": "flash",
        "sensing": "voltage", "adc_bits": 5, "columns_per_adc": 4, "weight_bits": 6, "adc_range": "calibrated",
        "tiles_per_chiplet": 36, "chiplet_style": "custom", "idle_power": "always_on", "nop_link": "ucie_advanced",
        "nop_bandwidth_gbps": 640, "package": "interposer", "bonding": "chiplet_actuary", "dram": "hbm2",
        "dram_channels": 4, "batch": 16, "grid_g_per_kwh": 30, "inferences_per_day": 1e9,
        "tim": "indium", "spreader": "thick_copper", "sink": "aluminium", "r_convec_k_per_w": 5,
    }),
    "sram_2bit_always_on": ("default", {
        "crossbar_rows": 64, "crossbar_cols": 96, "cell": "sram", "cell_bits": 2, "node_nm": 10, "circuit":
        "neurosim_siam", "roadmap": "hp", "duplication": "pipeline", "n_chiplets": 256, "idle_power": "always_on",
        "nop_link": "aib", "clock_hz": 5e8, "bias_correction": True, "dram": "ddr3_1600", "dram_ranks": 2,
    }),
    "crosspoint_row_by_row": ("default", {
        "crossbar_rows": 128, "crossbar_cols": 64, "cell": "rram_crosspoint", "cell_bits": 2, "node_nm": 45,
        "read_mode": "row_by_row", "weight_mapping": "differential", "pedestal": "digital", "r_on_ohm": 3e4,
        "cell_sigma": 0.05, "columns_per_adc": 16, "tiles_per_chiplet": 64, "duplication": "pipeline",
        "schedule": "branches", "n_chiplets": 25, "copy_chiplets": 9, "nop_link": "grs_simba",
        "nop_bandwidth_gbps": 40,
        "spreader": "aluminium", "sink": "thin_aluminium", "ambient_c": 25,
        "package": "fan_out", "dram": "lpddr4_2400", "dram_map": "bank_serial", "volume": 10_000,
    }),
    "branches_wide_noc": ("default", {
        "crossbar_rows": 512, "crossbar_cols": 256, "cell_bits": 4, "node_nm": 22, "adc_bits": 9, "read_voltage_v": 0.3,
        "cell_sigma": 0.1, "bias_correction": True, "crossbars_per_tile": 4, "schedule": "branches", "n_chiplets": 64,
        "noc_width_bits": 128, "noc_clock_hz": 2e9, "noc_energy": "booksim", "nop_link": "aib2", "bond_yield": 0.99,
        "copy_chiplets": 4096,
        "dram": "gddr6", "dram_channels": 2,
    }),
    "small_chiplets_slow_links": ("default", {
        "crossbar_rows": 96, "crossbar_cols": 192, "node_nm": 65, "adc_kind": "flash", "adc_bits": 4,
        "crossbars_per_tile": 9, "tiles_per_chiplet": 2, "duplication": "none", "buffer_kind": "register",
        "nop_link": "bow", "nop_bandwidth_gbps": 10, "noc_width_bits": 8, "weight_bits": 5, "activation_bits": 6,
        "dram": "lpddr4_3200", "dram_map": "bank_serial", "dram_ranks": 2, "dram_channels": 2,
    }),
    "thermal_floor_custom": ("default", {
        "node_nm": 14, "adc_bits": 10, "adc_thermal_floor": True, "adc_range": "calibrated", "r_off_ohm": 1e6,
        "input_activity": 0.4, "chiplet_style": "custom", "n_chiplets": 2000, "tiles_per_chiplet": 9,
        "nop_link": "ucie_standard", "nop_bandwidth_gbps": 320, "dram": "ddr4_3200", "cost_node_nm": 28,
        "lifetime_years": 5, "volume": 1_000_000, "tim": "pad", "package": "interposer",
    }),
    "one_bit_weights": ("default", {
        "crossbar_rows": 100, "node_nm": 90, "weight_bits": 1, "activation_bits": 4, "weight_mapping": "differential",
        "pedestal": "digital", "adc_bits": 3, "columns_per_adc": 3, "n_chiplets": 4, "tiles_per_chiplet": 256,
        "buffer_kind": "register", "dram": "gddr5", "package": "fan_out", "bonding": "chiplet_actuary",
    }),
    "beyond_reticle": ("default", {
        "crossbar_size": 1024, "node_nm": 130, "roadmap": "hp", "adc_kind": "flash", "sensing": "voltage",
        "circuit": "neurosim_siam", "read_mode": "row_by_row", "tiles_per_chiplet": 1024, "n_chiplets": 1,
        "weight_bits": 16, "activation_bits": 12, "dram_ranks": 2, "batch": 100, "cost_node_nm": 65,
    }),
    "standard_links_of_32_gtps": ("default", {
        "nop_link": "ucie_standard_32", "nop_bandwidth_gbps": 1280, "tiles_per_chiplet": 49, "bias_correction": True,
        "adc_bits": 6, "weight_bits": 7,
    }),
    "advanced_links_of_32_gtps_custom": ("default", {
        "nop_link": "ucie_advanced_32", "nop_bandwidth_gbps": 5120, "package": "fan_out", "chiplet_style": "custom",
        "tiles_per_chiplet": 25, "node_nm": 22, "adc_range": "calibrated", "adc_bits": 5,
    }),
    "long_phy": ("default", {
        "crossbar_size": 64, "cell": "rram_crosspoint", "node_nm": 32, "tiles_per_chiplet": 4, "n_chiplets": 400,
        "nop_bandwidth_gbps": 20_000, "noc_energy": "booksim", "noc_clock_hz": 5e8, "idle_power": "always_on",
    }),
    "chiplets_of_one_crossbar": ("default", {
        "crossbar_size": 64, "crossbars_per_tile": 1, "tiles_per_chiplet": 1, "node_nm": 130, "duplication": "none",
        "mac_arrays_per_chiplet": 4, "mac_array_side": 8, "vector_lanes": 8, "digital_clock_hz": 1e10,
        "cache_kib_per_chiplet": 1,
    }),
    "a_carrier_larger_than_a_wafer": ("default", {
        "crossbar_size": 64, "crossbars_per_tile": 1, "tiles_per_chiplet": 1, "node_nm": 130, "package": "interposer",
    }),
    "products_in_sram": ("default", {
        "product_unit": "sram_cim", "product_crossbars_per_chiplet": 12, "node_nm": 22, "crossbar_size": 256,
        "adc_bits": 8, "adc_range": "calibrated", "activation_bits": 6, "weight_mapping": "differential",
    }),
    "converters_of_the_survey": ("default", {"adc_model": "survey", "adc_bits": 6, "node_nm": 22}),
    "flash_of_the_survey": ("default", {
        "adc_model": "survey", "adc_kind": "flash", "adc_bits": 4, "columns_per_adc": 16, "cell": "sram", "node_nm": 65,
        "adc_thermal_floor": True,
    }),
    "groups_of_rows_as_pulses": ("default", {
        "crossbar_rows": 96, "crossbar_cols": 160, "rows_per_read": 20, "input_bits_per_read": 3,
        "input_drive": "pulse_width", "columns_combined": 3, "adc_bits": 8, "cell_sigma": 0.03, "r_off_ohm": 2e6,
        "pedestal": "digital",
    }),
    "few_rows_as_voltages": ("default", {
        "crossbar_rows": 4, "crossbar_cols": 64, "cell": "sram",
        "input_bits_per_read": 4, "columns_combined": 8, "adc_bits": 10, "weight_mapping": "differential", "adc_range":
        "calibrated", "columns_per_adc": 2,
    }),
    "between_nodes_at_low_supply": ("default", {
        "node_nm": 28, "supply_v": 0.75, "adc_rate_hz": 3e8, "adc_kind": "flash", "adc_bits": 5, "roadmap": "hp",
        "clock_hz": 2e9, "rows_per_read": 16,
    }),
    "charge_domain": ("default", {
        "cell": "charge", "node_nm": 28, "adc_bits": 8, "rows_per_read": 64, "columns_combined": 2, "batch": 4,
        "n_chiplets": 3, "weights": "streamed",
    }),
    "adder_trees": ("default", {
        "cell": "digital_cim", "node_nm": 22, "supply_v": 0.72, "rows_per_read": 48, "weight_mapping": "differential",
    }),
    "magnetic_cells": ("default", {
        "cell": "mram", "r_on_ohm": 5e3, "r_off_ohm": 1e4, "rows_per_read": 16, "n_chiplets": 2, "weights": "streamed",
    }),
    "magnetic_cells_like_others": ("default", {"cell": "mram", "node_nm": 22}),
    "phase_change_cells": ("default", {
        "cell": "pcm", "r_on_ohm": 2e4, "r_off_ohm": 2e6, "cell_bits": 2, "cell_sigma": 0.1, "n_chiplets": 2,
        "weights": "streamed", "batch": 16,
    }),
    "supply_beyond_the_node": ("default", {"node_nm": 40, "supply_v": 1.5, "cell": "sram", "adc_rate_hz": 1e9}),
    "torus_placed_as_a_snake": ("default", {
        "nop_topology": "torus", "nop_placement": "snake", "tiles_per_chiplet": 4, "crossbar_size": 64,
        "n_chiplets": 49,
    }),
    "torus_placed_by_swaps": ("default", {
        "nop_topology": "torus", "nop_placement": "optimised", "tiles_per_chiplet": 4, "crossbar_size": 64,
        "adc_bits": 6, "spare_chiplets": 2,
    }),
    "mesh_with_wider_rows": ("default", {
        "nop_bandwidth_ratio_xy": 4, "nop_bandwidth_gbps": 320, "tiles_per_chiplet": 4, "crossbar_size": 64,
    }),
    "torus_with_wider_columns": ("default", {
        "nop_topology": "torus", "nop_bandwidth_ratio_xy": 0.5, "tiles_per_chiplet": 9, "crossbar_size": 64,
        "chiplet_style": "custom",
    }),
    "two_kinds_placed_by_swaps": ("default", {
        "nop_placement": "optimised", "kind_b": True, "kind_b_crossbar_size": 64, "kind_b_adc_bits": 5,
        "tiles_per_chiplet": 4, "kind_b_tiles_per_chiplet": 4,
    }),
    "ring": ("default", {"nop_topology": "ring", "tiles_per_chiplet": 9, "crossbar_size": 64, "adc_bits": 5}),
    "hub": ("default", {
        "nop_topology": "hub", "package": "interposer", "tiles_per_chiplet": 4, "nop_link": "ucie_advanced",
    }),
    "hub_without_interposer": ("default", {"nop_topology": "hub", "chiplet_style": "custom", "tiles_per_chiplet": 4}),
    "two_kinds": ("default", {
        "kind_b": True, "kind_b_crossbar_size": 64, "kind_b_tiles_per_chiplet": 9, "kind_b_n_chiplets": 400,
        "kind_b_cell": "rram_crosspoint",
        "split_share": 0.7, "volume": 10_000,
    }),
    "two_kinds_of_custom_chiplets": ("default", {
        "kind_b": True, "kind_b_crossbar_size": 256, "kind_b_cell": "sram", "kind_b_adc_bits": 5, "split": "best",
        "chiplet_style": "custom", "idle_power": "always_on", "duplication": "none",
    }),
    "two_kinds_streamed": ("default", {
        "kind_b": True, "kind_b_adc_bits": 6, "weights": "streamed", "n_chiplets": 1, "cell_bits": 2,
        "kind_b_cell": "pcm",
    }),
    "networks_behind_compute": ("default", {
        "overlap": "layer", "noc_width_bits": 8, "nop_bandwidth_gbps": 40, "tiles_per_chiplet": 4,
    }),
    "bits_by_layer": ("default", {
        "adc_rule": "per_layer", "adc_sqnr_target_db": 20, "adc_range": "calibrated", "weight_mapping": "differential",
        "crossbar_size": 256, "adc_bits_first_last": 8,
    }),
    "comparators_by_layer_on_two_kinds": ("default", {
        "kind_b": True, "kind_b_adc_bits": 6, "adc_kind": "flash", "adc_bits_first_last": 5, "adc_range": "calibrated",
        "weight_mapping": "differential",
    }),
    "link_of_stacked_dies": ("default", {"nop_link": "ucie_3d", "package": "interposer", "tiles_per_chiplet": 4}),
    "spare_parts": ("default", {
        "spare_tiles": 2, "spare_chiplets": 3, "n_chiplets": 400, "bond_yield": 0.99, "package": "fan_out",
    }),
    "spare_parts_of_custom_chiplets": ("default", {
        "spare_tiles": 1, "spare_chiplets": 1, "chiplet_style": "custom", "cost_node_nm": 7,
    }),
    "charge_beside_magnetic_cells": ("default", {
        "kind_b": True, "cell": "charge", "kind_b_cell": "mram", "r_on_ohm": 5e3, "r_off_ohm": 1e4, "rows_per_read": 16,
        "split_share": 0.4, "node_nm": 22,
    }),
    "magnetic_beside_charge_cells": ("default", {
        "kind_b": True, "cell": "mram", "kind_b_cell": "charge", "r_on_ohm": 5e3, "r_off_ohm": 1e4, "rows_per_read": 16,
        "split_share": 0.4, "node_nm": 22,
    }),
    "adder_trees_beside_magnetic_cells": ("default", {
        "kind_b": True, "cell": "mram", "kind_b_cell": "digital_cim", "r_on_ohm": 5e3, "r_off_ohm": 1e4, "cell_bits": 2,
        "split_share": 0.6, "kind_b_n_chiplets": 300, "nop_topology": "ring", "adc_rate_hz": 2e8,
    }),
    "columns_sampled": ("default", {
        "row_drive": "sampled", "crossbar_size": 256, "columns_per_adc": 16, "adc_bits": 8, "input_bits_per_read": 2,
        "input_drive": "pulse_width",
    }),
    "voltages_sampled": ("default", {
        "row_drive": "sampled", "sensing": "voltage", "adc_rate_hz": 5e6, "columns_per_adc": 1, "crossbar_size": 64,
    }),
    "layers_spread": ("default", {
        "layer_placement": "spread", "crossbar_size": 64, "tiles_per_chiplet": 36, "noc_cast": "multicast",
        "n_chiplets": 100,
    }),
    "layers_spread_over_custom_chiplets": ("default", {"layer_placement": "spread", "chiplet_style": "custom"}),
    "values_multicast": ("default", {
        "noc_cast": "multicast", "noc_energy": "booksim", "crossbar_size": 64, "tiles_per_chiplet": 25,
        "cell_bits": 2,
    }),
    "streamed_weights": ("default", {
        "n_chiplets": 2, "weights": "streamed", "batch": 8, "duplication": "none", "nop_link": "ucie_advanced",
    }),
}  # fmt: skip

_EVERY = tuple(DESIGNS)
_SOME = ("default", "siam_100", "crosspoint_row_by_row")
# Name -> designs whose layers are frozen: all of two networks (a residual one, and one with layers larger than a
# chiplet), few of the deep ones, to keep the files small.
NETWORKS: Mapping[str, tuple[str, ...]] = {
    "resnet20": _EVERY,
    "vgg19_cifar100": _EVERY,
    "mobilenet_v2": _SOME,
    "googlenet": _SOME,
    "resnet50": _SOME,
    "deit_t": (*_SOME, "products_in_sram"),  # products of two activations, vector work
}

# Network -> name of a variant -> its designs and arguments of evaluate. Few: the fluid level is slow.
VARIANTS: Mapping[str, Mapping[str, tuple[tuple[str, ...], Mapping[str, Any]]]] = {
    "resnet20": {
        "fluid": (("default", "small_chiplets_slow_links"), {"noc_model": "fluid"}),
        "dram": (("default", "sram_7nm_custom"), {"include_dram": True}),
    }
}


class Place(NamedTuple):
    """Where a figure stands; "-" where it is none of an engine, or of a layer."""

    network: str
    design: str
    engine: str
    layer: str
    column: str


Figures = dict[Place, int | float]


@dataclass(frozen=True)
class Batch:
    """Designs that are evaluated together."""

    names: tuple[str, ...]
    suffix: str
    with_layers: tuple[str, ...]
    arguments: Mapping[str, Any]


def designs(names: tuple[str, ...] = _EVERY) -> sd.Designs:
    """The named designs in one batch."""
    rows = [sd.Designs.grid(profile=DESIGNS[name][0], **DESIGNS[name][1]).to_frame() for name in names]
    return sd.Designs.from_frame(pd.concat(rows, ignore_index=True).drop(columns="crossbar_size"))


def figures_of(network: str) -> Figures:
    """Every figure of a network on its designs: output columns, rules, engines and layers."""
    graph = sd.load_network(network)
    out: Figures = {}
    for batch in _batches(network):
        evaluation = sd.evaluate(graph, designs(batch.names), **batch.arguments)
        labels = [name + batch.suffix for name in batch.names]
        out.update(_totals(network, labels, evaluation))
        for i, name in enumerate(batch.names):
            if name in batch.with_layers:
                out.update(_layers(network, labels[i], evaluation.by_layer(i)))
    return out


def _batches(network: str) -> Iterator[Batch]:
    yield Batch(_EVERY, "", NETWORKS[network], {})
    for variant, (names, arguments) in VARIANTS.get(network, {}).items():
        yield Batch(names, f"/{variant}", names if variant == "fluid" else (), arguments)


def _totals(network: str, labels: list[str], evaluation: sd.Evaluation) -> Iterator[tuple[Place, int | float]]:
    """Columns, rules and engines."""
    fields = set(evaluation.designs.to_frame().columns)
    table = evaluation.to_frame()
    for column in table.columns.drop([name for name in table.columns if name in fields]):
        for label, value in zip(labels, table[column].tolist(), strict=True):
            yield Place(network, label, "-", "-", column), +value
    for rule, values in evaluation.violations.items():
        for label, value in zip(labels, values.tolist(), strict=True):
            yield Place(network, label, "-", "-", f"violation {rule}"), value
    for row in evaluation.by_engine().to_dict("records"):
        design, engine = labels[row.pop("design")], row.pop("engine")
        for column, value in row.items():
            yield Place(network, design, engine, "-", column), value


def _layers(network: str, label: str, table: pd.DataFrame) -> Iterator[tuple[Place, int | float]]:
    """Numeric columns of every layer."""
    names = table["layer"].tolist()
    engines = [name.removesuffix("_latency_ms") for name in table.columns if name.endswith("_latency_ms")]
    for column in table.select_dtypes("number").columns:
        engine = next((name for name in engines if column.startswith(f"{name}_")), "-")
        for layer, value in zip(names, table[column].tolist(), strict=True):
            yield Place(network, label, engine, layer, column), value
