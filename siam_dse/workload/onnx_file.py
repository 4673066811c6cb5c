"""An ONNX file without its weights: the fields that hold large data are left out while the file is read.

A model is a tree of protocol-buffer messages. Walking it on the mapped file and copying all but the data of large
tensors takes the memory of the graph alone; the weights' shapes stay. External data is never opened.
"""

import mmap
from pathlib import Path
from typing import Any

from siam_dse.core.errors import InputError

KEPT_BYTES = 1 << 16  # data of a tensor up to this size is kept: sizes, indices, scales, masks
_MOST_DEPTH = 40  # subgraphs within subgraphs
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
# Fields of each message that lead to tensors (onnx.proto, IR version 13): number -> message.
_FIELDS = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_DATA = {4, 5, 6, 7, 9, 10, 11}  # float, int32, string, int64, raw, double and uint64 data of a tensor


def load_model(path: Path) -> Any:
    """The model of a file as a protocol buffer, large tensors without their data.

    Raises
    ------
    InputError
        The package ``onnx`` is missing, there is no such file, or it is not a model.
    """
    try:
        import onnx
    except ImportError:
        message = "reading ONNX needs the package onnx; install it: pip install 'siam-dse[onnx]'"
        raise InputError(str(path), message) from None
    if not path.is_file():
        raise InputError(str(path), "is no plain file" if path.exists() else "there is no such file; check the path")
    try:
        model = onnx.ModelProto()
        model.ParseFromString(_without_data(path))
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}") from None
    except Exception as error:
        raise InputError(str(path), f"is not a valid ONNX file: {str(error).splitlines()[0]}") from None
    if not model.HasField("graph") or not (model.graph.node or model.graph.output):
        raise InputError(str(path), "is not a valid ONNX file: it holds no graph")
    return model


def _without_data(path: Path) -> bytes:
    """Bytes of the model without the data of large tensors."""
    if path.stat().st_size <= KEPT_BYTES:
        return path.read_bytes()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return bytes(_copied(data, 0, len(data), "model", 0))


def _copied(data: mmap.mmap, start: int, end: int, message: str, depth: int) -> bytearray:
    """Fields of a message between two positions, copied; those that may hold large data are walked."""
    if depth > _MOST_DEPTH:
        text = "its subgraphs are nested too deep"
        raise ValueError(text)
    out = bytearray()
    while start < end:
        field = start
        key, start = _varint(data, start, end)
        wire = key & 7
        if wire == _VARINT:
            _, start = _varint(data, start, end)
        elif wire in (_FIXED64, _FIXED32):
            start += 8 if wire == _FIXED64 else 4
        elif wire == _BYTES:
            length, first = _varint(data, start, end)
            start = first + length
        else:
            text = f"field of an unknown kind at byte {field}"
            raise ValueError(text)
        if start > end:
            text = f"it is cut short at byte {end}"
            raise ValueError(text)
        if wire != _BYTES or start - field <= KEPT_BYTES:
            out += data[field:start]
        elif (inner := _FIELDS[message].get(key >> 3)) is not None:
            body = _copied(data, first, start, inner, depth + 1)
            out += _as_varint(key) + _as_varint(len(body)) + body
        elif message != "tensor" or key >> 3 not in _DATA:
            out += data[field:start]
    return out


def _varint(data: mmap.mmap, start: int, end: int) -> tuple[int, int]:
    """A variable-length integer, and the position after it."""
    value = shift = 0
    while start < end and shift < 70:
        byte = data[start]
        value |= (byte & 0x7F) << shift
        start, shift = start + 1, shift + 7
        if not byte & 0x80:
            return value, start
    text = f"it is cut short at byte {start}"
    raise ValueError(text)


def _as_varint(value: int) -> bytes:
    """A variable-length integer as it is written."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
