"""The cepstrum, and the spectral envelope that its first terms draw: filter and source apart.

Chapter: chapters/06-product/14-style-and-timbre.ipynb

References
----------
- Bogert, Healy and Tukey 1963: the spectrum of a log spectrum, and its name.
- Oppenheim and Schafer 1968, IEEE Transactions on Audio and Electroacoustics 16: what keeps its
  first terms is a smooth log spectrum.
- Imai and Abe 1979; Röbel and Rodet 2005, DAFx: an envelope that rests on the peaks.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp._validate import whole
from aigc_edu.dsp.spectrogram import istft, stft
from aigc_edu.errors import InvalidValueError

FLOOR = 1e-5  # of the largest magnitude: what is below counts as so much
ROUNDS = 20  # of an envelope that rests on the peaks
MOST = 40.0  # dB by which a bin is raised or lowered at most
LOUD = 1e-3  # share of the largest power from which a frame tells what a sound is like


def real_cepstrum(magnitude: np.ndarray) -> np.ndarray:
    """Return the inverse DFT of the log of a spectrum's magnitudes.

    Parameters
    ----------
    magnitude
        Shape (bins,) or (bins, frames), not negative, with ``bins = frame / 2 + 1``.

    Returns
    -------
    ndarray
        float64, shape (frame,) or (frame, frames). Term n is what varies n times over the whole
        range of frequencies up to the sampling rate; it is called its quefrency, in samples.
    """
    return np.fft.irfft(np.log(_floored(magnitude)), axis=0)


def spectral_envelope(magnitude: np.ndarray, keep: int, rounds: int = ROUNDS) -> np.ndarray:
    """Return a smooth curve through a spectrum, or over its peaks.

    The cepstrum's terms from ``keep`` on, and their mirror images, are set to zero. A harmonic
    sound of the period p samples has ripples of the quefrency p: take ``keep`` below p. The curve
    goes through the middle of the ripples. With ``rounds``, what lies below the curve is then
    raised to it and smoothed again, so often, until it rests on the peaks.

    Parameters
    ----------
    magnitude
        As for :func:`real_cepstrum`.
    keep
        How many terms stay, from 1 to ``frame / 2``.
    rounds
        0 or more.

    Returns
    -------
    ndarray
        float64, the shape of ``magnitude``, above 0.
    """
    log = np.log(_floored(magnitude))
    frame = 2 * (len(log) - 1)
    if not 1 <= whole(keep, "keep") <= frame // 2:
        raise InvalidValueError(f"keep lies from 1 to {frame // 2}, got {keep}")
    curve = _smoothed(log, keep)
    for _ in range(whole(rounds, "rounds", 0)):
        curve = _smoothed(np.maximum(log, curve), keep)
    return np.exp(curve)


def _smoothed(log: np.ndarray, keep: int) -> np.ndarray:
    cepstrum = np.fft.irfft(log, axis=0)
    cepstrum[keep : len(cepstrum) - keep + 1] = 0
    return np.fft.rfft(cepstrum, axis=0).real


def mean_envelope(
    x: np.ndarray, frame: int, hop: int, keep: int, rounds: int = ROUNDS
) -> np.ndarray:
    """Return the envelope of a sound: the mean of the log envelopes of its loud frames, (bins,).

    ``x`` has shape (N,); for the rest see :func:`spectral_envelope`. Its level doesn't matter.
    """
    magnitude = np.abs(stft(x, frame, hop))
    power = np.square(magnitude).sum(axis=0)
    if not power.max() > 0:
        raise InvalidValueError("a silent sound has no envelope")
    loud = magnitude[:, power >= LOUD * power.max()]
    log = np.log(spectral_envelope(loud / np.sqrt(np.square(loud).sum(axis=0)), keep, rounds))
    return np.exp(log.mean(axis=1))


def with_envelope(
    x: np.ndarray,
    envelope: np.ndarray,
    hop: int,
    keep: int,
    amount: float = 1.0,
    rounds: int = ROUNDS,
) -> np.ndarray:
    """Return a sound whose spectrum has another envelope; its pitch and its loudness stay.

    Each frame's bins are multiplied by (envelope / own envelope) ** amount, by 40 dB at most, and
    then the frame by what gives it its power back.

    Parameters
    ----------
    x
        Shape (N,), real.
    envelope
        Shape (bins,), above 0, as of :func:`mean_envelope`.
    hop
        Samples from one frame to the next; the frame is ``2 (bins - 1)``.
    keep, rounds
        See :func:`spectral_envelope`.
    amount
        0 leaves the sound as it is, 1 gives it the other envelope.

    Returns
    -------
    ndarray
        float64, shape (N,).
    """
    envelope = np.asarray(envelope, float)
    if envelope.ndim != 1 or len(envelope) < 3 or not (envelope > 0).all():
        raise InvalidValueError(f"expected an envelope (bins,) above 0, got {envelope.shape}")
    frame = 2 * (len(envelope) - 1)
    X = stft(x, frame, hop)
    power = np.square(np.abs(X)).sum(axis=0)
    own = spectral_envelope(np.abs(X) / np.sqrt(power + 1e-20), keep, rounds)
    most = MOST / 20 * np.log(10)
    Y = X * np.exp(amount * np.clip(np.log(envelope[:, None] / own), -most, most))
    Y *= np.sqrt(power / (np.square(np.abs(Y)).sum(axis=0) + 1e-20))
    padded = istft(Y, hop)
    return np.pad(padded[: len(x)], (0, max(0, len(x) - len(padded))))


def _floored(magnitude: np.ndarray) -> np.ndarray:
    magnitude = np.asarray(magnitude, np.float64)
    if magnitude.ndim not in (1, 2) or len(magnitude) < 3 or not np.isfinite(magnitude).all():
        raise InvalidValueError(
            f"expected finite magnitudes (bins,) or (bins, frames), got {magnitude.shape}"
        )
    if magnitude.min(initial=0.0) < 0:
        raise InvalidValueError("magnitudes are not negative; is this a log spectrum?")
    return np.maximum(magnitude, FLOOR * max(float(magnitude.max(initial=0.0)), 1e-20))
