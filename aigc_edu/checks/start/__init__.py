"""Checks of the part *Start here*."""
