"""Checks of the part *Sound as numbers*."""
