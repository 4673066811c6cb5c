"""Layers and edges one by one, as a reader gathers them and as a writer needs them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from siam_dse.workload.network import HOST, LAYER_KINDS, POOL_KINDS, Network
from siam_dse.workload.shapes import conv_side, pooled_side, siam_map

Shape = tuple[int, int, int]  # height, width, channels


@dataclass(frozen=True)
class Pool:
    """Pooling after a layer: ``kind`` in ``POOL_KINDS``, square window, step and padding."""

    kind: str = "none"
    kernel: int = 1
    stride: int = 1
    padding: int = 0


@dataclass(frozen=True)
class Vector:
    """Values that the vector unit works on after a layer, by sort of operation (``VECTOR_SORTS``).

    Rectifiers, the pool after a layer and residual sums are not among them: the tile has units for those.
    """

    simple: int = 0  # additions, multiplications, comparisons: gates, overlap-add, resizing, pools on a branch
    special: int = 0  # exponential, GELU, SiLU, sigmoid, tanh
    softmax: int = 0
    norm: int = 0  # layer and RMS normalisation


@dataclass(frozen=True)
class Product:
    """Product of two activations: ``heads`` times an m x k by a k x n matrix.

    ``kv_heads`` second operands are shared by the heads. ``causal`` is the share of the products that is needed.
    ``cached``: the second operand is kept for the tokens to come; edges bring what is new of it.
    """

    heads: int
    m: int
    k: int
    n: int
    kv_heads: int = 0  # 0 = as many as heads
    causal: float = 1.0
    cached: bool = False

    @property
    def operand_values(self) -> int:
        """Values of the second operand."""
        return (self.kv_heads or self.heads) * self.k * self.n


@dataclass(frozen=True)
class Layer:
    """One row of the table: a weight layer, or a product of two activations (:func:`product_layer`).

    ``ofm`` overrides the output map where stride and padding do not give it. ``gives`` is the shape that readers see
    where neither the output nor its pool gives it: after overlap-add, resizing, a class token put before others.
    ``weights_of`` names the layer whose weights this one uses too. A ``sequential`` layer's positions wait for each
    other (time steps of a recurrent one): it is neither copied nor pipelined. Experts are groups, each with the
    positions of the busiest: ``routed`` counts the positions of all of them together, 0 where every group has all.
    """

    name: str
    kind: str
    ifm: Shape
    kernel: tuple[int, int]
    out: int
    stride: int = 1
    padding: int = 0
    groups: int = 1
    ofm: tuple[int, int] | None = None
    pool: Pool = Pool()
    sparsity: float = 0.0
    input_activity: float = float("nan")
    vector: Vector = Vector()
    product: Product | None = None
    gives: Shape | None = None
    weights_of: str = ""
    sequential: bool = False
    routed: int = 0

    @property
    def output_map(self) -> tuple[int, int]:
        """Height and width of the output map before pooling."""
        if self.ofm is not None:
            return self.ofm
        return (
            conv_side(self.ifm[0], self.kernel[0], self.stride, self.padding),
            conv_side(self.ifm[1], self.kernel[1], self.stride, self.padding),
        )

    @property
    def output(self) -> Shape:
        """Shape of the output before pooling."""
        return (*self.output_map, self.out)

    @property
    def pooled(self) -> Shape:
        """Shape of the output as the next layers read it."""
        return self.gives or self.pooled_map

    @property
    def pooled_map(self) -> Shape:
        """Shape of the output after pooling."""
        height, width = self.output_map
        if self.pool.kind == "none":
            return height, width, self.out
        window = (self.pool.kernel, self.pool.stride, self.pool.padding)
        return pooled_side(height, *window), pooled_side(width, *window), self.out


@dataclass(frozen=True)
class Edge:
    """One edge; ``shape`` is what it carries, as the consumer reads it."""

    producer: int
    consumer: int
    kind: str
    shape: Shape

    @property
    def values(self) -> int:
        """Values carried an image."""
        return volume(self.shape)


@dataclass(frozen=True)
class Header:
    """What a network is, beside its layers."""

    name: str
    dataset: str = "unknown"
    classes: int = 0
    int8_top1: float = float("nan")
    int8_top1_source: str = ""
    int8_top1_status: str = "unknown"
    source: str = ""
    layout: str = "true_shape"
    tokens: int = 0  # of a sequence; 0 = the network is none
    phase: str = ""  # of a decoder
    looked_up: int = 0  # parameters in tables of embeddings


def volume(shape: Shape) -> int:
    """Values of a feature map."""
    height, width, channels = shape
    return height * width * channels


def product_layer(
    name: str,
    product: Product,
    *,
    vector: Vector = Vector(),
    shape: Shape | None = None,
) -> Layer:
    """Row of a product; its output is m positions of heads x n values, or as many in ``shape``."""
    height, width, out = shape or (product.m, 1, product.heads * product.n)
    ifm = (product.m, 1, product.heads * product.k)
    ofm = None if (height, width) == (product.m, 1) else (height, width)
    return Layer(name, "product", ifm, (1, 1), out, ofm=ofm, vector=vector, product=product)


def with_siam_map(layer: Layer) -> Layer:
    """The layer with the output map of SIAM's rule: an unpadded stride-1 sweep of the listed map."""
    return replace(layer, ofm=siam_map(layer.ifm[0], layer.ifm[1], layer.kernel[0], layer.kernel[1]))


