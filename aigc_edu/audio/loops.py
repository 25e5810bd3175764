"""Loops without a click: where to join a sound with itself, how, and whether one hears it.

Chapter: chapters/06-product/15-effects.ipynb

Waveforms have the shape (N,) or, with several channels, (C, N); all channels are cut alike.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aigc_edu.audio.faults import waveform
from aigc_edu.audio.resampling import whole_rate
from aigc_edu.errors import InvalidValueError

OVERLAP = 0.1  # seconds of the crossfade
THRESHOLD = 10.0  # dB of :func:`click_level` from which on a joint counts as a click
_USUAL = 0.99  # a joint is compared with the step that so large a share of all steps stays below
_NEAR, _AROUND = 3, 0.1  # samples about a joint; seconds to both sides that it is compared with
_STARTS = 24  # beginnings that are tried


class Loop(NamedTuple):
    """Where a loop is cut from a sound.

    Attributes
    ----------
    start, stop
        Its first sample, and the one behind its last.
    overlap
        Samples behind ``stop`` that fade out over the first ones of the loop.
    likeness
        How alike the two are that are faded into each other, -1 ... 1; see :func:`find_loop`.
    """

    start: int
    stop: int
    overlap: int
    likeness: float


def find_loop(
    x: np.ndarray,
    rate: int,
    shortest: float,
    longest: float | None = None,
    overlap: float = OVERLAP,
) -> Loop:
    """Find where a sound can be joined with itself: where it goes on as it began.

    For a start s and an end e, the stretches a of samples from e on and b from s on are faded
    into each other. Their likeness is ``2 a.b / (a.a + b.b)``, which is ``1 - |a - b|^2 / (|a|^2 +
    |b|^2)``: 1 for equal stretches, 0 for unrelated ones, less than 1 for those of unequal level.
    All ends are compared with a start at once, by spectra.

    Parameters
    ----------
    x
        The sound.
    rate
        Sampling rate in Hz.
    shortest, longest
        Seconds that the loop may last; by default up to what the sound is long enough for.
    overlap
        Seconds of the crossfade, above 0.

    Returns
    -------
    Loop
        The pair of the largest likeness, among starts spread over the sound.

    Raises
    ------
    InvalidValueError
        If the sound is too short for such a loop, or silent.
    """
    x, rate = np.atleast_2d(waveform(x)), whole_rate(rate)
    fade, least = _samples(overlap, rate, "overlap"), _samples(shortest, rate, "shortest")
    room = x.shape[1] - fade
    most = room if longest is None else min(room, _samples(longest, rate, "longest"))
    if not fade <= least <= most:
        raise InvalidValueError(
            f"{x.shape[1] / rate:.2f} s hold no loop of {shortest:g} s or more with a crossfade of "
            f"{overlap:g} s: the loop is as long as the crossfade at least, and both must fit in"
        )
    if not x.any():
        raise InvalidValueError("the sound is silent: any place is as good as another")
    energy = _running(np.square(x).sum(axis=0), fade)
    spectrum = np.fft.rfft(x, 1 << (x.shape[1] - 1).bit_length())  # what wraps round isn't used
    starts = np.unique(np.linspace(0, room - least, _STARTS).astype(int))
    found = [_best_end(x, spectrum, energy, int(s), least, most, fade) for s in starts]
    return max(found, key=lambda loop: loop.likeness)


def make_loop(x: np.ndarray, loop: Loop) -> np.ndarray:
    """Cut a loop from a sound, so that its end goes over into its beginning.

    What follows the loop fades out over its first samples, and these fade in. With u from 0 to
    pi / 2 over the overlap, the gains are ``cos(u) / n`` and ``sin(u) / n``, and ``n^2 = 1 + r
    sin(2 u)`` keeps the power, r being the likeness, or 0 if it is less: for unrelated stretches
    that is equal power, for equal ones equal gain.

    Parameters
    ----------
    x
        The sound.
    loop
        As :func:`find_loop` returns it.

    Returns
    -------
    ndarray
        float64, shape (L,) or (C, L) with L = stop - start. Repeated, it goes on for ever.
    """
    x = waveform(x)
    start, stop, fade, likeness = loop
    if not (0 <= start < stop and 0 <= fade <= stop - start and stop + fade <= x.shape[-1]):
        raise InvalidValueError(f"{loop} lies outside of a sound of {x.shape[-1]} samples")
    out, into = fade_gains(fade, likeness)
    y = x[..., start:stop].copy()
    y[..., :fade] = out * x[..., stop : stop + fade] + into * x[..., start : start + fade]
    return y


def fade_gains(count: int, likeness: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the gains, (count,) each, of what fades out and of what fades in.

    Parameters
    ----------
    count
        Samples of the crossfade.
    likeness
        r in :func:`make_loop`, at most 1; below 0 it counts as 0.
    """
    u = np.pi / 2 * (np.arange(count) + 0.5) / max(1, count)
    n = np.sqrt(1 + np.clip(likeness, 0, 1) * np.sin(2 * u))
    return np.cos(u) / n, np.sin(u) / n


