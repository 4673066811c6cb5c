import numpy as np
import pytest

from siam_dse.design.designs import Designs
from siam_dse.mapping.place import map_network
from siam_dse.mapping.traffic import transfers
from siam_dse.workload.load import load_network


@pytest.fixture(scope="session")
def resnet18():
    return load_network("resnet18")


@pytest.fixture(scope="session")
def resnet18_case(resnet18):
    """Sixty random designs with their mapping and transfers."""
    rng = np.random.default_rng(5)
    n = 60
    designs = Designs.from_columns(
        {
            "crossbar_size": rng.choice([64, 128, 256], n),
            "tiles_per_chiplet": rng.choice([4, 10, 16, 36], n),
            "n_chiplets": rng.choice([0, 1, 9, 49], n),
            "duplication": rng.choice(["none", "serial"], n),
            "chiplet_style": rng.choice(["homogeneous", "custom"], n),
            "noc_width_bits": rng.choice([16, 32, 128], n),
            "noc_clock_hz": rng.choice([5e8, 1e9], n),
        }
    )
    mapping = map_network(designs, resnet18)
    return designs, mapping, transfers(designs, resnet18, mapping)
