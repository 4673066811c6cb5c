"""What the reference circuit simulators do that physics does not: named options, all off in the design model."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SourceOptions:
    """Artefacts of the sources that validation switches on where a reference column contains them.

    DNN+NeuroSim V1.3:

    integer_shift_add : the adder over input bits runs floor(columns per ADC / cells of a weight) times.
    stretched_mux : a column mux is as high as its decoder.
    mean_resistance_column : a resistive column settles through half the rows at the mean of on and off *resistance*.
    swapped_wires : cell height counts along a row, cell width along a column, both in wire widths.
    wire_only_lines : SRAM word lines without access gates, bit lines without drains.
    unbuffered_select : select lines of a mux without buffers, whatever their load; a row decoder loaded with the word
        line beside the driver that it enables.
    fold_tie_65hp : NAND and NOR gates that fill their cell exactly are folded in two (65 nm HP).
    partial_leakage : the column mux of SRAM has no leaking decoder.
    flash_65nm_clamp : a flash converter with LSTP transistors at 65 nm takes the longest time allowed, 10 ns.

    SIAM's older circuit, all of them together:

    siam_circuit : array energy and SRAM bit-line delay times input bits; conversion energy times columns per ADC and,
        for resistive cells at 65 nm LSTP, for the time of a fit that runs away; conversion time divided by the
        converters; SRAM columns of wires in parallel over all rows; SRAM area without its word-line drivers; latency as
        a sum of stages.
    """

    integer_shift_add: bool = False
    stretched_mux: bool = False
    mean_resistance_column: bool = False
    swapped_wires: bool = False
    wire_only_lines: bool = False
    unbuffered_select: bool = False
    fold_tie_65hp: bool = False
    partial_leakage: bool = False
    flash_65nm_clamp: bool = False
    siam_circuit: bool = False


SOUND = SourceOptions()
NEUROSIM13 = SourceOptions(
    integer_shift_add=True,
    stretched_mux=True,
    mean_resistance_column=True,
    swapped_wires=True,
    wire_only_lines=True,
    unbuffered_select=True,
    fold_tie_65hp=True,
    partial_leakage=True,
    flash_65nm_clamp=True,
)
NEUROSIM_SIAM = SourceOptions(
    stretched_mux=True,
    mean_resistance_column=True,
    swapped_wires=True,
    wire_only_lines=True,
    unbuffered_select=True,
    partial_leakage=True,
    siam_circuit=True,
)
