"""Sorts of dies in packages, and which layers lie on each."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, IntArray, of_layers
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.workload.network import Network


@dataclass(frozen=True)
class Dies:
    """N sorts of dies in the packages of U designs with L layers, package by package and layer by layer.

    A custom package has a sort for each die that starts with a layer, and as many of it as chiplets that the layer
    spans; a package of equal dies has one sort, spare ones included, that all layers lie on.
    """

    design: IntArray  # (N,)
    start: IntArray  # (N,) first layer as they lie, counted through all packages: design x L + place
    count: IntArray  # (N,) dies of the sort
    first_die: IntArray  # (U,) first sort of each package
    by_place: IntArray  # (L,) layers as they lie

    @property
    def n_layers(self) -> int:
        """Layers of the network."""
        return len(self.by_place)

    @property
    def layers(self) -> IntArray:
        """Layers on each sort, (N,)."""
        return np.diff(self.start, append=len(self.first_die) * self.n_layers)

    def largest(self, values: AnyArray) -> AnyArray:
        """Largest value among the layers on each sort, (N,), of (U, L)."""
        return np.maximum.reduceat(of_layers(values, self.by_place).ravel(), self.start)

    def sum_of_layers(self, values: IntArray) -> IntArray:
        """Sum over the layers on each sort, (N,), of (L,) whole numbers."""
        up_to = np.concatenate(([0], np.cumsum(values[self.by_place])))
        first = self.start % self.n_layers
        return np.asarray(up_to[first + self.layers] - up_to[first])

    def sum_by_layer(self, values: AnyArray) -> AnyArray:
        """Sum over the layers on each sort, (N,), of (U, L)."""
        return np.add.reduceat(of_layers(values, self.by_place).ravel(), self.start)

    def largest_of_package(self, values: AnyArray) -> AnyArray:
        """Largest value among the sorts of each package, (U,), of (N,)."""
        return np.maximum.reduceat(values, self.first_die)

    def sum_of_sorts(self, values: FloatArray) -> FloatArray:
        """Sum over the sorts of each package, (U,), of (N,)."""
        return np.add.reduceat(values, self.first_die)

    def sum_of_dies(self, values: FloatArray) -> FloatArray:
        """Sum over the dies of each package, (U,), of (N,)."""
        return self.sum_of_sorts(values * self.count)

    def of_each_layer(self, values: FloatArray) -> FloatArray:
        """Value of the die that each layer lies on, (U, L), of (N,)."""
        as_they_lie = np.repeat(values, self.layers).reshape(-1, self.n_layers)
        return of_layers(as_they_lie, np.argsort(self.by_place))


def dies_of(network: Network, mapping: ChipMapping, rows: IntArray) -> Dies:
    """Sorts of dies in the packages of U designs, each mapped as one of the ``rows`` of a mapping, (U,)."""
    by_place = network.by_place
    starts = of_layers((mapping.group_tiles > 0) & mapping.is_custom[:, None], by_place)
    starts[:, 0] = True
    n_layers = starts.shape[1]
    start = np.flatnonzero(starts[rows])
    design, place = np.divmod(start, n_layers)
    row, layer = rows[design], by_place[place]
    return Dies(
        design=design,
        start=start,
        count=np.where(mapping.is_custom[row], mapping.spanned_chiplets[row, layer], mapping.n_chiplets[row]),
        first_die=np.flatnonzero(place == 0),
        by_place=by_place,
    )
