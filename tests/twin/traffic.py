"""Twin of the traffic: every transfer of one image with its bits, one design at a time.

An edge is a dict with ``producer`` (``HOST`` for the network's input), ``consumer``, ``kind`` ("input" or "residual")
and ``values``. A transfer has the names of ``siam_dse.mapping.traffic.Transfers``, its kind in words.
"""

from twin.mapping import chiplet_sum_bits, input_share, partial_sum_bits, readers, sums_over_package

HOST = -1


def met(mapping, layer):
    """Sums that chiplets send to the global accumulator for an output, and share of the outputs added up there."""
    return sums_over_package(mapping, layer, mapping["by_columns"][layer])


def transfers(d, layers, edges, mapping):
    """All transfers, in the order edges, partial sums of each layer, outputs."""
    out = [_along_edge(d, layers, mapping, edge) for edge in edges]
    _leave_out_what_is_there(layers, edges, mapping, out)
    out += [_partial_sum(d, layers, mapping, layer) for layer in range(len(layers))]
    producers = {edge["producer"] for edge in edges}
    out += [_output(d, layers, mapping, layer) for layer in range(len(layers)) if layer not in producers]
    return out


def _leave_out_what_is_there(layers, edges, mapping, moved):
    """Take off each edge's transfer what an earlier reader of the map brought to the same chiplets.

    Readers come in order of execution, and of one layer its inputs before what is added to its output.
    """
    there = {}  # map and run of chiplets -> bits that a chiplet has of it
    kinds = ("input", "residual", "operand")
    order = sorted(range(len(edges)), key=lambda i: (edges[i]["consumer"], kinds.index(edges[i]["kind"])))
    for i in order:
        consumer = edges[i]["consumer"]
        where = edges[i]["producer"], mapping["first_chiplet"][consumer], mapping["spanned_chiplets"][consumer]
        needed, has = moved[i]["chiplet_bits"], there.get(where, 0)
        if layers[edges[i]["consumer"]]["is_product"]:  # parts of a map that products read are apart
            has = 0
        moved[i]["chiplet_bits"] = needed - has if needed - has > 1e-12 * needed else 0
        there[where] = max(needed, has)


def _along_edge(d, layers, mapping, edge):
    producer, consumer = edge["producer"], edge["consumer"]
    bits = edge["values"] * d["activation_bits"]
    from_host = producer == HOST
    if edge["kind"] != "input":  # each value meets one output, on one chiplet
        reading, chiplet_bits = 1, bits / mapping["spanned_chiplets"][consumer]
    else:
        reading = readers(d, layers, mapping, consumer)
        chiplet_bits = bits * input_share(d, layers, mapping, consumer, mapping["by_columns"][consumer])
    return {
        "kind": "input" if from_host else "residual" if edge["kind"] == "residual" else "activation",
        "producer": producer,
        "consumer": consumer,
        "layer": consumer,
        "tile_bits": bits * reading,
        "readers": reading,
        "chiplet_bits": chiplet_bits,
        "crosses": from_host
        or not _lie_together(layers, mapping, producer, consumer)
        or (layers[consumer]["is_product"] and met(mapping, producer)[1] > 0),
        "accumulated": 0 if from_host else met(mapping, producer)[1],
    }


def _lie_together(layers, mapping, producer, consumer):
    """Whether a map stays where it is: on one chiplet, or where heads or weights in use are those of the producer."""
    here, there = ((mapping["first_chiplet"][i], mapping["spanned_chiplets"][i]) for i in (producer, consumer))
    if mapping["is_spread"]:
        return here == there and (layers[consumer]["is_product"] or here[1] == 1)
    return here[0] == there[0]


def _partial_sum(d, layers, mapping, layer):
    """Sums of all row blocks but those that no other of the same chiplet is added to: one, or what a chiplet sends."""
    values = layers[layer]["output_values"]
    sent, share = met(mapping, layer)
    width = chiplet_sum_bits(d, layers, mapping, layer) if sent else 0
    return {
        "kind": "partial_sum",
        "producer": layer,
        "consumer": layer,
        "layer": layer,
        "tile_bits": values
        * partial_sum_bits(d, layers[layer])
        * max(mapping["row_blocks"][layer] - (sent + 1 - share), 0),
        "chiplet_bits": values * width * sent / mapping["spanned_chiplets"][layer],
        "readers": 1,
        "crosses": sent > 0,
        "accumulated": 0,
    }


def _output(d, layers, mapping, layer):
    bits = pooled_values(layers[layer]) * d["activation_bits"]
    return {
        "kind": "output",
        "producer": layer,
        "consumer": HOST,
        "layer": layer,
        "tile_bits": bits,
        "readers": 1,
        "chiplet_bits": bits,
        "crosses": True,
        "accumulated": met(mapping, layer)[1],
    }


def pooled_values(layer):
    """Values of a layer's output after pooling, window by window; one window where it is larger than the map."""
    if layer["is_given"]:
        return layer["pooled_values"]
    values = layer["channels_out"]
    if layer["pool"] == "none":
        return values * layer["ofm_h"] * layer["ofm_w"]
    for side in (layer["ofm_h"], layer["ofm_w"]):
        last = side + 2 * layer["pool_padding"] - layer["pool_kernel"]
        values *= max(len(range(0, last + 1, layer["pool_stride"])), 1)
    return values
