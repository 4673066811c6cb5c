"""A network as plain dicts: its layers, and the edges between them."""

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
)


def layers(network):
    """Layers in order of execution, one dict each; ``kind`` and ``pool`` in words."""
    out = []
    for number, name in enumerate(network.layer_names):
        layer = {"name": name, "kind": LAYER_KINDS[network.kind[number]], "pool": POOL_KINDS[network.pool[number]]}
        layer.update({column: getattr(network, column)[number].item() for column in COLUMNS})
        out.append(layer)
    return out


def edges(network):
    """Edges in order, one dict each; ``producer`` is -1 for the network's input, ``kind`` in words."""
    columns = (network.edge_producer, network.edge_consumer, network.edge_kind, network.edge_values)
    return [
        {"producer": int(producer), "consumer": int(consumer), "kind": EDGE_KINDS[kind], "values": int(values)}
        for producer, consumer, kind, values in zip(*columns, strict=True)
    ]
