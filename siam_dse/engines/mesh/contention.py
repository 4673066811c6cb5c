"""How long packets of random traffic keep the ports of a mesh, and the rates at which its sources are served.

A port delivers its packets one after another (a few at once with spare virtual channels). The one at its head waits
for packets of other ports that want the same channel, and for room in the buffer behind the channel. Both waits
follow from the loads of the turns, and the loads from what the sources get through: a source whose packets meet a port
or channel that is busy all the time is served no faster than that one allows.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.technology.load import Constants


@dataclass(frozen=True)
class Ports:
    """C channels with P input ports each, and the E entries of their S sources.

    A channel other than an ejection channel is itself an input port of the router at its end.
    """

    upstream: IntArray  # (C, P) channel that feeds each port, C where there is none
    is_source: BoolArray  # (C,) injection channels
    is_end: BoolArray  # (C,) ejection channels
    service: FloatArray  # (C,) [cycle a packet]
    alone: FloatArray  # (C, P) [cycle] that a packet keeps its port if nothing is in its way
    held: FloatArray  # (C,) [cycle] that it keeps the channel from packets of other ports
    window: FloatArray  # (C,) packets of a port under way at once, at least 1
    blocked: FloatArray  # (C,) part of the wait at the next router for which a packet keeps the channel
    turn: IntArray  # (E,) index in the flattened (C, P) arrays
    source: IntArray  # (E,) in ascending order, every source at least once
    rate: FloatArray  # (E,) [packet a cycle] that the source would send over the turn

    def loads(self, served: FloatArray) -> FloatArray:
        """Packets a cycle over each turn, (C, P), with ``served`` (S,) of what the sources would send."""
        shape = self.upstream.shape
        load = np.bincount(self.turn, self.rate * served[self.source], minlength=shape[0] * shape[1])
        return load.astype(np.float64).reshape(shape)

    def per_port(self, values: FloatArray) -> FloatArray:
        """Sum over the turns that leave each port, (C,), of a (C, P) array."""
        n_channels = len(self.upstream)
        total = np.bincount(self.upstream.ravel(), values.ravel(), minlength=n_channels + 1)
        return total[:n_channels].astype(np.float64)


@dataclass(frozen=True)
class Settled:
    """Where loads and waits have settled."""

    served: FloatArray  # (S,) part of its packets that each source gets through, 1 below saturation
    load: FloatArray  # (C, P) [packet a cycle]
    head: FloatArray  # (C, P) [cycle] wait at the head of the port
    alone: FloatArray  # (C, P) [cycle] that a packet keeps its port without that wait, blocking further on included
    held: FloatArray  # (C,) [cycle] that a packet keeps the channel from those of other ports, the same
    busy: FloatArray  # (C,) part of the time that the port is busy


def settle(constants: Constants, ports: Ports) -> Settled:
    """Waits at the heads of ports and rates of the sources, by a fixed point.

    Parameters
    ----------
    constants : Constants
        Of the mesh.
    ports : Ports

    Returns
    -------
    Settled

    Notes
    -----
    A port at whose head a packet for the channel stands for a part U = y R of the time delays another one by U services
    (up to its window); less the half of a service already done, y T / 2, for a packet that came to an idle port and not
    right behind one of its own, 1 - U of them. By no more packets, too, than reach it meanwhile, y R of the one that
    waits. While a packet waits for D cycles at the next router it keeps a part of the buffer there, so its channel is
    held for ``blocked`` D longer. Sources with a port or channel above full use slow down until it is just full.
    Limits: half of the others' load where packets are rare; n ports at full load have R = n T, all of them busy.
    """
    c = constants
    window = ports.window[:, None]
    first = np.searchsorted(ports.source, np.arange(int(ports.source[-1]) + 1))
    served = np.ones(len(first))
    load = ports.loads(served)
    kept, alone, held, wait = ports.alone, ports.alone, ports.held, np.zeros(len(ports.held))
    for sweep in range(int(c["open_loop_sweeps"])):
        through = ports.per_port(load)
        out_of = np.where(through > 0, through, 1)
        kept = (kept + alone + held[:, None] * _met(load, kept, held, window)) / 2
        head = np.maximum(kept - alone, 0)
        # bounded for the first sweeps of a mesh that saturates, whose loads are still too high
        wait = np.minimum((wait + ports.per_port(load * head) / out_of) / 2, c["longest_head_wait"])
        longer = ports.blocked * wait
        held = ports.held + longer
        alone = ports.alone + load / np.append(out_of, 1)[ports.upstream] * longer[:, None]
        busy = through * np.maximum(
            ports.per_port(load * (alone + head)) / out_of / ports.window,
            np.where(ports.is_source, ports.service, 0),
        )
        busy = np.where(ports.is_end, 0, busy)
        if sweep < c["free_sweeps"]:
            continue
        used = np.maximum(np.append(busy, 0)[ports.upstream], (load.sum(axis=1) * held)[:, None])
        most = np.maximum.reduceat(used.ravel()[ports.turn], first)
        if (most > 1).any() or (served < 1).any():
            served = np.minimum(1, served / np.clip(most, 1 / 2, 2) ** c["slow_down"])
            load = ports.loads(served)
    return Settled(served, load, head, alone, held, busy)


def _met(load: FloatArray, kept: FloatArray, held: FloatArray, window: FloatArray) -> FloatArray:
    """Packets of other ports that one at the head of its port waits for, (C, P)."""
    ready = np.minimum(load * kept, window)
    idle = 1 - ready / window
    begun = np.minimum(load * held[:, None] / 2, ready)
    met = np.zeros_like(load)
    for step in range(1, load.shape[1]):
        found = np.roll(ready, step, axis=1) - idle * np.roll(begun, step, axis=1)
        met += np.minimum(found, np.roll(load, step, axis=1) * kept)
    return met
