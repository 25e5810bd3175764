"""Changing the sampling rate, by soxr.

Chapter: chapters/01-sound-as-numbers/02-sampling-and-quantising.ipynb
"""

from __future__ import annotations

import numpy as np
import soxr

from aigc_edu.errors import InvalidValueError

MAX_RATE = 1_000_000  # Hz; what states more is no sound
MAX_CHANNELS = 8  # with fewer samples than channels, more are a matrix that lies on its side
MAX_RATIO = 1_000  # of two sampling rates; far beyond it soxr's filter takes minutes to design


def resample(x: np.ndarray, from_rate: int, to_rate: int) -> np.ndarray:
    """Change the sampling rate with soxr's very-high-quality filter.

    Parameters
    ----------
    x
        Shape (N,) or (C, N), N >= 1, finite.
    from_rate, to_rate
        In Hz, whole numbers, at most a factor of 1,000 apart.

    Returns
    -------
    ndarray
        float32, shape (N',) or (C, N') with N' = N * to_rate / from_rate, rounded. The filter's
        overshoot can exceed the input's peak slightly.

    Raises
    ------
    InvalidValueError
        If a rate is not a positive whole number or the two are too far apart, if the samples are
        not finite or lie as (N, C), or if not even one would be left.
    """
    source, target = check_rates(from_rate, to_rate)
    x = np.asarray(x, np.float32)
    if x.ndim not in (1, 2) or x.size == 0:
        raise InvalidValueError(f"x must have shape (N,) or (C, N) with N >= 1, got {x.shape}")
    if x.ndim == 2 and x.shape[0] > max(x.shape[1], MAX_CHANNELS):
        raise InvalidValueError(
            f"x has {x.shape[0]} channels of {x.shape[1]} samples; the channels come first, "
            "(C, N): did you mean x.T?"
        )
    if not np.isfinite(x).all():
        raise InvalidValueError("x holds NaN or infinite values; find where they arise first")
    y = soxr.resample(x.T, source, target, quality="VHQ").T
    if y.shape[-1] == 0:
        raise InvalidValueError(
            f"{x.shape[-1]} samples at {source} Hz last less than one at {target} Hz"
        )
    return np.ascontiguousarray(y)


def check_rates(from_rate: float, to_rate: float) -> tuple[int, int]:
    """Return two sampling rates as ints, or raise unless one can be changed into the other."""
    source, target = whole_rate(from_rate), whole_rate(to_rate)
    if max(source, target) > MAX_RATIO * min(source, target):
        raise InvalidValueError(
            f"{source} Hz and {target} Hz are more than a factor of {MAX_RATIO} apart; "
            "is one of them a mistake?"
        )
    return source, target


def whole_rate(rate: float) -> int:
    """Return a sampling rate as an int, or raise unless it is a whole number 1 ... 1,000,000."""
    if not np.isfinite(rate) or rate != int(rate) or not 1 <= rate <= MAX_RATE:
        raise InvalidValueError(
            f"sampling rates must be positive whole numbers up to {MAX_RATE}, got {rate}"
        )
    return int(rate)


class Resampler:
    """Changes the sampling rate of sound that arrives in blocks, as :func:`resample` does at once.

    The filter looks ahead and behind, over the edges of blocks; so a block comes out later than it
    went in, and what comes out in all is the same to the bit. (To resample each block by itself
    would put a fault at every edge.)

    Parameters
    ----------
    from_rate, to_rate
        In Hz, whole numbers, at most a factor of 1,000 apart.
    channels
        How many there are.

    Raises
    ------
    InvalidValueError
        If a rate is not a positive whole number, or the two are too far apart.
    """

    def __init__(self, from_rate: int, to_rate: int, channels: int = 1) -> None:
        rates = check_rates(from_rate, to_rate)
        self._stream = soxr.ResampleStream(*rates, channels, dtype="float32", quality="VHQ")
        self._empty = np.zeros((channels, 0), np.float32)

    def __call__(self, x: np.ndarray, last: bool = False) -> np.ndarray:
        """Return what is ready after one block more, float32 of shape (C, n), n from 0 on.

        Parameters
        ----------
        x
            The block, shape (C, n).
        last
            Whether no other follows: then all that is left comes out.
        """
        frames = np.ascontiguousarray(np.asarray(x, np.float32).T)  # (n, C)
        y = self._stream.resample_chunk(frames, last=last)
        return np.ascontiguousarray(y.T) if y.size else self._empty
