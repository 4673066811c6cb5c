"""Settings every test shares: hypothesis without deadlines, the same examples on every machine, slow tests first."""

import pytest
from hypothesis import settings

settings.register_profile("siam_dse", deadline=None, derandomize=True)
settings.load_profile("siam_dse")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests first, so that no process is left with one of them when the others have nothing to do."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
