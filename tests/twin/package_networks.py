"""What the package says of mapping, traffic, network on chip and on package: the only calls of these tests into it.

All of it comes from the parts that ``evaluate`` composes. Arrays become plain numbers and lists of one design.
"""

from twin.random_designs import random_designs

from siam_dse.engines.noc.energy import NocPhysics
from siam_dse.engines.nop.links import NopLinks
from siam_dse.mapping.mapping import Mapping
from siam_dse.mapping.precision import full_sum_bits
from siam_dse.mapping.traffic import TRANSFER_KINDS, Transfers, transfers
from siam_dse.system.batch import Batch
from siam_dse.system.keys import Ranks
from siam_dse.system.parts import Parts


def mapping_designs(n, seed):
    """Random designs whose packages are small enough for every packet to be routed one by one."""
    return random_designs(
        n,
        seed,
        crossbar_rows=(48, 512),
        crossbar_cols=(48, 512),
        crossbars_per_tile=[4, 9, 16, 25],
        tiles_per_chiplet=(2, 36),
        n_chiplets=[0, 0, 1, 2, 3, 5, 7, 9, 12, 16, 25, 30],
        duplication=["none", "serial", "serial", "pipeline"],
    )


class Package:
    """Figures of a batch of designs, design by design."""

    def __init__(self, network, designs):
        self.batch = Batch(network, Ranks(designs))
        self._parts = Parts(self.batch)
        key = self.batch.traffic_key
        self._transfers = transfers(key.designs, network, self.batch.mapping_on(key))

    def mapping(self, i):
        return _one(self.batch.mapping, Mapping, self.batch.mapping_key.gather[i])

    def sum_bits(self, i):
        """Bits of a partial sum and of a finished one, of each layer."""
        partial = self.batch.sum_bits[self.batch.sum_key.gather[i]]
        return partial.tolist(), full_sum_bits(self.batch.designs.take([i]), self.batch.network)[0].tolist()

    def transfers(self, i):
        """A dict for each transfer, its kind in words."""
        at = self.batch.traffic_key.gather[i]
        columns = {}
        for name in Transfers.__dataclass_fields__:
            values = getattr(self._transfers, name)
            columns[name] = (values[at] if values.ndim == 2 else values).tolist()
        columns["kind"] = [TRANSFER_KINDS[kind] for kind in columns["kind"]]
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]

    def tile_area_m2(self, i):
        return self.batch.tile_unit.tile_area_m2[self.batch.tile_key.gather[i]].item()

    def router(self, i):
        return _one(self.batch.routers, NocPhysics, self.batch.router_key.gather[i])

    def links(self, i):
        return _one(self.batch.links, NopLinks, self.batch.package_key.gather[i])

    def by_layer(self, i, engine):
        """Latency [s] and dynamic energy [J] of an engine by layer."""
        return {
            "latency_s": _layers(self._parts.latency[engine], i),
            "energy_j": _layers(self._parts.energy[engine], i),
        }


def _layers(parts, i):
    return sum(part.gathered(slice(i, i + 1))[0] for part in parts).tolist()


def _one(arrays, kind, at):
    return {name: getattr(arrays, name)[at].tolist() for name in kind.__dataclass_fields__}
