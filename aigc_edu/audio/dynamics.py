"""Gains that follow the sound: a compressor, and a limiter that nothing passes.

Chapter: chapters/06-product/07-finishing.ipynb
Chapter: chapters/06-product/10-audiobook-and-radio-play.ipynb

Waveforms have the shape (N,) or, with several channels, (C, N). All channels get one gain, so that
nothing moves between them.

References
----------
D. Giannoulis, M. Massberg, J. D. Reiss (2012), *Digital dynamic range compressor design: a tutorial
and analysis*, Journal of the Audio Engineering Society 60 (6).
ITU-R Recommendation BS.1770-4 (2015), annex 2, on the true peak.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from aigc_edu.audio.faults import waveform
from aigc_edu.audio.resampling import whole_rate
from aigc_edu.errors import InvalidValueError

FAINTEST = 1e-6  # amplitude, -120 dB: what is softer counts as that
OVERSAMPLE = 4  # values a sample, of the true peak (BS.1770-4)

# ---------------------------------------------------------------- the compressor


def reduction_db(
    level_db: np.ndarray | float, threshold_db: float, ratio: float, knee_db: float = 0.0
) -> np.ndarray:
    """Return by how many dB a compressor turns a steady level down (Giannoulis, equation 4).

    Nothing below the threshold T; above it, ``(1 - 1 / ratio) (level - T)``, so that ``ratio`` dB
    more at the input are one dB more at the output. Within half a knee of T, a parabola joins both.

    Parameters
    ----------
    level_db
        Any shape.
    threshold_db
        T.
    ratio
        At least 1; infinity for a limiter.
    knee_db
        Width of the knee, at least 0.

    Returns
    -------
    ndarray
        float64, the shape of the levels, at least 0.
    """
    if not (ratio >= 1 and knee_db >= 0):
        raise InvalidValueError(
            f"ratio >= 1 and knee_db >= 0 are needed, got {ratio} and {knee_db}"
        )
    over = np.asarray(level_db, np.float64) - threshold_db
    slope = 1 - 1 / ratio
    bent = slope * (over + knee_db / 2) ** 2 / (2 * knee_db) if knee_db else 0.0
    inside = np.abs(over) < knee_db / 2
    return np.where(inside, bent, slope * np.maximum(over, 0.0) * (over >= knee_db / 2))


def smoothed_reduction(
    wanted_db: np.ndarray, rate: int, attack: float, release: float
) -> np.ndarray:
    """Return a reduction that comes within the attack and goes within the release.

    First ``r[t] = max(w[t], R r[t-1] + (1 - R) w[t])``: it jumps up and falls slowly. Then
    ``y[t] = A y[t-1] + (1 - A) r[t]``, so that it rises slowly, too (Giannoulis, *smooth
    decoupled* peak detector). A and R are ``exp(-1 / (seconds rate))``: after the attack, 63 % of
    a step are done.

    Parameters
    ----------
    wanted_db
        In dB, shape (N,), at least 0.
    rate
        Sampling rate in Hz.
    attack, release
        In seconds, at least 0.

    Returns
    -------
    ndarray
        float64, shape (N,).
    """
    from scipy.signal import lfilter  # imported here because it takes more than a second

    keep, slow = _memory(attack, rate, "attack"), _memory(release, rate, "release")
    held = accumulate(
        np.asarray(wanted_db, np.float64).tolist(), lambda r, w: max(w, slow * r + (1 - slow) * w)
    )
    return lfilter([1 - keep], [1, -keep], np.fromiter(held, np.float64, len(wanted_db)))


def compress(
    x: np.ndarray,
    rate: int,
    threshold_db: float = -24.0,
    ratio: float = 3.0,
    knee_db: float = 6.0,
    attack: float = 0.005,
    release: float = 0.1,
    makeup_db: float = 0.0,
) -> np.ndarray:
    """Turn down what is loud, so that the rest can be turned up.

    The level of each sample is ``20 log10 |x|``, the loudest channel's; :func:`reduction_db` says
    by how much it should be turned down, and :func:`smoothed_reduction` how soon.

    Parameters
    ----------
    x
        Shape (N,) or (C, N), finite.
    rate
        Sampling rate in Hz.
    threshold_db, ratio, knee_db
        See :func:`reduction_db`.
    attack, release
        In seconds. An attack much shorter than a swing of the lowest tone bends its wave.
    makeup_db
        Gain of everything afterwards.

    Returns
    -------
    ndarray
        float64, the shape of ``x``. It may pass full scale: while the attack lasts, and with
        make-up.
    """
    x = waveform(x)
    level = 20 * np.log10(np.maximum(_loudest(x), FAINTEST))
    wanted = reduction_db(level, threshold_db, ratio, knee_db)
    down = smoothed_reduction(wanted, rate, attack, release)
    return x * 10 ** ((makeup_db - down) / 20)


# ---------------------------------------------------------------- the limiter


def limit(
    x: np.ndarray,
    rate: int,
    ceiling_db: float = -1.0,
    lookahead: float = 0.002,
    release: float = 0.05,
    between: bool = True,
) -> np.ndarray:
    """Hold a waveform below a ceiling without cutting its peaks off.

    A sample needs the gain ``need[t] = min(1, ceiling / |x[t]|)``. The gain that it gets is a mean
    of L + 1 numbers, each of which is at most ``need[t]``: the least need of the L samples that
    follow, rising slowly. So no sample passes the ceiling, and the gain has come down, along a
    ramp of the length L, when the peak arrives.

    Parameters
    ----------
    x
        Shape (N,) or (C, N), finite.
    rate
        Sampling rate in Hz.
    ceiling_db
        In dB against full scale.
    lookahead
        L in seconds, at least 0. Nothing is delayed: the whole waveform is there.
    release
        In seconds, at least 0: after them, 63 % of a reduction are gone.
    between
        Whether the curve between the samples is held, too, by its values at four places a sample;
        :func:`aigc_edu.saving.true_peak_db` measures it.

    Returns
    -------
    ndarray
        float64, the shape of ``x``; no sample above the ceiling. The curve between them stays
        within 0.1 dB of it where the sound is soft near half the sampling rate, as speech and
        music are; noise up to there can pass it by 0.8 dB, since four values a sample miss peaks.
    """
    x, ceiling = waveform(x), 10 ** (ceiling_db / 20)
    peaks = _peaks(x) if between else _loudest(x)
    need = np.minimum(1.0, ceiling / np.maximum(peaks, FAINTEST))
    steps = round(_seconds(lookahead, "lookahead") * whole_rate(rate))
    gain = _ramped(need, steps, _memory(release, rate, "release"))
    return np.clip(gain * x, -ceiling, ceiling)  # cuts off rounding errors only


def _ramped(need: np.ndarray, steps: int, slow: float) -> np.ndarray:
    """Return a smooth gain, at most the need: see :func:`limit`."""
    padded = np.pad(need, (steps, steps), constant_values=1.0)
    least = running_least(padded, steps + 1)  # of t ... t + L, from L samples before the first one
    rising = accumulate(least.tolist(), lambda r, n: min(n, slow * r + (1 - slow)))
    held = np.fromiter(rising, np.float64, len(least))
    return np.convolve(held, np.full(steps + 1, 1 / (steps + 1)), mode="valid")


def running_least(x: np.ndarray, size: int) -> np.ndarray:
    """Return the least of each ``size`` neighbours of (N,), shape (N - size + 1,)."""
    from scipy.ndimage import minimum_filter1d  # slow to import

    return minimum_filter1d(x, size)[size // 2 :][: len(x) - size + 1]


def _peaks(x: np.ndarray) -> np.ndarray:
    """Return the largest amplitude of each sample and of the curve on both sides of it, (N,)."""
    from scipy.ndimage import maximum_filter1d

    fine = _between(x)  # (4 N,)
    return maximum_filter1d(fine, 2 * OVERSAMPLE - 1, mode="constant")[::OVERSAMPLE]


def _between(x: np.ndarray) -> np.ndarray:
    """Return the amplitudes of the curve through the samples, (4 N,), loudest channel."""
    from scipy.signal import resample_poly

    fine = np.abs(resample_poly(np.atleast_2d(x), OVERSAMPLE, 1, axis=-1)).max(axis=0)
    fine[::OVERSAMPLE] = np.maximum(fine[::OVERSAMPLE], _loudest(x))
    return fine


def _loudest(x: np.ndarray) -> np.ndarray:
    return np.abs(np.atleast_2d(x)).max(axis=0)


def _memory(seconds: float, rate: int, name: str) -> float:
    """Return what is left of a step after one sample: 0 for no time at all."""
    samples = _seconds(seconds, name) * whole_rate(rate)
    return float(np.exp(-1 / samples)) if samples else 0.0


def _seconds(value: float, name: str) -> float:
    if not (np.isfinite(value) and value >= 0):
        raise InvalidValueError(f"{name} must be 0 or more seconds, got {value}")
    return value
