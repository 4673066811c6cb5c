"""How much faster a sweep is than study.optimize on the same kind of storage. Run by hand:

    python tests/benchmarks/sweep_speed.py [FOLDER]

The evaluation is a stand-in of a millisecond a generation, so that storage and search are what is timed. Optuna's cost
a trial grows with the study: it is measured on top of studies of several sizes, and the mean over 10,000 trials
interpolated. CPU time is that of all processes, wall time what the user waits.
"""

import resource
import shutil
import sys
import tempfile
import time
import warnings
from pathlib import Path

import optuna

sys.path.insert(0, str(Path(__file__).parent.parent / "search"))
import stub_model

from siam_dse.runs.spaces import space_of_text
from siam_dse.search import problem as problem_module
from siam_dse.search.sweep import sweep
from siam_dse.workload.load import load_network

problem_module.evaluate = stub_model.evaluate
SIZES = (0, 2500, 5000)
EACH = 60
TRIALS = 10_000
SPACE = """
name: speed
axes:
  crossbar_size: [64, 96, 128, 192, 256, 384, 512]
  adc_bits: [3, 4, 5, 6, 7, 8, 9]
  tiles_per_chiplet: [9, 16, 25, 36, 64, 100, 144]
  n_chiplets: [1, 4, 9, 16, 25, 36, 49, 64, 100]
  cell_bits: [1, 2, 3, 4]
objectives: {tiles: minimise, chiplets: minimise, utilisation: maximise, tops_per_w: maximise}
constraints: [fits, tiles <= 400]
"""


def clock():
    """Wall time, CPU time of this process and its children [s]."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.time(), own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def per_trial(before, n):
    after = clock()
    return [(b - a) / n * 1e3 for a, b in zip(before, after, strict=True)]


def optimize(folder):
    """Cost of study.optimize [ms a trial] with NSGA-II on SQLite: (size, wall, CPU)."""
    names = {"a": 7, "b": 7, "c": 7, "d": 9, "e": 4}

    def objective(trial):
        x = [trial.suggest_int(name, 0, n - 1) for name, n in names.items()]
        for name in ("fits", "tiles <= 120", "rules"):
            trial.set_constraint(name, -1.0)
        return x[0] * x[1], x[3], -x[2] * x[4], x[0] - x[2]

    directions = ["minimize"] * 4
    memory = optuna.create_study(directions=directions, sampler=optuna.samplers.NSGAIISampler(seed=1))
    memory.optimize(objective, n_trials=max(SIZES) or 1)
    sampler = optuna.samplers.NSGAIISampler(seed=2)
    study = optuna.create_study(storage=f"sqlite:///{folder}/optuna.db", directions=directions, sampler=sampler)
    rows, filled = [], 0
    for size in SIZES:
        study.add_trials(memory.trials[filled:size])
        filled = size
        study.optimize(objective, n_trials=3)
        before = clock()
        study.optimize(objective, n_trials=EACH)
        rows.append((size, *per_trial(before, EACH)))
        say("study.optimize at {:5d} trials: wall {:6.2f} ms, CPU {:6.2f} ms a trial".format(*rows[-1]))
    return rows


def main():
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder = tempfile.mkdtemp(dir=sys.argv[1] if len(sys.argv) > 1 else None)
    network, space = load_network("vgg8"), space_of_text(SPACE, "speed")
    try:
        rows = optimize(folder)
        mean = [rows[0][k] + (rows[-1][k] - rows[0][k]) / (rows[-1][0] - rows[0][0]) * TRIALS / 2 for k in (1, 2)]
        say(f"study.optimize over {TRIALS} trials: wall {mean[0]:.1f} ms, CPU {mean[1]:.1f} ms a trial")
        for sampler, storage in (("nsga2", None), ("archive", None), ("nsga2", f"{folder}/s.journal")):
            before = clock()
            budget = {"evaluations": 10 * TRIALS, "keep": TRIALS // 2} if sampler == "archive" else {}
            sweep(network, space, trials=TRIALS, sampler=sampler, storage=storage, results=folder, **budget)
            wall, cpu = per_trial(before, TRIALS)
            say(
                f"sweep {sampler} on {'a journal file' if storage else 'SQLite'}, {TRIALS} trials: wall {wall:.2f} ms "
                f"({mean[0] / wall:.1f} times faster), CPU {cpu:.2f} ms a trial ({mean[1] / cpu:.1f} times less)"
            )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
