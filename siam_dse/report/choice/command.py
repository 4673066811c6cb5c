"""The commands that evaluate a stored design again, exactly."""

import shlex
from pathlib import Path
from typing import Any

import pandas as pd

from siam_dse.core.errors import SiamDseError
from siam_dse.design.fields import default_values, fields
from siam_dse.design.space import OVERLAYS, SearchSpace, plain
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.tables import ID
from siam_dse.technology.technology import Technology
from siam_dse.technology.variants import FIELD, Variants
from siam_dse.workload.load import load_network
from siam_dse.workload.network import Network

_SQUARE = ("crossbar_rows", "crossbar_cols")


def settings_of(row: pd.Series, profile: str = "default", technology: Technology | None = None) -> list[str]:
    """``field=value`` of every field in which a design differs from its profile, those its space fixes among them."""
    base = default_values(profile, technology)
    values = {name: _plain(row[name]) for name in fields() if name in row}
    changed = {name: value for name, value in values.items() if value != base[name]}
    if set(_SQUARE) & set(changed) and values[_SQUARE[0]] == values[_SQUARE[1]]:
        changed = {"crossbar_size": values[_SQUARE[0]], **{n: v for n, v in changed.items() if n not in _SQUARE}}
    return [f"{name}={plain(value)}" for name, value in changed.items()]


def evaluating(network: str, row: pd.Series, space: SearchSpace, folder: Path) -> list[str]:
    """Words of the command that gives a design of a run in a folder by its fields; a command names the network so."""
    words = ["siam-dse", "evaluate", network]
    words += ["--profile", space.profile] if space.profile != "default" else []
    for overlay in technology_of(space, row).overlays:
        words += ["--technology", str(folder / OVERLAYS / overlay.file_name)]
    for setting in settings_of(row, space.profile, technology_of(space, row)):
        words += ["--set", setting]
    return words


def technology_of(space: SearchSpace, row: pd.Series) -> Technology:
    """What a design of a space is computed with."""
    of = space.technology
    return of.technologies[of.names.index(str(row[FIELD]))] if isinstance(of, Variants) else of


def short_command(run: RunFolder, row: pd.Series, network: str) -> list[str] | None:
    """Words of the command that gives a design of the front by its id; None for a design that is not on the front."""
    front = run.front()
    if ID not in front or int(row[ID]) not in set(front[ID]):
        return None
    words = ["siam-dse", "evaluate", network, "--designs", str(run.path / "pareto.csv"), "--design", str(int(row[ID]))]
    for overlay in technology_of(run.space(), row).overlays:
        words += ["--technology", str(run.path / OVERLAYS / overlay.file_name)]
    return words


def network_word(run: RunFolder, network: Network) -> str:
    """How a command names a run's network: by its name in the zoo where it is that one, else by the run's file."""
    try:
        if load_network(network.name).text == network.text:
            return network.name
    except SiamDseError:
        pass
    return str(run.network_path(network.name))


def written(words: list[str], width: int = 80, indent: str = "  ") -> str:
    """A command for copying, broken with backslashes where it is longer than a line."""
    pieces: list[str] = []
    for word in map(shlex.quote, words):
        option = bool(pieces) and pieces[-1].startswith("--") and " " not in pieces[-1]
        if option:
            pieces[-1] += f" {word}"
        else:
            pieces.append(word)
    lines = [indent + pieces[0]]
    for piece in pieces[1:]:
        if len(lines[-1]) + len(piece) + 3 > width:
            lines[-1] += " \\"
            lines.append(indent * 2 + piece)
        else:
            lines[-1] += f" {piece}"
    return "\n".join(lines)


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
