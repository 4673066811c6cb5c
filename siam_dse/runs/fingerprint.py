"""Fingerprint of a run, part by part: what must be the same for it to be continued."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from siam_dse.core.once import once
from siam_dse.design.space import SearchSpace
from siam_dse.system import MODEL_VERSION
from siam_dse.technology.technology import Technology
from siam_dse.technology.variants import Variants
from siam_dse.workload.network_set import NetworkSet, Workload

PARTS = ("space", "network", "profile", "technology", "objectives", "model")


def fingerprint(network: Workload, space: SearchSpace) -> dict[str, dict[str, Any]]:
    """Content of each part as plain values; a digest stands for what is too long to keep.

    Parameters
    ----------
    network : Network or NetworkSet
    space : SearchSpace
        Its technologies count.

    Returns
    -------
    dict
        Part -> entry -> value, for the ``PARTS``. Two runs match where everything is equal.
    """
    parts = space.parts
    return _plain(
        {
            "space": parts["space"],
            "network": _network(network),
            "profile": parts["profile"],
            "technology": _of_all(space.technology),
            "objectives": parts["objectives"],
            "model": {"version": MODEL_VERSION},
        }
    )


def differences(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each entry that differs: part, entry, what it was and is."""
    lines = []
    for part in PARTS:
        before, now = old.get(part) or {}, new.get(part) or {}
        for key in dict.fromkeys([*before, *now]):
            if key not in now:
                lines.append(f"{part}: {key}: was {_shown(before[key])}, now gone")
            elif key not in before:
                lines.append(f"{part}: {key}: new, now {_shown(now[key])}")
            elif before[key] != now[key]:
                lines.append(f"{part}: {key}: was {_shown(before[key])}, now {_shown(now[key])}")
        if list(before) != list(now) and dict(before) == dict(now) and part in ("space", "objectives"):
            lines.append(f"{part}: the order was {', '.join(before)}, now {', '.join(now)}")
    return lines


def digest(parts: Mapping[str, Any]) -> str:
    """SHA-256 over all parts."""
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@once
def technology_files(technology: Technology) -> dict[str, str]:
    """Data file of the model's constants, or overlay -> the first 16 digits of its SHA-256."""
    packaged = {
        path.name: sha256(path.read_bytes()).hexdigest()[:16]
        for path in sorted(technology.folder.iterdir())
        if path.suffix in {".yaml", ".csv"}
    }
    return packaged | {
        f"overlay {i} {overlay.name}": overlay.digest for i, overlay in enumerate(technology.overlays, start=1)
    }


def _of_all(technology: Technology | Variants) -> dict[str, str]:
    """Files of a technology, or of several: what all have, and what each lies over it."""
    if not isinstance(technology, Variants):
        return technology_files(technology)
    below = len(technology.base.overlays)
    return technology_files(technology.base) | {
        f"overlay of {name}": each.overlays[-1].digest if len(each.overlays) > below else ""
        for name, each in zip(technology.names, technology.technologies, strict=True)
    }


def _network(network: Workload) -> dict[str, Any]:
    """What a network is; of several each, and how they are joined."""
    if isinstance(network, NetworkSet):
        of_each = {f"{each.name}.{key}": value for each in network.members for key, value in _network(each).items()}
        best = {f"best.{name}": list(values) for name, values in network.best.items()}
        weights = {f"{name}.weight": weight for name, weight in zip(network.names, network.weights_of, strict=True)}
        return {"aggregate": network.aggregate, **of_each, **weights, **best}
    return {
        "name": network.name,
        "layers": network.n_layers,
        "weights": int(network.weights.sum()),
        "macs": int(network.macs.sum()),
        "edges": len(network.edge_producer),
        "text_sha256": sha256(network.text.encode()).hexdigest()[:16],
    }


def _plain(parts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Parts as JSON gives them back."""
    content: dict[str, dict[str, Any]] = json.loads(json.dumps(parts))
    return content


def _shown(value: Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
