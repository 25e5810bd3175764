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


def finite_samples(x: np.ndarray, name: str = "x") -> np.ndarray:
    """Return ``x`` as float64 or complex128, or raise unless it is (N,), N >= 1, and finite."""
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0:
        raise InvalidValueError(f"{name} must have shape (N,) with N >= 1, got {x.shape}")
    if x.dtype.kind not in "biufc":
        raise InvalidValueError(f"{name} must hold numbers, got an array of {x.dtype}")
    x = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)  # a copy, always
    if not np.isfinite(x).all():
        raise InvalidValueError(f"{name} holds NaN or infinite values; find where they arise first")
    return x


def whole(value: int, name: str, least: int = 1) -> int:
    """Return ``value`` as an int, or raise if it is not a whole number of at least ``least``."""
    if not np.isfinite(value) or value != int(value) or value < least:
        raise InvalidValueError(f"{name} must be a whole number of at least {least}, got {value}")
    return int(value)
