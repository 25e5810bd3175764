"""Checks of the part *Adversarial models*."""
