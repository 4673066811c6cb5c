"""How much of the exact hypervolume each sampler finds, and how many different designs it needs. Run by hand:

    python tests/benchmarks/sampler_quality.py NETWORK [SAMPLERS] [SEEDS] [SPACE]

SAMPLERS is a comma-separated list, such as ours,nsga2. Every design of the space is evaluated once; samplers are then
answered from that table, so that what is timed and counted is the search. Counted are trials, as ``sweep --trials``
does, and different designs, which is fewer where a sampler proposes a design again. Fractions are of the exact
front's hypervolume, from the reference point that ``sweep --certify`` uses. The table is printed; the plot is written
to results/samplers_NETWORK.html.
"""

import sys
import time
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from siam_dse.report.style import SERIES_COLOURS, dress
from siam_dse.runs.spaces import load_space
from siam_dse.search.front import hypervolume, nondominated, reference_point
from siam_dse.search.problem import Problem, Scores
from siam_dse.search.session import _SMALL_BATCH
from siam_dse.search.study import MemoryStudy
from siam_dse.workload.load import load_network

MARKS = (100, 300, 500, 1000, 2000)  # trials shown in the table
PLOTTED = (50, 100, 150, 200, *range(300, 2001, 100))  # and in the plot
SLOW = {"tpe": 1000, "gp": 100}  # most trials of samplers that take seconds for more
POPULATION = 50
MOST = 2  # times the last mark: trials until as many different designs are sought
CHUNK = 8192


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def evaluate_all(problem):
    """Scores of every design of the space, by flat index."""
    parts = []
    for start in range(0, problem.space.size, CHUNK):
        flat = np.arange(start, min(start + CHUNK, problem.space.size))
        parts.append(problem.scores(problem.evaluate(problem.space.levels_at(flat))))
    return Scores(np.concatenate([p.objectives for p in parts]), np.concatenate([p.slack for p in parts]))


def search(problem, table, sampler, seed, fraction):
    """Fractions at the marks, by trials and by different designs: {(kind, mark): fraction}, and designs at the end."""
    study = MemoryStudy(problem, sampler, seed, POPULATION)
    batch = _SMALL_BATCH.get(sampler, POPULATION)
    last = SLOW.get(sampler, MARKS[-1])
    marks = [mark for mark in PLOTTED if mark <= last]
    order: list[int] = []
    while len(order) < MOST * last and (len(order) < last or len(set(order)) < last):
        if sampler in SLOW and len(order) >= last:
            break
        flat = np.ravel_multi_index(tuple(study.ask(batch).T), problem.space.radices)
        study.tell(table.take(flat))
        order += flat.tolist()
    flat = np.asarray(order)
    _, first = np.unique(flat, return_index=True)
    distinct = flat[np.sort(first)]
    found = {}
    for kind, designs in (("trials", flat), ("designs", distinct)):
        for mark in marks:
            if len(designs) >= mark:
                found[kind, mark] = fraction(designs[:mark])
    return found, len(np.unique(flat[:last]))


def draw(name, curves, path):
    """Median of the seeds and the worst seed of each sampler: {sampler: (seeds, marks)}."""
    figure = go.Figure()
    for colour, (sampler, shares) in zip(SERIES_COLOURS, curves.items(), strict=False):
        x = list(PLOTTED[: shares.shape[1]])
        for lines, quantile, words in (("solid", 0.5, sampler), ("dot", 0.0, f"{sampler}, worst seed")):
            figure.add_scatter(
                x=x, y=100 * np.quantile(shares, quantile, axis=0), mode="lines", name=words,
                line={"color": colour, "dash": lines, "width": 2.5 if quantile else 1.5},
            )  # fmt: skip
    note = "solid: median of the seeds, dotted: the worst seed; the reference point is that of --certify"
    dress(figure, f"{name}: share of the exact hypervolume over trials", 560, note)
    figure.update_xaxes(title="trials", rangemode="tozero")
    figure.update_yaxes(title="share of the exact hypervolume [%]", range=[70, 100.5])
    path.parent.mkdir(exist_ok=True)
    figure.write_html(path, include_plotlyjs=True)
    say(f"plot: {path}")


def main():
    name = sys.argv[1]
    samplers = (sys.argv[2] if len(sys.argv) > 2 else "ours,nsga2,nsga3,tpe,random,qmc").split(",")
    seeds = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    problem = Problem(load_network(name), load_space(sys.argv[4] if len(sys.argv) > 4 else "siam"))
    started = time.process_time()
    table = evaluate_all(problem)
    feasible = table.feasible
    front = table.objectives[feasible]
    front = front[nondominated(front)]
    reference = reference_point(front)
    exact = hypervolume(front, reference)
    say(
        f"{name} on {problem.space.name}: {len(feasible):,} designs, {feasible.sum():,} feasible, {len(front):,} on "
        f"the front ({time.process_time() - started:.1f} s CPU)"
    )

    def fraction(flat):
        designs = np.unique(flat)
        objectives = table.objectives[designs][feasible[designs]]
        return hypervolume(objectives, reference) / exact if len(objectives) else 0.0

    curves = {}
    for sampler in samplers:
        started = time.process_time()
        found = [search(problem, table, sampler, seed, fraction) for seed in range(seeds)]
        results, distinct = zip(*found, strict=True)
        spent = time.process_time() - started
        plotted = [mark for mark in PLOTTED if ("trials", mark) in results[0]]
        curves[sampler] = np.asarray([[result["trials", mark] for mark in plotted] for result in results])
        for kind in ("trials", "designs"):
            cells = []
            for mark in MARKS:
                values = [result[kind, mark] for result in results if (kind, mark) in result]
                if len(values) == seeds:
                    cells.append(f"{mark}: {100 * np.median(values):7.3f} ({100 * min(values):7.3f})")
            say(f"{name} {sampler:7s} {kind:8s} median (min) % of the exact hypervolume at  " + "  ".join(cells))
        say(
            f"{name} {sampler:7s} {np.median(distinct):.0f} different designs in "
            f"{SLOW.get(sampler, MARKS[-1])} trials; {spent:.0f} s CPU for {seeds} seeds"
        )
    draw(name, curves, Path("results") / f"samplers_{name}.html")


if __name__ == "__main__":
    main()
