"""PointStore: the evaluated designs of a run, one part a generation, folded into points.parquet now and then.

A generation is complete when its part is on the disk. Parts are small and never rewritten; points.parquet is replaced
when the parts have grown to a fraction of it, so that keeping N points costs of the order of N log N. A crash between
the two steps leaves parts that points.parquet already has: rows are told apart by their trial number.

A part can carry a state (what the sampler needs to go on), stored in the same file and so complete with it or absent.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from siam_dse.core.errors import RunError
from siam_dse.runs.atomic import disk_errors, replace_file

_SMALLEST_FOLD = 2000  # rows
_MOST_ROWS_IN_MEMORY = 400_000
_STATE = b"siam_dse.state"


class PointStore:
    """Points of the run in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "points.parquet"
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
        _write(self._part(int(frame["trial"].iloc[0])), frame, state)
        if not fold:
            return
        if self._folded < 0:
            self._folded, self._pending = _rows(self.path), sum(_rows(part) for part in self._parts())
        else:
            self._pending += len(frame)
        if self._pending >= max(_SMALLEST_FOLD, self._folded // 4):
            self.fold()

    def replace(self, frame: pd.DataFrame) -> None:
        """Put these rows in the place of all."""
        _write(self.path, frame, None)
        with disk_errors(self.parts_path):
            for part in self._parts():
                part.unlink(missing_ok=True)
        self._folded, self._pending = len(frame), 0

    def fold(self) -> None:
        """Put everything into points.parquet and remove the parts."""
        parts = self._parts()
        if not parts:
            return
        rows = sum(_rows(path) for path in self._files())
        if rows > _MOST_ROWS_IN_MEMORY:
            self._fold_streaming()
        else:
            _write(self.path, self.read(), self.state())
        with disk_errors(self.parts_path):
            for part in parts:
                part.unlink(missing_ok=True)
            self.parts_path.rmdir()
        self._folded, self._pending = rows, 0

    def rewrite(self, frame: pd.DataFrame) -> None:
        """Replace all rows, which must be folded, by others of the same trials; the state stays."""
        _write(self.path, frame, self.state())

    def _fold_streaming(self) -> None:
        """Fold part after part, for more rows than should be in memory; trials must ascend from part to part."""
        files = self._files()
        schema = pa.unify_schemas([_schema(path) for path in files], promote_options="permissive")

        def write(new: Path) -> None:
            last = -1
            with pq.ParquetWriter(new, schema, compression="zstd") as writer:
                for path in files:
                    table = pq.read_table(path).cast(schema)
                    table = table.filter(pc.greater(table["trial"], last))
                    if len(table):
                        writer.write_table(table)
                        last = table["trial"][-1].as_py()

        replace_file(self.path, write)

    def read(self, columns: list[str] | None = None) -> pd.DataFrame:
        """All rows, in the order of their trial numbers."""
        wanted = None if columns is None else list(dict.fromkeys(["trial", *columns]))
        files = self._files()
        if not files:
            return pd.DataFrame(columns=columns if columns is not None else ["trial"])
        whole = pd.concat([_read(path, wanted) for path in files], ignore_index=True)
        whole = whole.drop_duplicates("trial", keep="first").sort_values("trial", kind="stable", ignore_index=True)
        return whole if columns is None else whole[columns]

    def has_rows(self) -> bool:
        """Whether anything is stored."""
        return bool(self._files())

    def state(self) -> dict[str, Any]:
        """The state stored with the newest rows; empty if none was."""
        for path in reversed(self._files()):
            text = (_schema(path).metadata or {}).get(_STATE)
            if text is not None:
                content: dict[str, Any] = json.loads(text)
                return content
        return {}

    def _part(self, first: int) -> Path:
        return self.parts_path / f"{first:012d}.parquet"

    def _parts(self) -> list[Path]:
        return sorted(self.parts_path.glob("*.parquet")) if self.parts_path.is_dir() else []

    def _files(self) -> list[Path]:
        return [path for path in (self.path, *self._parts()) if path.exists()]


def _write(path: Path, frame: pd.DataFrame, state: dict[str, Any] | None) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    if state is not None:
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), _STATE: json.dumps(state).encode()})
    replace_file(path, lambda new: pq.write_table(table, new, compression="zstd"))


def _read(path: Path, columns: list[str] | None) -> pd.DataFrame:
    with _readable(path):
        frame: pd.DataFrame = pq.read_table(path, columns=columns).to_pandas()
    return frame


def _schema(path: Path) -> Any:
    with _readable(path):
        return pq.read_schema(path)


def _rows(path: Path) -> int:
    if not path.exists():
        return 0
    with _readable(path):
        return int(pq.read_metadata(path).num_rows)


class _readable:
    """Context that turns a damaged file into one clear error."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, pa.ArrowException | pa.ArrowInvalid):
            raise RunError(
                f"{self.path}: is not a readable Parquet file ({error}); restore it from a copy, or start a new run"
            ) from None
        if isinstance(error, OSError):
            with disk_errors(self.path):
                raise error
