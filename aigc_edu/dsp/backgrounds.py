"""Noises that recordings have behind them, synthesised, and mixing at a ratio of levels.

Chapter: chapters/06-product/05-restoring.ipynb

Each call draws another noise of a kind: another colour, another fan, another street. So a network
that learns from them can't learn one of them by heart.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive
from aigc_edu.dsp.sampling import sample_times
from aigc_edu.errors import InvalidValueError

_LOWEST = 20.0  # Hz: below it a noise's spectrum rises no further


def background(
    kind: str, duration: float, rate: float, seed: int | list[int] = 0, rms: float = 0.1
) -> np.ndarray:
    """Return a noise of a kind.

    Parameters
    ----------
    kind
        ``"hiss"``: noise of some colour; ``"hum"``: harmonics of 50 or 60 Hz, and a little hiss;
        ``"fan"``: air and blades, which swells and fades evenly; ``"street"``: cars that pass;
        ``"keys"``: someone types; ``"crackle"``: many faint clicks.
    duration, rate
        As in :func:`aigc_edu.dsp.sample_times`; a rate of 4,000 Hz at least, and 0.1 s.
    seed
        What is drawn depends on it alone.
    rms
        Root mean square of the result, above 0. Peaks can reach twenty times as high, of keys and
        crackle.

    Returns
    -------
    ndarray
        float64, shape (N,).
    """
    if kind not in _KINDS:
        raise InvalidValueError(f"kind is one of {', '.join(_KINDS)}, not {kind!r}")
    if not (rate >= 4000 and duration >= 0.1):
        raise InvalidValueError(f"4,000 Hz and 0.1 s are needed, got {rate} Hz and {duration} s")
    t, random = sample_times(duration, rate), np.random.default_rng(seed)
    x = _KINDS[kind](random, t, rate)
    return x * positive(rms, "rms") / np.sqrt(np.mean(x**2))


def at_ratio(sound: np.ndarray, noise: np.ndarray, ratio_db: float) -> np.ndarray:
    """Return noise with the level that it has to have behind a sound.

    The noise times ``sqrt(mean sound^2 / (mean noise^2 10^(ratio / 10)))``.

    Parameters
    ----------
    sound, noise
        Shape (N,) each, of the same length; neither is silent.
    ratio_db
        Of the sound's mean power to the noise's, the *signal-to-noise ratio*, in dB.

    Returns
    -------
    ndarray
        float64, shape (N,): ``sound + at_ratio(sound, noise, 5)`` has 5 dB.
    """
    sound, noise = finite_samples(sound, "sound"), finite_samples(noise, "noise")
    if sound.shape != noise.shape:
        raise InvalidValueError(f"both must be equally long, got {sound.shape} and {noise.shape}")
    powers = float(np.mean(sound**2)), float(np.mean(noise**2))
    if min(powers) == 0:
        raise InvalidValueError("one of the two is silent: they have no ratio of levels")
    return noise * np.sqrt(powers[0] / (powers[1] * 10 ** (ratio_db / 10)))


# ---------------------------------------------------------------- the kinds


def _hiss(random: np.random.Generator, t: np.ndarray, rate: float) -> np.ndarray:
    return _coloured(random, len(t), rate, random.uniform(0, 1.2))


def _hum(random: np.random.Generator, t: np.ndarray, rate: float) -> np.ndarray:
    mains = random.choice([50.0, 60.0]) * (1 + random.normal(0, 0.001))
    k = np.arange(1, int(min(30, rate / 2 // mains)))
    sizes = k ** -random.uniform(0.6, 1.6) * random.exponential(1.0, len(k))
    x = _tones(random, t, mains * k, sizes)
    return x / np.sqrt(np.mean(x**2)) + 0.05 * _hiss(random, t, rate)


def _fan(random: np.random.Generator, t: np.ndarray, rate: float) -> np.ndarray:
    blades = random.uniform(40, 200)
    k = np.arange(1, 9)
    hum = _tones(random, t, blades * k, k ** -random.uniform(0.5, 1.5))
    air = _coloured(random, len(t), rate, random.uniform(0.6, 1.3))
    swell = 1 + random.uniform(0, 0.4) * np.sin(2 * np.pi * random.uniform(0.5, 4) * t)
    return (air + random.uniform(0.1, 0.6) * hum / np.sqrt(np.mean(hum**2))) * swell


def _street(random: np.random.Generator, t: np.ndarray, rate: float) -> np.ndarray:
    """Cars that pass about once a second: each louder and brighter as it comes near."""
    x = 0.3 * _coloured(random, len(t), rate, random.uniform(0.9, 1.4))
    for _ in range(1 + random.poisson(t[-1])):
        near, pace = random.uniform(t[0], t[-1]), random.uniform(0.15, 1.0)
        size = random.uniform(0.3, 1.5) / (1 + ((t - near) / pace) ** 2)
        x += size * _coloured(random, len(t), rate, random.uniform(0.3, 1.2))
    return x


def _keys(random: np.random.Generator, t: np.ndarray, rate: float) -> np.ndarray:
    """Strokes five to nine times a second, down and up, each a short knock with a ring."""
    x = 0.02 * _coloured(random, len(t), rate, 0.8)
    length = max(2, min(len(t), round(0.04 * rate)))
    u = np.arange(length) / rate
    place = random.uniform(0, 0.1)
    while place < t[-1]:
        for late, size in ((0.0, 1.0), (random.uniform(0.05, 0.11), random.uniform(0.2, 0.6))):
            ring = np.sin(2 * np.pi * random.uniform(300, 2500) * u + random.uniform(0, 6))
            knock = random.standard_normal(length) * np.exp(-u / 0.002) + ring * np.exp(-u / 0.008)
            begin = int((place + late) * rate)
            part = x[begin : begin + length]
            part += size * random.uniform(0.5, 1) * knock[: len(part)]
        place += random.uniform(0.11, 0.2) + 0.6 * (random.random() < 0.1)
    return x


def _crackle(random: np.random.Generator, t: np.ndarray, rate: float) -> np.ndarray:
    count = 1 + random.poisson(random.uniform(20, 150) * len(t) / rate)
    heights = random.choice([-1, 1], count) * np.exp(0.8 * random.standard_normal(count))
    train = np.bincount(random.integers(len(t), size=count), heights, len(t))
    u = np.arange(max(2, round(0.004 * rate))) / rate
    shape = random.standard_normal(len(u)) * np.exp(-u / random.uniform(0.0002, 0.0015))
    noise = 0.05 * _coloured(random, len(t), rate, 0.5)
    return np.convolve(train, shape)[: len(t)] + noise


_KINDS: dict[str, Callable[[np.random.Generator, np.ndarray, float], np.ndarray]] = {
    "hiss": _hiss,
    "hum": _hum,
    "fan": _fan,
    "street": _street,
    "keys": _keys,
    "crackle": _crackle,
}
BACKGROUNDS = tuple(_KINDS)


def _coloured(random: np.random.Generator, count: int, rate: float, slope: float) -> np.ndarray:
    """Return noise of the power 1 whose spectrum falls, and has some broad hills and valleys."""
    f = np.maximum(np.fft.rfftfreq(count, 1 / rate), _LOWEST)
    octaves = np.log2(f / _LOWEST)
    level = -slope * octaves * np.log(2)  # nepers
    for _ in range(3):
        place, width = random.uniform(0, octaves[-1]), random.uniform(0.3, 1.5)
        level += random.uniform(-1, 1) * np.exp(-(((octaves - place) / width) ** 2))
    gain = np.exp(level)
    gain[0] = 0
    x = np.fft.irfft(gain * np.fft.rfft(random.standard_normal(count)), count)
    return x / np.sqrt(np.mean(x**2))


def _tones(
    random: np.random.Generator, t: np.ndarray, frequencies: np.ndarray, sizes: np.ndarray
) -> np.ndarray:
    """Return tones with phases by chance, (N,)."""
    phases = random.uniform(0, 2 * np.pi, len(frequencies))
    rows = np.sin(2 * np.pi * frequencies[:, None] * t + phases[:, None])
    return sizes @ rows
