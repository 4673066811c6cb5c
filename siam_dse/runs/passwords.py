"""Passwords in a storage's URL: used while a command runs, never kept in a file or shown in a message.

Rather too much is hidden than too little.
"""

import re
from urllib.parse import unquote

_HIDDEN = "***"
_USER = re.compile(r"(\w:/{1,2}[^:/@]*):.*@", re.DOTALL)  # up to the last @, with one slash or two
_BARE_USER = re.compile(r"(\b(?:postgres|mysql|mariadb|mssql|oracle)[\w+]*:[^:/@]*):.*@", re.IGNORECASE | re.DOTALL)
_ENTRY = re.compile(r"(?P<key>[\w%.+-]+)(?P<is>\s*=\s*)(?P<value>'[^']*'|\"[^\"]*\"|\{[^}]*\}|[^&;\s]*)")
_SECRET = re.compile(r"pass|pwd|token|secret|credential|odbc_connect|api_?key", re.IGNORECASE)


def without_password(text: str) -> str:
    """The text with the password of a URL in it replaced by three stars."""
    text = _BARE_USER.sub(rf"\1:{_HIDDEN}@", _USER.sub(rf"\1:{_HIDDEN}@", text))
    return _ENTRY.sub(lambda found: f"{found['key']}{found['is']}{_HIDDEN}" if _is_secret(found) else found[0], text)


def lacks_password(url: str) -> bool:
    """Whether a URL had a password that was taken out."""
    return f":{_HIDDEN}@" in url or f"={_HIDDEN}" in url


def _is_secret(found: re.Match[str]) -> bool:
    """Whether an entry's key says that its value is a password, or its value holds one (an escaped connection text)."""
    return bool(_SECRET.search(unquote(found["key"])) or re.search(r"(?:pwd|password)=", unquote(found["value"]), re.I))
