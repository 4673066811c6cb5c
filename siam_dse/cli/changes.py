"""Changes: what options of a search say of its space."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from siam_dse.cli.options import names_in
from siam_dse.cli.settings import parse_settings, with_preset
from siam_dse.core.errors import InputError

if TYPE_CHECKING:
    from siam_dse.design.space import SearchSpace


@dataclass(frozen=True)
class Changes:
    """What the options say of a space: profile, fields, constraints, objectives."""

    profile: str | None
    settings: list[str]
    constraints: list[str]
    objectives: list[str]
    technology: list[Path]
    preset: str | None = None

    def split(self, words: list[str]) -> tuple[list[str], Changes]:
        """Networks among the command's plain words, and the objectives that follow ``--objectives`` A B."""
        from siam_dse.system.columns import OUTPUT_COLUMNS

        more = [word for word in words if self.objectives and word.partition(":")[0].strip(", ") in OUTPUT_COLUMNS]
        networks = [word for word in words if word not in more]
        if not networks:
            raise InputError("NETWORK", "is missing; give a zoo name (see 'siam-dse networks') or a file")
        return networks, replace(self, objectives=[*self.objectives, *more])

    def applied(self, name: str) -> SearchSpace:
        """The space of that name with all changes."""
        from siam_dse.runs.spaces import load_space
        from siam_dse.search.given import changed_space

        space = load_space(name, with_preset(self.preset, self.technology))
        if self.profile is not None:
            space = space.with_profile(self.profile)
        objectives = names_in("--objectives", self.objectives)
        return changed_space(space, objectives or None, self.constraints, parse_settings(self.settings))
