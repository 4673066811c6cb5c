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
    rng = np.random.default_rng(6)
    n = 60
    designs = Designs.from_columns(
        {
            "crossbar_size": rng.choice([64, 128, 256], n),
            "tiles_per_chiplet": rng.choice([4, 9, 16, 400], n),
            "n_chiplets": rng.choice([0, 1, 9, 49], n),
            "nop_link": rng.choice(["grs", "siam", "ucie_advanced"], n),
            "nop_bandwidth_gbps": rng.choice([8, 160, 1280], n),
        }
    )
    mapping = map_network(designs, resnet18)
    return designs, mapping, transfers(designs, resnet18, mapping)
