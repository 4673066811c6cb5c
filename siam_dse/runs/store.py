"""PointStore: the evaluated designs of a run, one part a generation, folded into points.parquet now and then.

A generation is complete when its part is on the disk. Parts are small and never rewritten, and so in Arrow's stream
format, which is written in a thirtieth of the time of Parquet; points.parquet is replaced when the parts have grown to
a fraction of it, so that keeping N points costs of the order of N log N. A crash between the two steps leaves parts
that points.parquet already has: rows are told apart by their trial number.

A part can carry a state (what the sampler needs to go on), stored in the same file and so complete with it or absent.

The checksum of points.parquet is in run.json, that of a part in its name: a generation needs no second write to the
disk. All have Parquet's own checksums of pages, for programs that read them alone.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from siam_dse.core.arrays import IntArray
from siam_dse.core.errors import DamageError
from siam_dse.runs.atomic import disk_errors, replace_file
from siam_dse.runs.damage import damaged
from siam_dse.runs.files import RunFiles

_SMALLEST_FOLD = 2000  # rows
_MOST_ROWS_IN_MEMORY = 400_000
_STATE = b"siam_dse.state"
_POINTS = "points.parquet"
_PART = ".arrow"
_NAME_DIGITS = 16  # of its checksum in the name of a part


class PointStore:
    """Points of the run in ``folder``, whose ``files`` list points.parquet."""

    def __init__(self, folder: Path, files: RunFiles | None = None) -> None:
        self.files = files or RunFiles(folder)
        self.path = folder / _POINTS
        self.parts_path = folder / "points.parts"
        self._folded = -1  # rows in points.parquet; -1 = not looked yet
        self._pending = 0  # rows in parts

    def append(self, frame: pd.DataFrame, state: dict[str, Any] | None = None, *, fold: bool = True) -> None:
        """Add rows, and the state after them; when this returns both are on the disk.

        ``trial`` numbers go on from those stored. ``fold`` lets points.parquet take up the parts when there are many.
        """
        if not len(frame):
            return
        with disk_errors(self.parts_path):
            self.parts_path.mkdir(exist_ok=True)
        self._write_part(int(frame["trial"].iloc[0]), _table(frame, state))
        if not fold:
            return
        if self._folded < 0:
            folded = [self.path] if self.files.exists(_POINTS) else []
            self._folded, self._pending = (sum(map(self._rows, paths)) for paths in (folded, self._parts()))
        else:
            self._pending += len(frame)
        if self._pending >= max(_SMALLEST_FOLD, self._folded // 4):
            self.fold()

    def replace(self, frame: pd.DataFrame) -> None:
        """Put these rows in the place of all."""
        self._write(_table(frame, None))
        with disk_errors(self.parts_path):
            for part in self._parts():
                part.unlink(missing_ok=True)
        self._folded, self._pending = len(frame), 0

    def fold(self) -> None:
        """Put everything into points.parquet and remove the parts."""
        if not self._parts():
            return
        files = self._files()
        rows = sum(map(self._rows, files))
        if rows > _MOST_ROWS_IN_MEMORY:
            self._fold_streaming()
        else:
            self._write(_with_state(self._joined(files, None), self.state()))
        with disk_errors(self.parts_path):
            for part in self.parts_path.iterdir():  # and what a killed process left half-written
                part.unlink(missing_ok=True)
            self.parts_path.rmdir()
        self._folded, self._pending = rows, 0

    def rewrite(self, frame: pd.DataFrame) -> None:
        """Replace all rows, which must be folded, by others of the same trials; the state stays."""
        self._write(_table(frame, self.state()))

    def _fold_streaming(self) -> None:
        """Fold part after part, for more rows than should be in memory; trials must ascend from part to part."""
        files = self._files()
        schema = pa.unify_schemas([self._schema(path) for path in files], promote_options="permissive")

        def write(new: Path) -> None:
            last = -1
            with pq.ParquetWriter(new, schema, compression="zstd", write_page_checksum=True) as writer:
                for path in files:
                    table = self._read(path, None).cast(schema)
                    table = table.filter(pc.greater(table["trial"], last))
                    if len(table):
                        writer.write_table(table)
                        last = table["trial"][-1].as_py()

        self.files.replace(_POINTS, write)

    def read(self, columns: list[str] | None = None) -> pd.DataFrame:
        """All rows, in the order of their trial numbers."""
        wanted = None if columns is None else list(dict.fromkeys(["trial", *columns]))
        files = self._files()
        if not files:
            return pd.DataFrame(columns=columns if columns is not None else ["trial"])
        with self._unreadable(self.path):
            whole: pd.DataFrame = self._joined(files, wanted).to_pandas()
        return whole if columns is None else whole[columns]

    def rows_of(self, trials: IntArray) -> pd.DataFrame:
        """The rows of some trials, all of them in points.parquet, in their order; never more than those in memory."""
        with self._opened(self.path) as file:
            batches = pq.ParquetFile(file, page_checksum_verification=True).iter_batches()
            wanted = pa.array(trials)
            tables = [pa.Table.from_batches([batch]).filter(pc.is_in(batch["trial"], wanted)) for batch in batches]
        with self._unreadable(self.path):
            frame = pa.concat_tables(tables).to_pandas() if tables else self.read().iloc[:0]
        return frame.iloc[np.searchsorted(frame["trial"].to_numpy(), trials)].reset_index(drop=True)

    def _joined(self, files: list[Path], columns: list[str] | None) -> pa.Table:
        """Rows of several files in the order of their trial numbers, of equal ones the first."""
        table = pa.concat_tables([self._read(path, columns) for path in files], promote_options="permissive")
        _, first = np.unique(table["trial"].to_numpy(), return_index=True)
        return table if np.array_equal(first, np.arange(len(table))) else table.take(first)

    def has_rows(self) -> bool:
        """Whether anything is stored."""
        return bool(self._files())

    def state(self) -> dict[str, Any]:
        """The state stored with the newest rows; empty if none was."""
        for path in reversed(self._files()):
            text = (self._schema(path).metadata or {}).get(_STATE)
            if text is not None:
                with self._unreadable(path):
                    content: dict[str, Any] = json.loads(text)
                return content
        return {}

    def _write(self, table: pa.Table) -> None:
        """Replace points.parquet."""
        self.files.replace(_POINTS, lambda new: _write_table(table, new))

    def _write_part(self, first: int, table: pa.Table) -> None:
        """Write the part that begins with trial ``first``, in the place of an earlier one."""
        before = list(self.parts_path.glob(f"{first:012d}*{_PART}"))
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        content = sink.getvalue()
        digest = hashlib.sha256(content).hexdigest()[:_NAME_DIGITS]
        part = self.parts_path / f"{first:012d}-{digest}{_PART}"
        replace_file(part, lambda new: new.write_bytes(content), is_private=True)
        with disk_errors(part):
            for path in before:
                if path != part:
                    path.unlink(missing_ok=True)

    def _parts(self) -> list[Path]:
        return sorted(self.parts_path.glob(f"*{_PART}")) if self.parts_path.is_dir() else []

    def _files(self) -> list[Path]:
        return [*([self.path] if self.files.exists(_POINTS) else []), *self._parts()]

    @contextlib.contextmanager
    def _opened(self, path: Path) -> Iterator[BinaryIO]:
        """A file, checked, for reading."""
        with self._unreadable(path):
            if path == self.path:
                with self.files.opened(_POINTS) as file:
                    yield file
            else:
                with disk_errors(path), path.open("rb") as file:
                    _, _, digest = path.stem.partition("-")
                    if digest and not hashlib.file_digest(file, "sha256").hexdigest().startswith(digest):
                        raise damaged(path, "is damaged: its checksum does not agree with its name")
                    file.seek(0)
                    yield file

    @contextlib.contextmanager
    def _unreadable(self, path: Path) -> Iterator[None]:
        """A file from before there were checksums may be no table, or its description no JSON."""
        try:
            yield
        except DamageError:
            raise
        except (pa.ArrowException, ValueError, KeyError, TypeError, MemoryError) as error:
            kind = "Parquet" if path == self.path else "Arrow"
            raise damaged(path, f"is not a readable {kind} file ({' '.join(str(error).split())})") from None

    def _read(self, path: Path, columns: list[str] | None) -> pa.Table:
        with self._opened(path) as file:
            if path == self.path:
                return pq.read_table(file, columns=columns, page_checksum_verification=True)
            table = pa.ipc.open_stream(file).read_all()
            return table if columns is None else table.select(columns)

    def _schema(self, path: Path) -> pa.Schema:
        with self._opened(path) as file:
            return pq.read_schema(file) if path == self.path else pa.ipc.open_stream(file).schema

    def _rows(self, path: Path) -> int:
        if path != self.path:
            return len(self._read(path, []))
        with self._opened(path) as file:
            return int(pq.read_metadata(file).num_rows)


def _table(frame: pd.DataFrame, state: dict[str, Any] | None) -> pa.Table:
    """Table of a frame, with the state in its metadata."""
    return _with_state(pa.Table.from_pandas(frame, preserve_index=False), state)


def _with_state(table: pa.Table, state: dict[str, Any] | None) -> pa.Table:
    """A table with the state in its metadata."""
    if state is None:
        return table
    return table.replace_schema_metadata({**(table.schema.metadata or {}), _STATE: json.dumps(state).encode()})


def _write_table(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)
