"""Recipes that make the built-in corpora again."""
