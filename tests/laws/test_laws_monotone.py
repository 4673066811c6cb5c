"""Laws of more and less: what must not fall, or rise, when one field of a design is raised.

Some that sound like laws are none, and what holds in their place is tested:

- More weight bits can take less time: with more columns a weight a tile finishes fewer sums, so its buffers and wires
  are smaller and the first result comes cycles earlier. The time of a position and the tiles never fall; nothing falls
  while the columns stay as many.
- More columns an ADC can take more area outside crossbars: the H-tree's bus is halved until it is narrow enough, and
  fewer converters need fewer halvings, so that the wires that are left can be more. Crossbars only shrink, and all dies
  do where no bus is halved. A multiplexer of more than 16 columns, before a converter of a few bits, or in SIAM's
  older circuit, whose multiplexer is wide, can outgrow the converter that it saves. So can the first multiplexer,
  which brings a pass gate a column, as wide as hundreds of cells conduct; and a column more that saves no converter
  brings a row of gates of the multiplexer's decoder, up to 0.2 % of a crossbar.
- More columns an ADC can take less time with copies inside tiles, whose inputs follow one another over the H-tree:
  where that takes longer than the conversions, smaller buffers only bring the first result earlier (0.06 %).
- More equal chiplets can take less area. Where the largest share of a map sizes the buffer of every die, more copies
  make that share smaller. Buffers that dies share together hold as much however many dies there are, in whole banks:
  13 dies of two banks can become 14 of one. Twice or three times as many dies never have fewer banks.
- A busier input can take less energy with a flash ADC, whose sense amplifiers settle faster on a larger current.
- Dies of their own size can take more area than equal ones: equal dies share their buffers, which together hold all
  maps that are alive at once, while each of the others holds all that its own layers ever need. Where no buffer is
  shared they take no more, nor do their crossbars and networks ever.
- Copies for throughput can take more time for one inference: faster links may make them pay (11.8 ms become 14.7).
- Copies can take more time where ``copy_chiplets`` asks for them, and in a custom package with more dies than it needs,
  all of which are there to be filled (9.2 ms for 7.0 of resnet20 on 17 dies). Else there are as many as pay.
- More chiplets for copies can take more time than fewer that are no square: between the squares (4, 9, 16, 25, 49, 100,
  ...) only all chiplets are filled, or those needed.
"""

from dataclasses import replace

import numpy as np
from laws_cases import N_DESIGNS, assert_never_less, changed, columns_of, dynamic_mj, figures, law, network, raised

import siam_dse as sd
from siam_dse.design.fields import fields

ALL = ("lenet5", "resnet20", "depthwise", "densenet40")


def never_less(net, name, seed, *columns, **fixed):
    """Designs with more of field ``name`` have no less of each column."""
    small, large = figures(net, *raised(columns_of(N_DESIGNS, seed, **fixed), name, seed), names=columns)
    for column in columns:
        assert_never_less(net, small, large, column)


SPENT = ("energy_mj", "area_mm2")
TIMES = ("latency_ms", "pipelined_throughput_ips")


def time_ms(frame):
    """Time that is to be short: of a pipeline of layers where copies are made for one, else of one inference."""
    is_pipeline = frame["duplication"] == "pipeline"
    return np.where(is_pipeline, 1e3 / frame["pipelined_throughput_ips"], frame["latency_ms"])


def assert_never_faster(net, slow, fast):
    """No design is faster than the one that is to be."""
    assert_never_less(net, fast, slow, "time", time_ms(fast), time_ms(slow))


def never_slower(net, name, seed, **fixed):
    """Designs with more of field ``name`` take no more time."""
    small, large = figures(net, *raised(columns_of(N_DESIGNS, seed, **fixed), name, seed), names=TIMES)
    assert_never_faster(net, small, large)


@law(*ALL)
def test_more_adc_bits_never_take_less(net, seed):
    small, large = figures(net, *raised(columns_of(N_DESIGNS, seed), "adc_bits", seed), names=[*SPENT, *TIMES])
    for column in SPENT:
        assert_never_less(net, small, large, column)
    assert_never_faster(net, large, small)


