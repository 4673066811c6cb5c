"""Sequential streams: time and energy of reading or writing a block of data that lies in one piece."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, freeze, unique_rows
from siam_dse.engines.dram.devices import (
    Devices,
    activate_energy_j,
    active_power_w,
    idle_power_w,
    refresh_energy_j,
    transfer_energy_j,
)
from siam_dse.engines.dram.schedule import Schedule, Stream, schedule
from siam_dse.technology.load import Constants


@dataclass(frozen=True)
class Channels:
    """Channels that U accesses go to; arrays are (U,).

    ``serial_channels``: the address map goes through a channel's ranks before it comes to the next channel, instead of
    interleaving channels burst by burst. ``serial_banks``: it fills a bank's row before it comes to the next bank
    group, instead of interleaving bank groups.
    """

    devices: Devices
    channels: IntArray
    ranks: IntArray
    serial_channels: BoolArray
    serial_banks: BoolArray
    constants: Constants  # of DRAM controllers

    def __len__(self) -> int:
        return len(self.channels)

    def take(self, rows: Any) -> "Channels":
        """Channels of the accesses at ``rows``."""
        return Channels(
            self.devices.take(rows),
            self.channels[rows],
            self.ranks[rows],
            self.serial_channels[rows],
            self.serial_banks[rows],
            self.constants,
        )


@dataclass(frozen=True)
class Access:
    """Time and energy of U accesses; (U,) each, read-only. Energies are the DRAM core's, [J]."""

    time_s: FloatArray
    activate_j: FloatArray
    transfer_j: FloatArray
    refresh_j: FloatArray
    background_j: FloatArray

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, freeze(getattr(self, field.name)))

    @property
    def energy_j(self) -> FloatArray:
        """Sum of the components, (U,) [J]."""
        return self.activate_j + self.transfer_j + self.refresh_j + self.background_j


def column_step(dev: Devices, serial_banks: BoolArray, *, is_last_row: bool = False) -> FloatArray:
    """Cycles between the bursts of a stream, (U,).

    Interleaved bank groups follow one another at tCCD_S. Within one bank tCCD_L rules, but for the requests that the
    controller looks ahead: around the end of a row it serves two banks in turn at tCCD_S.

    Parameters
    ----------
    dev : Devices (U)
    serial_banks : (U,) bool
    is_last_row : bool
        No row follows that could overlap.

    Returns
    -------
    (U,) float64 [cycle]

    Notes
    -----
    Row of n bursts, window w: n tCCD_L - 2 w (tCCD_L - tCCD_S), at least n tCCD_S.
    """
    short = np.maximum(dev.burst, dev.tccd_s)
    long = np.maximum(dev.burst, dev.tccd_l)
    overlapped = 0 if is_last_row else np.minimum(2 * dev.window / dev.row_requests, 1)
    return np.where(serial_banks, long - overlapped * (long - short), short)


def requests_held(channels: Channels) -> FloatArray:
    """Requests of a stream that the controller of a channel holds, (U,): its queue and one of each bank in use."""
    constants = channels.constants
    rows_abreast = np.where(channels.serial_banks, 1, channels.devices.bank_groups)
    return np.asarray(constants["transaction_queue"] + constants["command_queue"] * rows_abreast)


