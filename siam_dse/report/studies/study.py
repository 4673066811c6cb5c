"""What a comparison study is: a question, the networks it is asked of by default, and the function that answers it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from siam_dse.core.errors import InputError
from siam_dse.design.designs import Designs
from siam_dse.design.fields import ALIASES
from siam_dse.system.evaluate import evaluate
from siam_dse.technology.technology import Technology, packaged_technology
from siam_dse.workload.network import Network


@dataclass(frozen=True)
class Setting:
    """What all designs of a study share: profile, technology, and fields (or aliases) fixed beside the study's axes."""

    profile: str = "default"
    fixed: Mapping[str, Any] = field(default_factory=dict)
    technology: Technology = field(default_factory=packaged_technology)

    def designs(self, **axes: Any) -> Designs:
        """Every combination of the axes (first slowest), on this setting.

        Raises
        ------
        InputError
            A fixed field is an axis of the study, or has no such value.
        """
        taken = _members(axes)
        problems = [
            f"{name}: this study varies {', '.join(sorted(taken & _members([name])))} itself; leave it out"
            for name in self.fixed
            if taken & _members([name])
        ]
        if problems:
            raise InputError("--set", problems)
        return Designs.grid(profile=self.profile, technology=self.technology, **self.fixed, **axes)


def _members(names: Mapping[str, Any] | Sequence[str]) -> set[str]:
    """Fields that names of fields and aliases set."""
    return {member for name in names for member in ALIASES.get(name, (name,))}


@dataclass(frozen=True)
class StudyResult:
    """The answer of a study.

    ``table`` has a row for each design (or level), ``summary`` the key figures, ``findings`` sentences with those
    figures, ``figures`` the plots by the name of their part of the page.
    """

    table: pd.DataFrame
    summary: pd.DataFrame
    findings: list[str]
    figures: dict[str, go.Figure]


Answer = Callable[[Sequence[Network], Setting], StudyResult]


@dataclass(frozen=True)
class Study:
    """A question with its method; ``networks`` are those it is asked of where none are named."""

    name: str
    title: str
    question: str
    networks: tuple[str, ...]
    method: tuple[str, ...]
    answer: Answer
    takes_setting: bool = True


def evaluated(network: Network, designs: Designs, noc_model: str = "fast", **labels: Any) -> pd.DataFrame:
    """Table of designs with all output columns, headed by the network's name and further labels."""
    frame = evaluate(network, designs, noc_model=noc_model).to_frame()
    head = pd.DataFrame({"network": network.name, **labels}, index=frame.index)
    return pd.concat([head, frame], axis=1)


def joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables one below the other."""
    return pd.concat(frames, ignore_index=True)
