"""Spectra and numbers as text, in the form in which the figures' scripts have them too."""

from __future__ import annotations

import math

import numpy as np


def amplitudes(frames: np.ndarray, window: np.ndarray, size: int) -> np.ndarray:
    """Return the amplitudes of the sines in windowed frames.

    ``2 |X[k]| / sum(window)``: a sine of the amplitude A, whose frequency is one of those of the
    transform, has a peak of A.

    Parameters
    ----------
    frames
        Shape (..., L).
    window
        Shape (L,).
    size
        Of the transform, at least L: zeros are appended.

    Returns
    -------
    ndarray
        float64, shape (..., size // 2 + 1).
    """
    return 2 * np.abs(np.fft.rfft(frames * window, size)) / window.sum()


def decibels(amplitude: np.ndarray, floor: float) -> np.ndarray:
    """Return levels in dB, ``20 log10(amplitude)``, none of them below ``floor``."""
    return np.maximum(floor, 20 * np.log10(amplitude + 1e-30))


def span(*curves: np.ndarray) -> tuple[float, float]:
    """Return the limits of an axis: as far as the curves reach, and a tenth more."""
    low, high = min(c.min() for c in curves), max(c.max() for c in curves)
    more = 0.1 * max(high - low, 0.02)
    return low - more, high + more


def text(x: float, digits: int = 0) -> str:
    """Return a number for reading: commas at the thousands, halves upwards, a real minus."""
    rounded = math.floor(abs(x) * 10**digits + 0.5) / 10**digits
    number = f"{rounded:,.{digits}f}"
    return "\u2212" + number if x < 0 and rounded > 0 else number
