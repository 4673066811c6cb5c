"""The digital unit of a chiplet: arrays for products of two activations, vector lanes, softmax units, a cache."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, freeze
from siam_dse.core.once import pick
from siam_dse.core.units import BITS_PER_KIB
from siam_dse.design.designs import Designs
from siam_dse.design.process import node_row
from siam_dse.technology.gates import Node, all_nodes, cell_unit_area, sram_cell_leakage
from siam_dse.technology.load import Constants
from siam_dse.technology.logic import adder_gate
from siam_dse.technology.series import at_node
from siam_dse.technology.supply import supply_ratio

# Fields of a design that its digital units depend on.
UNIT_FIELDS = (
    "node_nm",
    "roadmap",
    "activation_bits",
    "mac_arrays_per_chiplet",
    "mac_array_side",
    "vector_lanes",
    "digital_clock_hz",
    "cache_kib_per_chiplet",
)


@dataclass(frozen=True)
class DigitalUnit:
    """Digital unit of a chiplet, of U designs; arrays (U,), SI, read-only. Its parts stand where they have work."""

    mac_area_m2: FloatArray  # of all arrays
    vector_area_m2: FloatArray  # of all lanes and softmax units
    cache_area_m2: FloatArray
    mac_leakage_w: FloatArray
    vector_leakage_w: FloatArray
    cache_leakage_w: FloatArray
    mac_j: FloatArray  # a multiply-accumulate
    array_cycle_j: FloatArray  # control of one array, a cycle
    simple_j: FloatArray  # a value; reading and writing it comes on top
    special_j: FloatArray
    softmax_j: FloatArray
    norm_j: FloatArray
    read_j: FloatArray  # an activation, from the unit's buffer
    write_j: FloatArray
    softmax_units: FloatArray
    cache_bits: FloatArray


def digital_unit(designs: Designs) -> DigitalUnit:
    """Area, leakage and energies of the digital unit of a chiplet.

    Figures of published units are taken to the design's node: energies along the series of a program, areas with the
    square of the feature size. The supply is the one that ``digital_clock_hz`` needs.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``UNIT_FIELDS``.

    Returns
    -------
    DigitalUnit

    Notes
    -----
    Arrays: P (n^2 A_pe (b / 8)^2 + A_c + n A_r); a multiply-accumulate takes e (b / 8)^2. Lanes: a multiplier and an
    adder of 16 bits and a unit of special functions each; a softmax unit for every 32 of them. Logic leaks as NAND2 do
    that fill its area, cells of the cache as those of any SRAM. Buffers between the unit and the chiplet's own are not
    laid out.

    References
    ----------
    technology/data/digital.yaml; quadratic in bits: Aladdin's multipliers of 16 and 32 bits.
    """
    c = designs.technology.constants("digital")
    node = pick(all_nodes(designs.technology), node_row(designs))
    bits, side = designs.activation_bits, designs.mac_array_side
    wider = (bits / c["mac_bits"]) ** 2
    shrunk = _shrunk(designs, c["array_node"])
    array_m2 = side**2 * wider * c["mac_area"] + c["control_area"] + side * c["control_area_per_row"]
    mac_area = designs.mac_arrays_per_chiplet * array_m2 * shrunk
    lane_m2 = c["lane_area"] * _shrunk(designs, c["lane_node"])
    special_m2 = c["special_area"] * _shrunk(designs, c["special_area_node"])
    softmax_units = np.maximum(np.floor(designs.vector_lanes / c["lanes_per_softmax"]), 1)
    softmax_m2 = softmax_units * c["softmax_area"] * _shrunk(designs, c["special_node"])
    vector_area = designs.vector_lanes * (lane_m2 + special_m2) + softmax_m2
    cache_bits = designs.cache_kib_per_chiplet * BITS_PER_KIB
    supply = _supply(designs)
    square = supply**2
    control_j = c["control_energy"] + side * c["control_energy_per_row"]
    special_j = square * c["special_energy"] * _energy_from(designs, c, c["special_node"])
    return DigitalUnit(
        mac_area_m2=freeze(mac_area),
        vector_area_m2=freeze(vector_area),
        cache_area_m2=freeze(cache_bits * _cell_area(node) / c["cache_efficiency"]),
        mac_leakage_w=freeze(supply * mac_area * _leakage_per_area(node)),
        vector_leakage_w=freeze(supply * vector_area * _leakage_per_area(node)),
        cache_leakage_w=freeze(cache_bits * sram_cell_leakage(node)),
        mac_j=freeze(square * c["mac_energy"] * wider * _energy_from(designs, c, c["mac_node"])),
        array_cycle_j=freeze(square * control_j * _energy_from(designs, c, c["array_node"])),
        simple_j=freeze(square * c["simple_energy"] * _energy_from(designs, c, c["lane_node"])),
        special_j=freeze(special_j),
        softmax_j=freeze(square * c["softmax_energy"] * _energy_from(designs, c, c["special_node"])),
        norm_j=freeze(c["norm_passes"] * special_j),
        read_j=freeze(square * bits * at_node(c, "sram_nodes", "sram_read", designs.node_nm)),
        write_j=freeze(square * bits * at_node(c, "sram_nodes", "sram_write", designs.node_nm)),
        softmax_units=freeze(softmax_units),
        cache_bits=freeze(cache_bits),
    )


def _supply(designs: Designs) -> FloatArray:
    """Supply that ``digital_clock_hz`` needs over the nominal one, (U,)."""
    return supply_ratio(designs.technology, node_row(designs), designs.digital_clock_hz)


def _shrunk(designs: Designs, node: float) -> FloatArray:
    """Area at each design's node over that at another, (U,): squares of the feature sizes."""
    return np.asarray((designs.node_nm / node) ** 2)


def _energy_from(designs: Designs, c: Constants, node: float) -> FloatArray:
    """Energy of logic at each design's node over that at another, (U,)."""
    here = at_node(c, "logic_nodes", "logic_energy", designs.node_nm)
    return np.asarray(here / at_node(c, "logic_nodes", "logic_energy", np.array([node])))


def _cell_area(node: Node) -> FloatArray:
    """Area of an SRAM cell [m2], (U,)."""
    k = node.technology.constants("buffers")
    return np.asarray(k["sram_cell_width"] * k["sram_cell_height"] * node.feature_m**2)


def _leakage_per_area(node: Node) -> FloatArray:
    """Leakage of logic that NAND2 fill [W/m2], (U,)."""
    nand2_m2 = node.technology.constants("pooling")["nand2_cell_units"] * cell_unit_area(node)
    return np.asarray(adder_gate(node).leakage_w / nand2_m2)
