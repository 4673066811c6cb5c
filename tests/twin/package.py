"""The only calls of the twin's tests into the package: designs, networks, and the figures they are compared with."""

from siam_dse.design.designs import Designs
from siam_dse.workload.load import load_network

__all__ = ["as_designs", "load_network"]


def as_designs(plain):
    """Designs from a list of plain dicts field -> value."""
    names = plain[0]
    return Designs.from_columns({name: [d[name] for d in plain] for name in names}, n=len(plain))
