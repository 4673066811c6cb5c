"""The package's links: lanes and PHYs a die, their area, standby power and edge length."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, freeze
from siam_dse.core.units import HZ_PER_GBPS
from siam_dse.design.designs import Designs
from siam_dse.engines.nop.topologies import MESH, phys_of_network

# Fields of a design that links depend on, beside the number of chiplets.
LINK_FIELDS = ("nop_link", "nop_bandwidth_gbps")
PHY_FIELDS = (*LINK_FIELDS, "nop_topology", "nop_bandwidth_ratio_xy")


@dataclass(frozen=True)
class NopLinks:
    """PHYs of a package; arrays are (U,), read-only. The host port's is the only one of a single chiplet."""

    nop_lanes: IntArray  # of one PHY, of two sorts the wider; Tx and Rx of a lane together
    phys: IntArray  # in the package, those of a hub's switch too
    phys_per_die: IntArray  # of the die that has most
    phy_area_m2: FloatArray  # all of them on dies
    die_phy_area_m2: FloatArray  # of the die that has most
    static_power_w: FloatArray  # standby, all of them
    port_area_m2: FloatArray  # PHY of the host port, all that one die instead of the chiplets needs
    shoreline_m: FloatArray  # die edge that a PHY takes, of two sorts the wider
    package_area_m2: FloatArray  # of all dies' PHYs: equal dies carry as many as the one that needs most
    share_area_m2: FloatArray  # of it a die's, spread evenly: custom dies have as many each on average as they need


@dataclass(frozen=True)
class LinkPace:
    """What a bit and a hop over the package take; arrays are (U,), read-only."""

    s_per_bit: FloatArray
    s_per_hop: FloatArray
    energy_j_per_bit: FloatArray  # both ends


def link_pace(designs: Designs) -> LinkPace:
    """Time and energy of a bit over a link and time of a hop, of designs with ``LINK_FIELDS``."""
    return LinkPace(
        freeze(1 / bandwidth_bit_per_s(designs)), freeze(hop_latency_s(designs)), freeze(link_energy_j_per_bit(designs))
    )


def link_rows(designs: Designs) -> IntArray:
    """Row of each design's link in the table of links, (U,): choices are stored in the table's order."""
    table = designs.technology.table("nop_links")
    return table.rows(name=np.asarray(table.names())[designs.nop_link])


def bandwidth_bit_per_s(designs: Designs) -> FloatArray:
    """Bandwidth of an edge to a neighbour in the same row, in each direction, (U,) [bit/s]."""
    return np.asarray(designs.nop_bandwidth_gbps * HZ_PER_GBPS)


def hop_latency_s(designs: Designs) -> FloatArray:
    """Latency of a hop, (U,) [s]."""
    return np.asarray(designs.technology.table("nop_links")["hop_latency"][link_rows(designs)])


def link_energy_j_per_bit(designs: Designs) -> FloatArray:
    """Energy of a bit over a link, both ends, (U,) [J/bit]."""
    return np.asarray(designs.technology.table("nop_links")["energy_per_bit"][link_rows(designs)])


def pitch_beyond_m(designs: Designs) -> FloatArray:
    """By how much bumps of the package are coarser than its link needs, (U,) [m]; 0 where it carries the link.

    A link's area and edge are of bumps of some pitch (``nop_links.csv``); a package has a finest one of its own
    (``packages.csv``). A coarser link runs on a finer package as it does on its own.
    """
    finest = designs.technology.table("packages")["bump_pitch"][designs.package]
    needed = designs.technology.table("nop_links")["bump_pitch"][link_rows(designs)]
    return np.asarray(np.maximum(finest - needed, 0))


def lanes(bandwidth: FloatArray, lane_rate: FloatArray) -> IntArray:
    """Lanes of a PHY, (U,): ceil(bandwidth / lane rate); rounding of the quotient does not add a lane."""
    quotient = bandwidth / lane_rate
    return np.ceil(quotient * (1 - 2 * np.finfo(np.float64).eps)).astype(np.int64)


