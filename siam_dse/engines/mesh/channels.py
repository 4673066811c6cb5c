"""Use of every channel of a case: packets, sources, input ports, and the links before and after it.

A channel is the injection channel of a source, a link, or the ejection channel of a destination. Arrays of channels
are (n, 6, ky, kx) in the order of ``CHANNELS``; a link stands at the node that it leaves.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray
from siam_dse.engines.mesh.cases import Cases
from siam_dse.engines.mesh.distance import ahead, along, behind, nearest_other, shifted, zero_where
from siam_dse.engines.mesh.loads import all_to_all_loads
from siam_dse.technology.load import Constants

CHANNELS = ("east", "west", "south", "north", "injection", "ejection")
EAST, WEST, SOUTH, NORTH, INJECTION, EJECTION = range(len(CHANNELS))


@dataclass(frozen=True)
class ChannelUse:
    """What crosses each channel; arrays are (n, 6, ky, kx)."""

    packets: FloatArray
    sources: FloatArray  # sources that use the channel
    inputs: FloatArray  # ports of the router, or the injection channel, that feed it
    upstream: FloatArray  # packets over the channels that feed it, whatever they go on to
    before: FloatArray  # fewest channels before it on any path through it
    hops: FloatArray  # links of the shortest path pieced together through it; 0 where unused


def channel_use(cases: Cases) -> ChannelUse:
    """Packets, sources, input ports and shortest path of every channel.

    Parameters
    ----------
    cases : Cases

    Returns
    -------
    ChannelUse

    Notes
    -----
    With up and dn the fewest channels before and after a channel on any path through it, the shortest path pieced
    together has up + dn - 1 links.
    """
    source, destination = cases.source_map(), cases.destination_map()
    loads = all_to_all_loads(source, destination, cases.packets, exclude_self=True)
    packets = np.stack([loads.east, loads.west, loads.south, loads.north, loads.injection, loads.ejection], axis=1)
    used = packets > 0
    before = np.where(used, _before(source), 0)
    hops = np.where(used, before + _after(destination) - 1, 0)
    feeds = feeding_ports(source, used)
    ports = port_values(packets, 0)
    inputs = [np.sum(feeds[channel], axis=0, dtype=np.float64) for channel in feeds]
    upstream = [np.sum(np.where(feeds[channel], ports[channel], 0), axis=0) for channel in feeds]
    return ChannelUse(
        packets,
        _sources(source, destination, used),
        np.where(used, np.stack(inputs, axis=1), 0),
        np.where(used, np.stack(upstream, axis=1), 0),
        before,
        hops,
    )


def _before(source: FloatArray) -> FloatArray:
    """Fewest channels before each channel."""
    seed = zero_where(source)
    in_row = along(seed, -1)
    return np.stack(
        [
            behind(seed, -1) + 1,
            ahead(seed, -1) + 1,
            behind(in_row, 1) + 1,
            ahead(in_row, 1) + 1,
            seed,
            nearest_other(source) + 1,
        ],
        axis=1,
    )


def _after(destination: FloatArray) -> FloatArray:
    """Fewest channels after each channel."""
    seed = zero_where(destination)
    in_column = along(seed, 1)
    return np.stack(
        [
            shifted(ahead(in_column, -1), -1, -1, np.inf) + 1,
            shifted(behind(in_column, -1), -1, 1, np.inf) + 1,
            shifted(ahead(seed, 1), 1, -1, np.inf) + 1,
            shifted(behind(seed, 1), 1, 1, np.inf) + 1,
            nearest_other(destination) + 1,
            seed,
        ],
        axis=1,
    )


def _sources(source: FloatArray, destination: FloatArray, used: BoolArray) -> FloatArray:
    """Sources that use each channel."""
    left = np.cumsum(source, axis=-1)
    above = np.cumsum(source.sum(axis=-1, keepdims=True), axis=1)
    wide = np.ones_like(source)
    total = above[:, -1:] * wide
    rows_below = (total - above + source.sum(axis=-1, keepdims=True)) * wide
    counts = [left, left[:, :, -1:] - left + source, above * wide, rows_below, wide, total - source * destination]
    return np.where(used, np.stack(counts, axis=1), 0)


def port_values(values: AnyArray, fill: float) -> dict[int, list[AnyArray]]:
    """For each channel, the values of the channels that may feed it.

    Parameters
    ----------
    values : (n, 6, ky, kx)
        Of each channel; a link's at the node that it leaves.
    fill : float
        Value where the mesh ends.

    Returns
    -------
    channel -> list of (n, ky, kx)
        Ports in the order: source of the node, then the links that end at the node, of eastward, westward, southward
        and northward packets, as far as XY routing lets them turn into the channel. An injection channel has none.
    """
    own = values[:, INJECTION]
    eastward = shifted(values[:, EAST], -1, 1, fill)
    westward = shifted(values[:, WEST], -1, -1, fill)
    southward = shifted(values[:, SOUTH], 1, 1, fill)
    northward = shifted(values[:, NORTH], 1, -1, fill)
    return {
        EAST: [own, eastward],
        WEST: [own, westward],
        SOUTH: [own, eastward, westward, southward],
        NORTH: [own, eastward, westward, northward],
        INJECTION: [own],
        EJECTION: [eastward, westward, southward, northward],
    }


def feeding_ports(source: FloatArray, used: BoolArray) -> dict[int, list[BoolArray]]:
    """For each channel, which of its possible input ports bring packets to it.

    Parameters
    ----------
    source : (n, ky, kx)
        Non-zero where a source is.
    used : (n, 6, ky, kx) bool
        Whether a packet crosses the channel.

    Returns
    -------
    channel -> list of (n, ky, kx) bool
        Ports in the order of ``port_values``. A link along x ends at a node with packets for its column only if a
        source lies on that side in the row.
    """
    ports = port_values(used, False)
    west_sources = shifted(np.cumsum(source, axis=-1), -1, 1, 0) > 0
    east_sources = np.flip(shifted(np.cumsum(np.flip(source, -1), axis=-1), -1, 1, 0), -1) > 0
    own = source != 0
    along_y = [own, west_sources, east_sources]
    return {
        EAST: [own, ports[EAST][1]],
        WEST: [own, ports[WEST][1]],
        SOUTH: [*along_y, ports[SOUTH][-1]],
        NORTH: [*along_y, ports[NORTH][-1]],
        INJECTION: [own],
        EJECTION: [west_sources, east_sources, ports[EJECTION][2], ports[EJECTION][-1]],
    }


def zero_load_cycles(constants: Constants, hops: FloatArray, flits: FloatArray) -> FloatArray:
    """Latency of a packet on an idle mesh: 5 cycles a link, 7 for both ends, and its further flits.

    Parameters
    ----------
    constants : Constants
        Of the mesh.
    hops, flits : arrays that broadcast

    Returns
    -------
    [cycle]

    References
    ----------
    BookSim2, measured: 5 h + 7 in every router configuration.
    """
    return np.asarray(constants["hop"] * hops + constants["ends"] + flits - 1)


def lower_bound_cycles(cases: Cases, use: ChannelUse) -> FloatArray:
    """Cycles that no router can beat: the busiest channel at one flit a cycle, or the last injection.

    Parameters
    ----------
    cases : Cases
    use : ChannelUse

    Returns
    -------
    (n,) float64 [cycle]

    Notes
    -----
    max over channels of F n_c - 1 + 5 h_c + 7, and last injection + 5 h_min + 7 + F - 1.
    """
    flits = cases.flits[:, None, None, None]
    head = zero_load_cycles(cases.constants, use.hops, np.ones_like(flits))
    by_load = np.where(use.packets > 0, flits * use.packets - 1 + head, 0).max(axis=(1, 2, -1))
    nearest_pair = np.where(use.packets[:, INJECTION] > 0, use.hops[:, INJECTION], np.inf).min(axis=(1, 2))
    by_time = cases.last_injection() + zero_load_cycles(cases.constants, nearest_pair, cases.flits)
    return np.asarray(np.maximum(by_load, by_time))
