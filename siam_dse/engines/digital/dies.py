"""Which dies have a digital unit, and where the cache of keys and values lies."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, freeze, read_only
from siam_dse.engines.digital.work import cached_values
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.workload.network import Network


@dataclass(frozen=True)
class DigitalDies:
    """Dies with arrays, with a vector unit, with a cache; read-only.

    Equal dies are all alike: each has what the network needs at all. Custom dies have what their own layers need.
    """

    macs: FloatArray  # (U,) dies of the package with arrays
    vectors: FloatArray  # (U,) with a vector unit
    caches: FloatArray  # (U,) with a cache
    holding_caches: FloatArray  # (U,) of them those that are no spare chiplets'
    any_macs: FloatArray  # (U,) 1 if one has
    any_vectors: FloatArray
    any_caches: FloatArray
    working_macs: FloatArray  # (U, L) dies of a layer that works in arrays
    working_vectors: FloatArray
    working_caches: FloatArray
    starts_macs: FloatArray  # (U, L) 1 where a custom die with arrays starts
    starts_vectors: FloatArray
    starts_caches: FloatArray


@dataclass(frozen=True)
class Cache:
    """Keys and values of earlier tokens that do not fit the package's caches; (U,) [bit], read-only."""

    read_bits: FloatArray  # from the DRAM, in one pass
    write_bits: FloatArray  # to it
    beyond_share: FloatArray  # of the cache, what lies in the DRAM
    bits: FloatArray  # of the whole cache


def digital_dies(network: Network, mapping: ChipMapping) -> DigitalDies:
    """Dies with the parts of a digital unit, of each mapping."""
    sorts = {
        "macs": network.product_heads > 0,
        "vectors": np.asarray(network.vector.any(axis=0)),
        "caches": network.product_cached,
    }
    at_once = np.minimum(mapping.spanned_chiplets, mapping.working_chiplets[:, None])
    none = np.broadcast_to(0.0, at_once.shape)
    figures: dict[str, FloatArray] = {}
    for name, has_work in sorts.items():
        works = has_work.any()
        starts = read_only(_starts(network, has_work, mapping)) if works else none
        dies = np.where(mapping.is_custom, (starts * mapping.spanned_chiplets).sum(axis=1), mapping.n_chiplets)
        figures[name] = freeze(dies * float(works))
        figures[f"any_{name}"] = freeze(np.full(len(dies), float(works)))
        figures[f"working_{name}"] = read_only(at_once * has_work.astype(np.float64)) if works else none
        figures[f"starts_{name}"] = starts
    spares = mapping.n_chiplets - mapping.working_chiplets
    holding = figures["caches"] - spares * figures["any_caches"]
    return DigitalDies(**figures, holding_caches=freeze(holding))


def _starts(network: Network, has_work: BoolArray, mapping: ChipMapping) -> FloatArray:
    """Where a die starts that has a layer with work, (U, L)."""
    out = np.zeros(mapping.group_tiles.shape)
    key, place = np.nonzero(mapping.group_tiles[:, network.by_place])
    here = np.broadcast_to(has_work[network.by_place], out.shape).ravel()
    first = key * network.n_layers + place
    out[key, network.by_place[place]] = np.logical_or.reduceat(here, first)
    return out


def key_value_cache(network: Network, activation_bits: AnyArray, cache_bits: AnyArray, chiplets: AnyArray) -> Cache:
    """What of the cache of keys and values lies in the DRAM.

    All caches of the package together hold it while it fits; of the rest every pass reads what earlier tokens left,
    and writes what it adds.

    Parameters
    ----------
    network : Network
    activation_bits : (U,) [bit]
    cache_bits : (U,) [bit]
        Of each chiplet.
    chiplets : (U,)
        With a cache.

    Returns
    -------
    Cache
    """
    old, new = (float(values.sum()) for values in cached_values(network))
    bits = activation_bits * (old + new)
    beyond = np.maximum(bits - cache_bits * chiplets, 0) / np.maximum(bits, 1)
    return Cache(
        read_bits=freeze(beyond * activation_bits * old),
        write_bits=freeze(beyond * activation_bits * new),
        beyond_share=freeze(beyond),
        bits=freeze(bits),
    )
