"""The public Python names: ``import siam_dse as sd``. Each is imported from its room when it is first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siam_dse.core.errors import InputError, SiamDseError
    from siam_dse.design.designs import Designs
    from siam_dse.design.fields import fields_table as fields
    from siam_dse.design.space import Axis, Constraint, SearchSpace
    from siam_dse.hand.progress import ProgressBar
    from siam_dse.hand.run import Run as RunFolder
    from siam_dse.hand.search import enumerate_space, resume, sweep
    from siam_dse.hand.study import study
    from siam_dse.report.choice.pick import pick
    from siam_dse.report.compare import compare
    from siam_dse.runs.spaces import Space, load_space
    from siam_dse.search.reevaluate import re_evaluate
    from siam_dse.system.evaluate import Evaluation, evaluate
    from siam_dse.technology.technology import Technology
    from siam_dse.workload.load import load_network
    from siam_dse.workload.network import Network
    from siam_dse.workload.torch_reader import from_torch

# Public name -> room, and the name there where it is another.
_ROOMS = {
    "Axis": "design.space",
    "Constraint": "design.space",
    "Designs": "design.designs",
    "Evaluation": "system.evaluate",
    "InputError": "core.errors",
    "Network": "workload.network",
    "ProgressBar": "hand.progress",
    "RunFolder": "hand.run:Run",
    "SearchSpace": "design.space",
    "SiamDseError": "core.errors",
    "Space": "runs.spaces",
    "Technology": "technology.technology",
    "compare": "report.compare",
    "enumerate_space": "hand.search",
    "evaluate": "system.evaluate",
    "fields": "design.fields:fields_table",
    "from_torch": "workload.torch_reader",
    "load_network": "workload.load",
    "load_space": "runs.spaces",
    "pick": "report.choice.pick",
    "re_evaluate": "search.reevaluate",
    "resume": "hand.search",
    "study": "hand.study",
    "sweep": "hand.search",
}

__all__ = [
    "Axis",
    "Constraint",
    "Designs",
    "Evaluation",
    "InputError",
    "Network",
    "ProgressBar",
    "RunFolder",
    "SearchSpace",
    "SiamDseError",
    "Space",
    "Technology",
    "compare",
    "enumerate_space",
    "evaluate",
    "fields",
    "from_torch",
    "load_network",
    "load_space",
    "pick",
    "re_evaluate",
    "resume",
    "study",
    "sweep",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its room."""
    if name in _ROOMS:
        room, _, own = _ROOMS[name].partition(":")
        return getattr(import_module(f"siam_dse.{room}"), own or name)
    message = f"module 'siam_dse' has no attribute {name!r}"
    raise AttributeError(message)
