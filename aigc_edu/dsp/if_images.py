"""Sound as two images, log magnitude and instantaneous frequency, and sound again.

Chapter: chapters/04-adversarial/06-instantaneous-frequency.ipynb

:func:`aigc_edu.dsp.instantaneous_frequency` answers in hertz, for looking at. Here it is in half
turns a hop, between -1 and 1, which is what a network with a tanh can draw; and all is kept that
the way back needs. Phases are those of waves that start in the middle of the frame, so that the
bins across which the window smears one tone have one phase.

References
----------
J. Engel et al. (2019), *GANSynth: adversarial neural audio synthesis*, arXiv:1902.08710.
J. L. Flanagan, R. M. Golden (1966), *Phase vocoder*.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp._validate import positive, whole
from aigc_edu.dsp.fourier import bin_frequencies
from aigc_edu.dsp.mel import hz_to_mel, mel_to_hz
from aigc_edu.dsp.spectrogram import _spectrogram
from aigc_edu.errors import InvalidValueError

FLOOR = 1e-6  # magnitude below which a logarithm goes no further


def centred(X: np.ndarray) -> np.ndarray:
    """Return a spectrogram whose phases are measured from the middle of each frame.

    Half a frame is ``k / 2`` turns of the wave of bin k, so every other bin changes its sign. Doing
    it twice gives ``X`` again.

    Parameters
    ----------
    X
        Shape (bins, frames), from :func:`aigc_edu.dsp.stft`, or a result of this function.
    """
    X = _spectrogram(X)
    return X * np.where(np.arange(len(X)) % 2, -1.0, 1.0)[:, None]


def wrapped(half_turns: np.ndarray) -> np.ndarray:
    """Return angles, in half turns, without their whole turns: in [-1, 1)."""
    return (np.asarray(half_turns, np.float64) + 1) % 2 - 1


def to_if(X: np.ndarray, floor: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return log magnitude and instantaneous frequency (Engel et al. 2019, section 2.2).

    The phase is unwrapped along time and its finite difference taken, divided by pi. That is the
    same as the difference of the phases as they are, wrapped once more, which is what is computed.

    Parameters
    ----------
    X
        Shape (bins, frames), complex, from :func:`aigc_edu.dsp.stft`.
    floor
        Smallest magnitude whose logarithm is taken. With 0, the smallest that a float can hold, and
        :func:`from_if` gives ``X`` back.

    Returns
    -------
    tuple of ndarray
        Natural logarithm of the magnitude, and half turns in [-1, 1], both float64 of the shape of
        ``X``. In the first column of the second stands the phase itself.
    """
    X = centred(X)
    phase = np.angle(X) / np.pi
    turned = wrapped(np.diff(phase, axis=1, prepend=0.0))
    smallest = max(floor, np.finfo(np.float64).tiny)
    return np.log(np.maximum(np.abs(X), smallest)), turned


def from_if(log_magnitude: np.ndarray, turned: np.ndarray) -> np.ndarray:
    """Undo :func:`to_if`: add the half turns up, and take the exponential.

    No phase is guessed. For what a network has drawn, the result need not be the transform of any
    sound; :func:`aigc_edu.dsp.istft` gives the nearest one.

    Parameters
    ----------
    log_magnitude, turned
        As :func:`to_if` returns them, both (bins, frames).

    Returns
    -------
    ndarray
        complex128, shape (bins, frames).
    """
    log_magnitude, turned = _pair(log_magnitude, turned)
    return centred(np.exp(log_magnitude + 1j * np.pi * np.cumsum(turned, axis=1)))


# ---------------------------------------------------------------- in mel bands


def mel_bands(rate: float, frame: int, bands: int) -> np.ndarray:
    """Return triangular mel filters of height 1, of which none is empty.

    As :func:`aigc_edu.dsp.mel_filterbank` without equal areas; but a triangle so narrow that it
    lies between two bins takes the bin nearest to its top. So there can be as many bands as bins,
    as in GANSynth.

    Parameters
    ----------
    rate
        Sampling rate in Hz.
    frame
        Length of the frames in samples.
    bands
        Number of filters, at least 1.

    Returns
    -------
    ndarray
        float64, shape (bands, frame // 2 + 1), in [0, 1].
    """
    frequencies, bands = bin_frequencies(frame, rate), whole(bands, "bands")
    top = float(hz_to_mel(positive(rate, "rate") / 2))
    edges = mel_to_hz(np.linspace(0, top, bands + 2))[:, None]
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    filters = np.maximum(0, np.minimum(rising, falling))  # (bands, bins)
    for row in np.flatnonzero(~filters.any(axis=1)):
        filters[row, np.argmin(np.abs(frequencies - edges[row + 1]))] = 1
    return filters


