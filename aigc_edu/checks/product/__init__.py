"""Checks of Part VI's exercises."""
