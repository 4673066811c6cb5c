"""A PyTorch module as a network: it is exported to ONNX, which is then read. PyTorch is no dependency of the house."""

import re
import tempfile
import warnings
from collections.abc import Callable
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siam_dse.core.errors import InputError
from siam_dse.workload.network import Network
from siam_dse.workload.onnx_reader import read_onnx

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPSET = 18


def from_torch(module: Any, example: Any, *, name: str | None = None) -> Network:
    """Network of a PyTorch module.

    The module is exported by PyTorch's own exporters (the one of ``torch.export`` first, the one that traces where that
    fails) in the mode of inference, and read as a file would be. Weights may be random: shapes alone count.

    Parameters
    ----------
    module : torch.nn.Module
    example : torch.Tensor or tuple of them
        What the module is called with: one input, a batch of 1; shapes become those of the network.
    name : str, optional
        Name of the network; default that of the module's class.

    Returns
    -------
    Network

    Raises
    ------
    InputError
        PyTorch or ``onnx`` is missing, ``module`` is no module, it cannot be exported, or what it exports to cannot be
        expressed.
    """
    try:
        import torch
    except ImportError:
        message = (
            "reading a module needs PyTorch (and onnx, onnxscript); install them: pip install torch onnx onnxscript"
        )
        raise InputError("from_torch", message) from None
    if not isinstance(module, torch.nn.Module):
        raise InputError("from_torch", f"module: got {type(module).__name__}; must be a torch.nn.Module")
    inputs = example if isinstance(example, tuple) else (example,)
    if not inputs or not all(isinstance(value, torch.Tensor) for value in inputs):
        got = ", ".join(type(value).__name__ for value in inputs)
        raise InputError("from_torch", f"example: got ({got}); must be a tensor, or a tuple of tensors")
    name = name or type(module).__name__
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', name)[:100]}.onnx"
        with _inference(module, torch), warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            _export(torch.onnx.export, module, inputs, path, name)
        try:
            return read_onnx(path).network
        except InputError as error:
            raise InputError(f"module {name}", error.problems) from None


def _export(export: Callable[..., Any], module: Any, inputs: tuple[Any, ...], path: Path, name: str) -> None:
    """Write a module to an ONNX file by the first exporter that can."""
    causes = []
    for dynamo in (True, False):
        extra = {"verbose": False} if dynamo else {}
        try:
            export(module, inputs, str(path), opset_version=_OPSET, dynamo=dynamo, **extra)
        except Exception as error:  # exporters raise whatever their passes meet
            causes.append(f"{type(error).__name__}: {(str(error).strip() or 'no message').splitlines()[0][:200]}")
        else:
            return
    message = f"PyTorch cannot export it: {causes[0]}; nor by tracing: {causes[1]}"
    raise InputError(f"module {name}", f"{message}; mend the example, or parts that choose by the data")


@contextmanager
def _inference(module: Any, torch: Any) -> "Iterator[None]":
    """The module in the mode of inference, then in its own again."""
    training = {part: part.training for part in module.modules()}
    module.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for part, was in training.items():
            part.training = was
