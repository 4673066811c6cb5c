"""The step from layers and edges one by one to the columns of a :class:`Network`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from siam_dse.core.arrays import freeze
from siam_dse.core.errors import InputError
from siam_dse.core.text import name_fault, shown
from siam_dse.workload.graph import Edge, Header, Layer, Product
from siam_dse.workload.network import EDGE_KINDS, LAYER_KINDS, POOL_KINDS, VECTOR_SORTS, Network, chance_of

_NO_PRODUCT = Product(0, 0, 0, 0)


def to_network(header: Header, layers: Sequence[Layer], edges: Sequence[Edge], *, where: str = "network") -> Network:
    """Columns of the layers and edges, with what the header says.

    Edges are put in the order of their consumers, the input edges of a consumer before its residual ones, operands
    last. ``where`` names the file in errors.

    Raises
    ------
    InputError
        The int8 top-1 is not above chance: there is nothing to lose. A name has a character that a screen obeys.
    """
    names = {"name": header.name, **{f"layer {i}: name": layer.name for i, layer in enumerate(layers, 1)}}
    faults = [f"{place}: {shown(name)} {fault}" for place, name in names.items() if (fault := name_fault(name))]
    if faults:
        raise InputError(where, faults)
    classes = header.classes or layers[-1].out
    if header.int8_top1 <= chance_of(classes):
        fault = (
            f"int8_top1: value: got {header.int8_top1:g}; must be above chance, {chance_of(classes):.4g} for "
            f"{max(classes, 2)} classes; correct it or classes, or leave int8_top1 out if the network is no classifier"
        )
        raise InputError(where, fault)

    def column(values: Sequence[Any], dtype: Any = np.int64) -> Any:
        return freeze(np.array(values, dtype=dtype))

    products = [layer.product or _NO_PRODUCT for layer in layers]
    index = {layer.name: i for i, layer in enumerate(layers)}
    ordered = sorted(edges, key=lambda edge: (edge.consumer, EDGE_KINDS.index(edge.kind)))
    return Network(
        name=header.name,
        dataset=header.dataset,
        classes=classes,
        int8_top1=header.int8_top1,
        int8_top1_source=header.int8_top1_source,
        int8_top1_status=header.int8_top1_status,
        source=header.source,
        layout=header.layout,
        layer_names=tuple(layer.name for layer in layers),
        kind=column([LAYER_KINDS.index(layer.kind) for layer in layers]),
        ifm_h=column([layer.ifm[0] for layer in layers]),
        ifm_w=column([layer.ifm[1] for layer in layers]),
        channels_in=column([layer.ifm[2] for layer in layers]),
        kernel_h=column([layer.kernel[0] for layer in layers]),
        kernel_w=column([layer.kernel[1] for layer in layers]),
        channels_out=column([layer.out for layer in layers]),
        stride=column([layer.stride for layer in layers]),
        padding=column([layer.padding for layer in layers]),
        groups=column([layer.groups for layer in layers]),
        ofm_h=column([layer.output_map[0] for layer in layers]),
        ofm_w=column([layer.output_map[1] for layer in layers]),
        pool=column([POOL_KINDS.index(layer.pool.kind) for layer in layers]),
        pool_kernel=column([layer.pool.kernel for layer in layers]),
        pool_stride=column([layer.pool.stride for layer in layers]),
        pool_padding=column([layer.pool.padding for layer in layers]),
        sparsity=column([layer.sparsity for layer in layers], np.float64),
        input_activity=column([layer.input_activity for layer in layers], np.float64),
        edge_producer=column([edge.producer for edge in ordered]),
        edge_consumer=column([edge.consumer for edge in ordered]),
        edge_kind=column([EDGE_KINDS.index(edge.kind) for edge in ordered]),
        edge_values=column([edge.values for edge in ordered]),
        vector=column([[getattr(layer.vector, sort) for layer in layers] for sort in VECTOR_SORTS]),
        product_heads=column([product.heads for product in products]),
        product_kv_heads=column([product.kv_heads or product.heads for product in products]),
        product_m=column([product.m for product in products]),
        product_k=column([product.k for product in products]),
        product_n=column([product.n for product in products]),
        product_causal=column([product.causal for product in products], np.float64),
        product_cached=column([product.cached for product in products], np.bool_),
        gives_h=column([layer.pooled[0] for layer in layers]),
        gives_w=column([layer.pooled[1] for layer in layers]),
        gives_channels=column([layer.pooled[2] for layer in layers]),
        weights_of=column([index[layer.weights_of] if layer.weights_of else -1 for layer in layers]),
        sequential=column([layer.sequential for layer in layers], np.bool_),
        routed=column([layer.routed for layer in layers]),
        tokens=header.tokens,
        phase=header.phase,
        looked_up=header.looked_up,
    )
