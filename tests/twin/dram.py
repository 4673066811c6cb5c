"""Twin of the DRAM engine: streams of weights and spilled feature maps, one refresh or change of rank at a time."""

import math

from twin.data import constant, row


def cost(d, weight_bits, spilled_bits, cache_bits=(0.0, 0.0)):
    """Time and energy of one inference: its share of one load of the weights, and spills written and read back.

    ``cache_bits`` are keys and values read and written in one pass.
    """
    load, read = stream(d, weight_bits), stream(d, spilled_bits + cache_bits[0])
    write = stream(d, spilled_bits + cache_bits[1], is_write=True)
    moved = weight_bits / d["batch"] + 2 * spilled_bits + sum(cache_bits)
    return {
        "latency_s": load["time_s"] / d["batch"] + read["time_s"] + write["time_s"],
        "energy_j": load["energy_j"] / d["batch"] + read["energy_j"] + write["energy_j"],
        "io_energy_j": moved * row("dram_devices", name=d["dram"])["io"],
        "weight_load_s": load["time_s"],
        "weight_load_j": load["energy_j"],
        "spill_s": read["time_s"] + write["time_s"],
        "spill_j": read["energy_j"] + write["energy_j"],
    }


def stream(d, bits, is_write=False):
    """Time and energy of one sequential stream, that of the cores of all devices.

    Interleaved channels share the bits and are alike; serial ones come one after another.
    """
    if bits == 0:
        return {"time_s": 0.0, "energy_j": 0.0}
    dev, serial = row("dram_devices", name=d["dram"]), d["dram_map"] == "bank_serial"
    channels, ranks = d["dram_channels"], d["dram_ranks"]
    alike, in_turn = (1, channels) if serial else (channels, 1)
    requests = math.ceil(bits / alike / (dev["bus_width"] * dev["burst_length"]))
    row_requests = dev["row_size"] / (dev["bus_width"] * dev["burst_length"])
    rows_abreast = 1 if serial else dev["bank_groups"]
    step, alone = steps(dev, serial, row_requests)
    state = state_at(kind_of_stream(dev, serial, ranks, in_turn, is_write), requests - 1)

    latency = dev["cwl"] if is_write else dev["cl"]
    cycles = state["time"] + min(requests, row_requests) * (alone - step) + latency + dev["burst"]
    refreshes = math.floor(cycles / (dev["trefi"] // ranks)) * in_turn
    open_cycles = state["active"] + state["open_ranks"] * max(cycles - state["wall"], 0)
    all_cycles = cycles * ranks * in_turn
    open_cycles = min(open_cycles, all_cycles)
    activates = max(math.ceil(requests / row_requests), rows_abreast) + state["stalls"] * rows_abreast

    volt = dev["vdd_v"] * dev["devices_per_rank"]
    charge = dev["idd0"] * (dev["tras"] + dev["trp"]) - dev["idd3n"] * dev["tras"] - dev["idd2n"] * dev["trp"]
    current = (dev["idd4w"] if is_write else dev["idd4r"]) - dev["idd3n"]
    ampere_cycles = activates * charge
    ampere_cycles += requests * current * dev["burst"]
    ampere_cycles += refreshes * (dev["idd5ab"] - dev["idd3n"]) * dev["trfc"]
    ampere_cycles += dev["idd3n"] * open_cycles + dev["idd2n"] * (all_cycles - open_cycles)
    return {"time_s": cycles * dev["tck"], "energy_j": alike * volt * ampere_cycles * dev["tck"]}


def steps(dev, serial, row_requests):
    """Cycles between bursts, on average and in a row that none follows.

    Bank groups in turn follow at tCCD_S. In one bank tCCD_L rules, but at either end of a row as many bursts as the
    controller looks ahead are those of two banks in turn.
    """
    short, long = max(dev["burst"], dev["tccd_s"]), max(dev["burst"], dev["tccd_l"])
    if not serial:
        return short, short
    overlapped = min(2 * constant("dram", "controller_window") / row_requests, 1)
    return long - overlapped * (long - short), long


def kind_of_stream(dev, serial, ranks, channels, is_write):
    """Names of ``schedule.Stream``."""
    row_requests = dev["row_size"] / (dev["bus_width"] * dev["burst_length"])
    rows_abreast = 1 if serial else dev["bank_groups"]
    banks = dev["bank_groups"] * dev["banks_per_group"]
    step = steps(dev, serial, row_requests)[0]
    ahead = constant("dram", "transaction_queue") + constant("dram", "command_queue") * rows_abreast
    return {
        "step": step,
        "visit": row_requests * banks,
        "row": row_requests,
        "rows_abreast": rows_abreast,
        "banks": banks,
        "ranks": ranks,
        "channels": channels,
        "first": dev["trcd"] + constant("dram", "controller_overhead"),
        "ahead": ahead,
        "rank_switch": 0 if is_write else constant("dram", "rank_switch"),
        "recovery": dev["cwl"] + dev["burst"] + dev["twr"] if is_write else dev["trtp"],
        **{name: dev[name] for name in ("tppd", "trp", "trfc", "trcd", "trefi")},
    }


def state_at(kind, request):
    """State as a request is issued; of a stream beyond the events that are followed their second half repeats."""
    followed = int(constant("dram", "followed_events"))
    states = []
    for state in events(kind):
        if state["position"] > request or len(states) == followed:
            break
        states.append(state)
    else:
        raise AssertionError("the stream does not end")
    last = dict(states[-1])
    if len(states) == followed and request > last["position"]:
        first = states[followed // 2]
        period = last["position"] - first["position"]
        repeats = math.ceil((request - last["position"]) / period)
        request -= repeats * period
        at = max((s for s in states if s["position"] <= request), key=lambda s: s["number"])
        at = {**at}
        for name in ("time", "wall", "active", "stalls"):
            at[name] += repeats * (last[name] - first[name])
        last = at
    last["time"] += (request - last["position"]) * kind["step"]
    return last


def events(kind):
    """States of a stream behind each refresh and each change of rank, endlessly.

    ``position`` is the next request and ``time`` when it is issued, ``wall`` when the event happened; up to then ranks
    were open for ``active`` cycles together. Refresh m is due at (m + 1) floor(tREFI / ranks), of rank m mod ranks of
    every channel.
    """
    slots = kind["ranks"] * kind["channels"]
    interval = kind["trefi"] // kind["ranks"]
    ranks = [{"opened_at": None, "ready": 0.0} for _ in range(slots)]
    ranks[0]["opened_at"] = 0
    now = {"position": 0, "time": kind["first"], "wall": 0.0, "active": 0.0, "stalls": 0, "number": 0}
    boundary = kind["visit"] if slots > 1 else math.inf
    in_use, refresh = 0, 0
    while True:
        n_open = sum(rank["opened_at"] is not None for rank in ranks)
        yield {**now, "open_ranks": n_open}
        now["number"] += 1
        due = (refresh + 1) * interval
        reached = now["time"] + (boundary - now["position"]) * kind["step"]
        if reached <= due:  # the stream goes on in the next rank, which was opened ahead of it
            in_use = (in_use + 1) % slots
            then = max(reached, now["wall"])
            now["active"] += n_open * (then - now["wall"])
            if ranks[in_use]["opened_at"] is None:
                now["active"] += min(kind["ahead"] * kind["step"], then - now["wall"])
                ranks[in_use]["opened_at"] = boundary
            now["position"], now["wall"] = boundary, then
            now["time"] = max(then + kind["rank_switch"], ranks[in_use]["ready"])
            boundary += kind["visit"]
            continue
        if due > now["time"]:
            issued = math.ceil((due - now["time"]) / kind["step"])
            now["position"] += issued
            now["time"] += issued * kind["step"]
        now["active"] += n_open * (due - now["wall"])
        now["wall"] = due
        for channel in range(kind["channels"]):
            _refresh(kind, ranks, channel * kind["ranks"] + refresh % kind["ranks"], in_use, now, due, boundary)
        refresh += 1


def _refresh(kind, ranks, which, in_use, now, due, boundary):
    """Open banks are precharged one after another, tRP and tRFC pass, and tRCD before the rank is of use again.

    The rank in use opens again at once; the stream waits for it unless the requests that the controller holds reach the
    next rank. Any other rank stays closed.
    """
    rank = ranks[which]
    closing = closed = 0.0
    if rank["opened_at"] is not None:
        last = now["position"] if which == in_use else min(rank["opened_at"] + kind["visit"], now["position"])
        abreast = kind["row"] * kind["rows_abreast"]
        rows = (last - 1) // abreast - rank["opened_at"] // abreast + 1
        closing = (min(kind["banks"], max(rows, 1) * kind["rows_abreast"]) - 1) * kind["tppd"]
        if which == in_use:
            closing = max(closing, now["time"] - kind["step"] - due + kind["recovery"])
        closed = kind["trp"]
    closed += closing + kind["trfc"]
    rank["ready"] = due + closed + kind["trcd"]
    if which == in_use:
        if boundary - now["position"] > kind["ahead"]:
            now["time"] = max(now["time"], rank["ready"])
        now["active"] -= closed - closing
        now["stalls"] += 1
        rank["opened_at"] = now["position"]
    elif rank["opened_at"] is not None:
        now["active"] += closing
        rank["opened_at"] = None
