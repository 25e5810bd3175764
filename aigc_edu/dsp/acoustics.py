"""Levels, loudness and pitch: physical sound in numbers.

Chapter: chapters/01-sound-as-numbers/01-what-sound-is.ipynb

References
----------
IEC 61672-1 (2013), *Electroacoustics: sound level meters*, annex E (A-weighting).
E. Terhardt (1979), *Calculating virtual pitch*, on the threshold in quiet.
B. R. Glasberg, B. C. J. Moore (1990), *Derivation of auditory filter shapes from notched-noise
data*.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aigc_edu.dsp._validate import finite_samples
from aigc_edu.errors import InvalidValueError

SPEED_OF_SOUND = 343.0  # metres a second, in dry air of 20 degrees Celsius
REFERENCE_PRESSURE = 20e-6  # pascals: 0 dB SPL

_A_POLES = (20.598997, 107.65265, 737.86223, 12194.217)  # Hz (IEC 61672-1)


# ---------------------------------------------------------------- levels


def amplitude_to_db(ratio: np.ndarray | float) -> np.ndarray | float:
    """Return a ratio of amplitudes (or pressures) in decibels, ``20 log10(ratio)``.

    Parameters
    ----------
    ratio
        Any shape, at least 0; 0 gives minus infinity.
    """
    return 2 * power_to_db(ratio)


def power_to_db(ratio: np.ndarray | float) -> np.ndarray | float:
    """Return a ratio of powers (or intensities) in decibels, ``10 log10(ratio)``.

    Parameters
    ----------
    ratio
        Any shape, at least 0; 0 gives minus infinity.
    """
    ratio = np.asarray(ratio, np.float64)
    if np.any(np.isnan(ratio)) or np.any(ratio < 0):
        raise InvalidValueError("a ratio in decibels must be at least 0 and not NaN")
    with np.errstate(divide="ignore"):
        return _plain(10 * np.log10(ratio))


def db_to_amplitude(level: np.ndarray | float) -> np.ndarray | float:
    """Undo :func:`amplitude_to_db`: ``10^(level / 20)``."""
    return _plain(10 ** (np.asarray(level, np.float64) / 20))


def db_to_power(level: np.ndarray | float) -> np.ndarray | float:
    """Undo :func:`power_to_db`: ``10^(level / 10)``."""
    return _plain(10 ** (np.asarray(level, np.float64) / 10))


def add_levels(levels: Sequence[float] | np.ndarray) -> float:
    """Return the level of several sounds together that have nothing to do with each other.

    Their powers add: ``10 log10(sum_i 10^(L_i / 10))``.

    Parameters
    ----------
    levels
        In dB, shape (K,), K >= 1.
    """
    return float(power_to_db(np.sum(db_to_power(finite_samples(levels, "levels")))))


# ---------------------------------------------------------------- what the ear makes of it


def a_weighting(frequency: np.ndarray | float) -> np.ndarray | float:
    """Return the A-weighting in dB: how much softer than at 1 kHz a sound level meter counts.

    ``R(f) = f4^2 f^4 / ((f^2 + f1^2) sqrt((f^2 + f2^2) (f^2 + f3^2)) (f^2 + f4^2))`` in dB, plus
    the 2.00 dB that make it 0 at 1 kHz (IEC 61672-1).

    Parameters
    ----------
    frequency
        In Hz, any shape, above 0.
    """
    f2 = _positive(frequency) ** 2
    first, second, third, fourth = (pole**2 for pole in _A_POLES)
    weight = fourth * f2**2 / ((f2 + first) * np.sqrt((f2 + second) * (f2 + third)) * (f2 + fourth))
    return _plain(20 * np.log10(weight) + 2.0)


def hearing_threshold(frequency: np.ndarray | float) -> np.ndarray | float:
    """Return the level in dB SPL at which a young ear just hears a tone in quiet.

    ``3.64 f^-0.8 - 6.5 exp(-0.6 (f - 3.3)^2) + 10^-3 f^4`` with f in kHz (Terhardt 1979).

    Parameters
    ----------
    frequency
        In Hz, any shape, above 0; meant for 20 to 16,000.
    """
    f = _positive(frequency) / 1000
    return _plain(3.64 * f**-0.8 - 6.5 * np.exp(-0.6 * (f - 3.3) ** 2) + 1e-3 * f**4)


def critical_bandwidth(frequency: np.ndarray | float) -> np.ndarray | float:
    """Return the equivalent rectangular bandwidth of the ear's filter at a frequency, in Hz.

    ``24.7 (4.37 f / 1000 + 1)`` (Glasberg and Moore 1990, equation 3).

    Parameters
    ----------
    frequency
        In Hz, any shape, above 0; measured from 100 to 10,000.
    """
    return _plain(24.7 * (4.37 * _positive(frequency) / 1000 + 1))


def midi_to_hz(note: np.ndarray | float) -> np.ndarray | float:
    """Return the frequency of a MIDI note number in Hz, ``440 * 2^((note - 69) / 12)``."""
    return _plain(440.0 * 2 ** ((np.asarray(note, np.float64) - 69) / 12))


def hz_to_midi(frequency: np.ndarray | float) -> np.ndarray | float:
    """Undo :func:`midi_to_hz`; the result need not be whole."""
    return _plain(69 + 12 * np.log2(_positive(frequency) / 440))


def cents(frequency: np.ndarray | float, reference: np.ndarray | float) -> np.ndarray | float:
    """Return an interval in cents, ``1200 log2(frequency / reference)``: 100 are a semitone."""
    return _plain(1200 * np.log2(_positive(frequency) / _positive(reference)))


def _positive(frequency: np.ndarray | float) -> np.ndarray:
    frequency = np.asarray(frequency, np.float64)
    if not (np.isfinite(frequency).all() and np.all(frequency > 0)):
        raise InvalidValueError("frequencies must be finite and above 0")
    return frequency


def _plain(value: np.ndarray) -> np.ndarray | float:
    """Return a number for a number, an array for an array."""
    return float(value) if np.ndim(value) == 0 else value
