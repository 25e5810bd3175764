"""What can be wrong with a take: an offset, clipping, channels of opposite sign.

Chapter: chapters/01-sound-as-numbers/08-reading-and-levelling.ipynb

Waveforms have the shape (N,) or, with several channels, (C, N).
"""

from __future__ import annotations

import numpy as np

from aigc_edu.audio.resampling import whole_rate
from aigc_edu.errors import InvalidValueError


def remove_dc(x: np.ndarray) -> np.ndarray:
    """Subtract the mean of each channel, so that silence lies at zero.

    Parameters
    ----------
    x
        Shape (N,) or (C, N).

    Returns
    -------
    ndarray
        float64, the shape of ``x``. The peak can grow by the size of the offset.
    """
    x = waveform(x)
    return x - x.mean(axis=-1, keepdims=True)


def block_dc(x: np.ndarray, rate: int, cutoff: float = 20.0) -> np.ndarray:
    """Filter out what stays constant for some time, and leave what sounds.

    ``y[t] = x[t] - x[t-1] + r y[t-1]`` with ``r = 1 - 2 pi cutoff / rate``, and the sample before
    the first equal to the first. Unlike :func:`remove_dc` it leaves silence at zero where a
    lopsided sound has a mean of its own.

    Parameters
    ----------
    x
        Shape (N,) or (C, N).
    rate
        Sampling rate in Hz.
    cutoff
        In Hz, above 0 and below ``rate / (2 pi)``; what lies well above it passes unchanged.

    Returns
    -------
    ndarray
        float64, the shape of ``x``. The first sample is 0.
    """
    from scipy.signal import lfilter  # imported here because it takes more than a second

    x, rate = waveform(x), whole_rate(rate)
    if not 0 < cutoff < rate / (2 * np.pi):
        raise InvalidValueError(
            f"cutoff must be above 0 and below {rate / (2 * np.pi):.0f} Hz, got {cutoff}"
        )
    change = np.diff(x, axis=-1, prepend=x[..., :1])
    return lfilter([1], [1, -(1 - 2 * np.pi * cutoff / rate)], change, axis=-1)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Return how alike two channels are, from -1 to 1.

    ``mean(a b) / sqrt(mean(a^2) mean(b^2))``: 1 for the same sound at any levels, 0 for unrelated
    ones, -1 where one is the other turned round, so that their mean can be silence.

    Parameters
    ----------
    a, b
        Both of shape (N,).

    Returns
    -------
    float
        0 if one of them is silent.

    Raises
    ------
    InvalidValueError
        If the shapes differ.
    """
    a, b = waveform(a), waveform(b)
    if a.ndim != 1 or a.shape != b.shape:
        raise InvalidValueError(
            f"two channels of one shape, (N,), are needed: {a.shape}, {b.shape}"
        )
    power = float(np.mean(a**2) * np.mean(b**2))
    return float(np.mean(a * b)) / power**0.5 if power > 0 else 0.0


def clipped(x: np.ndarray, run: int = 3, level: float | None = None) -> np.ndarray:
    """Find the samples that clipping has cut off: runs of equal values at an extreme.

    A wave turns round at its peak within a sample or two; where ``run`` or more samples on end
    stay at the largest (or at the smallest) value, something held them there. That also finds what
    was clipped and made softer afterwards, but not what was filtered or resampled since, which
    rounds the corners off. A square wave looks clipped, and so does a slow wave of few bits.

    Parameters
    ----------
    x
        Shape (N,) or (C, N); each channel has extremes of its own.
    run
        How many samples on end it takes, at least 2.
    level
        The amplitude at and above which samples count; by default the channel's own extremes.

    Returns
    -------
    ndarray
        bool, the shape of ``x``. ``clipped(x).mean()`` is the share of samples.
    """
    x = waveform(x)
    if run != int(run) or run < 2:
        raise InvalidValueError(f"run must be a whole number of at least 2, got {run}")
    if level is not None and not level > 0:
        raise InvalidValueError(f"level must be above 0, got {level}")
    rows = np.atleast_2d(x)
    found = [_long_runs(row, int(run), level) | _long_runs(-row, int(run), level) for row in rows]
    return np.reshape(found, x.shape)


def _long_runs(x: np.ndarray, run: int, level: float | None) -> np.ndarray:
    """Find runs at the top of one channel; equal means equal to a millionth of it."""
    top = float(x.max()) if level is None else level
    if top <= 0:
        return np.zeros(len(x), bool)
    high = np.concatenate([[False], x >= top * (1 - 1e-6), [False]])
    edges = np.flatnonzero(high[1:] != high[:-1]).reshape(-1, 2)  # (runs, 2): first, behind last
    found = np.zeros(len(x), bool)
    for first, behind in edges[edges[:, 1] - edges[:, 0] >= run]:
        found[first:behind] = True
    return found


def waveform(x: np.ndarray) -> np.ndarray:
    """Return a waveform, (N,) or (C, N), as finite float64, or say why it is none."""
    x = np.asarray(x, np.float64)
    if x.ndim not in (1, 2) or x.size == 0:
        raise InvalidValueError(f"x must have shape (N,) or (C, N) with N >= 1, got {x.shape}")
    if not np.isfinite(x).all():
        raise InvalidValueError("x holds NaN or infinite values; find where they arise first")
    return x
