"""Every output column and every rule: those of composed figures, and those that the engines declare."""

from collections.abc import Mapping
from functools import reduce
from types import MappingProxyType

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray
from siam_dse.core.declare import AREA, ENERGY, Column, Note, Rule
from siam_dse.core.units import MJ_PER_J, MM2_PER_M2, MS_PER_S
from siam_dse.design.validated import in_validated_range
from siam_dse.system.compose import Composition
from siam_dse.system.plan import plan

OPERATIONS_PER_MAC = 2  # a multiplication and an addition
PER_TERA = 1e-12
QUANTITIES = ("energy_mj", "latency_ms", "area_mm2", "leakage_energy_mj")  # of each engine; they add up to totals


def latency_ms(f: Composition) -> FloatArray:
    """Latency of one inference, (n,) [ms]; with ``include_dram`` the DRAM's as well."""
    dram_s = f.figure("dram.latency_s") if f.include_dram else 0.0
    return np.asarray((f.total_latency_s + dram_s) * MS_PER_S)


def energy_mj(f: Composition) -> FloatArray:
    """Energy of one inference, (n,) [mJ]; with ``include_dram`` the DRAM's as well."""
    return np.asarray((f.energy_j + (f.figure("dram.energy_j") if f.include_dram else 0.0)) * MJ_PER_J)


def area_mm2(f: Composition) -> FloatArray:
    """Area of all dies, (n,) [mm2]."""
    return f.total(AREA) * MM2_PER_M2


def pass_ms(f: Composition) -> FloatArray:
    """Time of one pass over a sequence, (n,) [ms]: what finds no room on the package counts, DRAM asked for or not."""
    return np.asarray(latency_ms(f) + _waited_for(f, "latency_s", "spill_s") * MS_PER_S)


def _waited_for(f: Composition, whole: str, spill: str) -> FloatArray:
    """What a pass takes of the DRAM beside totals, (n,): nothing if they hold it, all where weights are streamed."""
    is_streamed = f.figure("mapping.rounds") > 1
    beside = np.where(is_streamed, f.figure(f"dram.{whole}"), f.figure(f"dram.{spill}"))
    return np.asarray(0.0 * beside if f.include_dram else beside)


def _of_tokens(f: Composition, values: FloatArray) -> FloatArray:
    """Values of a network of sequences, NaN of any other."""
    return values if f.network.tokens else np.full(len(values), np.nan)


def tokens_per_pass(f: Composition) -> int:
    """Tokens that one inference works on."""
    return 1 if f.network.phase == "decode" else max(f.network.tokens, 1)


def _token_energy_mj(f: Composition) -> FloatArray:
    return np.asarray((energy_mj(f) + _waited_for(f, "energy_j", "spill_j") * MJ_PER_J) / tokens_per_pass(f))


def _first_token_ms(f: Composition) -> FloatArray:
    return pass_ms(f) if f.network.phase == "prefill" else np.full(len(f.designs), np.nan)


def _tera_operations(f: Composition) -> float:
    """Operations of one inference that are performed, those that ``sparsity`` leaves out not counted, / 1e12."""
    return OPERATIONS_PER_MAC * float(f.network.performed_macs.sum()) * PER_TERA


def _of_engine(engine: str) -> tuple[Column, ...]:
    """The four columns of an engine on the package; over the engines each adds up to its total."""
    return (
        Column(f"{engine}_energy_mj", "mJ", f"energy of the {engine} engine, leakage included", "minimise",
         lambda f: (f.of_engine(engine, ENERGY) + f.leakage_energy_j(engine)) * MJ_PER_J),
        Column(f"{engine}_latency_ms", "ms", f"latency of the {engine} engine", "minimise",
         lambda f: f.latency_s(engine) * MS_PER_S),
        Column(f"{engine}_area_mm2", "mm2", f"area of the {engine} engine in all dies", "minimise",
         lambda f: f.of_engine(engine, AREA) * MM2_PER_M2),
        Column(f"{engine}_leakage_energy_mj", "mJ", f"leakage energy of the {engine} engine", "minimise",
         lambda f: f.leakage_energy_j(engine) * MJ_PER_J),
    )  # fmt: skip


