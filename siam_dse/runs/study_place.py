"""StudyPlace: where the Optuna study of a run is, as run.json keeps it."""

from pathlib import Path

from siam_dse.core.errors import RunError
from siam_dse.runs.files import RunFiles
from siam_dse.runs.storage_url import (
    STUDY_DB,
    check_no_other_runs,
    check_storage_url,
    file_of,
    kept_url,
    sqlite_url,
    used_url,
)


class StudyPlace:
    """Name and storage of the study of the run in the folder ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = RunFiles(path)

    @property
    def study_path(self) -> Path:
        """The database of the run's own Optuna study."""
        return self.path / STUDY_DB

    @property
    def study_name(self) -> str:
        """Name of the run's Optuna study: the run's first name."""
        info = self.files.info()
        return str(info.get("study") or info.get("name") or self.path.resolve().name)

    def storage_url(self, given: str | None = None) -> str:
        """Storage URL of the run's Optuna study: where it is ``given`` anew, that.

        Raises
        ------
        InputError
            The URL has a password, which is not kept.
        RunError
            The file of the study is not where it was.
        """
        if given is not None:
            file = file_of(check_no_other_runs(check_storage_url(given), self.path))
            is_own = file is not None and file.resolve() == self.study_path.resolve()
            return self.own_storage_url if is_own else given
        kept = self.files.info().get("storage")
        if not kept:
            return self.own_storage_url
        url = used_url(str(kept), self.path)
        file = file_of(url)
        if file is not None and not file.exists() and (self.files.info().get("counts") or {}).get("trials"):
            raise RunError(
                f"{file}: the run's Optuna study is not there; was it moved, or the run? say with --storage where it "
                "is, or give a new place, which gets all trials"
            )
        return url

    def kept_storage(self, url: str | None) -> str | None:
        """A storage URL as run.json keeps it; None for the run's own."""
        return kept_url(url, self.path) if url else None

    @property
    def own_storage_url(self) -> str:
        """Storage URL of the run's own Optuna study."""
        return sqlite_url(self.study_path)
