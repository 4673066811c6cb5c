"""Every sampler that is listed is made, and is the one its name says; help and documentation list the same."""

import inspect
import re
from typing import get_type_hints

import optuna
import pytest
from optuna.distributions import IntDistribution

from siam_dse.cli.commands.search import sweep as command
from siam_dse.core.errors import InputError
from siam_dse.search.budget import ARCHIVE, AUTO
from siam_dse.search.quiet import quiet
from siam_dse.search.samplers import NSGA2, SAMPLERS, make_sampler
from siam_dse.search.sweep import resume, sweep

SPACE = {"a": IntDistribution(0, 6), "b": IntDistribution(0, 3)}
CLASSES = {
    "nsga3": optuna.samplers.NSGAIIISampler,
    "tpe": optuna.samplers.TPESampler,
    "gp": optuna.samplers.GPSampler,
    "random": optuna.samplers.RandomSampler,
    "qmc": optuna.samplers.QMCSampler,
}


def listed(text):
    """Names of samplers among the words of a sentence."""
    return set(re.findall(r"\w+", text)) & {AUTO, ARCHIVE, *SAMPLERS}


def test_each_is_of_its_own_kind():
    assert set(SAMPLERS) == {NSGA2, *CLASSES}
    for name, kind in CLASSES.items():
        assert type(make_sampler(name, 1, 0, 10)) is kind, name
    with pytest.raises(ValueError, match="nsga2 is not one of Optuna's samplers"):
        make_sampler(NSGA2, 1, 0, 10)


@pytest.mark.parametrize("name", CLASSES)
def test_each_proposes_designs_of_the_space_and_the_same_again(name):
    """A Gaussian process draws its first designs at random, which needs no torch."""
    proposed = []
    for _ in range(2):
        with quiet():
            study = optuna.create_study(directions=["minimize"] * 2, sampler=make_sampler(name, 3, 20, 4))
            proposed.append([study.ask(SPACE).params for _ in range(3)])
    assert proposed[0] == proposed[1]
    assert all(0 <= params["a"] <= 6 and 0 <= params["b"] <= 3 for params in proposed[0])


def test_help_and_documentation_list_the_same():
    (option,) = get_type_hints(command, include_extras=True)["sampler"].__metadata__
    assert listed(option.help) == {AUTO, ARCHIVE, *SAMPLERS}
    (line,) = re.findall(r"sampler : str or .*\n(.*)\n", inspect.getdoc(sweep))
    assert listed(line) == {AUTO, ARCHIVE, *SAMPLERS}


@pytest.mark.usefixtures("stub")
@pytest.mark.slow
def test_a_sampler_can_be_an_object(tmp_path, network, space):
    made = optuna.samplers.BruteForceSampler(seed=1)
    run = sweep(network, space, trials=20, sampler=made, population=10, results=tmp_path)
    assert run.info["sampler"] == "BruteForceSampler"
    assert len(run.points()) == 20  # it never asks for a design twice
    with pytest.raises(InputError, match="was started with a BruteForceSampler object; give one as sampler"):
        resume(run, trials=5)
    resume(run, trials=5, sampler=made)
    assert run.info["counts"]["trials"] == 25
    with pytest.raises(InputError, match="--sampler: unknown sampler '3'"):
        sweep(network, space, sampler=3, results=tmp_path)
