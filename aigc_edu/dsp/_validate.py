"""Checks of arguments that the modules of ``dsp`` share."""

from __future__ import annotations

import numpy as np

from aigc_edu.errors import InvalidValueError


def within_full_scale(x: np.ndarray | float, name: str = "x") -> np.ndarray:
    """Return ``x`` as float64, or raise if it holds NaN or leaves [-1, 1]."""
    x = np.asarray(x, np.float64)
    if x.size == 0:
        return x
    peak = float(np.abs(x).max())
    if np.isnan(peak):
        raise InvalidValueError(f"{name} holds NaN; find where they arise before going on")
    if peak > 1:
        raise InvalidValueError(
            f"{name} reaches {peak:.4g}, beyond full scale; scale it into [-1, 1] first "
            "(nothing is clipped silently)"
        )
    return x


def positive(value: float, name: str) -> float:
    """Return ``value``, or raise if it is not a finite number above zero."""
    if not (np.isfinite(value) and value > 0):
        raise InvalidValueError(f"{name} must be a finite number above 0, got {value}")
    return value
