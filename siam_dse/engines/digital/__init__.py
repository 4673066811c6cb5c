"""digital."""
