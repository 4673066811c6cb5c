"""What the accuracy engine declares: SQNR, and the points of top-1 that it costs."""

from dataclasses import replace

import numpy as np

from siam_dse.core.arrays import BoolArray
from siam_dse.core.declare import Column, Composed, Engine, Need, Note, Part, figure
from siam_dse.design.designs import Designs
from siam_dse.engines.accuracy.bits import BITS_FIELDS, all_bits, converter_bits
from siam_dse.engines.accuracy.engine import ACCURACY_FIELDS, AccuracyCost, accuracy_cost
from siam_dse.workload.network import Network


def _cost(view: Designs, network: Network, converters: Need) -> AccuracyCost:
    bits = converters.record.bits
    return accuracy_cost(view, network, None if bits is None else converters.at(bits))


def _says_bits(f: Composed) -> str:
    bits = f.record("converters").bits
    if bits is None:
        return ""
    each, count = np.unique(bits[0][~f.network.is_product], return_counts=True)
    named = ", ".join(f"{few} bits in {n}" for few, n in zip(each.tolist(), count.tolist(), strict=True))
    short = int(f.figure("converters.is_short")[0].sum())
    missed = f" {short} of them miss {f.designs.adc_sqnr_target_db[0]:g} dB at their most bits, which they run at."
    return f" Converters run at {named} layer(s).{missed if short else ''}"


def _misses_target(f: Composed) -> BoolArray:
    if f.record("converters").bits is None:
        return np.zeros(len(f.designs), dtype=bool)
    return np.asarray(f.figure("converters.is_short").any(axis=1))


def _says(f: Composed) -> str:
    return _says_loss(f) + _says_bits(f)


def _says_loss(f: Composed) -> str:
    low, likely, high = (f.figure(f"accuracy.accuracy_loss_{name}pct")[0] for name in ("low_", "", "high_"))
    if not f.network.has_top1:
        return f"SQNR {f.figure('accuracy.sqnr_db')[0]:.3g} dB; no loss of top-1 is given."
    return (
        f"SQNR {f.figure('accuracy.sqnr_db')[0]:.3g} dB: about {likely:.3g} points of top-1 lost "
        f"({low:.3g} to {high:.3g})."
    )


ACCURACY = Engine(
    name="accuracy",
    word="accuracy",
    parts=(
        Part("converters", all_bits),
        Part("accuracy", _cost, ACCURACY_FIELDS, needs=("converters",)),
    ),
    columns=(
        Column("sqnr_db", "dB", "signal to quantisation and variation noise, the noise averaged over layers",
               "maximise", figure("accuracy.sqnr_db")),
        Column("accuracy_loss_pct", "%", "points of top-1 lost against int8; none for networks without int8_top1",
               "minimise",
               figure("accuracy.accuracy_loss_pct")),
    ),
    notes=(
        Note("no_top1", "the network states no int8_top1, so no loss of top-1 is given",
             lambda f: np.full(len(f.designs), not f.network.has_top1)),
        Note("sqnr_target", "some layers miss adc_sqnr_target_db at the most bits that their converters may have, and "
             "run at those: explain says how many", _misses_target),
        Note("accuracy_depth", "the points of top-1 lost are extrapolated beyond the networks they were measured on",
             figure("accuracy.is_extrapolated")),
    ),
    says=_says,
)  # fmt: skip

# The same where converters may run at different bits from layer to layer.
ACCURACY_BY_LAYER = replace(ACCURACY, parts=(Part("converters", converter_bits, BITS_FIELDS), *ACCURACY.parts[1:]))
