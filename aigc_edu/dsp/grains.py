"""Granular synthesis: a sound cut into grains of some hundredths of a second, and strewn anew.

Chapter: chapters/06-product/17-soundscapes.ipynb

References
----------
D. Gabor (1947), *Acoustical quanta and the theory of hearing*, Nature 159: sound as grains.
C. Roads (2001), *Microsound*: what can be chosen about a cloud of grains.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive
from aigc_edu.errors import InvalidValueError

_MOST = 100_000  # grains in a cloud


class Cloud(NamedTuple):
    """How grains are strewn.

    Attributes
    ----------
    grain
        Length of a grain in seconds.
    overlap
        How many sound together on the average; 2 is the least without gaps.
    scatter
        By how much the time of a grain is left to chance: 0 for an even row, 1 for anywhere.
    spread
        Seconds by which a grain may be taken from elsewhere in the source, to both sides; beyond
        an end of the source, it is taken from as far on this side of it.
    detune
        Semitones by which its pitch may be off, to both sides.
    """

    grain: float = 0.08
    overlap: float = 2.0
    scatter: float = 0.0
    spread: float = 0.0
    detune: float = 0.0


def granulate(
    source: np.ndarray,
    rate: float,
    seconds: float,
    cloud: Cloud | None = None,
    path: tuple[float, float] | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Return a sound made of grains of another one.

    ``y[t] = sum_k g[t - t_k] x[p_k + r_k (t - t_k)]``: grain k begins at t_k, is taken from p_k on,
    is read r_k times as fast, and fades in and out by Hann's window g. Without any chance, with an
    overlap of 2 and a path as fast as time, y is x.

    Parameters
    ----------
    source
        x, shape (N,), at least as long as a grain.
    rate
        Sampling rate in Hz.
    seconds
        Length of the result.
    cloud
        How grains are strewn; an even row by default.
    path
        Where in the source, in seconds, the first grain and one at the end are taken from: equal
        numbers freeze a moment, and by default it is the source's beginning and end.
    seed
        Of the chance.

    Returns
    -------
    ndarray
        float64, shape (N',). With the overlap n its power is n / 2 times that of unrelated grains
        of overlap 2; it isn't scaled to that.

    Raises
    ------
    InvalidValueError
        If the source is shorter than a grain, or a number of the cloud makes no sense.
    """
    x, cloud = finite_samples(source, "source").astype(float), cloud or Cloud()
    length = _checked(cloud, len(x), positive(rate, "rate"))
    count = round(positive(seconds, "seconds") * rate)
    hop = length / cloud.overlap
    rows = int(count / hop) + int(np.ceil(cloud.overlap)) + 1
    if rows > _MOST:
        raise InvalidValueError(f"{rows} grains are too many: make the sound in pieces")
    rng = np.random.default_rng(seed)
    at = np.arange(rows) * hop - length + hop  # those that sound at the first sample begin before
    at = at + cloud.scatter * hop * rng.uniform(-0.5, 0.5, rows)
    first, last = path or (0.0, len(x) / rate)
    start = (first + (last - first) * at / count) * rate
    off = cloud.spread * rate * rng.uniform(-1, 1, rows)
    speed = 2 ** (cloud.detune * rng.uniform(-1, 1, rows) / 12)
    if path or cloud.spread or cloud.detune:  # inside of the source; else silence lies around it
        room = np.maximum(0, len(x) - 2 - speed * length)
        start = _folded(np.clip(start, 0, room) + off, room)
    start = np.clip(start, -length, len(x))
    padded = np.pad(x, length + 1)  # so that the first grains may begin before the source
    return lay_grains(padded, np.round(at).astype(int), start + length + 1, speed, length, count)


def lay_grains(
    x: np.ndarray,
    at: np.ndarray,
    start: np.ndarray,
    speed: np.ndarray,
    length: int,
    count: int,
) -> np.ndarray:
    """Return grains of a sound, laid over each other.

    Parameters
    ----------
    x
        The sound, shape (N,); what grains read lies inside of it.
    at
        Numbers of the samples where grains begin, whole numbers (K,), -length ... count.
    start
        Where in x each begins, (K,): between two samples x is a straight line.
    speed
        How fast each is read, (K,).
    length
        Samples of a grain, even.
    count
        Samples of the result.
    """
    n = np.arange(length)
    g = 0.5 - 0.5 * np.cos(2 * np.pi * n / length)
    y = np.zeros(count + 2 * length)
    for place, begin, fast in zip(at, start, speed, strict=True):
        if -length < place < count:
            read = begin + fast * n
            first = np.floor(read).astype(int)
            share = read - first
            grain = (1 - share) * x[first] + share * x[np.minimum(first + 1, len(x) - 1)]
            y[place + length : place + 2 * length] += g * grain
    return y[length : length + count]


def _folded(place: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Return places from 0 to ``room``: what lies beyond an edge is as far on this side of it.

    Held at the edge, a wide spread would take half of all grains from the very first and last.
    """
    turn = 2 * np.maximum(room, 1e-9)
    return np.clip(room - np.abs(np.mod(place, turn) - room), 0, room)


def _checked(cloud: Cloud, count: int, rate: float) -> int:
    """Return the length of a grain in samples, an even number; raise if something is wrong."""
    length = 2 * round(positive(cloud.grain, "grain") * rate / 2)
    if not 4 <= length <= count:
        raise InvalidValueError(
            f"a grain has 4 samples or more, and no more than the source's {count}; got {length}"
        )
    if not 1 <= cloud.overlap <= 64:
        raise InvalidValueError(f"overlap lies from 1 to 64, got {cloud.overlap}")
    if not 0 <= cloud.detune <= 12:
        raise InvalidValueError(f"detune lies from 0 to 12 semitones, got {cloud.detune}")
    for name in ("scatter", "spread"):
        if not getattr(cloud, name) >= 0:
            raise InvalidValueError(f"{name} must be 0 or more, got {getattr(cloud, name)}")
    return length
