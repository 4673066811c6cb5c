"""Kill a sweep with SIGKILL at 50 random moments, resuming it each time, and check what is left. Run by hand:

python tests/benchmarks/kills.py [KILLS] [SAMPLER] [FOLDER]

SAMPLER: nsga2 (every trial stored in the run's own study), random or another of Optuna's, archive (checkpoints), or
enumeration; nsga2@sqlite:////a/b.db is stored there.
"""

import random
import shutil
import sys
import tempfile
from pathlib import Path

import optuna

sys.path.insert(0, str(Path(__file__).parent.parent / "search"))
import stub_model
import test_search_archive
import test_search_kill
from conftest import SPACE

from siam_dse.runs.checkpoint import read_checkpoint
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import space_of_text
from siam_dse.search import archive, enumeration
from siam_dse.search import problem as problem_module
from siam_dse.search.quiet import quiet
from siam_dse.search.storage import open_storage
from siam_dse.search.sweep import resume, sweep
from siam_dse.workload.load import load_network


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def killed(folder, space, kills, sampler, stored_of):
    """The run after so many kills, and what it has stored; nothing that was told may be missing."""
    rng, words, stored = random.Random(1), [], 0
    for kill in range(kills):
        told = test_search_kill.kill_in_the_middle(folder, space.text, rng.uniform(0.0, 0.6), *words, sampler=sampler)
        run, words = RunFolder.open("killed", folder), ["killed"]
        stored = stored_of(run, told)
        say(f"kill {kill + 1}: told {told}, stored {stored}")
    return run, stored


def trials_stored(folder, space, kills, sampler):
    """A sweep by a sampler."""
    run, stored = killed(folder, space, kills, sampler, test_search_kill.check_nothing_lost)
    resume(run, trials=100)
    whole = sweep(load_network("vgg8"), space, trials=stored + 100, population=10, seed=6,
                  sampler=sampler.partition("@")[0], results=folder, storage=str(folder / "whole.journal"))  # fmt: skip
    drop = ["seconds"]
    same = run.points(duplicates=True).drop(columns=drop).equals(whole.points(duplicates=True).drop(columns=drop))
    same &= run.front().equals(whole.front())
    with quiet():
        study = optuna.load_study(study_name="killed", storage=open_storage(run.storage_url()))
    states = {trial.state.name for trial in study.trials}
    say(f"{len(study.trials)} trials of {stored + 100}, states {states}, equal to an unbroken run: {same}")


def checkpoints(folder, space, kills):
    """An archive search."""

    def stored_of(run, told):
        stored = int(read_checkpoint(run.files)["counts"][0])
        assert stored >= told, (stored, told)
        return stored

    archive.GENERATION, archive.CLIMBERS, archive.ArchiveSearch.is_settled = 200, 20, False
    run, stored = killed(folder, space, kills, "archive", stored_of)
    run.update({"budget": {"time_s": None, "evaluations": stored + 350, "trials": 50}})
    resume(run, jobs=1)  # workers would not have the stub
    whole = sweep(load_network("vgg8"), space, evaluations=stored + 350, trials=50, seed=6, sampler="archive", jobs=1,
                  name="whole", results=folder)  # fmt: skip
    test_search_archive.check_same(run, whole)
    say(f"{stored + 350} designs, equal to an unbroken run")


def enumerations(folder, space, kills):
    """Enumerations, each killed until it is complete; what is complete is begun anew until there were enough kills."""
    rng, done, runs = random.Random(1), 0, 0
    whole = enumeration.enumerate_space(load_network("vgg8"), space, keep="all", name="whole", results=folder)
    while done < kills:
        runs, words = runs + 1, []
        while not words or RunFolder.open("killed", folder).status != "complete":
            delay_s = rng.uniform(0.0, 0.2)
            test_search_kill.kill_in_the_middle(folder, space.text, delay_s, *words, sampler="enumeration")
            done, words = done + 1, ["killed"]
            run = RunFolder.open("killed", folder)
            say(f"kill {done}: {run.status}, {len(run.points()) if run.store.has_rows() else 0} designs kept")
        same = run.points().equals(whole.points())
        same &= (run.path / "pareto.csv").read_bytes() == (whole.path / "pareto.csv").read_bytes()
        say(f"enumeration {runs} after {done} kills in all, equal to an unbroken one: {same}")
        shutil.rmtree(run.path)


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    sampler = sys.argv[2] if len(sys.argv) > 2 else "nsga2"
    folder = Path(tempfile.mkdtemp(dir=sys.argv[3] if len(sys.argv) > 3 else None))
    problem_module.evaluate = stub_model.evaluate
    wider = SPACE.replace("cell_bits:", "nop_bandwidth_gbps: [10, 20, 40, 80, 160, 320]\n  cell_bits:")
    try:
        if sampler == "archive":
            checkpoints(folder, space_of_text(test_search_archive.SPACE, "f"), kills)
        elif sampler == "enumeration":
            enumerations(folder, space_of_text(SPACE, "f"), kills)
        else:
            trials_stored(folder, space_of_text(wider, "f"), kills, sampler)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
