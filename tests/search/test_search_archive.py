"""The archive search: never a design twice, all islands, the exact front; broken off and resumed as if it were not."""

import os
import signal

import numpy as np
import optuna
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from siam_dse.core.errors import InputError, RunError
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import space_of_text
from siam_dse.search import archive as archive_module
from siam_dse.search.archive import ArchiveSearch
from siam_dse.search.archive_session import ArchiveSession
from siam_dse.search.enumeration import exact_front
from siam_dse.search.front import nondominated
from siam_dse.search.moves import Keys, Moves, crossed
from siam_dse.search.problem import Problem, Scores
from siam_dse.search.quality import share_of_front
from siam_dse.search.quiet import quiet
from siam_dse.search.storage import open_storage
from siam_dse.search.sweep import resume, sweep
from siam_dse.workload.load import load_network

RADICES = (7, 6, 5, 8, 4, 6, 9, 5)  # 1.8e6 designs
AXES = """
  crossbar_rows: [32, 64, 96, 128, 192, 256, 384]
  adc_bits: [3, 4, 5, 6, 7, 8]
  columns_per_adc: [2, 4, 8, 16, 32]
  tiles_per_chiplet: [1, 4, 9, 16, 25, 36, 49, 64]
  nop_link: [grs, aib, bow, ucie_standard]
  noc_width_bits: [8, 16, 32, 64, 128, 256]
  n_chiplets: [1, 2, 4, 9, 16, 25, 36, 64, 100]
  weight_bits: [4, 5, 6, 7, 8]
"""
SPACE = f"name: middle\naxes:{AXES}objectives: {{tiles: minimise, chiplets: minimise}}\nconstraints: [fits]\n"


class Islands:
    """A problem whose feasible designs, 0.03 % of 1.8 million, lie in boxes round some centres, at least 8 steps apart.

    Each island has a part of the front: along it one objective is traded for the other, and islands with a better one
    of them are worse in the other.
    """

    CENTRES = np.asarray([[1, 1, 1, 1, 0, 1, 1, 1], [5, 4, 3, 1, 1, 4, 7, 1], [1, 4, 1, 6, 2, 4, 1, 3],
                          [5, 1, 3, 6, 3, 1, 7, 3]])  # fmt: skip
    WIDTH = np.asarray([1, 1, 1, 0, 0, 1, 0, 1])

    def __init__(self, space):
        self.space = space
        self.objective_names = ("a", "b")
        self.constraint_names = ("near", "even")
        self.bounds_on_objectives = ()
        self.evaluated = []

    def evaluate(self, levels):
        self.evaluated.append(levels)
        return levels

    def scores(self, levels):
        away = np.maximum(np.abs(levels[:, None] - self.CENTRES) - self.WIDTH, 0)
        away[..., 4] = np.abs(levels[:, None, 4] != self.CENTRES[:, 4])  # an axis without order
        distance = away.sum(axis=2)
        island = distance.argmin(axis=1)
        level = levels.sum(axis=1)
        a = 10.0 ** (island + (level % 7) / 10)
        b = 10.0 ** (4 - island - (level % 7) / 10 + (levels[:, 0] % 3) / 50)
        odd = (levels[:, 1] + levels[:, 2]) % 3 == 2
        return Scores(np.stack([a, b], axis=1), np.stack([distance.min(axis=1), odd * 1.0], axis=1))


def search_islands(seed, generations):
    problem = Islands(space_of_text(SPACE, "f"))
    search = ArchiveSearch(problem, seed)
    for _ in range(generations):
        brood = search.brood()
        search.take(brood, problem.scores(problem.evaluate(brood.levels)))
    return problem, search


# --- moves ------------------------------------------------------------------------------------------------------------


