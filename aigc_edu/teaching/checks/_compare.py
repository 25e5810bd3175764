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
