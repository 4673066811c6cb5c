"""Twin of the accuracy engine: noise of every conversion of a layer, its SQNR, and the top-1 that a network loses.

Signals are in levels of a cell. A slice is one of the cells that a weight is cut into; a conversion is that of one
slice for one bit of the input. Noise is that of a row of the weight matrix.
"""

import cmath
import math
from functools import cache

from scipy.special import gammaincc, ndtri
from twin.data import constant, row, table
from twin.mapping import code_bits, joined_columns, read_bits, read_rows, reads_rows_alone, sums_digitally

SERIES_TERMS = 12  # of Widrow's series
WRAP = 0.6  # periods from a whole number, beyond which the next one counts
# Gauss-Hermite points of the normal density and their weights: roots of z^5 - 10 z^3 + 15 z
HERMITE = (
    (0.0, 8 / 15),
    *((sign * math.sqrt(5 - math.sqrt(10)), (7 + 2 * math.sqrt(10)) / 60) for sign in (1, -1)),
    *((sign * math.sqrt(5 + math.sqrt(10)), (7 - 2 * math.sqrt(10)) / 60) for sign in (1, -1)),
)


def of(name):
    return constant("accuracy", name)


def density(t):
    return math.exp(-(t**2) / 2) / math.sqrt(2 * math.pi)


def tail(t):
    """Share of a normal distribution above t standard deviations."""
    return math.erfc(t / math.sqrt(2)) / 2


# --- assumed data ----------------------------------------------------------------------------------------------------


@cache
def weights(weight_bits, cell_bits, is_differential, joined=1):
    """Moments of rounded Gaussian weights, and of the levels of their slices, least significant first.

    A slice is ``joined`` cells, weighted by their significance; ``cells`` has mean and mean square level of each.
    """
    largest = 2 ** (weight_bits - 1) - 1
    if weight_bits == 1:
        shares = dict.fromkeys((-1, 0, 1) if is_differential else (-1, 0), 1.0)
    else:
        std = largest / of("weight_peak_per_std")
        shares = {w: tail((abs(w) - 1 / 2) / std) - tail((abs(w) + 1 / 2) / std) for w in range(-largest, largest + 1)}
    total = math.fsum(shares.values())
    shares = {w: share / total for w, share in shares.items()}
    bits = max(weight_bits - 1, 1) if is_differential else weight_bits
    stored = {w: max(w, 0) if is_differential else w + 2 ** (weight_bits - 1) for w in shares}

    def levels(first, width):
        at = {w: (stored[w] >> first) % 2**width for w in shares}
        return tuple(math.fsum(share * at[w] ** n for w, share in shares.items()) for n in (1, 2))

    slice_bits = cell_bits * joined
    means, squares = zip(*(levels(first, slice_bits) for first in range(0, bits, slice_bits)), strict=True)
    cells = [levels(first, cell_bits) for first in range(0, bits, cell_bits)]
    return {
        "cells": [cells[first : first + joined] for first in range(0, len(cells), joined)],
        "level_mean": means,
        "level_msq": squares,
        "mean": math.fsum(share * w for w, share in shares.items()),
        "msq": math.fsum(share * w**2 for w, share in shares.items()),
        "stored_msq": math.fsum(share * stored[w] ** 2 for w, share in shares.items()),
    }


@cache
def inputs(activation_bits, digit_bits=1):
    """Moments of half-normal inputs with a share of zeros, clipped; mean, mean square and largest of each digit."""
    largest = 2**activation_bits - 1
    nonzero = 1 - of("activation_sparsity")
    beyond = of("activation_clipped_share") / max(nonzero, of("smallest_nonzero_share"))
    std = -largest / float(ndtri(beyond / 2))
    shares = [2 * (tail(max(x - 1 / 2, 0) / std) - tail((x + 1 / 2) / std)) for x in range(largest)]
    shares.append(2 * tail((largest - 1 / 2) / std))
    total = math.fsum(shares)
    shares = [share * nonzero / total for share in shares]
    shares[0] += 1 - nonzero
    firsts = range(0, activation_bits, digit_bits)

    def digit(x, first):
        return (x >> first) % 2**digit_bits

    return {
        "digits": [
            (
                math.fsum(s * digit(x, first) for x, s in enumerate(shares)),
                math.fsum(s * digit(x, first) ** 2 for x, s in enumerate(shares)),
                digit(largest, first),
            )
            for first in firsts
        ],
        "mean": math.fsum(share * x for x, share in enumerate(shares)),
        "msq": math.fsum(share * x**2 for x, share in enumerate(shares)),
    }


