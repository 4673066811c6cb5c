"""DRAM engine: one load of the weights, shared by a batch of inferences, and the feature maps that spill."""

from dataclasses import dataclass, fields

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, freeze
from siam_dse.core.errors import InputError
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.engines.dram.devices import devices
from siam_dse.engines.dram.stream import Access, Channels, sequential

# Fields of a design that its DRAM depends on, beside the bits moved.
DRAM_FIELDS = ("dram", "dram_channels", "dram_ranks", "dram_map", "batch")

_COMPONENTS = ("activate", "transfer", "refresh", "background")


@dataclass(frozen=True)
class DramCost:
    """DRAM of U designs for one inference; (U,) each, read-only.

    ``energy_j`` is the energy of the DRAM's core while it is in use, the sum of the four components; standby outside of
    that time is not counted. ``io_energy_j`` is what interface and termination add by published figures, and in no
    simulator's total. ``weight_load_s`` and ``weight_load_j`` are one whole load, before the batch shares it.
    ``is_doubtful``: the supply currents of this device are below what is published (technology/data).
    """

    latency_s: FloatArray
    energy_j: FloatArray
    io_energy_j: FloatArray
    activate_j: FloatArray
    transfer_j: FloatArray
    refresh_j: FloatArray
    background_j: FloatArray
    weight_load_s: FloatArray
    weight_load_j: FloatArray
    spill_s: FloatArray
    spill_j: FloatArray
    is_doubtful: BoolArray

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, freeze(getattr(self, field.name)))

    @property
    def energy_by_component(self) -> dict[str, FloatArray]:
        """Components of ``energy_j``, (U,) [J] each."""
        return {name: getattr(self, f"{name}_j") for name in _COMPONENTS}


def dram_channels(designs: Designs) -> Channels:
    """Channels of U designs; the map ``bank_serial`` goes through banks, ranks and channels one after another."""
    serial = designs.dram_map == code("dram_map", "bank_serial")
    technology = designs.technology
    dev, constants = devices(technology, designs.dram), technology.constants("dram")
    return Channels(dev, designs.dram_channels, designs.dram_ranks, serial, serial, constants)


def dram_cost(
    designs: Designs, weight_bits: FloatArray, spill_read_bits: FloatArray, spill_write_bits: FloatArray
) -> DramCost:
    """Latency and energy of the DRAM for one inference.

    Weights are read once in a stream for ``batch`` inferences. Feature maps that find no room on the package are
    written and read back as streams, one after the other, in every inference.

    Parameters
    ----------
    designs : Designs (U)
    weight_bits : (U,) or scalar [bit]
        All weights of the network.
    spill_read_bits, spill_write_bits : (U,) or scalar [bit]
        Feature maps read back and written in one inference.

    Returns
    -------
    DramCost (U,)

    Raises
    ------
    InputError
        A size is negative or not a number.

    Notes
    -----
    latency = weight load / batch + spill read + spill write, and energy alike.

    References
    ----------
    :mod:`siam_dse.engines.dram.stream`; DRAMsim3 is its reference, Ramulator 1 an independent check of the times.
    """
    sizes = _checked(len(designs), weight_bits=weight_bits, spill_read_bits=spill_read_bits,
                     spill_write_bits=spill_write_bits)  # fmt: skip
    channels = dram_channels(designs)
    load = sequential(channels, sizes["weight_bits"])
    read = sequential(channels, sizes["spill_read_bits"])
    write = sequential(channels, sizes["spill_write_bits"], is_write=True)
    shared = 1 / designs.batch

    def total(name: str) -> FloatArray:
        return np.asarray(getattr(load, name) * shared + getattr(read, name) + getattr(write, name))

    moved = sizes["weight_bits"] * shared + sizes["spill_read_bits"] + sizes["spill_write_bits"]
    table = designs.technology.table("dram_devices")
    return DramCost(
        latency_s=total("time_s"),
        energy_j=total("energy_j"),
        io_energy_j=moved * table["io"][designs.dram],
        **{f"{name}_j": total(f"{name}_j") for name in _COMPONENTS},
        weight_load_s=load.time_s,
        weight_load_j=load.energy_j,
        spill_s=_sum_of_times(read, write),
        spill_j=read.energy_j + write.energy_j,
        is_doubtful=table["currents"][designs.dram] == "doubtful",
    )


def _sum_of_times(read: Access, write: Access) -> FloatArray:
    return read.time_s + write.time_s


def _checked(n: int, **sizes: FloatArray) -> dict[str, FloatArray]:
    """Sizes as (n,) arrays of numbers >= 0."""
    out = {name: np.broadcast_to(np.asarray(bits, dtype=np.float64), (n,)) for name, bits in sizes.items()}
    problems = []
    for name, bits in out.items():
        for row in np.flatnonzero(~(bits >= 0) | np.isinf(bits))[:1]:
            problems.append(f"row {row + 1}: {name}: must be a finite number >= 0 [bit], got {bits[row]}")
    if problems:
        raise InputError("dram_cost", problems)
    return out
