"""Frequency as it is heard: the mel scale, mel spectrograms, decibels, the constant-Q transform.

Chapter: chapters/01-sound-as-numbers/07-time-and-frequency.ipynb

References
----------
S. S. Stevens, J. Volkmann, E. B. Newman (1937), *A scale for the measurement of the psychological
magnitude pitch*.
S. B. Davis, P. Mermelstein (1980), *Comparison of parametric representations for monosyllabic word
recognition in continuously spoken sentences*.
M. Slaney (1998), *Auditory Toolbox*, version 2.
J. C. Brown (1991), *Calculation of a constant Q spectral transform*.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive, whole
from aigc_edu.dsp.fourier import WindowName, bin_frequencies
from aigc_edu.dsp.spectrogram import stft
from aigc_edu.errors import InvalidValueError

# Slaney's scale: a line up to the break, a logarithm above it, 27 mel for a factor of 6.4.
_HZ_PER_MEL = 200 / 3
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _HZ_PER_MEL
_MEL_PER_NEPER = 27 / np.log(6.4)


def hz_to_mel(frequency: np.ndarray | float, htk: bool = False) -> np.ndarray:
    """Return frequencies on the mel scale.

    Parameters
    ----------
    frequency
        In Hz, 0 or more, any shape.
    htk
        If true, ``2595 log10(1 + f / 700)``, of which 1000 Hz are 1000 mel. If false, Slaney's
        (1998): 3 mel for each 200 Hz up to 1000 Hz, above that 27 mel for each factor of 6.4.

    Returns
    -------
    ndarray
        float64, of the same shape.
    """
    f = _not_negative(frequency, "frequency")
    if htk:
        return 2595 * np.log10(1 + f / 700)
    above = _BREAK_MEL + _MEL_PER_NEPER * np.log(np.maximum(f, _BREAK_HZ) / _BREAK_HZ)
    return np.where(f < _BREAK_HZ, f / _HZ_PER_MEL, above)


def mel_to_hz(mel: np.ndarray | float, htk: bool = False) -> np.ndarray:
    """Undo :func:`hz_to_mel`.

    Parameters
    ----------
    mel
        0 or more, any shape.
    htk
        As in :func:`hz_to_mel`.

    Returns
    -------
    ndarray
        float64, in Hz, of the same shape.
    """
    mel = _not_negative(mel, "mel")
    if htk:
        return 700 * (10 ** (mel / 2595) - 1)
    above = _BREAK_HZ * np.exp((np.maximum(mel, _BREAK_MEL) - _BREAK_MEL) / _MEL_PER_NEPER)
    return np.where(mel < _BREAK_MEL, mel * _HZ_PER_MEL, above)


def mel_filterbank(
    rate: float,
    frame: int,
    bands: int,
    low: float = 0,
    high: float | None = None,
    htk: bool = False,
    equal_area: bool = True,
) -> np.ndarray:
    """Return triangular filters, evenly spaced on the mel scale (Davis and Mermelstein 1980).

    Filter b rises from 0 at the b-th of ``bands + 2`` edges to its top at the next one, and falls
    to 0 at the one after that.

    Parameters
    ----------
    rate
        Sampling rate in Hz.
    frame
        Length of the frames of the :func:`aigc_edu.dsp.stft` whose bins are weighted.
    bands
        Number of filters, at least 1.
    low, high
        First and last edge in Hz; ``high`` is ``rate / 2`` by default.
    htk
        The scale, as in :func:`hz_to_mel`.
    equal_area
        If true, each triangle is scaled to an area of 1 over hertz (Slaney 1998), so that noise
        with an even spectrum gives even bands. If false, each has a height of 1.

    Returns
    -------
    ndarray
        float64, shape (bands, frame // 2 + 1), not negative.

    Raises
    ------
    InvalidValueError
        If a triangle is so narrow that it lies between two bins and would be zero throughout.
    """
    frequencies = bin_frequencies(frame, rate)
    edges = _edges(rate, whole(bands, "bands"), low, rate / 2 if high is None else high, htk)
    left, top, right = (edges[i : i + bands, None] for i in range(3))
    rising, falling = (frequencies - left) / (top - left), (right - frequencies) / (right - top)
    filters = np.maximum(0, np.minimum(rising, falling))  # (bands, bins)
    if not filters.any(axis=1).all():
        empty = int(np.argmin(filters.any(axis=1)))
        raise InvalidValueError(
            f"mel band {empty} ({edges[empty]:.0f} to {edges[empty + 2]:.0f} Hz) falls between two "
            f"bins, {rate / frame:.1f} Hz apart; take fewer bands or a longer frame"
        )
    return filters * 2 / (right - left) if equal_area else filters


def mel_spectrogram(
    x: np.ndarray,
    rate: float,
    frame: int,
    hop: int,
    bands: int,
    low: float = 0,
    high: float | None = None,
    window: WindowName = "hann",
) -> np.ndarray:
    """Return the power in mel bands, frame by frame: ``filters @ |X|^2``.

    Parameters
    ----------
    x
        Shape (N,), real, finite.
    rate, bands, low, high
        As in :func:`mel_filterbank`.
    frame, hop, window
        As in :func:`aigc_edu.dsp.stft`; frames are centred.

    Returns
    -------
    ndarray
        float64, shape (bands, frames), not negative. :func:`to_db` makes it logarithmic.
    """
    filters = mel_filterbank(rate, frame, bands, low, high)
    return filters @ np.abs(stft(x, frame, hop, window)) ** 2


def to_db(power: np.ndarray | float, floor_db: float = -100.0) -> np.ndarray:
    """Return power in decibels, ``10 log10(power)``, but at least the floor.

    Parameters
    ----------
    power
        Not negative, any shape.
    floor_db
        What quieter values are lifted to; silence would be minus infinity.

    Returns
    -------
    ndarray
        float64, in dB against a power of 1, of the same shape.
    """
    if not np.isfinite(floor_db):
        raise InvalidValueError(f"floor_db must be finite, got {floor_db}")
    return 10 * np.log10(np.maximum(_not_negative(power, "power"), 10 ** (floor_db / 10)))


# ---------------------------------------------------------------- constant Q


def constant_q(
    x: np.ndarray,
    rate: float,
    hop: int = 256,
    low: float = 65.406,
    bands: int = 60,
    per_octave: int = 12,
) -> np.ndarray:
    """Return the constant-Q transform (Brown 1991), as librosa computes it.

    Each band has a window of its own, ``Q rate / f_b`` samples long, with the same
    ``Q = 1 / (2^(1 / per_octave) - 1)`` for all. The scale is that of amplitudes: a steady sine
    of amplitude A at the frequency of a band gives the magnitude A there (to about 2 per cent).

    Parameters
    ----------
    x
        Shape (N,), real, finite.
    rate
        Sampling rate in Hz.
    hop
        Samples from one frame to the next.
    low
        Frequency of the lowest band in Hz (by default the C two octaves below the middle one).
    bands
        Number of bands; the highest must stay well below ``rate / 2``.
    per_octave
        Bands in an octave; 12 are semitones.

    Returns
    -------
    ndarray
        complex, shape (bands, 1 + N // hop). Its magnitudes are meant; phases are librosa's.
    """
    import librosa  # slow to import

    x, low = finite_samples(x), positive(low, "low")
    if np.iscomplexobj(x):
        raise InvalidValueError("x must be real; transform real and imaginary part by themselves")
    bands, per_octave = whole(bands, "bands"), whole(per_octave, "per_octave")
    top = low * 2 ** ((bands - 0.5) / per_octave) * (1 + 1 / _quality(per_octave))
    if top > positive(rate, "rate") / 2:
        raise InvalidValueError(
            f"the highest band reaches to {top:.0f} Hz, beyond half the rate; take fewer bands"
        )
    sizes = {"hop_length": whole(hop, "hop"), "n_bins": bands, "bins_per_octave": per_octave}
    spare = max(0, int(4 * _quality(per_octave) * rate / low) - len(x))  # else librosa warns
    try:
        C = librosa.cqt(np.pad(x, (0, spare)), sr=rate, fmin=low, tuning=0.0, **sizes)
    except librosa.ParameterError as error:
        raise InvalidValueError(f"librosa can't compute this transform: {error}") from error
    lengths = _quality(per_octave) * rate / constant_q_frequencies(low, bands, per_octave)
    return 2 * C[:, : 1 + len(x) // hop] / np.sqrt(lengths)[:, None]


def constant_q_frequencies(
    low: float = 65.406, bands: int = 60, per_octave: int = 12
) -> np.ndarray:
    """Return the frequencies of constant-Q bands, ``low 2^(b / per_octave)``, in Hz, (bands,)."""
    return positive(low, "low") * 2 ** (np.arange(whole(bands, "bands")) / per_octave)


# ---------------------------------------------------------------- private


def _quality(per_octave: int) -> float:
    return 1 / (2 ** (1 / per_octave) - 1)


def _edges(rate: float, bands: int, low: float, high: float, htk: bool) -> np.ndarray:
    if not 0 <= low < high <= rate / 2:
        raise InvalidValueError(
            f"0 <= low < high <= rate / 2 must hold, got {low}, {high} and {rate / 2} Hz"
        )
    return mel_to_hz(np.linspace(*hz_to_mel(np.array([low, high]), htk), bands + 2), htk)


def _not_negative(values: np.ndarray | float, name: str) -> np.ndarray:
    values = np.asarray(values, np.float64)
    if not (np.isfinite(values) & (values >= 0)).all():
        raise InvalidValueError(f"{name} must be finite and not negative")
    return values
