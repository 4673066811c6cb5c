"""The public Python names: ``import siam_dse as sd``."""

from siam_dse.core.errors import SiamDseError
from siam_dse.design.designs import Designs
from siam_dse.system.evaluate import Evaluation, evaluate
from siam_dse.workload.load import load_network
from siam_dse.workload.network import Network

__all__ = ["Designs", "Evaluation", "Network", "SiamDseError", "evaluate", "load_network"]
