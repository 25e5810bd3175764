"""Sounds in which nobody says a word: what a judge must call *nothing*.

Each kind is a function of a random generator, the longest duration and some clips of words, which
returns one clip; equal generators give equal clips. The clips of words are cut, shuffled or buried
until no word is left of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from aigc_edu.errors import InvalidValueError

Words = Sequence[np.ndarray]
FAINT = 2e-3  # largest peak of faint noise, -54 dB of full scale
BURIED_DB = -20.0  # a buried word's power against the noise's
FIFTH = 0.2  # largest share of a word that a cut clip keeps


def make_nothing(
    kind: str, random: np.random.Generator, length: int, rate: float, words: Words
) -> np.ndarray:
    """Make one clip of a kind of nothing.

    Parameters
    ----------
    kind
        One of :data:`KINDS`.
    random
        What is drawn from.
    length
        Longest duration in samples, at least 100.
    rate
        Sampling rate in Hz.
    words
        Clips (N,) of words, at least one; those of a cut or buried word are taken from here.

    Returns
    -------
    ndarray
        float32, shape (n,) with 1 <= n <= length, peak at most 1.

    Raises
    ------
    InvalidValueError
        If there is no such kind, no word, or the length is too small.
    """
    if kind not in KINDS:
        raise InvalidValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    if length < 100 or len(words) == 0:
        raise InvalidValueError("expected a length of at least 100 samples, and a word or more")
    x = KINDS[kind](random, length, rate, words)
    return np.clip(x, -1, 1).astype(np.float32)


def _silence(random: np.random.Generator, length: int, rate: float, words: Words) -> np.ndarray:
    """Exact zeros, or one value close to zero, or the last of 16 bits flickering."""
    n = _duration(random, length)
    zeros, steady = np.zeros(n), np.full(n, random.uniform(-1e-3, 1e-3))
    return (zeros, steady, random.integers(-1, 2, n) / 32768)[random.integers(3)]


def _faint(random: np.random.Generator, length: int, rate: float, words: Words) -> np.ndarray:
    return _peak(_coloured(random, _duration(random, length)), FAINT * 10 ** random.uniform(-2, 0))


def _noise(random: np.random.Generator, length: int, rate: float, words: Words) -> np.ndarray:
    """White, pink or brown noise at any level, steady or swelling."""
    x = _coloured(random, _duration(random, length))
    if random.uniform() < 0.3:
        x = x * np.sin(np.pi * (np.arange(len(x)) + 0.5) / len(x)) ** random.uniform(0.2, 4)
    return _peak(x, _level(random))


def _hum(random: np.random.Generator, length: int, rate: float, words: Words) -> np.ndarray:
    """A tone of 50 to 400 Hz, with or without harmonics, or a buzz; a little noise under it."""
    n, f0 = _duration(random, length), 50 * 8 ** random.uniform()
    t = np.arange(n) / rate
    wobble = random.choice([0.0, 1.0]) * random.uniform(0, 0.03)
    phase = 2 * np.pi * f0 * t + wobble * f0 / 5 * np.sin(2 * np.pi * 5 * t)
    count = max(1, min(int(random.choice([1, 3, 8, 40])), int(0.45 * rate / f0)))
    fall = random.uniform(0, 2)  # harmonic k has amplitude k^-fall
    k = np.arange(1, count + 1)
    angles = np.outer(phase, k) + random.uniform(0, 2 * np.pi, count)
    x = np.sin(angles) @ k**-fall
    x = x / np.abs(x).max() + 10 ** random.uniform(-4, -1.5) * random.standard_normal(n)
    return _peak(x, _level(random))


def _clicks(random: np.random.Generator, length: int, rate: float, words: Words) -> np.ndarray:
    """One to twenty clicks, each a single sample or a short decaying ring, over faint noise."""
    n = _duration(random, length)
    x = 10 ** random.uniform(-5, -2.5) * random.standard_normal(n)
    for place in random.integers(0, n, random.integers(1, 21)):
        t = np.arange(min(n - place, int(0.01 * rate))) / rate
        ring = np.cos(2 * np.pi * random.uniform(0, 0.4 * rate) * t)
        decay = np.exp(-t / 10 ** random.uniform(-4, -2.5))
        x[place : place + len(t)] += random.uniform(-1, 1) * ring * decay
    return _peak(x, _level(random))


def _cut(random: np.random.Generator, length: int, rate: float, words: Words) -> np.ndarray:
    """A fifth of a word or less, its beginning or a piece from within."""
    word = _word(random, words)
    n = max(1, int(len(word) * random.uniform(0.03, FIFTH)))
    first = random.choice([0, random.integers(0, len(word) - n + 1)])
    return word[first : first + n][:length]


def _grains(random: np.random.Generator, length: int, rate: float, words: Words) -> np.ndarray:
    """Grains of 40 to 100 ms from all over several words, each faded into the next."""
    size = int(random.uniform(0.04, 0.1) * rate)
    count = max(1, _duration(random, length) // size)
    loud = [_peak(np.pad(_word(random, words), (0, size)), 1.0) for _ in range(count)]
    first = [random.integers(0, len(word) - size) for word in loud]
    pieces = [word[i : i + size] for word, i in zip(loud, first, strict=True)]
    return _peak(_joined(pieces, int(random.uniform(0.003, 0.02) * rate)), _level(random))


def _patched(random: np.random.Generator, length: int, rate: float, words: Words) -> np.ndarray:
    """The end of one word, the middle of another and the beginning of a third.

    Thirds in their own order can make a word again, that of a "five", a "nine" and a "five".
    """
    pieces = []
    for third in (2, 1, 0):
        word = _peak(_word(random, words), 1.0)
        pieces.append(word[len(word) * third // 3 : len(word) * (third + 1) // 3])
    fade = min(int(0.015 * rate), min(map(len, pieces)) // 2)
    return _peak(_joined(pieces, fade)[:length], _level(random))


def _buried(random: np.random.Generator, length: int, rate: float, words: Words) -> np.ndarray:
    """A whole word, 20 dB below the noise in which it lies."""
    word = _word(random, words)[:length]
    x = _coloured(random, len(word))
    ratio = np.sqrt(np.mean(np.square(word)) / np.mean(np.square(x)))
    return _peak(word + 10 ** (-BURIED_DB / 20) * ratio * x, _level(random))


def _breath(random: np.random.Generator, length: int, rate: float, words: Words) -> np.ndarray:
    """Noise that swells and fades like a word."""
    word = _word(random, words)[:length]
    width = int(0.02 * rate)
    envelope = np.sqrt(np.convolve(np.square(word), np.ones(width) / width, "same") + 1e-12)
    return _peak(envelope * _coloured(random, len(word)), _level(random))


KINDS: dict[str, Callable[[np.random.Generator, int, float, Words], np.ndarray]] = {
    "silence": _silence,
    "faint": _faint,
    "noise": _noise,
    "hum": _hum,
    "clicks": _clicks,
    "cut": _cut,
    "grains": _grains,
    "patched": _patched,
    "buried": _buried,
    "breath": _breath,
}


def _duration(random: np.random.Generator, length: int) -> int:
    return int(random.integers(length // 20, length + 1))


def _level(random: np.random.Generator) -> float:
    return 10 ** random.uniform(-2.5, 0)  # -50 ... 0 dB of full scale


def _joined(pieces: Sequence[np.ndarray], fade: int) -> np.ndarray:
    """Join pieces, the last ``fade`` samples of each fading into the first of the next."""
    up = (np.arange(fade) + 0.5) / max(1, fade)
    x = pieces[0].astype(np.float64)
    for piece in pieces[1:]:
        overlap = x[len(x) - fade :] * up[::-1] + piece[:fade] * up
        x = np.concatenate([x[: len(x) - fade], overlap, piece[fade:]])
    return x


def _word(random: np.random.Generator, words: Words) -> np.ndarray:
    return words[random.integers(len(words))]


def _coloured(random: np.random.Generator, n: int) -> np.ndarray:
    """Return noise whose power falls by 0 (white), 3 (pink) or 6 dB (brown) an octave."""
    slope = random.choice([0.0, 0.5, 1.0])
    spectrum = np.fft.rfft(random.standard_normal(n))
    bins = np.maximum(np.arange(len(spectrum)), max(1.0, n / 200))  # flat at the lowest
    return np.fft.irfft(spectrum * bins**-slope, n)


def _peak(x: np.ndarray, peak: float) -> np.ndarray:
    return x * (peak / max(np.abs(x).max(), 1e-9))
