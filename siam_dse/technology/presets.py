"""Presets: fields of a design that describe a fabricated macro or a published system.

Those of macros (``technology/presets``) are overlays, too, which calibrate the crossbar on measured points; those of
systems (``technology/systems``) change no constant.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.yaml_text import read_yaml

FOLDER = Path(__file__).parent / "presets"
SYSTEMS = Path(__file__).parent / "systems"


def preset_names() -> tuple[str, ...]:
    """Names of the packaged presets of macros."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def system_names() -> tuple[str, ...]:
    """Names of the packaged presets of systems."""
    return tuple(sorted(path.stem for path in SYSTEMS.glob("*.yaml")))


def preset_path(name: str) -> Path:
    """File of a preset: a packaged one by its name, or one of a user's by its path.

    Raises
    ------
    InputError
        There is none of that name.
    """
    if name in preset_names():
        return FOLDER / f"{name}.yaml"
    if name in system_names():
        return SYSTEMS / f"{name}.yaml"
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return path
    raise InputError("--preset", unknown_name("preset", name, (*preset_names(), *system_names())))


def preset_fields(name: str) -> Mapping[str, Any]:
    """Fields of a design that a preset sets."""
    path = preset_path(name)
    content = read_yaml(path)
    fields = content.get("design", {}) if isinstance(content, dict) else None
    if not isinstance(fields, dict):
        raise InputError(str(path), "design: must be a mapping of fields")
    return fields


def preset_overlays(name: str) -> tuple[Path, ...]:
    """What a preset lays over the technology: its file, or nothing where it changes no constant."""
    return () if name in system_names() else (preset_path(name),)
