"""Transistors, gates and wires of the standard-cell model: resistance, capacitance, size, leakage.

Every function works on U rows of the node table at once. A gate is a pair of transistor widths; a *widened* gate fills
the standard cell at its own N:P ratio, which is what the V1.3 circuit uses nearly everywhere, a *minimum* gate is what
SIAM's older circuit uses. Lengths are metres; F is the feature size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, freeze
from siam_dse.core.errors import InputError
from siam_dse.core.once import once, pick
from siam_dse.core.units import M_PER_NM, ROUNDING
from siam_dse.technology.interpolated import node_table
from siam_dse.technology.load import Constants
from siam_dse.technology.technology import Technology


@dataclass(frozen=True)
class Node:
    """Transistors and local wires of U (node, roadmap) rows; every array is (U,), SI.

    Planar transistors have no fins: ``fins_per_type`` and the sizes of a fin are 0. ``finger_pitch`` and
    ``drain_length`` are in F. ``technology`` is what the rows come from; what is built of them takes its constants.
    ``slowdown`` is the on-resistance of a transistor over that at the nominal supply, at which transistors are sized.
    """

    technology: Technology
    feature_m: FloatArray
    vdd_v: FloatArray
    gate_cap_f_per_m: FloatArray
    junction_cap_f_per_m2: FloatArray
    sidewall_cap_f_per_m: FloatArray
    gate_edge_cap_f_per_m: FloatArray
    on_resistance_factor: FloatArray
    ion_n_a_per_m: FloatArray
    ion_p_a_per_m: FloatArray
    ioff_n_a_per_m: FloatArray
    ioff_p_a_per_m: FloatArray
    pn_ratio: FloatArray
    wire_width_m: FloatArray
    wire_ohm_per_m: FloatArray
    wire_f_per_m: FloatArray
    fin_width_m: FloatArray
    fin_pitch_m: FloatArray
    fin_conducting_m: FloatArray
    fins_per_type: FloatArray
    fins_single_type: FloatArray
    finger_pitch: FloatArray
    drain_length: FloatArray
    slowdown: FloatArray

    def __len__(self) -> int:
        return len(self.feature_m)

    @cached_property
    def is_finfet(self) -> BoolArray:
        """Rows whose transistors are made of whole fins."""
        return np.asarray(self.fins_per_type > 0)

    @cached_property
    def fin_m(self) -> FloatArray:
        """Channel width of one fin; infinite for planar transistors, which have none."""
        return np.where(self.is_finfet, self.fin_conducting_m, np.inf)


def node_rows(technology: Technology, node_nm: AnyArray, roadmap: AnyArray) -> Node:
    """Rows of the node table.

    Parameters
    ----------
    technology : Technology
    node_nm : (U,) [nm], whole, from the first to the last tabulated node
    roadmap : (U,) text, ``lstp`` or ``hp``

    Returns
    -------
    Node

    Raises
    ------
    InputError
        A node is not offered; the message lists those that are.
    """
    return pick(all_nodes(technology), table_rows(technology, node_nm, roadmap))


def table_rows(technology: Technology, node_nm: AnyArray, roadmap: AnyArray) -> IntArray:
    """Place of each node and roadmap in :func:`all_nodes`, (U,); raises as :func:`node_rows` does."""
    nodes = np.atleast_1d(np.asarray(node_nm, dtype=np.float64))
    offered = offered_nodes(technology)
    unknown = nodes[~(nodes == np.asarray(offered)[:, None]).any(axis=0)]
    if len(unknown):
        raise InputError("node_nm", f"{unknown[0]:g} nm is not among the nodes; {say_offered(offered)}")
    return node_table(technology, "nodes").rows(node_nm=nodes, roadmap=roadmap)


@once
def all_nodes(technology: Technology) -> Node:
    """Every row of the node table."""
    table = node_table(technology, "nodes")
    gate_cap = table["gate_cap_ideal"] + table["gate_cap_fringe"] + table["gate_cap_overlap"]
    return Node(
        technology=technology,
        feature_m=freeze(table["node_nm"] * M_PER_NM),
        vdd_v=freeze(table["vdd_v"]),
        gate_cap_f_per_m=freeze(gate_cap),
        junction_cap_f_per_m2=freeze(table["junction_cap"]),
        sidewall_cap_f_per_m=freeze(table["sidewall_cap"]),
        gate_edge_cap_f_per_m=freeze(table["gate_edge_cap"]),
        on_resistance_factor=freeze(table["on_resistance_factor"]),
        ion_n_a_per_m=freeze(table["ion_n"]),
        ion_p_a_per_m=freeze(table["ion_p"]),
        ioff_n_a_per_m=freeze(table["ioff_n"]),
        ioff_p_a_per_m=freeze(table["ioff_p"]),
        pn_ratio=freeze(table["pn_ratio"]),
        wire_width_m=freeze(table["wire_width"]),
        wire_ohm_per_m=freeze(table["wire_resistance"]),
        wire_f_per_m=freeze(table["wire_capacitance"]),
        fin_width_m=freeze(table["fin_width"]),
        fin_pitch_m=freeze(table["fin_pitch"]),
        fin_conducting_m=freeze(table["fin_conducting_width"]),
        fins_per_type=freeze(table["fins_per_type"]),
        fins_single_type=freeze(table["fins_single_type"]),
        finger_pitch=freeze(table["finger_pitch"]),
        drain_length=freeze(table["drain_length"]),
        slowdown=freeze(np.ones(len(table["vdd_v"]))),
    )


@once
def offered_nodes(technology: Technology) -> tuple[float, ...]:
    """Nodes that a design may name, in nanometres: the tabulated ones and every whole number between them."""
    return tuple(float(node) for node in np.unique(node_table(technology, "nodes")["node_nm"]))


def say_offered(offered: Sequence[float] | FloatArray) -> str:
    """What to do about a node that is not among the offered ones, in rising order."""
    return f"choose a whole number from {offered[0]:g} to {offered[-1]:g}"


def gate_constants(node: Node) -> Constants:
    """Geometry and factors of the standard-cell model."""
    return node.technology.constants("gates")


# --- transistors -----------------------------------------------------------------------------------------------------


def on_resistance_n(node: Node, width_m: FloatArray) -> FloatArray:
    """On-resistance of an NMOS [ohm]: k Vdd / (Ion W)."""
    return node.on_resistance_factor * node.vdd_v / (node.ion_n_a_per_m * width_m)


def on_resistance_p(node: Node, width_m: FloatArray) -> FloatArray:
    """On-resistance of a PMOS [ohm]: k Vdd / (Ion W)."""
    return node.on_resistance_factor * node.vdd_v / (node.ion_p_a_per_m * width_m)


def sizing_resistance_n(node: Node, width_m: FloatArray) -> FloatArray:
    """On-resistance of an NMOS at the nominal supply [ohm]: a chip is drawn once, whatever it is supplied with."""
    return on_resistance_n(node, width_m) / node.slowdown


def sizing_resistance_p(node: Node, width_m: FloatArray) -> FloatArray:
    """On-resistance of a PMOS at the nominal supply [ohm]."""
    return on_resistance_p(node, width_m) / node.slowdown


def gate_capacitance(node: Node, width_m: FloatArray) -> FloatArray:
    """Gate capacitance of a transistor [F]: channel, overlap and fringe, per width."""
    return node.gate_cap_f_per_m * width_m


def transistor_width(node: Node, width_f: FloatArray | float) -> FloatArray:
    """Channel width of a transistor drawn ``width_f`` F wide [m]; FinFETs have a fin for each F begun."""
    return np.where(node.is_finfet, np.ceil(width_f) * node.fin_conducting_m, width_f * node.feature_m)


def drain_height(node: Node, width_m: FloatArray) -> FloatArray:
    """Height of the drain of a transistor with channel width ``width_m`` [m]: of FinFETs from first to last fin."""
    fins = (width_m / node.fin_m - 1) * node.fin_pitch_m + node.fin_width_m
    return np.where(node.is_finfet, np.maximum(fins, node.fin_width_m), width_m)


def drain_capacitance(node: Node, width_m: FloatArray, fingers: FloatArray | int = 1) -> FloatArray:
    """Drain capacitance of a transistor of ``fingers`` parallel fingers.

    Fingers share their drains in pairs, so f fingers have ceil(f / 2) drains; with an odd number one drain has a free
    side of a finger's width.

    Parameters
    ----------
    node : Node
    width_m : (U,) [m], all fingers together
    fingers : (U,) count

    Returns
    -------
    (U,) float64 [F]

    Notes
    -----
    C = d l (W/f) Cj + [2 l d + (f odd) W/f] Csw + (W/f) Cge x edges; unfolded 2.8F W Cj + (5.6F + W) Csw + W Cge.

    References
    ----------
    [neurosim13] formula.cpp (drain of an inverter; measured through flip-flop and adder energies).
    """
    length = node.drain_length * node.feature_m
    finger = drain_height(node, width_m / fingers)
    drains = np.floor((np.asarray(fingers) + 1) / 2)
    free_side = np.where(np.asarray(fingers) % 2 == 1, finger, 0.0)
    return (
        drains * length * finger * node.junction_cap_f_per_m2
        + (2 * length * drains + free_side) * node.sidewall_cap_f_per_m
        + finger * node.gate_edge_cap_f_per_m
    )


def series_drain_capacitance(node: Node, width_m: FloatArray, inputs: FloatArray | int) -> FloatArray:
    """Drain capacitance of ``inputs`` transistors in series [F]: each counts a drain, only the last a free side."""
    length, height = node.drain_length * node.feature_m, drain_height(node, width_m)
    return (
        inputs * length * height * node.junction_cap_f_per_m2
        + (2 * length * inputs + height) * node.sidewall_cap_f_per_m
        + height * node.gate_edge_cap_f_per_m
    )


# --- gates -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gate:
    """One static gate on U node rows: widths of each transistor, size of the cell, loads, leakage; arrays (U,), SI.

    ``input_cap_f`` loads one input; ``output_cap_f`` is the gate's own drain load.
    """

    width_n_m: FloatArray
    width_p_m: FloatArray
    cell_width_m: FloatArray
    input_cap_f: FloatArray
    output_cap_f: FloatArray
    leakage_w: FloatArray


@once
def region_height(node: Node) -> FloatArray:
    """Height of a standard cell that N and P transistors share [m]: 20.9F."""
    c = gate_constants(node)
    return (c["cell_height"] - c["n_p_gap"] - c["rail_gap"]) * node.feature_m


def single_region_height(node: Node) -> FloatArray:
    """Height of a standard cell that transistors of one type fill [m]: 24.4F."""
    c = gate_constants(node)
    return (c["cell_height"] - c["rail_gap"]) * node.feature_m


@once
def single_type_width(node: Node) -> FloatArray:
    """Channel width of transistors of one type that fill a standard cell [m]."""
    return np.where(node.is_finfet, node.fins_single_type * node.fin_conducting_m, single_region_height(node))


@once
def sram_cell_leakage(node: Node) -> FloatArray:
    """Leakage of one SRAM cell [W]: of its two inverters and two access transistors, half are off at any time."""
    k = node.technology.constants("buffers")
    n = transistor_width(node, k["sram_cell_n"]) + transistor_width(node, k["sram_cell_access"])
    p = transistor_width(node, k["sram_cell_p"])
    return np.asarray(node.vdd_v * (n * node.ioff_n_a_per_m + p * node.ioff_p_a_per_m))


def cell_unit_area(node: Node) -> FloatArray:
    """Area of the minimum standard cell [m2]: 28F x 7.6F, of FinFETs 28F x 10.6F."""
    return gate_constants(node)["cell_height"] * node.feature_m * 2 * node.finger_pitch * node.feature_m


def gate_widths(
    node: Node, n_weight: FloatArray | float, p_weight: FloatArray | float, *, widened: BoolArray | bool
) -> tuple[FloatArray, FloatArray]:
    """Transistor widths of a gate with N:P drive ratio ``n_weight`` : ``p_weight`` x pn.

    Parameters
    ----------
    node : Node
    n_weight, p_weight : (U,) widths in minimum transistors of each type
    widened : (U,) bool
        Fill the standard cell at the same ratio (EnlargeSize); otherwise the minimum widths.

    Returns
    -------
    (width_n_m, width_p_m) : (U,) [m]
    """
    unit = gate_constants(node)["min_nmos_width"] * node.feature_m
    n, p = n_weight * unit, p_weight * node.pn_ratio * unit
    scale = np.where(widened, np.maximum(region_height(node) / (n + p), 1.0), 1.0)
    n_fins, p_fins = _fins(node, n_weight, p_weight * node.pn_ratio, widened)
    is_fin = node.is_finfet
    return (
        np.where(is_fin, n_fins * node.fin_conducting_m, n * scale),
        np.where(is_fin, p_fins * node.fin_conducting_m, p * scale),
    )


def _fins(
    node: Node, n_weight: FloatArray | float, p_weight: FloatArray | float, widened: BoolArray | bool
) -> tuple[FloatArray, FloatArray]:
    """Whole fins of a gate: its share of the cell's fins of both types, at most those of one type, at least one."""
    both = n_weight + p_weight
    shares = []
    for weight in (n_weight, p_weight):
        filled = np.floor(weight / both * 2 * node.fins_per_type + ROUNDING)
        fins = np.where(widened, np.minimum(filled, node.fins_per_type), np.ceil(weight - ROUNDING))
        shares.append(np.maximum(fins, 1))
    return shares[0], shares[1]


