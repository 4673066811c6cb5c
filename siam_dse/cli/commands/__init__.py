"""Signatures of the commands, each importing what it needs when it runs."""
