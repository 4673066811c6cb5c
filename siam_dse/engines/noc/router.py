"""Router and wire of the network on chip, piece by piece: energy, area and leakage after BookSim2's power model."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.technology.interpolated import node_table
from siam_dse.technology.load import Constants
from siam_dse.technology.technology import Technology


def scaled_energy(
    constants: Constants, energy_j: FloatArray | float, feature_m: FloatArray, vdd_v: FloatArray
) -> FloatArray:
    """Energy at another node, (U,) [J]: E F V^2 over the reference's, since capacitance shrinks with the feature."""
    c = constants
    return np.asarray(energy_j * feature_m / c["reference_node"] * (vdd_v / c["reference_vdd"]) ** 2)


def router_event_energy(
    constants: Constants, width_bits: FloatArray, feature_m: FloatArray, vdd_v: FloatArray
) -> FloatArray:
    """Energy of a bit through a router, clocks left out.

    A flit is written into and read from an input buffer, crosses the switch and is latched at the output.

    Parameters
    ----------
    constants : Constants
        Of the network on chip.
    width_bits, feature_m, vdd_v : (U,)

    Returns
    -------
    (U,) float64 [J/bit]

    Notes
    -----
    A flit's energy grows with the width, in the switch with its square, for its wires grow too (BookSim2's NoP router
    of 8 and 32 bits shows 16 times). Checked at 32 bits only.
    """
    c = constants
    linear = c["buffer_write"] + c["buffer_read"] + c["switch_control"] + c["output_register"] + c["output_control"]
    flit_j = linear + c["switch"] * width_bits / c["reference_width"]
    return scaled_energy(c, flit_j / c["reference_width"], feature_m, vdd_v)


def clock_energy(
    constants: Constants, width_bits: FloatArray, feature_m: FloatArray, vdd_v: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Clock energy of a bit that passes (only its own channel's and output's registers), and of a whole router's cycle.

    Parameters
    ----------
    constants : Constants
        Of the network on chip.
    width_bits, feature_m, vdd_v : (U,)

    Returns
    -------
    per_bit, per_cycle : (U,) float64 [J/bit], [J]
    """
    c = constants
    per_flit = c["channel_clock"] / c["channels_per_router"] + c["output_clock"] / c["ports"]
    per_cycle = (c["channel_clock"] + c["output_clock"]) * width_bits / c["reference_width"]
    return (
        scaled_energy(c, np.full_like(feature_m, per_flit / c["reference_width"]), feature_m, vdd_v),
        scaled_energy(c, per_cycle, feature_m, vdd_v),
    )


def repeated_wire_energy(technology: Technology, row: IntArray) -> FloatArray:
    """Energy of a bit of random data over a wire with bus repeaters.

    Parameters
    ----------
    technology : Technology
    row : (U,)
        Row of its node table of each design.

    Returns
    -------
    (U,) float64 [J/bit/m]

    Notes
    -----
    toggle x (C_wire + (C_in + C_out) of a repeater / its spacing) V^2 / 2: at 32 nm LSTP 0.075 pJ/bit/mm, twice that if
    every bit toggled. Control bits of a flit are left out.

    References
    ----------
    DNN+NeuroSim V1.3: wire capacitance, size and spacing of bus repeaters. Published: 0.15 (MuchiSim, 7 nm), 0.17 (GRS
    on chip, Turner et al., CICC 2018), 0.04 pJ/bit/mm (low swing, 45 nm, Park et al., DATE 2013).
    """
    nodes = node_table(technology, "nodes")
    repeater_f = nodes["bus_repeater_size"] * (nodes["inverter_min_cin"] + nodes["inverter_min_cout"])
    per_m = nodes["wire_capacitance"] + repeater_f / nodes["bus_repeater_spacing"]
    energy = technology.constants("noc")["data_toggle"] * per_m * nodes["vdd_v"] ** 2 / 2
    return np.asarray(energy[row])


def router_core_area(constants: Constants, width_bits: FloatArray, feature_m: FloatArray) -> FloatArray:
    """Area of switch, input buffers and output registers of a router.

    Parameters
    ----------
    constants : Constants
        Of the network on chip.
    width_bits, feature_m : (U,)

    Returns
    -------
    (U,) float64 [m2]

    Notes
    -----
    (p W 2 MP)^2 + p (8 W) (6 D) MP^2 + p W 128 MP^2 with p ports, D words a buffer and the metal pitch MP, which scales
    with the feature size. Exact against BookSim2 at 32 nm.

    References
    ----------
    BookSim2, power_module.cpp.
    """
    c = constants
    ports, pitch = c["ports"], metal_pitch(c, feature_m)
    switch = (ports * width_bits * c["crossbar_tracks"] * pitch) ** 2
    buffers = ports * c["buffer_cell_height"] * width_bits * c["buffer_cell_width"] * c["buffer_words"] * pitch**2
    outputs = ports * width_bits * c["flipflop_pitches"] * pitch**2
    return np.asarray(switch + buffers + outputs)


def channel_area(constants: Constants, width_bits: FloatArray, feature_m: FloatArray) -> FloatArray:
    """Area of the registers and repeaters of a router's channels; parameters as ``router_core_area``.

    Returns
    -------
    (U,) float64 [m2]

    Notes
    -----
    6 W MP^2 (128 M + M N (3 + 3 K) 8), K = 8.1, M = 2, N = 1 for 2 mm at 32 nm; kept for other lengths.

    References
    ----------
    BookSim2, power_module.cpp and its wire optimiser.
    """
    c = constants
    registers = c["flipflop_pitches"] * c["channel_registers"]
    repeater = c["repeater_base"] * (1 + c["channel_repeater_size"]) * c["repeater_height"]
    per_bit = (registers + c["channel_registers"] * repeater) * metal_pitch(c, feature_m) ** 2
    return np.asarray(c["channels_per_router"] * width_bits * per_bit)


def metal_pitch(constants: Constants, feature_m: FloatArray) -> FloatArray:
    """Pitch of the router's wires, (U,) [m]: 80 nm at 32 nm, scaled with the feature size."""
    c = constants
    return np.asarray(c["metal_pitch"] * feature_m / c["reference_node"])


def router_leakage(
    constants: Constants,
    width_bits: FloatArray,
    feature_m: FloatArray,
    vdd_v: FloatArray,
    ioff_a_per_m: FloatArray,
    wire_m: FloatArray,
) -> FloatArray:
    """Leakage of a router and its channels.

    Parameters
    ----------
    constants : Constants
        Of the network on chip.
    width_bits, feature_m, vdd_v, ioff_a_per_m, wire_m : (U,)
        ``wire_m`` is the length of a channel.

    Returns
    -------
    (U,) float64 [W]

    Notes
    -----
    BookSim2's leakage x W / 32 x F V Ioff over its reference, that of channels also x length / 2 mm.

    References
    ----------
    BookSim2, power_module.cpp (measured).
    """
    c = constants
    scale = feature_m / c["reference_node"] * vdd_v / c["reference_vdd"] * ioff_a_per_m / c["reference_ioff"]
    leakage = c["input_leakage"] + c["switch_leakage"] + c["channel_leakage"] * wire_m / c["reference_wire"]
    return np.asarray(leakage * width_bits / c["reference_width"] * scale)