def requantisation(weight_bits, activation_bits):
    """Unit of the design's product in the reference's, noise of fewer bits than int8's, signal; a row."""
    int8 = int(of("reference_bits"))
    reference_w, reference_x = max(weight_bits, int8), max(activation_bits, int8)
    w, x = weights(reference_w, 1, True), inputs(reference_x)
    step_w = (2**reference_w - 2) / max(2**weight_bits - 2, 1)
    step_x = (2**reference_x - 1) / (2**activation_bits - 1)
    error_w = (step_w**2 - 1) / 12
    error_x = (step_x**2 - 1) / 12 * (1 - of("activation_sparsity"))
    noise = x["msq"] * error_w + w["msq"] * error_x + error_w * error_x
    return step_w * step_x, noise, x["msq"] * w["msq"] - (x["mean"] * w["mean"]) ** 2


# --- what the model sees of a design ---------------------------------------------------------------------------------


def view(d):
    """SRAM neither leaks nor varies; row by row is a crossbar of one row whose converter resolves every level."""
    is_sram, by_row = d["cell"] in ("sram", "charge", "digital_cim"), reads_rows_alone(d)
    sigma = 0.0 if is_sram else d["cell_sigma"]
    if d["cell"] == "charge" and not by_row:
        sigma = math.sqrt(d["cell_sigma"] ** 2 + constant("reading", "capacitor_mismatch") ** 2)
    level_max = 2 ** (d["cell_bits"] * joined_columns(d)) - 1
    below = 0.0 if is_sram else 1 / (d["r_off_ohm"] / d["r_on_ohm"] - 1)
    offset = level_max * below
    rows = 1 if by_row else read_rows(d)
    return {
        "rows": rows,
        "column_rows": rows if is_sram or by_row else d["crossbar_rows"],  # along the wire, where that matters
        "level_max": level_max,
        "offset": offset,  # conductance of level 0
        "cell_offset": (2 ** d["cell_bits"] - 1) * below,  # of one cell
        "input_max": 2 ** read_bits(d) - 1,
        "pedestal": offset if d["pedestal"] == "digital" and not by_row else 0.0,  # what the converter sees of it
        "sigma": sigma,
        "drop": 0.0 if by_row or is_sram else drop_per_on_cell(d),
        "adc_bits": d["cell_bits"] if by_row else code_bits(d),
        "is_calibrated": d["adc_range"] == "calibrated" and not by_row and not sums_digitally(d),
        "is_paired": d["weight_mapping"] == "differential",
    }


def drop_per_on_cell(d):
    """Wire resistance of a cell over that of a fully on cell with its access device."""
    node = row("nodes", node_nm=d["node_nm"], roadmap="lstp")
    is_1t1r = d["cell"] in ("rram_1t1r", "mram", "pcm")
    height = of("cell_height_1t1r") if is_1t1r else of("cell_height_crosspoint")
    on_ohm = d["r_on_ohm"] * (1 + (of("access_resistance_factor") if is_1t1r else 0))
    return node["wire_resistance"] * height * d["node_nm"] * 1e-9 / on_ohm


# --- SQNR ------------------------------------------------------------------------------------------------------------


def layer_sqnr_db(d, layers):
    """SQNR of each layer against the int8 network's exact product."""
    known = {}
    bits = converter_bits(d, layers)
    return [
        _sqnr_db(d, layer["rows"], known, own)
        for layer, own in zip(layers, bits, strict=True)
        if not layer["is_product"]
    ]


