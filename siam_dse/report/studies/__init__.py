"""Comparison studies: questions that are asked of every network, each answered by one table and one page of plots.

They are no Optuna studies, which is what the word means in :mod:`siam_dse.search`.
"""
