"""A run is a folder that explains itself: what was searched, with what, every point found, the front."""
