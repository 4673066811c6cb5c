"""Levels of the mesh model, by name."""

from collections.abc import Callable, Mapping

from siam_dse.core.arrays import FloatArray
from siam_dse.engines.mesh.cases import Cases
from siam_dse.engines.mesh.cycles import cycle_makespan
from siam_dse.engines.mesh.fast import fast_makespan
from siam_dse.engines.mesh.fluid import fluid_makespan

# Makespan and mean packet latency [cycle] of trace traffic.
TRACE_MODELS: Mapping[str, Callable[[Cases], tuple[FloatArray, FloatArray]]] = {
    "fast": fast_makespan,
    "fluid": fluid_makespan,
    "cycle": cycle_makespan,
}
