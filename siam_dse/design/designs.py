"""Designs: a batch of candidate accelerators as read-only columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from typing import TYPE_CHECKING, Any

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, freeze, read_only, rows_of, unique_rows
from siam_dse.core.errors import InputError
from siam_dse.design.columns import (
    as_column,
    default_column,
    encoded_column,
    expand_alias_columns,
    grid_columns,
    joint_faults,
)
from siam_dse.design.fields import fields, profile_values
from siam_dse.technology.technology import Technology, packaged_technology
from siam_dse.technology.variants import FIELD, Variants

if TYPE_CHECKING:
    import pandas as pd

_MOST_SHOWN = 12  # designs that a notebook shows


@dataclass(frozen=True, eq=False)
class Designs:
    """A batch of D designs; every column is (D,), read-only.

    Units stand in the names; a choice is stored as its position in ``fields(technology)[name].choices``. Build one with
    :meth:`from_frame`, :meth:`grid` or :meth:`from_columns`. ``technology`` is what engines compute them with: the
    packaged one unless another is named (:meth:`with_technology`). Designs may have several technologies
    (``Variants``), each its own: then tables have a column ``technology`` that names it.
    """

    crossbar_rows: IntArray
    crossbar_cols: IntArray
    cell: IntArray
    cell_bits: IntArray
    r_on_ohm: FloatArray
    r_off_ohm: FloatArray
    read_voltage_v: FloatArray
    cell_sigma: FloatArray
    node_nm: FloatArray
    roadmap: IntArray
    supply_v: FloatArray
    adc_kind: IntArray
    adc_bits: IntArray
    adc_bits_first_last: IntArray
    adc_rule: IntArray
    adc_sqnr_target_db: FloatArray
    adc_rate_hz: FloatArray
    columns_per_adc: IntArray
    sensing: IntArray
    read_mode: IntArray
    rows_per_read: IntArray
    input_bits_per_read: IntArray
    input_drive: IntArray
    row_drive: IntArray
    columns_combined: IntArray
    circuit: IntArray
    weight_bits: IntArray
    activation_bits: IntArray
    input_activity: FloatArray
    weight_mapping: IntArray
    pedestal: IntArray
    adc_range: IntArray
    bias_correction: BoolArray
    adc_thermal_floor: BoolArray
    adc_model: IntArray
    crossbars_per_tile: IntArray
    tiles_per_chiplet: IntArray
    n_chiplets: IntArray
    spare_tiles: IntArray
    spare_chiplets: IntArray
    chiplet_style: IntArray
    kind_b: BoolArray
    kind_b_crossbar_size: IntArray
    kind_b_adc_bits: IntArray
    kind_b_cell: IntArray
    kind_b_tiles_per_chiplet: IntArray
    kind_b_n_chiplets: IntArray
    split: IntArray
    split_share: FloatArray
    duplication: IntArray
    copy_chiplets: IntArray
    in_tile_copies: BoolArray
    weights: IntArray
    tile_order: IntArray
    layer_placement: IntArray
    schedule: IntArray
    overlap: IntArray
    clock_hz: FloatArray
    noc_width_bits: IntArray
    noc_clock_hz: FloatArray
    noc_cast: IntArray
    noc_energy: IntArray
    nop_link: IntArray
    nop_bandwidth_gbps: FloatArray
    nop_bandwidth_ratio_xy: FloatArray
    nop_topology: IntArray
    nop_placement: IntArray
    buffer_kind: IntArray
    buffer_size: IntArray
    idle_power: IntArray
    product_unit: IntArray
    product_crossbars_per_chiplet: IntArray
    mac_arrays_per_chiplet: IntArray
    mac_array_side: IntArray
    vector_lanes: IntArray
    digital_clock_hz: FloatArray
    cache_kib_per_chiplet: IntArray
    package: IntArray
    bond_yield: FloatArray
    bonding: IntArray
    cost_node_nm: FloatArray
    volume: IntArray
    dram: IntArray
    dram_channels: IntArray
    dram_ranks: IntArray
    dram_map: IntArray
    batch: IntArray
    grid_g_per_kwh: FloatArray
    lifetime_years: FloatArray
    inferences_per_day: FloatArray
    tim: IntArray
    spreader: IntArray
    sink: IntArray
    r_convec_k_per_w: FloatArray
    ambient_c: FloatArray

    def __len__(self) -> int:
        return len(self.crossbar_rows)

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Columns of a copy are read-only as well."""
        vars(self).update({name: read_only(it) if isinstance(it, np.ndarray) else it for name, it in state.items()})

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Each design as a mapping of its fields, choices by name."""
        return (self.describe(i) for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Designs({len(self)}{'; ' if self._varied else ''}{', '.join(self._varied)})"

    def _repr_html_(self) -> str:
        """The first designs with the fields in which any differ."""
        shown = self.take(slice(0, _MOST_SHOWN)).to_frame()[list(self._varied) or ["crossbar_size", "adc_bits"]]
        return f"<p>{len(self)} designs</p>{shown.to_html()}"

    @property
    def _varied(self) -> tuple[str, ...]:
        """Fields in which the designs differ."""
        return tuple(name for name in fields(self.technologies) if len(np.unique(self.column(name))) > 1)

    @property
    def technology(self) -> Technology:
        """Constants and tables that engines compute these designs with.

        Raises
        ------
        InputError
            They have several technologies: an evaluation takes the designs of each apart.
        """
        given = self.technologies
        if not isinstance(given, Variants):
            return given
        used = np.unique(self.column(FIELD))
        if len(used) > 1:
            raise InputError("designs", f"have several technologies: {', '.join(given.names[i] for i in used)}")
        return given.technologies[int(used[0])] if len(used) else given.base

    @property
    def technologies(self) -> Technology | Variants:
        """The technology of all of them, or those that each has one of."""
        technologies: Technology | Variants | None = vars(self).get("_technology")
        return packaged_technology() if technologies is None else technologies

    def column(self, name: str) -> AnyArray:
        """A field as it is stored, (D,); of designs with several technologies also the code of each one's."""
        column: AnyArray = vars(self)["_which"] if name == FIELD else getattr(self, name)
        return column

    def with_technology(self, technology: Technology | Variants) -> "Designs":
        """The same designs, to be computed with another technology; or each with the one of its code among others."""
        fields(technology)  # refuses one in which the codes of choices mean something else
        columns = {f.name: getattr(self, f.name) for f in dataclass_fields(self)}
        return computed_with(technology, Designs(**columns), vars(self).get("_which"))

    def of_each_technology(self) -> Iterator[IntArray]:
        """Rows of the designs of each technology that they have, together all of them once."""
        which = vars(self).get("_which")
        if which is None:
            yield np.arange(len(self))
        else:
            yield from (np.flatnonzero(which == code) for code in np.unique(which))

    @classmethod
    def from_columns(
        cls,
        columns: Mapping[str, Any],
        *,
        profile: str = "default",
        n: int | None = None,
        where: str = "designs",
        technology: Technology | Variants | None = None,
    ) -> "Designs":
        """Designs from columns of encoded or plain values; missing fields take the profile's value.

        Parameters
        ----------
        columns : field or alias -> (D,) array or scalar
            Choices by name.
        profile : str
        n : int, optional
            Number of designs where every value is a scalar.
        where : str
            File or command to name in an error.
        technology : Technology or Variants, optional
            Default the packaged one. Of several the column ``technology`` names each design's; default the first.

        Raises
        ------
        InputError
            Names every faulty field and value with its row.
        """
        given = {name: as_column(values) for name, values in columns.items()}
        technology = packaged_technology() if technology is None else technology
        given = expand_alias_columns(given, where, technology)
        lengths = {len(column) for column in given.values() if len(column) != 1}
        size = n if n is not None else (lengths.pop() if lengths else 1)
        if any(len(column) not in (1, size) for column in given.values()):
            shapes = {name: len(column) for name, column in given.items()}
            raise InputError(where, f"columns disagree on the number of designs: {shapes}")
        profile_values(profile)  # refuses an unknown one
        problems: list[str] = []
        out: dict[str, AnyArray] = {}
        for name, field in fields(technology).items():
            column = given.get(name)
            encoded: AnyArray
            if column is None:
                encoded = default_column(field, profile, technology, size, out.get(FIELD))
            else:
                encoded, faults = encoded_column(field, column)
                problems += faults
                if len(encoded) == 1:
                    encoded = np.repeat(encoded, size)
            out[name] = freeze(encoded)
        if not problems:
            problems += joint_faults(out, technology)
        if problems:
            raise InputError(where, problems if size > 1 else [text.removeprefix("row 1: ") for text in problems])
        which = out.pop(FIELD, None)
        return computed_with(technology, cls(**out), which)

    @classmethod
    def from_frame(
        cls,
        frame: "pd.DataFrame",
        *,
        profile: str = "default",
        where: str = "designs",
        technology: Technology | Variants | None = None,
    ) -> "Designs":
        """Designs from a table whose columns are fields or aliases; missing ones take the profile's value.

        A table with every field is one of results (``Evaluation.to_frame``, ``run.points()``): its figures are left
        out.

        Raises
        ------
        InputError
            It is no table, has a column twice, or a faulty field or value.

        Examples
        --------
        >>> designs = Designs.grid(adc_bits=[5, 6], crossbar_size=64)
        >>> Designs.from_frame(designs.to_frame().assign(latency_ms=1.0))
        Designs(2; adc_bits)
        """
        if not hasattr(frame, "columns"):
            kind = type(frame).__name__
            raise InputError(where, f"must be Designs or a pandas table, got {kind}; Designs.grid makes them of values")
        if not frame.columns.is_unique:
            twice = frame.columns[frame.columns.duplicated()].unique()
            raise InputError(where, [f"column {name!r} stands there twice; drop one" for name in twice])
        named = set(frame.columns)
        is_whole = named.issuperset(name for name in fields(technology) if name != FIELD)
        kept = [name for name in frame.columns if not is_whole or name in fields(technology)]
        return cls.from_columns(
            {str(name): frame[name].to_numpy() for name in kept},
            profile=profile,
            n=len(frame),
            where=where,
            technology=technology,
        )

    @classmethod
    def grid(cls, *, profile: str = "default", technology: Technology | None = None, **axes: Any) -> "Designs":
        """Every combination of the given values (first axis slowest); a single value fixes a field.

        Raises
        ------
        InputError
            A faulty field or value, or more designs than a batch holds.
        """
        listed = {
            name: list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [values]
            for name, values in axes.items()
        }
        columns, n = grid_columns(listed, "grid")
        return cls.from_columns(columns, profile=profile, n=n, where="grid", technology=technology)

    def take(self, rows: Any) -> "Designs":
        """Designs at ``rows`` (index array, boolean mask or slice); these themselves where it is all in their order."""
        numbers = np.arange(len(self))
        taken = numbers[rows]
        if np.array_equal(taken, numbers):
            return self
        n = len(taken)
        columns = {f.name: _taken(getattr(self, f.name), rows, n) for f in dataclass_fields(self)}
        which = vars(self).get("_which")
        return computed_with(self.technologies, Designs(**columns), None if which is None else _taken(which, rows, n))

    def unique(self, names: Sequence[str]) -> tuple["Designs", IntArray]:
        """Designs that differ in ``names``, one a combination, and the (D,) gather index back to the batch.

        Their columns are taken from these when first asked for.
        """
        representative, gather = unique_rows([getattr(self, name) for name in names])
        return DesignsOnDemand(self, representative), gather

    def to_frame(self) -> "pd.DataFrame":
        """Table of the fields, choices by name, with the alias ``crossbar_size`` where rows equal columns."""
        import pandas as pd

        columns: dict[str, Any] = {}
        for name, field in fields(self.technologies).items():
            values = self.column(name)
            columns[name] = np.asarray(field.choices, dtype=object)[values] if field.kind == "choice" else values
        square = self.crossbar_rows == self.crossbar_cols
        alias = pd.array(self.crossbar_rows, dtype="Int64")
        alias[~square] = pd.NA
        return pd.DataFrame({"crossbar_size": alias, **columns})

    def describe(self, i: int) -> dict[str, Any]:
        """Fields of design ``i`` as plain values, choices by name."""
        row: dict[str, Any] = {}
        for name, field in fields(self.technologies).items():
            value = self.column(name)[i]
            row[name] = field.choices[int(value)] if field.kind == "choice" else value.item()
        return row


