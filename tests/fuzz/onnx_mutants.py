"""ONNX graphs that still parse, with something changed in them: what bytes at random hardly ever reach."""

import random
from collections.abc import Sequence

from google.protobuf.message import DecodeError
from onnx import ModelProto, TensorProto, defs, helper

from tests.fuzz.mutate import mutated

_INTEGERS = (0, -1, 1, 2, 3, 7, 64, 2**31, 2**63 - 1, -(2**63))
_OPERATIONS = (*sorted({schema.name for schema in defs.get_all_schemas()}), "Unknown")
_DOMAINS = ("", "com.microsoft", "ai.onnx", "x")


def mutant(content: bytes, rng: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """A model with one to four changes of its graph; a third of them of its bytes, as of any other file."""
    model = ModelProto()
    if rng.random() < 1 / 3:
        return mutated(content, rng, others)
    try:
        model.ParseFromString(content)
    except DecodeError:
        return mutated(content, rng, others)
    for _ in range(rng.choice((1, 1, 2, 4))):
        if model.graph.node:
            rng.choice(_CHANGES)(model, rng)
    return model.SerializeToString()


def _operation(model: ModelProto, rng: random.Random) -> None:
    node = rng.choice(model.graph.node)
    node.op_type = rng.choice(_OPERATIONS)
    node.domain = rng.choice(_DOMAINS) if rng.random() < 0.1 else node.domain


def _read_name(model: ModelProto, rng: random.Random) -> None:
    names = [name for node in model.graph.node for name in (*node.input, *node.output)]
    names += [tensor.name for tensor in model.graph.initializer]
    node = rng.choice(model.graph.node)
    if node.input and rng.random() < 0.7:
        node.input[rng.randrange(len(node.input))] = rng.choice([*names, "", "nowhere"])
    else:
        node.input.append(rng.choice(names))


def _fewer(model: ModelProto, rng: random.Random) -> None:
    fields = (model.graph.node, model.graph.initializer, model.graph.input, model.graph.output, model.opset_import)
    node = rng.choice(model.graph.node)
    field = rng.choice([each for each in (*fields, node.input, node.output, node.attribute) if len(each)])
    del field[rng.randrange(len(field))]


def _attribute(model: ModelProto, rng: random.Random) -> None:
    node = rng.choice(model.graph.node)
    if not node.attribute or rng.random() < 0.3:
        name = rng.choice(
            (
                "axis",
                "axes",
                "perm",
                "pads",
                "strides",
                "kernel_shape",
                "group",
                "transB",
                "keepdims",
                "to",
                "equation",
                "auto_pad",
                "mode",
                "hidden_size",
                "num_heads",
                "blocksize",
                "split",
                "value",
            )
        )
        node.attribute.append(
            helper.make_attribute(name, rng.choice((_number(rng), [_number(rng)], 0.5, "x", b"\xff")))
        )
        return
    attribute = rng.choice(node.attribute)
    if len(attribute.ints) and rng.random() < 0.8:
        attribute.ints[rng.randrange(len(attribute.ints))] = _number(rng)
    elif rng.random() < 0.3:
        attribute.type = rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 0))
    elif rng.random() < 0.5:
        attribute.ints.append(_number(rng))
    else:
        attribute.i = _number(rng)


def _tensor(model: ModelProto, rng: random.Random) -> None:
    if not model.graph.initializer:
        return
    tensor = rng.choice(model.graph.initializer)
    if len(tensor.dims) and rng.random() < 0.6:
        tensor.dims[rng.randrange(len(tensor.dims))] = _number(rng)
    elif rng.random() < 0.4:
        tensor.data_type = rng.choice((*TensorProto.DataType.values(), 99))
    elif rng.random() < 0.5:
        tensor.raw_data = tensor.raw_data[: rng.randrange(len(tensor.raw_data) + 1)]
    else:
        tensor.dims.append(_number(rng))


def _input(model: ModelProto, rng: random.Random) -> None:
    if not model.graph.input:
        return
    shape = rng.choice(model.graph.input).type.tensor_type.shape
    if shape.dim and rng.random() < 0.7:
        dim = rng.choice(shape.dim)
        if rng.random() < 0.3:
            dim.dim_param = rng.choice(("n", "", "batch", "x" * 300))
        else:
            dim.dim_value = _number(rng)
    elif rng.random() < 0.5:
        shape.dim.add().dim_value = _number(rng)
    else:
        shape.ClearField("dim")


def _opset(model: ModelProto, rng: random.Random) -> None:
    if model.opset_import:
        rng.choice(model.opset_import).version = rng.choice((1, 5, 6, 9, 11, 13, 21, *_INTEGERS))


def _twice(model: ModelProto, rng: random.Random) -> None:
    node = rng.choice(model.graph.node)
    copy = type(node)()
    copy.CopyFrom(node)
    model.graph.node.insert(rng.randrange(len(model.graph.node) + 1), copy)
    if copy.output and rng.random() < 0.7:
        model.graph.node[-1].output[:] = [f"{name}2" for name in model.graph.node[-1].output]


def _number(rng: random.Random) -> int:
    return rng.choice(_INTEGERS) if rng.random() < 0.6 else rng.randrange(-4, 40)


_CHANGES = (_operation, _read_name, _fewer, _attribute, _attribute, _tensor, _tensor, _input, _opset, _twice)
