"""Choosing one design of a run: candidates under bounds, the pick, what one step more would change, in words."""
