"""Quantising: from real amplitudes to a finite set of levels.

Chapter: chapters/01-sound-as-numbers/02-sampling-and-quantising.ipynb

Waveforms have full scale at -1 and 1. Nothing here clips silently: a sample outside that range
raises :class:`aigc_edu.errors.InvalidValueError`.

References
----------
W. R. Bennett (1948), *Spectra of quantized signals*.
S. P. Lipshitz, R. A. Wannamaker, J. Vanderkooy (1992), *Quantization and dither*.
ITU-T Recommendation G.711 (1988), *Pulse code modulation of voice frequencies*.
A. van den Oord et al. (2016), *WaveNet: a generative model for raw audio*, section 2.2.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from aigc_edu.dsp._validate import positive, within_full_scale
from aigc_edu.errors import InvalidValueError

Dither = Literal["rectangular", "triangular"]


def step_size(bits: int) -> float:
    """Return the distance between neighbouring levels, ``2 / 2^bits``: [-1, 1] in 2^bits parts.

    Raises
    ------
    InvalidValueError
        If ``bits`` is not a whole number from 1 to 32.
    """
    if bits != int(bits) or not 1 <= bits <= 32:
        raise InvalidValueError(f"bits must be a whole number from 1 to 32, got {bits}")
    return 2.0 ** (1 - int(bits))


def quantise(x: np.ndarray, bits: int, dither: Dither | None = None, seed: int = 0) -> np.ndarray:
    """Round amplitudes to the 2^bits levels of a linear quantiser.

    The levels are the multiples of ``step = 2 / 2^bits`` from -1 to ``1 - step``, as in a PCM file;
    zero is one of them (a *mid-tread* quantiser). The error is at most half a step, except above
    ``1 - step / 2``, where the top level is all there is and the error grows to one step. Dither
    that reaches beyond the outer levels is cut off there in the same way.

    Parameters
    ----------
    x
        Any shape, within [-1, 1].
    bits
        Bit depth, 1 to 32.
    dither
        Noise added before rounding: ``"rectangular"``, one step wide, makes the mean error zero;
        ``"triangular"``, two steps wide, makes its power the same for every input as well
        (Lipshitz, Wannamaker, Vanderkooy 1992). None by default.
    seed
        Fixes the dither.

    Returns
    -------
    ndarray
        float64, the shape of ``x``.
    """
    x, step = within_full_scale(x), step_size(bits)
    noise = _dither_noise(dither, x.shape, seed)
    codes = np.floor(x / step + noise + 0.5)
    half = 2.0 ** (bits - 1)
    return np.clip(codes, -half, half - 1) * step


def snr_db(clean: np.ndarray, degraded: np.ndarray) -> float:
    """Return the signal-to-noise ratio in dB, ``10 log10(sum clean^2 / sum (degraded - clean)^2)``.

    Parameters
    ----------
    clean, degraded
        Of one shape.

    Returns
    -------
    float
        Infinite if the two are equal.

    Raises
    ------
    InvalidValueError
        If the shapes differ or ``clean`` is silent, so that there is no ratio.
    """
    clean, degraded = np.asarray(clean, np.float64), np.asarray(degraded, np.float64)
    if clean.shape != degraded.shape:
        raise InvalidValueError(f"the shapes differ: {clean.shape} and {degraded.shape}")
    signal, noise = np.sum(clean**2), np.sum((degraded - clean) ** 2)
    if signal == 0:
        raise InvalidValueError("the clean signal is silent, so it has no signal-to-noise ratio")
    return float(10 * np.log10(signal / noise)) if noise > 0 else float("inf")


def theoretical_snr_db(bits: int, amplitude: float = 1.0) -> float:
    """Return the SNR of a quantised sine under the model of an evenly spread error.

    ``10 log10(3/2 * 2^(2 bits) * amplitude^2)``, that is ``6.02 bits + 1.76`` dB at full scale
    (Bennett 1948).
    """
    positive(amplitude, "amplitude")
    return float(10 * np.log10(6 / step_size(bits) ** 2 * amplitude**2))


def mu_law_compress(x: np.ndarray, mu: float = 255) -> np.ndarray:
    """Bend amplitudes so that quiet samples get more of the range than loud ones.

    ``y = sign(x) ln(1 + mu |x|) / ln(1 + mu)``, the continuous mu-law of G.711.

    Parameters
    ----------
    x
        Any shape, within [-1, 1].
    mu
        Strength of the bend, above 0; telephony and WaveNet take 255.

    Returns
    -------
    ndarray
        float64, the shape of ``x``, within [-1, 1]; odd and strictly increasing in ``x``.
    """
    x = within_full_scale(x)
    positive(mu, "mu")
    return np.sign(x) * np.log1p(mu * np.abs(x)) / np.log1p(mu)


def mu_law_expand(y: np.ndarray, mu: float = 255) -> np.ndarray:
    """Undo :func:`mu_law_compress`: ``x = sign(y) ((1 + mu)^|y| - 1) / mu``.

    Parameters
    ----------
    y
        Any shape, within [-1, 1].
    mu
        As in :func:`mu_law_compress`.

    Returns
    -------
    ndarray
        float64, the shape of ``y``, within [-1, 1].
    """
    y = within_full_scale(y, "y")
    positive(mu, "mu")
    x = np.sign(y) * np.expm1(np.abs(y) * np.log1p(mu)) / mu
    return np.clip(x, -1.0, 1.0)  # rounding alone can pass 1, by about 1e-16


def mu_law_encode(x: np.ndarray, mu: int = 255) -> np.ndarray:
    """Quantise to the nearest of ``mu + 1`` levels of the compressed amplitude.

    ``k = floor((y + 1) / 2 * mu + 1/2)`` with ``y = mu_law_compress(x)``.

    Parameters
    ----------
    x
        Any shape, within [-1, 1].
    mu
        A whole number, at least 1: the largest code.

    Returns
    -------
    ndarray
        int64, the shape of ``x``, codes 0 ... mu. Code ``mu - k`` is the mirror image of code
        ``k``. No level is exactly zero when ``mu`` is odd; silence becomes code ``(mu + 1) / 2``.
    """
    y = mu_law_compress(x, _whole(mu))
    return np.floor((y + 1) / 2 * mu + 0.5).astype(np.int64)


def mu_law_decode(codes: np.ndarray, mu: int = 255) -> np.ndarray:
    """Turn mu-law codes back into amplitudes; the exact inverse of encoding on the levels.

    Code ``k`` stands for the compressed amplitude ``y_k = (2 k - mu) / mu``.

    Parameters
    ----------
    codes
        Integers, any shape, 0 ... mu.
    mu
        As in :func:`mu_law_encode`.

    Returns
    -------
    ndarray
        float32, the shape of ``codes``, within [-1, 1].
    """
    codes, mu = np.asarray(codes), _whole(mu)
    if not np.issubdtype(codes.dtype, np.integer):
        raise InvalidValueError(f"mu-law codes are integers, got an array of {codes.dtype}")
    if codes.size and (codes.min() < 0 or codes.max() > mu):
        raise InvalidValueError(
            f"mu-law codes lie in 0 ... {mu}, got {codes.min()} ... {codes.max()}"
        )
    y = (2 * codes.astype(np.int64) - mu) / mu
    return mu_law_expand(y, mu).astype(np.float32)


def mu_law_error_bound(x: np.ndarray, mu: int = 255) -> np.ndarray:
    """Bound on ``|mu_law_decode(mu_law_encode(x)) - x|``, sample by sample.

    Rounding moves the compressed amplitude by at most half a step, ``1 / mu``. Expanding that
    makes ``((1 + mu)^(1 / mu) - 1) (|x| + 1 / mu)``: the error grows with the amplitude, about
    2.2 % of it for mu = 255. The bound holds up to the rounding of float32.

    Parameters
    ----------
    x
        Any shape, within [-1, 1].
    mu
        As in :func:`mu_law_encode`.

    Returns
    -------
    ndarray
        float64, the shape of ``x``, above 0.
    """
    x, mu = within_full_scale(x), _whole(mu)
    return np.expm1(np.log1p(mu) / mu) * (np.abs(x) + 1 / mu)


def _dither_noise(kind: str | None, shape: tuple[int, ...], seed: int) -> np.ndarray | float:
    """Return dither in units of a step: nothing, one uniform draw, or the sum of two."""
    draws = {None: 0, "rectangular": 1, "triangular": 2}
    if kind not in draws:
        raise InvalidValueError(f"dither is None, 'rectangular' or 'triangular', not {kind!r}")
    if not draws[kind]:
        return 0.0
    random = np.random.default_rng(seed)
    return random.uniform(-0.5, 0.5, (draws[kind], *shape)).sum(axis=0)


def _whole(mu: int) -> int:
    if mu != int(mu) or mu < 1:
        raise InvalidValueError(f"mu must be a whole number of at least 1, got {mu}")
    return int(mu)
