"""Every note is told of some designs and not of others: one that never applies tells nobody anything."""

import siam_dse as sd
from siam_dse.design.fields import fields
from siam_dse.system.columns import NOTES

LARGEST = {"n_chiplets": [100], "tiles_per_chiplet": [16, 144], "crossbar_size": [128, 512]}


def test_every_note_applies_to_some_designs_and_not_to_others():
    small = sd.Designs.grid(dram=list(fields()["dram"].choices), cost_node_nm=[0, 28, 130])
    large = sd.Designs.grid(package=["organic", "interposer"], **LARGEST)
    told = {name: [] for name in NOTES}
    for network, designs in (("vgg8", small), ("resnet50", large)):
        notes = sd.evaluate(sd.load_network(network), designs).notes
        for name, counts in told.items():
            counts.append((int(notes[name].sum()) if name in notes else 0, len(designs)))
    for name, counts in told.items():
        applies, n = (sum(column) for column in zip(*counts, strict=True))
        assert 0 < applies < n, name
