"""Bounds of constants and columns: figures at both, one error just beyond."""

import functools
import json
import os
import time
import warnings
from dataclasses import replace

import numpy as np
import pytest

from siam_dse.core.errors import InputError
from siam_dse.core.units import SI_PER_UNIT
from siam_dse.system.evaluate import evaluate
from siam_dse.technology.load import Table
from siam_dse.technology.ranges import names
from siam_dse.technology.technology import Technology, packaged_technology
from siam_dse.workload.load import load_network
from tests.fuzz.designs import check_figures
from tests.golden.golden_cases import designs

MOST_SECONDS = 4.0  # of CPU, of some seven designs of different kinds under constants of their own, at two levels
BASES = ("siam_100", "sram_7nm_custom", "crosspoint_row_by_row")
ALSO = {  # designs that constants of a file or table matter to
    "accuracy": ("bits_by_layer", "few_rows_as_voltages", "columns_sampled", "charge_domain", "thermal_floor_custom"),
    "adc": ("converters_of_the_survey", "flash_of_the_survey", "bits_by_layer", "supply_beyond_the_node"),
    "carbon": ("beyond_reticle", "spare_parts"),
    "cells": ("adder_trees", "charge_domain", "phase_change_cells", "magnetic_cells"),
    "cost": ("beyond_reticle", "spare_parts", "two_kinds", "a_carrier_larger_than_a_wafer"),
    "digital": ("chiplets_of_one_crossbar", "products_in_sram"),
    "dram": ("two_kinds_streamed", "spare_parts"),
    "mesh": ("networks_behind_compute", "values_multicast", "layers_spread", "ring", "hub"),
    "noc": ("values_multicast", "layers_spread", "long_phy"),
    "nodes": ("beyond_reticle", "between_nodes_at_low_supply", "one_bit_weights"),
    "nop": ("link_of_stacked_dies", "standard_links_of_32_gtps", "torus_with_wider_columns", "hub"),
    "packages": ("beyond_reticle", "spare_parts", "link_of_stacked_dies"),
    "reading": ("columns_sampled", "charge_domain", "groups_of_rows_as_pulses", "magnetic_cells"),
    "silicon": ("charge_domain", "adder_trees", "magnetic_cells", "few_rows_as_voltages"),
    "supply": ("between_nodes_at_low_supply", "supply_beyond_the_node", "adder_trees"),
    "thermal": ("spare_parts", "beyond_reticle", "link_of_stacked_dies"),
    "tile": ("groups_of_rows_as_pulses", "adder_trees"),
    "writes": ("phase_change_cells", "magnetic_cells", "two_kinds_streamed"),
}
ABOUT = {"source": "lab", "status": "measured"}


def values_and_unit(key):
    """Values of a constant or column in its unit, (n,)."""
    technology, (where, _, name) = packaged_technology(), key.partition(".")
    if where in technology.files and name in technology.constants(where):
        record = technology.constants(where).record(name)
        return np.atleast_1d(record.value) / SI_PER_UNIT[record.unit], record.unit
    unit = technology.units(where)[name]
    return technology.table(where)[name] / SI_PER_UNIT[unit], unit


def is_constant(key):
    where, _, name = key.partition(".")
    return where in packaged_technology().files and name in packaged_technology().constants(where)


def is_key(key):
    where, _, name = key.partition(".")
    return not is_constant(key) and name in packaged_technology().table(where).keys


def at(key, value):
    """A technology with a constant, or the cells of a column that are not 0, at a value in its unit."""
    technology, (where, _, name) = packaged_technology().copy(), key.partition(".")
    value *= SI_PER_UNIT[values_and_unit(key)[1]]
    if is_constant(key):
        constants = technology.constants(where)
        technology.put_constants(constants.with_records({name: replace(constants.record(name), value=value)}))
    else:
        table = technology.table(where)
        has_one = (table[name] != 0) | (table[name] == 0).all()
        is_none = value == 0 and where == "nodes" and name.startswith("fin")  # a node of planar transistors
        column = np.where((has_one | (value == 0)) & (not is_none), value, table[name])
        technology.put_table(Table(where, table.keys, {**table.columns, name: column}))
    return technology


def stated(key, value):
    """A constant or a cell at a value, as a file of one's own states it: part of the file, its key, what it says."""
    where, _, name = key.partition(".")
    number = {"value": float(value), "unit": values_and_unit(key)[1]}
    if is_constant(key):
        return "constants", key, {**number, **ABOUT}
    table = packaged_technology().table(where)
    row = {k: str(table[k][0]) if table[k].dtype.kind == "U" else float(table[k][0]) for k in table.keys}
    return "rows", where, {**row, "replace": True, name: number, **ABOUT}


