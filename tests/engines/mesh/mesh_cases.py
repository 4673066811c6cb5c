"""Random traces for the mesh's tests."""

import numpy as np

from siam_dse.engines.mesh.cases import ASAP_BLOCK, ASAP_RR, MODES, SPACED, Cases
from siam_dse.technology.technology import packaged_technology


def cases_of(flows, packets=1, flits=1, mode="rr_sync", gap=1, virtual_channels=3, vc_flits=3, side=4):
    """Cases from lists of (sources, destinations); the rest alike for all or one a case."""
    n = len(flows)

    def padded(lists):
        out = np.full((n, max(len(nodes) for nodes in lists)), -1)
        for row, nodes in enumerate(lists):
            out[row, : len(nodes)] = nodes
        return out

    def column(values):
        return np.broadcast_to(values, n)

    return Cases(
        columns=column(side),
        rows=column(side),
        source=padded([source for source, _ in flows]),
        destination=padded([destination for _, destination in flows]),
        packets=column(packets),
        flits=column(flits),
        mode=column(MODES.index(mode) if isinstance(mode, str) else mode),
        gap=column(gap),
        virtual_channels=column(virtual_channels),
        vc_flits=column(vc_flits),
        constants=packaged_technology().constants("mesh"),
    )


def random_cases(seed, n, modes=(0, 1, 2, 3, 4)):
    """n random cases on meshes of 2 x 2 to 6 x 6; every case sends at least one packet."""
    rng = np.random.default_rng(seed)
    side = rng.integers(2, 7, n)
    flows = []
    for k in side:
        sets = [list(rng.permutation(k * k)[: rng.integers(1, min(k * k, 12) + 1)]) for _ in range(2)]
        if sets[0] == sets[1] and len(sets[0]) == 1:
            sets[1] = [(sets[0][0] + 1) % (k * k)]
        flows.append(sets)
    mode = rng.choice(list(modes), n)
    gap = np.where(mode == SPACED, rng.integers(2, 9, n), np.where((mode == ASAP_RR) | (mode == ASAP_BLOCK), 0, 1))
    router = np.array([(3, 3), (1, 1), (1, 8), (2, 4), (4, 8)])[rng.integers(0, 5, n)]
    return cases_of(
        flows, rng.integers(1, 200, n), rng.choice([1, 2, 4], n), mode, gap, router[:, 0], router[:, 1], side
    )
