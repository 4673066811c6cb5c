"""Technology: the constants and tables that engines compute with, as one object that is handed to all of them."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, SupportsIndex

from siam_dse.core.paths import data_folder
from siam_dse.core.yaml_text import read_yaml
from siam_dse.technology.load import Constants, Table, column_units, read_constants, read_table
from siam_dse.technology.overlay import Overlay, read_overlay

Sources = dict[str, dict[str, str]]
_SOURCES = "sources"
_NO_CONSTANTS = (_SOURCES, "ranges")


class Technology:
    """Constants, tables and bibliography of a folder of data files, each read when it is first asked for.

    It does not change, and is equal to itself alone. What follows from it alone (the gates of all nodes) is kept with
    it by :func:`siam_dse.core.once.once`, so that two technologies share nothing.

    Parameters
    ----------
    name : str
    folder : Path
        As ``technology/data`` (:mod:`siam_dse.technology.load`).
    overlays : Overlay, optional
        Laid over it, one over the other; :meth:`load` reads them from files.
    """

    def __init__(self, name: str, folder: Path, overlays: Sequence[Overlay] = ()) -> None:
        self.name = name
        self.folder = folder
        self.overlays = tuple(overlays)
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
        """
        technology = packaged_technology()
        for path in map(Path, paths):
            overlay = read_overlay(path, technology)
            name = overlay.name if technology is packaged_technology() else f"{technology.name} + {overlay.name}"
            technology = cls(name, technology.folder, (*technology.overlays, overlay))
        return technology

    def copy(self) -> "Technology":
        """Another technology with the same values, what was read shared, for one that draws its own."""
        out = type(self)(self.name, self.folder, self.overlays)
        out._constants, out._tables, out._sources = dict(self._constants), dict(self._tables), self._sources
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
            constants = read_constants(self.folder, name)
            for overlay in self.overlays:
                constants = overlay.over(constants)
            self._constants[name] = constants
        return self._constants[name]

    def table(self, name: str) -> Table:
        """Table of the file ``<name>.csv`` in SI; text columns stay text."""
        if name not in self._tables:
            table = read_table(self.folder, name)
            for overlay in self.overlays:
                table = overlay.over_table(table)
            self._tables[name] = table
        return self._tables[name]

    def units(self, name: str) -> dict[str, str]:
        """Unit of each column of a table, empty for texts."""
        return column_units(self.folder, name)

    def sources(self) -> Sources:
        """The bibliography: source key -> title, authors, where and when, version read."""
        if not self._sources:
            self._sources = read_yaml(self.folder / f"{_SOURCES}.yaml")
            for overlay in self.overlays:
                self._sources |= {key: dict(source) for key, source in overlay.sources.items()}
        return self._sources


@cache  # one for all who name none: reading its 45 files anew takes longer than evaluating thousands of designs
def packaged_technology() -> Technology:
    """The technology that comes with the package."""
    return Technology("packaged", data_folder("technology"))
