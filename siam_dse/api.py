"""The public Python names: ``import siam_dse as sd``."""

from siam_dse.core.errors import SiamDseError
from siam_dse.design.designs import Designs
from siam_dse.design.space import Space, load_space
from siam_dse.runs.run import Run, open_run
from siam_dse.search import enumerate_space, resume, sweep
from siam_dse.system.evaluate import Evaluation, evaluate
from siam_dse.workload.load import load_network
from siam_dse.workload.network import Network

__all__ = [
    "Designs",
    "Evaluation",
    "Network",
    "Run",
    "SiamDseError",
    "Space",
    "enumerate_space",
    "evaluate",
    "load_network",
    "load_space",
    "open_run",
    "resume",
    "sweep",
]
