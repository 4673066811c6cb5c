"""Answering known questions changes nothing that is written."""

import sqlite3
from collections import Counter

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, IntDistribution
from sqlalchemy import event

from siam_dse.search.known_rows import known_rows
from siam_dse.search.storage import open_storage


def trials(n=12):
    space = {"rows": IntDistribution(0, 9), "kind": CategoricalDistribution(("sar", "flash"))}
    return [
        optuna.create_trial(
            params={"rows": i % 10, "kind": ("sar", "flash")[i % 2]},
            distributions=space,
            values=[float(i), -i / 7],
            constraints={"fits": i - 5.0} if i > 5 else {},
        )
        for i in range(n)
    ]


OTHERS = trials(2)


def study_at(path):
    study = optuna.create_study(study_name="s", storage=open_storage(f"sqlite:///{path}"), directions=["minimize"] * 2)
    other = optuna.create_study(study_name="other", storage=study._storage, directions=["minimize"] * 2)
    other.add_trials(OTHERS)  # rows of another study are not this study's
    return study


def rows_of(path):
    """Every row of every table."""
    with sqlite3.connect(path) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: sorted(map(repr, database.execute(f"SELECT * FROM {table}"))) for table in tables}


@pytest.mark.slow
def test_the_same_rows_are_written(tmp_path):
    given = trials()
    plain, known = study_at(tmp_path / "plain.db"), study_at(tmp_path / "known.db")
    plain.add_trials(given)
    for part in (given[:5], given[5:]):
        with known_rows(known._storage._backend):
            known.add_trials(part)
    assert rows_of(tmp_path / "known.db") == rows_of(tmp_path / "plain.db")
    assert [trial.params for trial in known.trials] == [trial.params for trial in given]


@pytest.mark.slow
def test_half_of_the_questions_are_saved(tmp_path):
    study = study_at(tmp_path / "known.db")
    storage = study._storage._backend
    asked = Counter()

    @event.listens_for(storage.engine, "before_cursor_execute")
    def count(connection, cursor, statement, *rest):
        asked[statement.split()[0]] += 1

    study.add_trials(trials())
    plain = Counter(asked)
    asked.clear()
    with known_rows(storage):
        study.add_trials(trials())
    assert asked["SELECT"] <= 0.6 * plain["SELECT"]
    assert asked["INSERT"] == plain["INSERT"]


@pytest.mark.slow
def test_a_parameter_of_another_kind_is_refused_as_before(tmp_path):
    study = study_at(tmp_path / "known.db")
    odd = optuna.create_trial(
        params={"rows": "a"}, distributions={"rows": CategoricalDistribution(("a", "b"))}, values=[0.0, 0.0]
    )
    with known_rows(study._storage._backend):
        study.add_trials(trials(3))
        with pytest.raises(ValueError, match="different distribution kind"):
            study.add_trial(odd)
    assert len(study.get_trials()) == 3
    study.add_trials(trials(1))  # the storage works on as it did
    assert len(study.get_trials()) == 4
