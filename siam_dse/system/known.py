"""Known parts: what parts gave for one design at a time, kept with the network for the next one that is alike in them.

A sampler that asks for one design after another, a notebook and an explanation evaluate designs that differ in few
fields: what rests on the others, such as a crossbar's circuits, is not worked out again. It is what would be worked out
again, byte for byte, for a part depends on its declared fields, the technology and the network alone.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from siam_dse.core.once import once
from siam_dse.core.plan import Plan
from siam_dse.design.designs import Designs
from siam_dse.workload.network import Network

_MOST = 100  # records kept of each part, the latest: some 25 MB of a network of a hundred layers
_TECHNOLOGY = "technology"


class KnownParts:
    """Records of a plan's parts, a row each, by the technology and the values of all fields that they depend on."""

    def __init__(self, plan: Plan) -> None:
        self.key_of = {part: itemgetter(_TECHNOLOGY, *sorted(plan.fields(part))) for part in plan.parts}
        self.records: dict[str, dict[Hashable, Any]] = {part: {} for part in plan.parts}

    def of(self, design: Designs) -> "KnownOfDesign":
        """What is known of a design (one row)."""
        values = {name: getattr(design, name).item() for name in Designs.__dataclass_fields__}
        return KnownOfDesign(self, values | {_TECHNOLOGY: design.technology})


@dataclass(frozen=True)
class KnownOfDesign:
    """The records of parts that are a design's."""

    parts: KnownParts
    values: dict[str, Any]  # of its fields

    def of(self, part: str, compute: Callable[[str], Any]) -> Any:
        """Record of a part; from ``compute`` where no design like it was met lately."""
        records, key = self.parts.records[part], self.parts.key_of[part](self.values)
        record = records.pop(key, None)
        if record is None:
            record = compute(part)
        records[key] = record  # the latest is last
        if len(records) > _MOST:
            records.pop(next(iter(records)), None)
        return record


@once
def known_parts(network: Network, plan: Plan) -> KnownParts:
    """What is known of a plan's parts for a network."""
    return KnownParts(plan)
