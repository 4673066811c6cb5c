"""Mutations of files: what a disk, a network, an editor or a stranger does to them."""

import random
import re
from collections.abc import Sequence

_NUMBERS = (b"0", b"-1", b"1e400", b"-1e-400", b"nan", b"inf", b"1e308", b"2147483648", b"9" * 400, b"1_0", b"0x10",
            b"1:30:00", b"2024-13-45", b"1.5", b"")  # fmt: skip
_TEXTS = (b"\0", b"\x1b[2J", "\u202e".encode(), b"\xff\xfe", b"=1+1", b"!!float abc", b"&a [*a, *a]", b"[" * 50, b"\t",
          b"\n\n", b",,,", b'"', b": ", b"- ", b"{", b"true", b"null", b"~", b"<<: *x", b"!!python/object:os.system x",
          b"\r", b"a" * 2000, b"#")  # fmt: skip
_NUMBER = re.compile(rb"-?\d+\.?\d*(?:[eE][-+]?\d+)?")


def mutated(content: bytes, rng: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """The content after one to four mutations."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        content = rng.choice(_MUTATIONS)(content, rng, others)
    return content


def _flipped(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 8, 64)) if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _piece(content: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(content) + 1)
    return start, min(start + rng.choice((1, 4, 16, 200)), len(content))


def _without(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    start, stop = _piece(content, rng)
    return content[:start] + content[stop:]


def _doubled(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    start, stop = _piece(content, rng)
    return content[:stop] + content[start:stop] * rng.choice((1, 3)) + content[stop:]


def _lines(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    lines = content.split(b"\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[rng.choice((i, j))]
    return b"\n".join(lines)


def _other_number(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    found = list(_NUMBER.finditer(content))
    if not found:
        return content
    at = rng.choice(found)
    return content[: at.start()] + rng.choice(_NUMBERS) + content[at.end() :]


def _inserted(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + rng.choice(_TEXTS + _NUMBERS) + content[at:]


def _noise(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    at = rng.choice((0, len(content), rng.randrange(len(content) + 1)))
    return content[:at] + rng.randbytes(rng.choice((1, 4, 60))) + content[at:]


def _spliced(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others) if others else content
    at, take = rng.randrange(len(content) + 1), rng.randrange(len(other) + 1)
    return content[:at] + other[take:]


_MUTATIONS = (_flipped, _flipped, _cut, _without, _doubled, _lines, _other_number, _other_number, _inserted, _noise,
              _spliced)  # fmt: skip