def converter_bits(d, layers):
    """Bits that the converters run at in each layer: fixed ones, or the fewest that reach the SQNR asked for."""
    own = [n for n, layer in enumerate(layers) if not layer["is_product"] and layer["weights_of"] < 0]
    out, known = [], {}
    for number, layer in enumerate(layers):
        place = number if layer["weights_of"] < 0 else layer["weights_of"]
        most = d["adc_bits"]
        if place in (own[0], own[-1]) and d["adc_bits_first_last"] and not layer["is_product"]:
            most = d["adc_bits_first_last"]
        chooses = d["adc_rule"] == "per_layer" and not reads_rows_alone(d) and not sums_digitally(d)
        few = 1 if chooses and not layer["is_product"] else most
        while few < most and _sqnr_db(d, layer["rows"], known, few) < d["adc_sqnr_target_db"]:
            few += 1
        out.append(few)
    return out


def _sqnr_db(d, kernel_rows, known, bits=None):
    seen = view(d)
    if bits and not reads_rows_alone(d) and not sums_digitally(d):
        seen["adc_bits"] = bits
    filled = min(seen["column_rows"], kernel_rows)
    if (filled, bits) not in known:
        known[filled, bits] = noise(d, seen, filled)
    raw, unbiased, bias = known[filled, bits]
    step, quantised, signal = requantisation(d["weight_bits"], d["activation_bits"])
    crossbars = unbiased if d["bias_correction"] else raw + kernel_rows * bias**2
    cap = of("sqnr_cap")
    return max(-cap, min(cap, 10 * math.log10(signal / max(crossbars * step**2 + quantised, signal * 1e-30))))


def noise(d, seen, filled):
    """Variance a row with and without the mean errors, and the mean error a row; of both polarities together."""
    w = weights(d["weight_bits"], d["cell_bits"], seen["is_paired"], joined_columns(d))
    x = inputs(d["activation_bits"], read_bits(d))
    active = min(seen["rows"], filled)
    reach = reach_of_groups([min(active, filled - start) / filled for start in range(0, filled, active)])
    common = gain_of_wires(d, seen, active, w, x, reach)
    converted = bias = devices = wires = 0.0
    alike = [0.0] * len(x["digits"])  # by bit: error of all slices that their common pedestal decides
    for s, (mean, msq) in enumerate(zip(w["level_mean"], w["level_msq"], strict=True)):
        slice_weight = 2 ** (d["cell_bits"] * joined_columns(d) * s)
        conducting_msq = sum(
            4 ** (d["cell_bits"] * j) * (q + 2 * seen["cell_offset"] * m + seen["cell_offset"] ** 2)
            for j, (m, q) in enumerate(w["cells"][s])
        )
        one = slice_(seen, active, (mean, msq, conducting_msq), x["digits"], common)
        carried = passed = 0.0
        for b, conversion in enumerate(one):
            weight = slice_weight * 2 ** (read_bits(d) * b)
            error = convert(seen, active, conversion)
            converted += weight**2 * error["scatter"] / active
            bias += weight * error["mean"] / active
            alike[b] += weight * math.sqrt(error["common"])
            carried += 2 ** (read_bits(d) * b) * math.sqrt(conversion["analog"])
            passed += 2 ** (read_bits(d) * b) * math.sqrt(conversion["analog"]) * error["gain"]
        gain = passed / carried if carried else 1.0
        devices += gain**2 * seen["sigma"] ** 2 * slice_weight**2 * conducting_msq
        wires += gain**2 * w["stored_msq"] * common["share"][s] * common["unequal"][s]
    converted += sum(error**2 for error in alike) / active
    fluctuation = x["msq"] - x["mean"] ** 2
    raw = converted + devices * x["msq"] + wires * fluctuation
    unbiased = converted + (devices + wires) * fluctuation
    return (2 * raw, 2 * unbiased, 0.0) if seen["is_paired"] else (raw, unbiased, bias)


