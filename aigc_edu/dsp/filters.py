"""Filters: convolution with a windowed sinc, and the two-pole resonator.

Chapter: chapters/01-sound-as-numbers/06-filters.ipynb

A filter is given by its coefficients ``b`` and ``a`` in

``a[0] y[t] = sum_n b[n] x[t - n] - sum_{n > 0} a[n] y[t - n]``.

Without feedback, ``a = 1``, it is a convolution with the impulse response ``h = b``.

References
----------
A. V. Oppenheim, R. W. Schafer (2010), *Discrete-time signal processing*, section 7.5.
J. O. Smith (2007), *Introduction to digital filters with audio applications*, "Two-pole".
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive, whole
from aigc_edu.dsp.fourier import WindowName
from aigc_edu.dsp.fourier import window as window_of
from aigc_edu.errors import InvalidValueError

Coefficients = np.ndarray | float

# ---------------------------------------------------------------- without feedback


def lowpass(cutoff: float, rate: float, taps: int, window: WindowName = "hamming") -> np.ndarray:
    """Return the impulse response of a low-pass filter, a sinc under a window.

    ``h[n] = 2 f_c / f_s sinc(2 f_c n / f_s) g[n]`` for n = -K ... K, scaled to the sum 1, that is,
    to a gain of 1 at 0 Hz. It delays by K samples at every frequency (linear phase), and is 6 dB
    down at the cutoff if the whole transition fits between 0 and ``rate / 2``. Under
    Hamming's window the transition is about ``3.4 rate / taps`` wide, and what lies beyond it is
    some 50 dB down or more.

    Parameters
    ----------
    cutoff
        In Hz, between 0 and ``rate / 2``.
    rate
        Sampling rate in Hz.
    taps
        2 K + 1, odd, at least 3: so that there is a sample in the middle.
    window
        As in :func:`aigc_edu.dsp.window`. ``"rectangular"`` is steeper but leaks (21 dB),
        ``"blackman"`` leaks less (75 dB) but is less steep.

    Returns
    -------
    ndarray
        float64, shape (taps,), symmetric.
    """
    share = _below_nyquist(cutoff, rate, "cutoff") / rate
    n = _taps_from_the_middle(taps)
    h = np.sinc(2 * share * n) * window_of(window, len(n), periodic=False)
    return h / h.sum()


def highpass(cutoff: float, rate: float, taps: int, window: WindowName = "hamming") -> np.ndarray:
    """Return the impulse response of a high-pass filter: all minus what a low-pass lets through.

    Parameters
    ----------
    cutoff, rate, taps, window
        As in :func:`lowpass`.

    Returns
    -------
    ndarray
        float64, shape (taps,), symmetric; its sum, the gain at 0 Hz, is 0.
    """
    h = -lowpass(cutoff, rate, taps, window)
    h[len(h) // 2] += 1  # a single 1 in the middle lets everything through, K samples late
    return h


def bandpass(
    low: float, high: float, rate: float, taps: int, window: WindowName = "hamming"
) -> np.ndarray:
    """Return the impulse response of a band-pass filter: the difference of two low-passes.

    Parameters
    ----------
    low, high
        Its cutoffs in Hz, ``0 < low < high < rate / 2``.
    rate, taps, window
        As in :func:`lowpass`.

    Returns
    -------
    ndarray
        float64, shape (taps,), symmetric; its sum, the gain at 0 Hz, is 0.
    """
    if not low < high:
        raise InvalidValueError(f"low must lie below high, got {low} and {high} Hz")
    return lowpass(high, rate, taps, window) - lowpass(low, rate, taps, window)


# ---------------------------------------------------------------- with feedback


def resonator(frequency: float, bandwidth: float, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the coefficients of a two-pole resonator whose largest gain is 1.

    Its poles are ``r exp(+-i theta)`` with ``theta = 2 pi frequency / rate`` and
    ``r = exp(-pi bandwidth / rate) < 1``, so that it is stable and its impulse response swings at
    the frequency and dies away as ``exp(-pi bandwidth time)``. If the band is narrow, the gain is
    3 dB down half a bandwidth to both sides. It peaks close to the frequency, at the angle whose
    cosine is ``(1 + r^2) / (2 r) cos(theta)``, or at the end of the band if there is no such
    angle (Smith 2007).

    Parameters
    ----------
    frequency
        Of the poles, in Hz, between 0 and ``rate / 2``.
    bandwidth
        In Hz, above 0.
    rate
        Sampling rate in Hz.

    Returns
    -------
    b
        float64, shape (1,).
    a
        float64, shape (3,): 1, -2 r cos(theta), r^2.
    """
    theta = 2 * np.pi * _below_nyquist(frequency, rate, "frequency") / rate
    decay = np.pi * positive(bandwidth, "bandwidth") / rate
    r = np.exp(-decay)
    a = np.array([1.0, -2 * r * np.cos(theta), r**2])
    if a[2] >= 1:
        raise InvalidValueError(f"a bandwidth of {bandwidth} Hz is too small: nothing would fade")
    if (1 + r**2) * abs(np.cos(theta)) < 2 * r:  # otherwise it peaks at 0 Hz or at half the rate
        return np.array([-np.expm1(-2 * decay) * np.sin(theta)]), a
    return np.array([(1 - r) ** 2 + 2 * r * (1 - abs(np.cos(theta)))]), a


