"""Technologies of a search space: overlays under all of its designs, and those that its axis ``technology`` names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from siam_dse.core.errors import InputError
from siam_dse.core.text import shown
from siam_dse.design.fields import fields, load_technology
from siam_dse.technology.overlay import Overlay
from siam_dse.technology.technology import Technology, packaged_technology
from siam_dse.technology.variants import FIELD, PACKAGED, Variants

_EXAMPLE = f"{FIELD}: [{PACKAGED}, mine.yaml]"


@dataclass(frozen=True)
class TechnologyFiles:
    """Where a space's overlays are found: those ``known`` by the path that names them, files relative to ``folder``.

    ``more`` is laid over what the space fixes: files, names of packaged overlays, or overlays.
    """

    folder: Path = Path()
    known: Mapping[str, Overlay] = field(default_factory=dict)
    more: tuple[str | Path | Overlay, ...] = ()

    def laid_over(self, technology: Technology, given: str | Path | Overlay) -> Technology:
        """A technology with the overlay that a space names."""
        if isinstance(given, Overlay) or given in self.known:
            return technology.with_overlay(given if isinstance(given, Overlay) else self.known[str(given)])
        is_file = Path(given).suffix.lower() in (".yaml", ".yml")
        return load_technology(self.folder / given if is_file else given, base=technology)


def space_technology(fixed: Any, axis: Any, files: TechnologyFiles) -> Technology | Variants:
    """What a space's designs are computed with.

    Parameters
    ----------
    fixed : what ``fixed: technology`` says, one overlay or a list, each over the one before; None for none
    axis : what ``axes: technology`` says, a list of overlays or ``packaged``; None where there is no such axis
    files : TechnologyFiles

    Raises
    ------
    InputError
        Neither a file nor a list of files, a name given twice, or the faults of an overlay.
    """
    base = packaged_technology()
    for given in _listed(fixed, "fixed"):
        base = files.laid_over(base, given)
    for overlay in files.more:
        base = base.with_overlay(overlay) if isinstance(overlay, Overlay) else load_technology(overlay, base=base)
    _check_names(base)
    fields(base)
    if axis is None:
        return base
    if not isinstance(axis, list) or not axis:
        raise InputError(f"axes.{FIELD}", f"must be a list such as {_EXAMPLE}, got {shown(axis)}")
    names, technologies = [], []
    for given in _listed(axis, "axes"):
        technology = base if given == PACKAGED else files.laid_over(base, given)
        names.append(PACKAGED if given == PACKAGED else technology.overlays[-1].name)
        technologies.append(technology)
        _check_names(technology)
        fields(technology)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"axes.{FIELD}", [f"{name!r} is given twice; give each overlay a name of its own"
                                           for name in twice])  # fmt: skip
    return Variants(tuple(names), tuple(technologies), base)


def _listed(given: Any, where: str) -> list[str]:
    """Names of overlays, one or several."""
    listed = given if isinstance(given, list) else [] if given is None else [given]
    wrong = [each for each in listed if not isinstance(each, str) or not each.strip()]
    if wrong:
        raise InputError(f"{where}.{FIELD}", f"must name overlay files, such as {_EXAMPLE}, got {shown(wrong[0])}")
    return [each if isinstance(each, str) else str(each) for each in listed]


def _check_names(technology: Technology) -> None:
    """Refuse overlays of one name: in a run's folder one would lie in the other's place."""
    names = [overlay.file_name for overlay in technology.overlays]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError("--technology", [f"two overlays are named {name.removesuffix('.yaml')!r}; name one otherwise"
                                          for name in twice])  # fmt: skip
