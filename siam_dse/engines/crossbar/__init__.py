"""crossbar."""