def reach_of_groups(shares):
    """Of the current of a cell, mean and mean square of the wire it passes, in lengths of a group of rows.

    Groups have ``shares`` of the rows. The group's own distance from the sense end, and u - u^2/2 within it, of mean
    1/3 and mean square 2/15; of two cells at u and v twice the mean square of what they share, min(u, v) of mean 1/3
    and mean square 1/6.
    """

    def mean(of):
        return sum(share * of(j) for j, share in enumerate(shares))

    return {
        "offset": mean(lambda j: j),
        "variance": mean(lambda j: j**2) - mean(lambda j: j) ** 2,
        "mean": mean(lambda j: j + 1 / 3),
        "square": mean(lambda j: j**2 + 2 / 3 * j + 2 / 15),
        "pairs": mean(lambda j: 2 * (j**2 + 2 / 3 * j + 1 / 6)),
    }


def gain_of_wires(d, seen, active, w, x, reach):
    """What the drop along the column takes of a slice, the gain common to all, and what is left of each slice.

    The cell at u loses lost (u - u^2/2) p of its current; shares are of the energy of slices and of bits.
    """
    per_level = seen["drop"] / (seen["level_max"] + seen["offset"]) / seen["input_max"]
    lost = [2 * per_level * active**2 * (mean + seen["offset"]) for mean in w["level_mean"]]
    share = _shares([4 ** (d["cell_bits"] * joined_columns(d) * s) * msq for s, msq in enumerate(w["level_msq"])])
    bits = _shares([4 ** (read_bits(d) * b) * (square - p**2) for b, (p, square, _) in enumerate(x["digits"])])
    density_mean = sum(e * p for e, (p, _, _) in zip(bits, x["digits"], strict=True))
    density_msq = sum(e * p**2 for e, (p, _, _) in zip(bits, x["digits"], strict=True))
    gain = reach["mean"] * sum(e * one for e, one in zip(share, lost, strict=True)) * density_mean
    unequal = [
        max(reach["square"] * density_msq * one**2 - 2 * reach["mean"] * density_mean * one * gain + gain**2, 0)
        for one in lost
    ]
    return {"per_level": per_level, "share": share, "gain": gain, "unequal": unequal, "reach": reach}


def _shares(values):
    return [value / (sum(values) or 1) for value in values]


# --- one slice: signals and ranges -----------------------------------------------------------------------------------


def slice_(seen, active, levels, digits, common):
    """Signals of a slice's conversions, one a digit of the input, with analog errors and the converter's range.

    ``levels`` are mean and mean square of the slice, and the mean square of its cells' conductance, each by itself.
    """
    level_mean, level_msq, conducting_msq = levels
    mean_1, msq_1 = level_mean + seen["pedestal"], level_msq
    msq_1 += 2 * seen["pedestal"] * level_mean + seen["pedestal"] ** 2
    conducting = level_mean + seen["offset"]
    reach = common["reach"]
    wider = 1 + (active - 1) * of("column_correlation")
    lost = 2 * common["per_level"] * active**2 * conducting
    out = []
    for p, square, largest in digits:
        lone = p**2 / square if square else 0.0  # share of ones of a bit, or of the two-valued digit like it
        mean = active * p * mean_1
        variance = max(active * wider * (square * msq_1 - (p * mean_1) ** 2), of("smallest_step"))
        relative = reach["square"] * (lost * p) ** 2 - 2 * reach["mean"] * lost * p * common["gain"]
        relative += common["gain"] ** 2
        product = common["per_level"] * active * variance
        signal = active * p * conducting
        shift = signal * (common["gain"] - reach["mean"] * lost * p / 2) - (1 / 2 + reach["offset"]) * product
        unlike = reach["variance"] * (signal * lost * p / 2 + product) ** 2
        wire = relative * variance + reach["pairs"] * product**2 + shift**2 + unlike
        out.append(
            {
                "digit": (p, square - p**2),
                "top": active * (seen["level_max"] + seen["pedestal"]) * largest,
                "mean": mean,
                "variance": variance,
                "skew": _skew(mean, variance, min(lone * mean_1**2 / msq_1 if msq_1 else 0.0, 1 / 2)),
                "analog": seen["sigma"] ** 2 * active * square * conducting_msq + wire,
                "fluctuation": reach["pairs"] * product**2,
                "conducting": lone * (min(conducting**2 / conducting_msq, 1) if conducting_msq else 0.0),
                "wider": wider,
                **grid(seen["pedestal"], active, wider, level_mean, level_msq, (p, square)),
            }
        )
    low, step = calibrated_range(seen, out) if seen["is_calibrated"] else full_range(seen)
    return [{**one, "low": low, "step": step} for one in out]


