"""Batch: the engines' results for one batch of designs, each computed once on its own unique keys when first needed."""

from functools import cached_property

from siam_dse.core.arrays import AnyArray
from siam_dse.design.designs import Designs
from siam_dse.mapping.mapping import MAPPING_FIELDS, Mapping
from siam_dse.mapping.place import map_network
from siam_dse.system.keys import Key, Ranks
from siam_dse.workload.network import Network


class Batch:
    """Results for D designs; a part is computed when it is first asked for."""

    def __init__(self, network: Network, designs: Designs) -> None:
        self.network = network
        self.designs = designs

    @cached_property
    def mapping_key(self) -> Key:
        """Designs that map alike."""
        return Ranks(self.designs).key(MAPPING_FIELDS)

    @cached_property
    def mapping(self) -> Mapping:
        """Mapping on ``mapping_key``."""
        return map_network(self.mapping_key.designs, self.network)

    def mapped(self, values: AnyArray) -> AnyArray:
        """Values on ``mapping_key`` for every design, (D, ...)."""
        return values[self.mapping_key.gather]
