"""Kinds of model: what training, generation and scores need to know of each (floor 6)."""