def grid(pedestal, active, wider, level_mean, level_msq, digit):
    """Where a signal W + pedestal x N can lie, N the sum of the active rows' digits, W of their products with levels.

    N follows W by Cov(N, W) / Var(W); the rest of it is Gaussian.
    """
    p, square = digit
    cells, spread = active * p, wider * active * (square - p**2)
    mean = cells * level_mean
    variance = max(wider * active * (square * level_msq - (p * level_mean) ** 2), of("smallest_step"))
    slope = spread * level_mean / variance
    return {
        "pitch": 1 + pedestal * slope,
        "shift": pedestal * (cells - slope * mean),
        "whole_mean": mean,
        "whole_variance": variance,
        "rest": pedestal**2 * max(spread - slope**2 * variance, 0),
    }


def _skew(mean, variance, p):
    """Of a binomial count of conducting cells."""
    return min(math.sqrt(variance) / mean * (1 - 2 * p) / (1 - p), of("largest_skew")) if mean > 0 else 0.0


def full_range(seen):
    """All rows on at the highest level; the step a power of two of levels."""
    full_scale = round(seen["rows"] * (seen["level_max"] + seen["pedestal"]) * seen["input_max"])
    return 0.0, 2.0 ** max(0, math.ceil(math.log2(full_scale)) - seen["adc_bits"])


def calibrated_range(seen, signals):
    """Central share of a slice's values over all bits, with a Cornish-Fisher term above; whole levels where they are.

    A converter with bits to spare has a step of one level and a wider range. Pedestals that are less than half a level
    in all do not count.
    """
    outside = (1 - of("calibrated_percentile") / 100) / 2
    z = -float(ndtri(min(outside * len(signals), of("largest_tail"))))
    low, high = math.inf, -math.inf
    for one in signals:
        deviation = math.sqrt(one["variance"])
        skew = min(deviation / one["mean"], of("largest_skew")) if one["mean"] > 0 else 0.0
        low = min(low, one["mean"] - z * deviation)
        high = max(high, one["mean"] + deviation * (z + (z**2 - 1) / 6 * skew))
    low, codes = max(low, 0.0), 2 ** seen["adc_bits"] - 1
    is_whole = seen["rows"] * seen["pedestal"] * seen["input_max"] < 1 / 2
    if is_whole:
        low, high = float(round(low)), float(round(high))
    step = max((high - low) / codes, of("smallest_step"))
    if is_whole and step <= 1:
        return float(round((low + high) / 2 - codes / 2)), 1.0
    return low, step


# --- one conversion --------------------------------------------------------------------------------------------------


def convert(seen, active, one):
    """Scatter and mean of a conversion's error, its part that all slices have alike, and the share of the analog error
    that still passes.
    """
    step, low = one["step"], one["low"]
    high = low + step * (2 ** seen["adc_bits"] - 1)
    on_levels = step == 1 and low == round(low)
    second, mean = (0.0, 0.0) if on_levels else rounding(one)
    variance = one["variance"] + (0.0 if on_levels else one["analog"])
    if high + step / 2 < one["top"]:
        beyond, shift = overload(high + step / 2 - one["mean"], math.sqrt(variance), one["skew"])
        second, mean = second + beyond, mean - shift
    if low > step / 2:
        beyond, shift = overload(one["mean"] - low + step / 2, math.sqrt(variance), 0.0)
        second, mean = second + beyond, mean + shift
    gain, scatter, moved, common = 1.0, 0.0, 0.0, 0.0
    if on_levels:
        gain, scatter = regeneration(active, one)
    if on_levels and seen["pedestal"]:
        gain, scatter, moved, common = beside_pedestal(seen, active, one, gain, scatter)
    return {
        "mean": mean + moved,
        "common": common,
        "scatter": max(second - mean**2, 0) + scatter + gain**2 * one["fluctuation"],
        "gain": gain,
    }


