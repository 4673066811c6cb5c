"""What the thermal engine declares: the temperature of the hottest chiplet at the rate that a package can work at."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, total
from siam_dse.core.declare import ENERGY, Column, Composed, Engine
from siam_dse.core.units import K_AT_ZERO_CELSIUS, PERCENT
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code, fields
from siam_dse.engines.thermal.engine import Field, Stack
from siam_dse.engines.thermal.leakage import growth_per_k, settled_leakage
from siam_dse.engines.thermal.plates import Plate
from siam_dse.mapping.field import field_of_dies, places_in_field, snake

_MOST_PLACES = 1_000_000  # of designs solved at once times places of dies: some ten megabytes an array
_MOST_CHIPLETS = 100_000  # each with a temperature of its own; a package holds 4096


@dataclass(frozen=True)
class Temperatures:
    """Of n designs, (n,) each: power [W], and the hottest chiplet above ambient [K].

    ``nominal_k`` is as the tables' leakage makes it, ``hottest_k`` with ``leakage_factor`` times as much, which is what
    there is at the mean temperature of the chiplets; where ``is_settled`` is false, more than the bound makes it.
    """

    power_w: FloatArray
    nominal_k: FloatArray
    hottest_k: FloatArray
    leakage_factor: FloatArray
    is_settled: BoolArray


def _temperatures(f: Composed) -> Temperatures:
    """Rises are linear in power: one of dynamic power and one of leakage make both temperatures."""
    constants, growth = f.designs.technology.constants("thermal"), growth_per_k(f.designs)
    tables_k, air_k = constants["leakage_temperature"], f.designs.ambient_c + K_AT_ZERO_CELSIUS
    n = len(f.designs)
    found = Temperatures(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool))
    for at, stack, dynamic_w, leakage_w in _packages(f):
        dynamic_k, leakage_k = _rises(stack, _places(f, at), dynamic_w, leakage_w)
        warmer_k, most_k = air_k[at] + dynamic_k.mean(axis=1) - tables_k, constants["hottest_leakage"] - tables_k
        settled = settled_leakage(warmer_k, leakage_k.mean(axis=1), growth[at], most_k)
        found.power_w[at] = (dynamic_w + leakage_w).sum(axis=1)
        found.nominal_k[at] = (dynamic_k + leakage_k).max(axis=1)
        found.hottest_k[at] = (dynamic_k + settled.factor[:, None] * leakage_k).max(axis=1)
        found.leakage_factor[at] = settled.factor
        found.is_settled[at] = settled.is_settled
    return found


def _packages(f: Composed) -> Iterator[tuple[IntArray, Stack, FloatArray, FloatArray]]:
    """Rows of designs with equally many chiplets, their stacks, and dynamic power and leakage of each chiplet [W].

    Dies are as large as their mean. A layer's dynamic energy is spread over the chiplets it lies on, leakage over all;
    both times the inferences a second that the package can do.
    """
    n_chiplets = f.figure("mapping.n_chiplets").astype(np.int64)
    stack, dynamic_w = _stack(f), f.by_layer(ENERGY) * f.inferences_per_s[:, None]
    leakage_w = f.total_leakage_j * f.inferences_per_s
    first, spanned = f.figure("mapping.first_chiplet"), f.figure("mapping.spanned_chiplets")
    for number in np.unique(n_chiplets):
        same = np.flatnonzero(n_chiplets == number)
        for at in np.array_split(same, min(-(-len(same) * int(number) // _MOST_PLACES), len(same))):
            if number > _MOST_CHIPLETS:
                one = _as_one_die(stack.take(at), int(np.ceil(np.sqrt(number))))
                yield at, one, dynamic_w[at].sum(axis=1, keepdims=True), leakage_w[at, None]
            else:
                of_dies_w = _by_chiplet(dynamic_w[at], first[at], spanned[at], int(number))
                yield at, stack.take(at), of_dies_w, np.repeat(leakage_w[at, None] / number, number, axis=1)


def _rises(stack: Stack, place: IntArray | None, *powers_w: FloatArray) -> list[FloatArray]:
    """Rise of chiplets (n, N) for each of powers (n, N), in rows as wide as the package's mesh or at ``place`` [K].

    A place without a chiplet is silicon without power.
    """
    n, number = powers_w[0].shape
    columns, rows = field_of_dies(number)
    field = Field(stack, rows, columns)
    at = np.broadcast_to(np.arange(number) if place is None or number == 1 else place, (n, number))
    placed_w = np.zeros((n, rows * columns))
    out = []
    for power_w in powers_w:
        np.put_along_axis(placed_w, at, power_w, axis=1)
        die_k = field.rise(placed_w.reshape(-1, rows, columns)).die_k.reshape(n, -1)
        out.append(np.take_along_axis(die_k, at, axis=1))
    return out


def _places(f: Composed, at: IntArray) -> IntArray | None:
    """Place of each of N chiplets in the field of dies, (n, N), of the designs at ``at``; None where row by row.

    Swaps choose places; a snake and a ring have every other row from its far end. Chiplets of streamed weights, each
    one of every round, stand row by row.
    """
    number, side = int(f.figure("mapping.n_chiplets")[at[0]]), f.figure("mapping.mesh_side")[at]
    swapped, is_snake = f.figure("nop_loads.site")[at], _is_snake(f.designs)[at]
    if not swapped.shape[1] and not is_snake.any():
        return None
    chiplet, used = np.arange(number), f.figure("mapping.chiplets_used")[at]
    site = np.where(is_snake[:, None] & (chiplet < used[:, None]), snake(chiplet, side[:, None]), -1)
    has_site = (swapped >= 0).any(axis=1)
    site[:, : swapped.shape[1]][has_site] = swapped[has_site, :number]
    site[has_site, swapped.shape[1] :] = -1
    site = np.where((f.figure("mapping.rounds")[at] > 1)[:, None], -1, site)
    return places_in_field(site, side, number)


def _is_snake(designs: Designs) -> BoolArray:
    """Designs whose chiplets have every other row from its far end, (n,)."""
    is_hub, is_ring = (designs.nop_topology == code("nop_topology", name) for name in ("hub", "ring"))
    return np.asarray(is_ring | ((designs.nop_placement == code("nop_placement", "snake")) & ~is_hub))


def _as_one_die(stack: Stack, columns: int) -> Stack:
    """More chiplets than any package holds as one die as wide as their field."""
    return replace(stack, die_m=columns * (stack.die_m + stack.gap_m) - stack.gap_m)


def _by_chiplet(power_w: FloatArray, first: IntArray, spanned: IntArray, n_chiplets: int) -> FloatArray:
    """Power of layers (n, L) spread over the run of chiplets that each lies on, (n, n_chiplets).

    Runs of streamed weights go on at the first chiplet again, round after round. A run adds its share where it begins
    and takes it back where it ends, so time grows with layers and with chiplets, not with their product.
    """
    share_w, begin = power_w / spanned, first % n_chiplets
    end = begin + spanned % n_chiplets
    is_wrapped = end > n_chiplets
    of_all_w = (share_w * (spanned // n_chiplets + is_wrapped)).sum(axis=1)  # a wrapped run is all but a gap
    begin, end = np.where(is_wrapped, end - n_chiplets, begin), np.where(is_wrapped, begin, end)
    sign = np.where(is_wrapped, -1, 1)
    row = (np.arange(len(power_w)) * (n_chiplets + 1))[:, None]
    steps = np.bincount((row + begin).ravel(), (sign * share_w).ravel(), row.size * (n_chiplets + 1))
    steps -= np.bincount((row + end).ravel(), (sign * share_w).ravel(), row.size * (n_chiplets + 1))
    own_w = np.cumsum(steps.reshape(len(power_w), -1)[:, :-1], axis=1)
    return np.asarray(np.maximum(own_w + of_all_w[:, None], 0))


def _stack(f: Composed) -> Stack:
    designs, constants = f.designs, f.designs.technology.constants("thermal")
    area_m2, count = f.dies
    die_m = np.sqrt(total((area_m2 * count).T) / total(count.T))
    gap_m = np.full(len(designs), constants["die_gap"])
    n_columns = np.ceil(np.sqrt(f.figure("mapping.n_chiplets")))
    field_m = n_columns * (die_m + gap_m) + gap_m
    # each plate is wider than what lies on it
    side_m = np.maximum(constants["spreader_ratio"] * field_m, field_m + gap_m)
    sink_m = np.maximum(constants["sink_ratio"] * side_m, side_m + gap_m)
    base, bump, tim, spreader, sink = (
        _layer(designs, layer, field)
        for layer, field in (("base", "package"), ("bump", "package"), *((n, n) for n in ("tim", "spreader", "sink")))
    )
    return Stack(
        die_m=die_m,
        gap_m=gap_m,
        gap_conductivity=np.full(len(designs), constants["gap_conductivity"]),
        die_thickness_m=np.full(len(designs), constants["die_thickness"]),
        die_conductivity=np.full(len(designs), constants["die_conductivity"]),
        base_thickness_m=base[0],
        base_conductivity=base[1],
        bump_thickness_m=bump[0],
        bump_conductivity=bump[1],
        tim_thickness_m=tim[0],
        tim_conductivity=tim[1],
        spreader=Plate(side_m, *spreader),
        sink=Plate(sink_m, *sink),
        convection_k_per_w=designs.r_convec_k_per_w,
    )


def _layer(designs: Designs, layer: str, field: str) -> tuple[FloatArray, FloatArray]:
    """Thickness and conductivity of a layer by the level of a field, (n,) each."""
    table = designs.technology.table("thermal_layers")
    levels = np.asarray(fields(designs.technology)[field].choices)
    rows = table.rows(layer=layer, name=levels)[getattr(designs, field)]
    return table["thickness"][rows], table["conductivity"][rows]


def _says(f: Composed) -> str:
    found, ambient_c = f.of("thermal"), f.designs.ambient_c[0]
    share = f.designs.r_convec_k_per_w[0] * found.power_w[0] / found.nominal_k[0]
    most_c = f.designs.technology.constants("thermal")["hottest_leakage"] - K_AT_ZERO_CELSIUS
    ends = (
        f"settles at {ambient_c + found.hottest_k[0]:.4g} C, where chiplets leak {found.leakage_factor[0]:.3g} times "
        f"what they do at 27 C"
        if found.is_settled[0]
        else f"does not settle below {most_c:g} C: leakage grows faster than its heat leaves"
    )
    return (
        f"Heat {found.power_w[0]:.4g} W at {f.inferences_per_s[0]:.4g} inferences/s: the hottest chiplet {ends}; with "
        f"the leakage of 27 C it would be at {ambient_c + found.nominal_k[0]:.4g} C in air of {ambient_c:g} C, "
        f"{share * PERCENT:.3g} % of the rise the air's."
    )


THERMAL = Engine(
    name="thermal",
    word="heat",
    composed=(("thermal", _temperatures),),
    columns=(
        Column("temperature_max_c", "C", "hottest chiplet, at work all the time, once leakage has grown with its own "
               "heat: one inference after another, or a pipeline of them where copies are made for one; beyond 150 C "
               "where leakage does not settle below it", "minimise",
               lambda f: f.designs.ambient_c + f.of("thermal").hottest_k),
        Column("temperature_nominal_c", "C", "the same with the leakage of the technology's tables, at 300 K, as every "
               "other column has it", "minimise", lambda f: f.designs.ambient_c + f.of("thermal").nominal_k),
        Column("leakage_settled_factor", "1", "leakage at the mean temperature that chiplets settle at, over that of "
               "the other columns, at 300 K; that at 150 C where they do not settle below it", "minimise",
               lambda f: f.of("thermal").leakage_factor),
    ),
    says=_says,
)  # fmt: skip
