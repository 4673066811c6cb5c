"""Search over designs: Optuna sweeps in vectorised generations, exhaustive enumeration, exact Pareto fronts.

A study is Optuna's here: the trials of a sweep. The comparison studies are in :mod:`siam_dse.report.studies`.
"""
