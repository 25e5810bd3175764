"""A second judge of pitch, in the frequency domain, where YIN listens in time.

Chapter: chapters/03-autoregressive/10-samplernn-generation.ipynb

References
----------
- Hermes 1988, "Measurement of pitch by subharmonic summation", Journal of the Acoustical Society of
  America 83 (1): the sum, and the factor 0.84.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.errors import InvalidValueError

HARMONICS = 10
FACTOR = 0.84  # by which each further harmonic counts less
STEP = 5.0  # cents between the pitches that are tried
QUIET = 1e-3  # peak below which a note counts as silent


def pitch_by_harmonic_sum(
    x: np.ndarray, rate: float, low: float = 60.0, high: float = 1000.0
) -> float:
    """Return the pitch in Hz whose first harmonics are strongest in the spectrum; NaN for silence.

    Of all pitches f between ``low`` and ``high``, 5 cents apart, it is the one with the largest
    ``sum_h 0.84^(h - 1) A(h f)``, where A is the magnitude of the whole note's spectrum under a
    Hann window. It shares nothing with YIN, which looks for the time after which the waveform
    repeats itself.

    Parameters
    ----------
    x
        Shape (N,), at least two periods of ``low``.
    rate
        Sampling rate in Hz.
    low, high
        Pitches to look between, in Hz.

    Raises
    ------
    InvalidValueError
        If the note is too short, or the bounds don't fit.
    """
    x = np.asarray(x, np.float64)
    if not 0 < low < high <= rate / 2:
        raise InvalidValueError(f"expected 0 < low < high <= {rate / 2:g}, got {low} and {high}")
    if x.ndim != 1 or len(x) < 2 * rate / low:
        raise InvalidValueError(f"a note of shape {x.shape} is too short for {low:g} Hz")
    if np.abs(x).max() < QUIET:
        return float("nan")
    size = 1 << int(np.ceil(np.log2(4 * len(x))))  # zeros behind x: the peaks are drawn finely
    spectrum = np.abs(np.fft.rfft((x - x.mean()) * np.hanning(len(x)), size))
    tried = low * 2 ** (np.arange(0, 1200 * np.log2(high / low), STEP) / 1200)
    harmonics = np.arange(1, HARMONICS + 1)
    places = tried[:, None] * harmonics * size / rate  # (pitches, harmonics), in bins
    strength = np.interp(places, np.arange(len(spectrum)), spectrum, right=0.0)
    return float(tried[np.argmax(strength @ FACTOR ** (harmonics - 1.0))])
