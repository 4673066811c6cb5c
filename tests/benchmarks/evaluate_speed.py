"""How many designs a second are evaluated. Run by hand, with OMP_NUM_THREADS=1 for one core a process:

    pytest tests/benchmarks/evaluate_speed.py --benchmark-columns=min,median,rounds

ResNet-50; the objectives of search_spaces/siam.yaml, its bounds and all rules. ``designs_per_s`` of the median round is
printed with the largest memory of the process so far.
"""

import itertools
import resource
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import siam_dse as sd
from siam_dse.design.space import grid_axis
from siam_dse.runs.spaces import load_space

sys.path.insert(0, str(Path(__file__).parent.parent / "system"))
from system_cases import random_designs

COLUMNS = ("latency_ms", "energy_mj", "cost_usd", "accuracy_loss_pct", "die_area_mm2", "area_mm2")
SPACE = load_space("siam")
FULL = load_space("full")
# Denser values on the same axes: 1,008,000 designs.
DENSE = {
    "crossbar_size": [64, 96, 128, 160, 192, 224, 256, 320, 384, 512],
    "adc_bits": range(3, 10),
    "tiles_per_chiplet": [n * n for n in range(3, 13)],
    "n_chiplets": [n * n for n in range(1, 16)] + [n * (n + 1) for n in range(1, 16)],
    "nop_bandwidth_gbps": range(20, 980, 20),
}
# Designs from a seed; those at random are others in every round, for what was met before is quicker.
CASES = {
    "siam.yaml": lambda _: SPACE.designs_at(np.arange(SPACE.size)),
    "dense grid": lambda _: dense(np.arange(10**6)),
    "dense grid, shuffled": lambda seed: dense(np.random.default_rng(seed).permutation(10**6)),
    "full.yaml at random": lambda seed: FULL.designs_at(np.random.default_rng(seed).integers(0, FULL.size, 100_000)),
    "every legal value": lambda seed: random_designs(20_000, seed),
}
# In two processes, which are up when the time starts.
SHARED = ("full.yaml at random", "every legal value")


def dense(rows):
    axes = tuple(grid_axis(name, values) for name, values in DENSE.items())
    return replace(SPACE, axes=axes).designs_at(rows)


@pytest.fixture(scope="module")
def network():
    return sd.load_network("resnet50")


@pytest.mark.parametrize(("case", "jobs"), [*((case, 1) for case in CASES), *((case, 2) for case in SHARED)])
def test_speed(benchmark, network, case, jobs):
    seeds = itertools.count()

    def run(designs):
        evaluation = sd.evaluate(network, designs, jobs=jobs)
        return evaluation.columns(COLUMNS), evaluation.violations

    columns, violations = benchmark.pedantic(
        run, setup=lambda: ((CASES[case](next(seeds)),), {}), rounds=3, warmup_rounds=1
    )
    assert all(np.isfinite(values).all() for values in (*columns.values(), *violations.values()))
    n = len(columns["latency_ms"])
    rate = n / benchmark.stats.stats.median
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    benchmark.extra_info |= {"designs_per_s": round(rate), "memory_mb": round(memory_mb)}
    print(f"\n{case}, {jobs} process(es): {n:,} designs, {rate:,.0f} designs/s, {memory_mb:,.0f} MB")  # noqa: T201
