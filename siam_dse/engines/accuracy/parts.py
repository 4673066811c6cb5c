"""What the accuracy engine declares: SQNR, and the points of top-1 that it costs."""

import numpy as np

from siam_dse.core.declare import Column, Composed, Engine, Note, Part, figure
from siam_dse.engines.accuracy.engine import ACCURACY_FIELDS, accuracy_cost


def _says(f: Composed) -> str:
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
    parts=(Part("accuracy", accuracy_cost, ACCURACY_FIELDS),),
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
        Note("accuracy_depth", "the points of top-1 lost are extrapolated beyond the networks they were measured on",
             figure("accuracy.is_extrapolated")),
    ),
    says=_says,
)  # fmt: skip
