"""Networks of chiplets: every packet of an all-to-all walked link by link, and the links that there are."""

from collections import Counter
from functools import lru_cache


def position(chiplet, side, snake):
    """Column and row of a chiplet on the square."""
    x, y = chiplet % side, chiplet // side
    return (side - 1 - x if snake and y % 2 else x), y


def towards(here, there, size, closed):
    """Next place on the way along a line, or round a ring the shorter way, up of two equal ones."""
    if not closed:
        return here + (1 if there > here else -1)
    up = (there - here) % size
    return (here + (1 if up <= size - up else -1)) % size


def way(topology, placement, side, chiplets, source, destination):
    """Links from one chiplet to another, as (place, place).

    ``placement`` is a word, or the places of all chiplets: along a ring, or row by row on a square.
    """
    if source == destination:
        return []
    if topology == "hub":
        return [(source, "switch"), ("switch", destination)]
    out = []
    is_swapped = not isinstance(placement, str)
    if topology == "ring":
        if is_swapped:
            source, destination = placement[source], placement[destination]
        while source != destination:
            after = towards(source, destination, chiplets, True)
            out.append((source, after))
            source = after
        return out
    if is_swapped:
        source, destination = placement[source], placement[destination]
    (x, y), (to_x, to_y) = (position(chiplet, side, placement == "snake") for chiplet in (source, destination))
    while (x, y) != (to_x, to_y):
        here = (x, y)
        if x != to_x:
            x = towards(x, to_x, side, topology == "torus")
        else:
            y = towards(y, to_y, side, topology == "torus")
        out.append((here, (x, y)))
    return out


@lru_cache(maxsize=4096)
def all_to_all(topology, placement, side, chiplets, sources, destinations, ratio=1):
    """Packets over the busiest link, links crossed in all and on the longest way, if each source sends one to each.

    A packet on a link along a column of a square counts ``ratio`` times.
    """
    ways = [way(topology, placement, side, chiplets, s, d) for s in sources for d in destinations]
    loads = Counter(link for links in ways for link in links)
    return {
        "packets": len(ways),
        "busiest_link": max((n * (ratio if is_along_column(link) else 1) for link, n in loads.items()), default=0),
        "link_crossings": sum(loads.values()),
        "longest": max(map(len, ways)),
    }


def is_along_column(link):
    """Whether a link of a square is one from row to row; links of rings and hubs are none."""
    here, there = link
    return isinstance(here, tuple) and here[0] == there[0]


def neighbours(topology, n, side):
    """Set of neighbours of each chiplet, that of a hub's chiplet being the switch."""
    if topology == "hub":
        return [{"switch"} if n > 1 else set() for _ in range(n)]
    if topology == "ring":
        return [{(i + 1) % n, (i - 1) % n} - {i} for i in range(n)]
    there = {(i % side, i // side): i for i in range(n)}
    out = []
    for x, y in there:
        near = {(x + dx, y + dy) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))}
        if topology == "torus":
            row = sum(other_y == y for _, other_y in there)
            column = sum(other_x == x for other_x, _ in there)
            near = {((x + d) % row, y) for d in (1, -1)} | {(x, (y + d) % column) for d in (1, -1)}
        out.append({there[place] for place in near if place in there and place != (x, y)})
    return out


def n_links(topology, n, side):
    """Links of the network, two ways each."""
    return sum(map(len, neighbours(topology, n, side))) if topology == "hub" else (
        sum(map(len, neighbours(topology, n, side))) // 2
    )  # fmt: skip


def mean_hops(topology, near, n):
    """Links between two of the chiplets next to one another, on average, at least 1."""
    square = 2 * near**0.5 / 3
    hops = {
        "mesh": square, "torus": min(square, n**0.5 / 2), "ring": min(near / 3, n / 4), "hub": 2,
    }[topology]  # fmt: skip
    return max(hops, 1)
