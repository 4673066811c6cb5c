import numpy as np
import pytest

from siam_dse.design.designs import Designs
from siam_dse.workload.load import load_network


@pytest.fixture(scope="session")
def tile_networks():
    return {name: load_network(name) for name in ("resnet18", "mobilenet_v2", "vgg8")}


@pytest.fixture(scope="session")
def tile_designs():
    """Forty random designs of every kind of tile."""
    rng = np.random.default_rng(11)
    n = 40
    return Designs.from_columns(
        {
            "crossbar_rows": rng.choice([64, 128, 256, 512], n),
            "crossbar_cols": rng.choice([64, 128, 256, 512], n),
            "crossbars_per_tile": rng.choice([1, 4, 9, 16, 36, 144], n),
            "adc_bits": rng.choice([4, 6, 8], n),
            "cell_bits": rng.choice([1, 2, 4], n),
            "weight_bits": rng.choice([4, 8], n),
            "activation_bits": rng.choice([4, 8], n),
            "weight_mapping": rng.choice(["offset", "differential"], n),
            "columns_per_adc": rng.choice([1, 4, 8, 16], n),
            "node_nm": rng.choice([7, 22, 32, 65], n),
            "roadmap": rng.choice(["lstp", "hp"], n),
            "circuit": rng.choice(["neurosim13", "neurosim_siam"], n),
            "buffer_kind": rng.choice(["sram", "register"], n),
            "clock_hz": rng.choice([5e8, 1e9], n),
            "tiles_per_chiplet": rng.choice([2, 4, 16, 36], n),
            "n_chiplets": rng.choice([0, 64, 400], n),
            "chiplet_style": rng.choice(["homogeneous", "custom"], n),
            "duplication": rng.choice(["none", "serial"], n),
            "buffer_size": rng.choice(["lifetimes", "largest_map"], n),
            "bias_correction": rng.choice([False, True], n),
        }
    )


@pytest.fixture(scope="session")
def crossbar_area_m2(tile_designs):
    """An area a crossbar, about that of the 32 nm one, scaled with cells and node."""
    cells = tile_designs.crossbar_rows * tile_designs.crossbar_cols
    return 1e-12 * cells * (tile_designs.node_nm / 32) ** 2