def rounding(one):
    """Second moment and mean of the rounding error: Widrow's series of the signal's characteristic function.

    That of whole numbers is periodic: only the distance from a whole number of periods damps it.
    """
    step, low, mean, variance = one["step"], one["low"] - one["shift"], one["whole_mean"], one["whole_variance"]
    second, first = step**2 / 12, 0.0
    for n in range(1, SERIES_TERMS + 1):
        f = n / step
        d = f * one["pitch"] - round(f)
        while abs(d) > WRAP:
            d -= math.copysign(1, d)
        if variance >= mean / 2:  # a Poisson count, moved
            damping = -2 * math.sin(math.pi * d) ** 2
            turn = 2 * math.pi * d
            bent = (
                -(turn**3) / 6 * (1 - turn**2 / 20 * (1 - turn**2 / 42)) if abs(turn) < 0.02 else math.sin(turn) - turn
            )
            log = complex(variance * damping, 2 * math.pi * (d * mean - f * low) + variance * bent)
        else:
            log = complex(-2 * (math.pi * d) ** 2 * variance, 2 * math.pi * (d * mean - f * low))
        term = (-1) ** n * cmath.exp(log - 2 * (math.pi * f) ** 2 * (one["analog"] + one["rest"]))
        second += (step / math.pi / n) ** 2 * term.real
        first += step / math.pi / n * term.imag
    return max(second, 0), first


def overload(distance, deviation, skew):
    """Second and first moment beyond a range end: of a Gaussian, or of a gamma distribution where it is skewed."""
    if skew <= 0.002:
        t = distance / deviation
        second = (deviation**2 + distance**2) * tail(t) - deviation * distance * density(t)
        return max(second, 0), max(deviation * density(t) - distance * tail(t), 0)
    shape, scale = 4 / skew**2, deviation * skew / 2
    mean = shape * scale
    end = distance + mean
    x = max(end / scale, 1e-300)
    share = float(gammaincc(shape, x))
    peak = math.exp(shape * math.log(x) - x - math.lgamma(shape + 1))
    share_1 = share + peak
    share_2 = share_1 + peak * x / (shape + 1)
    second = mean * (mean + scale) * share_2 - 2 * end * mean * share_1 + end**2 * share
    return max(second, 0), max(mean * share_1 - end * share, 0)


# --- rounding of analog errors ---------------------------------------------------------------------------------------


def rounded(variance, centre=0.0):
    """Rounding to whole levels of a Gaussian error about ``centre``, at most half a level from one.

    Mean slope; mean and second moment of rounded value less centre. A sum over half levels, or its Poisson dual where
    the error spreads over many.
    """
    if variance > 1 / 2:
        slope, mean, second = 1.0, 0.0, variance + 1 / 12
        for n in (1, 2, 3):
            size = (-1) ** n * math.exp(-2 * (math.pi * n) ** 2 * variance)
            wave = size * math.cos(2 * math.pi * n * centre)
            slope += 2 * wave
            mean += size * math.sin(2 * math.pi * n * centre) / (math.pi * n)
            second += (4 * variance + 1 / (math.pi * n) ** 2) * wave
        return slope, mean, second
    if variance <= 0:
        return 0.0, -centre, centre**2
    deviation = math.sqrt(variance)
    slope = first = second = 0.0
    for k in range(int(12 * deviation) + 3):
        up, down = (k + 1 / 2 - centre) / deviation, (k + 1 / 2 + centre) / deviation
        slope += (density(up) + density(down)) / deviation
        first += tail(up) - tail(down)
        second += (2 * k + 1) * (tail(up) + tail(down))
    return slope, first - centre, second - 2 * centre * first + centre**2


def regeneration(active, one):
    """What rounding leaves of an analog error, averaged over the number of cells that conduct (Wilson-Hilferty)."""
    variance, p = one["analog"], one["conducting"]
    if variance == 0:
        return 0.0, 0.0
    if active == 1:  # a single cell, and its error is as static after rounding as before
        return math.sqrt(p * rounded(variance / p)[2] / variance), 0.0
    third = min(math.sqrt(one["wider"] / active * (1 / p - 1)), 6) / 3
    numbers = [(max(1 - third**2 + z * third, 0) ** 3, share) for z, share in HERMITE]
    mean = sum(share * number for number, share in numbers)
    slope = second = 0.0
    for number, share in numbers:
        passed, _, left = rounded(number / mean * variance)
        slope += share * number / mean * passed
        second += share * left
    slope = min(slope, 1)
    return slope, max(second - slope**2 * variance, 0)


