"""The public Python names: ``import siam_dse as sd``. Each is imported from its room when it is first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siam_dse.core.errors import SiamDseError
    from siam_dse.design.designs import Designs
    from siam_dse.design.space import SearchSpace
    from siam_dse.report.choice.pick import pick
    from siam_dse.runs.folder import RunFolder
    from siam_dse.runs.spaces import load_space
    from siam_dse.search.enumeration import enumerate_space
    from siam_dse.search.reevaluate import re_evaluate
    from siam_dse.search.sweep import resume, sweep
    from siam_dse.system.evaluate import Evaluation, evaluate
    from siam_dse.workload.load import load_network
    from siam_dse.workload.network import Network

_ROOMS = {
    "Designs": "design.designs",
    "Evaluation": "system.evaluate",
    "Network": "workload.network",
    "RunFolder": "runs.folder",
    "SearchSpace": "design.space",
    "SiamDseError": "core.errors",
    "enumerate_space": "search.enumeration",
    "evaluate": "system.evaluate",
    "load_network": "workload.load",
    "load_space": "runs.spaces",
    "pick": "report.choice.pick",
    "re_evaluate": "search.reevaluate",
    "resume": "search.sweep",
    "sweep": "search.sweep",
}

__all__ = [
    "Designs",
    "Evaluation",
    "Network",
    "RunFolder",
    "SearchSpace",
    "SiamDseError",
    "enumerate_space",
    "evaluate",
    "load_network",
    "load_space",
    "pick",
    "re_evaluate",
    "resume",
    "sweep",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its room."""
    if name in _ROOMS:
        return getattr(import_module(f"siam_dse.{_ROOMS[name]}"), name)
    message = f"module 'siam_dse' has no attribute {name!r}"
    raise AttributeError(message)
