"""Layers and edges of a transformer from a few numbers: the ``transformer:`` block of a network file."""

from dataclasses import dataclass, replace

from siam_dse.workload.graph import Edge, Layer, Product, Shape, Vector, product_layer, volume
from siam_dse.workload.network import HOST

FUNCTIONS = ("gelu", "silu", "relu")  # between the two matrices of a feed-forward block


@dataclass(frozen=True)
class Transformer:
    """Sizes of a transformer; encoders see all tokens, decoders those before.

    ``embeddings`` are the rows of tables that no layer shares: places, and an encoder's words. ``tied``: the last
    matrix is the table of words. ``rotary`` turns queries and keys by their place. ``imbalance`` is what the busiest
    expert gets over the mean.
    """

    layers: int
    hidden: int
    heads: int
    ffn: int
    kv_heads: int = 0  # 0 = heads
    head_dim: int = 0  # 0 = hidden / heads
    gated: bool = False
    function: str = "gelu"
    decoder: bool = False
    rotary: bool = False
    vocabulary: int = 0
    tied: bool = False
    embeddings: int = 0
    experts: int = 0
    experts_per_token: int = 0
    imbalance: float = 1.0

    @property
    def looked_up(self) -> int:
        """Parameters in tables of embeddings that are no layer's weights."""
        return self.hidden * (self.embeddings + (0 if self.tied else self.vocabulary))


class _Rows:
    """Layers and edges so far; a source is a layer's index and the shape that is read of it."""

    def __init__(self, layers: list[Layer], edges: list[Edge]) -> None:
        self.layers = layers
        self.edges = edges

    def add(self, layer: Layer, **sources: "tuple[int, Shape] | None") -> int:
        """Append a layer with its edges by kind; its index."""
        index = len(self.layers)
        self.layers.append(layer)
        self.edges += [Edge(of[0], index, kind, of[1]) for kind, of in sources.items() if of is not None]
        return index


def transformer_rows(
    sizes: Transformer, tokens: int, phase: str, stem: list[Layer], edges: list[Edge]
) -> tuple[list[Layer], list[Edge]]:
    """Layers and edges of a transformer behind the layers of its ``stem``.

    Queries, keys and values are one matrix a block. Normalisations count at the layer that makes what they work on.
    Prefill works on all tokens at once; decode on one, the others' keys and values are in the cache.

    Parameters
    ----------
    sizes : Transformer
    tokens : int
        Of the sequence.
    phase : {"", "prefill", "decode"}
    stem, edges
        Layers in front, and their edges; the last one gives (tokens, 1, hidden). Without any the host does.

    Returns
    -------
    layers, edges

    Notes
    -----
    Causal share of products in prefill: (tokens + 1) / (2 tokens).
    """
    now = 1 if phase == "decode" else tokens
    rows = _Rows(list(stem), list(edges))
    stream = len(stem) - 1 if stem else HOST
    if stem:
        rows.layers[-1] = _normed(rows.layers[-1], now * sizes.hidden)
    for block in range(sizes.layers):
        attended = _attention(rows, sizes, f"b{block + 1}", stream, now, tokens)
        feed = _experts if sizes.experts else _feed_forward
        stream = feed(rows, sizes, f"b{block + 1}", attended, now)
    if sizes.vocabulary:
        head = Layer("vocabulary", "fc", (1, 1, sizes.hidden), (1, 1), sizes.vocabulary)
        rows.add(replace(head, vector=Vector(softmax=sizes.vocabulary)), input=(stream, (1, 1, sizes.hidden)))
    return rows.layers, rows.edges


def _attention(rows: _Rows, sizes: Transformer, name: str, stream: int, now: int, tokens: int) -> int:
    """Attention of a block; the layer that puts out its sum with the stream."""
    size = sizes.head_dim or sizes.hidden // sizes.heads
    heads, kv_heads = sizes.heads, sizes.kv_heads or sizes.heads
    queries, keys = heads * size, kv_heads * size
    causal = (tokens + 1) / (2 * tokens) if sizes.decoder and now == tokens else 1.0
    whole = (now, 1, sizes.hidden)
    # a turn of a value takes two operations of a lane: two multiplications and an addition
    turns = 2 * now * (queries + keys) if sizes.rotary else 0
    first_norm = now * sizes.hidden if stream == HOST else 0  # of later blocks at the layer before
    qkv = rows.add(
        _matrix(f"{name}.qkv", now, sizes.hidden, queries + 2 * keys, Vector(simple=turns, norm=first_norm)),
        input=(stream, whole),
    )
    product = Product(heads, now, size, tokens, kv_heads, causal, cached=sizes.decoder)
    kept = round(heads * now * tokens * causal)
    scores = rows.add(
        product_layer(f"{name}.scores", product, vector=Vector(softmax=kept)),
        input=(qkv, (now, 1, queries)),
        operand=(qkv, (now, 1, keys)),
    )
    mixed = rows.add(
        product_layer(f"{name}.mixed", Product(heads, now, tokens, size, kv_heads, causal, cached=sizes.decoder)),
        input=(scores, (now, 1, heads * tokens)),
        operand=(qkv, (now, 1, keys)),
    )
    out = _matrix(f"{name}.out", now, queries, sizes.hidden, Vector(norm=now * sizes.hidden))
    return rows.add(out, input=(mixed, (now, 1, queries)), residual=(stream, whole))


