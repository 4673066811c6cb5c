"""Makespan of phases on meshes of tiles, flit by flit: the level ``cycle``."""

from dataclasses import replace

import numpy as np

from siam_dse.core.arrays import FloatArray, unique_rows
from siam_dse.engines.mesh.cycles import cycle_makespan
from siam_dse.engines.mesh.fast import summary_makespan_cycles
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Geometry
from siam_dse.engines.noc.fluid import transfer_cases
from siam_dse.technology.load import Constants

# Flits up to which a phase is simulated to its end: a second or less.
MOST_FLITS = 100_000


def simulated_cycles(constants: Constants, where: Geometry, flits: FloatArray, load: LoadSummary) -> FloatArray:
    """Makespan of an all-to-all on routers simulated cycle by cycle.

    Parameters
    ----------
    constants : Constants
        Of the mesh.
    where : Geometry
    flits : (n,)
        Sent in all, spread evenly over the pairs, rounded up to whole ones.
    load : LoadSummary
        Of these geometries and flits.

    Returns
    -------
    (n,) float64 [cycle]

    Notes
    -----
    What a tile sends to itself needs no mesh; where nothing else is sent, the closed form holds. A phase of more than
    ``MOST_FLITS`` is simulated for a quarter and for half of them, and goes on at the pace between the two.
    """
    pairs = load.n_sources * load.n_destinations
    per_pair = np.ceil(flits / pairs)
    once, gather = unique_rows([*where.columns_of_key(), per_pair])
    cases = transfer_cases(constants, where.take(once), per_pair[once])
    cycles = summary_makespan_cycles(constants, load)[once]
    moves = np.flatnonzero(cases.moves())
    if len(moves):
        own, wanted = cases.take(moves), per_pair[once][moves]
        half = np.maximum(MOST_FLITS // (2 * pairs[once][moves]), 2)
        is_long = wanted > 2 * half
        simulated = np.where(is_long, half, wanted)
        cycles[moves] = cycle_makespan(replace(own, packets=simulated))[0]
        long = np.flatnonzero(is_long)
        if len(long):
            quarter = half[long] // 2
            before = cycle_makespan(replace(own.take(long), packets=quarter))[0]
            pace = (cycles[moves[long]] - before) / (half[long] - quarter)
            cycles[moves[long]] += pace * (wanted[long] - half[long])
    return np.asarray(cycles[gather])
