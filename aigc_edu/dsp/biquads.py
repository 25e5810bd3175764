"""Filters of two poles and two zeros, and the equaliser that is a row of them.

Chapter: chapters/06-product/05-restoring.ipynb
Chapter: chapters/06-product/07-finishing.ipynb

A *biquad* is the smallest filter that can do what the knobs of a mixing desk do: cut what lies
below or above a frequency, take one frequency out, or raise and lower a band.

Reference: R. Bristow-Johnson, *Cookbook formulae for audio equalizer biquad filter coefficients*
(1998; as a note of the W3C, 2021). In its words A is the square root of the gain, w0 the angle a
sample, and alpha the half width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive
from aigc_edu.dsp.filters import filter_signal, frequency_response
from aigc_edu.errors import InvalidValueError, did_you_mean

Shape = Literal["lowpass", "highpass", "notch", "peak", "lowshelf", "highshelf"]
BUTTERWORTH = 0.5**0.5  # the quality without a bump at the cutoff
MOST_DB = 60.0  # of a band: more is a mistake

_Three = tuple[float, float, float]


@dataclass(frozen=True)
class Band:
    """One band of an equaliser.

    Attributes
    ----------
    shape
        ``"lowpass"`` and ``"highpass"`` cut what lies above and below; ``"notch"`` takes one
        frequency out; ``"peak"`` raises or lowers what lies around a frequency, ``"lowshelf"`` and
        ``"highshelf"`` what lies below and above it.
    frequency
        In Hz, between 0 and half the sampling rate.
    gain_db
        Of a peak or a shelf, -60 to 60 dB; the others have none.
    q
        Quality, above 0: the frequency over the width of the band. For a cut or a shelf, 0.707 is
        as steep as it gets without a bump.
    """

    shape: Shape
    frequency: float
    gain_db: float = 0.0
    q: float = BUTTERWORTH


def biquad(
    shape: Shape, frequency: float, rate: float, q: float = BUTTERWORTH, gain_db: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the coefficients of a filter of two poles and two zeros, by the cookbook.

    Parameters
    ----------
    shape, frequency, q, gain_db
        See :class:`Band`.
    rate
        Sampling rate in Hz.

    Returns
    -------
    b, a
        float64, shape (3,) each, with ``a[0] = 1``. At the frequency a low-pass and a high-pass
        have the gain q, a peak has ``gain_db``, a shelf half of it in dB. Far away from it all have
        a gain of 1, or of ``gain_db`` on the side that a shelf moves, or of 0 where they cut.

    Raises
    ------
    InvalidValueError
        If there is no such shape, or a number lies outside its range.
    """
    if shape not in _SHAPES:
        hint = did_you_mean(str(shape), _SHAPES)
        told = f"shape is one of {', '.join(_SHAPES)}, not {shape!r}"
        raise InvalidValueError(f"{told}; {hint}" if hint else told)
    if not 0 < frequency < positive(rate, "rate") / 2:
        raise InvalidValueError(
            f"frequency must lie between 0 and half the rate, {rate / 2:g} Hz, got {frequency} Hz"
        )
    if not abs(gain_db) <= MOST_DB:
        raise InvalidValueError(f"gain_db must lie from -{MOST_DB:g} to {MOST_DB:g}, got {gain_db}")
    if gain_db and shape in ("lowpass", "highpass", "notch"):
        raise InvalidValueError(f"a {shape} has no gain_db, got {gain_db}")
    root = 10 ** (gain_db / 40)  # A
    angle = 2 * np.pi * frequency / rate  # w0
    half = np.sin(angle) / (2 * positive(q, "q"))  # alpha
    b, a = (np.array(c) for c in _SHAPES[shape](np.cos(angle), half, root))
    return b / a[0], a / a[0]


def equalise(
    x: np.ndarray, rate: float, bands: Sequence[Band], both_ways: bool = False
) -> np.ndarray:
    """Filter a signal by bands, one after the other, starting from silence.

    Parameters
    ----------
    x
        Shape (N,), real, finite.
    rate
        Sampling rate in Hz.
    bands
        Any number; without any, the signal stays as it is. Their order doesn't matter.
    both_ways
        Whether the signal is filtered once forwards and once backwards. What turned the phases one
        way turns them back, and all gains count twice in dB. It takes the whole signal, so nothing
        live can do it.

    Returns
    -------
    ndarray
        float64, shape (N,). It may pass full scale where a band raises.
    """
    y = finite_samples(x)
    for band in bands:
        y = filter_signal(*biquad(band.shape, band.frequency, rate, band.q, band.gain_db), y)
    return equalise(y[::-1], rate, bands)[::-1].copy() if both_ways else y


def equaliser_response(bands: Sequence[Band], frequencies: np.ndarray, rate: float) -> np.ndarray:
    """Return what bands together do to each frequency: complex128, (F,), the product of all.

    Parameters
    ----------
    bands
        See :func:`equalise`.
    frequencies
        In Hz, shape (F,).
    rate
        Sampling rate in Hz.
    """
    whole = np.ones(len(np.atleast_1d(frequencies)), complex)
    for band in bands:
        b, a = biquad(band.shape, band.frequency, rate, band.q, band.gain_db)
        whole = whole * frequency_response(b, a, frequencies, rate)
    return whole


# ---------------------------------------------------------------- the cookbook: c is cos(w0)


def _lowpass(c: float, alpha: float, _: float) -> tuple[_Three, _Three]:
    return ((1 - c) / 2, 1 - c, (1 - c) / 2), (1 + alpha, -2 * c, 1 - alpha)


def _highpass(c: float, alpha: float, _: float) -> tuple[_Three, _Three]:
    return ((1 + c) / 2, -1 - c, (1 + c) / 2), (1 + alpha, -2 * c, 1 - alpha)


def _notch(c: float, alpha: float, _: float) -> tuple[_Three, _Three]:
    return (1.0, -2 * c, 1.0), (1 + alpha, -2 * c, 1 - alpha)


def _peak(c: float, alpha: float, A: float) -> tuple[_Three, _Three]:
    return (1 + alpha * A, -2 * c, 1 - alpha * A), (1 + alpha / A, -2 * c, 1 - alpha / A)


def _lowshelf(c: float, alpha: float, A: float) -> tuple[_Three, _Three]:
    up, down, width = (A + 1) - (A - 1) * c, (A + 1) + (A - 1) * c, 2 * A**0.5 * alpha
    middle, below = 2 * A * ((A - 1) - (A + 1) * c), -2 * ((A - 1) + (A + 1) * c)
    return (A * (up + width), middle, A * (up - width)), (down + width, below, down - width)


def _highshelf(c: float, alpha: float, A: float) -> tuple[_Three, _Three]:
    up, down, width = (A + 1) + (A - 1) * c, (A + 1) - (A - 1) * c, 2 * A**0.5 * alpha
    middle, below = -2 * A * ((A - 1) + (A + 1) * c), 2 * ((A - 1) - (A + 1) * c)
    return (A * (up + width), middle, A * (up - width)), (down + width, below, down - width)


_SHAPES: dict[str, Callable[[float, float, float], tuple[_Three, _Three]]] = {
    "lowpass": _lowpass,
    "highpass": _highpass,
    "notch": _notch,
    "peak": _peak,
    "lowshelf": _lowshelf,
    "highshelf": _highshelf,
}
