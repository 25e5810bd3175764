"""Checks of Part VI, from model to product."""
