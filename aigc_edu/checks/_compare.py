"""Comparing an answer with what typical mistakes would give."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

Mistakes = Iterable[tuple[str, np.ndarray]]


def named_mistake(got: np.ndarray, mistakes: Mistakes, tolerance: float = 1e-6) -> str | None:
    """Return the hint of the first mistake that would give just these values, if there is one.

    Parameters
    ----------
    got
        The answer's values, float, any shape.
    mistakes
        Pairs of a hint and the values that the mistake gives.
    tolerance
        How far two values may be apart.
    """
    for hint, wrong in mistakes:
        wrong = np.asarray(wrong, float)
        if wrong.shape == got.shape and np.allclose(
            got, wrong, rtol=1e-9, atol=tolerance, equal_nan=True
        ):
            return hint
    return None


def one_of(names: Iterable[str], got: object) -> str:
    """Return the hint for an answer that is none of the names that there are."""
    return f"return one of {', '.join(map(repr, names))}, not {got!r}."


def hint_for(
    got: np.ndarray, right: np.ndarray, mistakes: Mistakes, rest: str, tolerance: float = 1e-5
) -> str | None:
    """Return None for the right answer, else the mistake's hint, the wrong shape, or ``rest``.

    Parameters
    ----------
    got, right
        The answer's values and the right ones, float, any shape.
    mistakes
        As for :func:`named_mistake`.
    rest
        What to say of values that no known mistake gives.
    tolerance
        How far two values may be apart, besides one part in ten thousand.
    """
    if got.shape == right.shape and np.allclose(got, right, rtol=1e-4, atol=tolerance):
        return None
    hint = named_mistake(got, mistakes, tolerance)
    if hint is None and got.shape != right.shape:
        hint = f"the shape should be {right.shape}, yours is {got.shape}."
    return hint or rest
