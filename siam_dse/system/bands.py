"""Bands: how far energy, latency and area of a design may be off, as fabricated macros say."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.declare import AREA, ENERGY
from siam_dse.core.units import (
    MJ_PER_J,
    MM2_PER_M2,
    MS_PER_S,
    NJ_PER_J,
    NS_PER_S,
    PJ_PER_J,
    UJ_PER_J,
    UM2_PER_M2,
    US_PER_S,
)
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.system.compose import Composition

_CROSSBAR = "crossbar"
_SCALES = {
    "energy": ((MJ_PER_J, "mJ"), (UJ_PER_J, "uJ"), (NJ_PER_J, "nJ"), (PJ_PER_J, "pJ")),
    "latency": ((MS_PER_S, "ms"), (US_PER_S, "us"), (NS_PER_S, "ns")),
    "area": ((MM2_PER_M2, "mm2"), (UM2_PER_M2, "um2")),
}
_LEAST_SHOWN = 0.1  # as tables of designs choose units
_THOUSAND = 1e3
QUANTITIES = ("energy", "time", "area")
_CLASSES = {"sram": "current", "charge": "charge", "digital_cim": "digital"}  # of macros; other cells are resistive


@dataclass(frozen=True)
class Bands:
    """One geometric standard deviation either way, (n, 2) each: the lowest and the highest, SI.

    Of the crossbars alone: they were compared with silicon, what lies above them with simulators. ``spread`` are their
    factors, ``rests_on`` what these come from.
    """

    energy_j: FloatArray
    latency_s: FloatArray
    area_m2: FloatArray
    spread: dict[str, FloatArray]
    rests_on: str

    def words(self, i: int = 0) -> str:
        """The bands of one of the designs in one line."""
        figures = {"energy": self.energy_j[i], "latency": self.latency_s[i], "area": self.area_m2[i]}
        listed = ", ".join(f"{name} {_range(name, *ends)}" for name, ends in figures.items())
        factors = ", ".join(f"{name} {values[i]:.3g}x" for name, values in self.spread.items())
        return f"{listed} (one geometric standard deviation of the crossbars by {self.rests_on}: {factors})"


def _range(name: str, low: float, high: float) -> str:
    """Two ends in the largest unit of which the higher is a tenth or more."""
    units = _SCALES[name]
    factor, unit = next((each for each in units if high * each[0] >= _LEAST_SHOWN), units[-1])
    return f"{_short(low * factor)} to {_short(high * factor)} {unit}"


def _short(value: float) -> str:
    """Three significant digits, whole numbers whole."""
    text = f"{value:.3g}"
    return f"{float(text):,.0f}" if _THOUSAND <= value < _THOUSAND**2 else text


def bands(f: Composition) -> Bands:
    """Bands of n designs.

    Notes
    -----
    A figure a + c, c the crossbars' part, lies between a + c / s and a + c s; s is the geometric standard deviation of
    the calibration that the technology carries, else that of fabricated macros of the cell's class (charge,
    digital, current domain for other SRAM, resistive for the rest) around our model, macros left out one by one
    (``validate --kind silicon``). Of two kinds of chiplets the larger counts.
    """
    of_kinds = [spreads(view.designs) for view in f.views]
    spread = {name: np.asarray(np.max([one[name] for one in of_kinds], axis=0)) for name in QUANTITIES}
    energy = band(f.energy_j, f.of_engine(_CROSSBAR, ENERGY) + f.leakage_energy_j(_CROSSBAR), spread["energy"])
    latency = band(f.total_latency_s, f.latency_s(_CROSSBAR), spread["time"])
    area = band(f.total(AREA), f.of_engine(_CROSSBAR, AREA), spread["area"])
    return Bands(energy, latency, area, spread, rests_on(f.designs))


def band(whole: FloatArray, own: FloatArray, spread: FloatArray) -> FloatArray:
    """Lowest and highest value of a figure whose part ``own`` may be ``spread`` times less or more, (n, 2)."""
    return np.stack([whole - own + own / spread, whole - own + own * spread], axis=1)


def rests_on(designs: Designs) -> str:
    """What the spreads of these designs come from, in words."""
    is_calibrated = designs.technology.constants("calibration")["energy_spread"] > 0
    return f"calibration {designs.technology.name}" if is_calibrated else "fabricated macros of the cell's class"


def spreads(designs: Designs) -> dict[str, FloatArray]:
    """Geometric standard deviation of the crossbars' energy, time and area, (n,) each."""
    own, macros = (designs.technology.constants(name) for name in ("calibration", "silicon"))
    is_of = [designs.cell == code("cell", cell) for cell in _CLASSES]
    out = {}
    for name in QUANTITIES:
        of_class = np.select(
            is_of,
            [macros[f"{name}_spread_{kind}"] for kind in _CLASSES.values()],
            macros[f"{name}_spread_resistive"],
        )
        stated = own[f"{name}_spread"]
        out[name] = np.full(len(of_class), stated) if stated > 0 else of_class
    return out
