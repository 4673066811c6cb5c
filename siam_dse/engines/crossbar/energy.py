"""Energy of a network's layers on crossbars: of all together, or layer by layer and component by component."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, IntArray, freeze, total
from siam_dse.design.designs import Designs
from siam_dse.design.process import crossbar_logic_supply
from siam_dse.engines.crossbar.array import mean_cell_conductance, reference_conductance
from siam_dse.engines.crossbar.by_layer import at_bits
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.design_case import DIGITAL, counts_pedestal
from siam_dse.engines.crossbar.law import EnergyLaw
from siam_dse.engines.crossbar.loading import (
    Conversions,
    LayerLoading,
    LayerShapes,
    crossbars_of,
    layer_loading,
    layer_shapes,
    network_loading,
)
from siam_dse.engines.crossbar.pedestal import pedestal_energy
from siam_dse.engines.crossbar.subarray import ByComponent, Converter, converter, energy_laws, frozen
from siam_dse.workload.network import Network


@dataclass(frozen=True)
class CrossbarEnergy:
    """Energy of one inference of one copy of the network, for U designs and L layers; computed when asked for.

    ``total_j`` is that of all layers, (U,); by layer, (U, L): ``energy_j`` and its components, ``conversions``, the
    codes that converters give, and ``bit_vectors``, those that crossbars take: positions x reads of their bits x (1 -
    sparsity) x crossbars of the layer. ``bits``, (U, L), are those that converters run at in each layer, None: all that
    they can do.
    """

    designs: Designs
    network: Network
    case: Case
    bits: IntArray | None = None

    @cached_property
    def total_j(self) -> FloatArray:
        """Energy of all layers together [J], (U,)."""
        if self.bits is not None:
            return freeze(self.energy_j.sum(axis=1))
        all_layers = network_loading(crossbars_of(self.designs), self.network)
        bilinear = total(law.energy(all_layers.loading) for law in self._laws.values())
        parallel = total(self._energy_of(part, self._converter).sum(axis=1) for part in all_layers.conversions)
        lone = self._lone_conversion_j * all_layers.loading.active_columns
        converting = np.where(self.case.is_row_by_row, lone, self.case.code_share * parallel)
        return freeze(self._measured * self.case.input_reads * (bilinear + converting))

    @cached_property
    def energy_j(self) -> FloatArray:
        """Energy of each layer [J], (U, L)."""
        return freeze(total(self.by_component.values()))

    @cached_property
    def by_component(self) -> ByComponent:
        """Energy of each layer by component [J], (U, L) each."""
        layer = self._by_layer
        one = {name: law.energy(layer.loading) for name, law in self._laws.items()}
        used = self._converter if self.bits is None else at_bits(self._converter, self.case, self.bits)
        parallel = total(self._energy_of(part, used) for part in layer.conversions)
        parallel = self.case.code_share[:, None] * parallel
        lone = self._lone_conversion_j[:, None] * layer.loading.active_columns
        one["adc"] = np.where(self.case.is_row_by_row[:, None], lone, parallel)
        return frozen({name: values * (self._measured * self._vectors) for name, values in one.items()})

    @cached_property
    def conversions(self) -> FloatArray:
        """Conversions of each layer, (U, L)."""
        loading = self._by_layer.loading
        parallel = self.case.code_share[:, None] * loading.read_columns
        codes = np.where(self.case.is_row_by_row[:, None], loading.active_columns, parallel)
        return freeze(self._vectors * codes)

    @cached_property
    def bit_vectors(self) -> FloatArray:
        """Bit-vectors that the crossbars of each layer take, (U, L)."""
        return freeze(self._vectors * self._by_layer.loading.crossbars)

    @cached_property
    def _by_layer(self) -> LayerLoading:
        return layer_loading(crossbars_of(self.designs), self._shapes)

    @cached_property
    def _vectors(self) -> FloatArray:
        """Bit-vectors of each layer, (U, L)."""
        return np.asarray(self._shapes.vectors * self.case.input_reads[:, None])

    @cached_property
    def _shapes(self) -> LayerShapes:
        return layer_shapes(self.network)

    @property
    def _measured(self) -> float:
        """Factor of a calibrated macro, 1 of none."""
        return self.designs.technology.constants("calibration")["energy"]

    @cached_property
    def _laws(self) -> Mapping[str, EnergyLaw]:
        """Energy of a bit-vector by component but the converter's, (U,)."""
        pedestal = pedestal_energy(self.case, counts_pedestal(self.designs))
        laws = {**energy_laws(self.case), "pedestal": pedestal}
        return laws | {name: laws[name].times(crossbar_logic_supply(self.designs) ** 2) for name in DIGITAL}

    @cached_property
    def _converter(self) -> Converter:
        """A flash converter is on as long as a whole column takes at the design's activity, whatever the layer."""
        case, designs = self.case, self.designs
        lit = np.where(case.is_row_by_row, 1, np.maximum(designs.input_activity * case.read_rows, 1))
        return converter(case, mean_cell_conductance(case) * lit, designs.adc_thermal_floor)

    @cached_property
    def _lone_conversion_j(self) -> FloatArray:
        """Energy of a conversion that sees one active row [J], (U,)."""
        return np.asarray(self._converter.energy(np.ones(len(self.case))))

    def _energy_of(self, part: Conversions, used: Converter) -> AnyArray:
        """Energy of conversions that see all active rows at once [J], shaped like them."""
        together = self.case.weight_cells / self.case.weight_codes * reference_conductance(self.case)
        foreign = (together * ~self.case.is_sram)[:, None] * part.foreign_active_rows
        return part.count * used.energy(part.active_rows, part.dark_share, foreign)
