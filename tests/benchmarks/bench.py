"""What takes how much CPU, as a ratio to a fixed workload of NumPy's measured beside: comparable between machines.

    python tests/benchmarks/bench.py           beside the ratios in baseline.json
    python tests/benchmarks/bench.py --save    put today's there

A ratio is the median of five, each with the reference measured right before it; on a busy machine they vary by a
fifth. ResNet-50 throughout. CPU time is that of the process, or of the command.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import siam_dse as sd
from siam_dse.runs.spaces import load_space
from siam_dse.search.problem import Problem
from siam_dse.search.sweep import sweep

BASELINE = Path(__file__).parent / "baseline.json"
REPEATS = 5
TELLING = 1.25  # a ratio that has moved by more is marked
NETWORK = sd.load_network("resnet50")
SIAM, FULL = (Problem(NETWORK, load_space(name)) for name in ("siam", "full"))
RNG = np.random.default_rng(0)


def reference():
    """A triad of memory, and the mix of sorting, counting and gathering that a batch of designs is made of."""
    a, b, c = np.zeros(2_000_000), np.ones(2_000_000), np.ones(2_000_000)
    np.multiply(c, 3.0, out=a)
    a += b
    keys = (np.arange(500_000) * 2654435761) % 1_000_003
    values, inverse = np.unique(keys, return_inverse=True)
    np.bincount(inverse, a[: len(inverse)], minlength=len(values))
    np.sqrt(values[inverse % 1000]).cumsum()


def random_scores(n):
    levels = RNG.integers(0, FULL.space.radices, (n, len(FULL.space.radices)))
    FULL.scores(FULL.evaluate(levels))


def grid():
    SIAM.scores(SIAM.evaluate(SIAM.space.levels_at(np.arange(SIAM.space.size))))


def trials():
    with tempfile.TemporaryDirectory() as folder:
        sweep(NETWORK, SIAM.space, 300, "nsga2", results=folder)


def fluid():
    designs = sd.Designs.grid(crossbar_size=256, tiles_per_chiplet=36)
    sd.evaluate(NETWORK, designs, noc_model="fluid").column("latency_ms")


def command(*words):
    subprocess.run([sys.executable, "-m", "siam_dse", *words], check=True, capture_output=True)


CASES = {
    "one design of full": lambda: random_scores(1),
    "4,096 random designs of full": lambda: random_scores(4096),
    "21,609 designs of siam": grid,
    "300 stored trials of nsga2": trials,
    "a design, fluid level": fluid,
    "siam-dse --help": lambda: command("--help"),
    "siam-dse networks": lambda: command("networks"),
    "siam-dse evaluate resnet50": lambda: command("evaluate", "resnet50"),
}


def cpu_s(work):
    """CPU time of this process and its children."""
    before = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    work()
    after = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime for a, b in zip(before, after, strict=True))


def main():
    before = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    found = {}
    random_scores(4096)  # the first large batch takes the process' memory, which the reference then finds too
    print(f"{'':32}{'CPU ms':>9}{'ratio':>9}{'baseline':>10}")  # noqa: T201
    for name, work in CASES.items():
        work()
        pairs = [(cpu_s(reference), cpu_s(work)) for _ in range(REPEATS)]
        found[name] = round(statistics.median(each / ref for ref, each in pairs), 3)
        took = statistics.median(each for _, each in pairs) * 1e3
        earlier = before.get(name, float("nan"))
        mark = "  moved" if max(found[name] / earlier, earlier / found[name]) > TELLING else ""
        print(f"{name:32}{took:9.1f}{found[name]:9.3f}{earlier:10.3f}{mark}", flush=True)  # noqa: T201
    if "--save" in sys.argv:
        BASELINE.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
