"""What the package says of mapping, traffic, network on chip and on package: the only calls of these tests into it.

All of it comes from the parts that ``evaluate`` composes. Arrays become plain numbers and lists of one design.
"""

from twin.random_designs import random_designs

from siam_dse.core.declare import ENERGY, LATENCY
from siam_dse.design.keys import Ranks
from siam_dse.engines.noc.energy import NocPhysics
from siam_dse.engines.nop.links import NopLinks
from siam_dse.mapping.crossbars import crossbar_blocks
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.precision import result_bits
from siam_dse.mapping.traffic import TRANSFER_KINDS, Transfers
from siam_dse.system.compose import Composition
from siam_dse.system.plan import plan
from siam_dse.system.results import Results
from siam_dse.system.sums import Sums


def mapping_designs(n, seed, **fixed):
    """Random designs whose packages are small enough for every packet to be routed one by one."""
    return random_designs(
        n,
        seed,
        **fixed,
        crossbar_rows=(48, 512),
        crossbar_cols=(48, 512),
        crossbars_per_tile=[4, 9, 16, 25],
        tiles_per_chiplet=(2, 36),
        n_chiplets=[0, 0, 1, 2, 3, 5, 7, 9, 12, 16, 25, 30],
        spare_tiles=[0, 0, 1, 4],
        spare_chiplets=[0, 0, 1, 3],
        duplication=["none", "serial", "serial", "pipeline"],
        overlap="none",  # each network by itself
    )


class Package:
    """Figures of a batch of designs, design by design."""

    def __init__(self, network, designs):
        self._results = Results(plan(), network, Ranks(designs))
        self._sums = Sums(self._results, "fast")

    def mapping(self, i):
        return self._record("mapping", ChipMapping, i)

    def sum_bits(self, i):
        """Bits of a partial sum and of a finished one, of each layer."""
        d, network = self._results.ranks.designs.take([i]), self._results.network
        partial = self._at("sum_widths.bits", i)
        return partial.tolist(), result_bits(d, crossbar_blocks(d, network)[0])[0].tolist()

    def transfers(self, i):
        """A dict for each transfer, its kind in words."""
        record, at = self._results.record("transfers"), self._results.key("transfers").gather[i]
        columns = {}
        for name in Transfers.__dataclass_fields__:
            values = getattr(record, name)
            columns[name] = (values[at] if values.ndim == 2 else values).tolist()
        columns["kind"] = [TRANSFER_KINDS[kind] for kind in columns["kind"]]
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]

    def tile_area_m2(self, i):
        return self._at("tile.tile_area_m2", i).item()

    def router(self, i):
        return self._record("router", NocPhysics, i)

    def links(self, i):
        return self._record("nop_links", NopLinks, i)

    def by_layer(self, i, engine):
        """Latency [s] and dynamic energy [J] of an engine by layer."""
        composed = Composition(self._sums, slice(i, i + 1))
        return {quantity: composed.by_layer(quantity, [engine])[0].tolist() for quantity in (LATENCY, ENERGY)}

    def _at(self, reference, i):
        return self._results.figure(reference).gathered(slice(i, i + 1))[0]

    def _record(self, part, kind, i):
        return {name: self._at(f"{part}.{name}", i).tolist() for name in kind.__dataclass_fields__}
