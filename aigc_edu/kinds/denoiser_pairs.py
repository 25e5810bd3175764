"""Pairs to learn denoising from: speech, and the same with noise, mixed anew for each batch.

No recording of noisy speech is needed. Both parts are varied: a voice is played faster or slower,
through another microphone, in another room; a noise is cut from another place, filtered, and as
loud as chance says. Of some minutes of speech there are no two pairs alike.

Reference: S. Braun and I. Tashev (2020), *Data augmentation and loss normalization for deep noise
suppression*, arXiv:2008.06412, section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError

RATIOS = (-5.0, 20.0)  # dB of speech to noise
LEVELS = (-40.0, -15.0)  # dB of the mixture's mean power
PAUSE = 0.5  # seconds between two clips at most
SPEEDS = (0.8, 1.25)
ROOMS = (0.1, 0.5)  # seconds of reverberation
IN_A_ROOM = 0.4  # share of the speech that is in one
TWO = 0.3  # share of the noises that are two at once
BANK, LENGTH = 120, 4.0  # noises that are made at the beginning, and seconds of each
PEAK = 0.99


class Pair(NamedTuple):
    """Noisy speech and the speech in it, both (N,), float32, in [-1, 1]."""

    noisy: np.ndarray
    clean: np.ndarray


class Mixer:
    """Makes pairs; what is drawn depends on the seed and the number of the step alone.

    Parameters
    ----------
    speech
        Waveforms (N,) of clean speech, at the rate, none of them silent.
    noises
        Waveforms (N,) of noise alone; see :func:`noise_bank`.
    rate
        Sampling rate in Hz.
    seed
        Of all draws.
    vary
        Whether voices and noises are varied; without, they are only cut and mixed.
    """

    def __init__(
        self,
        speech: Sequence[np.ndarray],
        noises: Sequence[np.ndarray],
        rate: int,
        seed: int = 0,
        vary: bool = True,
    ) -> None:
        if not len(speech) or not len(noises):
            raise InvalidValueError("there must be some speech and some noise")
        self.speech, self.noises = list(speech), list(noises)
        self.rate, self.seed, self.vary = rate, seed, vary
        lengths = np.array([len(x) for x in self.speech], float)
        self.share = lengths / lengths.sum()  # each is drawn in proportion to its length

    def batches(self, count: int, length: int) -> Callable[[int], tuple[Tensor, Tensor]]:
        """Return a function from a step to noisy and clean waveforms, (count, length) each."""

        def batch(step: int) -> tuple[Tensor, Tensor]:
            random = np.random.default_rng([self.seed, step])
            pairs = [self.pair(length, random) for _ in range(count)]
            noisy, clean = (np.stack(rows) for rows in zip(*pairs, strict=True))
            return torch.from_numpy(noisy), torch.from_numpy(clean)

        return batch

    def pair(self, length: int, random: np.random.Generator) -> Pair:
        """Draw speech, noise, the ratio of their levels, and the level of both."""
        clean = self._speech(length, random)
        noise = self._noise(length, random)
        if clean.any() and noise.any():
            noise = dsp.at_ratio(clean, noise, random.uniform(*RATIOS))
        noisy = clean + noise
        gain = 10 ** (random.uniform(*LEVELS) / 20) / max(1e-9, np.sqrt(np.mean(noisy**2)))
        gain = min(gain, PEAK / max(np.abs(noisy).max(), np.abs(clean).max(), 1e-9))
        return Pair((gain * noisy).astype(np.float32), (gain * clean).astype(np.float32))

    def _speech(self, length: int, random: np.random.Generator) -> np.ndarray:
        """Return clips with pauses between them, varied, (length,)."""
        speed = random.uniform(*SPEEDS) if self.vary else 1.0
        need, parts = int(length * speed) + 2, []
        while sum(map(len, parts)) < need:
            x = self.speech[int(random.choice(len(self.speech), p=self.share))]
            begin = int(random.integers(0, max(0, len(x) - need) + 1))
            parts += [x[begin : begin + need], np.zeros(int(random.uniform(0, PAUSE) * self.rate))]
        x = np.concatenate(parts)[:need]
        if not self.vary:
            return x[:length]
        x = np.interp(np.arange(length) * speed, np.arange(need), x)
        if random.random() < IN_A_ROOM:
            x = in_a_room(x, random.uniform(*ROOMS), self.rate, random)
        return through_a_microphone(x, random)

    def _noise(self, length: int, random: np.random.Generator) -> np.ndarray:
        """Return one noise or the sum of two, varied, (length,)."""
        two = self.vary and random.random() < TWO
        parts = [self._piece_of_noise(length, random) for _ in range(1 + two)]
        return parts[0] if len(parts) == 1 else parts[0] + random.uniform(0.2, 1) * parts[1]

    def _piece_of_noise(self, length: int, random: np.random.Generator) -> np.ndarray:
        x = self.noises[int(random.integers(len(self.noises)))]
        begin = int(random.integers(len(x)))
        x = np.resize(np.roll(x, -begin), length)  # round and round, if it is too short
        x = through_a_microphone(x, random) if self.vary else x
        size = np.sqrt(np.mean(x**2))
        return x / size if size else x


def noise_bank(
    rate: int, seed: int, count: int = BANK, seconds: float = LENGTH
) -> list[np.ndarray]:
    """Return synthesised noises of all kinds, every third of them a hiss: (seconds rate,) each."""
    others = [kind for kind in dsp.BACKGROUNDS if kind != "hiss"]
    kinds = ["hiss" if n % 3 == 0 else others[n % len(others)] for n in range(count)]
    return [dsp.background(kind, seconds, rate, [seed, n]) for n, kind in enumerate(kinds)]


def in_a_room(
    x: np.ndarray, seconds: float, rate: float, random: np.random.Generator
) -> np.ndarray:
    """Return a sound in a room that is drawn: noise that dies away by 60 dB in so many seconds."""
    t = np.arange(round(seconds * rate)) / rate
    h = random.standard_normal(len(t)) * 10 ** (-3 * t / seconds)
    h[: round(0.002 * rate)] = 0  # no wall is nearer than that
    h *= random.uniform(0.1, 0.5) / np.sqrt(np.sum(h**2))
    h[0] = 1
    size = len(x) + len(h)
    return np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(h, size), size)[: len(x)]


def through_a_microphone(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return a sound whose spectrum has some broad hills and valleys more, of 6 dB at most."""
    octaves = np.log2(np.arange(1, len(x) // 2 + 2))
    level = np.zeros(len(octaves))
    for _ in range(3):
        place, width = random.uniform(octaves[-1] - 7, octaves[-1]), random.uniform(0.5, 2)
        level += random.uniform(-6, 6) * np.exp(-(((octaves - place) / width) ** 2))
    return np.fft.irfft(10 ** (np.clip(level, -6, 6) / 20) * np.fft.rfft(x), len(x))
