"""Service time of a channel: cycles that it takes a packet when packets wait for it.

A router with V virtual channels of B flits needs F + 2 cycles of a virtual channel for a packet of F flits, and a
credit comes back after 7 cycles. Which of the limits (flits, virtual channels, credits) binds depends on what feeds
the channel.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray
from siam_dse.engines.mesh.cases import ASAP_BLOCK, Cases
from siam_dse.engines.mesh.channels import EJECTION, INJECTION, ChannelUse
from siam_dse.technology.load import Constants


@dataclass(frozen=True)
class RouterService:
    """Service times of a case's routers, (n,) [cycle a packet], and what follows from them."""

    merge: FloatArray  # a channel that several sources use
    single: FloatArray  # a channel that one source uses
    eject: FloatArray  # an ejection channel that several ports feed
    tie: FloatArray  # loss where flits, virtual channels and credits limit alike, 1 = none
    window: FloatArray  # packets of a port under way at once: virtual channels beyond those that full rate needs


def router_service(
    constants: Constants, flits: FloatArray, virtual_channels: FloatArray, vc_flits: FloatArray
) -> RouterService:
    """Service times from packet length and buffers.

    Parameters
    ----------
    constants : Constants
        Of the mesh.
    flits, virtual_channels, vc_flits : (n,)

    Returns
    -------
    RouterService

    Notes
    -----
    With n = F / B, r = ceil(n), g = 1 + 0.15 / B for V > 1:
    eject max(F, (F + 1) / V, 5 n g / V); merge max(F, (F + 2) / V, min(7 n, 5 n + 4) g / V);
    single the same, but for F > B at least 7 n (V = 1) or 7 (r - 1) + F - B (r - 1) - 0.5: bursts of B flits, one a
    credit loop, for a source in order uses one virtual channel at a time.
    tie = |a|_p / max(a) with a = (F, (F + 2) / V, 7 n / V), p = 6.6, for V > 1 and F <= B.

    References
    ----------
    BookSim2, micro-benchmarks of 1-8 flits, 1-8 virtual channels of 1-16 flits.
    """
    c = constants
    f, v, b = (np.asarray(values, dtype=np.float64) for values in (flits, virtual_channels, vc_flits))
    fill = f / b
    bursts = np.ceil(fill)
    uneven = np.where(v > 1, 1 + c["vc_imbalance"] / b, 1)
    eject = np.maximum(np.maximum(f, (f + 1) / v), c["eject_loop"] * fill / v * uneven)
    credits = np.minimum(c["credit_loop"] * fill, c["merge_loop"] * fill + c["merge_loop_start"])
    merge = np.maximum(np.maximum(f, (f + 2) / v), credits / v * uneven)
    one_channel = np.where(
        v > 1, c["credit_loop"] * (bursts - 1) + f - b * (bursts - 1) - c["burst_gain"], c["credit_loop"] * fill
    )
    measured = (f == c["measured_flits"]) & (v == c["siam_virtual_channels"]) & (b == c["siam_vc_flits"])
    one_channel = np.where(measured, c["measured_single"], one_channel)
    single = np.where(f > b, np.maximum(merge, one_channel), merge)
    terms = np.stack([f, (f + 2) / v, c["credit_loop"] * fill / v])
    power = c["tie_exponent"]
    tie = np.where((v > 1) & (f <= b), (terms**power).sum(axis=0) ** (1 / power) / terms.max(axis=0), 1)
    alone = np.where(f <= b, c["credit_loop"] * fill, c["merge_loop"] * fill + 2 * (b == 1))
    window = np.maximum(1, v * merge / np.maximum(f + 2, alone))
    return RouterService(merge, single, eject, tie, window)


def channel_service(cases: Cases, use: ChannelUse, service: RouterService) -> FloatArray:
    """Service time of every channel.

    Parameters
    ----------
    cases : Cases
    use : ChannelUse
    service : RouterService

    Returns
    -------
    (n, 6, ky, kx) float64 [cycle a packet]

    Notes
    -----
    Links that several ports feed keep a share of the tie loss, or a merge loss for packets longer than a buffer.
    """
    c = cases.constants
    one = np.where(use.sources > 1, _wide(service.merge), _wide(service.single))
    out = one.copy()
    fits = cases.flits <= cases.vc_flits
    loss = np.where(fits, 1 + c["merge_share"] * (service.tie - 1), c["merge_loss"])
    merging = (use.inputs > 1) & (_wide(cases.virtual_channels) > 1) & ((use.sources > 2) | ~_wide(fits))
    out = np.where(merging, out * _wide(loss), out)
    out[:, INJECTION] = _wide(service.single)[:, 0]
    several = use.inputs[:, EJECTION] > 1
    out[:, EJECTION] = np.where(several, _wide(service.eject)[:, 0], one[:, EJECTION])
    return out


def stream_service(cases: Cases, use: ChannelUse, service: RouterService) -> FloatArray:
    """Service time of every channel, with the loss of single streams.

    A link that one port feeds, and to which that port sends all it has, pays the whole tie loss. One source that
    alternates between two destinations behind different ports was measured on its own.

    Parameters
    ----------
    cases : Cases
    use : ChannelUse
    service : RouterService

    Returns
    -------
    (n, 6, ky, kx) float64 [cycle a packet]
    """
    c = cases.constants
    out = channel_service(cases, use, service)
    stream = (use.inputs == 1) & (use.packets >= c["stream_share"] * use.upstream)
    stream[:, INJECTION:] = False
    out = np.where(stream, out * _wide(service.tie), out)
    out[:, INJECTION] = np.where(alternates(cases, use)[:, None, None], c["measured_split"], out[:, INJECTION])
    return out


def alternates(cases: Cases, use: ChannelUse) -> BoolArray:
    """Cases of one source that alternates between two destinations behind different ports, as measured, (n,)."""
    c = cases.constants
    ports = np.zeros(len(cases))
    at_source = use.packets[:, INJECTION] > 0
    for channel in range(INJECTION):
        ports += (at_source & (use.packets[:, channel] > 0)).sum(axis=(1, 2))
    router = (cases.virtual_channels == c["siam_virtual_channels"]) & (cases.vc_flits == c["siam_vc_flits"])
    ends = (use.packets[:, EJECTION] > 0).sum(axis=(1, 2))
    one_to_two = (at_source.sum(axis=(1, 2)) == 1) & (ends == 2) & (ports == 2)
    return np.asarray(one_to_two & router & (cases.flits == 1) & (cases.mode != ASAP_BLOCK))


def _wide(values: AnyArray) -> AnyArray:
    """(n,) to (n, 1, 1, 1)."""
    return values[:, None, None, None]
