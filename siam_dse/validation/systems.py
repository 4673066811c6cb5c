"""Published systems beside ours: Simba's digital chiplets and ISAAC's analog chip, figure by figure, with reasons."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray, IntArray, total
from siam_dse.core.units import MJ_PER_J, MS_PER_S, PJ_PER_J, UM2_PER_M2
from siam_dse.design.designs import Designs
from siam_dse.engines.crossbar.engine import crossbar_unit
from siam_dse.engines.crossbar.published import beside_published
from siam_dse.engines.digital.unit import digital_unit
from siam_dse.system.evaluate import Evaluation, evaluate
from siam_dse.system.overlap import exposed
from siam_dse.technology.technology import Technology
from siam_dse.workload.load import load_network
from siam_dse.workload.network import Network

_NETWORK = "resnet50"
_SIMBA = "simba_like"
_ISAAC = "isaac_like"
_OPERATIONS = 2  # a multiply-accumulate
_TERA = 1e12
_FULL_CLOCK_HZ = 1.8e9  # of the published peak
_BUFFERS_MB = 18.9  # of weights: 36 chiplets x 16 elements x 32 KiB
_MEGA = 1e6


@dataclass(frozen=True)
class Reproduction:
    """A published system's figures beside ours; ``table`` has published, ours, ratio and why for each quantity."""

    title: str
    table: pd.DataFrame
    findings: list[str]


def simba() -> Reproduction:
    """36 chiplets of 16 processing elements of 64 multiply-accumulates each, as arrays of the digital engine.

    Notes
    -----
    Compute: K x N weights are ceil(K / 8) ceil(N / 8) tiles of an 8 x 8 array; idle arrays take a share of a tile's
    positions; a pass of m positions takes m + 2 x 8 - 1 cycles. Networks: the loads of design ``simba_like`` on our
    NoC, which multicasts, and NoP. Its layers are spread over the chiplets and their positions over copies, as Simba
    spreads outputs and positions over elements. Buffers are doubled, so that a layer takes the longest of compute and
    networks; their sum is the other bound. Weights are in place, as in the published runs of a layer: room for all
    layers at once stands for that (``tiles_per_chiplet``), and no layer with its copies exceeds Simba's own buffers.
    """
    network = load_network(_NETWORK)
    designs = _designs(_SIMBA)
    evaluation, unit = evaluate(network, designs), digital_unit(designs)
    side, arrays = int(designs.mac_array_side[0]), int(designs.mac_arrays_per_chiplet[0]) * int(designs.n_chiplets[0])
    clock = float(designs.digital_clock_hz[0])
    compute_ms = array_cycles(network, side, arrays) / clock * MS_PER_S
    nets = _networks_ms(evaluation)
    latency, summed = _longest_ms(compute_ms, nets), float((compute_ms + total(nets.values())).sum())
    nets_of = {
        "unicast": _changed_networks_ms(network, noc_cast="unicast"),
        "one copy": _changed_networks_ms(network, duplication="none"),
        "packed": _changed_networks_ms(network, layer_placement="packed"),
        "packed, one copy": _changed_networks_ms(network, layer_placement="packed", duplication="none"),
    }
    changed = {name: _longest_ms(compute_ms, own) for name, own in nets_of.items()}
    macs = float(network.macs.sum())
    mac_pj, cycle_pj = float(unit.mac_j[0]) * PJ_PER_J, float(unit.array_cycle_j[0]) * PJ_PER_J
    read_pj = float(unit.read_j[0]) * PJ_PER_J
    operands = 2 * read_pj / side  # an input for each row of the array, a sum for each column
    operation_pj = (mac_pj + cycle_pj / side**2 + operands) / _OPERATIONS
    engines = evaluation.by_engine().set_index("engine")
    wires_mj = float(engines.loc[["noc", "nop"], "energy_mj"].sum())
    energy_mj = macs * _OPERATIONS * operation_pj / PJ_PER_J * MJ_PER_J + wires_mj
    peak_tops = arrays * side**2 * clock * _OPERATIONS / _TERA
    rows = [
        (
            "latency of ResNet-50, 36 chiplets",
            "ms",
            0.50,
            latency,
            "the longest of compute, NoC and NoP a layer",
        ),
        ("the same, unicast", "ms", 0.50, changed["unicast"], "a packet to each tile that reads a value"),
        ("the same, nothing overlapped", "ms", 0.50, summed, "compute, NoC and NoP one after another"),
        ("the same, layers packed", "ms", 0.50, changed["packed"], "a map goes from chiplet to chiplet by few edges"),
        ("the same, packed, one copy", "ms", 0.50, changed["packed, one copy"], "one tile's port takes a whole map"),
        ("the same, spread, one copy", "ms", 0.50, changed["one copy"], "all chiplets read whole maps"),
        ("peak, 36 chiplets, at 1.8 GHz", "TOPS", 127.8, peak_tops * _FULL_CLOCK_HZ / clock, "64 a cycle and element"),
        (
            "energy of an operation, best",
            "pJ",
            0.11,
            operation_pj,
            "ours without weight buffers, at the nominal supply",
        ),
        ("energy of an image, package", "mJ", 1.34, energy_mj, "theirs from 6.1 TOPS/W; ours with both networks"),
    ]
    share = float(compute_ms.sum()) / latency
    most_mb, all_mb = _weights_mb(network, evaluation.by_layer()["copies"].to_numpy())
    packed_ms = nets_of["packed, one copy"]
    return Reproduction(
        "Simba: 36 digital chiplets, ResNet-50, batch 1",
        _table(rows),
        [
            f"Arrays alone would take {compute_ms.sum():.3g} ms, {share:.0%} of the latency: the package's links "
            "decide, as Simba's authors found.",
            f"Spread, with copies that split the positions, layers take {nets['noc'].sum():.2g} ms on the NoC and "
            f"{nets['nop'].sum():.2g} on the NoP; in one copy on few chiplets {packed_ms['noc'].sum():.3g} and "
            f"{packed_ms['nop'].sum():.2g}: a layer that fits one tile takes its whole input through one port of 64 "
            "bits at 1.1 GHz. What is left on the NoP are maps that all chiplets of a layer read, as it has fewer "
            "copies than chiplets, over edges of 100 Gb/s.",
            f"Weights of ResNet-50 (25.5 MB) exceed Simba's {_BUFFERS_MB} MB of weight buffers, with copies they take "
            f"{all_mb:.0f} MB: Simba loads them layer by layer, of which none takes more than {most_mb:.2g} MB with "
            "its copies. No figure has their loading.",
        ],
    )


