"""Gates of a network file: a map that another layer's output multiplies on its way to a reader."""

from collections.abc import Sequence
from dataclasses import replace

from siam_dse.workload.graph import Layer, volume
from siam_dse.workload.wiring import HOST_NAME, Wire

_RULE = "a gate multiplies one map that another layer makes; name one producer in from and one gate, not the host"


def with_gates(
    names: Sequence[str], layers: Sequence[Layer | None], wires: Sequence[Wire], problems: list[str]
) -> tuple[list[Layer | None], list[Wire]]:
    """Layers and edges with each ``gate`` as an operand of the vector unit.

    Whichever of the map and its gate is made last holds the product: the other one is its operand, and readers of the
    gated map read that layer. Faults are noted.
    """
    out = list(layers)
    index = {name: i for i, name in enumerate(names)}
    left = [wire for wire in wires if wire.kind != "gate"]
    for gate in (wire for wire in wires if wire.kind == "gate"):
        inputs = [wire for wire in left if wire.consumer == gate.consumer and wire.kind == "input"]
        ends = [gate.producer, *(wire.producer for wire in inputs)]
        n_gates = sum(wire.kind == "gate" and wire.consumer == gate.consumer for wire in wires)
        if len(set(ends)) != 2 or len(ends) != 2 or n_gates != 1 or HOST_NAME in ends:
            problems.append(f"{gate.place}: gate: got {gate.producer!r}; {_RULE}")
            continue
        (data,) = inputs
        known = [out[index[name]] for name in ends if name in index]
        if len(known) != 2 or any(layer is None for layer in known):
            left.append(replace(gate, kind="operand"))  # the checks of edges name what is unknown
            continue
        last = max(ends, key=index.__getitem__)
        made, owner = out[index[data.producer]], out[index[last]]
        if made is None or owner is None:
            continue
        shape = data.read_as or made.pooled
        owner = replace(owner, vector=replace(owner.vector, simple=owner.vector.simple + volume(shape)))
        if last == gate.producer:
            owner = replace(owner, gives=shape)
            left[left.index(data)] = replace(data, producer=last, read_as=None)
            left.append(replace(gate, producer=data.producer, consumer=last, kind="operand", read_as=data.read_as))
        else:
            left.append(replace(gate, consumer=last, kind="operand"))
        out[index[last]] = owner
    return out, left