def beside_pedestal(seen, active, one, gain, scatter):
    """The same beside a Gaussian pedestal: gain and scatter, mean and variance of what the pedestal alone decides.

    ``gain`` and ``scatter`` are those without it. Two columns that are subtracted round it alike.
    """
    variance, (p, spread) = one["analog"], one["digit"]
    points = _pedestals(seen["pedestal"] * active * p, seen["pedestal"] * math.sqrt(one["wider"] * active * spread))
    total = math.fsum(share for _, share in points)
    slope = left = mean = msq = 0.0
    for moved, share in points:
        at_slope, error, second = rounded(variance, moved)
        slope += share / total * at_slope
        left += share / total * (second - error**2)
        mean += share / total * error
        msq += share / total * error**2
    middle_slope, _, middle_second = rounded(variance)
    passed = max(slope + gain - middle_slope, 0)
    left += scatter + gain**2 * variance - middle_second
    alone = (0.0, 0.0) if seen["is_paired"] else (mean, max(msq - mean**2, 0))
    return passed, max(left - passed**2 * variance, 0), *alone


def _pedestals(centre, width):
    """13 points of a pedestal between two levels and their shares: over 3 standard deviations, or over the level."""
    out = []
    for i in range(13):
        if width < 0.25:
            z = (i - 6) / 2
            moved = centre + z * width
            out.append((moved - round(moved), math.exp(-(z**2) / 2)))
        else:
            moved = (i + 1 / 2) / 13 - 1 / 2
            waves = (
                math.cos(2 * math.pi * n * (moved - centre)) * math.exp(-2 * (math.pi * n * width) ** 2) for n in (1, 2)
            )
            out.append((moved, 1 + 2 * sum(waves)))
    return out


# --- top-1 -----------------------------------------------------------------------------------------------------------


def effective_sqnr_db(of_layers):
    """SQNR of the layers' mean noise."""
    return -10 * math.log10(math.fsum(10 ** (-one / 10) for one in of_layers) / len(of_layers))


def curve(network):
    """Chance, int8 top-1, middle and width of the logistic curve of a network."""
    rows = table("accuracy_curves")
    known = [one for one in rows if one["dataset"] == network.dataset]
    own = known[0] if known else max(rows, key=lambda one: one["logit_sqnr_middle"])
    depth = sum(not is_product for is_product in network.is_product)
    middle = own["logit_sqnr_middle"] + 10 * math.log10(depth) + of("depth_offset")
    if known and depth == own["depth"]:
        middle = own["layer_sqnr_middle"]
    return 1 / max(network.classes, 2), network.int8_top1, middle, own["curve_width"]


def loss_pct(sqnr_db, network):
    """Points of top-1 lost against int8 at an effective SQNR; NaN of a network that states no top-1."""
    if math.isnan(network.int8_top1):
        return math.nan
    chance, top1, middle, width = curve(network)
    at, cap = ((1 + math.exp(-(one - middle) / width)) for one in (sqnr_db, of("sqnr_cap")))
    return 100 * (top1 - chance) * max(1 - cap / at, 0)


def product_sqnr_db(d, layers):
    """SQNR of each product that SRAM crossbars take; that of digital arrays is exact and does not count."""
    if d["product_unit"] == "digital":
        return []
    seen, known = {**d, "cell": "sram", "cell_bits": 1, "weight_bits": d["activation_bits"]}, {}
    return [_sqnr_db(seen, layer["k"], known) for layer in layers if layer["is_product"]]


def accuracy(d, network, layers):
    effective = effective_sqnr_db(layer_sqnr_db(d, layers) + product_sqnr_db(d, layers))
    return {"sqnr_db": effective, "accuracy_loss_pct": loss_pct(effective, network)}
