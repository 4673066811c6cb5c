"""What must not change a figure by a single bit: other designs, their order, processes, threads, who asked first."""

import threading

import numpy as np
import pandas as pd
import pytest
from laws_cases import columns_of, law, network

import siam_dse as sd

SMALL = ("lenet5", "depthwise", "resnet20")
N = 60


def table(evaluation):
    """All columns and the rules."""
    return pd.concat([evaluation.to_frame(), pd.DataFrame(dict(evaluation.violations))], axis=1)


def assert_equal(left, right):
    """Equal bit for bit; the message names the first design that differs."""
    for column in left.columns:
        a, b = left[column].to_numpy(), right[column].to_numpy()
        same = (a == b) | (pd.isna(a) & pd.isna(b))
        if not same.all():
            row = int(np.argmin(same))
            differing = {name: value for name, value in left.iloc[row].items() if not pd.isna(value)}
            raise AssertionError(f"{column}: {a[row]!r} against {b[row]!r} of design {row}: {differing}")


@pytest.mark.slow
@law(*SMALL)
def test_order_changes_nothing(net, seed):
    designs = sd.Designs.from_columns(columns_of(N, seed))
    order = np.random.default_rng(seed).permutation(N)
    whole = table(sd.evaluate(net, designs)).iloc[order].reset_index(drop=True)
    assert_equal(whole, table(sd.evaluate(net, designs.take(order))))


@pytest.mark.slow
@law(*SMALL)
def test_company_changes_nothing(net, seed):
    designs = sd.Designs.from_columns(columns_of(N, seed))
    whole = table(sd.evaluate(net, designs))
    parts = [table(sd.evaluate(net, designs.take(np.arange(start, N, 4)))) for start in range(4)]
    for start, part in enumerate(parts):
        assert_equal(part, whole.iloc[start::4].reset_index(drop=True))
    doubled = table(sd.evaluate(net, designs.take(np.repeat(np.arange(N), 2))))
    assert_equal(whole, doubled.iloc[::2].reset_index(drop=True))


@law(*SMALL)
def test_alone_is_as_in_company(net, seed):
    designs = sd.Designs.from_columns(columns_of(6, seed))
    whole = table(sd.evaluate(net, designs))
    alone = pd.concat([table(sd.evaluate(net, designs.take([i]))) for i in range(6)], ignore_index=True)
    assert_equal(whole, alone)


@law("lenet5", "depthwise")
def test_kinds_spares_and_bits_by_layer_alone_are_as_in_company(net, seed):
    # two kinds of chiplets, spare parts and bits by layer too, which the other laws leave out
    drawn = columns_of(12, seed, at_default=(), split="order", kind_b_n_chiplets=0)
    designs = sd.Designs.from_columns(drawn)
    whole = table(sd.evaluate(net, designs))
    alone = pd.concat([table(sd.evaluate(net, designs.take([i]))) for i in range(12)], ignore_index=True)
    assert_equal(whole, alone)
    assert np.isfinite(whole[["latency_ms", "energy_mj", "area_mm2", "cost_usd"]].to_numpy()).all()


@pytest.mark.slow
@law(*SMALL)
def test_who_asks_first_changes_nothing(net, seed):
    designs = sd.Designs.from_columns(columns_of(N, seed))
    whole = sd.evaluate(net, designs).to_frame()
    fields = set(designs.to_frame().columns) | {"feasible"}
    names = np.random.default_rng(seed).permutation([name for name in whole.columns if name not in fields])
    one_by_one = sd.evaluate(net, designs)
    got = pd.concat([one_by_one.to_frame([name])[[name]] for name in names], axis=1)
    assert_equal(whole[list(names)], got)
    assert_equal(whole, one_by_one.to_frame())


@pytest.mark.slow
def test_processes_change_nothing():
    net, designs = network("resnet20"), sd.Designs.from_columns(columns_of(400, 5))
    assert_equal(table(sd.evaluate(net, designs)), table(sd.evaluate(net, designs, jobs=2)))


@pytest.mark.slow
def test_threads_change_nothing():
    net = network("lenet5")
    batches = [sd.Designs.from_columns(columns_of(N, seed)) for seed in range(4)]
    expected = [table(sd.evaluate(net, designs)) for designs in batches]
    got = [None] * 8
    start = threading.Barrier(8)

    def work(i):
        start.wait()
        got[i] = table(sd.evaluate(net, batches[i % 4]))

    workers = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for i, frame in enumerate(got):
        assert frame is not None, "a thread failed"
        assert_equal(expected[i % 4], frame)


@law(*SMALL)
def test_including_the_dram_adds_its_own_and_no_more(net, seed):
    designs = sd.Designs.from_columns(columns_of(N, seed))
    without, included = sd.evaluate(net, designs).to_frame(), sd.evaluate(net, designs, include_dram=True).to_frame()
    changed = {name for name in without if not without[name].equals(included[name])}
    assert changed == {
        "latency_ms", "throughput_ips", "energy_mj", "edp_mj_ms", "edap_mj_ms_mm2", "power_w",
        "carbon_per_inference_ug",
    }  # fmt: skip
    for total, part in (("latency_ms", "dram_latency_ms"), ("energy_mj", "dram_energy_mj")):
        np.testing.assert_allclose(included[total], without[total] + without[part], rtol=1e-12, atol=0)
