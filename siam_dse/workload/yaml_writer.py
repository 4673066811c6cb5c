"""Canonical YAML text of a network: what the zoo's files look like, and what a run folder stores and fingerprints.

Each layer and each consumer's edges are one row; values at their default are left out. Reading the text back gives an
equal network, text included.
"""

import math
from collections.abc import Sequence

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.core.yaml_text import quoted
from siam_dse.workload.graph import Layer, Product, Shape, layer_of, volume
from siam_dse.workload.network import EDGE_KINDS, HOST, VECTOR_SORTS, Network

HOST_NAME = "input"


def number(value: float) -> str:
    """YAML scalar for a float, exact."""
    return ".nan" if math.isnan(value) else repr(float(value))


def network_text(network: Network) -> str:
    """Canonical YAML text of a network."""
    layers = [layer_of(network, i) for i in range(network.n_layers)]
    lines = header_lines(network)
    if network.layout != "true_shape":
        lines.append(f"layout: {network.layout}")
    lines += ["layers:", *layer_lines(layers, with_ofm=network.layout == "true_shape")]
    edges = [] if network.layout == "siam" else edge_lines(network, layers)
    return "\n".join([*lines, *(["edges:", *edges] if edges else [])]) + "\n"


def header_lines(network: Network) -> list[str]:
    """Lines above the layer table."""
    lines = [
        f"name: {quoted(network.name)}",
        f"dataset: {quoted(network.dataset)}",
        f"classes: {network.classes}",
        f"source: {quoted(network.source)}",
    ]
    lines += [f"tokens: {network.tokens}"] if network.tokens else []
    lines += [f"phase: {network.phase}"] if network.phase else []
    lines += [f"looked_up: {network.looked_up}"] if network.looked_up else []
    if not math.isnan(network.int8_top1) or network.int8_top1_source:
        value, source = number(network.int8_top1), quoted(network.int8_top1_source)
        lines.append(f"int8_top1: {{value: {value}, status: {quoted(network.int8_top1_status)}, source: {source}}}")
    return lines


def layer_lines(layers: Sequence[Layer], *, with_ofm: bool = True) -> list[str]:
    """The layer table, one aligned row a layer."""
    rows = []
    for layer in layers:
        kernel_h, kernel_w = layer.kernel
        kernel = str(kernel_h) if kernel_h == kernel_w else f"[{kernel_h}, {kernel_w}]"
        is_product = layer.kind == "product"
        row = {
            "name": quoted(layer.name),
            "kind": layer.kind,
            "product": _product(layer.product),
            "ifm": "" if is_product else "[{}, {}, {}]".format(*layer.ifm),
            "kernel": kernel if layer.kind == "conv" else "",
            "out": "" if is_product else str(layer.out),
            "stride": "" if layer.stride == 1 else str(layer.stride),
            "padding": "" if layer.padding == 0 else str(layer.padding),
            "groups": "" if layer.groups == 1 else str(layer.groups),
            "ofm": "[{}, {}]".format(*layer.output_map) if with_ofm and _states_map(layer) else "",
            "pool": _pool(layer),
            "sparsity": "" if layer.sparsity == 0 else number(layer.sparsity),
            "input_activity": "" if math.isnan(layer.input_activity) else number(layer.input_activity),
            "vector": _vector(layer),
            "gives": "" if layer.gives is None else "[{}, {}, {}]".format(*layer.gives),
            "weights_of": quoted(layer.weights_of) if layer.weights_of else "",
            "sequential": "true" if layer.sequential else "",
            "routed": str(layer.routed) if layer.routed else "",
        }
        rows.append({key: f"{key}: {value}" if value else "" for key, value in row.items()})
    return aligned(rows)


def _states_map(layer: Layer) -> bool:
    """Whether a row states its output map: other fields do not give it, or windows may see padding alone."""
    if layer.kind == "product":
        return layer.ofm is not None
    return layer.ofm is not None or layer.padding >= min(layer.kernel)


def _product(product: Product | None) -> str:
    """Flow mapping of a product."""
    if product is None:
        return ""
    parts = [f"{key}: {getattr(product, key)}" for key in ("heads", "m", "k", "n")]
    parts += [f"kv_heads: {product.kv_heads}"] if product.kv_heads not in (0, product.heads) else []
    parts += [f"causal: {number(product.causal)}"] if product.causal != 1 else []
    parts += ["cached: true"] if product.cached else []
    return "{" + ", ".join(parts) + "}"


def _vector(layer: Layer) -> str:
    """Flow mapping of what the vector unit does."""
    counts = {sort: getattr(layer.vector, sort) for sort in VECTOR_SORTS}
    parts = [f"{sort}: {count}" for sort, count in counts.items() if count]
    return "{" + ", ".join(parts) + "}" if parts else ""


