"""Checks of the part *Autoregressive models*."""
