"""Where the package departs from the law that its docstrings state: designs that are concerned, and the figures.

The twin follows the law. Each entry has a strict xfail in ``test_twin_circuits.py`` and goes when the model is mended.
"""

from twin.circuits.array import cell_conductance, subarray
from twin.circuits.buffers import buffer
from twin.circuits.sums import whole_cycles
from twin.circuits.tile import shape
from twin.data import constant, row
from twin.mapping import result_bits, tile_side


def sram_sees_r_off(d):
    """Flash converters of SRAM: the slowest column's resistance is cut at ``r_off_ohm``, which SRAM has not."""
    x = subarray(d)
    has_law = row("adc", node_nm=d["node_nm"], roadmap=d["roadmap"])["flash_time_base"] > 0
    is_timed = x["flash"] and not x["voltage"] and not x["by_row"] and has_law
    is_timed = is_timed and x["bits"] > constant("adc", "flash_floor_bits")
    return x["sram"] and is_timed and 1 / cell_conductance(x) > d["r_off_ohm"]


def cold_pedestal(d):
    """SIAM's older circuit leaks at 301 K, but for the counter of the digital pedestal."""
    x = subarray(d)
    return x["siam"] and x["counted"]


def sram_subtracts_twice(d):
    """SRAM read row by row: two subtractions and two additions over input bits for each differential weight.

    SIAM's adders join cells and input bits in one and run for each set of columns anyway.
    """
    is_differential = d["weight_mapping"] == "differential" and d["circuit"] == "neurosim13"
    return is_differential and d["cell"] == "sram" and d["read_mode"] == "row_by_row"


def output_buffer_at_input_distance(d):
    """The fill counts the output buffer's accesses with the wires of the input buffer."""
    times = [buffer(d, "tile_bank", shape(d)[bits])["access_s"] for bits in ("input_bits", "output_capacity")]
    return whole_cycles(times[0], d["clock_hz"]) != whole_cycles(times[1], d["clock_hz"])


def one_bit_adder_is_too_fast(d):
    """An adder of one bit takes as long as one of two; the tile's linear law makes it a bit faster."""
    return result_bits(d, 1) == 1 and tile_side(d) > 1


FAULTS = {
    sram_sees_r_off: {"crossbar": {"conversion_s", "bit_vector_s", "energy adc", "energy_j"}, "tile": {"latency_s"}},
    cold_pedestal: {"crossbar": {"leakage_w", "leakage pedestal"}},
    sram_subtracts_twice: {"crossbar": {"energy shift_add", "energy_j"}},
    output_buffer_at_input_distance: {"tile": {"fill_s", "latency_s"}},
    one_bit_adder_is_too_fast: {"tile": {"fill_s", "latency_s"}},
}


def faulty_figures(d, engine):
    """Figures of an engine of the package, "crossbar" or "tile", that are not to be compared for a design."""
    return {figure for concerns, faulty in FAULTS.items() if concerns(d) for figure in faulty.get(engine, ())}


def is_faulty(d):
    """Whether any figure of a design departs."""
    return any(concerns(d) for concerns in FAULTS)