@law(*ALL)
def test_wider_noc_links_never_take_more_time(net, seed):
    never_slower(net, "noc_width_bits", seed)


@law(*ALL)
def test_a_faster_noc_never_takes_more_time(net, seed):
    never_slower(net, "noc_clock_hz", seed)


@law(*ALL)
def test_more_nop_bandwidth_never_takes_more_time(net, seed):
    never_slower(net, "nop_bandwidth_gbps", seed)


@law(*ALL)
def test_a_faster_clock_never_takes_more_time(net, seed):
    never_slower(net, "clock_hz", seed)


@law(*ALL)
def test_more_activation_bits_never_take_less(net, seed):
    never_less(net, "activation_bits", seed, "energy_mj", "latency_ms", duplication="none")


@law(*ALL)
def test_more_columns_an_adc_never_take_less_time(net, seed):
    """At the circuit's own rate: where converters are large, or so fast that they hold up nothing, wires decide."""
    base = columns_of(N_DESIGNS, seed, in_tile_copies=False, columns_combined=1, adc_model="neurosim", adc_rate_hz=0)
    assert_never_faster(net, *reversed(figures(net, *raised(base, "columns_per_adc", seed), names=TIMES)))


@law(*ALL)
def test_more_columns_an_adc_never_take_less_time_in_the_crossbar(net, seed):
    # where columns are sampled, a converter of its own, which nothing samples, keeps its column driven for longer
    alike = {"columns_combined": 1, "duplication": "none", "row_drive": "each_conversion"}
    never_less(net, "columns_per_adc", seed, "crossbar_latency_ms", **alike)


@law(*ALL)
def test_copies_never_lose_what_they_are_made_for(net, seed):
    base = columns_of(N_DESIGNS, seed, copy_chiplets=0, chiplet_style="homogeneous")
    ways = [changed(base, duplication=way) for way in ("none", "serial", "pipeline")]
    without, serial, pipeline = figures(net, *ways, names=["latency_ms", "pipelined_throughput_ips"])
    assert_never_less(net, serial, without, "latency_ms")
    assert_never_less(net, without, pipeline, "pipelined_throughput_ips")


def enough_chiplets(net, base):
    """As many chiplets as the designs have, at least those that they need without copies."""
    (alone,) = figures(net, changed(base, n_chiplets=0, duplication="none"), names=["chiplets_needed"])
    return np.minimum(np.maximum(base["n_chiplets"], alone["chiplets_needed"].to_numpy()), 4000)


def times_as_many_chiplets(net, seed, names, **fixed):
    """Designs with enough equal chiplets, and with two or three times as many where a design can have these."""
    base = columns_of(N_DESIGNS, seed, chiplet_style="homogeneous", **fixed)
    enough = enough_chiplets(net, base)
    more = enough * np.random.default_rng([seed, 2]).integers(2, 4, N_DESIGNS)
    more = np.where(more <= fields()["n_chiplets"].high, more, enough)
    return figures(net, base | {"n_chiplets": enough}, base | {"n_chiplets": more}, names=names)


@law(*ALL)
def test_times_as_many_chiplets_that_share_buffers_never_take_less_area(net, seed):
    fewer, more = times_as_many_chiplets(net, seed, ["area_mm2"], buffer_size="lifetimes")
    assert_never_less(net, fewer, more, "area_mm2")


@law(*ALL)
def test_times_as_many_equal_chiplets_never_take_less_area_without_copies(net, seed):
    fewer, more = times_as_many_chiplets(net, seed, ["area_mm2"], duplication="none")
    assert_never_less(net, fewer, more, "area_mm2")