def sequential(
    channels: Channels, bits: FloatArray, is_write: bool | BoolArray = False, is_dependent: bool | BoolArray = False
) -> Access:
    """Time and energy of sequential streams.

    Parameters
    ----------
    channels : Channels (U)
    bits : (U,) [bit]
        Data of each stream.
    is_write : bool or (U,) bool
    is_dependent : bool or (U,) bool
        Each request waits for the data of the last.

    Returns
    -------
    Access (U,)

    Notes
    -----
    t = tRCD + (n - 1) step + CL + burst + stalls by refreshes, n bursts a channel. E = n_ACT E_ACT + n E_burst +
    n_REF E_REF + VDD IDD3N x (time ranks are open) + VDD IDD2N x (time they are closed). Stalls and open ranks come
    from :mod:`siam_dse.engines.dram.schedule`. Interleaved channels are independent and alike. The bursts of the last
    row take the step of a row that none follows. n_ACT = max(rows, banks abreast) + stalls x banks abreast; n_REF = one
    a channel in turn every floor(tREFI / ranks) cycles.

    References
    ----------
    DRAMsim3, commit 29817593 (technology/data/sources.yaml: dramsim3).
    """
    dev = channels.devices
    abreast = np.where(channels.serial_channels, 1, channels.channels)
    requests = np.ceil(bits / abreast / dev.request_bits)
    writes, depends = (np.broadcast_to(flag, bits.shape) for flag in (is_write, is_dependent))
    states = _states(channels, requests, writes, depends)
    delay = np.where(writes, dev.cwl, dev.cl) + dev.burst
    mean, alone = column_step(dev, channels.serial_banks), column_step(dev, channels.serial_banks, is_last_row=True)
    last_row = np.where(depends, 0, np.minimum(requests, dev.row_requests) * (alone - mean))
    cycles = np.where(requests > 0, states["time"] + last_row + delay, 0)
    in_turn = np.where(channels.serial_channels, channels.channels, 1)
    refreshes = np.floor(cycles / (dev.trefi // channels.ranks)) * in_turn
    open_cycles = states["active"] + states["open_ranks"] * np.maximum(cycles - states["wall"], 0)
    all_cycles = cycles * channels.ranks * in_turn
    open_cycles = np.where(requests > 0, np.minimum(open_cycles, all_cycles), 0)
    rows = np.ceil(requests / dev.row_requests)
    rows_abreast = np.where(channels.serial_banks, 1, dev.bank_groups)
    activates = np.where(requests > 0, np.maximum(rows, rows_abreast) + states["stalls"] * rows_abreast, 0)
    background = active_power_w(dev) * open_cycles + idle_power_w(dev) * (all_cycles - open_cycles)
    return Access(
        time_s=cycles * dev.tck,
        activate_j=abreast * activates * activate_energy_j(dev),
        transfer_j=abreast * requests * transfer_energy_j(dev, writes),
        refresh_j=abreast * refreshes * refresh_energy_j(dev),
        background_j=abreast * background * dev.tck,
    )


def _states(channels: Channels, requests: FloatArray, writes: BoolArray, depends: BoolArray) -> dict[str, FloatArray]:
    """State of each stream as its last request is issued, (U,) each; streams of one kind share a schedule."""
    columns = _stream_columns(channels, writes, depends)
    kinds, kind_of = unique_rows(list(columns.values()))
    followed = int(channels.constants["followed_events"])
    out = {name: np.zeros(len(requests)) for name in ("time", "wall", "active", "open_ranks", "stalls")}
    for kind, row in enumerate(kinds):
        index = np.flatnonzero(kind_of == kind)
        stream = Stream(**{name: column[row].item() for name, column in columns.items()})
        found = _state_at(schedule(stream, followed), np.maximum(requests[index] - 1, 0), stream.step)
        for name, values in found.items():
            out[name][index] = values
    return out


def _stream_columns(channels: Channels, writes: BoolArray, depends: BoolArray) -> dict[str, AnyArray]:
    """Fields of :class:`Stream`, (U,) each."""
    dev, constants = channels.devices, channels.constants
    overhead = constants["controller_overhead"]
    rows_abreast = np.where(channels.serial_banks, 1, dev.bank_groups)
    waiting = np.where(writes, dev.cwl, dev.cl) + dev.burst + overhead + dev.trcd / dev.row_requests
    step = np.where(depends, waiting, column_step(dev, channels.serial_banks))
    ahead = requests_held(channels)
    return {
        "step": step,
        "visit": dev.row_requests * dev.banks,
        "row": dev.row_requests,
        "rows_abreast": rows_abreast,
        "banks": dev.banks,
        "ranks": channels.ranks,
        "channels": np.where(channels.serial_channels, channels.channels, 1),
        "first": dev.trcd + overhead,
        "ahead": np.where(depends, 0, ahead),
        "lead": np.where(depends, dev.trcd, ahead * step),
        "rank_switch": np.where(writes | depends, 0, constants["rank_switch"]),
        "recovery": np.where(writes, dev.cwl + dev.burst + dev.twr, dev.trtp),
        "precharge_gap": dev.tppd,
        "trp": dev.trp,
        "trfc": dev.trfc,
        "trcd": dev.trcd,
        "trefi": dev.trefi,
    }


def _state_at(events: Schedule, position: FloatArray, step: float) -> dict[str, FloatArray]:
    """State as request ``position`` (n,) is issued; beyond the last event the second half of events repeats."""
    first, last = len(events.position) // 2, len(events.position) - 1
    period = events.position[last] - events.position[first]
    repeats = np.maximum(np.ceil((position - events.position[last]) / period), 0)
    within = position - repeats * period
    event = np.searchsorted(events.position, within, side="right") - 1
    out = {
        name: getattr(events, name)[event] + repeats * (getattr(events, name)[last] - getattr(events, name)[first])
        for name in ("time", "wall", "active", "stalls")
    }
    out["time"] = out["time"] + (within - events.position[event]) * step
    out["open_ranks"] = events.open_ranks[event]
    return out
