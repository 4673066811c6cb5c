"""Which axes of a space the parts of the model depend on, so that designs can be bred that share what is dear."""

from collections import Counter

import numpy as np

from siam_dse.core.arrays import BoolArray
from siam_dse.search.problem import Problem
from siam_dse.system.plan import plan
from siam_dse.technology.variants import FIELD


def axes_of_parts(problem: Problem) -> tuple[list[BoolArray], BoolArray]:
    """Axes (A,) that a part of the model depends on, once each, and those of the part that most others need.

    Parts that depend on all or no axis are left out. What the most needed part determines, in this model the mapping of
    layers to crossbars, is computed once for all designs that agree in its axes: the shared ones.
    """
    out: dict[bytes, BoolArray] = {}
    needed: Counter[bytes] = Counter()
    masks = {}
    for part in plan().parts:
        fields = plan().fields(part) | {FIELD}  # every part reads constants
        mask = np.asarray([not fields.isdisjoint(axis.members) for axis in problem.space.axes], dtype=bool)
        masks[part] = mask
        if mask.any() and not mask.all():
            out[mask.tobytes()] = mask
    for part in plan().parts:
        for other in _all_needs(part):
            needed[masks[other].tobytes()] += 1
    best = max(out, key=lambda key: (needed[key], key), default=None)
    return list(out.values()), out[best] if best is not None else np.zeros(len(problem.space.axes), dtype=bool)


def _all_needs(part: str) -> set[str]:
    """Parts that a part needs, directly or through others."""
    own = plan().parts[part]
    direct = {*own.needs, *(value.partition(".")[0] for value in own.values)}
    return direct.union(*(_all_needs(other) for other in direct))
