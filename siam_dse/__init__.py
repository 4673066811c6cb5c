"""Design-space exploration of chiplet-based in-memory-computing accelerators.

``import siam_dse as sd`` gives the public names of :mod:`siam_dse.api`; each is imported on first use, so that
``siam-dse --help`` loads none of the numerical packages.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

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
    "__version__",
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

if TYPE_CHECKING:
    from siam_dse.api import (
        Axis,
        Constraint,
        Designs,
        Evaluation,
        InputError,
        Network,
        ProgressBar,
        RunFolder,
        SearchSpace,
        SiamDseError,
        Space,
        Technology,
        compare,
        enumerate_space,
        evaluate,
        fields,
        from_torch,
        load_network,
        load_space,
        pick,
        re_evaluate,
        resume,
        study,
        sweep,
    )


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in __all__:
        return getattr(import_module("siam_dse.api"), name)
    message = f"module 'siam_dse' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    """Names offered by ``dir(siam_dse)``."""
    return sorted(__all__)
