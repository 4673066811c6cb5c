"""How much of a front each way to search finds in the same time. Run by hand:

    python tests/benchmarks/search_compare.py [NETWORK] [SPACE] [SECONDS] [SEEDS] [METHODS]

SPACE is a name or file as ``--space`` takes it, or ``mixed``: 691,200 designs of rows and columns, two kinds of cell of
which one holds a bit only, links, and limits that leave islands. Every method has SECONDS of processor time. What is
found is measured against the exact front where the space can be enumerated in minutes, else against the joint front of
all methods and seeds: volume on its scale, share of its points, worst gap. The table is printed; the plot of the volume
over time goes to results/search_NETWORK_SPACE.html. A method whose package is not installed has a line that says so (gp
needs torch; pymoo's NSGA-II and SMS-EMOA need pymoo).
"""

import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
from optuna.samplers import NSGAIISampler

from siam_dse.report.style import SERIES_COLOURS, dress
from siam_dse.runs.spaces import load_space, space_of_text
from siam_dse.search.archive import ArchiveSearch
from siam_dse.search.enumeration import exact_front
from siam_dse.search.front import nondominated
from siam_dse.search.problem import Problem
from siam_dse.search.quality import share_of_front, volume_share, worst_gap_pct
from siam_dse.search.samplers import SAMPLERS
from siam_dse.search.study import make_study
from siam_dse.workload.load import load_network

MIXED = """
name: mixed
axes:
  crossbar_rows: [32, 64, 128, 256]
  crossbar_cols: [64, 128, 256]
  cell: [rram_1t1r, sram]
  cell_bits: [1, 2, 4]
  adc_bits: [4, 5, 6, 7, 8]
  columns_per_adc: [4, 8, 16, 32]
  tiles_per_chiplet: [9, 16, 36, 64]
  n_chiplets: [4, 9, 25, 49, 100]
  nop_link: [grs, bow, ucie_standard, ucie_advanced]
  nop_bandwidth_gbps: [20, 80, 320]
  duplication: [none, serial]
fixed: {cell_sigma: 0.1}
objectives: {latency_ms: minimise, energy_mj: minimise, cost_usd: minimise, accuracy_loss_pct: minimise}
constraints: [fits, sram_cell_bits, accuracy_loss_pct <= 2, die_area_mm2 <= 200, area_mm2 <= 1500, tops_per_w >= 3]
"""
MARKS = (0.1, 0.25, 0.5, 1.0)  # of the time: shown in the table
MOST_ENUMERATED = 5_000_000  # designs
POPULATION = 50
RANDOM_BATCH = 2048


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Follower:
    """The front of a method over its processor time."""

    def __init__(self, problem, seconds):
        self.problem, self.seconds = problem, seconds
        self.front = np.zeros((0, len(problem.objective_names)))
        self.steps = []  # (seconds, designs, front)
        self.n, self.aside = 0, 0.0
        self.started = time.process_time()

    @property
    def spent(self):
        return time.process_time() - self.started - self.aside

    @property
    def is_over(self):
        return self.spent >= self.seconds

    def add(self, scores):
        began = time.process_time()
        self.n += len(scores.objectives)
        joined = np.concatenate([self.front, scores.objectives[scores.feasible]])
        self.front = joined[nondominated(joined)]
        self.aside += time.process_time() - began
        self.steps.append((self.spent, self.n, self.front))


def archive(problem, seed, follower):
    search = ArchiveSearch(problem, seed)
    while not follower.is_over and len((brood := search.brood()).levels):
        scores = problem.scores(problem.evaluate(brood.levels))
        search.take(brood, scores)
        follower.add(scores)


def random(problem, seed, follower):
    rng = np.random.default_rng(seed)
    radices = problem.space.radices
    while not follower.is_over:
        levels = rng.integers(0, radices, size=(RANDOM_BATCH, len(radices)))
        follower.add(problem.scores(problem.evaluate(levels)))


def by_optuna(name):
    def method(problem, seed, follower):
        is_object = name == "optuna nsga2"  # ``nsga2`` is the package's own
        sampler = NSGAIISampler(population_size=POPULATION, seed=seed) if is_object else name
        study = make_study(problem, sampler, seed, POPULATION)
        batch = POPULATION if is_object else SAMPLERS[name].batch or POPULATION
        while not follower.is_over:
            scores = problem.scores(problem.evaluate(study.ask(batch)))
            study.tell(scores)
            follower.add(scores)

    return method


