"""A network as plain dicts: its layers, and the edges between them."""

from siam_dse.workload.graph import layer_of
from siam_dse.workload.network import EDGE_KINDS, LAYER_KINDS, POOL_KINDS

COLUMNS = (
    "ifm_h",
    "ifm_w",
    "channels_in",
    "kernel_h",
    "kernel_w",
    "channels_out",
    "stride",
    "padding",
    "groups",
    "ofm_h",
    "ofm_w",
    "pool_kernel",
    "pool_stride",
    "pool_padding",
    "sparsity",
    "input_activity",  # NaN where unknown
    "positions",
    "rows",  # of one group
    "weights",
    "macs",
    "input_values",
    "output_values",
    "is_output",
    "product_macs",
    "sequential",
    "routed",  # groups x positions that are worked on, 0: all
    "routed_share",  # of groups x positions
    "pooled_values",
    "weights_of",  # layer whose weights this one uses, -1: its own
)


def layers(network):
    """Layers in order of execution, one dict each; ``kind`` and ``pool`` in words."""
    out = []
    for number, name in enumerate(network.layer_names):
        layer = {"name": name, "kind": LAYER_KINDS[network.kind[number]], "pool": POOL_KINDS[network.pool[number]]}
        layer.update({column: getattr(network, column)[number].item() for column in COLUMNS})
        layer.update(_product(layer_of(network, number)))
        out.append(layer)
    return out


def _product(layer):
    """What the digital unit does: a product of two activations, values by sort of vector operation."""
    product = layer.product
    sizes = {name: getattr(product, name) if product else 0 for name in ("heads", "m", "k", "n", "causal")}
    return {
        **sizes,
        "kv_heads": product.kv_heads if product else 0,
        "is_product": product is not None,
        "cached": product is not None and product.cached,
        "vector": dict(vars(layer.vector)),
        "is_given": layer.gives is not None,
    }


def edges(network):
    """Edges in order, one dict each; ``producer`` is -1 for the network's input, ``kind`` in words."""
    columns = (network.edge_producer, network.edge_consumer, network.edge_kind, network.edge_values)
    return [
        {"producer": int(producer), "consumer": int(consumer), "kind": EDGE_KINDS[kind], "values": int(values)}
        for producer, consumer, kind, values in zip(*columns, strict=True)
    ]
