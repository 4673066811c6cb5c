"""Strangers' inputs: every reader refuses them with one clear error, or takes them for what they are."""
