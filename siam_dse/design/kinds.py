"""Designs with two kinds of chiplets, as each kind has them: designs of one kind."""

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, IntArray
from siam_dse.design.cells import SRAM_CELLS
from siam_dse.design.designs import Designs, DesignsOnDemand
from siam_dse.design.fields import code, default_values

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
    columns |= _device_of_b(designs, rows)
    return DesignsOnDemand(designs, rows, {"kind_b": np.zeros(len(rows), dtype=bool), **columns})


def _device_of_b(designs: Designs, rows: IntArray) -> dict[str, AnyArray]:
    """Bits and resistances of kind B's cells at ``rows`` where they are of another sort than kind A's, (n,) each.

    SRAM holds one bit. A magnetic cell and another have no resistances in common: kind B has its own, a magnetic cell
    unless those given are one's.
    """
    of_a, of_b = designs.cell[rows], designs.kind_b_cell[rows]
    bits, on, off = designs.cell_bits[rows], designs.r_on_ohm[rows], designs.r_off_ohm[rows]
    if np.array_equal(of_a, of_b):
        return {}
    magnetic, constants = code("cell", "mram"), designs.technology.constants
    is_other, sram = of_a != of_b, [code("cell", name) for name in SRAM_CELLS]
    no_junction = off > on * constants("reading")["highest_mram_ratio"]
    is_magnetic, is_beside_one = is_other & (of_b == magnetic) & no_junction, is_other & (of_a == magnetic)
    default, junction = default_values("default", designs.technology), constants("silicon")
    cases = [is_magnetic, is_beside_one]
    return {
        "cell_bits": np.where(is_other & np.isin(of_b, sram), 1, bits),
        "r_on_ohm": np.select(cases, [junction["magnetic_on"], float(default["r_on_ohm"])], on),
        "r_off_ohm": np.select(cases, [junction["magnetic_off"], float(default["r_off_ohm"])], off),
    }


def as_one_kind(designs: Designs, rows: IntArray, n_chiplets: IntArray) -> Designs:
    """Designs at ``rows``, whose kinds are alike, as one kind of ``n_chiplets``, (n,); 0 = as many as needed."""
    return DesignsOnDemand(designs, rows, {"kind_b": np.zeros(len(rows), dtype=bool), "n_chiplets": n_chiplets})


def are_alike(designs: Designs) -> BoolArray:
    """Designs whose two kinds are one, (D,): they differ in nothing but the number of chiplets."""
    own = [getattr(designs, name) == getattr(designs, of_b) for name, of_b in OF_B.items() if name != "n_chiplets"]
    return np.asarray(np.all(own, axis=0))


def has_best_split(designs: Designs) -> BoolArray:
    """Designs whose layers are split where latency x energy is least, (D,)."""
    return np.asarray(designs.split == code("split", "best"))
