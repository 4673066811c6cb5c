"""The words in which an engine says what it works out, what that adds to a design, and what a user should know.

An engine declares :class:`Part` s: what it computes once for each combination of some fields. A figure of a part is
named ``part.figure``. :class:`Term` s say what products of such figures add to the latency, energy, area or leakage of
a design; columns, rules and notes say what is shown of it. ``siam_dse.system`` evaluates what is declared: it alone
knows the batch.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, take_rows

# Quantities that terms add to; (U, L) where layers have their own, (U,) else.
LATENCY = "latency_s"
ENERGY = "energy_j"  # dynamic, one inference
AREA = "area_m2"  # in all dies of the package
LEAKAGE = "leakage_w"  # while powered: see POWERED
DIE_AREA = "die_area_m2"  # each of equal dies
MONOLITH_AREA = "mono_area_m2"  # one die with the same tiles
CUSTOM_DIE_AREA = "custom_die_area_m2"  # (U, L) of each die of a custom package, at the layer that starts it

# When what leaks is powered; each but the last all the time if ``idle_power`` is ``always_on``.
AT_WORK = "a tile at work"  # leakage is a tile's: tiles that hold the layer that runs
HOLDING = "a buffer that holds data"  # leakage is that of all chiplets: the share that holds a feature map
SUMMING = "the global accumulator at work"  # while layers run whose partial sums meet there
MULTIPLYING = "arrays at work"  # leakage is a chiplet's: those of layers that run and are products
VECTORISING = "lanes at work"  # leakage is a chiplet's: those of layers that run and have vector work
ENGINE_BUSY = "the engine at work"  # while the engine itself adds latency
ALWAYS = "always"


@dataclass(frozen=True)
class Part:
    """What is computed once for each combination of some fields of a design that occurs in a batch.

    ``compute(view, network, **needs)`` returns a record of (U, ...) arrays, a row for each combination of ``fields``,
    of the fields of the parts it ``needs``, and of the (U,) figures in ``values``. The view holds ``fields`` and no
    others: reading another field is an error. Each need arrives as a :class:`Need`, under the part's name; each value
    as an array on the part's own rows, under the figure's name.

    ``apart``: designs of a batch often differ in these fields alone, so what depends on them is multiplied last.
    """

    name: str
    compute: Callable[..., Any]
    fields: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    apart: bool = False


@dataclass(frozen=True)
class Need:
    """What a part gets of another: its record, and the record's row for each of its own rows, (U,).

    ``is_same``: the record has the part's own rows, in their order.
    """

    record: Any
    rows: IntArray
    is_same: bool = False

    def at(self, values: AnyArray) -> AnyArray:
        """Values of the record on the part's own rows, (U, ...)."""
        return values if self.is_same else values[self.rows]

    @property
    def own(self) -> Any:
        """The record on the part's own rows; by its own ``take`` where not all of its arrays are by row."""
        if self.is_same:
            return self.record
        take = getattr(self.record, "take", None)
        return take(self.rows) if take else take_rows(self.record, self.rows)


@dataclass(frozen=True)
class LayerTimes:
    """What a part gives that computes the latency of layers and no more."""

    latency_s: FloatArray  # (U, L)


@dataclass(frozen=True)
class Term:
    """A product of figures that an engine adds to a quantity: ``part.figure`` s, or ``design.field`` s.

    ``of_all_layers`` are factors of the same sum over layers where that is less work than layer by layer; ``powered``
    says when a leakage flows; ``levels`` are the ``noc_model`` that the term is of, all if there are none.
    ``network_has`` says whether a network has work that the term is of; one that has none is spared the term.
    """

    quantity: str
    factors: tuple[str, ...]
    of_all_layers: tuple[str, ...] | None = None
    powered: str | None = None
    levels: tuple[str, ...] = ()
    network_has: Callable[[Any], bool] | None = None


def area_of_each_tile(*factors: str) -> tuple[Term, ...]:
    """Terms of a figure that is an area of each tile: in all dies, each equal one, the monolithic twin, custom dies."""
    return (
        Term(AREA, (*factors, "mapping.package_tiles")),
        Term(DIE_AREA, (*factors, "mapping.die_tiles")),
        Term(MONOLITH_AREA, (*factors, "mapping.mono_tiles")),
        Term(CUSTOM_DIE_AREA, (*factors, "mapping.group_tiles")),
    )


