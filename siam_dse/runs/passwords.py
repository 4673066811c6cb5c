"""Passwords in a storage's URL: used while a command runs, never kept in a file or shown in a message."""

import re

_HIDDEN = "***"
_USER = re.compile(r"(\w://[^:/\s]*):.*@")  # up to the last @: rather too much is hidden than too little
_QUERY = re.compile(r"([?&](?:password|passwd|sslpassword)=)[^&\s]*", re.IGNORECASE)


def without_password(text: str) -> str:
    """The text with the password of a URL in it replaced by three stars."""
    return _QUERY.sub(rf"\1{_HIDDEN}", _USER.sub(rf"\1:{_HIDDEN}@", text))


def lacks_password(url: str) -> bool:
    """Whether a URL had a password that was taken out."""
    return f":{_HIDDEN}@" in url or f"={_HIDDEN}" in url
