"""Layers that share weights: one set of tiles, used one after the other; counted by hand."""

from functools import cache

import pytest
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.workload.yaml_reader import parse_network

ROW = "- {name: %s, ifm: [%d, 1, 64], kernel: 1, out: 64%s}"
DESIGN = {"crossbar_size": 64, "crossbars_per_tile": 1, "tiles_per_chiplet": 16, "n_chiplets": 1}


@cache
def applied(*positions, shared=True):
    """A matrix of 64 x 64 on maps of so many positions, one after the other."""
    rows = [ROW % (f"l{i}", n, ", weights_of: l0" if shared and i else "") for i, n in enumerate(positions)]
    edges = ["- {to: l0, from: input}"]
    edges += [f"- {{to: l{i}, from: {{layer: l{i - 1}, read_as: [{n}, 1, 64]}}}}" for i, n in enumerate(positions) if i]
    return parse_network("\n".join(["name: applied", "layers:", *rows, "edges:", *edges]), "applied")


def evaluated(network, **changes):
    return sd.evaluate(network, sd.Designs.grid(**{**DESIGN, **changes}))


def test_three_uses_take_the_tiles_of_one():
    # 64 x 64 weights of 8 cells: 64 rows, 512 columns: 8 tiles of a crossbar
    one, three, apart = (
        evaluated(network, duplication="none").to_frame().iloc[0]
        for network in (applied(40), applied(40, 40, 40), applied(40, 40, 40, shared=False))
    )
    assert [row["tiles"] for row in (one, three, apart)] == [8, 8, 24]
    assert three["chiplets_needed"] == 1
    assert apart["chiplets_needed"] == 2
    assert_allclose(three["utilisation"], one["utilisation"], rtol=1e-12, atol=0)
    assert_allclose(three["crossbar_area_mm2"], one["crossbar_area_mm2"], rtol=1e-12, atol=0)
    assert_allclose(three["dram_energy_mj"], one["dram_energy_mj"], rtol=1e-12, atol=0)


def test_uses_follow_one_another():
    one, three = (evaluated(network, duplication="none") for network in (applied(40), applied(40, 40, 40)))
    assert_allclose(three["crossbar_latency_ms"], 3 * one["crossbar_latency_ms"], rtol=1e-12, atol=0)
    read_mj = [of["crossbar_energy_mj"] - of["crossbar_leakage_energy_mj"] for of in (one, three)]
    assert_allclose(read_mj[1], 3 * read_mj[0], rtol=1e-12, atol=0)
    # as a pipeline of inputs the tiles are one stage
    assert_allclose(three["pipelined_throughput_ips"] * three["latency_ms"], 1e3, rtol=1e-12, atol=0)
    apart = evaluated(applied(40, 40, 40, shared=False), duplication="none", n_chiplets=2)
    assert apart["pipelined_throughput_ips"][0] > 2 * three["pipelined_throughput_ips"][0]


def test_branches_wait_for_the_tiles_they_share():
    text = "name: two\nlayers:\n{}\n{}\nedges:\n- {{to: l0, from: input}}\n- {{to: l1, from: input}}\n"
    for shared, uses in ((", weights_of: l0", 2), ("", 1)):
        network = parse_network(text.format(ROW % ("l0", 40, ""), ROW % ("l1", 40, shared)), "two")
        branches = evaluated(network, duplication="none", schedule="branches")
        layers = branches.by_layer()["crossbar_latency_ms"]
        assert_allclose(branches["crossbar_latency_ms"][0], uses * layers[0], rtol=1e-12, atol=0)


def test_copies_serve_all_uses_and_are_no_more_than_one_has_positions():
    rows = evaluated(applied(40, 7), copy_chiplets=1).by_layer()
    assert rows["copies"].tolist() == [2, 2]  # 16 tiles
    rows = evaluated(applied(1, 1, 1), n_chiplets=4, copy_chiplets=4).by_layer()
    assert rows["copies"].tolist() == [1, 1, 1]


@pytest.mark.parametrize("style", ["homogeneous", "custom"])
def test_a_layer_lies_where_the_weights_do_that_it_uses(style):
    text = "\n".join([
        "name: again", "layers:", ROW % ("a", 9, ""), ROW % ("b", 9, ""), ROW % ("c", 9, ", weights_of: a"), "edges:",
        "- {to: a, from: input}", "- {to: b, from: a}", "- {to: c, from: b}",
    ])  # fmt: skip
    evaluation = evaluated(
        parse_network(text, "again"), duplication="none", tiles_per_chiplet=8, n_chiplets=0, chiplet_style=style
    )
    assert evaluation.by_layer()["first_chiplet"].tolist() == [0, 1, 0]
    assert evaluation["chiplets"].tolist() == [2]
    assert "shared_weights" in evaluation.notes


def test_streamed_weights_are_written_once():
    changes = {"weights": "streamed", "tiles_per_chiplet": 4, "n_chiplets": 1, "duplication": "none"}
    one, three = (evaluated(network, **changes).by_layer() for network in (applied(40), applied(40, 40, 40)))
    # 64 x 512 cells of 2.3 pJ on top of what each use takes to be read
    resident = evaluated(applied(40), duplication="none").by_layer()["crossbar_dynamic_energy_mj"].sum()
    for layers, uses in ((one, 1), (three, 3)):
        written = layers["crossbar_dynamic_energy_mj"].sum() - uses * resident
        assert_allclose(written * 1e9, 64 * 512 * 2.3, rtol=1e-6, atol=0)
