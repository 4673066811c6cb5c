"""An engine's terms on mappings and transfers made by hand, through the composition that every evaluation runs."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from siam_dse.core.declare import ENERGY, LATENCY
from siam_dse.design.keys import Ranks
from siam_dse.engines.nop.overflow import Overflow
from siam_dse.mapping.parts import SumWidths
from siam_dse.system.compose import Composition
from siam_dse.system.plan import plan
from siam_dse.system.results import Results
from siam_dse.system.sums import Sums


def composition(designs, network, level="fast", **given):
    """Composed figures of designs, a row of each given record for each of them."""
    return Composition(Sums(Results(plan(), network, Ranks(designs), given), level))


def moved(designs, mapping, transfers, level="fast"):
    """Composed figures of transfers whose volumes are bits: of designs whose values have one, in own buffers."""
    designs = replace(designs, activation_bits=np.ones_like(designs.activation_bits))
    shape, widths = mapping.first_chiplet.shape, ("sum_widths", "sent_widths")
    given = {"mapping": mapping, "values_moved": transfers, "transfers": transfers}
    given["overflow"] = Overflow(*np.zeros((4, *shape)))
    return composition(
        designs, SimpleNamespace(n_layers=shape[1]), level, **given, **dict.fromkeys(widths, SumWidths(np.ones(shape)))
    )


def latency_s(composed, engine):
    """Latency of an engine by layer, (n, L) [s]."""
    return composed.by_layer(LATENCY, [engine])


def energy_j(composed, engine):
    """Dynamic energy of an engine by layer, (n, L) [J]."""
    return composed.by_layer(ENERGY, [engine])
