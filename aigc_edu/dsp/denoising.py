"""Taking noise out of a spectrogram: subtraction, Wiener's filter, and what the noise is.

Chapter: chapters/06-product/05-restoring.ipynb

Each bin of each frame gets a gain from 0 to 1. It depends on two powers: P, what is there, and D,
what the noise has there on average. A spectrogram of powers has the shape (bins, frames); the
noise has it, too, or (bins, 1) where it stays the same.

References
----------
S. F. Boll (1979), *Suppression of acoustic noise in speech using spectral subtraction*; M. Berouti,
R. Schwartz, J. Makhoul (1979), *Enhancement of speech corrupted by acoustic noise*.
Y. Ephraim, D. Malah (1984), *Speech enhancement using a minimum mean-square error short-time
spectral amplitude estimator*: the decision-directed estimate, equation 51.
R. Martin (2001), *Noise power spectral density estimation based on optimal smoothing and minimum
statistics*.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive, whole
from aigc_edu.dsp.spectrogram import istft, stft
from aigc_edu.errors import InvalidValueError

Method = Literal["wiener", "subtract"]
FRAME, SHARE = 0.032, 4  # seconds of a frame (a power of two of samples is taken), hops in it
FLOOR_DB = -20.0  # what a gain is at least
MEMORY = 0.98  # of the decision-directed estimate
LEAST_RATIO = 10**-2.5  # of speech to noise that is believed, -25 dB
SMOOTHING = 0.85  # of powers, before their minimum is taken
WINDOW = 1.5  # seconds in which noise is alone somewhere, in each bin
_TINY = 1e-20  # of a power: silence

# ---------------------------------------------------------------- the noise


def noise_power(noise: np.ndarray, frame: int, hop: int) -> np.ndarray:
    """Return the mean power of noise alone in each bin.

    Parameters
    ----------
    noise
        A passage without anything else, shape (N,), at least a frame long.
    frame, hop
        See :func:`aigc_edu.dsp.stft`.

    Returns
    -------
    ndarray
        float64, shape (frame / 2 + 1, 1).
    """
    return (np.abs(stft(noise, frame, hop, centre=False)) ** 2).mean(axis=1, keepdims=True)


def minimum_statistics(
    power: np.ndarray, window: int, smoothing: float = SMOOTHING, overlap: int = SHARE
) -> np.ndarray:
    """Estimate the noise under a sound that never stops: the least power of the last seconds.

    Each bin is smoothed, ``S[m] = a S[m-1] + (1 - a) P[m]``. Sounds come and go, the noise stays:
    the minimum of S over a window is the noise's. Of noise alone, a minimum is less than the mean.
    By how much was tried out on white noise, and the result is divided by that (Martin 2001 has
    a formula in its place, and smooths each bin as its sound asks for).

    Parameters
    ----------
    power
        Shape (bins, frames), at least 0.
    window
        Frames, at least 2. The first ``window`` frames are told by all of them.
    smoothing
        a, from 0 to below 1.
    overlap
        Hops in a frame, by which the powers of neighbouring frames are alike.

    Returns
    -------
    ndarray
        float64, shape (bins, frames).
    """
    from scipy.ndimage import minimum_filter1d

    power = _powers(power)
    if not 0 <= smoothing < 1:
        raise InvalidValueError(f"smoothing must lie from 0 to below 1, got {smoothing}")
    size = min(whole(window, "window", 2), power.shape[1])
    smooth = _smoothed(power, smoothing)
    # Of the last `size` frames: the filter's middle is moved to its end.
    least = minimum_filter1d(smooth, size, axis=1, origin=(size - 1) // 2, mode="nearest")
    least[:, :size] = least[:, size - 1 : size]
    return least / _minimum_of_noise(size, smoothing, whole(overlap, "overlap"))


def _smoothed(power: np.ndarray, smoothing: float) -> np.ndarray:
    """Return running means that begin with the mean of the first frames, (bins, frames)."""
    from scipy.signal import lfilter  # slow to import

    first = power[:, : max(1, round(1 / (1 - smoothing)))].mean(axis=1, keepdims=True)
    return lfilter([1 - smoothing], [1, -smoothing], power, axis=1, zi=smoothing * first)[0]


@cache
def _minimum_of_noise(size: int, smoothing: float, overlap: int) -> float:
    """Return the mean minimum over ``size`` smoothed frames of noise whose mean power is 1."""
    frame, tries = 64, 12
    hop = max(1, frame // overlap)
    x = np.random.default_rng(0).standard_normal(frame + (size * tries + 50) * hop)
    power = np.abs(stft(x, frame, hop, centre=False)[2:-2]) ** 2
    smooth = _smoothed(power, smoothing)[:, 50 : 50 + size * tries]
    return float(smooth.reshape(len(power), tries, size).min(axis=2).mean() / power.mean())


# ---------------------------------------------------------------- the gains


def subtraction_gain(
    power: np.ndarray, noise: np.ndarray, over: float = 1.0, floor_db: float = FLOOR_DB
) -> np.ndarray:
    """Return the gain that takes the noise's power off: ``sqrt(max(1 - over D / P, floor^2))``.

    Parameters
    ----------
    power, noise
        P and D, at least 0: shapes (bins, frames), and the same or (bins, 1).
    over
        How many times the noise is taken off, above 0; above 1, less of it is left, and of the
        sound as well (Berouti et al. 1979).
    floor_db
        The least gain.

    Returns
    -------
    ndarray
        float64, shape (bins, frames), from the floor to 1.
    """
    power, noise = _powers(power), _fitting(noise, power)
    left = 1 - positive(over, "over") * noise / np.maximum(power, _TINY)
    return np.sqrt(np.maximum(left, 10 ** (floor_db / 10)))


def wiener_gain(
    power: np.ndarray,
    noise: np.ndarray,
    memory: float = MEMORY,
    floor_db: float = FLOOR_DB,
) -> np.ndarray:
    """Return Wiener's gain ``xi / (1 + xi)``, with the ratio of sound to noise xi kept steady.

    ``xi[m] = memory G[m-1]^2 P[m-1] / D + (1 - memory) max(P[m] / D - 1, 0)``: what was found in
    the frame before, and a little of what this frame says by itself (*decision-directed*). Without
    memory it is the bare ratio, and noise that happens to be strong passes as sound.

    Parameters
    ----------
    power, noise, floor_db
        See :func:`subtraction_gain`.
    memory
        From 0 to below 1.

    Returns
    -------
    ndarray
        float64, shape (bins, frames), from the floor to below 1.
    """
    power, noise = _powers(power), _fitting(noise, power)
    if not 0 <= memory < 1:
        raise InvalidValueError(f"memory must lie from 0 to below 1, got {memory}")
    ratio = power / np.maximum(noise, _TINY)  # gamma, (bins, frames)
    gain, before = np.empty_like(ratio), np.maximum(ratio[:, 0] - 1, 0)
    for m in range(ratio.shape[1]):
        now = np.maximum(ratio[:, m] - 1, 0)
        xi = np.maximum(memory * before + (1 - memory) * now, LEAST_RATIO)
        gain[:, m] = xi / (1 + xi)
        before = gain[:, m] ** 2 * ratio[:, m]
    return np.maximum(gain, 10 ** (floor_db / 20))


# ---------------------------------------------------------------- whole sounds


def denoise(
    x: np.ndarray,
    rate: float,
    noise: np.ndarray | None = None,
    method: Method = "wiener",
    floor_db: float = FLOOR_DB,
) -> np.ndarray:
    """Take noise out of a sound.

    Parameters
    ----------
    x
        Shape (N,), finite.
    rate
        Sampling rate in Hz, 1,000 or more.
    noise
        A passage of the noise alone, shape (N',), a frame (32 ms) at least. By default it is
        estimated from the sound, by :func:`minimum_statistics`.
    method
        ``"wiener"`` or ``"subtract"``: :func:`wiener_gain`, :func:`subtraction_gain`.
    floor_db
        The least gain. What is left of the noise hides what is wrong with the rest.

    Returns
    -------
    ndarray
        float64, shape (N,).

    Raises
    ------
    InvalidValueError
        If the method is unknown, or there is less noise than a frame.
    """
    if method not in ("wiener", "subtract"):
        raise InvalidValueError(f"method is 'wiener' or 'subtract', not {method!r}")
    x, (frame, hop) = finite_samples(x), frame_and_hop(rate)
    X = stft(x, frame, hop)
    power = np.abs(X) ** 2
    if noise is None:
        level = minimum_statistics(power, max(2, round(WINDOW * rate / hop)))
    else:
        level = noise_power(noise, frame, hop)
    rule = wiener_gain if method == "wiener" else subtraction_gain
    return istft(rule(power, level, floor_db=floor_db) * X, hop, length=len(x))


def frame_and_hop(rate: float) -> tuple[int, int]:
    """Return the frame for a sampling rate in Hz, a power of two near 32 ms, and a fourth of it."""
    if not rate >= 1000:
        raise InvalidValueError(f"rate must be 1,000 Hz or more, got {rate}")
    frame = 2 ** round(np.log2(FRAME * rate))
    return frame, frame // SHARE


def _powers(power: np.ndarray) -> np.ndarray:
    power = np.asarray(power, np.float64)
    if power.ndim != 2 or power.size == 0 or not np.isfinite(power).all() or power.min() < 0:
        raise InvalidValueError(
            f"powers must be finite, at least 0, of shape (bins, frames), got {power.shape}"
        )
    return power


def _fitting(noise: np.ndarray, power: np.ndarray) -> np.ndarray:
    noise = _powers(noise)
    if noise.shape not in (power.shape, (len(power), 1)):
        raise InvalidValueError(
            f"the noise must have shape {power.shape} or {(len(power), 1)}, got {noise.shape}"
        )
    return noise