class DesignsOnDemand(Designs):
    """Designs at ``rows`` (IntArray) of a batch, for use within an evaluation: a column is taken when first asked for.

    The batch lives as long as they do and must not change. ``columns`` are those that differ from the batch's.
    """

    def __init__(self, batch: Designs, rows: IntArray, columns: Mapping[str, AnyArray] | None = None) -> None:
        vars(self).update(_batch=batch, _rows=rows, _technology=batch.technology, **(columns or {}))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)})"

    if not TYPE_CHECKING:  # to a type checker there are the columns of Designs and no others

        def __getattr__(self, name: str) -> AnyArray:
            if name not in Designs.__dataclass_fields__:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
            vars(self)[name] = column = _taken(getattr(self._batch, name), self._rows, len(self._rows))
            return column


def computed_with(technology: Technology | Variants, designs: Designs, which: AnyArray | None = None) -> Designs:
    """Designs just made, to be computed with a technology; of several with that of its code in ``which``, (D,)."""
    if technology is not packaged_technology():
        vars(designs)["_technology"] = technology
    if isinstance(technology, Variants):
        vars(designs)["_which"] = np.zeros(len(designs), dtype=np.int64) if which is None else which
    return designs


def _taken(column: AnyArray, rows: Any, n: int) -> AnyArray:
    """The (n,) values of a column at ``rows``; one value that is repeated without a copy stays so."""
    if n == len(column) == 1:
        return column
    if len(column) and column.strides == (0,):
        if n <= len(column):  # a slice is made ten times as fast
            return read_only(column[:n])
        return np.broadcast_to(column[:1].reshape(()), (n,))
    return rows_of(column, rows)
