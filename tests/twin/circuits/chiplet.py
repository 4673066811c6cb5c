"""Twin of what dies and the package have beside tiles: buffers for feature maps, and the global accumulator.

``mapping`` is a dict of the names of ``siam_dse.mapping.mapping.ChipMapping``, of one design: numbers, and lists by
layer.
"""

import math

from twin.circuits.blocks import adder_area, adder_leakage, flip_flop
from twin.circuits.buffers import buffer, is_widened
from twin.circuits.gates import node_of
from twin.circuits.sums import addition_s, tree, whole_cycles
from twin.circuits.tile import row_sums
from twin.data import constant
from twin.held import is_pooled, live_values, maps_on_chiplets, most_held, pooled_bits
from twin.mapping import chiplet_sum_bits, place_of, sums_over_package
from twin.supply import of_logic


def cost(d, layers, edges, mapping):
    """Area, leakage, and energy and latency by layer of all buffers and of the global accumulator."""
    dies, meeting = dies_of(d, layers, edges, mapping), accumulator(d, layers, mapping)
    buffers = [buffer(d, "chiplet_bank", die["bits"]) for die in dies]
    here = [next(i for i, die in enumerate(dies) if layer in die["layers"]) for layer in range(len(layers))]
    clock, largest = d["clock_hz"], max(die["bits"] for die in dies)
    counts = [die["count"] for die in dies]
    read = [layer["input_values"] * d["activation_bits"] for layer in layers]
    written = [values * d["activation_bits"] for values in written_values(layers, edges, mapping)]
    buffer_j = [
        of_logic(d) ** 2 * (read[layer] * buffers[i]["read_j"] + written[layer] * buffers[i]["write_j"])
        for layer, i in enumerate(here)
    ]
    buffer_s = [whole_cycles(buffers[i]["access_s"], clock) / clock for i in here]
    is_start = [tiles > 0 for tiles in mapping["group_tiles"]]
    return {
        "die_area_m2": buffer(d, "chiplet_bank", largest)["area"],
        "package_area_m2": _sum(counts, buffers, "area") + meeting["area"],
        "accumulator_area_m2": meeting["area"],
        "monolith_area_m2": monolith(d, layers, edges)["area"],
        "group_area_m2": [buffers[i]["area"] if start else 0.0 for i, start in zip(here, is_start, strict=True)],
        "leakage_w": of_logic(d) * _sum(counts, buffers, "leak"),
        "accumulator_leakage_w": of_logic(d) * meeting["leak"],
        "buffer_energy_j": buffer_j,
        "accumulator_energy_j": meeting["energy_j"],
        "energy_j": [a + b for a, b in zip(buffer_j, meeting["energy_j"], strict=True)],
        "total_energy_j": sum(buffer_j) + sum(meeting["energy_j"]),
        "latency_s": [a + b for a, b in zip(buffer_s, meeting["latency_s"], strict=True)],
        "buffer_bits": largest,
        "spilled_bits": spilled_bits(d, layers, edges, mapping, dies),
    }


def written_values(layers, edges, mapping):
    """Values of each layer's input that its chiplets do not hold yet, since no layer there has read them before."""
    out = [layer["input_values"] for layer in layers]
    run = list(zip(mapping["first_chiplet"], mapping["spanned_chiplets"], strict=True))
    inputs = sorted((e["producer"], e["consumer"], e["values"]) for e in edges if e["kind"] == "input")
    for number, (producer, consumer, values) in enumerate(inputs):
        before = [v for p, c, v in inputs[:number] if p == producer and run[c] == run[consumer]]
        out[consumer] -= min(values, max(before, default=0))
    return out


def _sum(counts, buffers, name):
    return sum(count * one[name] for count, one in zip(counts, buffers, strict=True))


def monolith(d, layers, edges):
    """Buffer of one die that holds all that is alive, or the largest input of any layer."""
    if d["buffer_size"] == "lifetimes":
        most = max(live_values(layers, edges))
    else:
        most = max(layer["input_values"] for layer in layers)
    return buffer(d, "chiplet_bank", most * d["activation_bits"])


# --- buffers of dies -------------------------------------------------------------------------------------------------


