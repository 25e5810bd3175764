"""What the recipes of notes, drums and effects share: envelopes, pitch curves, shaped noise."""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np

from aigc_edu.dsp import filter_signal, resonator

RATE = 16_000  # Hz
ROOM = 0.05  # share of the band below half the rate in which a partial fades out
FADE = 0.01  # seconds at a clip's end in which it fades to nothing


class Tone(NamedTuple):
    """What is to be played, and the chance that goes with it.

    Attributes
    ----------
    frequency
        Of the fundamental, in Hz.
    force
        How hard, above 0 and at most 1.
    seconds, held
        Length of the whole, and after how many seconds the player lets go.
    rng
        The source of all that is random in it.
    """

    frequency: float
    force: float
    seconds: float
    held: float
    rng: np.random.Generator

    @property
    def times(self) -> np.ndarray:
        """The times of the samples in seconds, shape (N,)."""
        return np.arange(round(self.seconds * RATE)) / RATE


def chance(*names: object) -> np.random.Generator:
    """Return a random generator that depends on the names alone, the same on every machine."""
    return np.random.default_rng([zlib.crc32(str(name).encode()) for name in names])


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number; for those above 0 in equal ratios, so that halves and doubles weigh alike."""
    if low > 0:
        return float(low * (high / low) ** rng.random())
    return float(low + (high - low) * rng.random())


def rise(times: np.ndarray, length: float) -> np.ndarray:
    """Return half a cosine that leads from 0 at time 0 to 1 at ``length``, in seconds."""
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(times / length, 0, 1))


def decay(times: np.ndarray, seconds: float) -> np.ndarray:
    """Return an exponential that falls by 60 dB in so many seconds, and is 1 before time 0."""
    return np.exp(-6.908 * np.maximum(times, 0) / seconds)


def played(tone: Tone, attack: float, release: float) -> np.ndarray:
    """Return the envelope of a note that somebody holds: it rises, stays, dies away when let go.

    ``release`` is the time in which it falls by 60 dB.
    """
    return rise(tone.times, attack) * decay(tone.times - tone.held, release)


def wander(rng: np.random.Generator, count: int, hz: float) -> np.ndarray:
    """Return a slow random curve of mean 0 and mean square about 1, shape (count,).

    Normal numbers, ``hz`` of them a second, joined by half cosines.
    """
    points = rng.standard_normal(int(count * hz / RATE) + 3)
    place = rng.random() + np.arange(count) * hz / RATE
    index = place.astype(int)
    share = 0.5 - 0.5 * np.cos(np.pi * (place - index))
    curve = points[index] * (1 - share) + points[index + 1] * share
    return curve - curve.mean()


def pitch(
    tone: Tone,
    vibrato: float = 0.0,
    hz: float = 5.5,
    unrest: float = 1.0,
    scoop: float = 0.0,
) -> np.ndarray:
    """Return the frequency at each sample, centred on the tone's.

    Parameters
    ----------
    vibrato
        Cents by which it swings up and down, ``hz`` times a second, once it has set in.
    unrest
        Standard deviation in cents of a slow random wandering.
    scoop
        Cents by which it begins too low; the deviation dies away within some 50 ms.
    """
    times = tone.times
    start = 2 * np.pi * tone.rng.random()
    cents = vibrato * rise(times - 0.1, 0.25) * np.sin(2 * np.pi * hz * times + start)
    cents += unrest * wander(tone.rng, len(times), 8.0) - scoop * np.exp(-times / 0.015)
    return tone.frequency * 2 ** (cents / 1200)


def count_partials(tone: Tone, most: int = 200) -> int:
    """Return how many harmonics of the tone lie below half the rate, at most ``most``."""
    return max(1, min(most, int(RATE / 2 / tone.frequency)))


def harmonics(
    frequency: np.ndarray, heights: np.ndarray, phases: np.ndarray | float = 0.0
) -> np.ndarray:
    """Do what :func:`aigc_edu.dsp.additive` does with harmonic partials, some five times as fast.

    Each partial is the one before it times ``exp(i phi)``, so that a sine is computed only once.

    Parameters
    ----------
    frequency
        Of the fundamental at each sample, in Hz, shape (N,).
    heights
        Of partials 1 ... K, shape (K,) or (K, N).
    phases
        In radians, a number or shape (K,).

    Returns
    -------
    ndarray
        float64, shape (N,).
    """
    turn = np.exp(2j * np.pi / RATE * (np.cumsum(frequency) - frequency))
    starts = np.exp(1j * np.broadcast_to(phases, len(heights)))
    partial, x = np.ones(len(frequency), complex), np.zeros(len(frequency))
    highest = 2 * frequency.max() / RATE
    for k, (height, start) in enumerate(zip(heights, starts, strict=True), 1):
        partial = partial * turn
        room = 1.0  # as in additive, partials fade out just below half the rate
        if k * highest > 1 - ROOM:
            room = np.clip((1 - 2 * k * frequency / RATE) / ROOM, 0, 1)
        x += height * room * (partial * start).imag
    return x


def band(
    rng: np.random.Generator, count: int, low: float, high: float, order: float = 2.0
) -> np.ndarray:
    """Return noise between two frequencies in Hz, of root mean square 1, shape (count,).

    Beyond the edges its spectrum falls by ``6 order`` dB an octave.
    """
    f = np.fft.rfftfreq(count, 1 / RATE)
    spectrum = np.fft.rfft(rng.standard_normal(count))
    below = (np.maximum(f, 1e-3) / low) ** (2 * order)
    gain = np.sqrt(below / (1 + below) / (1 + (f / high) ** (2 * order)))
    x = np.fft.irfft(gain * spectrum, count)
    return x / np.sqrt(np.mean(x**2))


def resonances(
    x: np.ndarray, modes: list[tuple[float, float, float]], dry: float = 1.0
) -> np.ndarray:
    """Return ``dry x`` plus what resonators make of x: (frequency, bandwidth, gain), Hz and 1."""
    y = dry * x
    for frequency, bandwidth, gain in modes:
        y = y + gain * filter_signal(*resonator(frequency, bandwidth, RATE), x)
    return y


def lowpassed(x: np.ndarray, cutoff: float, order: int = 1) -> np.ndarray:
    """Smooth x by ``order`` one-pole low-passes, each 3 dB down at the cutoff in Hz or so."""
    a = float(np.exp(-2 * np.pi * min(cutoff, 0.45 * RATE) / RATE))
    for _ in range(order):
        x = filter_signal(1 - a, np.array([1.0, -a]), x)
    return x


def highpassed(x: np.ndarray, cutoff: float, order: int = 1) -> np.ndarray:
    """Take from x what :func:`lowpassed` would leave, ``order`` times."""
    for _ in range(order):
        x = x - lowpassed(x, cutoff)
    return x


def modes(
    times: np.ndarray, partials: list[tuple[float, float, float]], phase: float = 0.0
) -> np.ndarray:
    """Add up sines that die away: (frequency in Hz, amplitude, seconds for 60 dB), shape (N,)."""
    x = np.zeros(len(times))
    for frequency, amplitude, seconds in partials:
        if frequency < 0.48 * RATE:
            x += amplitude * np.sin(2 * np.pi * frequency * times + phase) * decay(times, seconds)
    return x


def ended(x: np.ndarray) -> np.ndarray:
    """Fade the last 10 ms out, to exactly 0."""
    fade = min(len(x), round(FADE * RATE))
    y = x.copy()
    y[len(y) - fade :] *= 0.5 + 0.5 * np.cos(np.pi * (np.arange(fade) + 1) / fade)
    return y


def loudest(x: np.ndarray, seconds: float = 0.1) -> float:
    """Return the largest root mean square over stretches of so many seconds."""
    width = min(len(x), round(seconds * RATE))
    power = np.cumsum(np.concatenate([[0.0], x**2]))
    return float(np.sqrt(np.max(power[width:] - power[:-width]) / width))
