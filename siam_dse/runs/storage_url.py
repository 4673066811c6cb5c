"""Storage URLs: what is none is refused with the right spelling; a file's is kept relative to the run."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from siam_dse.core.errors import InputError
from siam_dse.core.text import short, text_fault
from siam_dse.runs.passwords import lacks_password, without_password

JOURNAL_SUFFIX = ".journal"
STUDY_DB = "study.db"  # of a run, in its folder
RUN_JSON = "run.json"
OPTION = "--storage"
_SQLITE = re.compile(r"(?P<scheme>sqlite(?:\+\w+)?:///)(?P<path>[^?]+)(?P<query>\?.*)?", re.DOTALL)
_SCHEME = re.compile(r"(?P<dialect>[a-z]\w*)(?:\+(?P<driver>\w+))?:(?P<slashes>/*)", re.IGNORECASE)
_SQLITE_SUFFIXES = (".db", ".sqlite", ".sqlite3")
_TIMEOUT = "timeout"
_MEMORY = (":memory:", "")
_DIALECTS = ("sqlite", "postgresql", "mysql", "mariadb", "oracle", "mssql")
_RIGHT = (
    "write sqlite:///FILE, postgresql://USER@HOST/DATABASE, mysql+pymysql://USER@HOST/DATABASE, or a path that ends in "
    ".journal"
)


def check_storage_url(url: str) -> str:
    """The URL, if an Optuna storage can be at it.

    Raises
    ------
    InputError
        No URL, one of a database in memory, or of one whose driver is not installed; the message has the right
        spelling.
    """
    problem = _problem(url)
    if problem:
        raise InputError(OPTION, f"{short(without_password(url))!r}: {problem}")
    return url


def kept_url(url: str, folder: Path) -> str:
    """The URL as run.json keeps it: without password, the file of SQLite or of a journal relative to the run's folder.

    A file given with its whole path keeps it.
    """
    path, build = _file(url)
    if path is None or path.is_absolute():
        return without_password(url)
    return build(Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix())


def used_url(kept: str, folder: Path) -> str:
    """The URL of a kept one.

    Raises
    ------
    InputError
        It has a password, which is not kept.
    """
    if lacks_password(kept):
        raise InputError(
            OPTION,
            f"{kept}: the password is not kept; give the URL with it, or leave it out of the URL and keep it where "
            "the database's client looks for it (PostgreSQL: ~/.pgpass)",
        )
    path, build = _file(kept)
    return kept if path is None else build(Path(os.path.normpath(folder.resolve() / path)).as_posix())


def check_no_other_runs(url: str, folder: Path | None = None) -> str:
    """The URL, unless its file is the own study of another run than that in ``folder``, which writes it anew.

    Raises
    ------
    InputError
    """
    file = file_of(url)
    if file is not None and file.name == STUDY_DB and (file.parent / RUN_JSON).is_file():
        run = file.parent.resolve()
        if folder is None or run != folder.resolve():
            raise InputError(OPTION, f"{url}: is the study of the run {file.parent}, which writes it anew as a whole; "
                             "give another file")  # fmt: skip
    return url


def file_of(url: str) -> Path | None:
    """File of an SQLite or journal storage; None for a server's."""
    return _file(url)[0]


def sqlite_url(path: Path) -> str:
    """URL of an SQLite file."""
    return f"sqlite:///{path.resolve().as_posix()}"


def _file(url: str) -> tuple[Path | None, Callable[[str], str]]:
    """File of an SQLite or journal storage, and what makes a URL of another path; None for a server's."""
    found = _SQLITE.fullmatch(url)
    if found and found["path"] not in _MEMORY:
        return Path(found["path"]), lambda path: f"{found['scheme']}{path}{found['query'] or ''}"
    if url.endswith(JOURNAL_SUFFIX) and "://" not in url:
        return Path(url), str
    return None, str


def _problem(url: str) -> str | None:
    """What is wrong with a URL, and the right spelling; None if nothing is."""
    if not url.strip():
        return f"is no storage; {_RIGHT}"
    fault = text_fault(url) or ("has a tab or a line end; remove it" if set(url) & set("\t\r\n") else None)
    if fault:
        return fault
    if url != url.strip():
        return f"begins or ends with a space; write {url.strip()}"
    found = _SCHEME.match(url)
    if url.endswith(JOURNAL_SUFFIX):
        path = re.sub(r"^\w+:/{0,3}", "", url)
        return f"is a journal, which has no URL; write its path, {path}" if found and found["slashes"] else None
    if found is None or not found["slashes"]:
        if Path(url).suffix.lower() in _SQLITE_SUFFIXES:
            path = re.sub(r"^sqlite:", "", url, flags=re.IGNORECASE)
            return f"is a path, not a URL; write sqlite:///{path}"
        return f"is no URL of a storage; {_RIGHT}"
    dialect = found["dialect"].lower()
    if dialect == "postgres":
        return "write postgresql:// in place of postgres://"
    if dialect not in _DIALECTS:
        return f"{dialect} is no database that Optuna's tables can be in; {_RIGHT}"
    if dialect == "sqlite":
        if found["dialect"] != dialect:
            return f"write sqlite in small letters: sqlite{url[len(dialect) :]}"
        if found["driver"] not in (None, "pysqlite"):
            return f"{found['driver']} is no driver that is used here; write sqlite:///FILE"
        if _file(url)[0] is None:
            return (
                "is a database in memory or no file, and nothing would be kept; SQLite takes three slashes and a path: "
                "sqlite:///study.db, or sqlite:////whole/path/study.db"
            )
        return _query_fault(url)
    if len(found["slashes"]) != 2:
        return f"takes two slashes: {dialect}://USER@HOST/DATABASE"
    return None


def _query_fault(url: str) -> str | None:
    """What is wrong with the options behind an SQLite file; None if nothing is."""
    for part in filter(None, url.partition("?")[2].split("&")):
        name, _, value = part.partition("=")
        if name != _TIMEOUT:
            return f"the only option of an SQLite file is ?{_TIMEOUT}=SECONDS, got {short(name)!r}; leave it out"
        if not re.fullmatch(r"\d{1,6}(\.\d*)?", value):
            return f"{_TIMEOUT} must be a number of seconds, got {short(value)!r}"
    return None
