"""Load-latency curve of a k x k mesh whose nodes inject packets at random, and where it saturates."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.engines.mesh.cases import ASAP_RR, Cases
from siam_dse.engines.mesh.channels import CHANNELS, EJECTION, INJECTION, ChannelUse, zero_load_cycles
from siam_dse.engines.mesh.paths import N_PORTS, Channels, Paths, places, turn_rows, turns_of, used_channels, walks
from siam_dse.engines.mesh.rates import Flow, State, settled
from siam_dse.engines.mesh.service import channel_service, router_service
from siam_dse.technology.load import load_constants

# Who sends to whom: all nodes to all and themselves; x and y exchanged; one on in x and in y; almost half of the mesh
# on in x and in y; all nodes to the four central ones.
PATTERNS = ("uniform", "transpose", "neighbor", "tornado", "hotspot")


@dataclass(frozen=True)
class Injection:
    """n cases of random traffic; arrays are (n,)."""

    side: IntArray
    pattern: IntArray  # index in PATTERNS
    rate: FloatArray  # packets a cycle and node
    flits: FloatArray
    virtual_channels: FloatArray
    vc_flits: FloatArray
