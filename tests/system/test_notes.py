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
    rates = sd.Designs.grid(adc_rate_hz=[1e8, 1e9])  # a SAR converter of 7 bits makes 125 million a second
    shared = replace(vgg8, weights_of=np.where(np.arange(vgg8.n_layers) == 3, 2, -1))
    told = {name: [] for name in NOTES}
    of_vgg8 = [(vgg8, designs) for designs in (small, strong, between, written, rates)]
    of_others = [(sd.load_network("resnet50"), large), (unmeasured, small), (decoder, caches), (shared, small)]
    for network, designs in of_vgg8 + of_others:
        notes = sd.evaluate(network, designs).notes
        for name, counts in told.items():
            counts.append((int(notes[name].sum()) if name in notes else 0, len(designs)))
    for name, counts in told.items():
        applies, n = (sum(column) for column in zip(*counts, strict=True))
        assert 0 < applies < n, name