def inverter(node: Node, *, widened: BoolArray | bool = True, n_weight: float = 1.0, p_weight: float = 1.0) -> Gate:
    """Inverter with N:P = n_weight : p_weight x pn; leakage Vdd (W_N Ioff_n + W_P Ioff_p) / 2."""
    n, p = gate_widths(node, n_weight, p_weight, widened=widened)
    return Gate(
        width_n_m=n,
        width_p_m=p,
        cell_width_m=2 * node.finger_pitch * node.feature_m,
        input_cap_f=gate_capacitance(node, n + p),
        output_cap_f=drain_capacitance(node, n) + drain_capacitance(node, p),
        leakage_w=inverter_leakage(node, n, p),
    )


@once
def minimum_inverter(node: Node) -> Gate:
    """Inverter of minimum transistors."""
    return inverter(node, widened=False)


def nand(node: Node, inputs: FloatArray | int = 2, *, widened: BoolArray | bool = True) -> Gate:
    """NAND of ``inputs`` inputs with N:P = 2 : pn: series N, parallel P."""
    c = gate_constants(node)
    k = np.asarray(inputs)
    n, p = gate_widths(node, 2.0, 1.0, widened=widened)
    factor = np.where(k > 2, c["nand_leakage_factor"], c["nand2_leakage_factor"])
    return Gate(
        width_n_m=n,
        width_p_m=p,
        cell_width_m=node.finger_pitch * node.feature_m * (k + 1),
        input_cap_f=gate_capacitance(node, n + p),
        output_cap_f=series_drain_capacitance(node, n, k) + drain_capacitance(node, p * k, k),
        leakage_w=factor * k * p * node.ioff_p_a_per_m * node.vdd_v,
    )