def dies_of(d, layers, edges, mapping):
    """Sorts of dies: the layers on each, how many there are, bits of the buffer.

    A custom package has a sort for each die that a layer starts, as often as that layer spans chiplets; equal dies are
    one sort, spare ones included. Equal dies together hold all that is alive, a custom one what its own layers need at
    any one time; or a die holds the largest share of an input map among its layers, those of a layer that is split over
    chiplets shared evenly.
    """
    number = range(len(layers))
    starts = [layer for layer in number if layer == 0 or (mapping["is_custom"] and mapping["group_tiles"][layer] > 0)]
    out = []
    places = place_of(layers)
    for start, end in zip(starts, [*starts[1:], len(layers)], strict=True):
        own = [layer for layer in number if start <= places[layer] < end]
        if is_pooled(d):
            bits = pooled_bits(d, layers, edges, mapping)
        elif d["buffer_size"] == "lifetimes":
            here = most_held(maps_on_chiplets(d, layers, edges, mapping), mapping["first_chiplet"][start], len(layers))
            bits = math.ceil(here * d["activation_bits"])
        else:
            shares = [
                layers[layer]["input_values"] * d["activation_bits"] / mapping["spanned_chiplets"][layer]
                for layer in own
            ]
            bits = math.ceil(max(shares))
        count = mapping["spanned_chiplets"][start] if mapping["is_custom"] else mapping["n_chiplets"]
        out.append({"layers": own, "count": count, "bits": bits})
    return out


def spilled_bits(d, layers, edges, mapping, dies):
    """What the chiplets need at their fullest beyond their buffers, where these hold no more than the largest map."""
    if d["buffer_size"] == "lifetimes":
        return 0
    maps, spilled = maps_on_chiplets(d, layers, edges, mapping), 0
    for layer, tiles in enumerate(mapping["group_tiles"]):
        if tiles:
            first, count = mapping["first_chiplet"][layer], mapping["spanned_chiplets"][layer]
            some = [first]
            if mapping["is_spread"]:  # all dies as the fullest
                count = mapping["chiplets_used"]
                some = range(count)
            held = max(most_held(maps, chiplet, len(mapping["group_tiles"])) for chiplet in some)
            room = next(die["bits"] for die in dies if layer in die["layers"])
            spilled += max(math.ceil(held * d["activation_bits"]) - room, 0) * count
    return spilled


# --- global accumulator ----------------------------------------------------------------------------------------------


def met(mapping, layer):
    """Sums that chiplets send for an output, on average over all outputs, and the share of outputs with such sums."""
    return sums_over_package(mapping, layer, mapping["by_columns"][layer])


def needs_accumulator(mapping, layer):
    """Chiplets send sums that have to meet."""
    return met(mapping, layer)[0] > 0


def accumulator(d, layers, mapping):
    """The one accumulator of the package: area, leakage, and by layer energy and latency, nothing where none needs it.

    Lanes of a tree over the chiplets of a copy and a register, both for the largest layer; a buffer of the largest
    output. Every sum that a chiplet sends and every finished output is written and read. A layer waits for its outputs'
    additions one after another in the lanes, the stages of a tree, an access to write and one to read.
    """
    out = {"area": 0.0, "leak": 0.0, "energy_j": [0.0] * len(layers), "latency_s": [0.0] * len(layers)}
    split = [layer for layer in range(len(layers)) if needs_accumulator(mapping, layer)]
    if not split:
        return out
    n, widened, clock, bits = node_of(d), is_widened(d), d["clock_hz"], d["activation_bits"]
    lanes = int(constant("tile", "global_accumulators"))
    fan_in = {layer: math.ceil(met(mapping, layer)[0] / met(mapping, layer)[1]) for layer in split}
    added = {layer: layers[layer]["output_values"] * met(mapping, layer)[1] for layer in split}
    sums = {layer: row_sums(d, layers[layer]) for layer in split}
    sum_bits = {layer: chiplet_sum_bits(d, layers, mapping, layer) for layer in split}
    held = buffer(d, "chiplet_bank", max(added.values()) * bits)
    adder_bits = lanes * sum(tree(max(fan_in.values()), max(sum_bits.values())))
    register_bits = lanes * max(sums[layer]["full_bits"] for layer in split)
    register = flip_flop(n, widened)
    out["area"] = held["area"] + adder_area(n, adder_bits, widened) + register_bits * register["area"]
    out["leak"] = held["leak"] + adder_leakage(n, adder_bits, widened) + register_bits * register["leak"]
    for layer in split:
        sent, here_j = layers[layer]["output_values"] * met(mapping, layer)[0], of_logic(d) ** 2 * held["pass_j"]
        out["energy_j"][layer] = (sent * sum_bits[layer] + added[layer] * bits) * here_j
        additions = math.ceil(added[layer] / lanes) + math.ceil(math.log2(fan_in[layer]))
        addition = whole_cycles(addition_s(d, sums[layer]["full_bits"]), clock)
        out["latency_s"][layer] = (additions * addition + 2 * whole_cycles(held["access_s"], clock)) / clock
    return out
