"""A network by name or path: the zoo in ``models/``, YAML, SIAM's CSV layout, ONNX."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.paths import packaged_folder
from siam_dse.core.text import read_text
from siam_dse.core.yaml_text import parse_yaml
from siam_dse.workload.network import Network
from siam_dse.workload.reading import Reading
from siam_dse.workload.yaml_reader import published_totals, read_yaml_network

READERS = (".yaml", ".yml", ".csv", ".onnx")


@cache
def zoo_names() -> tuple[str, ...]:
    """Names of the networks in the zoo, sorted."""
    return tuple(sorted(path.stem for path in packaged_folder("models").glob("*.yaml")))


@cache
def _zoo_network(name: str, tokens: int | None, phase: str | None) -> Network:
    """Network of the zoo; read once."""
    return read_yaml_network(packaged_folder("models") / f"{name}.yaml", tokens, phase)


def load_network(
    name_or_path: str | Path,
    *,
    tokens: int | None = None,
    phase: str | None = None,
    dims: Mapping[str, int] | None = None,
    input_shapes: Mapping[str, Sequence[int]] | None = None,
) -> Network:
    """Network of the zoo by name, or of a file.

    Parameters
    ----------
    name_or_path : str or Path
        A zoo name, in any case; or a path that ends in .yaml, .csv (SIAM and other layouts) or .onnx.
    tokens : int, optional
        Tokens of a sequence, where a network has a ``transformer`` block; default those in its file.
    phase : {"prefill", "decode"}, optional
        Of a decoder: all tokens at once (default), or the next one, with keys and values of the others in a cache.
    dims : dict, optional
        Sizes that an ONNX file leaves open, by name.
    input_shapes : dict, optional
        Shapes of inputs of an ONNX file, by the input's name.

    Returns
    -------
    Network

    Raises
    ------
    InputError
        Unknown name (the known ones are listed, the closest first), unknown kind of file, or every fault in the file.
    """
    return read_network(name_or_path, tokens=tokens, phase=phase, dims=dims, input_shapes=input_shapes).network


def read_network(
    name_or_path: str | Path,
    *,
    tokens: int | None = None,
    phase: str | None = None,
    dims: Mapping[str, int] | None = None,
    input_shapes: Mapping[str, Sequence[int]] | None = None,
) -> Reading:
    """Network as :func:`load_network` gives it, with how it was read: batch, open sizes, what was folded."""
    if not str(name_or_path).strip():
        raise InputError("network", "has no name; give one of the zoo (see 'siam-dse networks'), or a file")
    path = Path(name_or_path)
    suffix = path.suffix.lower()
    if (dims or input_shapes) and suffix != ".onnx":
        raise InputError(str(name_or_path), "--dim and --input-shape: only an ONNX file has open sizes; leave them out")
    if (tokens is not None or phase is not None) and suffix in (".csv", ".onnx"):
        raise InputError(str(path), "tokens and phase: those of this kind of file are fixed; leave them out")
    if suffix == ".onnx":
        from siam_dse.workload.onnx_reader import read_onnx  # each kind of file takes a while to import

        return read_onnx(path, dims, input_shapes)
    if suffix == ".csv":
        return Reading(_table(path))
    if suffix in READERS:
        return Reading(_loops(path) or read_yaml_network(path, tokens, phase))
    name = str(name_or_path).lower()
    if name in zoo_names():
        return Reading(_zoo_network(name, tokens, phase))
    kinds = ", ".join(READERS)
    if path.is_dir():
        raise InputError(str(name_or_path), f"is a folder; give a zoo name or a {kinds} file")
    if path.parent != Path() or path.exists():
        raise InputError(
            str(name_or_path), f"kind of file {path.suffix!r} is not known; give a zoo name or a {kinds} file"
        )
    raise InputError("network", f"{unknown_name('network', str(name_or_path), zoo_names())}; or give a {kinds} file")


def _table(path: Path) -> Network:
    """Network of a CSV file."""
    from siam_dse.workload.scalesim_reader import is_scalesim, read_scalesim_network
    from siam_dse.workload.siam_reader import read_siam_network

    return read_scalesim_network(path) if is_scalesim(read_text(path)) else read_siam_network(path)


def _loops(path: Path) -> Network | None:
    """Network of a YAML file that describes layers as loops; None of any other."""
    text = read_text(path)
    if "loop_dim" not in text and "problem" not in text:
        return None
    from siam_dse.workload.loop_reader import is_loops, loop_network

    content = parse_yaml(text, str(path))
    return loop_network(content, path) if is_loops(content) else None


def network_summary(network: Network) -> dict[str, Any]:
    """Totals of a network and where it is from: one row of a listing.

    Returns
    -------
    dict
        ``parameters`` are weights of convolutions and fully connected layers (no bias, no normalisation), ``macs``
        multiply-accumulates an image; ``int8_top1`` is a fraction, NaN where unknown.
    """
    return {
        "name": network.name,
        "dataset": network.dataset,
        "classes": network.classes,
        "layers": network.n_layers,
        "parameters": int(network.weights.sum()),
        "macs": int(network.macs.sum()),
        "tokens": network.tokens,
        "phase": network.phase,
        "int8_top1": network.int8_top1,
        "int8_top1_status": network.int8_top1_status,
        "int8_top1_source": network.int8_top1_source,
        "layout": network.layout,
        "source": network.source,
    }


def zoo_published(name: str) -> dict[str, Any]:
    """Totals that a zoo network's source prints (``parameters``, ``macs`` where printed), with source and note."""
    if name.lower() not in zoo_names():
        raise InputError("network", unknown_name("network", name, zoo_names()))
    return published_totals(packaged_folder("models") / f"{name.lower()}.yaml")


def given_network(network: Network | str | Path) -> Network:
    """The network, loaded where a name or path was given.

    Raises
    ------
    InputError
        Unknown name, a fault in the file, or neither a network nor a name.
    """
    if isinstance(network, str | Path):
        return load_network(network)
    if not isinstance(network, Network):
        raise InputError(
            "network", f"must be a network, or the name or path of one, got {network!r} ({type(network).__name__})"
        )
    return network
