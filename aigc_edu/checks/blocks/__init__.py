"""Checks of the part *Building blocks*."""
