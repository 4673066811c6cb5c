"""Technology: the constants and tables that engines compute with, as one object that is handed to all of them."""

from functools import cache
from pathlib import Path
from typing import Any, SupportsIndex

from siam_dse.core.paths import data_folder
from siam_dse.technology.load import Constants, Table, read_constants, read_table, read_yaml

Sources = dict[str, dict[str, str]]


class Technology:
    """Constants, tables and bibliography of a folder of data files, each read when it is first asked for.

    It does not change, and is equal to itself alone. What follows from it alone (the gates of all nodes) is kept with
    it by :func:`siam_dse.core.once.once`, so that two technologies share nothing.

    Parameters
    ----------
    name : str
    folder : Path
        As ``technology/data`` (:mod:`siam_dse.technology.load`).
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
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

    def constants(self, name: str) -> Constants:
        """Constants of the file ``<name>.yaml`` in SI."""
        if name not in self._constants:
            self._constants[name] = read_constants(self.folder, name)
        return self._constants[name]

    def table(self, name: str) -> Table:
        """Table of the file ``<name>.csv`` in SI; text columns stay text."""
        if name not in self._tables:
            self._tables[name] = read_table(self.folder, name)
        return self._tables[name]

    def sources(self) -> Sources:
        """The bibliography: source key -> title, authors, where and when, version read."""
        if not self._sources:
            self._sources = read_yaml(self.folder / "sources.yaml")
        return self._sources


@cache  # one for all who name none: reading its 45 files anew takes longer than evaluating thousands of designs
def packaged_technology() -> Technology:
    """The technology that comes with the package."""
    return Technology("packaged", data_folder("technology"))
