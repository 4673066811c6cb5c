"""Network: layers as columns and the edges between them."""

from dataclasses import dataclass
from functools import cached_property
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray

# Kinds of an edge: the producer's map is (part of) the consumer's input, is added to the consumer's output, or is an
# operand: the second one of a product, or what the vector unit combines with a layer's output (a gate).
EDGE_KINDS = ("input", "residual", "operand")
LAYER_KINDS = ("conv", "fc", "product")
VECTOR_SORTS = ("simple", "special", "softmax", "norm")
PHASES = ("prefill", "decode")
POOL_KINDS = ("none", "max", "avg")
_SHOWN = (
    *("ifm_h", "ifm_w", "channels_in", "kernel_h", "kernel_w", "channels_out", "stride", "padding", "groups"),
    *("ofm_h", "ofm_w", "weights", "macs"),
)
_MOST_SHOWN = 12  # layers that a notebook shows
HOST = -1  # producer of the network's input

if TYPE_CHECKING:
    import pandas as pd


def chance_of(classes: int) -> float:
    """Top-1 of a guess among ``classes``; one output is the logit of two."""
    return 1 / max(classes, 2)


@dataclass(frozen=True, eq=False)  # one is equal to itself alone
class Network:
    """A DNN as its layers (L of them, in order of execution) and the edges (E) that carry feature maps.

    A layer holds weights in crossbars (``conv``, ``fc``), or is a ``product`` of two activations, on the digital unit
    of the chiplets that hold the weight layer before it: ``product_heads`` times ``product_m`` x ``product_k`` by
    ``product_k`` x ``product_n``, ``product_causal`` of which is needed; ``product_kv_heads`` second operands are
    shared by the heads, and kept in a cache where ``product_cached``. ``vector`` counts the values, (4, L), that the
    vector unit works on after each layer, by sort (``VECTOR_SORTS``); rectifiers, pools and residual sums are the
    tile's. Reshapes, transposes and slices are nothing but edges. Tokens are positions: a map of tokens x 1.

    Shapes of layer l: the input map is ``ifm_h`` x ``ifm_w`` x ``channels_in`` *before* padding, the output map
    ``ofm_h`` x ``ofm_w`` x ``channels_out``; a fully connected layer is a 1 x 1 kernel on a 1 x 1 map. ``pool`` is what
    follows the layer (window ``pool_kernel``, step ``pool_stride``, ``pool_padding``).

    Edges: ``edge_producer`` (a layer, or ``HOST`` for the network's input), ``edge_consumer``, ``edge_kind`` (code in
    ``EDGE_KINDS``) and ``edge_values``, the values carried an image as the consumer sees them (after pooling).
    A concatenation is several input edges; a residual edge's values are added to the consumer's output.

    ``layout`` is ``true_shape``, or ``siam`` for the released SIAM tables, whose rows are unpadded stride-1 sweeps and
    a plain chain. ``input_activity`` is the fraction of ones in a layer's input bits, NaN where unknown;
    ``sparsity`` the share of work left out (0 = dense).

    ``tokens`` are those of a sequence, 0 where a network is none; in ``phase`` decode they are in the cache but one.
    ``looked_up`` counts parameters in tables of embeddings, which lie in the DRAM.

    A network is a classifier where it states ``int8_top1``. ``classes`` counts what it chooses from; one output is the
    one logit of two classes then.
    """

    name: str
    dataset: str
    classes: int
    int8_top1: float  # fraction, NaN where it has none
    int8_top1_source: str
    int8_top1_status: str
    source: str
    layout: str
    layer_names: tuple[str, ...]
    kind: IntArray
    ifm_h: IntArray
    ifm_w: IntArray
    channels_in: IntArray
    kernel_h: IntArray
    kernel_w: IntArray
    channels_out: IntArray
    stride: IntArray
    padding: IntArray
    groups: IntArray
    ofm_h: IntArray
    ofm_w: IntArray
    pool: IntArray
    pool_kernel: IntArray
    pool_stride: IntArray
    pool_padding: IntArray
    sparsity: FloatArray
    input_activity: FloatArray
    edge_producer: IntArray
    edge_consumer: IntArray
    edge_kind: IntArray
    edge_values: IntArray
    vector: IntArray
    product_heads: IntArray
    product_kv_heads: IntArray
    product_m: IntArray
    product_k: IntArray
    product_n: IntArray
    product_causal: FloatArray
    product_cached: BoolArray
    gives_h: IntArray
    gives_w: IntArray
    gives_channels: IntArray
    weights_of: IntArray
    sequential: BoolArray
    routed: IntArray
    tokens: int = 0
    phase: str = ""
    looked_up: int = 0

    def __getstate__(self) -> dict[str, Any]:
        """Its fields, without what was computed from them."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def __repr__(self) -> str:
        return (
            f"<network {self.name}: {self.n_layers} weight layers, {int(self.weights.sum()):,} weights, "
            f"{int(self.macs.sum()):,} multiply-accumulates an input>"
        )

    def _repr_html_(self) -> str:
        """The first layers, for a notebook."""
        more = f"<p>and {self.n_layers - _MOST_SHOWN} more</p>" if self.n_layers > _MOST_SHOWN else ""
        return f"<p>{escape(repr(self))}</p>{self.to_frame().head(_MOST_SHOWN).to_html(index=False)}{more}"

    def to_frame(self) -> "pd.DataFrame":
        """A row a layer, in order of execution: shapes of its maps and kernel, weights, multiply-accumulates, inputs.

        Values on the vector unit and the matrices of products have columns where the network has any.
        """
        import pandas as pd

        table = pd.DataFrame({"layer": self.layer_names, **{name: getattr(self, name) for name in _SHOWN}})
        if self.is_product.any():
            table["product"] = [self._product_text(layer) for layer in range(self.n_layers)]
        for sort, values in zip(VECTOR_SORTS, self.vector, strict=True):
            if values.any():
                table[sort] = values
        inputs: list[list[str]] = [[] for _ in range(self.n_layers)]
        for kind, producer, consumer in zip(
            self.edge_kind.tolist(), self.edge_producer.tolist(), self.edge_consumer.tolist(), strict=True
        ):
            inputs[consumer].append(("", "+", "*")[kind] + ("input" if producer < 0 else self.layer_names[producer]))
        table["from (+ residual, * operand)"] = [", ".join(names) for names in inputs]
        return table

    def _product_text(self, layer: int) -> str:
        """Heads and matrices of a product, nothing of another layer."""
        if not self.is_product[layer]:
            return ""
        heads, m, k, n = (int(getattr(self, f"product_{name}")[layer]) for name in ("heads", "m", "k", "n"))
        return f"{heads} x ({m} x {k}) ({k} x {n})"

    @cached_property
    def text(self) -> str:
        """Canonical YAML: what a run folder stores and fingerprints."""
        from siam_dse.workload.yaml_writer import network_text

        return network_text(self)

    @property
    def n_layers(self) -> int:
        """Number of layers L."""
        return len(self.layer_names)

    @cached_property
    def is_product(self) -> BoolArray:
        """Products of two activations, (L,): layers without weights."""
        return np.asarray(self.kind == LAYER_KINDS.index("product"))

    @cached_property
    def has_tiles(self) -> BoolArray:
        """Layers with tiles of their own, (L,): those with weights that are no other layer's."""
        return np.asarray(~self.is_product & (self.weights_of < 0))

    @cached_property
    def place_of(self) -> IntArray:
        """Layer in whose tiles each one takes place, (L,): itself, or the one whose weights it uses.

        A product takes place where the weight layer before it does.
        """
        own = np.where(self.weights_of >= 0, self.weights_of, np.arange(self.n_layers))
        before = np.maximum.accumulate(np.where(self.is_product, -1, np.arange(self.n_layers)))
        return np.asarray(own[before])

    @cached_property
    def by_place(self) -> IntArray:
        """Layers in the order of their tiles, (L,): that of execution but for those that use an earlier one's."""
        return np.lexsort((np.arange(self.n_layers), self.place_of))

    @cached_property
    def shares_weights(self) -> bool:
        """Whether a layer uses another one's weights."""
        return bool((self.weights_of >= 0).any())

    @property
    def has_top1(self) -> bool:
        """Whether the network is a classifier whose int8 top-1 is stated: only then can it lose top-1."""
        return not isnan(self.int8_top1)

    @property
    def chance(self) -> float:
        """Top-1 of a guess: 1 / classes, 1/2 for one logit."""
        return chance_of(self.classes)

    @cached_property
    def positions(self) -> IntArray:
        """Output positions of each layer, (L,): input vectors of its crossbars an image; 0 of a product."""
        return np.where(self.is_product, 0, self.ofm_h * self.ofm_w)

    @cached_property
    def rows(self) -> IntArray:
        """Rows of the weight matrix of one group, (L,): kernel height x kernel width x channels in a group.

        A product has none. In the SIAM layout a map smaller than its kernel has height x width x channels rows.
        """
        rows = self.kernel_h * self.kernel_w * self.channels_in // self.groups
        if self.layout == "siam":
            small = self.ifm_w < self.kernel_w
            rows = np.where(small, self.ifm_h * self.ifm_w * self.channels_in, rows)
        return np.where(self.is_product, 0, rows).astype(np.int64)

    @cached_property
    def weights(self) -> IntArray:
        """Weights of each layer (bias left out), (L,): rows x output channels; those of ``weights_of`` count there."""
        return np.where(self.weights_of >= 0, 0, self.rows * self.channels_out)

    @cached_property
    def routed_share(self) -> FloatArray:
        """Share of a layer's groups x positions that is worked on, (L,): below 1 where experts are not all chosen."""
        every = np.maximum(self.positions * self.groups, 1)
        return np.where(self.routed > 0, self.routed / every, 1.0)

    def of_routed(self, values: IntArray) -> IntArray:
        """Values of all groups, (L,): those that experts which are not chosen have left out."""
        return np.rint(values * self.routed_share).astype(np.int64) if self.routed.any() else values

    def weights_in_use(self, inputs: IntArray) -> FloatArray:
        """Weights that some ``inputs`` together use at most, (U,): of experts, those that tokens can be routed to."""
        is_routed = self.routed > 0
        always = float(self.weights[~is_routed].sum())
        chosen = np.minimum(self.routed[is_routed] * np.asarray(inputs)[:, None], self.groups[is_routed])
        return np.asarray(always + (chosen * (self.weights / self.groups)[is_routed]).sum(axis=1))

    @cached_property
    def weight_macs(self) -> IntArray:
        """Multiply-accumulates of each layer with its weights an image, (L,)."""
        return self.of_routed(self.rows * self.channels_out * self.positions)

    @cached_property
    def product_macs(self) -> IntArray:
        """Multiply-accumulates of two activations of each layer an image, (L,)."""
        macs = self.product_heads * self.product_m * self.product_k * self.product_n
        return np.rint(macs * self.product_causal).astype(np.int64)

    @cached_property
    def macs(self) -> IntArray:
        """Multiply-accumulates of each layer an image, (L,)."""
        return self.weight_macs + self.product_macs

    @cached_property
    def performed_macs(self) -> FloatArray:
        """Multiply-accumulates of each layer an image that are not left out by ``sparsity``, (L,)."""
        return self.macs * (1 - self.sparsity)

    @cached_property
    def input_values(self) -> IntArray:
        """Values that each layer reads, (L,): of its input map, and of a product's second operand."""
        operand = self.product_kv_heads * self.product_k * self.product_n
        return self.of_routed(self.ifm_h * self.ifm_w * self.channels_in) + operand

    @cached_property
    def output_values(self) -> IntArray:
        """Values of each layer's output map before pooling, (L,)."""
        return self.of_routed(self.ofm_h * self.ofm_w * self.channels_out)

    @cached_property
    def pool_outputs(self) -> IntArray:
        """Values that each layer's pool puts out, (L,); a window larger than the map pools it whole."""
        values = self.channels_out
        for side in (self.ofm_h, self.ofm_w):
            steps = (side + 2 * self.pool_padding - self.pool_kernel) // np.maximum(self.pool_stride, 1)
            values = values * np.maximum(steps + 1, 1)
        return values

    @cached_property
    def pooled_values(self) -> IntArray:
        """Values of each layer's output as its readers see it, (L,): after pooling, resizing, overlap-add."""
        return self.gives_h * self.gives_w * self.gives_channels

    @cached_property
    def is_output(self) -> AnyArray:
        """Layers whose output leaves for the host: those no edge starts at, (L,) bool."""
        produces = np.zeros(self.n_layers, dtype=bool)
        inner = self.edge_producer >= 0
        produces[self.edge_producer[inner]] = True
        return np.asarray(~produces)
