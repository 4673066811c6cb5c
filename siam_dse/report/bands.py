"""Bands of designs of a run: how far energy, latency and area may be off, from the columns that the run stored."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray
from siam_dse.report.labels import number, unit_of, words_of
from siam_dse.report.scatter import knee_rows
from siam_dse.report.view import RunView
from siam_dse.system.bands import band, rests_on, spreads
from siam_dse.technology.variants import Variants

# Column -> the crossbars' part of it, and the quantity whose spread it has.
COLUMNS = {
    "energy_mj": ("crossbar_energy_mj", "energy"),
    "latency_ms": ("crossbar_latency_ms", "time"),
    "area_mm2": ("crossbar_area_mm2", "area"),
}


def bands_of(view: RunView, designs: pd.DataFrame) -> Mapping[str, FloatArray]:
    """Lowest and highest value of each column of ``COLUMNS`` that there is, (n, 2).

    Nothing of several networks, of several technologies, or where a run has not stored the crossbars' part.
    """
    if isinstance(view.space.technology, Variants) or not len(designs):
        return {}
    spread = spreads(view.space.designs_of(designs))
    return {
        name: band(designs[name].to_numpy(dtype=np.float64), designs[part].to_numpy(dtype=np.float64), spread[quantity])
        for name, (part, quantity) in COLUMNS.items()
        if name in designs and part in designs
    }


def knee_band(view: RunView) -> list[str]:
    """The knee's bands in a sentence; nothing where there are none."""
    knee = knee_rows(view.front).iloc[:1]
    found = bands_of(view, knee)
    if not found:
        return []
    listed = "; ".join(
        f"{words_of(name)} {number(low)} to {number(high)} {unit_of(name)}" for name, ((low, high),) in found.items()
    )
    return [
        f"Bands of the knee: {listed}: one geometric standard deviation of the crossbars by "
        f"{rests_on(view.space.designs_of(knee))} (siam-dse validate --kind silicon)."
    ]