def more_chiplets_than_a_square(net, seed, names, **fixed):
    """Designs with the equal chiplets that they need or a square that copies may fill, and with one to eight more.

    Each chiplet has room for its own maps. Where all share their buffers, more and smaller ones keep more elsewhere,
    and a die alone keeps nothing elsewhere: two chiplets of lenet5 with a link of 0.25 Gbit/s take 22 us, one 5.7.
    """
    base = columns_of(N_DESIGNS, seed, chiplet_style="homogeneous", buffer_size="largest_map", copy_chiplets=0, **fixed)
    (alone,) = figures(net, changed(base, n_chiplets=0, duplication="none"), names=["chiplets_needed"])
    needed = np.minimum(alone["chiplets_needed"].to_numpy(), 4000)
    squares = np.array([4, 9, 16, 25, 49, 100, 196, 400, 784, 1600, 3136, 4000])
    larger = squares[np.minimum(np.searchsorted(squares, np.maximum(base["n_chiplets"], needed)), len(squares) - 1)]
    enough = np.where(base["n_chiplets"] > needed, larger, needed)
    more = enough + np.random.default_rng([seed, 2]).choice([1, 1, 2, 4, 8], N_DESIGNS)
    return figures(net, base | {"n_chiplets": enough}, base | {"n_chiplets": more}, names=names)


@law(*ALL)
def test_more_chiplets_for_copies_never_take_more_time(net, seed):
    fewer, more = more_chiplets_than_a_square(net, seed, ["latency_ms"], duplication="serial")
    assert_never_less(net, more, fewer, "latency_ms")


@law(*ALL)
def test_more_chiplets_for_copies_never_give_less_throughput(net, seed):
    fewer, more = more_chiplets_than_a_square(net, seed, ["pipelined_throughput_ips"], duplication="pipeline")
    assert_never_less(net, fewer, more, "pipelined_throughput_ips")


@law(*ALL)
def test_idle_parts_that_leak_never_take_less_energy(net, seed):
    base = columns_of(N_DESIGNS, seed)
    gated, always = figures(
        net, changed(base, idle_power="gated"), changed(base, idle_power="always_on"), names=["energy_mj"]
    )
    assert_never_less(net, gated, always, "energy_mj")


def equal_and_custom(net, seed, names, **fixed):
    """Designs without copies or spare chiplets, layers packed, with equal dies and with dies of their own size."""
    base = columns_of(N_DESIGNS, seed, duplication="none", n_chiplets=0, layer_placement="packed", **fixed)
    pair = changed(base, chiplet_style="homogeneous"), changed(base, chiplet_style="custom")
    return figures(net, *pair, names=names)


@law(*ALL)
def test_dies_of_their_own_size_never_take_more_area_than_equal_ones(net, seed):
    # each of them with room for the largest input of its own layers, so that equal dies share no buffers
    equal, custom = equal_and_custom(net, seed, ["area_mm2"], buffer_size="largest_map")
    assert_never_less(net, custom, equal, "area_mm2")


@law(*ALL)
def test_dies_of_their_own_size_never_take_more_area_beside_their_buffers(net, seed):
    parts = ["crossbar_area_mm2", "noc_area_mm2", "nop_area_mm2"]
    equal, custom = equal_and_custom(net, seed, parts)
    for part in parts:
        assert_never_less(net, custom, equal, part)


@law(*ALL)
def test_the_loss_is_never_negative(net, seed):
    rng = np.random.default_rng([seed, 5])
    classes = int(rng.choice([2, 10, 100, 1000]))
    other = replace(net, classes=classes, int8_top1=float(rng.uniform(1 / classes, 1)))
    (frame,) = figures(other, columns_of(N_DESIGNS, seed), names=["accuracy_loss_pct"])
    zero = np.zeros(N_DESIGNS)
    assert_never_less(other, frame, frame, "accuracy_loss_pct", low=zero, scale=zero)


@law(*ALL)
def test_the_loss_never_grows_with_sqnr(net, seed):
    (frame,) = figures(net, columns_of(300, seed), names=["accuracy_loss_pct", "sqnr_db"])
    order = frame.sort_values("sqnr_db", ignore_index=True)
    noisy, clean = order.iloc[:-1].reset_index(drop=True), order.iloc[1:].reset_index(drop=True)
    assert_never_less(net, clean, noisy, "accuracy_loss_pct", scale=np.full(299, 100.0))


