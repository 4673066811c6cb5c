"""Where a run comes from: command, seed, versions, fingerprint, and the sources of the model's constants."""

import shlex
from collections.abc import Mapping
from typing import Any

import pandas as pd

from siam_dse.report.view import RunView
from siam_dse.runs.fingerprint import digest
from siam_dse.technology.technology import Technology
from siam_dse.technology.variants import Variants
from siam_dse.workload.network import Network
from siam_dse.workload.network_set import NetworkSet, members_of

_SHOWN_DIGITS = 16


def provenance_table(view: RunView) -> pd.DataFrame:
    """Entries of run.json that say how to make the run again, for reading: ``what`` and ``value``."""
    info = view.info
    timing, git = info.get("timing") or {}, info.get("git") or {}
    fingerprint = info.get("fingerprint") or {}
    commit = f"{git.get('commit')}{' with changes' if git.get('changed') else ''}" if git else None
    rows: dict[str, Any] = {
        "command": shlex.join(map(str, info.get("command") or [])),
        "kind": info.get("kind"),
        "sampler, seed, population": _joined(info.get("sampler"), info.get("seed"), info.get("population")),
        "trials": (info.get("counts") or {}).get("trials"),
        "profile": view.space.profile,
        "started, last written": _joined(timing.get("started"), timing.get("updated")),
        "status": info.get("status"),
        "fingerprint": digest(fingerprint)[:_SHOWN_DIGITS] if fingerprint else None,
        "model version": (fingerprint.get("model") or {}).get("version"),
        "network file": _network(fingerprint.get("network") or {}),
        "technology data": f"{len(fingerprint['technology'])} files" if fingerprint.get("technology") else None,
        "technology": _overlays(view),
        "networks": view.network.said() if isinstance(view.network, NetworkSet) else None,
        "begun with": info.get("start"),
        "network source": "; ".join(network.source for network in members_of(view.network)),
        "int8 top-1": "; ".join(_top1(network) for network in members_of(view.network)),
        "versions": ", ".join(f"{name} {version}" for name, version in (info.get("versions") or {}).items()),
        "git commit": commit,
        "machine": _joined(*(info.get("machine") or {}).values()),
        "reference point": _values(info.get("reference_point") or {}),
        "hypervolume": info.get("hypervolume"),
    }
    kept = {what: value for what, value in rows.items() if value not in (None, "", "None")}
    return pd.DataFrame({"what": list(kept), "value": [str(value) for value in kept.values()]})


def sources_table(technology: Technology | Variants) -> pd.DataFrame:
    """The bibliography of the constants of a technology, or of several: ``key`` and what each source is."""
    each = technology.technologies if isinstance(technology, Variants) else (technology,)
    rows = []
    for key, about in {key: about for one in each for key, about in one.sources().items()}.items():
        rest = [str(value) for name, value in about.items() if name != "title" and value]
        rows.append({"key": key, "source": about.get("title", ""), "where": ", ".join(rest)})
    return pd.DataFrame(rows)


def _overlays(view: RunView) -> str:
    """What is laid over the packaged constants, of several technologies each."""
    each = view.space.technology
    if not isinstance(each, Variants):
        return each.name if each.overlays else ""
    return ", ".join(f"{name} ({of.name})" for name, of in zip(each.names, each.technologies, strict=True))


def _network(part: Mapping[str, Any]) -> str:
    return f"sha256 {part['text_sha256']}..." if part.get("text_sha256") else ""


def _top1(network: Network) -> str:
    value = network.int8_top1
    if value != value:
        return "unknown"
    return f"{100 * value:.2f} % ({network.int8_top1_status}; {network.int8_top1_source})"


def _joined(*values: Any) -> str:
    return ", ".join(str(value) for value in values if value is not None)


def _values(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {value:.6g}" for name, value in values.items())
