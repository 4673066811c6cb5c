"""Predictions for reference rows are made with the technology that is given."""

import pytest

from siam_dse.technology.ranges import scaled
from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.tables import load_kind, predict_rows, reference_rows


@pytest.mark.parametrize(
    ("kind", "constant", "quantity", "low", "high"),
    [  # a constant times 1.1, and between what the quantity is multiplied by
        ("cost", "cost_nodes.wafer_price", "kgd_usd", 1.1, 1.1),
        ("dram", "dram_configs.tck", "time_ns", 1.1, 1.1),
        ("dram", "dram_devices.vdd_v", "E_total_pJ", 1.1, 1.1),
        ("upper", "nodes.vdd_v", "read_energy_pJ", 1.21, 1.21),  # C V^2
        ("siam", "nodes.vdd_v", "accumulation_energy_pj", 1.21, 1.21),
        ("chip_layers", "nodes.vdd_v", "en_accum_pJ", 1.21, 1.21),
        ("siam_chiplet", "tile.htree_fold", "routing_area_um2", 1 / 1.1, 1 / 1.1),
        ("crossbar", "adc.sar_cycle", "e_grp_adc", 1.05, 1.1),  # converters' share of the group
        ("crossbar_siam", "nodes.vdd_v", "l_total_uW", 1.1, 1.1),
        ("chip", "adc.sar_cycle", "clk_ns", 1, 1.1),
        ("carbon", "carbon_nodes.defect_density", "die_yield", 0.9, 1),
        ("openloop", "mesh.hop", "avg_pkt_lat", 1, 1.1),
        ("adc", "adc_survey.reference_node", "area_um2", 0.8, 0.95),
    ],
)
def test_constants_are_those_of_the_technology_given(kind, constant, quantity, low, high):
    found = load_kind(kind)
    rows = reference_rows(found).head(3)
    other = scaled(packaged_technology(), {constant: 1.1})
    with_other = predict_rows(found, rows, technology=other)[f"pred_{quantity}"].to_numpy(dtype=float)
    ratio = with_other / predict_rows(found, rows)[f"pred_{quantity}"].to_numpy(dtype=float)
    assert (ratio >= low * (1 - 1e-9)).all()
    assert (ratio <= high * (1 + 1e-9)).all()
    assert abs(ratio - 1).max() > 1e-4
