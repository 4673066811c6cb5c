"""Buffers: hand counts at 32 nm LSTP, printed values of the program, limits of an array of banks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from siam_dse.engines.tile.buffers import bank_array, register_bank, sram_bank
from siam_dse.engines.tile.library import calibrated_library
from siam_dse.technology.gates import node_rows, sram_cell_leakage
from siam_dse.technology.technology import packaged_technology
from siam_dse.technology.wires import htree_wire

F = 32e-9


def library_of(node=32.0, roadmap="lstp", n=1):
    no = np.zeros(n, dtype=bool)
    return calibrated_library(node_rows(packaged_technology(), np.full(n, node), np.full(n, roadmap)), no, no)


@pytest.mark.parametrize(
    ("kind", "bits", "line", "area_um2", "read_pj", "write_pj", "time_ns", "leak_uw"),
    [
        # Printed by DNN+NeuroSim V1.3 at 32 nm LSTP.
        (register_bank, 4096, 128, 10774.616, 1.223413, 0.044098, 1.051792, 0.989095),
        (register_bank, 65536, 512, 171680.41, 4.893185, 0.167096, 2.359960, 15.801681),
        (sram_bank, 1024, 32, 490.53696, 0.108373, 0.133574, 0.335529, 0.005941),
        (sram_bank, 65536, 128, 20328.743, 6.831262, 4.272746, 2.359329, 0.042749),
    ],
)
def test_banks_of_the_program(kind, bits, line, area_um2, read_pj, write_pj, time_ns, leak_uw):
    options = {"cells_leak": False} if kind is sram_bank else {}
    bank = kind(library_of(), np.array([bits]), np.array([line]), **options)
    assert_allclose(bank.area_m2, area_um2 * 1e-12, rtol=1e-6, atol=0)
    assert_allclose(bank.read_energy_j, read_pj * 1e-12, rtol=1e-5, atol=0)
    assert_allclose(bank.write_energy_j, write_pj * 1e-12, rtol=1e-4, atol=0)
    assert_allclose(bank.line_time_s, time_ns * 1e-9, rtol=1e-4, atol=0)
    assert_allclose(bank.leakage_w, leak_uw * 1e-6, rtol=2e-4, atol=0)


def test_sram_read_is_two_bit_lines_a_column():
    # 32 lines: C_BL = 0.2 fF/um x 10F x 32 = 2.048 fF; read = 2 x 2.048 fF x 0.81 V^2 x 32 = 106.17 fJ, and 0.05 of
    # the decoder's energy on top.
    bank = sram_bank(library_of(), np.array([1024]), np.array([32]))
    registers = register_bank(library_of(), np.array([1024]), np.array([32]))  # its write is the decoder alone
    bit_lines = 2 * 0.2e-9 * 10 * F * 32 * 0.81 * 32
    assert_allclose(bit_lines, 106.168e-15, rtol=1e-4, atol=0)
    assert_allclose(bank.read_energy_j, bit_lines + 0.05 * registers.write_energy_j, rtol=1e-12, atol=0)


def test_cells_leak_by_hand():
    # Half of each pair is off: N 2F + access 1F at 1.001e-4 A/m, P 1F at the same, 0.9 V: 0.9 x 4 x 32 nm x 1.001e-4.
    assert_allclose(sram_cell_leakage(library_of().node), 0.9 * 4 * F * 1.001e-4, rtol=1e-12, atol=0)
    with_cells = sram_bank(library_of(), np.array([1024]), np.array([32])).leakage_w
    without = sram_bank(library_of(), np.array([1024]), np.array([32]), cells_leak=False).leakage_w
    assert_allclose(with_cells - without, 1024 * sram_cell_leakage(library_of().node), rtol=1e-9, atol=0)


def test_one_bank_has_no_wire():
    array = bank_array(library_of(), 32.0, np.array([True]))
    assert_allclose(array.read_energy(np.array([1024])), array.bank.read_energy_j / 32, rtol=1e-12, atol=0)
    assert_allclose(array.access_time(np.array([7])), array.bank.line_time_s, rtol=1e-12, atol=0)
    assert array.area(np.array([0])) == 0


def test_nine_banks_by_hand():
    # 9216 bits = 9 banks of 1024, 3 x 3: path (4 - 1) a + 1 a = 4 sides of a bank.
    array = bank_array(library_of(), 32.0, np.array([True]))
    bits = np.array([9216])
    length = 4 * np.sqrt(array.bank.area_m2)
    wire = htree_wire(library_of().node)
    assert_allclose(array.area(bits), 9 * array.bank.area_m2, rtol=1e-12, atol=0)
    assert_allclose(array.leakage(bits), 9 * array.bank.leakage_w, rtol=1e-12, atol=0)
    assert_allclose(
        array.write_energy(bits), array.bank.write_energy_j / 32 + length * wire.energy_j_per_m, rtol=1e-12, atol=0
    )
    assert_allclose(array.access_time(bits), array.bank.line_time_s + length * wire.delay_s_per_m, rtol=1e-12, atol=0)


@given(st.integers(1, 10**7), st.integers(0, 10**6), st.booleans())
@pytest.mark.slow
def test_more_bits_never_cost_less(bits, more, sram):
    array = bank_array(library_of(), 128.0, np.array([sram]))
    small, large = np.array([bits]), np.array([bits + more])
    for figure in (array.area, array.leakage, array.read_energy, array.write_energy, array.access_time):
        assert figure(large) >= figure(small)


def test_registers_take_several_times_the_area_of_sram():
    # 12 cell units of 212.8 F^2 a flip-flop over 280 F^2 a cell: 9 before decoders and column circuits.
    sram = bank_array(library_of(), 128.0, np.array([True])).bank.area_m2
    register = bank_array(library_of(), 128.0, np.array([False])).bank.area_m2
    assert 5 < register / sram < 12 * 212.8 / 280
