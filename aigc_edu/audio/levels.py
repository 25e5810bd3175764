"""How loud a waveform is, and making it as loud as wanted.

Chapter: chapters/01-sound-as-numbers/08-reading-and-levelling.ipynb

Waveforms have the shape (N,) or, with several channels, (C, N). Nothing here clips silently.

References
----------
ITU-R Recommendation BS.1770-4 (2015), *Algorithms to measure audio programme loudness and true-peak
audio level*.
EBU Recommendation R 128 (2014) and Tech 3341 (2016), *Loudness metering*.
"""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np

from aigc_edu.audio.faults import waveform
from aigc_edu.audio.resampling import whole_rate
from aigc_edu.errors import InvalidValueError

BLOCK = 0.4  # seconds of a block whose loudness is measured (BS.1770-4, annex 1)
HOP = 0.1  # from one block to the next: they overlap by three quarters
SILENCE = -70.0  # LUFS; softer blocks do not count
_CHANNELS = (1, 2, 5)
_MIN_RATE = 4000  # the weighting filter bends at 1.7 kHz

Over = Literal["refuse", "reduce", "clip"]


def peak_db(x: np.ndarray) -> float:
    """Return the largest amplitude in dB against full scale, ``20 log10 max |x|``.

    That of the samples; the curve between them may go higher. ``-inf`` for silence.
    """
    return _decibels(float(np.abs(waveform(x)).max()), 20)


def rms_db(x: np.ndarray) -> float:
    """Return the mean power over all samples and channels in dB, ``10 log10 mean x^2``.

    0 dB is a square wave at full scale; a sine at full scale has -3.01 dB. ``-inf`` for silence.
    """
    return _decibels(float(np.mean(waveform(x) ** 2)), 10)


def loudness(x: np.ndarray, rate: int, short: Literal["refuse", "whole"] = "refuse") -> float:
    """Return the integrated loudness in LUFS, after BS.1770-4, by ``pyloudnorm``.

    The channels are weighted by frequency, their powers added; blocks of 0.4 s below -70 LUFS and
    then those 10 LU below the mean of the rest are left out, and the mean over what remains is
    ``-0.691 + 10 log10`` of the power. A 997 Hz sine at full scale has -3.01 LUFS in one channel
    and 0 in both of two.

    Parameters
    ----------
    x
        Shape (N,) or (C, N) with C = 1, 2 or 5 (left, right, centre, left and right surround).
    rate
        Sampling rate in Hz, at least 4000.
    short
        What to do with less than 0.4 s: ``"refuse"``, or take the ``"whole"`` clip as its only
        block. (Filling up with zeros would make the same sound softer the shorter it is.)

    Returns
    -------
    float
        ``-inf`` if no block reaches -70 LUFS.

    Raises
    ------
    InvalidValueError
        If the clip is too short, the rate too low, or there are 3, 4 or more than 5 channels.
    """
    from pyloudnorm import Meter

    x, rate = np.atleast_2d(waveform(x)), whole_rate(rate)  # (C, N)
    if x.shape[0] not in _CHANNELS:
        raise InvalidValueError(f"loudness is defined for 1, 2 or 5 channels, got {x.shape[0]}")
    if rate < _MIN_RATE:
        raise InvalidValueError(f"loudness needs a rate of {_MIN_RATE} Hz or more, got {rate}")
    seconds = x.shape[1] / rate
    if seconds < BLOCK and short != "whole":
        raise InvalidValueError(
            f"loudness is measured in blocks of {BLOCK} s and this clip has {seconds:.3f} s; "
            "short='whole' takes it as one block"
        )
    block = min(BLOCK, seconds)
    # Whole blocks only, as the standard has it: pyloudnorm takes a cut one for a soft one.
    steps = int((seconds - block) / HOP + 1e-9)
    used = int(np.ceil((block + steps * HOP) * rate - 1e-6))
    # De Man's filters are those of the standard; the default ones are off by 0.04 dB and more.
    meter = Meter(rate, filter_class="DeMan", block_size=block, overlap=1 - HOP / BLOCK)
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # means over no blocks, for silence
        return float(meter.integrated_loudness(x[:, :used].T))


def to_peak(x: np.ndarray, db: float = -1.0) -> np.ndarray:
    """Scale a waveform so that its largest amplitude is at ``db`` dB, at most 0.

    Returns
    -------
    ndarray
        float64, the shape of ``x``.

    Raises
    ------
    InvalidValueError
        If ``x`` is silent or ``db`` is above 0.
    """
    return _scaled(x, peak_db(x), db, "refuse")


def scaled_to(x: np.ndarray, peak: float) -> np.ndarray:
    """Return samples, real of any shape, with the largest amplitude ``peak``; silence stays silent.

    For training: :func:`to_peak` takes decibels, and refuses silence.
    """
    largest = float(np.abs(x).max(initial=0.0))
    return x * (peak / largest) if largest else x


def to_rms(x: np.ndarray, db: float, over: Over = "refuse") -> np.ndarray:
    """Scale a waveform to a mean power of ``db`` dB.

    Parameters
    ----------
    x
        Shape (N,) or (C, N); not silent.
    db
        As :func:`rms_db` measures it.
    over
        What to do where a peak would pass full scale: ``"refuse"`` raises, ``"reduce"`` scales
        less, so that the highest peak is at full scale and the level is missed, ``"clip"`` cuts
        the peaks off, so that they are distorted and the level is missed a little.

    Returns
    -------
    ndarray
        float64, the shape of ``x``, within [-1, 1].
    """
    return _scaled(x, rms_db(x), db, over)


def to_loudness(
    x: np.ndarray,
    rate: int,
    lufs: float = -23.0,
    over: Over = "refuse",
    short: Literal["refuse", "whole"] = "refuse",
) -> np.ndarray:
    """Scale a waveform to a loudness of ``lufs`` LUFS.

    Parameters
    ----------
    x, rate, short
        As for :func:`loudness`.
    lufs
        -23 is that of European broadcasts (EBU R 128).
    over
        As for :func:`to_rms`.

    Returns
    -------
    ndarray
        float64, the shape of ``x``, within [-1, 1].

    Raises
    ------
    InvalidValueError
        As for :func:`loudness`, and if no block of ``x`` reaches -70 LUFS.
    """
    return _scaled(x, loudness(x, rate, short), lufs, over)


def _scaled(x: np.ndarray, level: float, wanted: float, over: Over) -> np.ndarray:
    x = waveform(x)
    if over not in ("refuse", "reduce", "clip"):
        raise InvalidValueError(f"over is 'refuse', 'reduce' or 'clip', not {over!r}")
    if not np.isfinite(wanted):
        raise InvalidValueError(f"the wanted level must be a finite number, got {wanted}")
    if level == -np.inf:
        raise InvalidValueError("the waveform is silent; no gain makes it louder")
    y = x * 10 ** ((wanted - level) / 20)
    peak = float(np.abs(y).max())
    if peak <= 1 + 1e-12 or over == "clip":
        return np.clip(y, -1, 1)  # cuts off a rounding error at most, unless asked to clip
    if over == "refuse":
        raise InvalidValueError(
            f"at {wanted:.1f} dB the peak would be {_decibels(peak, 20):.1f} dB above full scale; "
            f"at most {wanted - _decibels(peak, 20):.1f} dB are possible without clipping"
        )
    return y / peak


def _decibels(value: float, factor: int) -> float:
    return factor * float(np.log10(value)) if value > 0 else -np.inf
