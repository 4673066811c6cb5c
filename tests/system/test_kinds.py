"""Packages of two kinds of chiplets: laws that join them to packages of one kind, and each layer's own figures."""

from pathlib import Path

import numpy as np
import pytest

import siam_dse as sd
from siam_dse.design.kinds import OF_B
from siam_dse.mapping.kinds import is_on_b, layers_on_a
from siam_dse.report.design_view import package_data
from siam_dse.system import kinds
from siam_dse.system.columns import OUTPUT_COLUMNS

NO_COPIES = {"duplication": "none", "tiles_per_chiplet": 4, "kind_b_tiles_per_chiplet": 4}
OTHER = {"kind_b": True, "kind_b_crossbar_size": 64, "kind_b_adc_bits": 5, "kind_b_tiles_per_chiplet": 9}
OF_KINDS = ("kind_b_chiplets", "kind_b_layers")
DECODER = str(Path(__file__).parent / "decoder.yaml")


def figures(network, **axes):
    evaluation = sd.evaluate(network, sd.Designs.grid(**axes))
    return {**evaluation.columns(OUTPUT_COLUMNS), **evaluation.violations}


def same(a, b, rtol=0.0):
    """Figures in which two evaluations differ."""
    is_none = {name: np.isnan(a[name]) & np.isnan(b[name]) for name in a if name not in OF_KINDS}
    return [name for name in is_none if not np.all((abs(b[name] - a[name]) <= rtol * abs(a[name])) | is_none[name])]


