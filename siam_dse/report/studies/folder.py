"""A study on disk: one folder with its tables, its page and what made them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from siam_dse.core.errors import RunError
from siam_dse.design.space import OVERLAYS
from siam_dse.report.studies.page import study_page
from siam_dse.report.studies.study import Setting, Study, StudyResult
from siam_dse.runs.atomic import OF_A_FILE, disk_errors, replace_file, replace_json, replace_text
from siam_dse.runs.provenance import now, provenance
from siam_dse.runs.tables import write_csv
from siam_dse.system import MODEL_VERSION
from siam_dse.workload.network import Network

RECORD = "study.json"


def check_folder(out: Path, *, replace: bool) -> None:
    """Refuse a folder that a study must not be written to.

    Raises
    ------
    RunError
        It holds something already: another study, unless ``replace``, or files that no study wrote.
    """
    if out.exists() and not out.is_dir():
        raise RunError(f"{out}: is a file; give --out a folder")
    held = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
    if held and RECORD not in held:
        raise RunError(f"{out}: holds files that no study wrote ({', '.join(held[:3])}, ...); give another --out")
    if held and not replace:
        raise RunError(f"{out}: holds a study already; --replace writes it anew, --out DIR keeps both")


def write_study(
    study: Study, result: StudyResult, networks: Sequence[Network], setting: Setting, out: Path
) -> dict[str, Path]:
    """Write tables, page and record of a study into a folder that :func:`check_folder` passed; returns the paths."""
    with disk_errors(out, OF_A_FILE):
        out.mkdir(parents=True, exist_ok=True)
    paths = {"table": out / f"{study.name}.csv", "summary": out / f"{study.name}_summary.csv",
             "page": out / f"{study.name}.html", "record": out / RECORD}  # fmt: skip
    info = _record(study, networks, setting)
    for overlay in setting.technology.overlays:
        with disk_errors(out, OF_A_FILE):
            (out / OVERLAYS).mkdir(exist_ok=True)
        replace_text(out / OVERLAYS / overlay.file_name, overlay.text)
    for name, frame in (("table", result.table), ("summary", result.summary)):
        replace_file(paths[name], lambda new, frame=frame: write_csv(frame, new))  # type: ignore[misc]
    replace_text(paths["page"], study_page(study, result, info))
    replace_json(paths["record"], info)
    return paths


def _record(study: Study, networks: Sequence[Network], setting: Setting) -> Mapping[str, Any]:
    """Content of study.json."""
    return {
        "study": study.name,
        "networks": [network.name for network in networks],
        "profile": setting.profile,
        "fixed": dict(setting.fixed),
        "technology": {overlay.file_name: overlay.digest for overlay in setting.technology.overlays},
        "model_version": MODEL_VERSION,
        "made": now(),
        **provenance(),
    }
