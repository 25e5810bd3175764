"""How near a copy of a sound is to the sound: by its spectrum, and by its samples.

Chapter: chapters/05-tokens/02-a-neural-codec.ipynb

The two do not agree. A copy with other phases can sound the same; by its samples it is no copy.

References
----------
- R. Kubichek (1993), *Mel-cepstral distance measure for objective speech quality assessment*: a
  distance of log spectra.
- J. Le Roux et al. (2019), *SDR - half-baked or well done?*, arXiv:1811.02508.
"""

from __future__ import annotations

import math

import numpy as np

from aigc_edu.dsp import mel_spectrogram, to_db, window
from aigc_edu.errors import InvalidValueError

SECONDS = 0.064  # of a frame; a power of two of samples is taken
BANDS = 40
FLOOR_DB = -80.0  # against a sine of amplitude 1: what is quieter counts as silence


def log_mel_distance(real: np.ndarray, made: np.ndarray, rate: float) -> float:
    """Return the mean distance of two sounds' mel spectrograms in decibels.

    Parameters
    ----------
    real, made
        Shape (N,) each, N >= 1, finite, in [-1, 1].
    rate
        Sampling rate in Hz, 1,000 or more.

    Returns
    -------
    float
        The mean size of the difference of levels over 40 bands and all frames, 0 for equal sounds.
        Levels below -80 dB count as that, so silence can be compared, too.
    """
    check_pair(real, made)
    frame = 2 ** round(math.log2(SECONDS * rate))
    real_db, made_db = (levels_db(x, rate, frame, frame // 4, BANDS) for x in (real, made))
    return float(np.abs(real_db - made_db).mean())


def levels_db(x: np.ndarray, rate: float, frame: int, hop: int, bands: int) -> np.ndarray:
    """Return a sound's levels in mel bands, in decibels against a sine of amplitude 1.

    Parameters
    ----------
    x
        Shape (N,), N >= 1, finite, in [-1, 1].
    rate
        Sampling rate in Hz.
    frame, hop, bands
        See :func:`aigc_edu.dsp.mel_spectrogram`.

    Returns
    -------
    ndarray
        Shape (bands, frames), -80 or more: what is quieter counts as silence.
    """
    full = (window("hann", frame).sum() / 2) ** 2  # what a sine of amplitude 1 has at its bin
    return to_db(mel_spectrogram(np.asarray(x, float), rate, frame, hop, bands) / full, FLOOR_DB)


def si_sdr(real: np.ndarray, made: np.ndarray) -> float:
    """Return the scale-invariant signal-to-distortion ratio in decibels (Le Roux et al. 2019).

    The made sound is split into a multiple of the real one and a rest: the ratio of their powers.

    Parameters
    ----------
    real, made
        Shape (N,) each, N >= 1, finite; the real one isn't silent.

    Returns
    -------
    float
        Any number; infinite for a multiple, minus infinity where nothing of the real sound is left.
    """
    real, made = (np.asarray(x, np.float64) for x in (real, made))
    check_pair(real, made)
    energy = float(real @ real)
    if energy == 0:
        raise InvalidValueError("the real sound is silent: nothing is a multiple of it")
    part = float(made @ real) / energy * real
    signal, rest = float(part @ part), float(np.sum((made - part) ** 2))
    if rest == 0 or signal == 0:
        return math.inf if signal else -math.inf
    return 10 * math.log10(signal / rest)


def check_pair(real: np.ndarray, made: np.ndarray) -> None:
    """Raise InvalidValueError unless both are (N,) with the same N >= 1."""
    if np.ndim(real) != 1 or np.shape(real) != np.shape(made) or not len(real):
        raise InvalidValueError(
            f"expected two (N,), N >= 1, got {np.shape(real)} and {np.shape(made)}"
        )
