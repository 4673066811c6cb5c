"""Kill a sweep with SIGKILL at 50 random moments, resuming it each time, and check what is left. Run by hand:

python tests/benchmarks/kills.py [KILLS] [FOLDER]
"""

import random
import shutil
import sys
import tempfile
from pathlib import Path

import optuna

sys.path.insert(0, str(Path(__file__).parent.parent / "search"))
import stub_model
import test_search_kill
from conftest import SPACE

from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import space_of_text
from siam_dse.search import problem as problem_module
from siam_dse.search.quiet import quiet
from siam_dse.search.storage import open_storage
from siam_dse.search.sweep import resume, sweep
from siam_dse.workload.load import load_network


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    folder = Path(tempfile.mkdtemp(dir=sys.argv[2] if len(sys.argv) > 2 else None))
    rng = random.Random(1)
    space = space_of_text(
        SPACE.replace("cell_bits:", "nop_bandwidth_gbps: [10, 20, 40, 80, 160, 320]\n  cell_bits:"), "f"
    )
    problem_module.evaluate = stub_model.evaluate
    try:
        told, words = 0, []
        for kill in range(kills):
            told = test_search_kill.kill_in_the_middle(folder, space.text, rng.uniform(0.0, 0.6), *words)
            run = RunFolder.open("killed", folder)
            stored = test_search_kill.check_nothing_lost(run, told)
            words = ["killed"]
            sys.stdout.write(f"kill {kill + 1}: told {told}, stored {stored}\n")
            sys.stdout.flush()
        resume(run, trials=100)
        whole = sweep(load_network("vgg8"), space, trials=stored + 100, population=10, seed=6, sampler="nsga2",
                      results=folder, storage=str(folder / "whole.journal"))  # fmt: skip
        drop = ["seconds"]
        same = run.points(duplicates=True).drop(columns=drop).equals(whole.points(duplicates=True).drop(columns=drop))
        with quiet():
            study = optuna.load_study(study_name="killed", storage=open_storage(run.storage_url()))
        states = {trial.state.name for trial in study.trials}
        sys.stdout.write(
            f"after {kills} kills: {len(study.trials)} trials of {stored + 100}, states {states}, "
            f"equal to an unbroken run: {same}\n"
        )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
