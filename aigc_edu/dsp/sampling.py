"""Sampling: from a curve over time to numbers, and back.

Chapter: chapters/01-sound-as-numbers/02-sampling-and-quantising.ipynb

References
----------
H. Nyquist (1928), *Certain topics in telegraph transmission theory*.
C. E. Shannon (1949), *Communication in the presence of noise*, theorem 1.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp._validate import positive
from aigc_edu.errors import InvalidValueError


def sample_times(duration: float, rate: float) -> np.ndarray:
    """Return the times of the samples, ``t / rate`` for t = 0 ... N - 1.

    Parameters
    ----------
    duration
        In seconds, above 0.
    rate
        Sampling rate in Hz, above 0.

    Returns
    -------
    ndarray
        float64, shape (N,), in seconds; N is ``duration * rate``, rounded.
    """
    count = round(positive(duration, "duration") * positive(rate, "rate"))
    return np.arange(count) / rate


def sine(
    frequency: float, duration: float, rate: float, amplitude: float = 1.0, phase: float = 0.0
) -> np.ndarray:
    """Return samples of ``amplitude * sin(2 pi frequency time + phase)``.

    Parameters
    ----------
    frequency
        In Hz. Above ``rate / 2`` the samples are those of an alias, see :func:`alias_frequency`.
    duration, rate
        As in :func:`sample_times`.
    amplitude
        Largest value.
    phase
        In radians.

    Returns
    -------
    ndarray
        float64, shape (N,).
    """
    return amplitude * np.sin(2 * np.pi * frequency * sample_times(duration, rate) + phase)


def chirp(
    start: float, stop: float, duration: float, rate: float, amplitude: float = 1.0
) -> np.ndarray:
    """Return a sine whose frequency runs evenly from ``start`` to ``stop``.

    The phase is the integral of the frequency: ``2 pi (start u + (stop - start) u^2 / (2
    duration))`` at time u.

    Parameters
    ----------
    start, stop
        In Hz. Nothing keeps the frequency below ``rate / 2``: what passes it folds back.
    duration, rate, amplitude
        As in :func:`sine`.

    Returns
    -------
    ndarray
        float64, shape (N,).
    """
    u = sample_times(duration, rate)
    return amplitude * np.sin(2 * np.pi * (start * u + (stop - start) * u**2 / (2 * duration)))


def alias_frequency(frequency: np.ndarray | float, rate: float) -> np.ndarray | float:
    """Return the frequency from 0 to ``rate / 2`` that has the same samples.

    ``|f - rate * round(f / rate)|``: the distance to the nearest multiple of the rate.

    Parameters
    ----------
    frequency
        In Hz, any shape, any sign.
    rate
        Sampling rate in Hz, above 0.

    Returns
    -------
    ndarray or float
        In Hz, the shape of ``frequency``.
    """
    positive(rate, "rate")
    frequency = np.asarray(frequency, np.float64)
    alias = np.abs(frequency - rate * np.round(frequency / rate))
    return float(alias) if alias.ndim == 0 else alias


def reconstruct(x: np.ndarray, rate: float, times: np.ndarray) -> np.ndarray:
    """Return the band-limited curve through samples, at any times.

    ``sum_t x[t] sinc(rate * u - t)`` with ``sinc(v) = sin(pi v) / (pi v)``: Shannon's theorem 1.
    The sum takes the samples before the first and after the last for zeros, so it is exact only
    far from both ends. Time and memory grow as M * N.

    Parameters
    ----------
    x
        Shape (N,), the samples; the first is at time 0.
    rate
        Sampling rate in Hz.
    times
        Shape (M,), in seconds.

    Returns
    -------
    ndarray
        float64, shape (M,).
    """
    x, times = np.asarray(x, np.float64), np.asarray(times, np.float64)
    if x.ndim != 1 or times.ndim != 1:
        raise InvalidValueError(f"x is (N,) and times (M,), got {x.shape} and {times.shape}")
    distance = positive(rate, "rate") * times[:, None] - np.arange(len(x))  # (M, N), in samples
    return np.sinc(distance) @ x


def decimate_without_filter(x: np.ndarray, factor: int) -> np.ndarray:
    """Keep every ``factor``-th sample and nothing else: the wrong way to lower a sampling rate.

    What lies above half the new rate folds down. :func:`aigc_edu.audio.resample` is the right way.

    Parameters
    ----------
    x
        Shape (N,).
    factor
        A whole number, at least 1.

    Returns
    -------
    ndarray
        Shape (ceil(N / factor),).
    """
    if factor != int(factor) or factor < 1:
        raise InvalidValueError(f"factor must be a whole number of at least 1, got {factor}")
    return np.asarray(x)[:: int(factor)]
