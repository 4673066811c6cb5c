"""Voltage drop along the column wire: a static error that depends on a cell's position.

The currents of a column's cells flow through its wire to the sense end, held at a fixed potential. The cell at position
u (0 at the sense end, 1 at the far end of N active rows) sees the drop of every current on its way. To first order a
column that should give sum(s_k), s_k in levels, gives sum(s_k) - rho sum_jk min(j, k) s_j s_k, with rho the wire
resistance of one cell times the conductance of one level.

What an integer network's own rescaling can absorb is taken out: one gain for the layer (the drop at the mean activity,
least squares over slices, bits and positions) and one constant an output. The rest is noise: unequal drop of far and
near rows and of dense and sparse bit planes (coherent, like device variation) and the product of fluctuations.
Unfilled rows are taken to lie at the far end. Word and source lines are left out; in a 1T1R array word lines carry no
current.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.units import M_PER_NM
from siam_dse.design.cells import TRANSISTOR_CELLS, is_of, is_sram
from siam_dse.design.designs import Designs
from siam_dse.engines.accuracy.columns import ColumnSets
from siam_dse.technology.interpolated import node_table

MEAN_REACH = 1 / 3  # mean over u of u - u^2/2
MEAN_SQUARE_REACH = 2 / 15  # mean over u of (u - u^2/2)^2


@dataclass(frozen=True)
class DropError:
    """Error by the column wire: ``conversion_variance`` and ``fluctuation`` are (m,) [levels^2], all of the error
    and its incoherent part; ``relative_msq`` (p,) is a slice's mean square gain error, energy-weighted over bits.
    """

    conversion_variance: FloatArray
    fluctuation: FloatArray
    relative_msq: FloatArray


def drop_per_on_cell(designs: Designs) -> FloatArray:
    """Wire resistance of one cell over the resistance of a fully on cell with its access device, (U,).

    SRAM: 0, its cells are saturated transistors that discharge a bit line as current sources.

    Notes
    -----
    Does not rise steadily with smaller nodes: 10 and 7 nm have the same local wire in the source, and the cell's pitch
    is in F, so a 10 nm cell has the most resistance (3.9 ohm; 7 nm 2.7, 14 nm 2.3). Where rounding still removes most
    of the drop's error a factor of 1.4 in it decides over 10 dB of SQNR.

    References
    ----------
    Wire resistance and cell height: DNN+NeuroSim V1.3 (the cell's real pitch along the column; the program counts it in
    wire widths).
    """
    data, nodes = designs.technology.constants("accuracy"), node_table(designs.technology, "nodes")
    row = nodes.rows(node_nm=designs.node_nm, roadmap="lstp")  # the wires of both roadmaps are the same
    is_1t1r = is_of(designs, TRANSISTOR_CELLS)
    height_m = designs.node_nm * M_PER_NM * np.where(is_1t1r, data["cell_height_1t1r"], data["cell_height_crosspoint"])
    access = np.where(is_1t1r, data["access_resistance_factor"], 0)
    resistance = nodes["wire_resistance"][row] * height_m
    return np.where(is_sram(designs), 0, resistance / (designs.r_on_ohm * (1 + access)))


@dataclass(frozen=True)
class _Reach:
    """Moments of what the current of a cell passes of the wire, (n,) each, in lengths of a group of rows.

    ``offset`` and ``offset_variance``: mean and variance of the distance of a group from the sense end. ``mean`` and
    ``mean_square`` of its distance and u - u^2/2 together; ``pairs``: 2 of the mean square of what two cells share.
    """

    offset: FloatArray
    offset_variance: FloatArray
    mean: FloatArray
    mean_square: FloatArray
    pairs: FloatArray


def group_reach(row_groups: FloatArray) -> _Reach:
    """Reach of the cells of g groups of rows that are driven one after another, one beyond the other on the wire.

    Of g = m + f the first m are full and the last has f of the rows of one.

    Notes
    -----
    Group j lies j lengths away, and counts by its rows: offset (m (m - 1) / 2 + f m) / g, its square
    ((m - 1) m (2 m - 1) / 6 + f m^2) / g. With h = u - u^2/2 the mean is E[h] + offset, the mean square
    E[h^2] + 2 E[h] offset + offset^2, of pairs 2 E[(offset + min(u, v))^2] = 1/3 + 4/3 offset + 2 offset^2.
    """
    full = np.floor(row_groups)
    part = row_groups - full
    offset = (full * (full - 1) / 2 + part * full) / row_groups
    offset_msq = ((full - 1) * full * (2 * full - 1) / 6 + part * full**2) / row_groups  # 6: sum of squares
    return _Reach(
        offset=offset,
        offset_variance=offset_msq - offset**2,
        mean=MEAN_REACH + offset,
        mean_square=MEAN_SQUARE_REACH + 2 * MEAN_REACH * offset + offset_msq,
        pairs=MEAN_REACH + 2 * (2 * MEAN_REACH * offset + offset_msq),
    )


def drop_error(sets: ColumnSets, variance: FloatArray, drop: FloatArray) -> DropError:
    """Errors that the column wire adds.

    Parameters
    ----------
    sets : ColumnSets
        Unsigned ones (currents subtracted before the converter are not covered).
    variance : (m,) [levels^2]
        Of the column signal.
    drop : (n,)
        Of :func:`drop_per_on_cell`.

    Returns
    -------
    DropError

    Notes
    -----
    Where rows are driven in groups, one after another, all of this holds in each group, whose distance from the sense
    end adds to every path (:func:`group_reach`); groups lose unlike parts, which no gain takes out.

    A cell at u of slice s errs in bit b by the relative 2 rho N^2 (u - u^2/2) p_b m_s; m_s counts the pedestal. The
    common gain is the mean of that, weighted by the energy of slices (4^(c s) q_s) and bits (4^b p_b (1 - p_b)). The
    product of fluctuations has variance (rho N var)^2 / 3. Before the converter the mean drop that the common gain
    leaves counts as well, with mean signal S: S (gain - rho N^2 p_b m_s / 3) - rho N var / 2. Valid while the far cell
    loses less than about a third.
    """
    layout, every = sets.layout, sets.layout.set_to_conversion
    per_level = drop / ((sets.level_max + sets.level_offset) * sets.input_max)
    reach = group_reach(sets.row_groups)
    rows = sets.active_rows
    conducting = sets.level_mean + layout.set_to_slice(sets.level_offset)
    lost = layout.set_to_slice(2 * per_level * rows**2) * conducting
    slice_energy = shares(sets.slice_weight**2 * sets.level_msq, layout.over_slices, layout.set_to_slice)
    bit_energy = shares(
        sets.bit_weight**2 * sets.digit_mean * (sets.digit_ratio - sets.digit_mean), layout.over_bits, layout.set_to_bit
    )
    mean_density = layout.over_bits(bit_energy * sets.digit_mean)
    density_msq = layout.over_bits(bit_energy * sets.digit_mean**2)
    gain = reach.mean * layout.over_slices(slice_energy * lost) * mean_density
    relative_msq = (
        layout.set_to_slice(reach.mean_square * density_msq) * lost**2
        - layout.set_to_slice(2 * reach.mean * (mean_density * gain)) * lost
        + layout.set_to_slice(gain**2)
    )
    lost_in_bit, common = layout.slice_to_conversion(lost) * sets.density, every(gain)
    mean_reach, square_reach = every(reach.mean), every(reach.mean_square)
    relative = square_reach * lost_in_bit**2 - 2 * mean_reach * lost_in_bit * common + common**2
    per_fluctuation = every(per_level * rows) * variance
    fluctuation = every(reach.pairs) * per_fluctuation**2
    signal = layout.slice_to_conversion(layout.set_to_slice(rows) * conducting) * sets.density
    shift = signal * (common - mean_reach / 2 * lost_in_bit) - every(1 / 2 + reach.offset) * per_fluctuation
    unlike = every(reach.offset_variance) * (signal * lost_in_bit / 2 + per_fluctuation) ** 2
    return DropError(relative * variance + fluctuation + shift**2 + unlike, fluctuation, np.maximum(relative_msq, 0))


def shares(
    values: FloatArray, add: Callable[[FloatArray], FloatArray], spread: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Values over their sum in a set; 0 where all are 0. ``add`` sums them by set, ``spread`` repeats the sum."""
    total = add(values)
    return values / spread(np.where(total > 0, total, 1))
