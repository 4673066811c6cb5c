"""Comparison studies from Python."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from siam_dse.design.fields import Value
from siam_dse.report.studies.catalogue import study_named
from siam_dse.report.studies.folder import check_folder, write_study
from siam_dse.report.studies.study import Setting, StudyResult
from siam_dse.technology.technology import Technology
from siam_dse.workload.load import load_network
from siam_dse.workload.network import Network


def study(
    name: str,
    networks: Sequence[str | Network] | None = None,
    *,
    fixed: Mapping[str, Value] | None = None,
    profile: str = "default",
    technology: Technology | None = None,
    out: str | Path | None = None,
    replace: bool = False,
) -> StudyResult:
    """Answer a standing question, as ``siam-dse study`` does.

    Parameters
    ----------
    name : str
        Of a study: ``styles``, ``bandwidth``, ``monolithic``, ``accuracy``, ``noc``.
    networks : names or networks, optional
        Default those of the study.
    fixed : field -> value, optional
        Fields of every design.
    profile : str
        Where all other fields come from.
    technology : Technology, optional
        Default the packaged one.
    out : folder, optional
        Where tables, page and record are written; nowhere if it is left out.
    replace : bool
        Whether a study that the folder holds is written anew.

    Returns
    -------
    StudyResult
        ``table``, ``summary``, ``findings`` in sentences, ``figures`` by name.

    Raises
    ------
    InputError, RunError
        An unknown study, network or field; a folder that holds something else.
    """
    asked = study_named(name)
    folder = None if out is None else Path(out)
    if folder is not None:
        check_folder(folder, replace=replace)
    loaded = [n if isinstance(n, Network) else load_network(n) for n in networks or asked.networks]
    setting = Setting(profile, dict(fixed or {}), technology or Technology.load())
    result = asked.answer(loaded, setting)
    if folder is not None:
        write_study(asked, result, loaded, setting, folder)
    return result
