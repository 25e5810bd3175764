"""The Fourier transform of a finite row of samples.

Chapter: chapters/01-sound-as-numbers/05-the-frequency-domain.ipynb

A spectrum ``X[k]`` is indexed by its *bin* ``k``, which stands for the frequency ``k * rate / N``.

References
----------
J. W. Cooley, J. W. Tukey (1965), *An algorithm for the machine calculation of complex Fourier
series*.
F. J. Harris (1978), *On the use of windows for harmonic analysis with the discrete Fourier
transform*.
J. O. Smith (2007), *Mathematics of the discrete Fourier transform (DFT)*.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive, whole
from aigc_edu.errors import InvalidValueError

WindowName = Literal["rectangular", "hann", "hamming", "blackman"]

# Coefficients of the cosines in a window (Harris 1978): c0 - c1 cos(v) + c2 cos(2 v).
_COSINES: dict[str, tuple[float, ...]] = {
    "rectangular": (1.0,),
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
}


# ---------------------------------------------------------------- the transform


def dft_matrix(size: int) -> np.ndarray:
    """Return the matrix that turns N samples into their N bins, ``W[k, t] = exp(-2 pi i k t / N)``.

    Parameters
    ----------
    size
        N, a whole number of at least 1. Memory grows as N^2.

    Returns
    -------
    ndarray
        complex128, shape (N, N), symmetric; ``W.conj().T @ W`` is N times the identity.
    """
    n = np.arange(whole(size, "size"))
    turns = np.outer(n, n) % size  # whole turns do nothing, and would cost digits of the angle
    return np.exp(-2j * np.pi * turns / size)


def dft(x: np.ndarray) -> np.ndarray:
    """Return the discrete Fourier transform by its definition, ``X[k] = sum_t W[k, t] x[t]``.

    N^2 multiplications; :func:`fft` gives the same with about N log2(N).

    Parameters
    ----------
    x
        Shape (N,), any N >= 1, real or complex, finite.

    Returns
    -------
    ndarray
        complex128, shape (N,), bin k at index k.
    """
    x = finite_samples(x)
    return dft_matrix(len(x)) @ x


def fft(x: np.ndarray) -> np.ndarray:
    """Return the discrete Fourier transform by the fast algorithm (radix 2).

    At every stage, column j of ``spectra`` is the transform of every n-th sample from x[j] on, n
    being the number of columns: at first N spectra of one bin each, in the end one of N bins. Two
    columns whose samples interleave are joined by ``E[k] + T[k] O[k]`` and ``E[k] - T[k] O[k]``
    with ``T[k] = exp(-pi i k / bins)`` (Cooley and Tukey 1965).

    Parameters
    ----------
    x
        Shape (N,), N a power of two (1 included), real or complex, finite.

    Returns
    -------
    ndarray
        complex128, shape (N,), bin k at index k.

    Raises
    ------
    InvalidValueError
        If N is no power of two, or ``x`` is empty, not (N,), or holds NaN or infinities.
    """
    x = _power_of_two(finite_samples(x))
    spectra = x.astype(np.complex128)[None, :]  # (1, N): one bin, N columns
    while spectra.shape[1] > 1:
        bins, columns = spectra.shape
        even, odd = spectra[:, : columns // 2], spectra[:, columns // 2 :]
        turned = np.exp(-1j * np.pi * np.arange(bins) / bins)[:, None] * odd
        spectra = np.concatenate([even + turned, even - turned])  # (2 bins, columns / 2)
    return spectra[:, 0]


def ifft(X: np.ndarray) -> np.ndarray:
    """Undo :func:`fft`: ``x[t] = 1/N sum_k X[k] exp(2 pi i k t / N)``.

    The sign of the exponent is the only difference, so it is the conjugate of the transform of the
    conjugate.

    Parameters
    ----------
    X
        Shape (N,), N a power of two, finite.

    Returns
    -------
    ndarray
        complex128, shape (N,). If the samples were real, the imaginary part is rounding.
    """
    X = finite_samples(X, "X")
    return fft(X.conj()).conj() / len(X)


def bin_frequencies(size: int, rate: float) -> np.ndarray:
    """Return the frequencies of a real signal's bins, ``k * rate / N`` for k = 0 ... N // 2.

    Parameters
    ----------
    size
        N, the number of samples.
    rate
        Sampling rate in Hz, above 0.

    Returns
    -------
    ndarray
        float64, shape (N // 2 + 1,), in Hz.
    """
    return np.arange(whole(size, "size") // 2 + 1) * positive(rate, "rate") / size


# ---------------------------------------------------------------- windows and amplitudes


def window(name: WindowName, size: int, periodic: bool = True) -> np.ndarray:
    """Return a window, a sum of cosines over one period (Harris 1978).

    Parameters
    ----------
    name
        ``"rectangular"``, ``"hann"``, ``"hamming"`` or ``"blackman"``.
    size
        Number of samples, at least 1.
    periodic
        If true, the period is ``size``: the sample that would close it is left out, so that
        shifted windows add up evenly, as short-time transforms want. If false the window is
        symmetric, ``g[n] = g[size - 1 - n]``, as filters want.

    Returns
    -------
    ndarray
        float64, shape (size,), the largest value about 1.
    """
    if name not in _COSINES:
        raise InvalidValueError(f"window is one of {', '.join(get_args(WindowName))}, not {name!r}")
    period = whole(size, "size") - (not periodic)
    if size == 1:
        return np.ones(1)
    angle = 2 * np.pi * np.arange(size) / period
    return sum(c * (-1) ** m * np.cos(m * angle) for m, c in enumerate(_COSINES[name]))


_window = window  # for functions that have an argument of that name


def amplitude_spectrum(
    x: np.ndarray, rate: float, window: WindowName = "hann"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the amplitudes of the tones in a real signal, bin by bin.

    ``2 |X[k]| / sum(g)`` with the window g: a sine of amplitude A whose frequency is that of a bin
    gives A there. The bins at 0 and at ``rate / 2`` have no partner at a negative frequency, so
    they are not doubled.

    Parameters
    ----------
    x
        Shape (N,), any N >= 1, real, finite. (Any N, so the transform is ``numpy.fft.rfft``.)
    rate
        Sampling rate in Hz, above 0.
    window
        As in :func:`window`.

    Returns
    -------
    frequencies
        float64, shape (N // 2 + 1,), in Hz.
    amplitude
        float64, of the same shape, not negative.
    """
    x = _real(finite_samples(x))
    g = _window(window, len(x))
    amplitude = 2 * np.abs(np.fft.rfft(g * x)) / g.sum()
    amplitude[0] /= 2
    if len(x) % 2 == 0:
        amplitude[-1] /= 2
    return bin_frequencies(len(x), rate), amplitude


# ---------------------------------------------------------------- convolution


def fft_convolve(x: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Return the linear convolution ``y[t] = sum_n h[n] x[t - n]`` by way of spectra.

    Both are padded with zeros to a power of two that holds the whole result, so that nothing
    wraps round to the start.

    Parameters
    ----------
    x, h
        Shapes (N,) and (M,), real or complex, finite.

    Returns
    -------
    ndarray
        Shape (N + M - 1,), as of ``numpy.convolve``; float64, or complex128 if one of them is
        complex.
    """
    x, h = finite_samples(x), finite_samples(h, "h")
    length = len(x) + len(h) - 1
    size = 1 << (length - 1).bit_length()
    y = ifft(fft(_padded(x, size)) * fft(_padded(h, size)))[:length]
    return y if np.iscomplexobj(x) or np.iscomplexobj(h) else y.real


# ---------------------------------------------------------------- private


def _padded(x: np.ndarray, size: int) -> np.ndarray:
    return np.pad(x, (0, size - len(x)))


def _real(x: np.ndarray) -> np.ndarray:
    if np.iscomplexobj(x):
        raise InvalidValueError("x must be real: only then do the bins up to N / 2 say it all")
    return x


def _power_of_two(x: np.ndarray) -> np.ndarray:
    size = len(x)
    if size & (size - 1):
        larger = 1 << size.bit_length()
        raise InvalidValueError(
            f"this FFT takes 1, 2, 4, 8, ... samples, got {size}; pad with zeros to {larger}, "
            "or use dft or numpy.fft for any size"
        )
    return x
