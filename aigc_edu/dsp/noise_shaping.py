"""Rounding to few bits so that the error lies where it is least heard.

Chapter: chapters/06-product/06-formats.ipynb

References
----------
M. A. Gerzon, P. G. Craven (1989), *Optimal noise shaping and dither of digital signals*, 87th
Convention of the Audio Engineering Society.
S. P. Lipshitz, J. Vanderkooy, R. A. Wannamaker (1991), *Minimally audible noise shaping*,
Journal of the Audio Engineering Society 39 (11).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from aigc_edu.dsp._validate import positive, whole, within_full_scale
from aigc_edu.dsp.acoustics import hearing_threshold
from aigc_edu.dsp.quantising import Dither, step_size
from aigc_edu.errors import InvalidValueError

ORDER = 9  # taps of a shaping filter
RANGE = 40.0  # dB that ears are less keen at most: what nobody hears must not get all the noise
_LOWEST = 20.0  # Hz
_BINS = 2048
_MOST = 1.5  # steps of an error by rounding with triangular dither; more is cut-off samples'


def shaping_filter(rate: float, order: int = ORDER) -> np.ndarray:
    """Return the taps that make the error of rounding as soft as it gets for the ear.

    Fed back over the taps ``c``, the error gets the spectrum of ``C = 1 + c_1 z^-1 + ...``.
    What is heard of it is the mean of ``W(f) |C(f)|^2``, where W is the ear's keenness: the
    threshold in quiet, turned round. That is least for the filter which predicts a noise with the
    spectrum W (Gerzon and Craven 1989): ``R c = -r``, with the autocorrelation r of that noise.

    Parameters
    ----------
    rate
        Sampling rate in Hz, 8,000 or more.
    order
        Number of taps, at least 1.

    Returns
    -------
    ndarray
        float64, shape (order,).
    """
    if positive(rate, "rate") < 8000:
        raise InvalidValueError(f"noise is shaped at 8000 Hz or more, not at {rate:g}")
    r = np.fft.irfft(keenness(np.linspace(0, rate / 2, _BINS + 1)))  # autocorrelation
    lags = np.arange(whole(order, "order"))
    return np.linalg.solve(r[np.abs(lags[:, None] - lags)], -r[lags + 1])


def keenness(frequency: np.ndarray | float) -> np.ndarray:
    """Return how keen ears are at a frequency, as a ratio of powers: 1 where they are keenest.

    From the threshold in quiet, :func:`aigc_edu.dsp.hearing_threshold`; at least -40 dB.

    Parameters
    ----------
    frequency
        In Hz, any shape, at least 0; below 20 Hz that of 20 Hz is taken.
    """
    level = np.asarray(hearing_threshold(np.maximum(frequency, _LOWEST)))
    best = np.min(hearing_threshold(np.arange(2000.0, 5000.0, 10.0)))
    return 10 ** (-np.minimum(level - best, RANGE) / 10)


def shaped_gain(taps: Sequence[float], frequency: np.ndarray, rate: float) -> np.ndarray:
    """Return what feeding back does to the error's amplitude at a frequency, ``|C(f)|``.

    Parameters
    ----------
    taps
        ``c_1, c_2 ...``; with none of them the error stays as it is.
    frequency
        In Hz, any shape.
    rate
        Sampling rate in Hz.
    """
    z = np.exp(-2j * np.pi * np.asarray(frequency, np.float64) / positive(rate, "rate"))
    return np.abs(1 + sum(c * z ** (k + 1) for k, c in enumerate(taps)))


class Rounder:
    """Rounds a waveform to few bits, a block after the other, as if it came at once.

    ``y = Q(v + d)`` with ``v[n] = x[n] + sum_k c_k e[n - k]`` and the error ``e = y - v``: there is
    dither d, and the errors of the samples before are fed back. Levels are those of
    :func:`aigc_edu.dsp.quantise`; what lies beyond the outer ones is cut off.

    Parameters
    ----------
    bits
        Bit depth, 1 to 32.
    dither
        As for :func:`aigc_edu.dsp.quantise`. Shaping takes triangular dither: without it, silence
        can go round and round as a tone.
    taps
        ``c_1, c_2 ...``, from :func:`shaping_filter`; none by default: a plain error.
    seed
        Fixes the dither.
    channels
        Each has its own errors and its own dither.
    """

    def __init__(
        self,
        bits: int,
        dither: Dither | None = "triangular",
        taps: Sequence[float] = (),
        seed: int = 0,
        channels: int = 1,
    ) -> None:
        if dither not in (None, "rectangular", "triangular"):
            raise InvalidValueError(f"dither is None, 'rectangular' or 'triangular': {dither!r}")
        self.step = step_size(bits)
        self._taps = np.asarray(taps, np.float64)
        self._draws = {None: 0, "rectangular": 1, "triangular": 2}[dither]
        self._random = np.random.default_rng(seed)
        self._past = np.zeros((whole(channels, "channels"), len(self._taps)))  # the last one first

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return one block more, rounded: float64, (N,) or (C, N) as ``x`` is.

        Raises
        ------
        InvalidValueError
            If x leaves [-1, 1], or has another number of channels.
        """
        shape, x = np.shape(x), np.atleast_2d(within_full_scale(x)) / self.step
        if len(x) != len(self._past):
            raise InvalidValueError(f"expected {len(self._past)} channels, (C, N), got {shape}")
        noise = self._noise(*x.shape)
        top = 1 / self.step
        if not len(self._taps):
            codes = np.floor(x + noise + 0.5)
        else:
            loop = _compiled_loop()
            rows = zip(x, noise, self._past, strict=True)
            codes = np.stack([loop(row, d, self._taps, past, top) for row, d, past in rows])
        return (np.clip(codes, -top, top - 1) * self.step).reshape(shape)

    def _noise(self, channels: int, count: int) -> np.ndarray:
        """Draw sample by sample, so that blocks of any size get the same."""
        drawn = self._random.uniform(-0.5, 0.5, (count, channels, self._draws))
        return drawn.sum(axis=2).T


@cache
def _compiled_loop() -> Callable[..., np.ndarray]:
    """Return :func:`_loop`, compiled on its first call, which takes a second or two, and kept."""
    import numba

    return numba.njit(cache=True)(_loop)


def _loop(
    x: np.ndarray, noise: np.ndarray, taps: np.ndarray, past: np.ndarray, top: float
) -> np.ndarray:
    """Round x (N,), in steps, with feedback; ``past`` (order,) is brought up to date."""
    y = np.zeros(len(x))
    for n in range(len(x)):
        v = x[n]
        for k in range(len(taps)):
            v += taps[k] * past[k]
        y[n] = min(max(np.floor(v + noise[n] + 0.5), -top), top - 1)
        for k in range(len(taps) - 1, 0, -1):
            past[k] = past[k - 1]
        past[0] = min(max(y[n] - v, -_MOST), _MOST)  # what is cut off must not come back
    return y
