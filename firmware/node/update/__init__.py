"""Signed updates: A and B folders, trial and fallback."""
