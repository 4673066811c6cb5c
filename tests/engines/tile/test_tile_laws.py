"""More bits never make a design faster, more columns an ADC neither: random designs over every legal value."""

import numpy as np
import pytest
from twin.package import as_designs, fields
from twin.random_designs import random_designs

from siam_dse.system.evaluate import evaluate
from siam_dse.workload.load import load_network

N_DESIGNS = 500
# Each crossbar has fewer results of wider weights, and buffers and wires of a tile are smaller: the fill is shorter by
# a cycle or two, which is 0.02 % of a latency at most here.
SHORTER_FILL = 1e-3


@pytest.mark.parametrize("name", ["resnet20", "mobilenet_v2", "vgg8"])
@pytest.mark.parametrize(
    ("field", "column", "tolerance"),
    [
        ("activation_bits", "latency", 1e-9),
        ("activation_bits", "tiles", 0),
        ("weight_bits", "latency", SHORTER_FILL),
        ("weight_bits", "tiles", 0),
        ("columns_per_adc", "latency", 1e-9),
        ("adc_bits", "energy", 1e-9),
        ("adc_bits", "area", 1e-9),
    ],
)
def test_one_more_is_never_less(name, field, column, tolerance):
    few = [d for d in random_designs(N_DESIGNS, seed=5, duplication="none") if d[field] < fields()[field].high]
    both = evaluate(load_network(name), as_designs(few + [d | {field: d[field] + 1} for d in few]))
    values = {
        "latency": lambda: both.column("crossbar_latency_ms") + both.column("tile_latency_ms"),
        "energy": lambda: both.column("crossbar_energy_mj") + both.column("tile_energy_mj"),
        "area": lambda: both.column("area_mm2"),
        "tiles": lambda: both.column("tiles"),
    }[column]()
    less, more = np.split(values, 2)
    assert np.all(more >= less * (1 - tolerance))
