"""Technology: the constants and tables that engines compute with, as one object that is handed to all of them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, SupportsIndex

from siam_dse.core.paths import data_folder
from siam_dse.core.yaml_text import read_yaml
from siam_dse.technology.load import Constants, Table, column_units, read_constants, read_table
from siam_dse.technology.overlay import Overlay, overlay_path
from siam_dse.technology.overlay_reader import read_overlay

Sources = dict[str, dict[str, str]]
_SOURCES = "sources"
RANGES = "ranges"
_NO_CONSTANTS = (_SOURCES, RANGES)


class Technology:
    """Constants, tables and bibliography of a folder of data files, each read when it is first asked for.

    It does not change, and is equal to itself alone. What follows from it alone (the gates of all nodes) is kept with
    it by :func:`siam_dse.core.once.once`, so that two technologies share nothing.

    Parameters
    ----------
    name : str
    folder : Path
        As ``technology/data`` (:mod:`siam_dse.technology.load`).
    below, overlay : Technology and Overlay, optional
        The overlay laid over another technology of that folder; :meth:`load` reads overlays from files.
    """

    def __init__(
        self, name: str, folder: Path, below: "Technology | None" = None, overlay: Overlay | None = None
    ) -> None:
        self.name = name
        self.folder = folder
        self.below = below
        self.overlay = overlay
        self.is_of_files = True
        self._constants: dict[str, Constants] = {}
        self._tables: dict[str, Table] = {}
        self._sources: Sources = {}

    def __repr__(self) -> str:
        return f"Technology({self.name!r})"

    def __getstate__(self) -> dict[str, Any]:
        """What was read, without what was computed from it."""
        return {name: value for name, value in vars(self).items() if name != "_figures"}

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """The packaged technology is the receiving process's own, others travel with what they have read."""
        if self is packaged_technology():
            return packaged_technology, ()
        return super().__reduce_ex__(protocol)

    @classmethod
    def load(cls, *paths: str | Path) -> "Technology":
        """The packaged technology with files of one's own laid over it, one over the other.

        Parameters
        ----------
        paths : overlay files, as :mod:`siam_dse.technology.overlay` describes them

        Raises
        ------
        InputError
            Names every fault of a file.

        Examples
        --------
        >>> Technology.load() is packaged_technology()
        True
        >>> device = Technology.load("rram_wan2022")  # one of the package, or a file: Technology.load("mine.yaml")
        >>> device.name, len(device.overlays)
        ('rram_wan2022', 1)
        """
        technology = packaged_technology()
        for path in paths:
            technology = technology.with_overlay(path)
        return technology

    def with_overlay(self, overlay: str | Path | Overlay) -> "Technology":
        """Another technology: a file, an overlay of the package by name, or one read before, laid over this one."""
        if not isinstance(overlay, Overlay):
            overlay = read_overlay(overlay_path(overlay), self)
        name = overlay.name if self.below is None else f"{self.name} + {overlay.name}"
        return type(self)(name, self.folder, self, overlay)

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        """What is laid over the packaged technology, the lowest first."""
        below = self.below.overlays if self.below is not None else ()
        return below if self.overlay is None else (*below, self.overlay)

    def copy(self) -> "Technology":
        """Another technology with the same values, read once for both, for one that draws its own."""
        out = type(self)(self.name, self.folder, self)
        out.is_of_files = False
        return out

    def put_constants(self, constants: Constants) -> None:
        """Put constants in the place of a file's, before anything is computed with this technology."""
        self._constants[constants.name] = constants

    def put_table(self, table: Table) -> None:
        """Put a table in the place of the one of its name, before anything is computed with this technology."""
        self._tables[table.name] = table

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files of constants."""
        paths = (path for path in sorted(self.folder.glob("*.yaml")) if not path.name.endswith(".csv.yaml"))
        return tuple(path.stem for path in paths if path.stem not in _NO_CONSTANTS)

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        return tuple(path.stem for path in sorted(self.folder.glob("*.csv")))

    def constants(self, name: str) -> Constants:
        """Constants of the file ``<name>.yaml`` in SI."""
        if name not in self._constants:
            constants = read_constants(self.folder, name) if self.below is None else self.below.constants(name)
            self._constants[name] = constants if self.overlay is None else self.overlay.over(constants)
        return self._constants[name]

    def table(self, name: str) -> Table:
        """Table of the file ``<name>.csv`` in SI; text columns stay text."""
        if name not in self._tables:
            table = read_table(self.folder, name) if self.below is None else self.below.table(name)
            self._tables[name] = table if self.overlay is None else self.overlay.over_table(table)
        return self._tables[name]

    def units(self, name: str) -> dict[str, str]:
        """Unit of each column of a table, empty for texts."""
        return column_units(self.folder, name)

    def bounds(self) -> Mapping[str, tuple[float, float]]:
        """Lowest and highest value that each constant and column of numbers may have, ``where.name`` -> in its unit."""
        return _bounds(self.folder)

    def sources(self) -> Sources:
        """The bibliography: source key -> title, authors, where and when, version read."""
        if not self._sources:
            own = {key: dict(source) for key, source in self.overlay.sources.items()} if self.overlay else {}
            below = read_yaml(self.folder / f"{_SOURCES}.yaml") if self.below is None else self.below.sources()
            self._sources = below | own
        return self._sources


@cache
def _bounds(folder: Path) -> Mapping[str, tuple[float, float]]:
    of_files = read_yaml(folder / f"{RANGES}.yaml")["bounds"]
    return {
        f"{where}.{name}": (float(low), float(high))
        for where, of in of_files.items()
        for name, (low, high) in of.items()
    }


@cache  # one for all who name none: reading its 45 files anew takes longer than evaluating thousands of designs
def packaged_technology() -> Technology:
    """The technology that comes with the package."""
    return Technology("packaged", data_folder("technology"))
