"""Constants and columns that can be scaled, and designs that between them use nearly all of them."""

import pandas as pd

from siam_dse.design.designs import Designs
from siam_dse.technology.technology import packaged_technology


def scalable():
    """Every constant and every numeric column of the packaged technology, as (file, name)."""
    technology, out = packaged_technology(), []
    for table in technology.tables:
        columns, keys = technology.table(table).columns, technology.table(table).keys  # a scaled key is another row
        out += [(table, name) for name, values in columns.items() if values.dtype.kind == "f" and name not in keys]
    return out + [(file, name) for file in technology.files for name in technology.constants(file)]


def diverse_designs():
    """Designs far apart: cells, circuits, converters, reading, nodes, networks, packages, memories."""
    six = Designs.from_columns(
        {
            "crossbar_rows": [128, 64, 256, 32, 64, 512],
            "crossbar_cols": [128, 64, 128, 64, 128, 256],
            "cell": ["rram_1t1r", "sram", "rram_crosspoint", "rram_1t1r", "sram", "rram_1t1r"],
            "cell_bits": [2, 1, 1, 1, 1, 2],
            "cell_sigma": [0.05, 0, 0.1, 0.02, 0, 0],
            "node_nm": [32, 14, 65, 7, 65, 22],
            "roadmap": ["lstp", "hp", "lstp", "lstp", "lstp", "hp"],
            "adc_kind": ["sar", "flash", "flash", "flash", "flash", "sar"],
            "adc_bits": [6, 4, 4, 3, 5, 7],
            "columns_per_adc": [8, 4, 16, 8, 8, 4],
            "sensing": ["current", "current", "current", "voltage", "current", "voltage"],
            "read_mode": ["parallel", "row_by_row", "parallel", "row_by_row", "parallel", "parallel"],
            "circuit": ["neurosim13", "neurosim13", "neurosim_siam", "neurosim13", "neurosim13", "neurosim13"],
            "weight_bits": [8, 8, 8, 4, 8, 6],
            "activation_bits": [8, 8, 8, 6, 8, 8],
            "weight_mapping": ["differential", "offset", "offset", "differential", "offset", "offset"],
            "pedestal": ["digital", "analog", "analog", "analog", "analog", "digital"],
            "adc_range": ["calibrated", "full_scale", "calibrated", "full_scale", "full_scale", "calibrated"],
            "adc_thermal_floor": [True, False, False, False, False, True],
            "crossbars_per_tile": [16, 1, 4, 100, 1, 1],
            "tiles_per_chiplet": [400, 4, 1, 64, 1, 4],
            "n_chiplets": [4, 0, 3, 36, 0, 0],
            "weights": ["resident", "resident", "streamed", "resident", "resident", "resident"],
            "chiplet_style": ["homogeneous", "custom", "homogeneous", "homogeneous", "homogeneous", "custom"],
            "clock_hz": [1e9, 1e10, 1e10, 1e10, 1e10, 2e9],
            "noc_energy": ["wire", "wire", "booksim", "wire", "booksim", "wire"],
            "nop_link": ["grs", "siam", "aib", "ucie_advanced", "bow", "ucie_standard"],
            "buffer_kind": ["sram", "register", "sram", "register", "sram", "register"],
            "idle_power": ["gated", "always_on", "gated", "always_on", "gated", "gated"],
            "package": ["organic", "fan_out", "interposer", "organic", "interposer", "fan_out"],
            "bonding": ["bond_yield", "chiplet_actuary", "chiplet_actuary", "bond_yield", "bond_yield", "bond_yield"],
            "cost_node_nm": [0, 0, 0, 5, 28, 40],
            "volume": [0, 1000, 100000, 0, 10, 1000],
            "dram": ["ddr4_2400", "ddr4_3200", "gddr5", "hbm2", "lpddr4_2400", "gddr6"],
            "dram_channels": [1, 2, 4, 1, 1, 2],
            "dram_ranks": [1, 2, 1, 2, 2, 1],
            "dram_map": ["interleaved", "bank_serial", "interleaved", "bank_serial", "interleaved", "bank_serial"],
        }
    )
    surveyed = six.take([2, 3, 5]).to_frame().assign(adc_model="survey", read_mode="parallel", node_nm=[22, 7, 45])
    cells = (
        six.take([2, 2, 2])
        .to_frame()
        .assign(
            cell=["charge", "mram", "pcm"],
            cell_bits=1,
            adc_bits=7,
            columns_combined=[3, 1, 1],
            circuit="neurosim13",
            supply_v=[0.3, 0, 0],
        )
    )
    both = pd.concat([six.to_frame(), surveyed, cells], ignore_index=True)
    return Designs.from_frame(both.drop(columns="crossbar_size"))
