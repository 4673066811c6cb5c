"""Passwords in a storage's URL: used while a command runs, never kept in a file or shown in a message."""

import re

_HIDDEN = "***"
_PASSWORD = re.compile(r"(://[^/\s:@]*):[^/\s]*@")


def without_password(text: str) -> str:
    """The text with the password of each URL in it replaced by three stars."""
    return _PASSWORD.sub(rf"\1:{_HIDDEN}@", text)


def lacks_password(url: str) -> bool:
    """Whether a URL had a password that was taken out."""
    return f":{_HIDDEN}@" in url
