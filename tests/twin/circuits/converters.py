"""What reads the columns of a crossbar: SAR and flash converters, their encoder, SRAM's sense amplifiers."""

import math

from twin.circuits.array import cell_conductance, lowest_conductance, subarray, width
from twin.circuits.gates import cell_height, cell_unit, chain, inverter, nand, r_n, r_p
from twin.data import constant, row


def has_sense_amps(x):
    """SRAM read row by row has a sense amplifier a column in place of converters."""
    return x["sram"] and x["by_row"]


def area(x):
    """SAR 296 + 182 b cell units; flash 106 (voltage mode 112, SIAM 16) a comparator; sense amplifier 6."""
    if x["digital"]:
        return 0.0
    if has_sense_amps(x):
        units = x["cols"] * constant("adc", "sense_amp_area")
    elif is_surveyed(x):
        return x["converters"] * published(x, "area")
    elif not x["flash"]:
        one = constant("adc", "sar_area") + constant("adc", "sar_area_per_bit") * x["bits"]
        units = x["converters"] * one
    else:
        one = x["c"]["comparator_area"]
        if x["voltage"] and not x["siam"]:
            one = constant("adc", "voltage_comparator_area")
        units = x["converters"] * one * (2 ** x["bits"] - 1)
    return units * cell_unit(x["n"])


def leakage(x):
    """Sense amplifiers only, 0.92 minimum inverters each: converters leak nothing in the source."""
    if not has_sense_amps(x):
        return 0.0
    return x["cols"] * constant("crossbar", "sense_amp_leakage") * inverter(x["n"], False)["leak"]


def sense_amp_energy(x):
    """J a sensed column: 1.6 C_in + 5.3 C_out of a minimum inverter."""
    gate = inverter(x["n"], False)
    switched = constant("crossbar", "sense_amp_input_caps") * gate["c_in"]
    switched += constant("crossbar", "sense_amp_output_caps") * gate["c_out"]
    return switched * x["n"]["vdd_v"] ** 2 if has_sense_amps(x) else 0.0


def sense_amp_time(x):
    grown = x["n"]["feature"] / constant("crossbar", "sense_amp_time_node")
    return constant("crossbar", "sense_amp_time") * grown ** constant("crossbar", "sense_amp_time_exponent")


# --- converters of the survey ----------------------------------------------------------------------------------------


def is_surveyed(x):
    return x["d"]["adc_model"] == "survey" and not x["digital"]


def published(x, quantity):
    """Median of published converters: value at 7 bits, 65 nm, 1 GHz x exp(slopes x distance from there).

    A flash converter has a level of its own, and for energy a slope with its bits. The area follows rates above 1 GHz
    alone. None is interleaved, each has its node's supply.
    """
    if quantity == "rate" and x["d"]["adc_rate_hz"]:
        return x["d"]["adc_rate_hz"]
    bits = x["bits"] - constant("adc_survey", "reference_bits")
    node = math.log(x["d"]["node_nm"] * 1e-9 / constant("adc_survey", "reference_node"))
    exponent = constant("adc_survey", f"{quantity}_bits") * bits + constant("adc_survey", f"{quantity}_node") * node
    if x["flash"]:
        exponent += constant("adc_survey", f"{quantity}_parallel")
    if quantity != "rate":
        faster = math.log(published(x, "rate") / constant("adc_survey", "reference_rate"))
        faster = max(faster, 0) if quantity == "area" else faster
        exponent += constant("adc_survey", f"{quantity}_rate") * faster
        if x["flash"] and quantity == "area":
            exponent += constant("adc_survey", "area_parallel_rate") * faster
        if x["flash"] and quantity == "energy":
            exponent += constant("adc_survey", "energy_parallel_bits") * bits
    return constant("adc_survey", f"{quantity}_reference") * math.exp(exponent)


# --- converters ------------------------------------------------------------------------------------------------------


def conversion_time(x, conductance):
    """SAR b + 1 cycles. Flash 1 ns; above 22 nm LSTP, more than four levels: A ln(R_col / 1 kohm) + B, 1 to 10 ns.

    R_col of resistive cells counts r_off at most.
    """
    if is_surveyed(x):
        return 1 / published(x, "rate")
    if not x["flash"]:
        return (x["bits"] + 1) * constant("adc", "sar_cycle")
    law = _law(x)
    time = constant("adc", "flash_time_floor")
    if (
        not x["charge"]
        and law["flash_time_base"] > 0
        and x["bits"] > constant("adc", "flash_floor_bits")
        and not x["voltage"]
    ):
        r_col = 1 / conductance if x["sram"] else min(1 / conductance, x["d"]["r_off_ohm"])
        slow = math.log(r_col / constant("adc", "flash_time_resistance"))
        time = max(time, law["flash_time_slope"] * slow + law["flash_time_base"])
    return min(time, constant("adc", "flash_time_ceiling"))


