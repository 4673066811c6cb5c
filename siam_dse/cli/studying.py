"""``study``: comparison studies, not Optuna's."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from siam_dse.cli.output import Format, emit, note
from siam_dse.cli.settings import parse_settings
from siam_dse.core.errors import InputError

if TYPE_CHECKING:
    from siam_dse.report.studies.study import Answer, Setting, Study
    from siam_dse.technology.technology import Technology


def run_study(
    name: str | None,
    network_names: list[str],
    profile: str,
    settings: list[str],
    overlays: list[Path],
    links: str | None,
    out: Path | None,
    replace: bool,
    fmt: Format,
) -> None:
    """Answer a study, write its folder and print its key figures; without a name list the studies there are."""
    from siam_dse.report.studies.catalogue import study_named
    from siam_dse.report.studies.folder import check_folder, write_study
    from siam_dse.workload.load import load_network

    if name is None:
        _list_studies(fmt)
        return
    study = study_named(name)
    setting = _setting(study, profile, settings, overlays)
    answer = _answer(study, links, setting.technology)
    networks = [load_network(each) for each in dict.fromkeys(network_names or study.networks)]
    folder = out or Path("results") / "studies" / study.name
    check_folder(folder, replace=replace)
    note(f"{study.title}: {', '.join(network.name for network in networks)}")
    result = answer(networks, setting)
    paths = write_study(study, result, networks, setting, folder)
    emit(result.summary, fmt, study.question)
    for line in result.findings:
        note(f"- {line}")
    note(f"wrote {paths['page']}, {paths['table'].name} ({len(result.table)} rows), {paths['summary'].name}")


def _list_studies(fmt: Format) -> None:
    import pandas as pd

    from siam_dse.report.studies.catalogue import STUDIES

    rows = [
        {"study": study.name, "question": study.question, "networks": ", ".join(study.networks)}
        for study in STUDIES.values()
    ]
    emit(pd.DataFrame(rows), fmt, "comparison studies ('siam-dse study NAME [NETWORK ...]')")


def _setting(study: Study, profile: str, settings: list[str], overlays: list[Path]) -> Setting:
    from siam_dse.design.fields import load_technology
    from siam_dse.report.studies.study import Setting

    given = parse_settings(settings)
    problems = [f"{name}: one value only in a study, got {','.join(v)}" for name, v in given.items() if len(v) > 1]
    if not study.takes_setting and (given or profile != "default" or overlays):
        problems.append(f"the study {study.name} searches whole spaces, which say what is fixed; leave it out")
    if problems:
        raise InputError("--set", problems)
    return Setting(profile, {name: values[0] for name, values in given.items()}, load_technology(*overlays))


def _answer(study: Study, links: str | None, technology: Technology) -> Answer:
    """The study's function, with its links where they are named."""
    if links is None:
        return study.answer
    from siam_dse.design.fields import fields
    from siam_dse.report.studies import bandwidth

    if study.name != "bandwidth":
        raise InputError("--links", f"belongs to the study bandwidth, not to {study.name}; leave it out")
    known = fields(technology)["nop_link"].choices
    chosen = known if links == "all" else tuple(part.strip() for part in links.split(","))
    return partial(bandwidth.answer, links=chosen)
