"""Samplers by name; all but ``ours`` are Optuna's, named explicitly since its default changes with versions."""

import warnings
from collections.abc import Mapping
from importlib.util import find_spec

import numpy as np
import optuna

from siam_dse.core.errors import InputError, unknown_name
from siam_dse.search.ours import OrdinalSampler

OURS = "ours"
SAMPLERS: Mapping[str, str] = {
    "nsga2": "NSGA-II: genetic, sorted by fronts and crowding",
    "nsga3": "NSGA-III: genetic, spread along reference directions",
    "tpe": "tree-structured Parzen estimator; for a few hundred trials",
    "gp": "Gaussian process, hypervolume improvement; for a few hundred trials; needs torch",
    "random": "independent and uniform",
    "qmc": "Sobol sequence: evenly spread",
    OURS: "genetic on ordered levels, with local search round the front",
}


def check_sampler(name: str, population: int) -> None:
    """Refuse an unknown sampler, one that is not installed, or a population too small for it."""
    if name not in SAMPLERS:
        raise InputError("--sampler", unknown_name("sampler", name, SAMPLERS))
    if name == "gp" and find_spec("torch") is None:
        raise InputError("--sampler", "gp needs torch, which is not installed; 'pip install torch', or take tpe")
    if population < 2:
        raise InputError("--population", f"must be at least 2, got {population}")


def make_sampler(
    name: str,
    seed: int,
    trials_done: int,
    population: int,
    distributions: Mapping[str, optuna.distributions.BaseDistribution],
) -> optuna.samplers.BaseSampler:
    """Sampler seeded from the run's seed and the trials done, so that a resumed run goes on as an unbroken one."""
    state = int(np.random.SeedSequence([seed, trials_done]).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        match name:
            case "nsga2":
                return optuna.samplers.NSGAIISampler(population_size=population, seed=state)
            case "nsga3":
                return optuna.samplers.NSGAIIISampler(population_size=population, seed=state)
            case "tpe":
                return optuna.samplers.TPESampler(multivariate=True, constant_liar=True, seed=state)
            case "gp":
                return optuna.samplers.GPSampler(seed=state)
            case "random":
                return optuna.samplers.RandomSampler(seed=state)
            case "qmc":  # one sequence, whose position Optuna keeps in the study
                return optuna.samplers.QMCSampler(scramble=True, seed=seed)
            case _:  # draws each generation from (seed, trials done) itself
                return OrdinalSampler(distributions, population_size=population, seed=seed)