def test_steps_and_pairs_by_hand():
    """An ordered axis of 3 levels and an unordered one of 3, from (2, 1): one or two back, or the other two values."""
    moves = Moves((3, 3), (True, False))
    steps, rows = moves.steps(np.asarray([[2, 1], [1, 0]]))
    assert {tuple(row) for row in steps[rows == 0]} == {(1, 1), (0, 1), (2, 0), (2, 2)}
    assert {tuple(row) for row in steps[rows == 1]} == {(0, 0), (2, 0), (1, 1), (1, 2)}
    pairs, _ = moves.pairs(np.asarray([[2, 1]]))
    assert {tuple(row) for row in pairs} == {(1, 0), (1, 2), (0, 0), (0, 2)}
    assert len(Moves((1, 1), (True, False))) == 0


def test_walks_and_scatterings_stay_in_the_space():
    rng = np.random.default_rng(0)
    radices = np.asarray([3, 1, 40, 5])
    moves = Moves(radices, (True, True, True, False))
    start = moves.anywhere(500, rng)
    walked, rows = moves.walks(start, rng.integers(1, 4, 500), rng)
    assert ((walked != start[rows]).sum(axis=1) <= 3).all()
    for levels in (walked, moves.scattered(start, rng)):
        assert ((levels >= 0) & (levels < radices)).all()
    assert set(np.abs(walked[:, 2] - start[rows, 2])) >= {1, 2, 4, 8, 16, 32}  # long axes have long steps


def test_children_of_a_crossing_have_each_pair_of_parents():
    first, second = np.asarray([[0, 0, 0], [1, 1, 1]]), np.asarray([[7, 8, 9]])
    assert_array_equal(crossed(first, second, np.asarray([True, False, True])), [[0, 8, 0], [1, 8, 1]])


@pytest.mark.parametrize("radices", [(3, 5, 2), (1001,) * 8])
def test_different_designs_have_different_keys(radices):
    levels = np.unique(np.random.default_rng(1).integers(0, radices, (20_000, len(radices))), axis=0)
    assert len(np.unique(Keys(radices).of(levels))) == len(levels)


# --- the search -------------------------------------------------------------------------------------------------------


