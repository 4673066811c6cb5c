"""Attention and the fused operations of transformers, read as what they are made of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from siam_dse.workload.graph import Layer, Product
from siam_dse.workload.onnx_graph import LayerGraph
from siam_dse.workload.onnx_node import Handler, Node, checked, name_of
from siam_dse.workload.onnx_products import matmul
from siam_dse.workload.onnx_tensor import Flow, Source, Tensor, UnreadableError, broadcast_counts, resized, scaled


@dataclass(frozen=True)
class _Heads:
    """Sizes of an attention: maps an input, heads, heads of keys and values, queries, keys, sizes of a head."""

    maps: int
    heads: int
    kv_heads: int
    queries: int
    keys: int
    size: int
    value_size: int


def _attend(node: Node, built: LayerGraph, flows: tuple[Flow, Flow, Flow], sizes: _Heads) -> Flow:
    """Scores, softmax and the mixture of values; returns what the result is made of."""
    query, key, value = flows
    heads, kv_heads = sizes.maps * sizes.heads, sizes.maps * sizes.kv_heads
    name = name_of(node)
    scores = Product(heads, sizes.queries, sizes.size, sizes.keys)
    key = scaled(key, sum(s.values for s in key), kv_heads * sizes.size * sizes.keys)
    first = built.add_product(f"{name}_scores", scores, query, key)
    count = heads * sizes.queries * sizes.keys
    weights = (Source(first, count),)
    built.count(weights, "softmax", count * built.times)
    mixed = Product(heads, sizes.queries, sizes.keys, sizes.value_size)
    value = scaled(value, sum(s.values for s in value), kv_heads * sizes.keys * sizes.value_size)
    last = built.add_product(f"{name}_mixed", mixed, weights, value)
    return (Source(last, heads * sizes.queries * sizes.value_size),)


def _split_heads(node: Node, tensor: Tensor, heads: int) -> tuple[int, int, int, int]:
    """Maps, heads, positions and size of a head of (B, T, H d) or (B, H, T, d)."""
    sides = tensor.sides
    if len(sides) == 4:
        return sides[0], sides[1], sides[2], sides[3]
    if len(sides) != 3 or heads < 1 or sides[2] % heads:
        message = f"has {heads} heads and an input of the shape {list(tensor.shape)}"
        raise UnreadableError(message)
    return sides[0], heads, sides[1], sides[2] // heads


def _present(node: Node, tensor: Tensor, past: int, maps: int, heads: int, length: int, size: int) -> Tensor:
    """Keys or values with those of the tokens before."""
    shape = checked((maps, heads, length, size))
    flow = tensor.flow
    if node.has(past) and node[past].flow:
        flow = (*node[past].flow, *(s for s in flow if s.producer not in {p.producer for p in node[past].flow}))
    return Tensor(shape, flow)


def _attention(node: Node, built: LayerGraph) -> list[Tensor]:
    """Attention of the standard: queries, keys and values are given."""
    query, key, value = node[0], node[1], node[2]
    maps, heads, queries, size = _split_heads(node, query, node.number("q_num_heads", 0))
    _, kv_heads, keys, _ = _split_heads(node, key, node.number("kv_num_heads", heads))
    value_size = _split_heads(node, value, node.number("kv_num_heads", heads))[3]
    before = node[4].shape[2] if node.has(4) and len(node[4].shape) == 4 else 0
    present_key = _present(node, key, 4, maps, kv_heads, before + keys, size)
    present_value = _present(node, value, 5, maps, kv_heads, before + keys, value_size)
    sizes = _Heads(maps, heads, kv_heads, queries, before + keys, size, value_size)
    flow = _attend(node, built, (query.flow, present_key.flow, present_value.flow), sizes)
    lead = query.shape[0]
    shape = (lead, heads, queries, value_size) if len(query.shape) == 4 else (lead, queries, heads * value_size)
    out = Tensor(shape, flow, batch=(query.batch[0], *(1,) * (len(shape) - 1)) if query.batch else ())
    scores = Tensor((maps, heads, queries, before + keys), flow)
    return [out, present_key, present_value, scores]


def _attention_with_weights(node: Node, built: LayerGraph) -> list[Tensor]:
    """Attention that holds the matrix of its queries, keys and values."""
    first, weights = node[0], node[1]
    if len(first.shape) != 3 or weights.flow or len(weights.shape) != 2:
        message = f"reads {list(first.shape)} with weights {list(weights.shape)}"
        raise UnreadableError(message)
    heads = node.number("num_heads", 0)
    parts = node.list_of("qkv_hidden_sizes", [weights.shape[1] // 3] * 3, low=1) or [weights.shape[1] // 3] * 3
    if heads < 1 or sum(parts) != weights.shape[1] or any(part % heads for part in parts):
        message = f"has {heads} heads and weights {list(weights.shape)}"
        raise UnreadableError(message)
    joint = matmul(node, built, first, weights, f"{name_of(node)}_qkv")
    maps, queries = first.sides[0], first.sides[1]
    producer = joint.flow[0].producer
    flows = tuple((Source(producer, maps * queries * part),) for part in parts)
    past = 6 if node.op == "QAttention" else 4
    if node.op == "QAttention":
        past = 8
    before = node[past].shape[3] if node.has(past) and len(node[past].shape) == 5 else 0
    size, value_size = parts[0] // heads, parts[2] // heads
    sizes = _Heads(maps, heads, heads, queries, before + queries, size, value_size)
    flow = _attend(node, built, (flows[0], flows[1], flows[2]), sizes)
    out = Tensor((*first.shape[:2], parts[2]), flow, batch=first.batch)
    present = Tensor((2, first.shape[0], heads, before + queries, size), (*flows[1],))
    return [out, present]


def _multi_head(node: Node, built: LayerGraph) -> list[Tensor]:
    """Attention with queries, keys and values apart, or packed in one or two tensors."""
    query = node[0]
    heads = node.number("num_heads", 0)
    kv_heads = node.number("kv_num_heads", heads)
    grouped = node.op == "GroupQueryAttention"
    past = 3 if grouped else 6
    batch = query.batch
    if len(query.sides) == 5:  # (B, T, H, 3, d)
        maps, queries, heads, _, size = query.sides
        kv_heads, keys, value_size = heads, queries, size
        third = scaled(query.flow, query.values, query.values // 3)
        flows = (third, third, third)
    elif not node.has(1) and grouped:  # (B, T, (H + 2 H_kv) d)
        maps, queries, width = query.sides
        size = value_size = width // max(heads + 2 * kv_heads, 1)
        keys = queries
        parts = [maps * queries * size * n for n in (heads, kv_heads, kv_heads)]
        flows = (
            scaled(query.flow, query.values, parts[0]),
            scaled(query.flow, query.values, parts[1]),
            scaled(query.flow, query.values, parts[2]),
        )
    else:
        maps, _, queries, size = _split_heads(node, query, heads)
        key = node[1]
        if len(key.sides) == 5:  # (B, S, H, 2, d)
            keys, value_size = key.sides[1], size
            half = scaled(key.flow, key.values, key.values // 2)
            flows = (query.flow, half, half)
        else:
            keys = _split_heads(node, key, kv_heads)[2]
            value_size = _split_heads(node, node[2], kv_heads)[3]
            flows = (query.flow, key.flow, node[2].flow)
    before = node[past].shape[2] if node.has(past) and len(node[past].shape) == 4 else 0
    for i, part in ((1, past), (2, past + 1)):
        if before and node.has(part) and node[part].flow:
            mine = tuple(s for s in flows[i] if s.producer not in {p.producer for p in node[part].flow})
            flows = tuple((*node[part].flow, *mine) if i == j else flow for j, flow in enumerate(flows))  # type: ignore[assignment]
    if min(heads, kv_heads, size, value_size) < 1 or heads % kv_heads:
        message = f"has {heads} heads, {kv_heads} of keys, for inputs of {list(query.shape)}"
        raise UnreadableError(message)
    sizes = _Heads(maps, heads, kv_heads, queries, before + keys, size, value_size)
    if grouped and node.number("do_rotary", 0):
        built.count(query.flow, "simple", 3 * maps * queries * size * (heads + kv_heads) * built.times)
    flow = _attend(node, built, flows, sizes)
    shape = (query.shape[0], queries, heads * value_size)
    out = Tensor(shape, flow, batch=(batch[0], 1, 1) if batch else ())
    present = [
        Tensor((query.shape[0], kv_heads, before + keys, side), flows[i]) for i, side in ((1, size), (2, value_size))
    ]
    return [out, *present]


def _skip_norm(node: Node, built: LayerGraph) -> list[Tensor]:
    """A residual sum and the normalisation after it; the sum is an output too."""
    first, skip = node[0], node[1]
    if node.op == "SkipGroupNorm":
        skip = node[3]
    total = built.combine([first, skip], first.shape, None, is_sum=True)
    if total.flow:
        built.count(total.flow, "norm", built.values(total))
    last = 1 if node.op == "SkipGroupNorm" else 3
    return [total if i in (0, last) else Tensor(first.shape[:1], total.flow) for i in range(4)]


def _embed_norm(node: Node, built: LayerGraph) -> list[Tensor]:
    """Look-up of word, position and segment in tables, their sum, and its normalisation."""
    ids = node[0]
    width = node[2].shape[-1]
    built.tables.update({node[i].root: node[i].values for i in (2, 3, 4) if node.has(i)})
    out = resized(Tensor((*ids.shape, 1), ids.flow, batch=(*ids.batch, 1) if ids.batch else ()), (*ids.shape, width))
    built.count(out.flow, "simple", 2 * built.values(out))
    built.count(out.flow, "norm", built.values(out))
    return [out, Tensor(ids.shape[:1], ids.flow), out]


def _rotary(node: Node, built: LayerGraph) -> list[Tensor]:
    """Rotation by position: two products and a sum of each value."""
    first = node[0]
    if first.flow:
        built.count(first.flow, "simple", 3 * built.values(first))
    return [replace(first, joined=None)]


def _experts(node: Node, built: LayerGraph) -> list[Tensor]:
    """Mixture of experts: all weights are held, each token visits k experts."""
    first = node[0]
    if node[2].flow or len(node[2].shape) != 3:
        message = f"has weights {list(node[2].shape)}"
        raise UnreadableError(message)
    hidden = first.shape[-1]
    tokens = first.values // hidden
    k, experts = node.number("k", 1), node[2].shape[0]
    routed, places = tokens * k, -(-tokens * k // experts)
    flow = first.flow
    for part, index in (("up", 2), ("gate", 6), ("down", 4)):
        if not node.has(index):
            continue
        other = prod(node[index].shape[1:]) // hidden
        rows, columns = (other, hidden) if part == "down" else (hidden, other)
        name, ifm = f"{name_of(node)}_{part}", (places, 1, rows * experts)
        layer = Layer(name, "conv", ifm, (1, 1), columns * experts, groups=experts, routed=routed)
        gives = (tokens, 1, hidden) if part == "down" else (tokens, 1, k * columns)
        made = built.add_layer(layer, flow if part == "down" else first.flow, node[index].root, gives)
        flow = (Source(made, routed * columns),)
        sort = "special" if part == "up" else "simple"  # the function, its gate, the sum over experts
        built.count(flow, sort, routed * columns * built.times)
    out = Tensor(first.shape, batch=broadcast_counts([first], first.shape))
    return [replace(out, flow=scaled(flow, flow[0].values, out.values))]


def _scaled_softmax(sorts: Sequence[str]) -> Handler:
    """Several operations on each value in one node."""

    def handler(node: Node, built: LayerGraph) -> list[Tensor]:
        out = built.combine(
            node.given()[:2] if node.op == "BiasSoftmax" else [node[0]], node[0].shape, None, is_sum=True
        )
        for sort in sorts:
            built.count(out.flow, sort, built.values(out) if out.flow else 0)
        return [out]

    return handler


ATTENTION: dict[str, Handler] = {
    "BiasSoftmax": _scaled_softmax(["softmax"]),
    "EmbedLayerNormalization": _embed_norm,
    "GroupQueryAttention": _multi_head,
    "MoE": _experts,
    "MultiHeadAttention": _multi_head,
    "QAttention": _attention_with_weights,
    "QEmbedLayerNormalization": _embed_norm,
    "RotaryEmbedding": _rotary,
    "SkipGroupNorm": _skip_norm,
    "SkipLayerNormalization": _skip_norm,
    "SkipSimplifiedLayerNormalization": _skip_norm,
}


def attention_of(domain: str) -> Handler:
    """Handler of the operation Attention, which has weights in the domain of ONNX Runtime."""
    return _attention_with_weights if domain == "com.microsoft" else _attention
