"""What the DRAM declares: it stands beside the package, so it adds to no total unless asked for."""

import numpy as np

from siam_dse.core.arrays import BoolArray
from siam_dse.core.declare import Column, Composed, Engine, Need, Note, Part, figure
from siam_dse.core.units import MJ_PER_J, MS_PER_S
from siam_dse.design.designs import Designs
from siam_dse.engines.dram.engine import DRAM_FIELDS, DramCost, dram_cost
from siam_dse.workload.network import Network


def _cost(view: Designs, network: Network, mapping: Need, chiplet: Need, digital_cache: Need) -> DramCost:
    """One load of the weights; feature maps beyond the chiplets' buffers, written and read back once; keys and values.

    Streamed, experts that no token is routed to are not loaded. Of the cache of keys and values what finds no room on
    chiplets is read whole in each pass, and what is new written.
    """
    is_streamed = mapping.at(mapping.record.rounds) > 1
    loaded = np.where(is_streamed, network.weights_in_use(view.batch), float(network.weights.sum()))
    weights = (view.weight_bits * loaded).astype(np.float64)
    spilled = chiplet.at(chiplet.record.spilled_bits)
    cache = digital_cache.record
    read, written = digital_cache.at(cache.read_bits), digital_cache.at(cache.write_bits)
    return dram_cost(view, weights, spilled + read, spilled + written)


def _is_streamed(f: Composed) -> BoolArray:
    return np.asarray(f.figure("mapping.rounds") > 1)


def _says(f: Composed) -> str:
    if f.figure("mapping.rounds")[0] == 1:
        return ""
    return (
        f"Streamed weights: the DRAM adds {f.figure('dram.latency_s')[0] * MS_PER_S:.4g} ms and "
        f"{f.figure('dram.energy_j')[0] * MJ_PER_J:.4g} mJ to an inference, not counted above."
    )


def _doubtful(f: Composed) -> BoolArray:
    return np.asarray(f.figure("dram.is_doubtful"))


DRAM = Engine(
    name="dram",
    word="DRAM",
    parts=(Part("dram", _cost, (*DRAM_FIELDS, "weight_bits"), needs=("mapping", "chiplet", "digital_cache")),),
    columns=(
        Column("dram_energy_mj", "mJ", "core of the DRAM, without I/O: one load of the weights / batch; feature maps, "
               "keys and values that find no room on the package, written and read back", "minimise",
               figure("dram.energy_j", MJ_PER_J)),
        Column("dram_io_energy_mj", "mJ", "interface and termination of the DRAM by published figures, for the same "
               "bits; in no total, as in the simulators", "minimise", figure("dram.io_energy_j", MJ_PER_J)),
        Column("dram_latency_ms", "ms", "time of the same", "minimise", figure("dram.latency_s", MS_PER_S)),
    ),
    notes=(
        Note("dram_currents", "the DRAM device's supply currents are below those published: its energy is doubtful",
             _doubtful),
        Note("streamed_weights", "weights come from the DRAM in every batch: its time and energy stand in "
             "dram_latency_ms, dram_energy_mj and the figures of tokens, in all totals with --include-dram",
             _is_streamed),
    ),
    says=_says,
)  # fmt: skip
