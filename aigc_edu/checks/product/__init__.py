"""Checks of the part *From model to product*."""
