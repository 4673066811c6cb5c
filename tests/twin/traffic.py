"""Twin of the traffic: every transfer of one image with its bits, one design at a time.

An edge is a dict with ``producer`` (``HOST`` for the network's input), ``consumer``, ``kind`` ("input" or "residual")
and ``values``. A transfer has the names of ``siam_dse.mapping.traffic.Transfers``, its kind in words.
"""

from twin.mapping import ceil_div, columns_per_weight, partial_sum_bits, tile_side

HOST = -1


def sums_leave(d, mapping, layer):
    """Whether partial sums of a layer cross the package: one copy exceeds a chiplet and has several row blocks."""
    return mapping["tiles"][layer] > d["tiles_per_chiplet"] and mapping["row_blocks"][layer] > 1


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
        here = max(mapping["tiles_on_chiplet"][consumer], mapping["column_blocks"][consumer])
        chiplet_bits = bits * min(here / (mapping["copies"][consumer] * mapping["tiles"][consumer]), 1)
    return {
        "kind": "input" if from_host else {"input": "activation", "residual": "residual"}[edge["kind"]],
        "producer": producer,
        "consumer": consumer,
        "layer": consumer,
        "tile_bits": tile_bits,
        "chiplet_bits": chiplet_bits,
        "crosses": from_host or mapping["first_chiplet"][producer] != mapping["first_chiplet"][consumer],
        "via_accumulator": not from_host and sums_leave(d, mapping, producer),
    }


def _partial_sum(d, layers, mapping, layer):
    """Sums of all row blocks but those that stay where they are added: one a copy, or one a chiplet of a copy."""
    bits = layers[layer]["output_values"] * partial_sum_bits(d, layers[layer])
    leaves = sums_leave(d, mapping, layer)
    on_chiplet, columns = mapping["tiles_on_chiplet"][layer], mapping["column_blocks"][layer]
    chiplets_per_copy = ceil_div(mapping["tiles"][layer], on_chiplet) if leaves else 1
    sent = bits * chiplets_per_copy * min(on_chiplet / columns, 1) if leaves else 0  # by all chiplets together
    return {
        "kind": "partial_sum",
        "producer": layer,
        "consumer": layer,
        "layer": layer,
        "tile_bits": bits * max(mapping["row_blocks"][layer] - chiplets_per_copy, 0),
        "chiplet_bits": sent / mapping["spanned_chiplets"][layer],
        "crosses": leaves,
        "via_accumulator": False,
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
        "via_accumulator": sums_leave(d, mapping, layer),
    }