def nop_links(designs: Designs, n_chiplets: IntArray, is_custom: BoolArray) -> NopLinks:
    """Lanes, PHYs, area, standby power and shoreline of a package.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``PHY_FIELDS``.
    n_chiplets, is_custom : (U,)
        Of their mapping; dies of a custom package carry the PHYs they need, equal dies all the same.

    Returns
    -------
    NopLinks

    Notes
    -----
    One PHY, lanes and a clocking block, on each edge that faces another chiplet, and one for the port to the host on
    chiplet 0; SIAM's link has one PHY a chiplet whatever its edges. Chiplets stand row by row on a square. Equal dies
    carry as many PHYs as the one that needs most; the package's sums count those in use. Of a torus, ring or hub: a PHY
    for every neighbour; a hub's own are in the interposer, and take power but none of the dies' area. PHYs towards
    other rows have lanes of their own bandwidth, the port those of a row; an edge carries a PHY of either sort, so that
    the wider one must fit. A link with one PHY a chiplet has the wider one.
    """
    table, row = designs.technology.table("nop_links"), link_rows(designs)
    bandwidth, rate = bandwidth_bit_per_s(designs), table["rate_per_lane"][row]
    counts = phy_counts(designs.nop_topology, n_chiplets)
    has_columns, per_edge = counts.in_columns > 0, table["phy_per_edge"][row] > 0
    of_row, of_column = lanes(bandwidth, rate), lanes(bandwidth / designs.nop_bandwidth_ratio_xy, rate)
    widest = np.where(has_columns, np.maximum(of_row, of_column), of_row)
    count = np.where(per_edge, of_row, widest)
    more = np.where(per_edge & has_columns, of_column - of_row, 0)  # lanes that a PHY towards another row has more
    on_dies = np.where(per_edge, counts.on_dies, n_chiplets)
    phys = np.where(per_edge, counts.in_use, n_chiplets)
    per_die = np.where(per_edge, counts.most, 1)
    area = count * table["lane_area"][row] + table["clocking_area"][row]
    more_area = more * table["lane_area"][row]
    of_dies = [number * area + columns * more_area for number, columns in counts.of_dies]
    die = np.where(per_edge, np.max(of_dies, axis=0), area)
    on_all = on_dies * area + counts.in_columns * more_area
    package = np.where(is_custom, on_all, n_chiplets * die)
    return NopLinks(
        nop_lanes=freeze(widest),
        phys=freeze(phys),
        phys_per_die=freeze(per_die),
        phy_area_m2=freeze(on_all),
        die_phy_area_m2=freeze(die),
        static_power_w=freeze((phys * count + counts.in_columns * more) * table["static_power_per_lane"][row]),
        port_area_m2=freeze(area),
        shoreline_m=freeze(widest * table["shoreline_per_lane"][row]),
        package_area_m2=freeze(package),
        share_area_m2=freeze(package / n_chiplets),
    )


@dataclass(frozen=True)
class PhyCounts:
    """PHYs of packages, the host port's on chiplet 0 included; arrays are (U,)."""

    in_use: IntArray
    on_dies: IntArray  # of them
    in_columns: IntArray  # of them towards another row
    of_dies: tuple[tuple[IntArray, IntArray], ...]  # of dies of which one needs most: all, and towards another row

    @property
    def most(self) -> IntArray:
        """Of the die that has most, (U,)."""
        return np.asarray(np.max([number for number, _ in self.of_dies], axis=0))


def phy_counts(topology: IntArray, n_chiplets: IntArray) -> PhyCounts:
    """PHYs of the chiplets, placed row by row on a square or, as a snake, on a ring."""
    mesh = _mesh_phys(n_chiplets, np.ceil(np.sqrt(n_chiplets)).astype(np.int64))
    is_mesh = topology == MESH
    if is_mesh.all():
        return mesh
    total, most, elsewhere, in_columns, most_in_columns = phys_of_network(topology, n_chiplets)
    on_dies = np.where(is_mesh, mesh.on_dies, total)
    of_dies = [
        (np.where(is_mesh, number, most), np.where(is_mesh, columns, most_in_columns))
        for number, columns in mesh.of_dies
    ]
    in_columns = np.where(is_mesh, mesh.in_columns, in_columns)
    return PhyCounts(on_dies + elsewhere, on_dies, in_columns, tuple(of_dies))


def _mesh_phys(n_chiplets: IntArray, side: IntArray) -> PhyCounts:
    """PHYs on used edges of all chiplets on meshes of ``side`` columns, (U,)."""
    full, rest = n_chiplets // side, n_chiplets % side
    across = full * (side - 1) + np.maximum(rest - 1, 0)
    down = np.where(full > 0, np.maximum(full - 1, 0) * side + rest, 0)
    # one of the first two chiplets of the first two rows has as many neighbours as any
    of_dies = []
    for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)):
        width = np.minimum(n_chiplets - y * side, side)
        below = x + (y + 1) * side < n_chiplets
        in_row = int(x > 0) + int(x == y == 0) + (x + 1 < width).astype(np.int64)
        in_column = int(y > 0) + below.astype(np.int64)
        of_dies.append((np.where(x < width, in_row + in_column, 0), np.where(x < width, in_column, 0)))
    total = 2 * (across + down) + 1
    return PhyCounts(total, total, 2 * down, tuple(of_dies))
