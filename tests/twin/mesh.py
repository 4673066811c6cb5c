"""Loads of a mesh: every packet routed link by link, along its row, then along its column, copied where ways part."""

from collections import Counter
from functools import lru_cache


def path(source, destination, columns):
    """Links (from node, to node) of the way from one node to another; node id = x + columns y."""
    x, y = source % columns, source // columns
    to_x, to_y = destination % columns, destination // columns
    links = []
    while (x, y) != (to_x, to_y):
        here = x + columns * y
        if x != to_x:
            x += 1 if to_x > x else -1
        else:
            y += 1 if to_y > y else -1
        links.append((here, x + columns * y))
    return links


@lru_cache(maxsize=4096)
def groups_to_all(sources, groups, columns):
    """Packets over the busiest channels where each source sends one packet to each group of nodes, itself included.

    A packet passes its injection channel, once each link that is on the way to a node of its group, and the ejection
    channels of all of them.
    """
    links, injected, ejected = Counter(), Counter(), Counter()
    longest = 0
    for source in sources:
        for group in groups:
            ways = [path(source, destination, columns) for destination in group]
            links.update({link for way in ways for link in way})
            injected[source] += 1
            ejected.update(group)
            longest = max(longest, *map(len, ways))
    return {
        "packets": len(sources) * len(groups),
        "ejected": sum(ejected.values()),
        "busiest_link": max(links.values(), default=0),
        "busiest_injection": max(injected.values()),
        "busiest_ejection": max(ejected.values()),
        "link_crossings": sum(links.values()),
        "longest": longest,
    }


def alone(destinations):
    """Each node a group."""
    return tuple((node,) for node in destinations)


def run(first, count):
    return tuple(range(first, first + count))


def ring(columns, rows):
    """Nodes on the edge of a mesh."""
    return tuple(
        x + columns * y for y in range(rows) for x in range(columns) if x in (0, columns - 1) or y in (0, rows - 1)
    )