def siam_chain(layers: Sequence[Layer]) -> list[Edge]:
    """The plain chain of the SIAM layout: each layer is sent its listed input, whatever the one before it gives."""
    return [Edge(HOST if i == 0 else i - 1, i, "input", layer.ifm) for i, layer in enumerate(layers)]


def listed_chain(layers: Sequence[Layer]) -> tuple[list[Layer], list[Edge]]:
    """Layers of a table without edges as a chain: each is sent its listed input, whatever the one before it gives."""
    return listed_edges(layers, [(i - 1 if i else HOST, i) for i in range(len(layers))])


def listed_edges(layers: Sequence[Layer], pairs: Sequence[tuple[int, int]]) -> tuple[list[Layer], list[Edge]]:
    """Layers of a table and who reads whom: each producer gives what its largest reader lists.

    Several producers of one layer share its channels evenly.
    """
    edges = []
    gives: dict[int, Shape] = {}
    for producer, consumer in pairs:
        height, width, channels = layers[consumer].ifm
        inputs = [p for p, c in pairs if c == consumer]
        share = channels // len(inputs) + (channels % len(inputs) if producer == inputs[0] else 0)
        shape = (height, width, share)
        edges.append(Edge(producer, consumer, "input", shape))
        if producer != HOST and volume(shape) > volume(gives.get(producer, layers[producer].pooled)):
            gives[producer] = shape
    return [replace(layer, gives=gives.get(i)) for i, layer in enumerate(layers)], edges


def layer_of(network: Network, i: int) -> Layer:
    """Layer ``i`` of a network by itself; ``ofm`` is set only where stride and padding do not give it."""
    layer = Layer(
        name=network.layer_names[i],
        kind=LAYER_KINDS[network.kind[i]],
        ifm=(int(network.ifm_h[i]), int(network.ifm_w[i]), int(network.channels_in[i])),
        kernel=(int(network.kernel_h[i]), int(network.kernel_w[i])),
        out=int(network.channels_out[i]),
        stride=int(network.stride[i]),
        padding=int(network.padding[i]),
        groups=int(network.groups[i]),
        pool=Pool(
            POOL_KINDS[network.pool[i]],
            int(network.pool_kernel[i]),
            int(network.pool_stride[i]),
            int(network.pool_padding[i]),
        ),
        sparsity=float(network.sparsity[i]),
        input_activity=float(network.input_activity[i]),
        vector=Vector(*(int(values[i]) for values in network.vector)),
        product=_product_of(network, i),
        weights_of="" if network.weights_of[i] < 0 else network.layer_names[network.weights_of[i]],
        sequential=bool(network.sequential[i]),
        routed=int(network.routed[i]),
    )
    output_map = (int(network.ofm_h[i]), int(network.ofm_w[i]))
    layer = layer if layer.output_map == output_map else replace(layer, ofm=output_map)
    gives = (int(network.gives_h[i]), int(network.gives_w[i]), int(network.gives_channels[i]))
    return layer if layer.pooled == gives else replace(layer, gives=gives)


def _product_of(network: Network, i: int) -> Product | None:
    """The product of row ``i``."""
    if not network.is_product[i]:
        return None
    return Product(
        heads=int(network.product_heads[i]),
        m=int(network.product_m[i]),
        k=int(network.product_k[i]),
        n=int(network.product_n[i]),
        kv_heads=int(network.product_kv_heads[i]),
        causal=float(network.product_causal[i]),
        cached=bool(network.product_cached[i]),
    )
