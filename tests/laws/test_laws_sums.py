"""Laws of sums: twice a network, the halves of one, the parts of a total, and figures that are possible at all."""

from functools import cache
from zlib import crc32

import numpy as np
import pandas as pd
import pytest
from laws_cases import (
    ENGINES,
    N_DESIGNS,
    assert_never_less,
    assert_same,
    changed,
    columns_of,
    cut,
    dynamic_mj,
    figures,
    joined,
    law,
    network,
)
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.core.declare import LATENCY
from siam_dse.system.columns import OF_SEQUENCES

ALL = ("lenet5", "resnet20", "depthwise", "densenet40")
COMPUTE = ("crossbar_latency_ms", "crossbar_energy_mj", "crossbar_leakage_energy_mj")


def assert_adds_up(net, whole, parts, columns):
    """Each column of the whole is the sum over the parts."""
    for column in columns:
        total = sum(part[column].to_numpy() for part in parts)
        assert_same(net, whole, parts[0], column, right=total)


def assert_dynamic_energy_adds_up(net, whole, parts, engine):
    """The dynamic energy of an engine is the sum over the parts, to the rounding of the energies it comes from."""
    total = sum(dynamic_mj(part, engine).to_numpy() for part in parts)
    mine = dynamic_mj(whole, engine).to_numpy()
    coarse = whole[f"{engine}_energy_mj"] + sum(part[f"{engine}_energy_mj"] for part in parts)
    assert_same(net, whole, parts[0], f"dynamic energy of the {engine}", mine, total, scale=coarse.to_numpy())


@law(*ALL)
def test_a_network_twice_takes_twice_the_compute_and_the_tiles(net, seed):
    base = columns_of(N_DESIGNS, seed, duplication="none", schedule="serial")
    names = [*COMPUTE, "tiles"]
    (once,) = figures(net, base, names=names)
    for chained in (True, False):
        (twice,) = figures(joined(net, net, chained=chained), base, names=names)
        assert_adds_up(net, twice, [once, once], ["crossbar_latency_ms", "tiles"])
        assert_dynamic_energy_adds_up(net, twice, [once, once], "crossbar")


@law(*ALL)
def test_the_halves_of_a_network_add_up(net, seed):
    base = columns_of(N_DESIGNS, seed, duplication="none", schedule="serial")
    at = 1 + seed % (net.n_layers - 1)
    names = [*COMPUTE, "tiles"]
    (whole,) = figures(net, base, names=names)
    halves = [figures(half, base, names=names)[0] for half in cut(net, at)]
    assert_adds_up(net, whole, halves, ["crossbar_latency_ms", "tiles"])
    assert_dynamic_energy_adds_up(net, whole, halves, "crossbar")


@pytest.mark.slow
@law(*ALL, examples=3)
def test_the_digital_energy_of_tiles_adds_up(net, seed):
    """Tiles alone: a chiplet's buffer is as large as the largest map on it, so that what shares a chiplet matters."""
    designs = sd.Designs.from_columns(columns_of(4, seed, duplication="none"))
    at = 1 + seed % (net.n_layers - 1)
    whole = sd.evaluate(net, designs)
    halves = [sd.evaluate(half, designs) for half in cut(net, at)]
    for i in range(len(designs)):
        layers = whole.by_layer(i)
        names = [
            n for n in layers if n.startswith("tile_") and n.endswith("_mj") and "dynamic" not in n and "chip" not in n
        ]
        assert names
        parts = pd.concat([half.by_layer(i) for half in halves], ignore_index=True)
        assert_allclose(parts[names], layers[names], rtol=1e-12, atol=0, err_msg=str(designs.describe(i)))


@cache
def any_designs(name):
    """All columns of random designs, evaluated once for the laws of one table."""
    return figures(network(name), columns_of(2 * N_DESIGNS, crc32(name.encode())))[0]


@law(*ALL)
def test_every_figure_is_finite_and_not_negative(net, seed):
    frame = any_designs(net.name)
    fields = set(sd.Designs.grid().to_frame().columns)
    for column in frame.columns:
        if column in fields or column in (
            "feasible",
            "sqnr_db",
            *OF_SEQUENCES,
        ):  # a ratio below one is a negative number of decibels
            continue
        values = frame[column].to_numpy(dtype=float)
        assert np.isfinite(values).all(), column
        assert_never_less(net, frame, frame, column, low=np.zeros(len(frame)), scale=np.zeros(len(frame)))
    assert np.isfinite(frame["sqnr_db"]).all()


@law(*ALL)
def test_shares_lie_between_none_and_all(net, seed):
    frame = any_designs(net.name)
    one = np.ones(len(frame))
    for column in ("utilisation", "die_yield_fraction", "package_yield_fraction"):
        assert_never_less(net, frame, frame, column, high=one)
        assert (frame[column] > 0).all(), column
    assert_never_less(net, frame, frame, "accuracy_loss_pct", high=100 * one)


@law(*ALL)
def test_engines_add_up_to_the_totals(net, seed):
    frame = any_designs(net.name)
    for quantity in ("energy_mj", "latency_ms", "area_mm2", "leakage_energy_mj"):
        total = sum(frame[f"{engine}_{quantity}"].to_numpy() for engine in ENGINES)
        assert_same(net, frame, frame, quantity, right=total)
    both = (frame["dynamic_energy_mj"] + frame["leakage_energy_mj"]).to_numpy()
    assert_same(net, frame, frame, "energy_mj", right=both)


