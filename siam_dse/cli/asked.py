"""The network that a command is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from siam_dse.cli.output import note
from siam_dse.core.errors import InputError

if TYPE_CHECKING:
    from siam_dse.workload.network import Network
    from siam_dse.workload.reading import Reading


@dataclass(frozen=True)
class AskedNetwork:
    """A zoo name or file, and what settles its sizes: options of the command line as they were written."""

    name: str
    tokens: int | None = None
    phase: str | None = None
    dims: tuple[str, ...] = ()
    input_shapes: tuple[str, ...] = ()

    @classmethod
    def of_options(
        cls, name: str, tokens: int | None, phase: str | None, dim: list[str] | None, input_shape: list[str] | None
    ) -> AskedNetwork:
        """The network of a command and its options ``--tokens``, ``--phase``, ``--dim`` and ``--input-shape``.

        ``name`` is "" where a command takes several networks, which share the options.
        """
        return cls(name, tokens, phase, tuple(dim or ()), tuple(input_shape or ()))

    def read(self) -> Reading:
        """The network with how it was read; says on stderr what was assumed."""
        from siam_dse.workload.load import read_network

        reading = read_network(
            self.name,
            tokens=self.tokens,
            phase=self.phase,
            dims=_sizes("--dim", self.dims, "NAME=VALUE, such as width=224"),
            input_shapes=_shapes(self.input_shapes),
        )
        for line in reading.notes:
            note(f"note: {self.name}: {line}")
        return reading

    def load(self) -> Network:
        """The network."""
        return self.read().network


def _pairs(option: str, texts: tuple[str, ...], form: str) -> dict[str, str]:
    """Names and values of an option that may be given several times."""
    out: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.rpartition("=")
        if not equals or not name:
            raise InputError(option, f"got {text!r}; write {form}")
        if name in out:
            raise InputError(option, f"names {name!r} twice; give it once")
        out[name] = value
    return out


def _whole(option: str, text: str, value: str) -> int:
    """A side of a tensor; 0 is that of an empty one."""
    if value.strip().isdecimal() and int(value[:12]) < 2**31:
        return int(value)
    raise InputError(option, f"got {text!r}; a size is a whole number below 2^31")


def _sizes(option: str, texts: tuple[str, ...], form: str) -> dict[str, int]:
    """Sizes by name."""
    return {name: _whole(option, f"{name}={v}", v) for name, v in _pairs(option, texts, form).items()}


def _shapes(texts: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Shapes by the name of an input."""
    option = "--input-shape"
    pairs = _pairs(option, texts, "NAME=1,3,640,640")
    return {name: tuple(_whole(option, f"{name}={v}", side) for side in v.split(",")) for name, v in pairs.items()}
