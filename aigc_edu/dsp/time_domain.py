"""Features of a waveform over time: frames, energy, zero crossings, envelope.

Chapter: chapters/01-sound-as-numbers/03-the-time-domain.ipynb

A feature is one number a frame. Frame m is ``x[m hop : m hop + frame]``; it belongs to the time of
its middle, see :func:`frame_times`. Samples at the end that fill no whole frame are left out.

References
----------
L. R. Rabiner, R. W. Schafer (1978), *Digital processing of speech signals*, chapter 4.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive, whole
from aigc_edu.errors import InvalidValueError


def frames(x: np.ndarray, frame: int, hop: int) -> np.ndarray:
    """Cut a waveform into overlapping frames, without copying it.

    Parameters
    ----------
    x
        Shape (N,), N >= frame, real, finite.
    frame
        Length L of a frame in samples, at least 1.
    hop
        Samples from the start of one frame to that of the next, at least 1.

    Returns
    -------
    ndarray
        float64, shape (M, frame) with ``M = 1 + (N - frame) // hop``. It cannot be written to:
        neighbouring rows share their samples.

    Raises
    ------
    InvalidValueError
        If ``x`` is shorter than a frame, not finite, complex, or of another shape.
    """
    x, frame, hop = _real(x), whole(frame, "frame"), whole(hop, "hop")
    if len(x) < frame:
        raise InvalidValueError(
            f"x has {len(x)} samples, less than a frame of {frame}; pad it or take shorter frames"
        )
    return np.lib.stride_tricks.sliding_window_view(x, frame)[::hop]


def frame_times(count: int, frame: int, hop: int, rate: float) -> np.ndarray:
    """Return the times of the middles of frames, ``(m hop + (frame - 1) / 2) / rate``.

    Parameters
    ----------
    count
        Number M of frames, at least 1.
    frame, hop
        As in :func:`frames`.
    rate
        Sampling rate in Hz.

    Returns
    -------
    ndarray
        float64, shape (count,), in seconds.
    """
    first = (whole(frame, "frame") - 1) / 2
    samples = whole(hop, "hop") * np.arange(whole(count, "count")) + first
    return samples / positive(rate, "rate")


def energy(x: np.ndarray, frame: int, hop: int) -> np.ndarray:
    """Return the sum of the squares of each frame.

    Parameters
    ----------
    x, frame, hop
        As in :func:`frames`.

    Returns
    -------
    ndarray
        float64, shape (M,), at least 0.
    """
    return np.sum(frames(x, frame, hop) ** 2, axis=1)


def rms(x: np.ndarray, frame: int, hop: int) -> np.ndarray:
    """Return the root of the mean square of each frame, ``sqrt(energy / frame)``.

    Parameters
    ----------
    x, frame, hop
        As in :func:`frames`.

    Returns
    -------
    ndarray
        float64, shape (M,), at least 0. A sine of amplitude A has ``A / sqrt(2)``, up to what is
        left of a period at the ends of the frame.
    """
    return np.sqrt(energy(x, frame, hop) / frame)


def zero_crossing_rate(x: np.ndarray, frame: int, hop: int) -> np.ndarray:
    """Return how many of the steps from one sample to the next change the sign, in each frame.

    A sample of exactly 0 counts as positive.

    Parameters
    ----------
    x, hop
        As in :func:`frames`.
    frame
        As in :func:`frames`, at least 2.

    Returns
    -------
    ndarray
        float64, shape (M,), from 0 to 1: crossings divided by the ``frame - 1`` steps. A sine of
        the frequency f has ``2 f / rate`` on average, white noise 1/2.
    """
    negative = frames(x, whole(frame, "frame", least=2), hop) < 0
    return np.mean(negative[:, 1:] != negative[:, :-1], axis=1)


def amplitude_envelope(x: np.ndarray, rate: float, smoothing: float = 0.02) -> np.ndarray:
    """Return the slow outline of a waveform: its magnitude, averaged under a Hann window.

    ``pi / 2 * sum_n g[n] |x[t - n]| / sum_n g[n]``, both sums over the samples that exist, so that
    it does not sink at the ends. The mean of ``|sin|`` is ``2 / pi``: the factor makes the
    envelope of a sine its amplitude. Nothing is delayed, since the window is centred.

    Parameters
    ----------
    x
        Shape (N,), real, finite.
    rate
        Sampling rate in Hz.
    smoothing
        Length of the window in seconds. It should span two periods or more: where it is shorter,
        the envelope swings with the waveform.

    Returns
    -------
    ndarray
        float64, shape (N,), at least 0.
    """
    x = np.abs(_real(x))
    half = max(1, round(positive(smoothing, "smoothing") * positive(rate, "rate") / 2))
    half = min(half, len(x))  # a longer window has nothing more to see
    g = np.hanning(2 * half + 1)  # (2 half + 1,), zero at both ends
    inside = np.convolve(np.ones(len(x)), g)[half : half + len(x)]
    return np.pi / 2 * np.convolve(x, g)[half : half + len(x)] / inside


def _real(x: np.ndarray) -> np.ndarray:
    x = finite_samples(x)
    if x.dtype.kind == "c":
        raise InvalidValueError("x must be real: a waveform, not a spectrum")
    return x
