"""Presets: overlays that describe a fabricated macro or a published system by the fields of a design.

Those of macros (``technology/presets``) calibrate the crossbar on measured points, too; those of systems
(``technology/systems``) change no constant.
"""

from pathlib import Path

from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.paths import data_folder
from siam_dse.technology.overlay import overlay_path


def preset_names() -> tuple[str, ...]:
    """Names of the packaged presets of macros."""
    return _names("presets")


def system_names() -> tuple[str, ...]:
    """Names of the packaged presets of systems."""
    return _names("systems")


def _names(folder: str) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in data_folder("technology", folder).glob("*.yaml")))


def preset_path(name: str) -> Path:
    """File of a preset: a packaged one by its name, or one of a user's by its path.

    Raises
    ------
    InputError
        There is none of that name.
    """
    known = (*preset_names(), *system_names())
    if name not in known and Path(name).suffix.lower() not in (".yaml", ".yml"):
        raise InputError("--preset", unknown_name("preset", name, known))
    return overlay_path(name)
