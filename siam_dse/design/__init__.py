"""A batch of candidate accelerators as columns, its defaults and profiles, and the search-space file."""
