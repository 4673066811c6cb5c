"""Small mappings and transfers built by hand, and a router that moves every bit on its own."""

import numpy as np

from siam_dse.engines.noc.phases import transfer_phases
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.traffic import TRANSFER_KINDS, Transfers

PER_LAYER = ("row_blocks", "column_blocks", "tiles", "copies", "by_columns", "first_chiplet", "spanned_chiplets",
             "first_tile", "tiles_on_chiplet")  # fmt: skip


def mapping_of(layers: list[dict[str, int]], tiles_per_chiplet: int = 16, n_chiplets: int = 1) -> ChipMapping:
    """Mapping of one key from a dict a layer; what is not given is 1 (first tile and chiplet: 0)."""
    start = {"first_chiplet": 0, "first_tile": 0, "by_columns": False}
    columns = {name: np.array([[layer.get(name, start.get(name, 1)) for layer in layers]]) for name in PER_LAYER}
    one = np.ones(1, dtype=np.int64)
    values = dict(
        columns,
        columns=columns["tiles"],
        crossbars=columns["tiles"],
        group_tiles=columns["tiles"],
        chiplet_side=one * int(np.ceil(np.sqrt(tiles_per_chiplet))),
        chiplet_rows=one * int(np.ceil(tiles_per_chiplet / np.ceil(np.sqrt(tiles_per_chiplet)))),
        mesh_side=one * int(np.ceil(np.sqrt(n_chiplets))),
        package_side=one * int(np.ceil(np.sqrt(n_chiplets))),
        n_chiplets=one * n_chiplets,
        working_chiplets=one * n_chiplets,
        chiplets_needed=one * n_chiplets,
        chiplets_used=one * n_chiplets,
        chiplets_given=one * 0,
        total_tiles=columns["tiles"].sum(axis=1),
        in_tile_copies=np.ones_like(columns["tiles"]),
        rounds=one,
        package_tiles=one * n_chiplets * tiles_per_chiplet,
        die_tiles=one * tiles_per_chiplet,
        mono_tiles=one * n_chiplets * tiles_per_chiplet,
        utilisation=np.ones(1),
        is_custom=np.zeros(1, dtype=bool),
        is_spread=np.zeros(1, dtype=bool),
    )
    return ChipMapping(**{name: values[name] for name in ChipMapping.__dataclass_fields__})


def transfer_of(
    kind: str,
    producer: int,
    consumer: int,
    tile_bits: float,
    chiplet_bits: float = 0,
    crosses: bool = False,
    accumulated: float = 0.0,
    readers: int = 1,
) -> Transfers:
    """One transfer of one key."""
    return Transfers(
        kind=np.array([TRANSFER_KINDS.index(kind)]),
        producer=np.array([producer]),
        consumer=np.array([consumer]),
        layer=np.array([producer if kind == "output" else consumer]),
        tile_bits=np.array([[float(tile_bits)]]),
        chiplet_bits=np.array([[float(chiplet_bits)]]),
        crosses=np.array([[crosses]]),
        accumulated=np.array([[float(accumulated)]]),
        readers=np.array([[readers]]),
    )


def routed(sources: list[int], destinations: list[int], side: int, per_pair: float) -> dict[str, float]:
    """Loads of an all-to-all, each pair walked link by link: x first, then y."""
    links: dict[tuple[int, int], float] = {}
    hops_max = 0
    for source in sources:
        for destination in destinations:
            x, y = source % side, source // side
            goal_x, goal_y = destination % side, destination // side
            hops = 0
            while (x, y) != (goal_x, goal_y):
                here = x + side * y
                if x != goal_x:
                    x += 1 if goal_x > x else -1
                else:
                    y += 1 if goal_y > y else -1
                key = (here, x + side * y)
                links[key] = links.get(key, 0) + per_pair
                hops += 1
            hops_max = max(hops_max, hops)
    return {
        "max_link": max(links.values(), default=0.0),
        "total_link": sum(links.values()),
        "max_injection": per_pair * len(destinations),
        "max_ejection": per_pair * len(sources),
        "total": per_pair * len(sources) * len(destinations),
        "hops_max": hops_max,
    }


def ring_of(side: int) -> list[int]:
    """Routers on the boundary of a square mesh."""
    return [x + side * y for y in range(side) for x in range(side) if {x, y} & {0, side - 1}]


def phases_of(mapping: ChipMapping, transfers: Transfers, t: int = 0) -> list:
    """Phases of one transfer by place, each for all keys that have it."""
    found = transfer_phases(mapping, transfers)
    places = [found.take((found.transfer == t) & (found.place == place)) for place in (0, 1)]
    return [phases for phases in places if len(phases)]


def is_ring(tiles) -> bool:
    """Whether blocks are the perimeter, all or none of them."""
    assert len(set(tiles.count == 0)) == 1
    return bool((tiles.count == 0).all())
