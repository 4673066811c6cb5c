"""Designs with two kinds of chiplets, as each kind has them: designs of one kind."""

import numpy as np

from siam_dse.core.arrays import BoolArray, IntArray
from siam_dse.design.designs import Designs, DesignsOnDemand
from siam_dse.design.fields import code

# Field of kind A -> that of kind B in its place.
OF_B = {
    "crossbar_rows": "kind_b_crossbar_size",
    "crossbar_cols": "kind_b_crossbar_size",
    "adc_bits": "kind_b_adc_bits",
    "cell": "kind_b_cell",
    "tiles_per_chiplet": "kind_b_tiles_per_chiplet",
    "n_chiplets": "kind_b_n_chiplets",
}


def as_kind_a(designs: Designs, rows: IntArray) -> Designs:
    """Designs at ``rows`` without kind B."""
    return DesignsOnDemand(designs, rows, {"kind_b": np.zeros(len(rows), dtype=bool)})


def as_kind_b(designs: Designs, rows: IntArray) -> Designs:
    """Designs at ``rows`` with nothing but kind B."""
    columns = {name: getattr(designs, of_b)[rows] for name, of_b in OF_B.items()}
    return DesignsOnDemand(designs, rows, {"kind_b": np.zeros(len(rows), dtype=bool), **columns})


def as_one_kind(designs: Designs, rows: IntArray) -> Designs:
    """Designs at ``rows``, whose kinds are alike, with the chiplets of both: as many as needed if one has so many."""
    a, b = designs.n_chiplets[rows], designs.kind_b_n_chiplets[rows]
    both = np.where((a > 0) & (b > 0), a + b, 0)
    return DesignsOnDemand(designs, rows, {"kind_b": np.zeros(len(rows), dtype=bool), "n_chiplets": both})


def are_alike(designs: Designs) -> BoolArray:
    """Designs whose two kinds are one, (D,): they differ in nothing but the number of chiplets."""
    own = [getattr(designs, name) == getattr(designs, of_b) for name, of_b in OF_B.items() if name != "n_chiplets"]
    return np.asarray(np.all(own, axis=0))


def has_best_split(designs: Designs) -> BoolArray:
    """Designs whose layers are split where latency x energy is least, (D,)."""
    return np.asarray(designs.split == code("split", "best"))
