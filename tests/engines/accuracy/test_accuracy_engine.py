"""The accuracy engine on designs: exact conversion, cliffs, prices of every axis, and what it depends on."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.engines.accuracy import cases
from siam_dse.engines.accuracy.engine import ACCURACY_FIELDS, AccuracyCost, accuracy_cost, layer_sqnr_db
from siam_dse.workload.load import load_network

NETWORK = load_network("resnet50")
SIZES = [64, 96, 128, 192, 256, 384, 512]
BITS = list(range(3, 10))
VARIED = {"weight_mapping": "differential", "adc_range": "calibrated", "cell_sigma": 0.1}


def _grid(**axes: object) -> np.ndarray:
    designs = Designs.grid(crossbar_size=SIZES, adc_bits=BITS, **axes)
    return accuracy_cost(designs, NETWORK).sqnr_db.reshape(len(SIZES), len(BITS))


@pytest.mark.parametrize("cell_bits", [1, 2])
def test_full_scale_is_exact_from_the_cliff_on(cell_bits: int) -> None:
    # bits = ceil(log2(rows x highest level)); no variation, no wire: SRAM (whose levels stand for several cells)
    bits = list(range(3, 13))
    designs = Designs.grid(crossbar_size=SIZES, adc_bits=bits, cell="sram", cell_bits=cell_bits)
    sqnr = accuracy_cost(designs, NETWORK).sqnr_db.reshape(len(SIZES), len(bits))
    cliff = np.ceil(np.log2(np.array(SIZES) * (2**cell_bits - 1)))
    is_exact = np.array(bits)[None, :] >= cliff[:, None]
    assert_allclose(sqnr[is_exact], 60, rtol=0, atol=1e-9)
    assert sqnr[~is_exact].max() < 12


def test_axes_of_the_owners_space_trade_off() -> None:
    sqnr = _grid(**VARIED)
    assert np.all(np.diff(sqnr, axis=1) >= 0)  # a bit never costs SQNR
    assert np.all(np.diff(sqnr, axis=0) < 0)  # a larger crossbar always does
    loss = accuracy_cost(Designs.grid(crossbar_size=128, adc_bits=BITS, **VARIED), NETWORK).accuracy_loss_pct
    assert loss[0] > 30  # below the cliff
    assert loss[-1] < 5  # above it only variation is left


def test_more_bits_a_cell_cost_sqnr_under_variation() -> None:
    designs = Designs.grid(cell_bits=[1, 2, 3, 4], adc_bits=10, **VARIED)
    assert np.all(np.diff(accuracy_cost(designs, NETWORK).sqnr_db) < 0)


def test_a_bit_of_the_converter_never_costs_top1() -> None:
    # sparse differential columns with steps of two and four levels beside those of whole cells, at full scale
    axes: dict[str, Any] = {
        "crossbar_size": [64, 128, 256],
        "cell_bits": [1, 2, 3, 4],
        "cell_sigma": [0.0, 0.1],
        "weight_mapping": ["offset", "differential"],
        "pedestal": ["analog", "digital"],
        "adc_range": ["full_scale", "calibrated"],
    }
    designs = Designs.grid(**axes, r_off_ohm=1e7, adc_bits=BITS)
    loss = accuracy_cost(designs, NETWORK).accuracy_loss_pct.reshape(-1, len(BITS))
    assert np.diff(loss, axis=1).max() < 1


def test_three_bits_a_cell_convert_eight_bit_weights_worse_than_four() -> None:
    # 8 bits are 3 + 3 + 2 or 4 + 4. At 128 rows, 8 bits and full scale a step is 4 levels of weight 64 in the top slice
    # of the first (half of its range never used), 8 of weight 16 in the second: twice the error, 6 dB.
    three, four = accuracy_cost(Designs.grid(cell_bits=[3, 4], adc_bits=8, cell="sram"), NETWORK).sqnr_db
    assert_allclose(four - three, 20 * np.log10(256 / 128), rtol=0.1)


def test_wires_limit_large_crossbars() -> None:
    designs = Designs.grid(crossbar_size=SIZES, adc_bits=12)
    assert_allclose(accuracy_cost(designs, NETWORK, ideal_wires=True).sqnr_db, 60, rtol=0, atol=1e-9)
    wired = accuracy_cost(designs, NETWORK).sqnr_db
    assert wired[0] > 59
    assert wired[-1] < 15


@pytest.mark.parametrize("mapping", ["offset", "differential"])
@pytest.mark.parametrize("pedestal", ["analog", "digital"])
@pytest.mark.parametrize("adc_range", ["full_scale", "calibrated"])
def test_infinitesimal_variation_makes_no_jump(mapping: str, pedestal: str, adc_range: str) -> None:
    sigma = [0.0, 1e-9, 1e-5, 1e-3, 3e-3, 1e-2, 2e-2, 5e-2, 0.1]
    designs = Designs.grid(
        cell_sigma=sigma, weight_mapping=mapping, pedestal=pedestal, adc_range=adc_range, r_off_ohm=1e7
    )
    cost = accuracy_cost(designs, NETWORK)
    assert_allclose(cost.sqnr_db[1], cost.sqnr_db[0], rtol=1e-4)
    assert_allclose(cost.accuracy_loss_pct[2], cost.accuracy_loss_pct[0], atol=0.01, rtol=0)
    if (mapping, pedestal, adc_range) != ("offset", "digital", "full_scale"):
        assert np.all(np.diff(cost.sqnr_db) < 1e-6)


def test_variation_dithers_a_pedestal_that_rounding_drops() -> None:
    # 128 rows at on/off 100 simulated on ideal wires, Gaussian weights: -8.7 dB, -8.2 at 2 %, -4.5 at 5 %, -0.4 at 10 %
    designs = Designs.grid(cell_sigma=[0.0, 0.02, 0.05, 0.1], pedestal="digital", r_off_ohm=1e7, adc_bits=7)
    sqnr = accuracy_cost(designs, NETWORK).sqnr_db
    assert np.all(np.diff(sqnr) > 0)
    assert_allclose(sqnr[-1] - sqnr[0], -0.4 + 8.7, atol=3, rtol=0)


def test_row_by_row_reads_are_exact_up_to_variation() -> None:
    designs = Designs.grid(read_mode="row_by_row", cell_sigma=[0.0, 0.05, 0.1, 0.2], adc_bits=1)
    sqnr = accuracy_cost(designs, NETWORK).sqnr_db
    assert sqnr[0] == 60
    assert np.all(np.diff(sqnr) <= 0)
    assert sqnr[-1] < 30


def test_bias_correction_never_hurts() -> None:
    designs = Designs.grid(crossbar_size=SIZES, adc_bits=BITS, bias_correction=[False, True], cell_sigma=0.05)
    sqnr = accuracy_cost(designs, NETWORK).sqnr_db.reshape(-1, 2)
    assert np.all(sqnr[:, 1] >= sqnr[:, 0] - 1e-9)


def test_loss_lies_inside_its_range_and_is_flagged() -> None:
    cost = accuracy_cost(Designs.grid(adc_bits=BITS, **VARIED), NETWORK)
    assert np.all(cost.accuracy_loss_low_pct <= cost.accuracy_loss_pct)
    assert np.all(cost.accuracy_loss_pct <= cost.accuracy_loss_high_pct)
    assert cost.is_extrapolated.all()
    assert not cost.sqnr_db.flags.writeable


def test_layers_combine_to_the_effective_sqnr() -> None:
    designs = Designs.grid(adc_bits=[4, 6], **VARIED)
    layers = layer_sqnr_db(designs, NETWORK)
    assert layers.shape == (2, NETWORK.n_layers)
    expected = -10 * np.log10(np.mean(10 ** (-layers / 10), axis=1))
    assert_allclose(accuracy_cost(designs, NETWORK).sqnr_db, expected, rtol=1e-9)


def test_result_depends_on_its_fields_only() -> None:
    varied = {
        "cell": ["rram_1t1r", "sram"],
        "read_mode": ["parallel", "row_by_row"],
        "weight_mapping": ["offset", "differential"],
        "adc_range": ["full_scale", "calibrated"],
        "pedestal": ["analog", "digital"],
        "bias_correction": [False, True],
        "crossbar_rows": [128, 256],
        "cell_bits": [1, 2],
        "r_on_ohm": [1e5, 5e4],
        "r_off_ohm": [1e6, 2e6],
        "cell_sigma": [0.08, 0.16],
        "node_nm": [32, 22],
        "adc_bits": [5, 6],
        "adc_bits_first_last": [0, 7],
        "weight_bits": [8, 6],
        "activation_bits": [8, 6],
        "rows_per_read": [0, 48],
        "input_bits_per_read": [1, 2],
        "columns_combined": [1, 2],
    }
    # products of two activations, of which this network has none, are read through crossbars in SRAM alone
    assert set(varied) == set(ACCURACY_FIELDS) - {"product_unit"}
    base = {name: values[0] for name, values in varied.items()}
    for name, values in varied.items():
        # on/off and pedestal meet only where the converter sees the pedestal; wires need a dense, large crossbar
        at = {**base, "pedestal": "digital"} if name == "r_off_ohm" else base
        at = {**at, "crossbar_rows": 512, "adc_bits": 10} if name in ("node_nm", "r_on_ohm") else at
        designs = Designs.grid(**{**at, name: values})
        first, second = accuracy_cost(designs, NETWORK).sqnr_db
        assert abs(first - second) > 1e-6, name
    others = {
        "crossbar_cols": [64, 256],
        "columns_per_adc": [4, 16],
        "n_chiplets": [4, 9],
        "input_activity": [0.1, 0.5],
    }
    for name, values in others.items():
        first, second = accuracy_cost(Designs.grid(**{**base, name: values}), NETWORK).sqnr_db
        assert first == second, name


@st.composite
def _designs(draw: st.DrawFn) -> Designs:
    n = draw(st.integers(1, 6))
    columns: dict[str, list[object]] = {}
    for name in ACCURACY_FIELDS:
        field = fields()[name]
        if field.kind == "choice":
            values = st.sampled_from(field.choices)
        elif field.kind == "bool":
            values = st.booleans()
        elif name == "node_nm":
            values = st.sampled_from([7.0, 22.0, 32.0, 130.0])
        elif name == "cell_sigma":
            values = st.sampled_from([0.0, 1e-9, 0.01, 0.1, 1.0])
        elif name == "r_on_ohm":
            values = st.sampled_from([1e3, 1e5, 1e8])
        elif name == "r_off_ohm":
            values = st.sampled_from([1.001e8, 1e12])
        elif name in ("rows_per_read", "input_bits_per_read", "columns_combined"):
            values = st.sampled_from([int(field.low), 1, 2, 3, int(min(field.high, 100))])
        elif name.endswith("_bits") or name == "adc_bits_first_last":
            values = st.integers(int(field.low), min(int(field.high), 10))
        else:
            values = st.sampled_from([8, 9, 100, 128, 4096])
        columns[name] = draw(st.lists(values, min_size=n, max_size=n))
    return Designs.from_columns(columns, n=n)


@settings(max_examples=60)
@given(_designs())
@pytest.mark.slow
def test_any_legal_batch_is_finite_and_equals_one_at_a_time(designs: Designs) -> None:
    network = load_network("vgg8")
    together = accuracy_cost(designs, network)
    for values in vars(together).values():
        assert np.isfinite(values).all()
    assert np.all((together.accuracy_loss_pct >= 0) & (together.accuracy_loss_pct <= 100))
    order = np.arange(len(designs))[::-1]
    turned = accuracy_cost(designs.take(order), network)
    alone = [accuracy_cost(designs.take([i]), network) for i in range(len(designs))]
    for name in AccuracyCost.__dataclass_fields__:
        values = getattr(together, name)
        assert_array_equal(getattr(turned, name), values[order])
        assert_array_equal(np.concatenate([getattr(one, name) for one in alone]), values)


def test_results_do_not_depend_on_how_a_batch_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    axes: dict[str, Any] = {"cell_bits": [1, 3], "weight_bits": [4, 8], "adc_bits": BITS, "pedestal": "digital"}
    designs = Designs.grid(**axes, adc_range=["full_scale", "calibrated"], r_off_ohm=1e7, cell_sigma=0.1)
    whole = accuracy_cost(designs, NETWORK).sqnr_db
    monkeypatch.setattr(cases, "CHUNK", 100)
    assert_array_equal(accuracy_cost(designs, NETWORK).sqnr_db, whole)