def more_weight_bits(net, seed, *columns):
    """Designs without copies, with two to four bits more a weight in as many cells, of four bits each."""
    base = columns_of(N_DESIGNS, seed, duplication="none", cell="rram_1t1r", cell_bits=4)
    rng = np.random.default_rng([seed, 3])
    # ceil(bits / 4) and ceil((bits - 1) / 4) do not change up to the next 4
    few = 4 * rng.integers(0, 4, N_DESIGNS) + 2
    many = few + rng.integers(1, 3, N_DESIGNS)
    return figures(net, base | {"weight_bits": few}, base | {"weight_bits": many}, names=columns)


@law(*ALL)
def test_more_weight_bits_never_take_fewer_tiles_or_less_crossbar_time(net, seed):
    # columns of a weight that share a conversion are more of a wider weight
    # and one column alone, of a weight of one cell, is converted without being sampled
    alike = {"columns_combined": 1, "duplication": "none", "row_drive": "each_conversion"}
    never_less(net, "weight_bits", seed, "tiles", "crossbar_latency_ms", **alike)


@law(*ALL)
def test_more_weight_bits_never_take_less_crossbar_energy(net, seed):
    base = columns_of(N_DESIGNS, seed, duplication="none", cell="rram_1t1r", columns_combined=1)
    energies = ["crossbar_energy_mj", "crossbar_leakage_energy_mj"]
    small, large = figures(net, *raised(base, "weight_bits", seed), names=energies)
    low, high = dynamic_mj(small, "crossbar").to_numpy(), dynamic_mj(large, "crossbar").to_numpy()
    assert_never_less(net, small, large, "dynamic energy of the crossbar", low, high, small["crossbar_energy_mj"])


@law(*ALL)
def test_more_weight_bits_in_as_many_cells_never_take_less(net, seed):
    fewer, more = more_weight_bits(net, seed, "latency_ms", "energy_mj")
    assert_never_less(net, fewer, more, "latency_ms")
    assert_never_less(net, fewer, more, "energy_mj")


@law(*ALL)
def test_more_columns_an_adc_never_take_more_area(net, seed):
    # a sample-and-hold, which ADCs of several columns alone need, may be larger than the converters saved
    base = columns_of(N_DESIGNS, seed, crossbars_per_tile=4, circuit="neurosim13", row_drive="each_conversion")
    base = base | {name: np.minimum(base[name], 512) for name in ("crossbar_rows", "crossbar_cols")}  # a bus of 2048
    base = base | {"adc_bits": np.maximum(base["adc_bits"], 5)}
    few = 2 ** np.random.default_rng([seed, 4]).integers(0, 4, N_DESIGNS)
    names = ["crossbar_area_mm2", "area_mm2"]
    small, large = figures(net, base | {"columns_per_adc": 2 * few}, base | {"columns_per_adc": few}, names=names)
    for name in names:
        assert_never_less(net, small, large, name)


@law(*ALL)
def test_a_busier_input_never_takes_less_dynamic_energy(net, seed):
    never_less(net, "input_activity", seed, "dynamic_energy_mj", adc_kind="sar")


def test_each_activation_bit_takes_more_time_than_none():
    designs = sd.Designs.grid(activation_bits=range(1, 9), adc_kind="flash", columns_per_adc=2, duplication="none")
    latency_ms = sd.evaluate(network("resnet20"), designs).column("latency_ms")
    assert (np.diff(latency_ms) > 0).all(), latency_ms


def test_a_fifth_weight_bit_takes_no_less_time():
    designs = sd.Designs.grid(
        weight_bits=[4, 5], cell_bits=4, node_nm=10, adc_kind="flash", idle_power="always_on", duplication="none"
    )
    latency_ms = sd.evaluate(network("resnet20"), designs).column("latency_ms")
    assert latency_ms[1] >= latency_ms[0], latency_ms


def test_four_chiplets_more_take_no_more_time():
    # Copies in all of 104, a mesh of 11 by 11, take 1.17 ms; those in 100 of them take 1.05.
    designs = sd.Designs.grid(
        crossbar_rows=64, cell_bits=2, weight_bits=4, tiles_per_chiplet=64, nop_bandwidth_gbps=20,
        n_chiplets=[100, 104], buffer_size="largest_map",
    )  # fmt: skip
    latency_ms = sd.evaluate(network("densenet40"), designs).column("latency_ms")
    assert latency_ms[1] <= latency_ms[0], latency_ms