def _feed_forward(rows: _Rows, sizes: Transformer, name: str, stream: int, now: int) -> int:
    """Two matrices, or three with a gate; the layer that puts out their sum with the stream."""
    whole, wide = (now, 1, sizes.hidden), (now, 1, sizes.ffn)
    bends = 0 if sizes.function == "relu" else now * sizes.ffn
    gate: tuple[int, Shape] | None = None
    if sizes.gated:
        bent = _matrix(f"{name}.gate", now, sizes.hidden, sizes.ffn, Vector(special=bends))
        gate = (rows.add(bent, input=(stream, whole)), wide)
    vector = Vector(simple=now * sizes.ffn) if sizes.gated else Vector(special=bends)
    up = rows.add(_matrix(f"{name}.up", now, sizes.hidden, sizes.ffn, vector), input=(stream, whole), operand=gate)
    down = _matrix(f"{name}.down", now, sizes.ffn, sizes.hidden, Vector(norm=now * sizes.hidden))
    return rows.add(down, input=(up, wide), residual=(stream, whole))


def _experts(rows: _Rows, sizes: Transformer, name: str, stream: int, now: int) -> int:
    """Feed-forward by experts: each token goes to some of them, chosen by a router; all hold their weights."""
    routed = now * sizes.experts_per_token
    busiest = max(min(-(-int(routed * sizes.imbalance) // sizes.experts), now), -(-routed // sizes.experts), 1)
    whole, each = (now, 1, sizes.hidden), (now, 1, sizes.experts_per_token * sizes.ffn)
    router = rows.add(
        _matrix(f"{name}.router", now, sizes.hidden, sizes.experts, Vector(softmax=now * sizes.experts)),
        input=(stream, whole),
    )
    chosen = (router, (now, 1, sizes.experts_per_token))
    sent = (stream, (1, 1, routed * sizes.hidden))

    def matrix(of: str, inputs: int, outputs: int, vector: Vector, gives: Shape) -> Layer:
        return Layer(
            f"{name}.{of}",
            "conv",
            (busiest, 1, sizes.experts * inputs),
            (1, 1),
            sizes.experts * outputs,
            groups=sizes.experts,
            vector=vector,
            gives=gives,
            routed=routed,
        )

    bends = 0 if sizes.function == "relu" else routed * sizes.ffn
    if sizes.gated:
        gate = rows.add(matrix("gate", sizes.hidden, sizes.ffn, Vector(special=bends), each), input=sent,
                        operand=chosen)  # fmt: skip
        chosen = (gate, each)
    vector = Vector(simple=routed * sizes.ffn) if sizes.gated else Vector(special=bends)
    up = rows.add(matrix("up", sizes.hidden, sizes.ffn, vector, each), input=sent, operand=chosen)
    # what experts give is weighed and added up, two operations of a value
    summed = Vector(simple=2 * routed * sizes.hidden, norm=now * sizes.hidden)
    return rows.add(matrix("down", sizes.ffn, sizes.hidden, summed, whole), input=(up, each), residual=(stream, whole))


def _matrix(name: str, positions: int, inputs: int, outputs: int, vector: Vector) -> Layer:
    """A matrix on tokens."""
    return Layer(name, "conv", (positions, 1, inputs), (1, 1), outputs, vector=vector)


def _normed(layer: Layer, values: int) -> Layer:
    """The layer with a normalisation of as many values more."""
    return replace(layer, vector=replace(layer.vector, norm=layer.vector.norm + values))


def head_edges(n_before: int, head: list[Layer]) -> list[Edge]:
    """Edges of the layers behind a transformer: a chain that starts with its first token."""
    shapes = [(1, 1, layer.ifm[2]) if layer.kind == "fc" else layer.ifm for layer in head]
    return [Edge(n_before + i - 1, n_before + i, "input", shape) for i, shape in enumerate(shapes) if volume(shape)]