@law(*ALL)
def test_figures_that_follow_from_others_do(net, seed):
    frame = any_designs(net.name)
    values = {name: frame[name].to_numpy() for name in frame.columns}
    operations = 2e-12 * float(net.macs.sum())  # 1e12 a second
    expected = {
        "throughput_ips": 1e3 / values["latency_ms"],
        "edp_mj_ms": values["energy_mj"] * values["latency_ms"],
        "edap_mj_ms_mm2": values["energy_mj"] * values["latency_ms"] * values["area_mm2"],
        "power_w": values["energy_mj"] / values["latency_ms"],
        "tops_per_w": operations / (values["energy_mj"] * 1e-3),
        "tops_per_mm2": operations / (values["latency_ms"] * 1e-3) / values["area_mm2"],
        "pipelined_tops_per_mm2": operations * values["pipelined_throughput_ips"] / values["area_mm2"],
    }
    for column, right in expected.items():
        assert_same(net, frame, frame, column, right=right)
    assert_never_less(net, frame, frame, "throughput_ips", high=values["pipelined_throughput_ips"])
    assert_never_less(net, frame, frame, "chiplets_used", high=values["chiplets"])
    assert_never_less(net, frame, frame, "chiplets_needed", high=values["chiplets"])
    assert_never_less(net, frame, frame, "die_area_mm2", high=values["area_mm2"])
    assert_never_less(net, frame, frame, "area_mm2", high=values["package_area_mm2"])


@law(*ALL, examples=2)
def test_layers_add_up_to_the_engines(net, seed):
    base = columns_of(6, seed, schedule="serial")
    designs = sd.Designs.from_columns(base)
    evaluation = sd.evaluate(net, designs)
    frame, table = evaluation.to_frame(), evaluation.by_engine()
    for i in range(len(designs)):
        layers = evaluation.by_layer(i)
        assert len(layers) == net.n_layers
        one = frame.iloc[[i]].reset_index(drop=True)
        engines = table[table["design"] == i].set_index("engine")
        for engine in ENGINES:
            assert_same(net, one, one, f"{engine}_latency_ms", right=[layers[f"{engine}_latency_ms"].sum()])
            dynamic, coarse = layers[f"{engine}_dynamic_energy_mj"].sum(), one[f"{engine}_energy_mj"]
            assert_same(net, one, one, engine, dynamic_mj(one, engine), [dynamic], scale=coarse)
            for quantity in ("energy_mj", "latency_ms", "area_mm2", "leakage_energy_mj"):
                assert engines.loc[engine, quantity] == one[f"{engine}_{quantity}"].iloc[0]


@law(*ALL)
def test_branches_at_once_take_no_longer_than_one_after_another(net, seed):
    base = columns_of(N_DESIGNS, seed)
    serial, branches = figures(
        net, changed(base, schedule="serial"), changed(base, schedule="branches"), names=["latency_ms"]
    )
    assert_never_less(net, branches, serial, "latency_ms")


def test_the_networks_of_these_laws_have_what_they_are_here_for():
    assert (network("depthwise").groups > 1).sum() == 2
    assert (np.bincount(network("densenet40").edge_consumer) > 1).any()
    assert (network("resnet20").edge_kind == 1).any()


@law(*ALL)
def test_overlapped_layers_take_the_longest_of_their_parts(net, seed):
    base = columns_of(N_DESIGNS, seed, duplication="none", schedule="serial", layer_placement="packed")
    serial, layer = (sd.Designs.from_columns(changed(base, overlap=overlap)) for overlap in ("none", "layer"))
    one, other = sd.evaluate(net, serial), sd.evaluate(net, layer)
    columns = ["latency_ms", "pipelined_throughput_ips", "leakage_energy_mj", "dynamic_energy_mj", "area_mm2"]
    apart, beside = one.to_frame(columns), other.to_frame(columns)
    assert_never_less(net, beside, apart, "latency_ms")
    assert_never_less(net, apart, beside, "pipelined_throughput_ips")
    assert_never_less(net, beside, apart, "leakage_energy_mj")
    assert_same(net, apart, beside, "dynamic_energy_mj")
    assert_same(net, apart, beside, "area_mm2")
    parts = layers_ms(one)
    work = sum(parts[name] for name in ENGINES if name not in ("noc", "nop"))
    longest = np.max([work, parts["noc"], parts["nop"]], axis=0)
    found = sum(layers_ms(other).values())
    assert_allclose(found, longest, rtol=1e-9, atol=0)
    assert_allclose(found.sum(axis=1), beside["latency_ms"], rtol=1e-9, atol=0)
    for i in (0, N_DESIGNS - 1):  # and so the table by layer has it
        shown = sum(other.by_layer(i)[f"{name}_latency_ms"] for name in ENGINES)
        assert_allclose(shown, found[i], rtol=1e-12, atol=0)


def layers_ms(evaluation):
    """Latency of each engine in each layer, engine -> (n, L): what ``by_layer`` has of one design, of all at once."""
    out = {name: np.full((len(evaluation), evaluation.network.n_layers), np.nan) for name in ENGINES}
    for rows, composed in evaluation._blocks:  # the last that has a design has it with the copies that help
        for name in ENGINES:
            out[name][rows] = 1e3 * composed.by_layer(LATENCY, [name])
    return out
