"""Recurrent layers: one matrix from inputs and states to gates, whose time steps wait for each other."""

from siam_dse.workload.graph import Layer, Vector

GATES = {"lstm": 4, "gru": 3, "rnn": 1}
# A state of a step, by gates: sigmoids and hyperbolic tangents; multiplications and additions.
_SPECIALS = {4: 5, 3: 3, 1: 1}
_SIMPLES = {4: 4, 3: 6, 1: 0}


def recurrent_layer(name: str, gates: int, places: tuple[int, int], inputs: int, hidden: int) -> Layer:
    """A layer that keeps its states: ``places`` are its time steps as a map, ``hidden`` the states that it gives.

    The input counts the states, which no edge brings.
    """
    steps = places[0] * places[1]
    vector = Vector(simple=_SIMPLES[gates] * steps * hidden, special=_SPECIALS[gates] * steps * hidden)
    ifm, gives = (*places, inputs + hidden), (*places, hidden)
    return Layer(name, "conv", ifm, (1, 1), gates * hidden, sequential=True, gives=gives, vector=vector)
