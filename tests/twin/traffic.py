"""Twin of the traffic: every transfer of one image with its bits, one design at a time.

An edge is a dict with ``producer`` (``HOST`` for the network's input), ``consumer``, ``kind`` ("input" or "residual")
and ``values``. A transfer has the names of ``siam_dse.mapping.traffic.Transfers``, its kind in words.
"""

from twin.mapping import ceil_div, columns_per_weight, input_share, partial_sum_bits, sums_over_package, tile_side

HOST = -1


def met(mapping, layer):
    """Sums that chiplets send to the global accumulator for an output, and share of the outputs added up there."""
    return sums_over_package(mapping, layer, mapping["by_columns"][layer])


def transfers(d, layers, edges, mapping):
    """All transfers, in the order edges, partial sums of each layer, outputs."""
    out = [_along_edge(d, layers, mapping, edge) for edge in edges]
    out += [_partial_sum(d, layers, mapping, layer) for layer in range(len(layers))]
    producers = {edge["producer"] for edge in edges}
    out += [_output(d, layers, mapping, layer) for layer in range(len(layers)) if layer not in producers]
    return out


def readers(d, layers, mapping, layer):
    """Column blocks of tiles that read each input value: of a grouped layer those of one group."""
    groups = layers[layer]["groups"]
    if groups == 1:
        return mapping["column_blocks"][layer]
    group_columns = layers[layer]["channels_out"] // groups * columns_per_weight(d)
    return ceil_div(group_columns, tile_side(d) * d["crossbar_cols"])


def _along_edge(d, layers, mapping, edge):
    producer, consumer = edge["producer"], edge["consumer"]
    bits = edge["values"] * d["activation_bits"]
    from_host = producer == HOST
    if edge["kind"] == "residual":  # each value is added to one output, on one chiplet
        tile_bits, chiplet_bits = bits, bits / mapping["spanned_chiplets"][consumer]
    else:
        tile_bits = bits * readers(d, layers, mapping, consumer)
        chiplet_bits = bits * input_share(mapping, consumer, mapping["by_columns"][consumer])
    return {
        "kind": "input" if from_host else {"input": "activation", "residual": "residual"}[edge["kind"]],
        "producer": producer,
        "consumer": consumer,
        "layer": consumer,
        "tile_bits": tile_bits,
        "chiplet_bits": chiplet_bits,
        "crosses": from_host or mapping["first_chiplet"][producer] != mapping["first_chiplet"][consumer],
        "accumulated": 0 if from_host else met(mapping, producer)[1],
    }


def _partial_sum(d, layers, mapping, layer):
    """Sums of all row blocks but those that no other of the same chiplet is added to: one, or what a chiplet sends."""
    bits = layers[layer]["output_values"] * partial_sum_bits(d, layers[layer])
    sent, share = met(mapping, layer)
    return {
        "kind": "partial_sum",
        "producer": layer,
        "consumer": layer,
        "layer": layer,
        "tile_bits": bits * max(mapping["row_blocks"][layer] - (sent + 1 - share), 0),
        "chiplet_bits": bits * sent / mapping["spanned_chiplets"][layer],
        "crosses": sent > 0,
        "accumulated": 0,
    }


def _output(d, layers, mapping, layer):
    bits = layers[layer]["output_values"] * d["activation_bits"]
    return {
        "kind": "output",
        "producer": layer,
        "consumer": HOST,
        "layer": layer,
        "tile_bits": bits,
        "chiplet_bits": bits,
        "crosses": True,
        "accumulated": met(mapping, layer)[1],
    }
