"""Samplers by name: Optuna's, named explicitly since its default changes with versions, and how else to search."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType

import numpy as np
import optuna

from siam_dse.core.errors import InputError, unknown_name
from siam_dse.search.budget import ARCHIVE, AUTO

NSGA2 = "nsga2"


@dataclass(frozen=True)
class SamplerSetup:
    """What a sampler is made of; ``state`` is a seed made of ``seed`` and the trials done."""

    seed: int
    state: int
    population: int


@dataclass(frozen=True)
class Sampler:
    """A sampler's line of help and how it is made, where it is Optuna's.

    ``batch``: designs asked for at once, where not a population. ``is_sequence``: one seed, whose designs are counted.
    """

    text: str
    make: Callable[[SamplerSetup], optuna.samplers.BaseSampler] | None
    batch: int | None = None  # those that model the objectives ask for few, so that they learn between them
    needs: str | None = None  # package to be installed beside
    is_sequence: bool = False


SAMPLERS: Mapping[str, Sampler] = MappingProxyType(
    {
        NSGA2: Sampler("NSGA-II: genetic, sorted by fronts and crowding", None),  # search/genetic.py
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
            "Sobol sequence: evenly spread",
            lambda of: optuna.samplers.QMCSampler(scramble=True, seed=of.seed),
            is_sequence=True,
        ),
    }
)


def check_sampler(given: object) -> None:
    """Refuse an unknown sampler, or one that is not installed.

    Raises
    ------
    InputError
    """
    if isinstance(given, optuna.samplers.BaseSampler) or given in (AUTO, ARCHIVE):
        return
    if not isinstance(given, str) or given not in SAMPLERS:
        raise InputError("--sampler", unknown_name("sampler", str(given), (AUTO, ARCHIVE, *SAMPLERS)))
    needs = SAMPLERS[given].needs
    if needs and find_spec(needs) is None:
        raise InputError(
            "--sampler", f"{given} needs {needs}, which is not installed; 'pip install {needs}', or take tpe"
        )


def sampler_name(given: str | optuna.samplers.BaseSampler) -> str:
    """Name of a sampler, as run.json has it."""
    return given if isinstance(given, str) else type(given).__name__


def make_sampler(name: str, seed: int, trials_done: int, population: int) -> optuna.samplers.BaseSampler:
    """Sampler of Optuna's, seeded from the run's seed and the trials done, so that a resumed run goes on as unbroken.

    Raises
    ------
    ValueError
        The sampler is not one of Optuna's.
    """
    make = SAMPLERS[name].make
    if make is None:
        message = f"{name} is not one of Optuna's samplers"
        raise ValueError(message)
    state = int(np.random.SeedSequence([seed, trials_done]).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return make(SamplerSetup(seed, state, population))