def _changed_networks_ms(network: Network, **changed: str) -> dict[str, FloatArray]:
    """:func:`_networks_ms` of Simba with some fields changed."""
    return _networks_ms(evaluate(network, _designs(_SIMBA, **changed)))


def _weights_mb(network: Network, copies: IntArray) -> tuple[float, float]:
    """Weights of a byte with their copies (L,): the most of a layer, and all [MB]."""
    each = network.weights * copies / _MEGA
    return float(each.max()), float(each.sum())


def _networks_ms(evaluation: Evaluation) -> dict[str, FloatArray]:
    """Latency of each layer on chip and on package, (L,) each [ms]."""
    layers = evaluation.by_layer()
    return {name: layers[f"{name}_latency_ms"].to_numpy() for name in ("noc", "nop")}


def _longest_ms(compute_ms: FloatArray, nets: Mapping[str, FloatArray]) -> float:
    """Latency where networks work behind the arrays of a layer, as under ``overlap: layer`` [ms]."""
    return float(total(exposed({"arrays": compute_ms, **nets}, set(nets)).values()).sum())


def array_cycles(network: Network, side: int, arrays: int) -> FloatArray:
    """Cycles of each weight layer on systolic arrays of ``side`` x ``side`` that hold its weights, (L,).

    References
    ----------
    HISIM's systolic array, as in :func:`siam_dse.engines.digital.work.digital_latency`.
    """
    groups = network.groups.astype(np.float64)
    tiles = groups * np.ceil(network.rows / side) * np.ceil(network.channels_out / groups / side)
    parts = np.maximum(np.floor(arrays / np.maximum(tiles, 1)), 1)
    passes = np.ceil(tiles / arrays)
    cycles = passes * (np.ceil(network.positions / parts) + 2 * side - 1)
    return np.asarray(np.where(network.rows > 0, cycles, 0.0))


def isaac() -> Reproduction:
    """ISAAC's crossbar, converter and chip; ISAAC is itself a model, of 32 nm."""
    designs = _designs(_ISAAC)
    unit, one = crossbar_unit(designs), beside_published(designs)
    survey = beside_published(_designs(_ISAAC, adc_model="survey"))
    network = load_network("vgg16")
    evaluation = evaluate(network, designs)
    engines = evaluation.by_engine().set_index("engine")
    crossbar_um2 = float(unit.area_m2[0]) * UM2_PER_M2
    area = float(evaluation.column("crossbar_area_mm2")[0])
    tops = evaluation.column("tops_per_w")[0]
    converter = float(one.energy_j[0]) * PJ_PER_J
    rows = [
        (
            "converter, 8 bits: energy",
            "pJ",
            1.667,
            converter,
            "ISAAC scales Kull's silicon",
        ),
        (
            "the same, survey",
            "pJ",
            1.667,
            float(survey.energy_j[0]) * PJ_PER_J,
            "median of published converters",
        ),
        (
            "converter: area",
            "um2",
            1200.0,
            float(one.area_m2[0]) * UM2_PER_M2,
            "NeuroSim's scales with the square of the node",
        ),
        ("converter: rate", "GS/s", 1.2, float(one.rate_hz[0]) / 1e9, "NeuroSim clocks every bit at 1 ns"),
        ("read of 128 columns", "ns", 100.0, float(unit.bit_vector_s[0]) * 1e9, "one converter a crossbar in both"),
        (
            "128 x 128 cells with their converter",
            "um2",
            1225.0,
            crossbar_um2,
            "ours counts level shifters, drivers and adders",
        ),
        (
            "efficiency, 16 bits",
            "TOPS/W",
            0.63,
            float(tops),
            "ours on VGG-16, theirs the peak",
        ),
    ]
    return Reproduction(
        "ISAAC: 128 x 128 crossbars, one 8-bit converter each, 16-bit weights in 2-bit cells, 32 nm",
        _table(rows),
        [
            f"Crossbars are {area / float(engines['area_mm2'].sum()):.0%} of our area, {crossbar_um2:.0f} um2 each: "
            "level shifters for writing, which ISAAC does not count, are the largest part.",
            f"The default converter takes {converter / 1.667:.2g} of ISAAC's energy, the survey's median "
            f"{float(survey.energy_j[0]) * PJ_PER_J / 1.667:.2g} of it: the truth of a good converter lies between.",
        ],
    )


def _designs(name: str, **changed: str) -> Designs:
    """Design of a packaged system, with some fields changed."""
    return Designs.grid(**changed, technology=Technology.load(name))


def _table(rows: list[tuple[str, str, float, float, str]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["quantity", "unit", "published", "ours", "why"])
    table.insert(4, "ours / published", table["ours"] / table["published"])
    return table