def held_time(x, conductance):
    """How long a column is held: a period of a stated rate, or the conversion's own time at the supply.

    A SAR that runs at fewer bits than it has stops after as many cycles less.
    """
    rate = x["d"]["adc_rate_hz"]
    return cycles_run(x) * (1 / rate if rate else x["slow"] * conversion_time(x, conductance))


def rate_beyond(d):
    """Share by which a stated rate exceeds that of the simulated converter; surveyed ones have any rate."""
    x = subarray(d)
    if not d["adc_rate_hz"] or is_surveyed(x) or x["digital"] or has_sense_amps(x):
        return 0
    return max(d["adc_rate_hz"] * x["slow"] * conversion_time(x, cell_conductance(x)) - 1, 0)


def cycles_run(x):
    """Share of the cycles of a conversion that run: one to sample, and one a bit of a SAR."""
    return 1.0 if x["flash"] or x["by_row"] or "run" not in x else (x["run"] + 1) / (x["bits"] + 1)


def comparators(x):
    """Comparators of a flash that are on: one less than the levels of the bits that it runs at."""
    return 2 ** (x["bits"] if x["by_row"] or "run" not in x else x["run"]) - 1


def power(x, conductance):
    """Power while converting a column of this conductance, which counts V_read / 0.5 V times.

    SAR p0 + p1 b + q G^(s / ln 10); flash p1 a comparator + q' G^(s / ln 10), in voltage mode its own p1 and the SAR's
    q; SIAM's flash b - a ln(G 1 kohm) whatever its levels. 1 uW if nothing conducts.
    """
    if is_surveyed(x):
        return current_power(x, conductance)
    law, g = _law(x), conductance * x["d"]["read_voltage_v"] / constant("adc", "nominal_read_voltage")
    if g == 0:
        return constant("adc", "dark_power")
    if x["flash"] and x["siam"]:
        slope, base = law["siam_comparator_slope"], law["siam_comparator_power"]
        return base - slope * math.log(g * constant("adc", "flash_time_resistance"))
    grown = g ** (law["current_exponent"] / constant("adc", "log_10"))
    if not x["flash"]:
        return law["sar_power"] + law["sar_power_per_bit"] * x["bits"] + law["sar_current_term"] * grown
    mode = (
        ("comparator_power_voltage", "sar_current_term") if x["voltage"] else ("comparator_power", "flash_current_term")
    )
    return law[mode[0]] * comparators(x) + law[mode[1]] * grown


def draws_none(x):
    """Converted without a current of the column: charge, or a sampled voltage."""
    return x["charge"] or (x["samples"] and x["voltage"])


def current_power(x, conductance):
    """What the column's current adds to a converter of the survey."""
    if draws_none(x):
        return 0.0
    g = conductance * x["d"]["read_voltage_v"] / constant("adc", "nominal_read_voltage")
    term = "flash_current_term" if x["flash"] and not x["voltage"] else "sar_current_term"
    return _law(x)[term] * g ** (_law(x)["current_exponent"] / constant("adc", "log_10")) if g > 0 else 0.0


def conversion_energy(x, active_rows, dark_share=0.0, foreign_rows=0.0):
    """J a conversion of a column with so many active rows, its reference beside it; ``dark_share`` have none.

    Foreign rows hold nothing of the column: resistive cells of theirs pass the current of the lowest level. A flash
    converter is on for the time of a column at the design's activity, all rows of the crossbar used.
    """
    lit = 1 if x["by_row"] else max(x["d"]["input_activity"] * x["read_rows"], 1)
    time = conversion_time(x, cell_conductance(x) * lit) * cycles_run(x)
    together = x["weight_cells"] / x["codes"]  # columns of a conversion
    conducting = active_rows * (together * cell_conductance(x) + (lowest_conductance(x) if x["references"] else 0.0))
    conducting += 0.0 if x["sram"] else foreign_rows * together * lowest_conductance(x)
    if is_surveyed(x):
        own_j = published(x, "energy") * cycles_run(x)
        own_j *= comparators(x) / (2 ** x["bits"] - 1) if x["flash"] else 1.0
        return x["volts"] ** 2 * (own_j + time * (1 - dark_share) * current_power(x, conducting))
    lit_w, dark_w = power(x, conducting), constant("adc", "dark_power")
    if draws_none(x):  # no current, and converted whatever the charge
        lit_w, dark_share = fixed_power(x), 0.0
    if not conducting and not draws_none(x):
        dark_share = 1.0
    held, own_w = time, 0.0
    if x["d"]["adc_rate_hz"]:  # as much a conversion for the converter itself, the column's current all the time
        held = cycles_run(x) / x["d"]["adc_rate_hz"]
        own_w = lit_w if x["flash"] and x["siam"] else fixed_power(x)
    lit_j = held * (lit_w - own_w) + time * own_w
    return x["volts"] ** 2 * ((1 - dark_share) * lit_j + dark_share * time * dark_w) + thermal_energy(x)


