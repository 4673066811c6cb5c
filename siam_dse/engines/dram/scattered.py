"""Scattered accesses: time and energy of bursts at random addresses, many outstanding or one after another."""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.engines.dram.devices import (
    Devices,
    activate_energy_j,
    active_power_w,
    idle_power_w,
    refresh_energy_j,
    transfer_energy_j,
)
from siam_dse.engines.dram.stream import Access, Channels
from siam_dse.technology.load import Constants

# The mean of the largest of n normal draws is close to the quantile 0.5264^(1/n) (Chen and Tyler, 1999).
_MEAN_OF_LARGEST = 0.5264


def activate_step(constants: Constants, dev: Devices) -> FloatArray:
    """Cycles between the activates of one rank at random banks, (U,).

    Notes
    -----
    max(tRRD_S, tFAW / 4, t32AW / 32, (tRAS + tRP) / banks): activate to activate, the windows that limit the current,
    and the time a bank needs for one row.
    """
    windows = np.maximum(dev.tfaw / constants["activates_in_faw"], dev.t32aw / constants["activates_in_32aw"])
    return np.maximum(np.maximum(dev.trrd_s, windows), (dev.tras + dev.trp) / dev.banks)


def random_step(channels: Channels, is_write: BoolArray) -> FloatArray:
    """Cycles between random bursts of one channel, many outstanding, (U,).

    Notes
    -----
    The bus takes max(burst, tCCD_S), and with several ranks a gap where one follows another; activates of the ranks
    overlap. What limits is lengthened by refreshes, as far as the ranks and not the bus limit.
    """
    dev, constants = channels.devices, channels.constants
    bus = np.maximum(dev.burst, dev.tccd_s)
    activates = activate_step(constants, dev) / channels.ranks
    share = np.where(channels.ranks > 1, np.minimum(activates / bus, 1), 1)
    switches = np.where((channels.ranks > 1) & ~is_write, constants["random_rank_switches"] * share, 0)
    limit = np.maximum(bus + constants["rank_switch"] * switches, activates)
    return np.asarray(limit / (1 - share * dev.trfc / dev.trefi))


def dependent_step(channels: Channels) -> FloatArray:
    """Cycles from a random burst to the next that waits for its data, (U,).

    Notes
    -----
    tRP + tRCD + CL + burst on an open row that is not the right one. Each refresh makes one request wait, but leaves
    all banks closed, which spares the next access to each of them tRP; k requests to a rank between two refreshes find
    B (1 - (1 - 1/B)^k) of B banks so.
    """
    dev = channels.devices
    conflict = dev.trp + dev.trcd + dev.cl + dev.burst + channels.constants["controller_overhead"]
    busy = (dev.banks - 1) * dev.tppd + dev.trp + dev.trfc
    step = conflict
    for _ in range(2):  # k depends on the step only weakly: the second pass changes it by less than 0.1 %
        requests = dev.trefi / (step * channels.ranks)
        wait = np.maximum(busy - step * (channels.ranks - 1 / 2), 0)
        spared = dev.banks * (1 - (1 - 1 / dev.banks) ** requests) * dev.trp
        step = conflict + (wait - spared) / requests
    return step


def fullest_channel(requests: FloatArray, channels: IntArray) -> FloatArray:
    """Expected requests of the channel that gets most of ``requests`` random ones, (U,).

    Notes
    -----
    Loads of channels differ like independent normal draws of variance requests / C; the mean of the largest of C draws
    is the quantile 0.5264^(1/C).

    References
    ----------
    Chen, Tyler: Accurate approximation to the extreme order statistics of Gaussian samples, 1999.
    """
    from scipy.special import ndtri

    mean = requests / channels
    return np.where(channels > 1, mean + np.sqrt(mean) * ndtri(_MEAN_OF_LARGEST ** (1 / channels)), mean)


def scattered(
    channels: Channels,
    requests: FloatArray,
    is_write: bool | BoolArray = False,
    is_dependent: bool | BoolArray = False,
) -> Access:
    """Time and energy of bursts at random addresses; each activates a row.

    Parameters
    ----------
    channels : Channels (U)
    requests : (U,)
        Bursts over all channels.
    is_write, is_dependent : bool or (U,) bool

    Returns
    -------
    Access (U,)
    """
    dev = channels.devices
    writes, depends = (np.broadcast_to(flag, requests.shape) for flag in (is_write, is_dependent))
    most = np.where(depends, requests, fullest_channel(requests, channels.channels))
    step = np.where(depends, dependent_step(channels), random_step(channels, writes))
    tail = np.where(depends, 0, dev.trcd + np.where(writes, dev.cwl, dev.cl) + dev.burst)
    cycles = np.where(requests > 0, most * step + tail, 0)
    refreshes = np.floor(cycles / (dev.trefi // channels.ranks)) * channels.channels
    rank_cycles = cycles * channels.ranks * channels.channels
    closed = np.minimum(refreshes * (dev.trfc + dev.trp), rank_cycles)
    background = active_power_w(dev) * (rank_cycles - closed) + idle_power_w(dev) * closed
    return Access(
        time_s=cycles * dev.tck,
        activate_j=requests * activate_energy_j(dev),
        transfer_j=requests * transfer_energy_j(dev, writes),
        refresh_j=refreshes * refresh_energy_j(dev),
        background_j=background * dev.tck,
    )
