"""A network as it was read from a file, with what its layer table does not say."""

from dataclasses import dataclass
from typing import Any

from siam_dse.workload.network import Network


@dataclass(frozen=True)
class Reading:
    """A network and how it was read.

    ``batch`` is how many inputs the file is made for: figures are an input's. ``left_open`` names the sizes that were
    taken as a batch of one, ``as_positions`` the inputs whose first axis above 1 counts as positions,
    ``weight_inputs`` the inputs read as weights, ``folded`` the nodes without work of their own: constants, the
    arithmetic of shapes, normalisation that is part of weights, what leads to no output.
    """

    network: Network
    batch: int = 1
    left_open: tuple[str, ...] = ()
    as_positions: tuple[str, ...] = ()
    weight_inputs: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()

    @property
    def totals(self) -> dict[str, Any]:
        """Counts of one input: weights (no bias, no normalisation), multiply-accumulates, vector operations, layers."""
        network = self.network
        return {
            "weights": int(network.weights.sum()),
            "weight_macs": int(network.weight_macs.sum()),
            "product_macs": int(network.product_macs.sum()),
            "vector_operations": int(network.vector.sum()),
            "layers": network.n_layers,
            "batch": self.batch,
            "folded": list(self.folded),
        }

    @property
    def notes(self) -> list[str]:
        """What a user should know of how the file was read."""
        lines = []
        if self.batch > 1:
            lines.append(f"the file is made for a batch of {self.batch}; figures are of one input")
        if self.left_open:
            lines.append(f"open size {', '.join(self.left_open)} is read as a batch of one; others: --dim NAME=VALUE")
        if self.as_positions:
            names = ", ".join(self.as_positions[:6])
            lines.append(
                f"the first axis of {names} counts as positions; where it is a batch give --input-shape NAME=1,..."
            )
        if self.weight_inputs:
            lines.append(f"read as weights, not as inputs: {', '.join(self.weight_inputs[:6])}")
        return lines
