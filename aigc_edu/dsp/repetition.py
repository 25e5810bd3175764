"""What of a sound repeats with a fixed period: the lines that strided layers leave behind.

Chapter: chapters/04-adversarial/02-wavegan-structure.ipynb

A sound that repeats every p samples has energy only at the multiples of f_s / p. Averaging the
periods of any sound gives the part of it that does so.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp._validate import finite_samples, whole
from aigc_edu.errors import InvalidValueError


def repeating(x: np.ndarray, period: int) -> np.ndarray:
    """Return the part of a sound that repeats every ``period`` samples, without its mean.

    It is the mean of all whole periods, again and again; samples behind the last whole period are
    left out. What it doesn't hold, ``x - mean - repeating``, is at right angles to it.

    Parameters
    ----------
    x
        Shape (N,), real, finite.
    period
        Samples p, 2 <= p <= N / 2.

    Returns
    -------
    ndarray
        float64, shape (M p,), M = N // p: lines at the multiples of f_s / p and nothing else.

    Raises
    ------
    InvalidValueError
        If x is no such array, or the period out of range.
    """
    x, period = finite_samples(x).astype(float), whole(period, "period")
    if not 2 <= period <= len(x) // 2:
        raise InvalidValueError(
            f"the period lies in 2 ... {len(x) // 2} for {len(x)} samples, got {period}"
        )
    count = len(x) // period
    folded = x[: count * period].reshape(count, period).mean(axis=0)
    return np.tile(folded - folded.mean(), count)


def line_level(x: np.ndarray, period: int, but: int = 1) -> float:
    """Return how far the lines at the multiples of f_s / p stand out, in dB.

    White noise has 0 dB, whatever p is: there, a line has as much energy as any other frequency.
    A sound that is nothing but these lines has the most, ``10 log10((N - 1) / lines)``.

    Parameters
    ----------
    x
        Shape (N,), real, finite, not constant.
    period
        Samples p, as in :func:`repeating`.
    but
        A divisor of p, less than p: lines that are multiples of f_s / but too are left out, since
        they may come from elsewhere. 1 leaves out none.

    Returns
    -------
    float
        In dB; of an exactly silent line about -300.

    Raises
    ------
    InvalidValueError
        If x is constant, p out of range, or ``but`` no divisor.
    """
    period, but = whole(period, "period"), whole(but, "but")
    if but >= max(period, 2) or period % but:
        raise InvalidValueError(f"but must be a divisor of {period}, and less; got {but}")
    lines = repeating(x, period)
    x = np.asarray(x, float)[: len(lines)]
    if np.ptp(x) == 0:
        raise InvalidValueError("a constant has no frequencies to compare with")
    energy = np.mean(lines**2) - (np.mean(repeating(lines, but) ** 2) if but > 1 else 0.0)
    share = max(energy, 0) / np.var(x) * (len(x) - 1) / (period - but)
    return float(10 * np.log10(share + 1e-30))
