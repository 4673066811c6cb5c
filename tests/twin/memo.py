"""Remembers what a function says of a design, for what is asked again for each layer."""

from functools import lru_cache, wraps


def per_design(function):
    """``function`` of a design, worked out once for the designs asked last; its value must not be changed."""
    known = lru_cache(maxsize=8)(lambda fields: function(dict(fields)))

    @wraps(function)
    def remembered(d):
        return known(tuple(d.items()))

    return remembered
