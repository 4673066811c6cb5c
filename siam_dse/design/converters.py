"""Designs whose converters run at other bits in some layers than they can do."""

import numpy as np

from siam_dse.core.arrays import BoolArray
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code

# Fields that say at how many bits converters run in a layer, beside those of what they can do.
BY_LAYER_FIELDS = ("adc_rule", "adc_sqnr_target_db")


def chooses_bits(designs: Designs) -> BoolArray:
    """Designs whose layers have the fewest bits that keep their SQNR, (D,)."""
    return np.asarray(designs.adc_rule == code("adc_rule", "per_layer"))


def differ_by_layer(designs: Designs) -> BoolArray:
    """Designs whose converters may run at different bits from layer to layer, (D,)."""
    ends = designs.adc_bits_first_last
    differs = (ends != designs.adc_bits) | (designs.kind_b & (ends != designs.kind_b_adc_bits))
    return np.asarray(chooses_bits(designs) | ((ends > 0) & differs))
