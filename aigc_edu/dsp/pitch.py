"""Autocorrelation and pitch: the time after which a waveform repeats itself.

Chapter: chapters/01-sound-as-numbers/03-the-time-domain.ipynb

References
----------
L. R. Rabiner, R. W. Schafer (1978), *Digital processing of speech signals*, chapter 4.
A. de Cheveigné, H. Kawahara (2002), *YIN, a fundamental frequency estimator for speech and music*.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive, whole
from aigc_edu.dsp.time_domain import frames
from aigc_edu.errors import InvalidValueError


def autocorrelation(x: np.ndarray, biased: bool = True) -> np.ndarray:
    """Return how much a waveform resembles itself, shifted by 0, 1, ... N - 1 samples.

    ``r[l] = 1 / N sum_{t = 0}^{N - 1 - l} x[t] x[t + l]``. The sum has N - l terms; divided by N
    it sinks with the lag (*biased*), divided by N - l it does not, but gets noisier (*unbiased*).
    Computed by the Fourier transform, of a length at which nothing wraps round.

    Parameters
    ----------
    x
        Shape (N,) or (M, N), real, finite: one waveform, or M frames, each on its own.
    biased
        Whether to divide by N at every lag.

    Returns
    -------
    ndarray
        float64, the shape of ``x``; place l of the last axis is the lag of l samples. At lag 0
        stands the mean power. Biased, nothing exceeds that.
    """
    x = _rows(x)
    size = x.shape[-1]
    spectrum = np.fft.rfft(x, 2 * size)  # zeros behind x keep the ends apart
    r = np.fft.irfft(np.abs(spectrum) ** 2, 2 * size)[..., :size]
    return r / (size if biased else size - np.arange(size))


def pitch_by_autocorrelation(
    x: np.ndarray,
    rate: float,
    low: float = 60.0,
    high: float = 400.0,
    frame: int | None = None,
    hop: int | None = None,
    threshold: float = 0.5,
    silence: float = 1e-3,
) -> np.ndarray:
    """Return the pitch of each frame: the lag at which its autocorrelation peaks.

    Of all peaks of the unbiased autocorrelation between the lags ``rate / high`` and ``rate / low``
    the one is taken at which the *biased* is highest, so that of two alike the shorter lag wins; a
    parabola through its neighbours refines it. (The peaks of the biased one themselves are pulled
    towards shorter lags.) A frame counts as voiced if the unbiased autocorrelation at that lag is
    at least ``threshold`` times the power. Where an even harmonic is far stronger than all others,
    as in some vowels, the result is an octave too high.

    Parameters
    ----------
    x
        Shape (N,), real, finite.
    rate
        Sampling rate in Hz.
    low, high
        Pitches to look between, in Hz, ``0 < low < high <= rate / 2``.
    frame, hop
        As in :func:`aigc_edu.dsp.frames`. By default three of the longest periods, and a quarter of
        the frame. A frame must be longer than two of the longest periods.
    threshold
        Between 0 and 1: how alike a voiced frame's periods are, at least.
    silence
        Frames whose root mean square is below this are unvoiced.

    Returns
    -------
    ndarray
        float64, shape (M,), in Hz; NaN where a frame is unvoiced.
    """
    shortest, longest = _lags(rate, low, high)
    frame = int(np.ceil(3 * longest)) if frame is None else whole(frame, "frame")
    if frame <= 2 * longest:
        raise InvalidValueError(
            f"a frame of {frame} samples is too short for {low:g} Hz; take more than {2 * longest}"
        )
    cut = frames(x, frame, max(1, frame // 4) if hop is None else hop)
    r = autocorrelation(cut - cut.mean(axis=1, keepdims=True), biased=False)  # (M, frame)
    lag, height = _highest_peak(r, shortest, longest)
    voiced = (height > 0) & (height >= threshold * r[:, 0]) & (r[:, 0] > silence**2)
    return np.where(voiced, rate / lag, np.nan)


def yin(
    x: np.ndarray,
    rate: float,
    low: float = 60.0,
    high: float = 400.0,
    frame: int = 2048,
    hop: int | None = None,
    threshold: float = 0.1,
) -> np.ndarray:
    """Return the pitch of each frame by YIN (``librosa.yin``).

    The first lag at which the cumulative mean normalised difference function (equation 8 of de
    Cheveigné and Kawahara 2002) has a dip below ``threshold``, refined by a parabola; the
    deepest dip if there is none. librosa takes the samples after a frame for zeros. That makes a
    pure tone up to about ``66 period / frame`` cents sharp, and a sound with overtones less so:
    take frames of seven periods or more.

    Parameters
    ----------
    x, rate, low, high
        As in :func:`pitch_by_autocorrelation`.
    frame
        In samples, more than two of the longest periods.
    hop
        In samples; a quarter of the frame by default.
    threshold
        Above 0; smaller is stricter.

    Returns
    -------
    ndarray
        float64, shape (M,), in Hz. There is a value for every frame, voiced or not; frame m is
        ``x[m hop : m hop + frame]`` as in :func:`aigc_edu.dsp.frames`.
    """
    import librosa  # imported here because it takes seconds

    _, longest = _lags(rate, low, high)
    frame, hop = whole(frame, "frame"), whole(frame // 4 if hop is None else hop, "hop")
    if frame <= 2 * longest:
        raise InvalidValueError(
            f"a frame of {frame} samples is too short for {low:g} Hz; take more than {2 * longest}"
        )
    frames(x, frame, hop)  # raises what is to be said about x
    return librosa.yin(
        np.asarray(x, np.float64),
        fmin=low,
        fmax=high,
        sr=rate,
        frame_length=frame,
        hop_length=hop,
        trough_threshold=positive(threshold, "threshold"),
        center=False,
    )


def _rows(x: np.ndarray) -> np.ndarray:
    """Return real samples of shape (N,) or (M, N) as float64."""
    x = np.asarray(x)
    if x.ndim not in (1, 2):
        raise InvalidValueError(f"x must have shape (N,) or (M, N), got {x.shape}")
    if np.iscomplexobj(x):
        raise InvalidValueError("x must be real: a waveform, not a spectrum")
    return finite_samples(x.reshape(-1)).reshape(x.shape)


def _lags(rate: float, low: float, high: float) -> tuple[int, int]:
    """Return the shortest and the longest lag to look at, in samples."""
    if not 0 < low < high <= positive(rate, "rate") / 2:
        raise InvalidValueError(
            f"low and high must obey 0 < low < high <= rate / 2, got {low} and {high} Hz "
            f"at {rate} Hz"
        )
    return int(np.floor(rate / high)), int(np.ceil(rate / low))


def _highest_peak(r: np.ndarray, shortest: int, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the lag of a peak of each row and its height there, both (M,); a height of 0 if none.

    A peak is higher than the lag before it and not lower than the one after, so that the end of a
    slope that comes down from lag 0 is none. A parabola through the three says where between the
    lags it is, and how high.
    """
    first, rows = max(1, shortest), np.arange(len(r))
    middle = r[:, first : longest + 1]
    before, after = r[:, first - 1 : longest], r[:, first + 1 : longest + 2]
    peak = (middle > before) & (middle >= after)
    bend = np.where(peak, before - 2 * middle + after, -1.0)  # below 0 at a peak
    shift = 0.5 * (before - after) / bend
    heights = np.where(peak, middle - 0.25 * (before - after) * shift, 0.0)
    biased = heights * (1 - np.arange(first, longest + 1) / r.shape[1])
    place = np.argmax(biased, axis=1)
    return first + place + shift[rows, place], heights[rows, place]
