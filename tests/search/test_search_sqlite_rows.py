"""Rows written straight into Optuna's tables are those that Optuna writes, and Optuna goes on with them."""

import math
import sqlite3
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from siam_dse.search.sqlite_rows import KNOWN_TABLES, SqliteRows, sqlite_path, tables_version
from siam_dse.search.storage import open_storage

SPACE = {
    "rows": IntDistribution(0, 9),
    "kind": CategoricalDistribution(("sar", "flash")),
    "share": FloatDistribution(1e-3, 1.0, log=True),
    "size": CategoricalDistribution((64, 96, 128)),
    "is_cut": CategoricalDistribution((False, True)),
}


def trials(n=12):
    """Trials with everything a finished trial can have but intermediate values."""
    return [
        optuna.create_trial(
            params={"rows": i % 10, "kind": ("sar", "flash")[i % 2], "share": 1 / (i + 1),
                    "size": (64, 96, 128)[i % 3], "is_cut": i % 4 == 0},
            distributions=SPACE,
            values=[float(i), (-i / 7, math.inf, -math.inf)[i % 3]],
            constraints={"fits": i - 5.0, "tiles <= 120": 0.1 * i} if i > 5 else {},
            user_attrs={"note": f"ä {i}", "list": [i, None]} if i % 2 else {},
            system_attrs={"of the sampler": {"generation": i}},
        )
        for i in range(n)
    ]  # fmt: skip


def study_at(path):
    """A study beside another one, whose rows are not its own."""
    storage = open_storage(f"sqlite:///{path}")
    other = optuna.create_study(study_name="other", storage=storage, directions=["minimize"] * 2)
    other.add_trials(trials(2))
    return optuna.create_study(study_name="s", storage=storage, directions=["minimize"] * 2)


def load(path):
    return optuna.load_study(study_name="s", storage=f"sqlite:///{path}")  # as a user's own script would


def add(path, given):
    rows = SqliteRows.of(f"sqlite:///{path}", "s")
    rows.add(given)
    rows.close()


def tables(path):
    """Every row of every table; times of the other study's trials are its own."""
    with sqlite3.connect(path) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        content = {name: list(map(repr, database.execute(f"SELECT * FROM {name} ORDER BY 1"))) for name in names}
    database.close()
    content["trials"] = content["trials"][2:]
    return content


@pytest.mark.slow
def test_every_row_of_every_table_is_what_optuna_writes(tmp_path):
    given = trials()
    plain = study_at(tmp_path / "plain.db")
    plain.add_trials(given)
    study_at(tmp_path / "rows.db")
    add(tmp_path / "rows.db", given[:5])
    add(tmp_path / "rows.db", given[5:])
    assert tables(tmp_path / "rows.db") == tables(tmp_path / "plain.db")
    assert len(tables(tmp_path / "rows.db")["trials"]) == len(given)


@pytest.mark.slow
def test_optuna_reads_the_same_trials(tmp_path):
    given = trials()
    plain = study_at(tmp_path / "plain.db")
    plain.add_trials(given)
    study_at(tmp_path / "rows.db")
    add(tmp_path / "rows.db", given)
    study = load(tmp_path / "rows.db")
    assert [trial.number for trial in study.trials] == list(range(len(given)))
    for ours, optunas, asked in zip(study.trials, plain.trials, given, strict=True):
        assert ours == optunas
        for trait in ("params", "distributions", "values", "user_attrs", "system_attrs", "constraints", "state",
                      "intermediate_values", "datetime_start", "datetime_complete"):  # fmt: skip
            assert getattr(ours, trait) == getattr(asked, trait), trait
    assert study.best_trials == plain.best_trials != []


@pytest.mark.slow
def test_optuna_goes_on_with_them(tmp_path):
    study_at(tmp_path / "s.db")
    add(tmp_path / "s.db", trials())
    study = load(tmp_path / "s.db")
    study.sampler = optuna.samplers.NSGAIISampler(seed=1, population_size=4)
    trial = study.ask(SPACE)
    study.tell(trial, [1.0, 2.0])
    study.add_trials(trials(1))
    add(tmp_path / "s.db", trials(3))
    assert [trial.number for trial in load(tmp_path / "s.db").trials] == list(range(12 + 1 + 1 + 3))
    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE}


WRITER = """
import sys, optuna
sys.path.insert(0, FOLDER)
from test_search_sqlite_rows import add, load, trials
optuna.logging.set_verbosity(optuna.logging.ERROR)
print("ready", flush=True)
sys.stdin.readline()
study = load(sys.argv[1])
for _ in range(15):
    study.add_trials(trials(1))
"""


@pytest.mark.slow
def test_another_process_writes_at_the_same_time(tmp_path):
    """Numbers are unique and without a gap whoever wrote; no trial is half there."""
    path, folder = tmp_path / "s.db", str(Path(__file__).parent)
    study_at(path)
    command = [sys.executable, "-c", WRITER.replace("FOLDER", repr(folder)), str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "ready\n"
        other.stdin.write("go\n")
        other.stdin.flush()
        written = 0
        while other.poll() is None or not written:
            add(path, trials(4))
            written += 4
    assert other.returncode == 0
    study = load(path)
    assert [trial.number for trial in study.trials] == list(range(15 + written))
    assert all(len(trial.params) == len(SPACE) and len(trial.values) == 2 for trial in study.trials)


@pytest.mark.slow
def test_all_or_nothing(tmp_path):
    """A parameter that earlier trials have otherwise is refused as Optuna refuses it, and the rest is not written."""
    study = study_at(tmp_path / "s.db")
    add(tmp_path / "s.db", trials(3))
    before = tables(tmp_path / "s.db")
    for odd in (CategoricalDistribution(("a", "sar")), IntDistribution(0, 1)):
        value = odd.choices[0] if isinstance(odd, CategoricalDistribution) else 0
        trial = optuna.create_trial(params={"kind": value}, distributions={"kind": odd}, values=[0.0, 0.0])
        for write in (lambda given: add(tmp_path / "s.db", given), study.add_trials):
            with pytest.raises(ValueError, match=r"[Dd]istribution"):
                write([trial])
    with pytest.raises(ValueError, match="RUNNING"):
        add(tmp_path / "s.db", [*trials(1), optuna.create_trial(state=TrialState.RUNNING)])
    assert tables(tmp_path / "s.db") == before


@pytest.mark.slow
def test_tables_of_another_version_are_left_to_optuna(tmp_path):
    path, url = tmp_path / "s.db", f"sqlite:///{tmp_path}/s.db"
    study_at(path)
    assert tables_version(path) in KNOWN_TABLES
    for change in ("UPDATE alembic_version SET version_num = 'v9'", "DELETE FROM alembic_version"):
        with sqlite3.connect(path) as database:
            database.execute(change)
        database.close()
        assert SqliteRows.of(url, "s") is None


def test_only_sqlite_files_are_written_so(tmp_path):
    assert sqlite_path("sqlite:////a/b.db") == sqlite_path("sqlite+pysqlite:////a/b.db")
    assert str(sqlite_path("sqlite:////a/b.db")) == "/a/b.db"
    assert str(sqlite_path("sqlite:///a b.db")) == "a b.db"
    others = ("postgresql://me@host/db", "mysql+pymysql://host/db", "a.journal")
    for url in ("sqlite://", "sqlite:///:memory:", "sqlite:///file:a.db?uri=true", *others):
        assert sqlite_path(url) is None
