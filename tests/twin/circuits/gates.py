"""Transistors, gates and delays of one node: plain numbers in SI.

A node is a dict: a row of ``nodes.csv`` with ``feature`` [m] and ``gate_cap`` [F/m] added. A gate is a dict with the
channel widths ``n`` and ``p`` of its transistors, its cell's ``width``, ``c_in`` of one input, ``c_out``, ``leak``.
"""

import math
from functools import cache

from twin.data import constant, row

TINY = 1e-9  # a whole number that was computed must not lose or gain one to rounding


def node_of(d):
    return _node(d["node_nm"], d["roadmap"])


@cache
def _node(node_nm, roadmap):
    n = dict(row("nodes", node_nm=node_nm, roadmap=roadmap))
    n["feature"] = node_nm * 1e-9
    n["gate_cap"] = n["gate_cap_ideal"] + n["gate_cap_fringe"] + n["gate_cap_overlap"]
    n["is_fin"] = n["fins_per_type"] > 0
    n["nominal"] = n
    return n


def in_f(n, name, file="gates"):
    """A length of a data file that counts in feature sizes [m]."""
    return constant(file, name) * n["feature"]


# --- transistors -----------------------------------------------------------------------------------------------------


def r_n(n, width):
    """On-resistance of an NMOS: k Vdd / (Ion W)."""
    return n["on_resistance_factor"] * n["vdd_v"] / (n["ion_n"] * width)


def r_p(n, width):
    """On-resistance of a PMOS: k Vdd / (Ion W)."""
    return n["on_resistance_factor"] * n["vdd_v"] / (n["ion_p"] * width)


def c_gate(n, width):
    """Gate capacitance: (ideal + overlap + fringe) W."""
    return n["gate_cap"] * width


def drawn(n, width_f):
    """Channel width of a transistor drawn so many F wide; a fin for each F begun."""
    return math.ceil(width_f) * n["fin_conducting_width"] if n["is_fin"] else width_f * n["feature"]


def drain_height(n, width):
    """Height of a drain: the channel width, of fins from the first to the last."""
    if not n["is_fin"]:
        return width
    return max((width / n["fin_conducting_width"] - 1) * n["fin_pitch"] + n["fin_width"], n["fin_width"])


def drain_area(n, height, drains, free_sides, gate_edges):
    """Junction of ``drains`` drains of 2.8F: bottom, sidewalls (two long ones each, and the free sides), gate edges."""
    length = n["drain_length"] * n["feature"]
    bottom = drains * length * height * n["junction_cap"]
    sides = (2 * length * drains + free_sides * height) * n["sidewall_cap"]
    return bottom + sides + gate_edges * height * n["gate_edge_cap"]


