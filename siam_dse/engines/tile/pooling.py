"""Pooling: comparators for max-pooling, adders for average pooling."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.once import once
from siam_dse.engines.tile.library import Library
from siam_dse.technology.gates import cell_unit_area, inverter, on_resistance_n
from siam_dse.technology.load import Constants
from siam_dse.technology.logic import adder_gate


@dataclass(frozen=True)
class Comparator:
    """One comparator that passes on the larger of two numbers; arrays (U,), SI."""

    area_m2: FloatArray
    energy_j: FloatArray
    time_s: FloatArray
    leakage_w: FloatArray


@dataclass(frozen=True)
class ComparatorLaw:
    """Comparators by their bits: figures of none, and what each bit adds."""

    none: Comparator
    per_bit: Comparator
    least_bits: float  # that the time was fitted to

    def of(self, bits: FloatArray | IntArray) -> Comparator:
        """Comparator of ``bits`` bits, (U,)."""
        return Comparator(
            area_m2=self.none.area_m2 + bits * self.per_bit.area_m2,
            energy_j=self.none.energy_j + bits * self.per_bit.energy_j,
            time_s=self.none.time_s + np.maximum(bits, self.least_bits) * self.per_bit.time_s,
            leakage_w=self.none.leakage_w + bits * self.per_bit.leakage_w,
        )


def comparator(library: Library, bits: FloatArray | IntArray) -> Comparator:
    """Comparator of two numbers of ``bits`` bits, (U,) [bit]: :func:`comparator_law`."""
    return comparator_law(library).of(bits)


@once
def comparator_law(library: Library) -> ComparatorLaw:
    """Comparators of the library.

    Parameters
    ----------
    library : Library
        U rows.

    Returns
    -------
    ComparatorLaw
        Leakage is that of as many NAND2 as fill the area.

    Notes
    -----
    With B bits and the NAND2's loads Cin, Cout: A = (3 + 23.375 B) cell units; E = activity Vdd^2 [(4.43 + 5.72 B)
    Cin + (4.40 + 6.21 B) Cout]; t = R_N [(8.88 + 1.19 B) Cin + (13.29 B - 27.5) Cout], with fewer than 4 bits that of
    4. A fit to 4 and 8 bits at 22 to 65 nm: energy within 0.4 %, time within 1.4 % where no gate folds. Where NAND2 are
    folded there are four of them a bit, two that switch and one on the slowest path.

    References
    ----------
    [neurosim13] Comparator.cpp, MaxPooling.cpp (fitted to measured blocks).
    """
    k = _constants(library)
    node = library.node
    gate = adder_gate(node, widened=library.widened)
    c_in, c_out = gate.input_cap_f, gate.output_cap_f
    more = library.adder_nand.output_cap_f - c_out
    wider = (library.adder_nand.cell_width_m - gate.cell_width_m) / (2 * node.finger_pitch * node.feature_m)
    per_nand = k["comparator_nands_per_bit"] * wider
    switch_j = library.decoder_activity * node.vdd_v**2
    pull_ohm = on_resistance_n(node, gate.width_n_m)
    leak_w = gate.leakage_w / k["nand2_cell_units"]
    return ComparatorLaw(
        none=Comparator(
            area_m2=k["comparator_area"] * cell_unit_area(node),
            energy_j=switch_j * (k["comparator_cin"] * c_in + k["comparator_cout"] * c_out),
            time_s=pull_ohm * (k["comparator_delay_cin"] * c_in + k["comparator_delay_cout"] * c_out),
            leakage_w=k["comparator_area"] * leak_w,
        ),
        per_bit=Comparator(
            area_m2=(k["comparator_area_per_bit"] + per_nand) * cell_unit_area(node),
            energy_j=switch_j
            * (
                k["comparator_cin_per_bit"] * c_in
                + k["comparator_cout_per_bit"] * c_out
                + k["comparator_switching_nands"] * more
            ),
            time_s=pull_ohm
            * (k["comparator_delay_cin_per_bit"] * c_in + k["comparator_delay_cout_per_bit"] * c_out + more),
            leakage_w=k["comparator_area_per_bit"] * leak_w,
        ),
        least_bits=k["comparator_least_bits"],
    )


def source_pool_leakage(library: Library) -> FloatArray:
    """Leakage of a max-pool unit as the source counts it [W]: three inverters; validation only."""
    gate = inverter(library.node, widened=library.widened)
    return np.asarray(_constants(library)["pool_leaking_inverters"] * gate.leakage_w)


def pool_comparators(window: IntArray | FloatArray | float) -> FloatArray:
    """Comparators of a unit that finds the largest of ``window`` values: one fewer."""
    return np.asarray(window - 1, dtype=np.float64)


def _constants(library: Library) -> Constants:
    return library.node.technology.constants("pooling")
