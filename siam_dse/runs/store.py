"""PointStore: the evaluated designs of a run, one part a generation, folded into points.parquet now and then.

A generation is complete when its part is on the disk. Parts are small and never rewritten; points.parquet is replaced
when the parts have grown to a fraction of it, so that the cost of keeping N points is N log N. A crash between the two
steps leaves parts that points.parquet already has: rows are told apart by their trial number.
"""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from siam_dse.core.errors import RunError
from siam_dse.runs.atomic import disk_errors, replace_file

_SMALLEST_FOLD = 2000  # rows


class PointStore:
    """Points of the run in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "points.parquet"
        self.parts_path = folder / "points.parts"
        self._folded = -1
        self._pending = 0

    def append(self, frame: pd.DataFrame) -> None:
        """Add rows; when this returns they are on the disk. ``trial`` numbers go on from those stored."""
        if not len(frame):
            return
        with disk_errors(self.parts_path):
            self.parts_path.mkdir(exist_ok=True)
        first = int(frame["trial"].iloc[0])
        _write(self.parts_path / f"{first:09d}.parquet", frame)
        if self._folded < 0:
            self._folded, self._pending = _rows(self.path), sum(_rows(part) for part in self._parts())
        else:
            self._pending += len(frame)
        if self._pending >= max(_SMALLEST_FOLD, self._folded // 4):
            self.fold()

    def fold(self) -> None:
        """Put everything into points.parquet and remove the parts."""
        parts = self._parts()
        if not parts:
            return
        frame = self.read()
        _write(self.path, frame)
        with disk_errors(self.parts_path):
            for part in parts:
                part.unlink(missing_ok=True)
            self.parts_path.rmdir()
        self._folded, self._pending = len(frame), 0

    def replace(self, frame: pd.DataFrame) -> None:
        """Replace all points."""
        _write(self.path, frame)
        self._folded, self._pending = len(frame), 0

    def read(self, columns: list[str] | None = None) -> pd.DataFrame:
        """All rows, in the order of their trial numbers."""
        wanted = None if columns is None else list(dict.fromkeys(["trial", *columns]))
        files = [path for path in (self.path, *self._parts()) if path.exists()]
        if not files:
            return pd.DataFrame(columns=wanted if wanted is not None else ["trial"])
        whole = pd.concat([_read(path, wanted) for path in files], ignore_index=True)
        whole = whole.drop_duplicates("trial", keep="first").sort_values("trial", kind="stable", ignore_index=True)
        return whole if columns is None else whole[columns]

    def _parts(self) -> list[Path]:
        return sorted(self.parts_path.glob("*.parquet")) if self.parts_path.is_dir() else []


def _write(path: Path, frame: pd.DataFrame) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    replace_file(path, lambda new: pq.write_table(table, new, compression="zstd"))


def _read(path: Path, columns: list[str] | None) -> pd.DataFrame:
    with disk_errors(path):
        try:
            frame: pd.DataFrame = pq.read_table(path, columns=columns).to_pandas()
        except (pa.ArrowInvalid, pa.ArrowException) as error:
            raise RunError(
                f"{path}: cannot be read as points ({error}); restore it, or delete it to lose the points in it only"
            ) from None
    return frame


def _rows(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows) if path.exists() else 0
