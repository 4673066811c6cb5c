"""Search over designs: Optuna sweeps in vectorised generations, exhaustive enumeration, exact Pareto fronts."""