def filter_signal(b: Coefficients, a: Coefficients, x: np.ndarray) -> np.ndarray:
    """Filter a signal, starting from silence (``scipy.signal.lfilter``).

    Parameters
    ----------
    b, a
        Shapes (B,) and (A,), or a number for a single coefficient; ``a[0]`` is not 0. An impulse
        response h is filtered with by ``filter_signal(h, 1, x)``.
    x
        Shape (N,), real or complex, finite.

    Returns
    -------
    ndarray
        float64 (complex128 if anything is complex), shape (N,).

    Raises
    ------
    InvalidValueError
        If an argument is empty, of a wrong shape or not finite, or if the output grows beyond all
        numbers, as that of an unstable filter does.
    """
    from scipy.signal import lfilter  # imported here because it takes more than a second

    b, a = _coefficients(b, a)
    with np.errstate(over="ignore", invalid="ignore"):
        y = lfilter(b, a, finite_samples(x))
    if not np.isfinite(y).all():
        raise InvalidValueError("the output grows beyond all numbers: a has a root outside |z| = 1")
    return y


def frequency_response(
    b: Coefficients, a: Coefficients, frequencies: np.ndarray, rate: float
) -> np.ndarray:
    """Return what a filter does to each frequency, a complex number H.

    ``H = sum_n b[n] z^-n / sum_n a[n] z^-n`` at ``z = exp(2 pi i frequency / rate)``; ``|H|`` is
    the gain there, and the angle of H what is added to the phase; as ``scipy.signal.freqz``.

    Parameters
    ----------
    b, a
        As in :func:`filter_signal`.
    frequencies
        In Hz, shape (F,).
    rate
        Sampling rate in Hz.

    Returns
    -------
    ndarray
        complex128, shape (F,). Infinite where a pole lies just at a frequency.
    """
    b, a = _coefficients(b, a)
    turns = finite_samples(np.atleast_1d(frequencies), "frequencies") / positive(rate, "rate")
    z = np.exp(-2j * np.pi * turns)  # 1 / z, the delay by one sample
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.polyval(b[::-1], z) / np.polyval(a[::-1], z)


# ---------------------------------------------------------------- private


def _coefficients(b: Coefficients, a: Coefficients) -> tuple[np.ndarray, np.ndarray]:
    b, a = (finite_samples(np.atleast_1d(c), name) for c, name in ((b, "b"), (a, "a")))
    if a[0] == 0:
        raise InvalidValueError("a[0] must not be 0: it stands before the output")
    return b, a


def _below_nyquist(frequency: float, rate: float, name: str) -> float:
    if not 0 < frequency < positive(rate, "rate") / 2:
        raise InvalidValueError(
            f"{name} must lie between 0 and half the rate, {rate / 2:g} Hz, got {frequency} Hz"
        )
    return frequency


def _taps_from_the_middle(taps: int) -> np.ndarray:
    if whole(taps, "taps", least=3) % 2 == 0:
        raise InvalidValueError(f"taps must be odd, so that there is a middle one, got {taps}")
    return np.arange(taps) - taps // 2
