"""Reader of a network in ONNX: shapes alone, weights are not looked at.

Constants and the arithmetic of shapes are folded first. Matrices of constant weights become layers, products of two
activations become products, other work becomes vector operations, moves of data become edges. The axes of each tensor
are followed: channels are those that weights read, positions are all others but the batch. Every node on a way to an
output is mapped, folded or named in one error; multiply-accumulates and weights of each node are counted a second time
from the shapes of its tensors.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from siam_dse.core.errors import InputError
from siam_dse.workload.build import to_network
from siam_dse.workload.graph import Header
from siam_dse.workload.onnx_file import load_model
from siam_dse.workload.onnx_inputs import Inputs, inputs_of
from siam_dse.workload.onnx_tensor import UnreadableError
from siam_dse.workload.onnx_walk import Walk
from siam_dse.workload.reading import Reading

_MOST_TEXT = 1900  # letters of an error
_MOST_FAULTS = 8
NO_LAYERS = "holds no convolution, no matrix product with constant weights and no product of two activations"


def read_onnx(
    path: Path, dims: Mapping[str, int] | None = None, shapes: Mapping[str, Sequence[int]] | None = None
) -> Reading:
    """Network of an ONNX file, with what was folded.

    The name is that of the file; classes are the last layer's outputs; dataset and accuracy are unknown.

    Parameters
    ----------
    path : Path
    dims : size by the name of an open size of the file
    shapes : shape by the name of an input

    Raises
    ------
    InputError
        The package ``onnx`` is missing, the file cannot be read, sizes are open, or nodes cannot be expressed; causes
        are named with the first node of each.
    """
    where = str(path)
    model = load_model(path)
    try:
        return _read(model, path.stem, where, dims or {}, shapes or {})
    except InputError:
        raise
    except RecursionError:
        raise InputError(where, "its graphs and functions are nested too deep") from None
    except Exception as error:  # whatever a file holds, the answer is a message
        raise InputError(where, f"is not a valid ONNX graph: {str(error)[:200]}") from None


def _read(model: Any, name: str, where: str, dims: Mapping[str, int], shapes: Mapping[str, Sequence[int]]) -> Reading:
    """The reading of a model."""
    inputs = inputs_of(model.graph, dims, shapes)
    if inputs.faults:
        raise InputError(where, inputs.faults[:_MOST_FAULTS])
    batch = max(inputs.first_sides, default=1)
    walk = _walked(model, inputs, batch, where)
    if batch > 1 and batch not in walk.confirmed:
        batch = 1
        walk = _walked(model, inputs, batch, where)
    _raise_faults(walk, where)
    layers = walk.built.finished()
    if not layers:
        raise InputError(where, NO_LAYERS)
    header = Header(name, source="ONNX file", looked_up=sum(walk.built.tables.values()))
    network = to_network(header, layers, walk.built.edges, where=where)
    return Reading(
        network,
        batch,
        left_open=tuple(sorted(inputs.left_open)),
        as_positions=tuple(inputs.as_positions(batch)),
        weight_inputs=tuple(sorted(inputs.weights)),
        folded=tuple(walk.folded),
    )


def _walked(model: Any, inputs: Inputs, batch: int, where: str) -> Walk:
    """A walk over the whole graph."""
    opsets = {entry.domain: int(entry.version) for entry in model.opset_import}
    opsets[""] = opsets.get("", opsets.get("ai.onnx", 0)) or max(opsets.values(), default=17)
    walk = Walk({(f.domain, f.name, f.overload): f for f in model.functions}, opsets)
    try:
        outputs = walk.graph(model.graph, dict(inputs.tensors(batch)))
    except UnreadableError as error:
        raise InputError(where, str(error)) from None
    for tensor in outputs:
        for part in () if tensor is None else (tensor, *(tensor.items or ())):
            walk.built.read(part.flow)
    return walk


def _raise_faults(walk: Walk, where: str) -> None:
    """One error of all causes, each with its count and its first node."""
    if not walk.faults:
        return
    lines = []
    for fault in list(walk.faults.values())[:_MOST_FAULTS]:
        start = f"{fault.count} x {fault.operation}, first: {fault.first}" if fault.count > 1 else fault.first
        lines.append(f"{start}: {fault.message}"[:400])
    rest = len(walk.faults) - len(lines)
    if rest:
        others = sorted({fault.operation for fault in list(walk.faults.values())[_MOST_FAULTS:]})
        lines.append(f"and {rest} more causes: {', '.join(others)}"[:200])
    follow = f"; {walk.skipped} nodes that follow were not read" if walk.skipped else ""
    lines[-1] += f"{follow}; describe what cannot be read in YAML, or export without it"
    while sum(map(len, lines)) > _MOST_TEXT - len(where) and len(lines) > 1:
        del lines[-2]
    raise InputError(where, lines)