def by_pymoo(name):
    def method(problem, seed, follower):
        from pymoo.algorithms.moo.nsga2 import NSGA2
        from pymoo.algorithms.moo.sms import SMSEMOA
        from pymoo.core.problem import Problem as PymooProblem
        from pymoo.operators.crossover.sbx import SBX
        from pymoo.operators.mutation.pm import PM
        from pymoo.operators.repair.rounding import RoundingRepair
        from pymoo.operators.sampling.rnd import IntegerRandomSampling
        from pymoo.optimize import minimize
        from pymoo.termination import get_termination

        class Over(Exception):
            pass

        class Wrapped(PymooProblem):
            def __init__(self):
                upper = np.asarray(problem.space.radices) - 1
                super().__init__(n_var=len(upper), n_obj=len(problem.objective_names),
                                 n_ieq_constr=len(problem.constraint_names), xl=0, xu=upper, vtype=int)  # fmt: skip

            def _evaluate(self, x, out, *args, **kwargs):
                if follower.is_over:
                    raise Over
                scores = problem.scores(problem.evaluate(x.astype(np.int64)))
                follower.add(scores)
                out["F"], out["G"] = scores.objectives, scores.slack

        options = {"pop_size": 200, "sampling": IntegerRandomSampling(), "eliminate_duplicates": True,
                   "crossover": SBX(repair=RoundingRepair()), "mutation": PM(repair=RoundingRepair())}  # fmt: skip
        algorithm = {"pymoo nsga2": NSGA2, "pymoo sms": SMSEMOA}[name](**options)
        with suppress(Over):
            minimize(Wrapped(), algorithm, get_termination("n_gen", 10**9), seed=seed)

    return method


METHODS = {
    "archive": archive,
    "random": random,
    **{name: by_optuna(name) for name in ("nsga2", "optuna nsga2", "tpe", "gp")},
    **{name: by_pymoo(name) for name in ("pymoo nsga2", "pymoo sms")},
}
NEEDS = {"gp": "torch", "pymoo nsga2": "pymoo", "pymoo sms": "pymoo"}  # package of a method


def at(steps, seconds):
    """The front after some seconds."""
    done = [front for spent, _, front in steps if spent <= seconds]
    return done[-1] if done else steps[0][2][:0]


def draw(title, curves, seconds, path):
    """Median of the seeds over time, the worst seed dotted: {method: (seeds, marks)}."""
    figure = go.Figure()
    for colour, (method, (times, shares)) in zip(SERIES_COLOURS, curves.items(), strict=False):
        for dash, quantile, words in (("solid", 0.5, method), ("dot", 0.0, f"{method}, worst seed")):
            figure.add_scatter(
                x=times, y=100 * np.quantile(shares, quantile, axis=0), mode="lines", name=words,
                line={"color": colour, "dash": dash, "width": 2.5 if quantile else 1.5},
            )  # fmt: skip
    dress(figure, title, 560, "solid: median of the seeds, dotted: the worst seed; one process")
    figure.update_xaxes(title="processor time [s]", range=[0, seconds])
    figure.update_yaxes(title="share of the best front's volume [%]", rangemode="tozero")
    path.parent.mkdir(exist_ok=True)
    figure.write_html(path, include_plotlyjs=True)
    say(f"plot: {path}")


def main():
    words = [*sys.argv[1:], *("resnet50", "full", "30", "3", ",".join(METHODS))[len(sys.argv) - 1 :]]
    network, name, seconds, seeds, methods = words[0], words[1], float(words[2]), int(words[3]), words[4].split(",")
    space = space_of_text(MIXED, "mixed") if name == "mixed" else load_space(name)
    problem = Problem(load_network(network), space)
    problem.scores(problem.evaluate(np.zeros((1, len(space.radices)), dtype=np.int64)))  # reads tables
    found = {}
    for method in methods:
        if method in NEEDS and not find_spec(NEEDS[method]):
            say(f"{method}: left out; it needs {NEEDS[method]}, which is not installed")
    methods = [method for method in methods if find_spec(NEEDS.get(method, "numpy"))]
    for method in methods:
        for seed in range(seeds):
            follower = Follower(problem, seconds)
            METHODS[method](problem, seed, follower)
            found[method, seed] = follower.steps
            say(f"{method}, seed {seed}: {follower.n:,} designs, front {len(follower.front):,}")
    if space.size <= MOST_ENUMERATED:
        best, what = exact_front(problem).objectives, "exact front"
    else:
        every = np.concatenate([steps[-1][2] for steps in found.values()])
        best, what = every[nondominated(every)], "joint front of all methods and seeds"
    say(f"{network} on {space.name}, {space.size:,} designs: against the {len(best):,} designs of the {what}")
    times = np.linspace(0, seconds, 21)[1:]
    curves = {}
    for method in methods:
        runs = [found[method, seed] for seed in range(seeds)]
        shares = np.asarray([[volume_share(at(steps, t), best) for t in times] for steps in runs])
        curves[method] = times, shares
        marks = [100 * shares[:, int(mark * len(times)) - 1] for mark in MARKS]
        cells = "  ".join(
            f"{mark * seconds:.3g} s: {np.median(s):6.2f} ({s.min():6.2f})"
            for mark, s in zip(MARKS, marks, strict=True)
        )
        last = [steps[-1][2] for steps in runs]
        gaps = [worst_gap_pct(front, best) for front in last]
        points = [100 * share_of_front(front, best) for front in last]
        say(
            f"{method:12s} % of its volume, median (worst): {cells};  of its points {np.median(points):.1f} "
            f"({min(points):.1f}) %;  worst gap {np.median(gaps):.3g} ({max(gaps):.3g}) %"
        )
    draw(f"{network} on {space.name}", curves, seconds, Path("results") / f"search_{network}_{space.name}.html")


if __name__ == "__main__":
    main()