_TOTALS = (
    Column("latency_ms", "ms", "one inference: layers one after another, or the longest path where branches "
           "overlap; with include_dram the DRAM's as well", "minimise", latency_ms),
    Column("throughput_ips", "images/s", "1 / latency", "maximise", lambda f: MS_PER_S / latency_ms(f)),
    Column("pipelined_throughput_ips", "images/s", "1 / latency of the slowest layer, layers as a pipeline of images",
     "maximise", lambda f: 1 / f.slowest_layer_s),
    Column("energy_mj", "mJ", "dynamic and leakage energy on package, one inference; with include_dram the DRAM's "
           "as well", "minimise", energy_mj),
    Column("dynamic_energy_mj", "mJ", "energy of switching", "minimise", lambda f: f.total(ENERGY) * MJ_PER_J),
    Column("leakage_energy_mj", "mJ", "energy of leakage and standby", "minimise",
           lambda f: f.total_leakage_j * MJ_PER_J),
    Column("edp_mj_ms", "mJ ms", "energy x latency", "minimise", lambda f: energy_mj(f) * latency_ms(f)),
    Column("edap_mj_ms_mm2", "mJ ms mm2", "energy x latency x area", "minimise",
     lambda f: energy_mj(f) * latency_ms(f) * area_mm2(f)),
    Column("area_mm2", "mm2", "sum of the dies", "minimise", area_mm2),
    Column("die_area_mm2", "mm2", "largest die", "minimise", lambda f: f.largest_die_m2 * MM2_PER_M2),
    Column("power_w", "W", "energy / latency", "minimise", lambda f: energy_mj(f) / latency_ms(f)),
    Column("tops_per_w", "TOPS/W", "operations performed (not those that sparsity leaves out) / energy: 2 a "
           "multiply-accumulate, at the network's bits, no DRAM", "maximise",
           lambda f: _tera_operations(f) / f.energy_j),
    Column("tops_per_mm2", "TOPS/mm2", "operations performed / latency on package / area", "maximise",
     lambda f: _tera_operations(f) / f.total_latency_s / area_mm2(f)),
    Column("pipelined_tops_per_mm2", "TOPS/mm2", "operations performed / latency of the slowest layer / area",
           "maximise",
     lambda f: _tera_operations(f) / f.slowest_layer_s / area_mm2(f)),
)  # fmt: skip
_OF_TOKENS = (
    Column("tokens_per_s", "tokens/s", "of one sequence: all tokens of a pass, or in decode the next one, / its time, "
           "with keys and values in the DRAM; NaN where the network is no sequence", "maximise",
           lambda f: _of_tokens(f, tokens_per_pass(f) * MS_PER_S / pass_ms(f))),
    Column("time_to_first_token_ms", "ms", "time of prefill of a decoder; NaN where the network is none, or decodes",
           "minimise", _first_token_ms),
    Column("energy_per_token_mj", "mJ", "energy of a pass, with keys and values in the DRAM, / its tokens; NaN where "
           "the network is no sequence", "minimise", lambda f: _of_tokens(f, _token_energy_mj(f))),
)  # fmt: skip
# Columns that some networks have none of, and which.
OF_SEQUENCES = tuple(column.name for column in _OF_TOKENS)


def _is_validated(f: Composition) -> FloatArray:
    return np.asarray(np.min([in_validated_range(view.designs) for view in f.views], axis=0), dtype=np.float64)


_VALIDATED = Column("in_validated_range", "1", "1 where every field lies in the range its engine was checked in", None,
                    _is_validated)  # fmt: skip


def _columns() -> list[Column]:
    engines = plan().engines.values()
    return [
        *_TOTALS,
        *_OF_TOKENS,
        *(column for engine in engines for column in engine.columns),
        *(column for name in plan().on_package for column in _of_engine(name)),
        _VALIDATED,
    ]


OUTPUT_COLUMNS: Mapping[str, Column] = MappingProxyType({column.name: column for column in _columns()})
# Rules every design must meet, whatever the search space asks for: > 0 = violated.
VIOLATION_RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.name: rule for engine in plan().engines.values() for rule in engine.rules}
)
NOTES: Mapping[str, Note] = MappingProxyType(
    {note.name: note for engine in plan().engines.values() for note in engine.notes}
)


def computed(name: str, f: Composition) -> AnyArray:
    """An output column, by how much a rule is broken, or where a note applies, (n,), by name."""
    if name in VIOLATION_RULES:
        return reduce(np.maximum, [VIOLATION_RULES[name].slack(view) for view in f.views])
    if name in NOTES:
        return reduce(np.logical_or, [NOTES[name].applies(view) for view in f.views])
    return OUTPUT_COLUMNS[name].compute(f)
