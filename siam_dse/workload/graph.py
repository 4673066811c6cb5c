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
class Layer:
    """One weight layer. ``ofm`` overrides the output map where stride and padding do not give it."""

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


def volume(shape: Shape) -> int:
    """Values of a feature map."""
    height, width, channels = shape
    return height * width * channels


def with_siam_map(layer: Layer) -> Layer:
    """The layer with the output map of SIAM's rule: an unpadded stride-1 sweep of the listed map."""
    return replace(layer, ofm=siam_map(layer.ifm[0], layer.ifm[1], layer.kernel[0], layer.kernel[1]))


def siam_chain(layers: Sequence[Layer]) -> list[Edge]:
    """The plain chain of the SIAM layout: each layer is sent its listed input, whatever the one before it gives."""
    return [Edge(HOST if i == 0 else i - 1, i, "input", layer.ifm) for i, layer in enumerate(layers)]


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
    )
    output_map = (int(network.ofm_h[i]), int(network.ofm_w[i]))
    return layer if layer.output_map == output_map else replace(layer, ofm=output_map)
