"""Folders installed beside the code: the zoo in ``models/`` and the files in ``search_spaces/``."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def packaged_folder(name: str) -> Path:
    """Folder ``name``: inside the installed package, or beside it in a checkout."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def data_folder(room: str, name: str = "data") -> Path:
    """Folder ``data``, or another one of files, of a room such as ``technology``."""
    return _PACKAGE / room / name
