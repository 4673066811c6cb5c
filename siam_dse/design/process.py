"""Process of a design: its row in the table of nodes, and the supply that its digital logic needs."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.once import once
from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.technology.gates import table_rows
from siam_dse.technology.supply import supply_ratio


@once
def node_row(designs: Designs) -> IntArray:
    """Row of the node table of each design, (U,), from ``node_nm`` and ``roadmap``."""
    roadmap = np.asarray(fields(designs.technology)["roadmap"].choices)[designs.roadmap]
    return table_rows(designs.technology, designs.node_nm, roadmap)


@once
def logic_supply(designs: Designs) -> FloatArray:
    """Supply of the digital logic at ``clock_hz`` over the node's nominal one, (U,).

    Accumulators and buffers are clocked by it; rows, sensing and cells of a crossbar have no clock.
    """
    return supply_ratio(designs.technology, node_row(designs), designs.clock_hz)