class Composed(Protocol):
    """Figures of n designs, as columns, rules and notes see them."""

    @property
    def designs(self) -> Any:
        """The n designs (``Designs``)."""

    @property
    def network(self) -> Any:
        """The network (``Network``)."""

    def figure(self, reference: str) -> AnyArray:
        """``part.figure`` of every design, (n, ...)."""

    def record(self, part: str) -> Any:
        """All that a part computes, on its own rows."""

    def total(self, quantity: str) -> FloatArray:
        """A quantity summed over engines and layers, (n,)."""

    def by_layer(self, quantity: str, engines: Iterable[str] | None = None) -> FloatArray:
        """A quantity summed over engines, all or some, (n, L)."""

    @property
    def custom_die_area_m2(self) -> FloatArray:
        """Area of each sort of custom die, at the layer that starts it, 0 elsewhere, (n, L) [m2]."""

    @property
    def largest_die_m2(self) -> FloatArray:
        """Area of the largest die, (n,) [m2]."""

    @property
    def smallest_die_m2(self) -> FloatArray:
        """Area of the smallest chiplet, (n,) [m2]."""

    @property
    def dies(self) -> tuple[FloatArray, FloatArray]:
        """Area [m2] and number of each sort of die, (n, G) each."""

    @property
    def tiles_of_dies(self) -> tuple[FloatArray, IntArray]:
        """Area of a tile [m2] and tiles of a die, spare ones included, of each sort of die, (n, G) each."""

    @property
    def energy_j(self) -> FloatArray:
        """Dynamic and leakage energy of one inference on the package, (n,) [J]."""

    @property
    def total_leakage_j(self) -> FloatArray:
        """Leakage energy of one inference on the package, (n,) [J]."""

    @property
    def inferences_per_s(self) -> FloatArray:
        """Inferences that the package can do, (n,) [1/s]."""

    @property
    def include_dram(self) -> bool:
        """Whether the DRAM's time and energy count."""

    @property
    def on_kind_b(self) -> tuple[IntArray, IntArray]:
        """Weight layers and chiplets of kind B, (n,) each."""

    def of(self, part: str) -> Any:
        """Record of a part of composed figures (:class:`Engine`, ``composed``), (n,) arrays."""


@dataclass(frozen=True)
class Column:
    """An output column, (n,), in the engineering unit its name ends in."""

    name: str
    unit: str
    meaning: str
    direction: str | None  # "minimise", "maximise", or None where neither is better
    compute: Callable[..., AnyArray]  # of a Composed


@dataclass(frozen=True)
class Rule:
    """A rule every design must meet: what it says, what to do about it, and how far a design is beyond it, (n,)."""

    name: str
    meaning: str
    remedy: str
    slack: Callable[[Composed], AnyArray]


@dataclass(frozen=True)
class Note:
    """What a user should know of some designs' figures, and which they are, (n,)."""

    name: str
    text: str
    applies: Callable[[Composed], BoolArray]


@dataclass(frozen=True)
class Engine:
    """All that an engine declares.

    ``composed`` are functions of composed figures of n designs, such as a cost of dies whose area several engines add
    to, by name. An engine with terms stands in every breakdown under its ``word`` in its ``colour``; ``remedy`` is what
    helps where it limits the latency. What ``is_network`` moves may hide behind a layer's work (field ``overlap``).
    ``components`` is a figure: energy (U, L) of its layers by component. ``says`` is
    what the engine adds to the explanation of one design, "" for nothing.
    """

    name: str
    word: str
    colour: str = "#5b6673"
    remedy: str = ""
    is_network: bool = False
    parts: tuple[Part, ...] = ()
    terms: tuple[Term, ...] = ()
    composed: tuple[tuple[str, Callable[[Composed], Any]], ...] = ()
    components: str | None = None
    columns: tuple[Column, ...] = ()
    rules: tuple[Rule, ...] = ()
    notes: tuple[Note, ...] = ()
    says: Callable[[Composed], str] | None = None


def figure(reference: str, factor: float = 1.0) -> Callable[[Composed], AnyArray]:
    """A column that is ``part.figure`` times a unit's factor."""
    return lambda composed: composed.figure(reference) * factor if factor != 1.0 else composed.figure(reference)
