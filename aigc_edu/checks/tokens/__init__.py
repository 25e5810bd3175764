"""Checks of the part *Tokens, Transformers, text to speech*."""
