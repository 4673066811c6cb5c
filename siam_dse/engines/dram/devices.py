"""DRAM devices: geometry, timings in clock cycles, and energies from supply currents, for a batch of U channels."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.technology.technology import Technology

# Columns of technology/data/dram_devices.csv that the model reads.
_COLUMNS = (
    *("bus_width", "devices_per_rank", "burst_length", "burst", "row_size", "bank_groups", "banks_per_group", "tck"),
    *("cl", "cwl", "trcd", "trp", "tras", "tccd_s", "tccd_l", "trrd_s", "tfaw", "t32aw", "twr", "trtp", "tppd", "trfc"),
    *("trefi", "vdd_v", "idd0", "idd2n", "idd3n", "idd4r", "idd4w", "idd5ab", "io"),
)


@dataclass(frozen=True)
class Devices:
    """Devices of U channels; each column is (U,), timings in clock cycles, the rest in SI (sizes in bits)."""

    bus_width: FloatArray
    devices_per_rank: FloatArray
    burst_length: FloatArray
    burst: FloatArray
    row_size: FloatArray
    bank_groups: FloatArray
    banks_per_group: FloatArray
    tck: FloatArray
    cl: FloatArray
    cwl: FloatArray
    trcd: FloatArray
    trp: FloatArray
    tras: FloatArray
    tccd_s: FloatArray
    tccd_l: FloatArray
    trrd_s: FloatArray
    tfaw: FloatArray
    t32aw: FloatArray
    twr: FloatArray
    trtp: FloatArray
    tppd: FloatArray
    trfc: FloatArray
    trefi: FloatArray
    vdd_v: FloatArray
    idd0: FloatArray
    idd2n: FloatArray
    idd3n: FloatArray
    idd4r: FloatArray
    idd4w: FloatArray
    idd5ab: FloatArray
    io: FloatArray
    window: FloatArray  # requests the controller looks ahead

    def __len__(self) -> int:
        return len(self.tck)

    def take(self, rows: Any) -> "Devices":
        """Devices at ``rows``."""
        return Devices(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def having(self, **columns: FloatArray) -> "Devices":
        """The same devices with some columns replaced."""
        return replace(self, **columns)

    @property
    def request_bits(self) -> FloatArray:
        """Data of one burst on a channel, (U,) [bit]."""
        return self.bus_width * self.burst_length

    @property
    def row_requests(self) -> FloatArray:
        """Bursts in an open row, (U,)."""
        return self.row_size / self.request_bits

    @property
    def banks(self) -> FloatArray:
        """Banks of a rank, (U,)."""
        return self.bank_groups * self.banks_per_group


def devices(technology: Technology, rows: IntArray) -> Devices:
    """Devices of rows of ``technology/data/dram_devices.csv``.

    Parameters
    ----------
    technology : Technology
    rows : (U,) int64
        Row of each channel's device, which is also the code of the field ``dram``.

    Returns
    -------
    Devices
    """
    table = technology.table("dram_devices")
    window = np.full(len(rows), technology.constants("dram")["controller_window"])
    return Devices(**{name: table[name][rows] for name in _COLUMNS}, window=window)


def activate_energy_j(dev: Devices) -> FloatArray:
    """Energy of one activate and its precharge beyond standby, all devices of a rank, (U,) [J].

    Notes
    -----
    IDD0 is drawn over one row cycle; IDD3N while the bank is open and IDD2N while it is closed would be drawn anyway.

    References
    ----------
    DRAMsim3, configuration.cc.
    """
    charge = dev.idd0 * (dev.tras + dev.trp) - dev.idd3n * dev.tras - dev.idd2n * dev.trp
    return dev.vdd_v * charge * dev.tck * dev.devices_per_rank


def refresh_energy_j(dev: Devices) -> FloatArray:
    """Energy of one all-bank refresh of a rank beyond standby, (U,) [J] (DRAMsim3, configuration.cc)."""
    return dev.vdd_v * (dev.idd5ab - dev.idd3n) * dev.trfc * dev.tck * dev.devices_per_rank


def transfer_energy_j(dev: Devices, is_write: Any) -> FloatArray:
    """Energy of one burst in the array beyond standby, without the interface, (U,) [J] (DRAMsim3, configuration.cc)."""
    current = np.where(is_write, dev.idd4w, dev.idd4r) - dev.idd3n
    return np.asarray(dev.vdd_v * current * dev.burst * dev.tck * dev.devices_per_rank)


def active_power_w(dev: Devices) -> FloatArray:
    """Power of a rank with an open bank, (U,) [W]: VDD IDD3N of every device."""
    return dev.vdd_v * dev.idd3n * dev.devices_per_rank


def idle_power_w(dev: Devices) -> FloatArray:
    """Power of a rank with all banks closed, (U,) [W]: VDD IDD2N of every device; no power-down is modelled."""
    return dev.vdd_v * dev.idd2n * dev.devices_per_rank