def fixed_power(x):
    """Power of a conversion but for its column's current."""
    law = _law(x)
    if x["flash"] and x["siam"]:
        return law["siam_comparator_power"]
    if not x["flash"]:
        return law["sar_power"] + law["sar_power_per_bit"] * x["bits"]
    return law["comparator_power_voltage" if x["voltage"] else "comparator_power"] * comparators(x)


def thermal_energy(x):
    """8 k T x 1.5 x 4^b if the floor is asked for."""
    if not x["d"]["adc_thermal_floor"]:
        return 0.0
    snr = constant("adc", "quantisation_snr") * 4 ** x["bits"]
    return constant("adc", "sampling_energy_factor") * constant("adc", "thermal_energy") * snr


def _law(x):
    return row("adc", node_nm=x["d"]["node_nm"], roadmap=x["d"]["roadmap"])


# --- encoder ---------------------------------------------------------------------------------------------------------


def has_encoder(x):
    """Flash converters; row by row those of more than two levels, and never SRAM's sense amplifiers."""
    return x["flash"] and not is_surveyed(x) and not (x["by_row"] and (x["sram"] or x["bits"] <= 1))


def encoder_gates(x):
    """Inverter, NAND2, and a NAND of half the levels."""
    n, widened = x["n"], x["widened"]
    return x["inverter"], nand(n, 2, widened), nand(n, 2 ** x["bits"] // 2, widened)


def encoder_area(x):
    """Encoders (levels - 1) x 28F high, two inverters, a NAND2 and the large NAND wide, in whole rows across the array.

    V1.3 lets the last of a row stick out and takes the row as wide as the array or an encoder; SIAM does not.
    """
    if not has_encoder(x):
        return 0.0
    inv, two, wide = encoder_gates(x)
    one, across = 2 * inv["width"] + two["width"] + wide["width"], width(x)
    per_row = max(math.floor(across / one), 1) if x["siam"] else math.ceil(across / one)
    rows = math.ceil(x["converters"] / min(per_row, x["converters"]))
    high = (2 ** x["bits"] - 1) * cell_height(x["n"])
    return rows * high * (across if x["siam"] else max(across, one))


def encoder_energy(x):
    """J a conversion: activity Vdd^2 [(levels + b) (inverter + NAND2) + b large NAND], C_in + C_out each."""
    if not has_encoder(x):
        return 0.0
    inv, two, wide = (gate["c_in"] + gate["c_out"] for gate in encoder_gates(x))
    load = (2 ** x["bits"] + x["bits"]) * (inv + two) + x["bits"] * wide
    return x["c"]["control_activity"] * load * x["n"]["vdd_v"] ** 2


def encoder_leakage(x):
    """Levels + b inverters and NAND2 and b large NAND a converter."""
    if not has_encoder(x):
        return 0.0
    inv, two, wide = (gate["leak"] for gate in encoder_gates(x))
    return x["converters"] * ((2 ** x["bits"] + x["bits"]) * (inv + two) + x["bits"] * wide)


def encoder_delay(x):
    """Inverter 2 R_N (C_out + 2 C_nand), then a NAND2 R_P loaded by half the levels' inputs of the large NAND."""
    if not has_encoder(x):
        return 0.0
    n, (inv, two, wide) = x["n"], encoder_gates(x)
    first = 2 * r_n(n, inv["n"]) * (inv["c_out"] + 2 * two["c_in"])
    return sum(chain([first, r_p(n, two["p"]) * (two["c_out"] + 2 ** x["bits"] / 2 * wide["c_in"])]))
