"""Random legal designs over every field."""

import numpy as np

from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.technology.gates import offered_nodes
from siam_dse.technology.technology import packaged_technology

# Fields whose legal values are not all of [low, high], or whose whole range would only slow the tests down.
_VALUES = {
    "crossbar_rows": [8, 32, 64, 100, 128, 256, 512, 1024],
    "crossbar_cols": [8, 32, 64, 96, 128, 256, 512, 1024],
    "node_nm": list(offered_nodes(packaged_technology())),
    "columns_per_adc": [1, 3, 8, 16, 64, 128],
    "crossbars_per_tile": [1, 4, 16, 36],
    "tiles_per_chiplet": [1, 4, 9, 16, 37, 100, 256],
    "n_chiplets": [0, 1, 4, 9, 17, 64, 100],
    "copy_chiplets": [0, 0, 0, 8],
    "r_on_ohm": [3e3, 1e4, 1e5, 1e6],
    "r_off_ohm": [2e6, 1e7, 1e9],
    "cost_node_nm": [0, 5, 7, 28, 40, 65, 130],
    "clock_hz": [1e8, 1e9, 2e9],
    "noc_clock_hz": [1e8, 1e9, 2e9],
    "nop_bandwidth_gbps": [0.25, 8, 20, 160, 1280],
    "dram_channels": [1, 2, 8],
    "batch": [1, 16, 1000],
    "volume": [0, 1e3, 1e6],
}

_OF_KINDS = ("kind_b", "split")  # these designs have one kind of chiplets


def random_designs(n: int, seed: int = 0, **fixed) -> Designs:
    """``n`` designs, each field drawn on its own from its legal values."""
    rng = np.random.default_rng(seed)
    columns = {}
    for name, field in fields().items():
        if name.startswith(_OF_KINDS):
            columns[name] = np.full(n, field.default)
        elif name in _VALUES:
            columns[name] = rng.choice(_VALUES[name], n)
        elif field.kind == "choice":
            columns[name] = rng.choice(field.choices, n)
        elif field.kind == "bool":
            columns[name] = rng.choice([True, False], n)
        elif field.kind == "int":
            columns[name] = rng.integers(int(field.low), int(field.high) + 1, n)
        else:
            columns[name] = rng.uniform(field.low, field.high, n)
    columns["cell_bits"] = np.where(columns["cell"] == "sram", 1, columns["cell_bits"])
    return Designs.from_columns(columns | {name: np.repeat(value, n) for name, value in fixed.items()})
