"""Settings every test shares: hypothesis without deadlines, and the same examples on every machine."""

from hypothesis import settings

settings.register_profile("siam_dse", deadline=None, derandomize=True)
settings.load_profile("siam_dse")
