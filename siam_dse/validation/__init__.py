"""Packaged reference rows, predictions for them from knobs alone, and error tables."""
