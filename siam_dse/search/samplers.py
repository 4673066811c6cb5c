"""Samplers by name; all but ``ours`` are Optuna's, named explicitly since its default changes with versions."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType

import numpy as np
import optuna
from optuna.distributions import BaseDistribution

from siam_dse.core.errors import InputError, unknown_name
from siam_dse.search.ours import OrdinalSampler


@dataclass(frozen=True)
class SamplerSetup:
    """What a sampler is made of; ``state`` is a seed made of ``seed`` and the trials done."""

    seed: int
    state: int
    population: int
    distributions: Mapping[str, BaseDistribution]


@dataclass(frozen=True)
class Sampler:
    """A sampler's line of help and how it is made; ``batch``: designs asked for at once, where not a population."""

    text: str
    make: Callable[[SamplerSetup], optuna.samplers.BaseSampler]
    batch: int | None = None  # those that model the objectives ask for few, so that they learn between them
    needs: str | None = None  # package to be installed beside
    draws_itself: bool = False  # each generation from (seed, trials done), so that one object serves a whole run


SAMPLERS: Mapping[str, Sampler] = MappingProxyType(
    {
        "nsga2": Sampler(
            "NSGA-II: genetic, sorted by fronts and crowding",
            lambda of: optuna.samplers.NSGAIISampler(population_size=of.population, seed=of.state),
        ),
        "nsga3": Sampler(
            "NSGA-III: genetic, spread along reference directions",
            lambda of: optuna.samplers.NSGAIIISampler(population_size=of.population, seed=of.state),
        ),
        "tpe": Sampler(
            "tree-structured Parzen estimator; for a few hundred trials",
            lambda of: optuna.samplers.TPESampler(multivariate=True, constant_liar=True, seed=of.state),
            batch=10,
        ),
        "gp": Sampler(
            "Gaussian process, hypervolume improvement; for a few hundred trials; needs torch",
            lambda of: optuna.samplers.GPSampler(seed=of.state),
            batch=5,
            needs="torch",
        ),
        "random": Sampler("independent and uniform", lambda of: optuna.samplers.RandomSampler(seed=of.state)),
        "qmc": Sampler(  # one sequence, whose position Optuna keeps in the study
            "Sobol sequence: evenly spread", lambda of: optuna.samplers.QMCSampler(scramble=True, seed=of.seed)
        ),
        "ours": Sampler(
            "genetic on ordered levels, with local search round the front",
            lambda of: OrdinalSampler(of.distributions, population_size=of.population, seed=of.seed),
            draws_itself=True,
        ),
    }
)


def check_sampler(name: str, population: int) -> None:
    """Refuse an unknown sampler, one that is not installed, or a population too small for it."""
    if name not in SAMPLERS:
        raise InputError("--sampler", unknown_name("sampler", name, SAMPLERS))
    needs = SAMPLERS[name].needs
    if needs and find_spec(needs) is None:
        raise InputError(
            "--sampler", f"{name} needs {needs}, which is not installed; 'pip install {needs}', or take tpe"
        )
    if population < 2:
        raise InputError("--population", f"must be at least 2, got {population}")


def make_sampler(
    name: str, seed: int, trials_done: int, population: int, distributions: Mapping[str, BaseDistribution]
) -> optuna.samplers.BaseSampler:
    """Sampler seeded from the run's seed and the trials done, so that a resumed run goes on as an unbroken one."""
    state = int(np.random.SeedSequence([seed, trials_done]).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return SAMPLERS[name].make(SamplerSetup(seed, state, population, distributions))