def faults_of(tmp_path, values):
    """What a file of one's own that states constants and cells at values, key -> value, is refused for."""
    parts = {"constants": {}, "rows": {}}
    for key, value in values.items():
        part, name, row = stated(key, value)
        if part == "constants":
            parts[part][name] = row
        else:
            parts[part].setdefault(name, [{}])[0].update(row)
    content = {"sources": {"lab": {"title": "Our chip"}}, **{part: rows for part, rows in parts.items() if rows}}
    path = tmp_path / "mine.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    try:
        Technology.load(path)
    except InputError as error:
        return error.problems
    return []


STATED = [key for key in packaged_technology().bounds() if len(values_and_unit(key)[0]) and not is_key(key)]
NUMBERS = [key for key in STATED if not is_constant(key) or len(values_and_unit(key)[0]) == 1]


@functools.cache
def chosen(where):
    also = next((ALSO[each] for each in (where, where.partition("_")[0]) if each in ALSO), ())
    found = designs(tuple(dict.fromkeys((*BASES, *also))))
    for level in levels(where):  # compiled before its time is taken
        evaluate(load_network("lenet5"), found, noc_model=level).to_frame()
    return found


def levels(where):
    return ("fast", "fluid") if where == "mesh" else ("fast",)


def test_every_number_has_bounds_around_it():
    keys = {f"{t}.{k}" for t in packaged_technology().tables for k in packaged_technology().table(t).keys}
    numbers = {key for key in keys if values_and_unit_is_number(key)}
    bounds = packaged_technology().bounds()
    assert set(bounds) == {*names(packaged_technology()), *numbers}
    for key, (low, high) in bounds.items():
        values = values_and_unit(key)[0]
        assert low < high
        assert low <= np.nanmin(values) * (1 + 1e-12)
        assert np.nanmax(values) * (1 - 1e-12) <= high


def values_and_unit_is_number(key):
    where, _, name = key.partition(".")
    return packaged_technology().table(where)[name].dtype.kind == "f"


@pytest.mark.parametrize("where", sorted({key.partition(".")[0] for key in NUMBERS}))
def test_a_value_just_beyond_a_bound_is_one_error(tmp_path, where):
    """Of each constant of a file and each column of a table."""
    bounds = {key: ends for key, ends in packaged_technology().bounds().items() if key in NUMBERS}
    bounds = {key: np.asarray(ends) for key, ends in bounds.items() if key.startswith(f"{where}.")}
    small = {key: 1e-6 * np.abs(ends).max() for key, ends in bounds.items()}
    for side, sign in ((0, -1), (1, 1)):
        faults = faults_of(tmp_path, {key: ends[side] + sign * small[key] for key, ends in bounds.items()})
        assert len(faults) == len(bounds)
        for key, (low, high) in bounds.items():
            is_choice = key.partition(".")[2].startswith(("is_", "has_"))
            rule = "must be 1 for yes or 0 for no" if is_choice else f"must lie in [{low:.10g}, {high:.10g}]"
            assert any(rule in fault and key.partition(".")[2] in fault for fault in faults), key
        assert faults_of(tmp_path, {key: ends[side] for key, ends in bounds.items()}) == []


def test_a_bound_may_be_stated_in_another_unit(tmp_path):
    """1 ps is the least of a cycle in [0.001, 1000] ns, which as a product of binary fractions is a little less."""
    low, _ = packaged_technology().bounds()["adc.sar_cycle"]
    row = {"value": low * 1e3, "unit": "ps", **ABOUT}
    path = tmp_path / "mine.yaml"
    path.write_text(json.dumps({"sources": {"lab": {"title": "Our chip"}}, "constants": {"adc.sar_cycle": row}}))
    assert Technology.load(path).constants("adc").record("sar_cycle").value < low * 1e-9 * (1 + 1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("key", NUMBERS if os.environ.get("BOUNDS") == "all" else NUMBERS[::8])
def test_figures_are_finite_at_both_bounds(key):
    """An eighth of them; all with ``BOUNDS=all``, four minutes."""
    network, where = load_network("lenet5"), key.partition(".")[0]
    some = chosen(where)
    for value in packaged_technology().bounds()[key]:
        started = time.process_time()
        for level in levels(where):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                found = evaluate(network, some.with_technology(at(key, value)), noc_model=level)
                check_figures(found.to_frame(), network)
        assert time.process_time() - started < MOST_SECONDS