def test_neighbours_of_the_member_that_moved_the_front_furthest_come_first():
    _, search = search_islands(0, 6)

    def unseen_around(member):
        around, _ = search.moves.steps(search.levels[member][None])
        return around[~np.isin(search.keys.of(around), search.seen)]

    waiting = np.flatnonzero(search.expanded == 0)
    leader = next(member for member in waiting[len(waiting) // 2 :] if len(unseen_around(member)))
    search.gains[:] = 0
    search.gains[leader] = 1
    new = unseen_around(leader)
    assert np.isin(search.keys.of(new), search.keys.of(search.brood().levels)).all()
    assert search.expanded[leader] >= 1


@pytest.mark.slow
def test_all_islands_are_found_and_no_design_is_evaluated_twice():
    """Many seeds: tests/benchmarks/search_compare.py."""
    problem, search = search_islands(1, 30)
    levels = np.concatenate(problem.evaluated)
    assert len(np.unique(levels, axis=0)) == len(levels) == search.evaluated
    every = problem.space.levels_at(np.arange(problem.space.size))
    scores = problem.scores(every)
    feasible = scores.objectives[scores.feasible]
    assert 1e-4 < scores.feasible.mean() < 1e-3
    exact = feasible[nondominated(feasible)]
    assert share_of_front(search.objectives, exact) == 1
    assert len(np.unique(np.log10(search.objectives[:, 0]) // 1)) == len(problem.CENTRES)


def test_a_search_depends_on_its_seed_alone_and_goes_on_from_its_state():
    _, whole = search_islands(5, 6)
    problem, part = search_islands(5, 3)
    state = part.state()
    part.brood()  # what was bred and not evaluated leaves no trace
    again = ArchiveSearch(problem, 5)
    again.restore(state)
    for _ in range(3):
        brood = again.brood()
        again.take(brood, problem.scores(brood.levels))
    for name, values in whole.state().items():
        assert_array_equal(again.state()[name], values, err_msg=name)
    assert not np.array_equal(search_islands(6, 6)[1].seen, whole.seen)


def test_generations_grow_with_what_is_known(monkeypatch):
    monkeypatch.setattr(archive_module, "GENERATION", 128)
    problem = Islands(space_of_text(SPACE, "f"))
    search, sizes = ArchiveSearch(problem, 0), []
    while search.evaluated < 15_000:
        brood = search.brood()
        assert len(brood.levels) <= max(128, 0.08 * search.evaluated) + archive_module.CLIMBERS
        sizes.append(len(brood.levels))
        search.take(brood, problem.scores(brood.levels))
    assert sizes[0] == 128
    assert 7 * 128 <= max(sizes) < 8 * 128 + archive_module.CLIMBERS  # of a brood what is new


def test_a_front_that_stands_still_is_settled(monkeypatch):
    monkeypatch.setattr(archive_module, "GENERATION", 512)
    space = space_of_text("name: t\naxes: {cell_bits: [1, 2], adc_bits: [4, 5]}\nobjectives: {tiles: minimise}", "f")

    class Line(Islands):
        def scores(self, levels):
            return Scores(levels.sum(axis=1, keepdims=True) * np.ones((1, 2)), np.zeros((len(levels), 2)))

    problem = Line(space)
    search = ArchiveSearch(problem, 0)
    while len((brood := search.brood()).levels):
        search.take(brood, problem.scores(brood.levels))
    assert search.evaluated == 4
    assert_array_equal(search.levels, [[0, 0]])


def test_an_infeasible_search_says_what_binds():
    class Never(Islands):
        def scores(self, levels):
            found = super().scores(levels)
            return Scores(found.objectives, np.stack([found.slack[:, 0], 1.0 + levels[:, 0]], axis=1))

    problem = Never(space_of_text(SPACE, "f"))
    search = ArchiveSearch(problem, 0)
    for _ in range(12):
        brood = search.brood()
        search.take(brood, problem.scores(brood.levels))
    binding = search.binding()
    assert binding["broken"]["even"] == 1
    assert binding["nearest"] == {"even": 1.0}  # an island at row 0 of the first axis
    assert 0 < binding["broken_alone"]["even"] < 1


# --- the run ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def middle():
    return space_of_text(SPACE, "middle.yaml")


@pytest.fixture
def small_generations(stub, monkeypatch):
    monkeypatch.setattr(archive_module, "GENERATION", 300)


def stored_study(run):
    with quiet():
        return optuna.load_study(study_name=run.name, storage=open_storage(run.storage_url()))


def check_same(one, other):
    """Two runs found, and store, the same."""
    assert_frame_equal(one.points(), other.points())
    assert_frame_equal(one.front(), other.front())
    history = [run.history().drop(columns="seconds") for run in (one, other)]
    assert_frame_equal(*history)
    for key in ("hypervolume", "reference_point", "random", "binding", "counts"):
        assert one.info[key] == other.info[key], key
    ours, theirs = ([(t.number, t.params, t.values, t.user_attrs) for t in stored_study(run).trials]
                    for run in (one, other))  # fmt: skip
    assert ours == theirs


@pytest.mark.usefixtures("small_generations")
def test_a_run_broken_off_anywhere_equals_an_unbroken_one(tmp_path, network, middle):
    options = {"sampler": "archive", "seed": 3, "results": tmp_path, "trials": 60}
    whole = sweep(network, middle, evaluations=2000, name="whole", **options)
    part = sweep(network, middle, evaluations=130, name="part", **options)
    assert part.info["counts"]["evaluated"] == 130
    for more in (70, 100, 650, 1050):
        resume(part, evaluations=more)
    assert part.info["counts"]["evaluated"] == 2000
    check_same(part, whole)


@pytest.mark.usefixtures("small_generations")
def test_ids_stay_the_same_when_a_run_goes_on(tmp_path, network, middle):
    """A design's id is the number of designs that were evaluated before it."""
    run = sweep(network, middle, evaluations=700, sampler="archive", trials=60, results=tmp_path)
    fields = list(middle.axis_names)
    before, front = run.points().set_index("trial"), run.front()
    assert set(front["trial"]) <= set(before.index)
    assert before.index.is_unique
    assert before.index.max() < 700
    resume(run, evaluations=1300)
    after = run.points().set_index("trial")
    both = before.index.intersection(after.index)
    assert len(both) > 20
    assert_frame_equal(before.loc[both, fields], after.loc[both, fields])
    of_design = {tuple(row): number for number, row in zip(after.index, after[fields].to_numpy(), strict=True)}
    same = [tuple(row) for row in front[fields].to_numpy() if tuple(row) in of_design]
    assert same
    ids = dict(zip(map(tuple, front[fields].to_numpy()), front["trial"], strict=True))
    assert all(of_design[row] == ids[row] for row in same)


@pytest.mark.usefixtures("small_generations")
def test_the_study_holds_front_and_sample_with_all_columns(tmp_path, network, middle):
    run = sweep(network, middle, evaluations=1500, sampler="archive", keep=5, trials=40, results=tmp_path)
    study, points = stored_study(run), run.points()
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 40
    points = points.set_index("trial").loc[[trial.user_attrs["design"] for trial in study.trials]].reset_index()
    front = run.front()
    n_front = run.info["counts"]["stored_front"]
    assert run.info["counts"]["front"] == len(front) >= n_front
    for trial, row in zip(study.trials, points.to_dict("records"), strict=False):
        assert trial.params == {name: row[name] for name in middle.axis_names}
        assert trial.user_attrs["found"] == ("front" if trial.number < n_front else "random sample")
        assert trial.user_attrs["utilisation"] == row["utilisation"]
        assert trial.values == [row["tiles"], row["chiplets"]]
    distributions = study.trials[0].distributions
    kinds = {name: type(distributions[name]).__name__ for name in middle.axis_names}
    assert kinds.pop("nop_link") == "CategoricalDistribution"
    assert set(kinds.values()) == {"IntDistribution"}  # so that a dashboard sorts them as numbers
    more = resume(run, trials=30)
    assert len(stored_study(more).trials) == 70
    assert more.info["counts"]["evaluated"] == 1500


@pytest.mark.usefixtures("small_generations")
def test_an_interrupt_keeps_what_is_found(tmp_path, network, middle):
    def interrupt(progress):
        if progress.done >= 900:
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        sweep(network, middle, evaluations=2000, sampler="archive", name="part", results=tmp_path, progress=interrupt)
    signal.signal(signal.SIGINT, before)
    part = RunFolder.open("part", tmp_path)
    assert part.status == "interrupted"
    assert 900 <= part.info["counts"]["evaluated"] < 2000
    assert len(part.front())
    resume(part)  # what is missing of the 2,000
    check_same(part, sweep(network, middle, evaluations=2000, sampler="archive", name="whole", results=tmp_path))
    with pytest.raises(InputError, match="is complete; say how much more with --time or --evaluations"):
        resume(part)


@pytest.mark.usefixtures("small_generations")
def test_a_damaged_or_missing_checkpoint_is_refused(tmp_path, network, middle):
    run = sweep(network, middle, evaluations=700, sampler="archive", results=tmp_path)
    path = run.path / "checkpoint.npz"
    whole, info = path.read_bytes(), run.info
    path.write_bytes(whole[:-100] + b"?" * 100)
    with pytest.raises(RunError, match=r"npz: is damaged: .* Lost is where the search stands.*; restore it"):
        resume(run, evaluations=100)
    path.unlink()
    with pytest.raises(RunError, match=r"npz: is missing\. Lost is where the search stands"):
        resume(run, evaluations=100)
    assert run.info == info
    path.write_bytes(whole)
    resume(run, evaluations=100)


@pytest.mark.usefixtures("stub")
def test_auto_enumerates_what_the_budget_allows(tmp_path, network, space, middle):
    exact = sweep(network, space, results=tmp_path, name="a", trials=50)
    assert exact.kind == "enumerate"
    assert {row.tobytes() for row in exact.front()[["tiles", "chiplets"]].to_numpy()} == {
        row.tobytes() for row in exact_front(Problem(network, space)).objectives[:, :2]
    }
    assert len(stored_study(exact).trials) == 50
    few = sweep(network, space, results=tmp_path, name="b", evaluations=500)
    assert (few.kind, few.info["sampler"]) == ("sweep", "archive")
    assert few.info["counts"]["evaluated"] == 500
    enough = sweep(network, space, results=tmp_path, name="c", evaluations=2000)
    assert enough.kind == "enumerate"


@pytest.mark.usefixtures("stub")
def test_time_ends_a_search(tmp_path, network, middle):
    run = sweep(network, middle, sampler="archive", time_s=1e-3, results=tmp_path)
    assert run.info["ended"] == "0.001 s are over"
    evaluated = run.info["counts"]["evaluated"]
    assert 0 < evaluated <= archive_module.GENERATION  # one generation at least
    seconds = run.info["timing"]["seconds"]
    resume(run, time_s=1e-3)
    assert run.info["counts"]["evaluated"] > evaluated
    assert run.info["timing"]["seconds"] > seconds


@pytest.mark.usefixtures("stub")
def test_a_storage_that_cannot_be_used_is_refused_at_once(tmp_path, network, middle):
    with pytest.raises(RunError, match="nothing://x/d: cannot be used as an Optuna storage"):
        sweep(network, middle, sampler="archive", storage="mysql+nothing://x/d", name="a", results=tmp_path)
    assert list(tmp_path.iterdir()) == []
    url = f"sqlite:///{tmp_path}/elsewhere.db"
    run = sweep(network, middle, sampler="archive", time_s=1e-3, storage=url, trials=20, results=tmp_path)
    resume(run, time_s=1e-3)
    assert not run.study_path.exists()
    assert len(stored_study(run).trials) == 20


def test_a_brood_is_the_same_after_a_session_that_was_killed_within_one(tmp_path, network, middle, stub, monkeypatch):
    """What a checkpoint does not have yet is found again."""
    monkeypatch.setattr(archive_module, "GENERATION", 300)
    monkeypatch.setattr("siam_dse.search.archive_session._CHECKPOINT_S", 0.0)
    original, calls = ArchiveSession._measure, []

    def dies(self, *args):
        calls.append(1)
        if len(calls) == 4:
            raise MemoryError
        original(self, *args)

    options = {"evaluations": 1800, "sampler": "archive", "results": tmp_path}
    monkeypatch.setattr(ArchiveSession, "_measure", dies)
    with pytest.raises(MemoryError):
        sweep(network, middle, name="part", **options)
    monkeypatch.setattr(ArchiveSession, "_measure", original)
    part = RunFolder.open("part", tmp_path)
    assert part.status == "failed"
    resume(part)
    check_same(part, sweep(network, middle, name="whole", **options))


@pytest.mark.slow
def test_processes_change_nothing_that_is_found(tmp_path, middle, monkeypatch):
    """On the model itself, which other processes know."""
    monkeypatch.setattr(archive_module, "GENERATION", 200)
    network = load_network("lenet5")
    space = middle.with_objectives({"latency_ms": "minimise", "energy_mj": "minimise"})
    runs = [sweep(network, space, evaluations=500, sampler="archive", jobs=jobs, trials=20, name=str(jobs),
                  results=tmp_path) for jobs in (1, 2)]  # fmt: skip
    check_same(*runs)
