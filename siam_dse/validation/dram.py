"""Validation of the DRAM model: streams and random accesses in DRAMsim3, and times in Ramulator 1.

A row's configuration names the device and what the program changes about it (``dram_configs``). DRAMsim3 stops its
clock when the last write is accepted, so the requests that the controller then holds are taken off a stream of writes.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.units import NS_PER_S, PJ_PER_J
from siam_dse.engines.dram.devices import devices
from siam_dse.engines.dram.scattered import scattered
from siam_dse.engines.dram.stream import Access, Channels, requests_held, sequential
from siam_dse.technology.technology import Technology
from siam_dse.validation.kind import PACKAGED, Kind, Target

_BITS_PER_BYTE = 8
_KNOBS = ("config", "channels", "ranks_per_channel", "mapping", "pattern", "requested_bytes")
_PATTERNS = ("seq_read", "seq_write", "seq_read_dep", "rand_read", "rand_write", "rand_read_dep")
# Order of an address map from the highest bits to the lowest; capitals and lower case mean the same.
_PARTS = ("ro", "ra", "bg", "ba", "co", "ch")
_ASKED_BYTES = 64  # of a random request, whatever a burst brings; rows: requested_bytes / requests


def predict(rows: pd.DataFrame, noc_model: str = "fast", technology: Technology = PACKAGED) -> dict[str, FloatArray]:
    """Time [ns] and energy [pJ] of each row, (n,).

    Raises
    ------
    InputError
        A configuration, pattern or address map is not known, or a count or size is not positive.
    """
    del noc_model
    _check(rows, technology)
    out = {"time_ns": np.zeros(len(rows)), "E_total_pJ": np.zeros(len(rows))}
    if not len(rows):
        return out
    channels = reference_channels(rows, technology)
    pattern = rows["pattern"].to_numpy().astype(str)
    is_write = np.char.endswith(pattern, "write")
    is_dependent = np.char.endswith(pattern, "dep")
    is_random = np.char.startswith(pattern, "rand")
    bits = rows["requested_bytes"].to_numpy(dtype=np.float64) * _BITS_PER_BYTE
    for index in (np.flatnonzero(~is_random), np.flatnonzero(is_random)):
        some = channels.take(index)
        access = _access(some, bits[index], bool(is_random[index].any()), is_write[index], is_dependent[index])
        out["time_ns"][index] = access.time_s * NS_PER_S
        out["E_total_pJ"][index] = access.energy_j * PJ_PER_J
    return out


def _access(
    channels: Channels, bits: FloatArray, is_random: bool, is_write: BoolArray, is_dependent: BoolArray
) -> Access:
    """Time and energy of rows of one sort."""
    if is_random:
        asked = np.minimum(channels.devices.request_bits, _ASKED_BYTES * _BITS_PER_BYTE)
        return scattered(channels, np.ceil(bits / asked), is_write, is_dependent)
    abreast = np.where(channels.serial_channels, 1, channels.channels)
    held = requests_held(channels) * abreast * channels.devices.request_bits
    return sequential(channels, np.maximum(bits - np.where(is_write, held, 0), 0), is_write, is_dependent)


def reference_channels(rows: pd.DataFrame, technology: Technology) -> Channels:
    """Channels of each row as its program configures them."""
    configs, names = technology.table("dram_configs"), technology.table("dram_devices").names()
    config = configs.rows(name=np.array([_config_name(str(name), configs.names()) for name in rows["config"]]))
    device = np.array([names.index(name) for name in configs["device"][config]])
    dev = devices(technology, device)
    changed = {name: configs[name][config] for name in ("tck", "tccd_l", "tfaw", "trfc", "trefi", "window")}
    width = configs["bus_width"][config]
    dev = dev.having(**changed, bus_width=width, row_size=dev.row_size * width / dev.bus_width)
    maps = [_split(str(name)) for name in rows["mapping"]]
    return Channels(
        dev,
        rows["channels"].to_numpy(dtype=np.int64),
        rows["ranks_per_channel"].to_numpy(dtype=np.int64),
        np.array([parts.index("ch") < min(parts.index("ra"), parts.index("ba")) for parts in maps]),
        np.array(["bg" not in parts or parts.index("bg") < parts.index("co") for parts in maps]),
        technology.constants("dram"),
    )


def _config_name(name: str, known: Collection[str]) -> str:
    """Row of ``dram_configs`` for a configuration; marks after @ that change no timing are dropped."""
    return name if name in known else name.split("@")[0]


def _split(mapping: str) -> list[str]:
    """Parts of an address map, highest bits first."""
    return [mapping[i : i + 2].lower() for i in range(0, len(mapping), 2)]


def _check(rows: pd.DataFrame, technology: Technology) -> None:
    """Refuse rows that cannot be read, all faults at once."""
    known = technology.table("dram_configs").names()
    problems = []
    for row, (config, pattern, mapping) in enumerate(
        zip(rows["config"], rows["pattern"], rows["mapping"], strict=True)
    ):
        if _config_name(str(config), known) not in known:
            problems.append(f"row {row + 1}: config: {unknown_name('configuration', str(config), known)}")
        if pattern not in _PATTERNS:
            problems.append(f"row {row + 1}: pattern: {unknown_name('pattern', str(pattern), _PATTERNS)}")
        parts = _split(str(mapping))
        if not set(parts) <= set(_PARTS) or not {"ro", "ra", "ba", "co", "ch"} <= set(parts):
            problems.append(
                f"row {row + 1}: mapping: must list {', '.join(_PARTS)} from the highest bits down, as in "
                f"rorabacobgch; got {mapping!r}"
            )
    for name in ("channels", "ranks_per_channel", "requested_bytes"):
        values = rows[name].to_numpy(dtype=np.float64)
        problems += [
            f"row {row + 1}: {name}: must be a whole number of at least 1, got {values[row]:g}"
            for row in np.flatnonzero(~((values >= 1) & (values == np.floor(values))))
        ]
    if problems:
        raise InputError("dram rows", problems)


KIND = Kind(
    name="dram",
    reference="dram.csv",
    quantities={"time_ns": "time_ns", "E_total_pJ": "E_total_pJ"},
    predict=predict,
    knobs=_KNOBS,
    groups=("pattern", "mapping_kind", "ranks_per_channel", "simulator"),
    targets={"pattern = seq_read": Target(0.01, 0.05)},
    note="the target asked for is sequential reads with the interleaved map; the group pattern = seq_read holds the "
    "shipped maps and Ramulator 1 as well. Energies are those of the DRAM's core; currents of LPDDR4, GDDR and HBM2 "
    "are the simulator's and below what is published. Ramulator 1 gives times only. Rows of DRAMsim3's shipped maps "
    "gave the controller's look-ahead, those of Ramulator 1 its own, two-rank random reads the switches between ranks.",
)