def first_border(network, **axes):
    """Weight layers before the middle one that starts a chiplet, their share of the work, and their chiplets."""
    network = sd.load_network(network)
    composed = sd.evaluate(network, sd.Designs.grid(**axes)).composed(0)
    weighty = np.flatnonzero(network.has_tiles)
    first, spanned = (composed.figure(f"mapping.{name}")[0, weighty] for name in ("first_chiplet", "spanned_chiplets"))
    borders = np.flatnonzero(first[1:] >= first[:-1] + spanned[:-1]) + 1
    count = int(borders[len(borders) // 2])
    done = np.cumsum(network.performed_macs[weighty])
    return count, float(done[count - 1] / done[-1]), int(first[count])


# --- laws ------------------------------------------------------------------------------------------------------------


def test_two_equal_kinds_are_one_bit_for_bit():
    for a, b in ((0, 0), (40, 20)):
        one = figures("resnet20", tiles_per_chiplet=4, n_chiplets=a + b, volume=1000)
        two = figures("resnet20", tiles_per_chiplet=4, n_chiplets=a, volume=1000,
                      kind_b=True, kind_b_tiles_per_chiplet=4, kind_b_n_chiplets=b)  # fmt: skip
        assert not same(one, two)


@pytest.mark.parametrize("given", [(40, 0), (0, 40), (2, 0), (0, 2)])
def test_alike_kinds_have_the_chiplets_of_kinds_that_nearly_are(given):
    both = {"kind_b": True, "tiles_per_chiplet": 4, "kind_b_tiles_per_chiplet": 4, "kind_b_adc_bits": [7, 8],
            "n_chiplets": given[0], "kind_b_n_chiplets": given[1]}  # fmt: skip
    two = figures("resnet20", split_share=[0.3, 0.6], **both)
    assert two["kind_b_layers"].tolist() == [0, two["kind_b_layers"][1], 0, two["kind_b_layers"][3]]
    for name in ("chiplets", "fits"):
        alike, nearly = two[name][0::2], two[name][1::2]
        assert alike.tolist() == nearly.tolist(), name
    one = figures("resnet20", tiles_per_chiplet=4, n_chiplets=[int(n) for n in two["chiplets"][0::2]])
    if not two["fits"].any():
        assert not same(one, {name: values[0::2] for name, values in two.items()})


def test_a_kind_without_layers_costs_nothing_bit_for_bit():
    plain = figures("resnet20", tiles_per_chiplet=4, volume=1000)
    assert not same(plain, figures("resnet20", tiles_per_chiplet=4, volume=1000, split_share=1, **OTHER))
    only_b = figures("resnet20", crossbar_size=64, adc_bits=5, tiles_per_chiplet=9, volume=1000)
    all_on_b = figures("resnet20", split_share=0, volume=1000, **OTHER)
    assert not same(only_b, all_on_b)
    assert all_on_b["kind_b_layers"] == 20
    assert all_on_b["kind_b_chiplets"] == only_b["chiplets"]


@pytest.mark.parametrize(("network", "more"), [
    ("resnet20", {}),
    ("resnet20", {"chiplet_style": "custom", "volume": 1000}),
    ("resnet20", {"cell": "digital_cim", "kind_b_cell": "digital_cim"}),
    ("resnet20", {"idle_power": "always_on", "cell": "sram", "kind_b_cell": "sram", "schedule": "branches"}),
    ("vgg8", {"tile_order": "row_blocks", "n_chiplets": 300}),
    (DECODER, {"product_unit": "sram_cim", "crossbars_per_tile": 4}),
])  # fmt: skip
def test_equal_kinds_that_part_where_a_chiplet_ends_anyway_have_the_figures_of_one(monkeypatch, network, more):
    # what each kind adds up to is joined, not taken from one kind: all terms of all engines are in it
    monkeypatch.setattr(kinds, "are_alike", lambda designs: np.zeros(len(designs), dtype=bool))
    count, share, on_a = first_border(network, **NO_COPIES, **more)
    one = sd.evaluate(network, sd.Designs.grid(**NO_COPIES, **more))
    given = {"n_chiplets": on_a + 3, "kind_b_n_chiplets": 297 - on_a} if "n_chiplets" in more else {}
    two = sd.evaluate(network, sd.Designs.grid(**{**NO_COPIES, **more, **given}, kind_b=True, split_share=share))
    assert two["kind_b_layers"][0] == one.network.has_tiles.sum() - count
    assert not same(one.columns(OUTPUT_COLUMNS), two.columns(OUTPUT_COLUMNS), rtol=1e-12)
    layers = one.by_layer().select_dtypes("number")
    np.testing.assert_allclose(two.by_layer()[list(layers)], layers, rtol=1e-12, atol=0)


def test_the_best_split_is_the_best_of_all():
    network = sd.load_network("lenet5")
    done = np.cumsum(network.performed_macs)
    each = figures("lenet5", split_share=[0.0, *(done / done[-1])], volume=1000, **OTHER)
    best = figures("lenet5", split="best", volume=1000, **OTHER)
    at = int(np.argmin(each["edp_mj_ms"]))
    assert each["kind_b_layers"].tolist() == [5, 4, 3, 2, 1, 0]
    assert not same({name: values[at : at + 1] for name, values in each.items()}, best)


def test_a_split_at_which_chiplets_are_missing_is_no_best_one():
    small = {**OTHER, "crossbars_per_tile": 1, "kind_b_tiles_per_chiplet": 1}
    few = figures("lenet5", split="best", n_chiplets=100, kind_b_n_chiplets=1, **small)
    all_on_b = figures("lenet5", split_share=0, n_chiplets=100, kind_b_n_chiplets=1, **small)
    assert all_on_b["fits"] > 0
    assert few["fits"] == 0


# --- each layer on its kind ------------------------------------------------------------------------------------------


def test_layers_take_in_crossbars_and_tiles_what_they_do_on_a_package_of_their_kind():
    own = {"crossbar_size": 64, "adc_bits": 5, "tiles_per_chiplet": 9}
    a, b = figures_by_layer(duplication="none"), figures_by_layer(duplication="none", **own)
    two = figures_by_layer(duplication="none", split_share=0.6, **OTHER)
    n_on_b = figures("resnet20", duplication="none", split_share=0.6, **OTHER)["kind_b_layers"][0]
    on_b = two.index >= 20 - n_on_b
    assert 5 < n_on_b < 15
    parts = [name for name in two if name.endswith("_mj") and name.startswith(("crossbar_", "tile_"))]
    for name in {"tiles", "crossbars", "utilisation", "crossbar_latency_ms", *parts} - {"tile_dynamic_energy_mj"}:
        np.testing.assert_allclose(two[name], np.where(on_b, b[name], a[name]), rtol=1e-12, err_msg=name)


def figures_by_layer(**axes):
    return sd.evaluate("resnet20", sd.Designs.grid(**axes)).by_layer()


def test_dies_of_both_kinds_are_counted_and_designed():
    alone = figures("resnet20", duplication="none", volume=[0, 1000])
    two = figures("resnet20", duplication="none", volume=[0, 1000], split_share=0.6, **OTHER)
    evaluation = sd.evaluate("resnet20", sd.Designs.grid(duplication="none", split_share=0.6, **OTHER))
    area, count = evaluation.composed(0).dies
    assert area.shape == (1, 2)  # no sums meet in an accumulator
    np.testing.assert_allclose((area * count).sum() * 1e6, two["area_mm2"][0], rtol=1e-12)
    assert count[0, 1] == two["kind_b_chiplets"][0]
    # a second die has masks of its own: more than half as much design again
    assert two["cost_usd"][1] - two["cost_usd"][0] > 1.5 * (alone["cost_usd"][1] - alone["cost_usd"][0])


def test_the_accumulator_of_both_kinds_is_one_die_as_large_in_cost_as_in_area():
    small = {"crossbars_per_tile": 1, "tiles_per_chiplet": 4, "kind_b": True, "kind_b_crossbar_size": 64,
             "kind_b_tiles_per_chiplet": 1, "split_share": 0.5, "duplication": "none"}  # fmt: skip
    evaluation = sd.evaluate("vgg8", sd.Designs.grid(**small))
    f = evaluation.composed(0)
    own = [float(kind.figure("chiplet.accumulator_area_m2")[0]) for kind in f.kinds]
    assert own[0] != own[1]
    area, count = f.dies
    assert count[0, -1] == 1
    assert min(own) < area[0, -1] < max(own)
    np.testing.assert_allclose((area * count).sum() * 1e6, evaluation["area_mm2"][0], rtol=1e-12)


def test_noise_is_the_mean_over_layers_of_their_kinds():
    a, b = (figures("resnet20", **own)["sqnr_db"][0] for own in ({}, {"crossbar_size": 64, "adc_bits": 5}))
    two = figures("resnet20", split_share=0.999, **OTHER)  # the last layer, 64 rows, alone on kind B
    last = sd.evaluate("resnet20", sd.Designs.grid(split_share=0.999, **OTHER))
    assert last["kind_b_layers"][0] == 1
    assert min(a, b) < two["sqnr_db"][0] < max(a, b)


def test_copies_are_chosen_for_both_kinds_and_no_slower_than_none():
    fast = figures("resnet20", split_share=0.5, **OTHER)
    none = figures("resnet20", split_share=0.5, duplication="none", **OTHER)
    assert fast["latency_ms"] < none["latency_ms"]
    assert fast["chiplets"] == none["chiplets"]


def test_bands_are_those_of_the_less_certain_kind():
    own = {**OTHER, "kind_b_cell": "rram_1t1r"}
    mixed = sd.evaluate("lenet5", sd.Designs.grid(cell="sram", **own)).bands().spread
    alone = [sd.evaluate("lenet5", sd.Designs.grid(cell=cell)).bands().spread for cell in ("sram", "rram_1t1r")]
    assert mixed == {name: max(one[name] for one in alone) for name in mixed}


def test_too_few_chiplets_of_one_kind_are_not_made_good_by_spare_ones_of_the_other():
    two = figures("resnet20", n_chiplets=100, kind_b_n_chiplets=1, split_share=0.5, **OTHER)
    needed = figures("resnet20", split_share=0.5, **OTHER)["kind_b_chiplets"]
    assert two["fits"] == needed - 1


def test_a_rule_of_fields_holds_for_both_kinds():
    sram = {"kind_b": True, "cell": "sram", "kind_b_crossbar_size": 64}
    assert figures("lenet5", cell_bits=2, kind_b_cell="rram_1t1r", **sram)["sram_cell_bits"] == 1
    assert figures("lenet5", cell_bits=2, kind_b_cell="sram", **sram)["sram_cell_bits"] == 1
    assert figures("lenet5", weights="streamed", **OTHER)["kinds_resident"] == 1


def test_designs_together_have_the_figures_of_each_alone():
    rng = np.random.default_rng(0)
    columns = {
        **{name: rng.choice([32, 64, 128], 12) for name in ("crossbar_rows", "kind_b_crossbar_size")},
        **{name: rng.choice([4, 9, 16], 12) for name in ("tiles_per_chiplet", "kind_b_tiles_per_chiplet")},
        "kind_b": rng.random(12) < 0.8,
        "split_share": rng.random(12),
        "duplication": rng.choice(["none", "serial", "pipeline"], 12),
        "n_chiplets": rng.choice([0, 40], 12),
    }
    designs = sd.Designs.from_columns(columns)
    together = sd.evaluate("lenet5", designs).columns(OUTPUT_COLUMNS)
    alone = [sd.evaluate("lenet5", designs.take([i])).columns(OUTPUT_COLUMNS) for i in range(12)]
    for name, values in together.items():
        np.testing.assert_array_equal(values, np.concatenate([one[name] for one in alone]), err_msg=name)


def test_what_does_not_depend_on_the_split_is_worked_out_once_and_the_same(monkeypatch):
    asked = {**OTHER, "split": "best", "tiles_per_chiplet": [4, 16], "adc_rule": "per_layer", "adc_range": "calibrated"}
    once = figures("lenet5", **asked)
    monkeypatch.setattr("siam_dse.system.blocks.Unplaced", lambda *_: None)
    anew = figures("lenet5", **asked)
    for name, values in once.items():
        np.testing.assert_array_equal(values, anew[name], err_msg=name)


def test_designs_that_differ_in_kind_b_alone_have_the_figures_of_each_alone():
    designs = sd.Designs.grid(split_share=0.5, **{**OTHER, "kind_b_crossbar_size": [64, 256]})
    together = sd.evaluate("lenet5", designs).columns(OUTPUT_COLUMNS)
    for i in range(2):
        alone = sd.evaluate("lenet5", designs.take([i])).columns(OUTPUT_COLUMNS)
        for name, values in together.items():
            np.testing.assert_array_equal(values[i : i + 1], alone[name], err_msg=name)


def test_the_package_is_drawn_with_both_kinds():
    f = sd.evaluate("resnet20", sd.Designs.grid(split_share=0.5, duplication="none", **OTHER)).composed(0)
    package, mapping = package_data(f), f.record("mapping")
    first_b = int(mapping.first_chiplet[0, -int(f.on_kind_b[0][0])])
    assert package["columns"] == [4] * first_b + [3] * (package["chiplets"] - first_b)  # of 16 and of 9 tiles
    assert package["kind_b"] == package["chiplets"] - first_b
    placed = np.zeros((package["chiplets"], 16), dtype=int)
    for chiplet, start, count, _ in package["runs"]:
        placed[chiplet, start : start + count] += 1
    assert placed.max() == 1
    assert placed[first_b:, 9:].sum() == 0


# --- cells of kind B -------------------------------------------------------------------------------------------------

JUNCTION = {"r_on_ohm": 5e3, "r_off_ohm": 1e4}


@pytest.mark.parametrize(("given", "own"), [
    ({"cell": "rram_1t1r", "kind_b_cell": "mram"}, JUNCTION),
    ({"cell": "digital_cim", "kind_b_cell": "mram"}, JUNCTION),
    ({"cell": "sram", "kind_b_cell": "mram", "r_on_ohm": 3e3, "r_off_ohm": 9e3}, {"r_on_ohm": 3e3, "r_off_ohm": 9e3}),
    ({"cell": "mram", "kind_b_cell": "pcm", **JUNCTION}, {"r_on_ohm": 1e5, "r_off_ohm": 1e7}),
    ({"cell": "sram", "kind_b_cell": "pcm", "r_on_ohm": 3e4}, {"r_on_ohm": 3e4, "r_off_ohm": 1e7}),
    ({"cell": "rram_1t1r", "kind_b_cell": "digital_cim", "cell_bits": 2}, {"cell_bits": 1}),
])  # fmt: skip
def test_kind_b_has_a_device_of_its_own_cell(given, own):
    share = {"split_share": 0.5, "duplication": "none"}
    two = sd.evaluate("resnet20", sd.Designs.grid(kind_b=True, **share, **given))
    alone = sd.evaluate("resnet20", sd.Designs.grid(duplication="none", **{**own, "cell": given["kind_b_cell"]}))
    assert two.feasible.all()
    on_b = two.network.n_layers - int(two["kind_b_layers"][0])
    for name in ("crossbar_latency_ms", "crossbar_dynamic_energy_mj"):
        mixed, plain = (evaluation.by_layer()[name].to_numpy() for evaluation in (two, alone))
        np.testing.assert_allclose(mixed[on_b:], plain[on_b:], rtol=1e-12, atol=0, err_msg=name)


def test_alike_magnetic_cells_break_their_rule_as_one_kind_does():
    alike = {"cell": "mram", "kind_b": True, "kind_b_cell": "mram"}
    assert (figures("lenet5", split_share=[0, 0.5, 1], **alike)["mram_contrast"] > 0).all()


# --- where layers part -----------------------------------------------------------------------------------------------


def test_layers_part_at_the_boundary_nearest_to_the_share():
    network = sd.load_network("lenet5")
    done = np.cumsum(network.performed_macs) / network.performed_macs.sum()
    shares = np.array([0.0, done[0] - 1e-9, done[0] + 1e-9, (done[0] + done[1]) / 2 + 1e-9, done[3], 1.0])
    assert layers_on_a(network, shares).tolist() == [0, 1, 1, 2, 4, 5]


def test_a_product_lies_where_the_weight_layer_before_it_does():
    network = sd.load_network("vit_b16")
    on_b = is_on_b(network, 5)
    assert on_b[network.has_tiles].sum() == network.has_tiles.sum() - 5
    np.testing.assert_array_equal(on_b, on_b[network.place_of])


def test_every_field_of_kind_b_stands_for_one_of_kind_a():
    designs = sd.Designs.grid()
    names = [name for name in designs.to_frame() if name.startswith("kind_b_")]
    assert set(OF_B.values()) == set(names)
    assert set(OF_B) <= set(designs.to_frame())