def click_level(x: np.ndarray, place: int, rate: int) -> float:
    """Return how far a joint stands out of the sound around it, in dB.

    In a smooth wave, each step from sample to sample is much like the mean of its neighbours;
    ``e[n] = |d[n] - (d[n-1] + d[n+1]) / 2|`` with ``d[n] = x[n] - x[n-1]`` says how unlike it is. A
    click is a place where e is larger than usual: the largest e within 3 samples of the joint,
    against the one that 99 % of those within 0.1 s stay below.

    Parameters
    ----------
    x
        The sound, taken as a loop: behind its last sample comes its first one.
    place
        Number of the first sample behind the joint; 0 for that of the loop.
    rate
        Sampling rate in Hz.

    Returns
    -------
    float
        The loudest channel's. ``THRESHOLD`` says from when on it is a click. Of noise, a place that
        is no joint has 0 dB or less, and hardly ever more than 3.
    """
    x, rate = np.atleast_2d(waveform(x)), whole_rate(rate)
    around = min(round(_AROUND * rate), (x.shape[1] - 1) // 2)
    if around <= 2 * _NEAR:
        raise InvalidValueError(f"{x.shape[1]} samples are too few to tell a click from the rest")
    window = np.arange(place - around - 1, place + around + 2) % x.shape[1]
    d = np.diff(x[:, window], axis=1)
    e = np.abs(d[:, 1:-1] - (d[:, :-2] + d[:, 2:]) / 2)
    middle = e.shape[1] // 2
    here = slice(middle - _NEAR, middle + _NEAR + 1)
    usual = np.quantile(np.delete(e, here, axis=1), _USUAL, axis=1)
    ratio = e[:, here].max(axis=1) / np.maximum(usual, 1e-9)
    return float(20 * np.log10(max(ratio.max(), 1e-9)))


def clicks(x: np.ndarray, place: int, rate: int) -> bool:
    """Say whether a joint stands out by more than ``THRESHOLD``; see :func:`click_level`."""
    return click_level(x, place, rate) > THRESHOLD


def _best_end(
    x: np.ndarray,
    spectrum: np.ndarray,
    energy: np.ndarray,
    start: int,
    least: int,
    most: int,
    fade: int,
) -> Loop:
    """Return the loop from a start on whose end is most like it."""
    size = 2 * (spectrum.shape[1] - 1)
    head = np.fft.rfft(x[:, start : start + fade], size)
    together = np.fft.irfft((spectrum * head.conj()).sum(axis=0), size)
    ends = np.arange(start + least, min(start + most, x.shape[1] - fade) + 1)
    both = energy[start] + energy[ends]
    likeness = np.where(both > 1e-12, 2 * together[ends] / np.maximum(both, 1e-12), -1.0)
    best = int(np.argmax(likeness))
    return Loop(start, int(ends[best]), fade, float(np.clip(likeness[best], -1, 1)))


def _running(power: np.ndarray, size: int) -> np.ndarray:
    """Return the sum over the next ``size`` samples from each on, shape (N - size + 1,)."""
    total = np.concatenate([[0.0], np.cumsum(power)])
    return total[size:] - total[:-size]


def _samples(seconds: float, rate: int, name: str) -> int:
    if not (np.isfinite(seconds) and seconds > 0 and round(seconds * rate) >= 1):
        raise InvalidValueError(f"{name} must be above 0 seconds, got {seconds}")
    return round(seconds * rate)