def to_mel_if(
    X: np.ndarray, filters: np.ndarray, floor: float = FLOOR, weighted: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return log magnitude and instantaneous frequency in mel bands.

    The power of a band is the filtered power. Its angle is that of ``sum_k F[b, k] X[k, m]
    conj(X[k, m - 1])``: a mean over the circle in which each bin counts by its power, so that
    a loud tone isn't drowned by the phases of the noise beside it.

    Parameters
    ----------
    X
        Shape (bins, frames), complex, from :func:`aigc_edu.dsp.stft`.
    filters
        Shape (bands, bins), not negative, as :func:`mel_bands` makes them.
    floor
        Smallest magnitude whose logarithm is taken, above 0.
    weighted
        If false, the bins' half turns are averaged as numbers, by the filters alone: the mel filter
        applied to the unwrapped phase, as Engel et al. (2019) do.

    Returns
    -------
    tuple of ndarray
        Natural logarithm of the magnitude, and half turns in [-1, 1], both float64, (bands,
        frames).
    """
    X, filters, floor = _spectrogram(X), _filters(filters, X), positive(floor, "floor")
    power = filters @ np.abs(X) ** 2
    log_magnitude = 0.5 * np.log(np.maximum(power, floor**2))
    if not weighted:
        shares = filters / filters.sum(axis=1, keepdims=True)
        return log_magnitude, shares @ to_if(X)[1]
    Y = centred(X)
    before = np.roll(Y, 1, axis=1)
    before[:, 0] = np.abs(Y[:, 0])  # the first column holds the phase itself, weighted alike
    return log_magnitude, np.angle(filters @ (Y * before.conj())) / np.pi


def from_mel_if(log_magnitude: np.ndarray, turned: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """Return a spectrogram with about these bands; what a band has averaged is lost.

    Each bin gets a mean of the densities of power of the bands that overlap it (the filters,
    transposed, are the weights), and the angle of the band that weighs most in it.

    Parameters
    ----------
    log_magnitude, turned
        As :func:`to_mel_if` returns them, both (bands, frames).
    filters
        Shape (bands, bins), those that were used.

    Returns
    -------
    ndarray
        complex128, shape (bins, frames).
    """
    log_magnitude, turned = _pair(log_magnitude, turned)
    filters = np.asarray(filters, np.float64)
    if filters.ndim != 2 or len(filters) != len(turned):
        raise InvalidValueError(f"there are {len(turned)} bands, but filters of {filters.shape}")
    density = np.exp(2 * log_magnitude) / filters.sum(axis=1, keepdims=True)
    weights = filters.T / np.maximum(filters.sum(axis=0)[:, None], FLOOR)  # (bins, bands)
    angle = np.pi * np.cumsum(turned, axis=1)[filters.argmax(axis=0)]
    return centred(np.sqrt(weights @ density) * np.exp(1j * angle))


# ---------------------------------------------------------------- private


def _pair(log_magnitude: np.ndarray, turned: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = _spectrogram(log_magnitude, "log_magnitude"), _spectrogram(turned, "turned")
    if first.shape != second.shape or np.iscomplexobj(first) or np.iscomplexobj(second):
        raise InvalidValueError(
            f"both images must be real and of one shape, got {first.shape} and {second.shape}"
        )
    return first, second


def _filters(filters: np.ndarray, X: np.ndarray) -> np.ndarray:
    filters = np.asarray(filters, np.float64)
    if filters.ndim != 2 or filters.shape[1] != len(X):
        raise InvalidValueError(
            f"filters must have the shape (bands, {len(X)}), got {filters.shape}"
        )
    if (filters < 0).any() or not filters.any(axis=1).all():
        raise InvalidValueError("filters must not be negative, and none may be empty")
    return filters
