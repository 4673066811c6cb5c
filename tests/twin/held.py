"""Twin of what chiplets hold: feature maps from the layer that makes them to the last one on a chiplet that needs them.

``mapping`` is a dict of the names of ``siam_dse.mapping.mapping.Mapping``, of one design.
"""

import math

from twin.chiplets import mean_hops, n_links
from twin.mapping import input_share


def maps_on_chiplets(d, layers, edges, mapping):
    """Each map on each chiplet that needs it: where, from which step on, for which layer last, values.

    A chiplet is that of a layer, or each of those that the layer is split over. It holds the share of the input that it
    reads, and an equal part of what is added; a map that several of its layers need once, as large as for any of them.
    """
    found = {}
    for edge in edges:
        layer = edge["consumer"]
        if edge["kind"] != "input":
            values = edge["values"] / mapping["spanned_chiplets"][layer]
        else:
            values = edge["values"] * input_share(d, layers, mapping, layer, mapping["by_columns"][layer])
        place = mapping["first_chiplet"][layer], mapping["spanned_chiplets"][layer], edge["producer"]
        _, until, most = found.get(place, (0, layer, 0.0))
        most = most + values if layers[layer]["is_product"] else max(most, values)
        found[place] = max(edge["producer"], 0), max(until, layer), most
    return [
        {"chiplet": chiplet, "run": run, "born": born, "until": until, "values": values}
        for (chiplet, run, _), (born, until, values) in sorted(found.items())
    ]


def alive(maps, step):
    return [one for one in maps if one["born"] <= step <= one["until"]]


def on_chiplet(maps, chiplet):
    return [one for one in maps if one["chiplet"] <= chiplet < one["chiplet"] + one["run"]]


def most_held(maps, chiplet, n_layers):
    """Values that a chiplet holds at its fullest."""
    here = on_chiplet(maps, chiplet)
    return max(sum(one["values"] for one in alive(here, step)) for step in range(n_layers))


def live_values(layers, edges):
    """Values of all maps that are needed while each layer runs: from the layer that makes them to the last that reads.

    A map counts with the most values that any of its readers sees; outputs go to the host as they are made.
    """
    maps = {}
    for edge in edges:
        born, read, most, parts = maps.get(edge["producer"], (max(edge["producer"], 0), 0, 0, 0))
        if layers[edge["consumer"]]["is_product"]:  # parts that products read are apart
            parts += edge["values"]
        else:
            most = max(most, edge["values"])
        maps[edge["producer"]] = (born, max(read, edge["consumer"]), most, parts)
    return [
        sum(max(most, parts) for born, read, most, parts in maps.values() if born <= step <= read)
        for step in range(len(layers))
    ]


def is_pooled(d):
    """Whether all dies together hold what is alive."""
    return d["buffer_size"] == "lifetimes" and d["chiplet_style"] == "homogeneous"


def pooled_bits(d, layers, edges, mapping):
    """Bits of the buffer of each of equal dies: an equal share of all that is alive when that is most."""
    return math.ceil(max(live_values(layers, edges)) * d["activation_bits"] / mapping["working_chiplets"])


def holding_share(d, layers, edges, mapping):
    """Share of all chiplets whose buffer holds data, by layer that runs.

    Those that hold a map that is alive; where equal dies share their buffers at least as many as it all fills.
    """
    n_layers, maps = len(mapping["tiles"]), maps_on_chiplets(d, layers, edges, mapping)
    live = live_values(layers, edges)
    shares = []
    for step in range(n_layers):
        runs = {(one["chiplet"], one["run"]) for one in alive(maps, step)}
        chiplets = {chiplet for first, run in runs for chiplet in range(first, first + run)}
        share = min(len(chiplets) / mapping["working_chiplets"], 1)
        shares.append(max(share, live[step] / max(live)) if is_pooled(d) else share)
    return shares


# --- what lies in other dies' buffers --------------------------------------------------------------------------------


def overflow(d, layers, edges, mapping):
    """Bits that each layer's chiplets keep in other dies' buffers, hops each way, and bits over the busiest link a way.

    Of what is held for a layer, as much as its chiplets hold too much while it runs. The nearest dies with room make a
    square with the layer's own: two thirds of its side away on average. A chiplet sends over its own edges, as many as
    a chiplet has on average; all layers' chiplets together load all links evenly at best.
    """
    n, n_layers = mapping["working_chiplets"], len(mapping["tiles"])
    none = [{"bits": 0, "hops": 0, "busiest_bits": 0}] * n_layers
    if not is_pooled(d) or n == 1:
        return none
    maps, room, width = (
        maps_on_chiplets(d, layers, edges, mapping),
        pooled_bits(d, layers, edges, mapping),
        d["activation_bits"],
    )
    links = n_links(d["nop_topology"], n, math.ceil(math.sqrt(n)))  # spare chiplets stand outside this square
    out = []
    for layer in range(n_layers):
        first, run = mapping["first_chiplet"][layer], mapping["spanned_chiplets"][layer]
        own = sum(one["values"] for one in alive(maps, layer) if one["until"] == layer) * width
        some = range(first, first + run) if mapping["is_spread"] else [first]  # the fullest of them, or one as all
        now = alive(maps, layer)
        held = max(sum(one["values"] for one in on_chiplet(now, chiplet)) for chiplet in some) * width
        each, chiplets = min(own, max(held - room, 0)), mapping["spanned_chiplets"][layer]
        if each <= 0:
            out.append(none[layer])
            continue
        near = min(chiplets + math.ceil(each * chiplets / room), n)
        hops = mean_hops(d["nop_topology"], near, n)
        busiest = max(each / (2 * links / n), chiplets * each * hops / (2 * links))
        out.append({"bits": each * chiplets, "hops": hops, "busiest_bits": busiest})
    return out
