"""Twin of the placement by swaps: every swap of two chiplets tried one after another, its change counted pair by pair.

How a search goes on decides what it finds, so its order is that of the documentation: chiplet by chiplet, the swap that
saves most, the first of equals, until a pass saves nothing or eight are over; from the better of rows and snake, and
from its places dealt out anew. Traffic counts in 2^36 parts of its sum.
"""

from collections import defaultdict

from twin.chiplets import position

PASSES, LOOKS, GRAINS = 8, 2**25, 2**36


def places(topology, side, chiplets, routes, is_fixed):
    """Place of each chiplet: a number row by row on the square, or along the ring.

    ``routes`` are (sources, destinations, bits).
    """
    traffic = in_grains(routes)
    size, closed = (chiplets if topology == "ring" else side), topology != "mesh"

    def hops(here, there):
        ways = [abs(here % size - there % size), abs(here // size - there // size)]
        return sum(min(way, size - way) if closed else way for way in ways)

    def cost(found):
        return sum(bits * hops(found[a], found[b]) for a, others in traffic.items() for b, bits in others.items())

    starts = [list(range(chiplets))]
    if topology != "ring":
        starts.append([x + side * y for x, y in (position(c, side, True) for c in range(chiplets))])
    found = min(starts, key=cost)  # the first of equals
    looks = 4 * chiplets * sum(map(len, traffic.values()))
    passes = 0 if is_fixed else min(PASSES, LOOKS // max(looks, 1))
    if not passes:
        return found
    both = [found, grown(found, traffic, hops)]
    for some in both:
        for _ in range(passes):
            if not improved(some, traffic, hops):
                break
    return min(both, key=cost)


def grown(start, traffic, hops):
    """Places dealt out from chiplet 0 on: next the chiplet that exchanges most with those placed, nearest to them."""
    found, free, left = {0: start[0]}, sorted(start[1:]), list(range(1, len(start)))
    while left:
        linked = {c: sum(bits for k, bits in traffic.get(c, {}).items() if k in found) for c in left}
        chiplet = max(left, key=linked.get)
        near = [(k, bits) for k, bits in traffic.get(chiplet, {}).items() if k in found]
        found[chiplet] = min(free, key=lambda place, near=near: sum(b * hops(place, found[k]) for k, b in near))
        free.remove(found[chiplet])
        left.remove(chiplet)
    return [found[c] for c in range(len(start))]


def in_grains(routes):
    """Chiplet -> other chiplet -> what the two exchange, either way."""
    exact, total = defaultdict(lambda: defaultdict(float)), 0.0
    for sources, destinations, bits in routes:
        each = bits / (len(sources) * len(destinations))
        for a in sources:
            for b in destinations:
                if a != b:
                    exact[a][b] += each
                    exact[b][a] += each
                    total += each
    return {a: {b: round(bits * GRAINS / total) for b, bits in others.items()} for a, others in exact.items()}


def improved(found, traffic, hops):
    """Give each chiplet but 0 the swap that saves most; whether any did."""
    moved = False
    for a in range(1, len(found)):

        def change(b, a=a):
            out = 0
            for one, other in ((a, b), (b, a)):
                for k, bits in traffic.get(one, {}).items():
                    if k != other:
                        out += bits * (hops(found[other], found[k]) - hops(found[one], found[k]))
            return out

        changes = {b: change(b) for b in range(1, len(found)) if b != a}
        best = min(changes, key=changes.get, default=None)
        if best is not None and changes[best] < 0:
            found[a], found[best] = found[best], found[a]
            moved = True
    return moved