def c_drain(n, width, fingers=1):
    """Drain of a transistor of parallel fingers: ceil(f / 2) drains, an odd one with a free side; one gate edge."""
    return drain_area(n, drain_height(n, width / fingers), (fingers + 1) // 2, fingers % 2, 1)


def c_series_drain(n, width, count):
    """Drain of transistors in series: each counts a drain, only the last a free side and a gate edge."""
    return drain_area(n, drain_height(n, width), count, 1, 1)


def c_folded_drain(n, width, share):
    """Drain of a transistor folded into f = ceil(W / share) fingers: floor(f / 2) + 1 drains, f gate edges.

    The outer drains have free sides: one if f is odd, two if it is even.
    """
    fingers = math.ceil(width / share)
    height = drain_height(n, share if fingers > 1 else width)
    return drain_area(n, height, fingers // 2 + 1, 1 if fingers % 2 else 2, fingers)


# --- gates -----------------------------------------------------------------------------------------------------------


def region(n):
    """Height that N and P share in a standard cell: 20.9F."""
    return in_f(n, "cell_height") - in_f(n, "n_p_gap") - in_f(n, "rail_gap")


def cell_height(n):
    return in_f(n, "cell_height")


def cell_unit(n):
    """Area of the minimum standard cell: 28F x 2 finger pitches."""
    return cell_height(n) * 2 * n["finger_pitch"] * n["feature"]


def widths(n, n_weight, p_weight, widened):
    """Channel widths of a gate of so many minimum transistors of each type, widened to fill its cell at their ratio."""
    p_weight = p_weight * n["pn_ratio"]
    if n["is_fin"]:
        return tuple(
            max(1, _fins(n, weight, weight / (n_weight + p_weight), widened)) * n["fin_conducting_width"]
            for weight in (n_weight, p_weight)
        )
    unit = in_f(n, "min_nmos_width")
    scale = max(1.0, region(n) / ((n_weight + p_weight) * unit)) if widened else 1.0
    return n_weight * unit * scale, p_weight * unit * scale


def _fins(n, weight, share, widened):
    """Whole fins: its share of the fins of both types, at most those of one type; unwidened a fin a unit begun."""
    if widened:
        return min(math.floor(share * 2 * n["fins_per_type"] + TINY), n["fins_per_type"])
    return math.ceil(weight - TINY)


def inverter(n, widened):
    """N:P = 1 : pn; leaks half of the time through either transistor."""
    wn, wp = widths(n, 1, 1, widened)
    return {
        "n": wn,
        "p": wp,
        "width": 2 * n["finger_pitch"] * n["feature"],
        "c_in": c_gate(n, wn + wp),
        "c_out": c_drain(n, wn) + c_drain(n, wp),
        "leak": inverter_leakage(n, wn, wp),
    }


def inverter_leakage(n, wn, wp):
    """Vdd (W_N Ioff_n + W_P Ioff_p) / 2."""
    return n["vdd_v"] * (wn * n["ioff_n"] + wp * n["ioff_p"]) / 2


def nand(n, k, widened):
    """N:P = 2 : pn whatever its k inputs; series N, parallel P; leaks 0.48 k (k > 2: 0.31 k) W_P Ioff_p Vdd."""
    wn, wp = widths(n, 2, 1, widened)
    factor = constant("gates", "nand_leakage_factor" if k > 2 else "nand2_leakage_factor")
    return {
        "n": wn,
        "p": wp,
        "width": n["finger_pitch"] * n["feature"] * (k + 1),
        "c_in": c_gate(n, wn + wp),
        "c_out": c_series_drain(n, wn, k) + c_drain(n, k * wp, k),
        "leak": factor * k * wp * n["ioff_p"] * n["vdd_v"],
    }


def nor(n, k, widened):
    """N:P = 1 : k pn; parallel N, series P; leaks 0.95 k (k > 2: 0.62 k) W_N Ioff_n Vdd."""
    wn, wp = widths(n, 1, k, widened)
    factor = constant("gates", "nor_leakage_factor" if k > 2 else "nor2_leakage_factor")
    return {
        "n": wn,
        "p": wp,
        "width": n["finger_pitch"] * n["feature"] * (k + 1),
        "c_in": c_gate(n, wn + wp),
        "c_out": c_drain(n, k * wn, k) + c_series_drain(n, wp, k),
        "leak": factor * k * wn * n["ioff_n"] * n["vdd_v"],
    }


# --- delays ----------------------------------------------------------------------------------------------------------


def step_delay(tau):
    """0.693 tau."""
    return constant("gates", "step_delay_factor") * tau


def horowitz(tau, slope=math.inf):
    """tau sqrt(ln(0.5)^2 + beta / (slope tau)): a stage behind a ramp, or behind an ideal step."""
    ramp = 0.0 if slope == math.inf else constant("gates", "horowitz_beta") / (slope * tau)
    return tau * math.sqrt(constant("gates", "horowitz_log_squared") + ramp)


def chain(taus):
    """Delays of stages one behind the other, the first behind a step; a stage's slope is beta over its delay."""
    out, slope = [], math.inf
    for tau in taus:
        out.append(horowitz(tau, slope))
        slope = slope_of(out[-1])
    return out


def slope_of(delay):
    return constant("gates", "horowitz_beta") / delay
