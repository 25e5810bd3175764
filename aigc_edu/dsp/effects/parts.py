"""What the recipes of effects share: chance, shaped noise, slow curves, many small sounds at once.

Chapter: chapters/06-product/15-effects.ipynb

References
----------
P. R. Cook (2002), *Real sound synthesis for interactive applications*, on many small collisions.
A. Farnell (2010), *Designing sound*.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from aigc_edu.dsp.spectrogram import istft, stft

_FALL = np.log(1e3)  # 60 dB, as an exponent
_FRAME = 0.032  # seconds of a frame of noise whose spectrum changes as it goes


def chance(*names: object) -> np.random.Generator:
    """Return a random generator that depends on the names alone, the same on every machine."""
    return np.random.default_rng([zlib.crc32(str(name).encode()) for name in names])


def decay(times: np.ndarray, seconds: float) -> np.ndarray:
    """Return a curve that falls by 60 dB in so many seconds, and is 1 before time 0."""
    return np.exp(-_FALL * np.maximum(times, 0) / seconds)


def times_of(seconds: float, rate: float) -> np.ndarray:
    """Return the times of samples in seconds, shape (N,), N >= 1."""
    return np.arange(max(1, round(seconds * rate))) / rate


def level(x: np.ndarray) -> np.ndarray:
    """Return x with a root mean square of 1; silence stays silent."""
    size = np.sqrt(np.mean(np.square(x)))
    return x / size if size > 0 else x


def band_noise(
    rng: np.random.Generator, count: int, low: float, high: float, rate: float, order: float = 2.0
) -> np.ndarray:
    """Return noise between two frequencies in Hz, of root mean square 1, shape (count,).

    Beyond the edges its spectrum falls by ``6 order`` dB an octave.
    """
    f = np.fft.rfftfreq(count, 1 / rate)
    below = (np.maximum(f, 1e-3) / low) ** (2 * order)
    gain = np.sqrt(below / (1 + below) / (1 + (f / high) ** (2 * order)))
    return level(np.fft.irfft(gain * np.fft.rfft(rng.standard_normal(count)), count))


def wander(rng: np.random.Generator, count: int, hz: float, rate: float) -> np.ndarray:
    """Return a slow random curve of mean square about 1, shape (count,).

    Normal numbers, ``hz`` of them a second, joined by half cosines.
    """
    points = rng.standard_normal(int(count * hz / rate) + 3)
    place = rng.random() + np.arange(count) * hz / rate
    index = place.astype(int)
    share = 0.5 - 0.5 * np.cos(np.pi * (place - index))
    return points[index] * (1 - share) + points[index + 1] * share


def heard_share(frequency: np.ndarray | float, rate: float) -> np.ndarray:
    """Return gains for waves of frequencies in Hz: 1, and 0 from half the rate on.

    Such a wave would come back as another pitch. It fades out from 0.45 of the rate on, so that a
    glide doesn't end in a click.
    """
    return np.clip((0.5 - np.asarray(frequency, float) / rate) / 0.05, 0, 1)


class Shaper:
    """Noise whose spectrum changes as it goes: a gain for each bin of each frame.

    Parameters
    ----------
    count
        Samples N.
    rate
        Sampling rate in Hz.

    Attributes
    ----------
    bins
        Frequencies of the bins in Hz, shape (bins, 1).
    places
        Numbers of the samples in the middle of the frames, shape (frames,).
    """

    def __init__(self, count: int, rate: float) -> None:
        self.count, self.frame = count, 2 * round(_FRAME * rate / 2)
        self.hop = self.frame // 4
        self.bins = np.fft.rfftfreq(self.frame, 1 / rate)[:, None]
        self.places = np.minimum(np.arange(1 + count // self.hop) * self.hop, count - 1)

    def noise(self, rng: np.random.Generator, gain: np.ndarray) -> np.ndarray:
        """Return normal noise (N,) times a gain, (bins, frames) or (bins, 1)."""
        white = stft(rng.standard_normal(self.count), self.frame, self.hop)
        return istft(gain * white, self.hop, length=self.count)


def strew(
    rng: np.random.Generator,
    events: np.ndarray | float,
    kernels: Sequence[np.ndarray],
    seconds: float,
    rate: float,
    spread: float = 0.3,
    weights: np.ndarray | None = None,
) -> np.ndarray:
    """Strew small sounds by chance, as a Poisson process.

    Parameters
    ----------
    rng
        Where the chance comes from.
    events
        How many a second: a number, or one for each sample, shape (N,).
    kernels
        The sounds, of any lengths.
    seconds, rate
        Of the result: its length, and its sampling rate in Hz.
    spread
        Standard deviation of the natural logarithm of their heights, whose signs are by chance.
    weights
        How likely each kernel is, shape (kernels,), of sum 1; by default all are equally likely.

    Returns
    -------
    ndarray
        float64, shape (N,): what began before the end, cut off there.
    """
    count = max(1, round(seconds * rate))
    total = np.cumsum(np.broadcast_to(np.asarray(events, float), count)) / rate
    number = rng.poisson(total[-1])
    places = np.searchsorted(total, total[-1] * rng.random(number))
    kinds = rng.choice(len(kernels), size=number, p=weights)
    heights = np.exp(spread * rng.standard_normal(number)) * rng.choice([-1, 1], number)
    x = np.zeros(count + max(map(len, kernels)))
    longest = max(map(len, kernels))
    if number * (1500 + 0.7 * longest) < 27 * len(x) * len(kernels):  # nanoseconds, of both ways
        for place, kind, height in zip(places, kinds, heights, strict=True):
            kernel = kernels[kind]
            x[place : place + len(kernel)] += height * kernel
        return x[:count]
    return _by_spectra(places, kinds, heights, kernels, len(x))[:count]


def _by_spectra(
    places: np.ndarray,
    kinds: np.ndarray,
    heights: np.ndarray,
    kernels: Sequence[np.ndarray],
    length: int,
) -> np.ndarray:
    """Return the sum of all small sounds, each kind of them by one convolution."""
    size = 1 << (length - 1).bit_length()
    spectrum = np.zeros(size // 2 + 1, complex)
    for kind in np.unique(kinds):
        chosen = kinds == kind
        train = np.bincount(places[chosen], heights[chosen], size)
        spectrum += np.fft.rfft(train) * np.fft.rfft(kernels[kind], size)
    return np.fft.irfft(spectrum, size)


def onset(x: np.ndarray, seconds: float, rate: float) -> np.ndarray:
    """Return x faded in over its first seconds, so that it doesn't begin with a click."""
    count = min(len(x), max(1, round(seconds * rate)))
    ramp = np.ones(len(x))
    ramp[:count] = 0.5 - 0.5 * np.cos(np.pi * np.arange(count) / count)
    return x * ramp


def ended(x: np.ndarray, seconds: float, rate: float) -> np.ndarray:
    """Return x faded out over its last seconds, to exactly 0."""
    return onset(x[::-1], seconds, rate)[::-1]


def put(parts: Sequence[tuple[float, np.ndarray]], rate: float) -> np.ndarray:
    """Return sounds laid over each other, each from its own time in seconds on, shape (N,)."""
    starts = [round(at * rate) for at, _ in parts]
    x = np.zeros(max(start + len(part) for start, (_, part) in zip(starts, parts, strict=True)))
    for start, (_, part) in zip(starts, parts, strict=True):
        x[start : start + len(part)] += part
    return x
