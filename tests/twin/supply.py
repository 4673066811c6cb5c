"""Twin of the supply that a clock needs: alpha-power law by bisection, from an inverter that drives four."""

from functools import cache

from twin.circuits.gates import inverter, node_of, r_n, r_p, step_delay
from twin.data import constant


def speed(n, ratio):
    """(V - Vth)^alpha / V over its value at the nominal supply."""

    def law(volt):
        return (volt - n["vth_v"]) ** constant("supply", "alpha") / volt

    return law(ratio * n["vdd_v"]) / law(n["vdd_v"])


@cache
def clocks(node_nm, roadmap):
    """Nominal and highest clock [Hz]."""
    n = node_of({"node_nm": node_nm, "roadmap": roadmap})
    gate = inverter(n, False)
    load = gate["c_out"] + constant("supply", "fan_out") * gate["c_in"]
    fo4 = step_delay((r_n(n, gate["n"]) + r_p(n, gate["p"])) / 2 * load)
    nominal = 1 / (constant("supply", "stages_per_cycle") * fo4)
    return nominal, nominal * speed(n, constant("supply", "highest_supply"))


@cache
def ratio(node_nm, roadmap, clock_hz):
    """Supply over the nominal one: 1 up to the nominal clock, no more than the highest."""
    n, (nominal, highest) = node_of({"node_nm": node_nm, "roadmap": roadmap}), clocks(node_nm, roadmap)
    if clock_hz <= nominal:
        return 1.0
    low, high = 1.0, constant("supply", "highest_supply")
    if clock_hz >= highest:
        return high
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if speed(n, middle) * nominal < clock_hz else (low, middle)
    return (low + high) / 2


def bounds(n):
    """Least and highest supply of a node [V]."""
    return n["vth_v"] + constant("supply", "least_overdrive"), constant("supply", "highest_supply") * n["vdd_v"]


def node_at(d):
    """The node of a design's crossbars at their own supply, within what it bears: currents as (V - Vth)^alpha."""
    n = node_of(d)
    if d["supply_v"] == 0:
        return n
    low, high = bounds(n)
    volt = min(max(d["supply_v"], low), high)
    grown = ((volt - n["vth_v"]) / (n["vdd_v"] - n["vth_v"])) ** constant("supply", "alpha")
    return {**n, "vdd_v": volt, "ion_n": n["ion_n"] * grown, "ion_p": n["ion_p"] * grown}


def beyond(d):
    """Volts by which a stated supply lies outside."""
    return abs(d["supply_v"] - node_at(d)["vdd_v"]) if d["supply_v"] else 0.0


def of_crossbar_logic(d):
    """Supply of clocked logic in a crossbar over that of its node: a stated supply is what it is."""
    return 1.0 if d["supply_v"] else of_logic(d)


def of_logic(d):
    """Supply of what runs at ``clock_hz``."""
    return ratio(d["node_nm"], d["roadmap"], d["clock_hz"])
