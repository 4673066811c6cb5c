"""Every note is told of some designs and not of others: one that never applies tells nobody anything."""

from dataclasses import replace
from pathlib import Path

import numpy as np

import siam_dse as sd
from siam_dse.design.fields import fields
from siam_dse.system.columns import NOTES

LARGEST = {"n_chiplets": [100], "tiles_per_chiplet": [16, 144], "crossbar_size": [128, 512]}


def test_every_note_applies_to_some_designs_and_not_to_others():
    small = sd.Designs.grid(dram=list(fields()["dram"].choices), cost_node_nm=[0, 28, 130])
    large = sd.Designs.grid(package=["organic", "interposer"], **LARGEST)
    strong = sd.Designs.grid(cell="sram", node_nm=14, input_activity=[0.5, 1.0])  # cells of some kilohm in parallel
    vgg8 = sd.load_network("vgg8")
    between = sd.Designs.grid(node_nm=[22, 28])
    unmeasured = replace(vgg8, int8_top1=float("nan"))
    decoder = sd.load_network(Path(__file__).parent / "decoder.yaml")
    written = sd.Designs.grid(weights="streamed", n_chiplets=4, cell=["rram_1t1r", "sram"])
    caches = sd.Designs.grid(cache_kib_per_chiplet=[0, 4096])
    missed = sd.Designs.grid(adc_rule=["fixed", "per_layer"], adc_bits=4)
    unused = sd.Designs.grid(cell=["sram", "digital_cim"], input_bits_per_read=2, nop_topology=["mesh", "ring"],
                             nop_bandwidth_ratio_xy=2)  # fmt: skip
    shared = replace(vgg8, weights_of=np.where(np.arange(vgg8.n_layers) == 3, 2, -1))
    told = {name: [] for name in NOTES}
    of_vgg8 = [(vgg8, designs) for designs in (small, strong, between, written, missed, unused)]
    of_others = [(sd.load_network("resnet50"), large), (unmeasured, small), (decoder, caches), (shared, small)]
    for network, designs in of_vgg8 + of_others:
        notes = sd.evaluate(network, designs).notes
        for name, counts in told.items():
            counts.append((int(notes[name].sum()) if name in notes else 0, len(designs)))
    for name, counts in told.items():
        applies, n = (sum(column) for column in zip(*counts, strict=True))
        assert 0 < applies < n, name


def test_fields_that_have_no_effect_are_noted_where_they_are_given():
    def noted(name, **axes):
        notes = sd.evaluate("lenet5", sd.Designs.grid(**axes)).notes
        return notes[name].tolist() if name in notes else "none"

    topologies = {"nop_topology": ["mesh", "torus", "ring", "hub"], "package": "interposer"}
    assert noted("topology_ignores", **topologies) == "none"
    assert noted("topology_ignores", nop_bandwidth_ratio_xy=2, **topologies) == [False, False, True, True]
    assert noted("topology_ignores", nop_placement="snake", **topologies) == [False, False, True, True]
    assert noted("topology_ignores", nop_placement="optimised", **topologies) == [False, False, False, True]
    cells = {"cell": ["sram", "digital_cim"]}
    assert noted("read_ignores", **cells) == "none"
    assert noted("read_ignores", input_bits_per_read=2, **cells) == [False, True]
    assert noted("read_ignores", columns_combined=2, read_mode="row_by_row", **cells) == [True, True]
