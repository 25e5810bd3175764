"""Sounds that a notebook has made, on their way into a figure that swaps them by its controls."""

from __future__ import annotations

import base64

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.interactive.spectra import amplitudes, decibels

FLOOR = -60.0  # dB, of levels in the pictures


def sixteen_bits(x: np.ndarray) -> np.ndarray:
    """Return samples (N,) as the page gets them: multiples of 2^-15 in [-1, 1).

    Raises
    ------
    InvalidValueError
        If the clip is empty, has another shape or leaves [-1, 1].
    """
    x = np.asarray(x, np.float64)
    if x.ndim != 1 or not len(x) or not np.abs(x).max() <= 1:
        raise InvalidValueError(f"expected samples of shape (N,) in [-1, 1], got {x.shape}")
    return np.clip(np.round(x * 32768), -32768, 32767) / 32768


def packed(x: np.ndarray) -> str:
    """Return samples (N,) as 16-bit integers, lowest byte first, in base64."""
    return base64.b64encode((sixteen_bits(x) * 32768).astype("<i2").tobytes()).decode("ascii")


def spectrogram(x: np.ndarray, window: np.ndarray, hop: int) -> np.ndarray:
    """Return levels in dB, (columns, bins): a column each ``hop`` samples, centred there.

    Parameters
    ----------
    x
        Samples (N,), zeros before and after.
    window
        Shape (L,), L a power of two; a sine of amplitude 1 has 0 dB.
    hop
        In samples.
    """
    centres = np.arange(0, len(x), hop)
    cut = np.pad(x, len(window) // 2)[centres[:, None] + np.arange(len(window))]
    return decibels(amplitudes(cut, window, len(window)), FLOOR)


def levels(x: np.ndarray, piece: int) -> np.ndarray:
    """Return the RMS level in dB of each whole piece of samples (N,), (N // piece,)."""
    rows = x[: len(x) // piece * piece].reshape(-1, piece)
    return np.maximum(FLOOR, 10 * np.log10(np.mean(rows**2, axis=1) + 1e-12))
