"""RunFolder: one run on disk, to create, open, read and list.

::

    results/<run>/
      run.json         status, fingerprint, versions, git commit, seed, command line, counts, timing
      space.yaml       the search space as it was searched
      technology/      the overlays of the technologies that the space names, where there are any
      network.yaml     the network as it was evaluated; of several, networks/<network>.yaml
      start.csv        the designs that the search was given to begin with, where there are any
      own/<network>/   of several networks: a run for each alone, in the same space
      study.db         the Optuna study of a sweep (SQLite; opens in optuna-dashboard)
      points.parquet   every evaluated design with all columns (an enumeration or archive search keeps the front and a
                       random sample)
      checkpoint.npz   where an archive search, or an enumeration under way, stands
      pareto.csv       the feasible designs that no other beats in every objective; the knee is marked
      history.csv      evaluations, front size and hypervolume as the run went on
      plots/, report.html

run.json lists a checksum of each file that is read again: see :class:`siam_dse.runs.files.RunFiles`.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from siam_dse.core.errors import InputError, RunError, closest_first
from siam_dse.design.designs import Designs
from siam_dse.design.space import OVERLAYS, SearchSpace
from siam_dse.runs.atomic import disk_errors
from siam_dse.runs.damage import WRITTEN_ANEW, damaged
from siam_dse.runs.lock import is_held
from siam_dse.runs.new_folder import check_name, new_folder, slug
from siam_dse.runs.spaces import space_of_text
from siam_dse.runs.storage_url import RUN_JSON
from siam_dse.runs.store import PointStore
from siam_dse.runs.study_place import StudyPlace
from siam_dse.runs.tables import ID, without_quotes, write_csv
from siam_dse.system.joint import RATIOS
from siam_dse.workload.network import Network
from siam_dse.workload.network_set import NetworkSet, Workload
from siam_dse.workload.yaml_reader import parse_network

_NETWORKS = "networks"
HISTORY_COLUMNS = ("evaluations", "seconds", "feasible", "front_size", "hypervolume")
STATUSES = ("running", "complete", "interrupted", "failed")


class RunFolder(StudyPlace):
    """A run on disk. ``path`` is its folder; everything else is read when it is asked for."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._tables: dict[str, tuple[tuple[int, int, int], pd.DataFrame]] = {}  # as their files were last read
        self._space: tuple[str, SearchSpace] | None = None  # of a text: reading it takes as long as hundreds of designs

    def __repr__(self) -> str:
        return f"RunFolder({str(self.path)!r})"

    # --- making and finding ------------------------------------------------------------------------------------------

    @classmethod
    def create(
        cls, results: str | Path, name: str | None, network: Workload, space: SearchSpace, info: Mapping[str, Any]
    ) -> "RunFolder":
        """New run folder under its final name, with run.json, space.yaml and the network or networks.

        Parameters
        ----------
        results : folder of all runs; made where it is missing
        name : str or None
            None makes one of the network's and the space's names and a number.
        network, space : what is searched
        info : content of run.json; name, network, space, objectives and constraints are added

        Raises
        ------
        RunError
            A run of that name exists (the message says how to resume it), or the folder cannot be written.
        """
        results = Path(results)
        if name is not None:
            check_name("--name", name)
        with disk_errors(results):
            results.mkdir(parents=True, exist_ok=True)
        with new_folder(results, name, f"{slug(network.name)}-{slug(space.name)}") as path:
            run = cls(path)
            run.write_overlays(space)
            run.files.replace_text("space.yaml", space.text)
            run.write_networks(network)
            run.update(
                {
                    "name": path.name,
                    "status": "running",
                    "network": network.name,
                    "space": space.name,
                    "profile": space.profile,
                    "objectives": dict(space.objectives),
                    "constraints": [constraint.text for constraint in space.constraints],
                    **_joined(network),
                    **info,
                    "study": path.name,  # stays as it is where the folder is renamed
                    "storage": run.kept_storage(info.get("storage")),
                }
            )
        return run

    @classmethod
    def open(cls, run: "str | Path | RunFolder", results: str | Path = "results") -> "RunFolder":
        """Run by path, or by name in ``results``.

        Raises
        ------
        RunError
            There is no such run (the known ones are listed), or the folder is not a run.
        """
        if isinstance(run, RunFolder):
            return run
        if path := cls.find(run, results):
            found = cls(path)
            _ = found.info
            return found
        known = [other.name for other in cls.all(results)]
        listed = ", ".join(closest_first(str(run), known)[:10]) or f"none in {results}/"
        raise RunError(f"run {str(run)!r}: there is no such run (a folder with run.json); known: {listed}")

    @staticmethod
    def find(run: str | Path, results: str | Path = "results") -> Path | None:
        """Folder of a run by path, or by name in ``results``; None where there is none."""
        return next((path for path in (Path(run), Path(results) / str(run)) if (path / RUN_JSON).is_file()), None)

    @classmethod
    def all(cls, results: str | Path = "results") -> list["RunFolder"]:
        """Runs in ``results``, by name."""
        folder = Path(results)
        return [cls(path.parent) for path in sorted(folder.glob("*/run.json"))] if folder.is_dir() else []

    # --- what the run is ---------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Name of the run: that of its folder."""
        return self.path.resolve().name

    @property
    def info(self) -> dict[str, Any]:
        """Content of run.json as it is now."""
        return self.files.info()

    def update(self, changes: Mapping[str, Any]) -> None:
        """Set entries of run.json; an entry that is a mapping on both sides is merged."""
        self.files.update(changes)

    @property
    def status(self) -> str:
        """``running``, ``complete``, ``interrupted`` (by the user, or since its process died) or ``failed``."""
        status = str(self.info["status"])
        return "interrupted" if status == "running" and not is_held(self.path) else status

    @property
    def kind(self) -> str:
        """``sweep`` or ``enumerate``."""
        return str(self.info.get("kind", "sweep"))

    @property
    def objectives(self) -> dict[str, str]:
        """Output column -> ``minimise`` or ``maximise``."""
        return dict(self.info["objectives"])

    @property
    def reference_point(self) -> dict[str, float]:
        """Objective -> value that hypervolumes of this run are measured from; empty before a feasible design."""
        return dict(self.info.get("reference_point") or {})

    def network(self) -> Workload:
        """The network as it was evaluated, or the set of networks."""
        of_set = self.info.get(_NETWORKS)
        if not of_set:
            return self._read_network("")
        members = [self._read_network(name) for name in of_set["names"]]
        return NetworkSet.of(members, of_set["weights"], of_set["aggregate"]).with_best(of_set.get("best") or {})

    def network_path(self, name: str) -> Path:
        """File of the network, or of the one of that name where there are several."""
        return self.path / (_network_file(name) if self.info.get(_NETWORKS) else "network.yaml")

    def _read_network(self, name: str) -> Network:
        path = self.network_path(name)
        return parse_network(self.files.text(path.relative_to(self.path).as_posix()), str(path))

    def write_overlays(self, space: SearchSpace) -> None:
        """Keep the overlays of a space's technologies, where its text names them."""
        if space.overlays:
            with disk_errors(self.path):
                (self.path / OVERLAYS).mkdir(exist_ok=True)
        for name, overlay in space.overlays.items():
            self.files.replace_text(name, overlay.text)

    def write_networks(self, network: Workload) -> None:
        """Keep the network, or each of a set."""
        if not isinstance(network, NetworkSet):
            self.files.replace_text("network.yaml", network.text)
            return
        with disk_errors(self.path):
            (self.path / _NETWORKS).mkdir(exist_ok=True)
        for member in network.members:
            self.files.replace_text(_network_file(member.name), member.text)

    def set_best(self, network: NetworkSet) -> None:
        """Keep what each network of a set reaches on its own."""
        self.update(_joined(network))

    @property
    def own_path(self) -> Path:
        """Folder of the runs of each network alone, where there are several."""
        return self.path / "own"

    @staticmethod
    def own_name(network: str) -> str:
        """Name of the run of one network of a set alone."""
        return slug(network)

    def own_runs(self) -> dict[str, "RunFolder"]:
        """Network -> its run alone, for those networks of a set that have one."""
        names = (self.info.get(_NETWORKS) or {}).get("names") or []
        runs = {name: RunFolder(self.own_path / self.own_name(name)) for name in names}
        return {name: run for name, run in runs.items() if (run.path / RUN_JSON).is_file()}

    def space(self) -> SearchSpace:
        """The search space as it was searched, with its technologies."""
        text = self.files.text("space.yaml")
        if self._space is None or self._space[0] != text:
            more = RATIOS if self.info.get(_NETWORKS) else ()
            self._space = text, space_of_text(text, str(self.path / "space.yaml"), more, self.path)
        return self._space[1]

    # --- what it found -----------------------------------------------------------------------------------------------

    @property
    def store(self) -> PointStore:
        """Store of the evaluated designs."""
        return PointStore(self.path, self.files)

    def points(self, columns: list[str] | None = None, *, duplicates: bool = False) -> pd.DataFrame:
        """Evaluated designs, one row each in the order of evaluation; all columns, or those named.

        Columns: ``trial`` (in an enumeration the design's flat index), ``generation``, ``duplicate_of`` (the trial that
        evaluated this design first, or -1), ``seconds`` (time of the run); the fields; ``feasible`` (rules of the model
        and constraints of the space); every output column; ``violation`` (sum of the excesses, 0 where feasible) and
        ``excess: <constraint>`` for each constraint (> 0 = violated, bounds relative to their limit).

        ``duplicates`` keeps the trials that asked for a design seen before.
        """
        wanted = None if columns is None else list(dict.fromkeys([*columns, "duplicate_of"]))
        frame = self.store.read(wanted)
        if "duplicate_of" in frame and not duplicates:
            frame = frame[frame["duplicate_of"] < 0].reset_index(drop=True)
        if columns is not None:
            return frame[columns]
        return frame.drop(columns=[name for name in frame.columns if name.startswith("sampler_")])

    def front(self) -> pd.DataFrame:
        """Pareto front, sorted by the first objective, with the columns of :meth:`points` and ``knee``."""
        if not self.files.exists("pareto.csv"):
            return pd.DataFrame(
                {**dict.fromkeys(self.objectives, pd.Series(dtype=float)), "knee": pd.Series(dtype=bool)}
            )
        return self._read_csv("pareto.csv", (ID, *self.objectives))

    pareto = front

    def history(self) -> pd.DataFrame:
        """Progress of the run, one row a generation or chunk, with ``HISTORY_COLUMNS``."""
        if not self.files.exists("history.csv"):
            return pd.DataFrame(columns=list(HISTORY_COLUMNS), dtype=float)
        return self._read_csv("history.csv", HISTORY_COLUMNS)

    def _read_csv(self, name: str, numbers: Iterable[str] = ()) -> pd.DataFrame:
        """Table of a CSV file of the run, checked; ``numbers`` are columns that each such file has."""
        with self.files.opened(name) as file:
            status = os.fstat(file.fileno())  # a file is only ever replaced, by another
            version = (status.st_ino, status.st_size, status.st_mtime_ns)
            if name not in self._tables or self._tables[name][0] != version:
                try:
                    self._tables[name] = version, without_quotes(pd.read_csv(file))
                except ValueError as error:  # of a run from before there were checksums
                    raise damaged(self.path / name, f"cannot be read as a table ({error})") from None
        frame = self._tables[name][1].copy(deep=False)
        lacking = [each for each in numbers if each not in frame or (len(frame) and not is_numeric_dtype(frame[each]))]
        if lacking:  # of a run from before there were checksums
            raise damaged(self.path / name, f"has no column of numbers {', '.join(lacking)}, which each such file has")
        return frame

    def designs_of(self, frame: pd.DataFrame) -> Designs:
        """Designs of rows of :meth:`points` or :meth:`front`, ready to be evaluated again.

        A field that there was none of when the run was made takes the profile's value.
        """
        return self.space().designs_of(frame, str(self.path))

    def design(self, number: int) -> pd.DataFrame:
        """The stored design of an id, one row with the columns of :meth:`points`.

        Raises
        ------
        InputError
            The run has stored no design of this id.
        """
        frame = self.points(duplicates=True)
        row = frame[frame[ID] == number]
        if not len(row):
            best = self.front()
            few = ", ".join(map(str, best[ID].head(10))) if ID in best else "none"
            raise InputError(
                "--design", f"{number}: {self.path} has stored no such design; ids of its front: {few}, ..."
            )
        return row.reset_index(drop=True)

    def start(self) -> pd.DataFrame | None:
        """Designs that the search began with, one row each with their fields; None where none were given."""
        return self._read_csv("start.csv") if self.files.exists("start.csv") else None

    def write_start(self, frame: pd.DataFrame) -> None:
        """Keep the designs that the search begins with."""
        self.files.replace("start.csv", lambda new: write_csv(frame, new))

    # --- files -------------------------------------------------------------------------------------------------------

    @property
    def checkpoint_path(self) -> Path:
        """Where a search that keeps more than its points stands."""
        return self.path / "checkpoint.npz"

    @property
    def plots_path(self) -> Path:
        """Folder of plots; made where it is missing."""
        path = self.path / "plots"
        with disk_errors(path):
            path.mkdir(exist_ok=True)
        return path

    @property
    def report_path(self) -> Path:
        """The report page."""
        return self.path / "report.html"

    def write_front(self, frame: pd.DataFrame) -> None:
        """Replace pareto.csv."""
        self.files.replace("pareto.csv", lambda new: write_csv(frame, new))

    def can_be_mended(self) -> bool:
        """Whether files are damaged or missing, all of them such as resuming the run writes anew."""
        return set() < set(self.files.faults()) <= set(WRITTEN_ANEW)

    def write_history(self, frame: pd.DataFrame) -> None:
        """Replace history.csv."""
        self.files.replace("history.csv", lambda new: write_csv(frame, new))


def _joined(network: Workload) -> dict[str, Any]:
    """Entries of run.json of several networks; none of one."""
    if not isinstance(network, NetworkSet):
        return {}
    of_set = {"names": list(network.names), "weights": list(network.weights_of), "aggregate": network.aggregate}
    return {_NETWORKS: {**of_set, "best": dict(network.best)}}


def _network_file(name: str) -> str:
    """Name of the file of one network of a set."""
    return f"{_NETWORKS}/{slug(name)}.yaml"