def nor(node: Node, inputs: FloatArray | int = 2, *, widened: BoolArray | bool = True) -> Gate:
    """NOR of k = ``inputs`` inputs with N:P = 1 : k pn: parallel N, series P."""
    c = gate_constants(node)
    k = np.asarray(inputs)
    n, p = gate_widths(node, 1.0, k * 1.0, widened=widened)
    factor = np.where(k > 2, c["nor_leakage_factor"], c["nor2_leakage_factor"])
    return Gate(
        width_n_m=n,
        width_p_m=p,
        cell_width_m=node.finger_pitch * node.feature_m * (k + 1),
        input_cap_f=gate_capacitance(node, n + p),
        output_cap_f=drain_capacitance(node, n * k, k) + series_drain_capacitance(node, p, k),
        leakage_w=factor * k * n * node.ioff_n_a_per_m * node.vdd_v,
    )


def inverter_leakage(node: Node, width_n_m: FloatArray, width_p_m: FloatArray) -> FloatArray:
    """Leakage of an inverter [W]: half the time each transistor is off."""
    return node.vdd_v * (width_n_m * node.ioff_n_a_per_m + width_p_m * node.ioff_p_a_per_m) / 2


# --- wires ------------------------------------------------------------------------------------------------------------


def wire_resistance(node: Node, length_m: FloatArray) -> FloatArray:
    """Resistance of a local wire [ohm]."""
    return node.wire_ohm_per_m * length_m


def wire_capacitance(node: Node, length_m: FloatArray) -> FloatArray:
    """Capacitance of a local wire [F]: 0.2 fF/um at every node."""
    return node.wire_f_per_m * length_m