def _pool(layer: Layer) -> str:
    """Flow mapping of the pooling after a layer; the stride is left out where it equals the window."""
    pool = layer.pool
    if pool.kind == "none":
        return ""
    parts = [f"{pool.kind}: {pool.kernel}"]
    parts += [f"stride: {pool.stride}"] if pool.stride != pool.kernel else []
    parts += [f"padding: {pool.padding}"] if pool.padding else []
    return "{" + ", ".join(parts) + "}"


def aligned(rows: Sequence[dict[str, str]]) -> list[str]:
    """Rows as flow mappings with their columns under each other; a column that no row uses is left out."""
    used = [key for key in rows[0] if any(row[key] for row in rows)]
    widths = {key: max(len(row[key]) for row in rows) for key in used}
    lines = []
    for row in rows:
        last = max(i for i, key in enumerate(used) if row[key])
        cells = []
        for i, key in enumerate(used[: last + 1]):
            ends = "" if i == last or not row[key] else ","
            cells.append((row[key] + ends).ljust(widths[key] + 1) if i < last else row[key])
        lines.append("- {" + " ".join(cells) + "}")
    return lines


def edge_lines(network: Network, layers: Sequence[Layer]) -> list[str]:
    """The edges, one row a consumer; none if the network is a plain chain."""
    rows, chain = [], True
    for consumer in range(network.n_layers):
        edges = np.flatnonzero(network.edge_consumer == consumer)
        named = _producers(network, layers, consumer, edges)
        kinds = [EDGE_KINDS[code] for code in network.edge_kind[edges]]
        row = {"to": f"to: {quoted(layers[consumer].name)}"}
        for key, kind in (("from", "input"), ("residual", "residual"), ("operand", "operand")):
            names = [name for name, of_kind in zip(named, kinds, strict=True) if of_kind == kind]
            row[key] = f"{key}: {_listed(names)}" if names else ""
        rows.append(row)
        before = HOST_NAME if consumer == 0 else quoted(layers[consumer - 1].name)
        chain &= named == [before] and kinds == ["input"]
    return [] if chain else aligned(rows)


def _listed(names: list[str]) -> str:
    """A name, or the list of several."""
    return names[0] if len(names) == 1 else "[" + ", ".join(names) + "]"


def _producers(network: Network, layers: Sequence[Layer], consumer: int, edges: IntArray) -> list[str]:
    """Producers of a consumer's edges, each with the shape it is read in where the two layers do not tell."""
    layer = layers[consumer]
    given = [layers[0].ifm if p == HOST else layers[p].pooled for p in network.edge_producer[edges]]
    values = [int(v) for v in network.edge_values[edges]]
    is_input = network.edge_kind[edges] == EDGE_KINDS.index("input")
    inputs = [(shape, v) for shape, v, is_in in zip(given, values, is_input, strict=True) if is_in]
    fc_plain = layer.kind == "fc" and _fc_reads_plainly(layer, inputs)
    out = []
    for producer, shape, v, kind in zip(
        network.edge_producer[edges], given, values, network.edge_kind[edges].tolist(), strict=True
    ):
        name = HOST_NAME if producer == HOST else quoted(layers[producer].name)
        read_as = _read_as(layer, EDGE_KINDS[kind], v)
        if EDGE_KINDS[kind] == "residual":
            plain = v == volume(shape) and (shape == read_as == layer.output or shape == layer.gives)
        elif layer.kind == "product" or EDGE_KINDS[kind] == "operand":
            plain = volume(shape) == v
        else:
            plain = fc_plain if layer.kind == "fc" else shape == read_as and read_as[:2] == layer.ifm[:2]
        out.append(name if plain else "{{layer: {}, read_as: [{}, {}, {}]}}".format(name, *read_as))
    return out


def _read_as(layer: Layer, kind: str, values: int) -> Shape:
    """The shape in which a layer reads ``values``."""
    height, width = (1, 1) if kind == "operand" else layer.output_map if kind == "residual" else layer.ifm[:2]
    if layer.routed and kind == "residual":
        return layer.pooled
    if layer.routed or values % (height * width):
        return 1, 1, values
    return height, width, values // (height * width)


def _fc_reads_plainly(layer: Layer, inputs: list[tuple[Shape | None, int]]) -> bool:
    """Whether an fc layer's inputs follow from its channels: maps flattened, or else averaged to a value a channel."""
    flat = sum(v if shape is None else volume(shape) for shape, v in inputs)
    if flat == layer.ifm[2]:
        return all(shape is None or v == volume(shape) for shape, v in inputs)
    return all(shape is None or v == shape[2] for shape, v in inputs)
