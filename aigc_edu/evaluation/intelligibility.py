"""How well speech is understood, as far as numbers tell: short-time objective intelligibility.

Chapter: chapters/05-tokens/02-a-neural-codec.ipynb

Reference: C. H. Taal, R. C. Hendriks, R. Heusdens and J. Jensen (2011), *An algorithm for
intelligibility prediction of time-frequency weighted noisy speech*, IEEE Transactions on Audio,
Speech, and Language Processing 19 (7).
"""

from __future__ import annotations

import numpy as np

from aigc_edu.audio import resample
from aigc_edu.dsp import bin_frequencies, overlap_add
from aigc_edu.errors import InvalidValueError

RATE = 10_000  # Hz; all numbers below are the paper's
FRAME, HOP, BINS = 256, 128, 512  # samples; frames are filled up with zeros to 512
BANDS, LOWEST = 15, 150.0  # thirds of an octave, and the middle of the first in Hz
SEGMENT = 30  # frames that are compared at once, 384 ms
QUIET = 40.0  # dB below the loudest frame: what is quieter is left out
BETA = -15.0  # dB: what the worst signal-to-distortion ratio is clipped to

_TINY = np.finfo(np.float64).eps


def stoi(real: np.ndarray, made: np.ndarray, rate: int) -> float:
    """Return the short-time objective intelligibility of made speech (Taal et al. 2011).

    The mean correlation of both sounds' envelopes in thirds of an octave, over pieces of 384 ms;
    pauses in the real one are left out.

    Parameters
    ----------
    real, made
        The clean speech, and the same as it arrives, sample by sample at the same place: shape
        (N,) each, finite. Their levels don't matter.
    rate
        Sampling rate in Hz.

    Returns
    -------
    float
        At most 1, which equal sounds get; about 0 for noise.

    Raises
    ------
    InvalidValueError
        If the shapes differ, or there is less than 0.4 s of speech.
    """
    real, made = (np.asarray(x, np.float64) for x in (real, made))
    if real.ndim != 1 or real.shape != made.shape or not len(real):
        raise InvalidValueError(f"expected two (N,), got {real.shape} and {made.shape}")
    if rate != RATE:
        real, made = (resample(x, rate, RATE).astype(np.float64) for x in (real, made))
    x, y = (band_envelopes(part) for part in _without_pauses(real, made))  # (bands, frames)
    if x.shape[1] < SEGMENT:
        raise InvalidValueError(f"{x.shape[1]} frames of speech are too few; {SEGMENT} are needed")
    view = np.lib.stride_tricks.sliding_window_view
    return float(np.mean(_correlation(*(view(part, SEGMENT, axis=1) for part in (x, y)))))


def band_envelopes(x: np.ndarray) -> np.ndarray:
    """Return the magnitudes of x (N,) at 10 kHz in thirds of an octave: (bands, frames)."""
    if len(x) < FRAME:
        return np.zeros((BANDS, 0))
    power = np.abs(np.fft.rfft(_frames(x), BINS, axis=1)) ** 2  # (frames, bins)
    return np.sqrt(power @ third_octaves().T).T


def third_octaves() -> np.ndarray:
    """Return which bins each third of an octave has, 0 or 1: (bands, bins).

    An edge belongs to the bin nearest to it.
    """
    frequencies = bin_frequencies(BINS, RATE)
    middles = LOWEST * 2.0 ** (np.arange(BANDS) / 3)
    low, high = (
        np.abs(frequencies - (middles * 2.0 ** (sign / 6))[:, None]).argmin(axis=1)
        for sign in (-1, 1)
    )
    bins = np.arange(len(frequencies))
    return ((bins >= low[:, None]) & (bins < high[:, None])).astype(np.float64)


def _window() -> np.ndarray:
    """Return a Hann window without its two zeros, as the paper's program has it."""
    return np.hanning(FRAME + 2)[1:-1]


def _frames(x: np.ndarray) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(x, FRAME)[::HOP] * _window()


def _without_pauses(real: np.ndarray, made: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both without the frames in which the real one is quiet, joined by overlap-add."""
    if len(real) < FRAME:
        return real, made
    x, y = _frames(real), _frames(made)
    level = 20 * np.log10(np.linalg.norm(x, axis=1) + _TINY)
    loud = level > level.max() - QUIET
    return overlap_add(x[loud], HOP), overlap_add(y[loud], HOP)


def _correlation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the correlations of pieces (bands, pieces, frames), y levelled to x and clipped."""
    gain = np.linalg.norm(x, axis=2, keepdims=True) / (
        np.linalg.norm(y, axis=2, keepdims=True) + _TINY
    )
    y = np.minimum(gain * y, x * (1 + 10 ** (-BETA / 20)))  # equation 3
    x, y = (part - part.mean(axis=2, keepdims=True) for part in (x, y))
    size = np.linalg.norm(x, axis=2) * np.linalg.norm(y, axis=2)
    return (x * y).sum(axis=2) / (size + _TINY)  # equation 5
