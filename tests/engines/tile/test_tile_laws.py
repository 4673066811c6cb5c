"""More bits never make a design faster, more columns an ADC neither: random designs over every legal value."""

from functools import cache

import numpy as np
import pytest
from twin.package import as_designs, fields
from twin.random_designs import random_designs

from siam_dse.engines.crossbar.engine import crossbar_unit
from siam_dse.engines.tile.engine import tile_energy
from siam_dse.engines.tile.shape import tile_shape
from siam_dse.engines.tile.timing import position_interval
from siam_dse.engines.tile.unit import tile_unit
from siam_dse.mapping.in_tile import copies_along
from siam_dse.system.evaluate import evaluate
from siam_dse.workload.load import load_network

N_DESIGNS = 200
EXACT = 1e-9  # but for rounding
NETWORK = load_network("lenet5")


@cache
def pairs(field):
    """Random designs, and the same with one more of ``field``, one after the other."""
    # with columns joined, wider weights and ADCs of more columns may take fewer conversions; a layer that chooses its
    # ADC bits may choose fewer of them, and at a given rate a converter of more bits has shorter cycles, and may be so
    # fast that with fewer of them the lighter load of the column decoder decides; a column that is converted alone is
    # not sampled, and keeps its rows driven for longer than two that are
    usual = {"duplication": "none", "columns_combined": 1, "adc_rule": "fixed", "adc_bits_first_last": 0,
             "adc_rate_hz": 0, "row_drive": "each_conversion"}  # fmt: skip
    few = [d for d in random_designs(N_DESIGNS, seed=5, **usual) if d[field] < fields()[field].high]
    return as_designs(few + [d | {field: d[field] + 1} for d in few])


@pytest.mark.parametrize("name", ["resnet20", "mobilenet_v2", "vgg8"])
@pytest.mark.parametrize(
    ("field", "columns"),
    [("activation_bits", ("latency", "tiles")), ("weight_bits", ("tiles",)), ("adc_bits", ("energy", "area"))],
)
def test_one_more_is_never_less(name, field, columns):
    both = evaluate(load_network(name), pairs(field))
    values = {
        "latency": lambda: both.column("crossbar_latency_ms") + both.column("tile_latency_ms"),
        "energy": lambda: both.column("crossbar_energy_mj") + both.column("tile_energy_mj"),
        "area": lambda: both.column("area_mm2"),
        "tiles": lambda: both.column("tiles"),
    }
    for column in columns:
        less, more = np.split(values[column](), 2)
        assert np.all(more >= less * (1 - (0 if column == "tiles" else EXACT))), column


@pytest.mark.parametrize("field", ["activation_bits", "weight_bits", "columns_per_adc"])
def test_a_position_never_takes_less_time(field):
    # A law of the position, not of the latency: with wider weights, or more columns an ADC, a crossbar has fewer
    # results at a time, so buffers and wires of its tile are smaller, and the first result comes cycles earlier; the
    # package's accumulator, too, has less to add where tiles are split in another order.
    designs = pairs(field)
    # Copies inside tiles, fewer of wider weights, take their positions together.
    crossbars_s = crossbar_unit(designs).position_s[:, None]
    above, beside = copies_along(designs, NETWORK)
    position_s = np.maximum(crossbars_s, position_interval(designs, NETWORK)) / (above * beside)
    less, more = np.split(position_s, 2)
    assert np.all(more >= less * (1 - EXACT))


@pytest.mark.parametrize("field", ["activation_bits", "weight_bits"])
def test_more_bits_take_less_energy_only_on_shorter_ways(field):
    # More bits of an operand take more cycles, in which fewer wires and banks bring as many results: the tile shrinks
    # and a bit goes a shorter way, up to 20 % of the energy in a tile of 1 x 1 crossbars with a column an ADC, where
    # the output buffer takes most of it. What does not travel never takes less, and what does, only in a smaller tile.
    designs, network = pairs(field), load_network("resnet20")
    unit, shape = tile_unit(designs, crossbar_unit(designs).area_m2), tile_shape(designs)
    sizes = {
        **{"input_buffer": shape.input_capacity, "output_buffer": shape.output_capacity, "htree": unit.leaf_m},
        "correction": shape.correction_capacity,
    }
    for name, energy_j in tile_energy(designs, network, unit).by_component.items():
        less, more = np.split(energy_j.sum(axis=1), 2)
        small, large = np.split(sizes.get(name, np.ones(len(designs))), 2)
        assert np.all((more >= less * (1 - EXACT)) | (large < small)), name
