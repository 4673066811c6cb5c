"""Writing of weights into crossbars in rounds, where they do not all fit the package."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, read_only
from siam_dse.design.cells import is_sram
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.technology.series import at_node
from siam_dse.workload.network import Network

# Fields of a design that writing depends on, beside its mapping.
WRITE_FIELDS = ("cell", "cell_bits", "crossbar_rows", "node_nm", "clock_hz", "batch")


@dataclass(frozen=True)
class Writes:
    """Share of an inference in writing all weights once; read-only, 0 where they stay."""

    energy_j: FloatArray  # (U,)
    latency_s: FloatArray  # (U, L) spread over the layers


def weight_writes(designs: Designs, network: Network, mapping: ChipMapping, rows: IntArray) -> Writes:
    """Energy and time of writing the weights of all rounds once, shared by ``batch`` inferences.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``WRITE_FIELDS``.
    network : Network
    mapping : ChipMapping
    rows : (U,)
        Row of the mapping of each design.

    Returns
    -------
    Writes

    Notes
    -----
    Energy: bits of all cells that hold weights, copies included, at that of a bit. Time: rounds x rows x pulse: all
    crossbars are written at once, row by row; a row of SRAM takes a cycle of the clock. Experts that no token of the
    batch is routed to are not written: both are multiplied by the share of weights in use, rounds to whole ones.
    """
    c, constants = designs.technology.constants("writes"), designs.technology.constants("digital")
    rounds, cells = mapping.rounds[rows], np.zeros(len(rows))
    is_streamed = rounds > 1
    some = rows[is_streamed]
    cells[is_streamed] = (network.rows * network.has_tiles * mapping.columns[some] * mapping.copies[some]).sum(axis=1)
    sram_j = at_node(constants, "sram_nodes", "sram_write", designs.node_nm)
    kinds = [is_sram(designs), *(designs.cell == code("cell", name) for name in ("mram", "pcm"))]
    bit_j = np.select(kinds, [sram_j, c["mram_write"], c["pcm_write"]], c["rram_write"])
    row_s = np.select(kinds, [1 / designs.clock_hz, c["mram_pulse"], c["pcm_pulse"]], c["rram_pulse"])
    shared = is_streamed / designs.batch
    used = network.weights_in_use(designs.batch) / network.weights.sum()
    written_s = np.ceil(rounds * used) * designs.crossbar_rows * row_s * shared
    return Writes(
        energy_j=read_only(cells * used * designs.cell_bits * bit_j * shared),
        latency_s=read_only(np.repeat((written_s / network.n_layers)[:, None], network.n_layers, axis=1)),
    )
