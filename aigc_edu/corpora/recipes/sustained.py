"""Instruments whose sound lasts as long as somebody plays: wind, bow, organ, voice, oscillators.

Each function plays one :class:`Tone` on an instrument that ``p``, a dict of numbers, describes.

References
----------
J.-C. Risset, M. V. Mathews (1969), *Analysis of musical-instrument tones*: loud brass is bright.
J. M. Chowning (1973), *The synthesis of complex audio spectra by means of frequency modulation*.
G. Fant (1960), *Acoustic theory of speech production*.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from aigc_edu.corpora.recipes.tones import (
    RATE,
    Tone,
    band,
    count_partials,
    decay,
    harmonics,
    pitch,
    played,
    rise,
    wander,
)
from aigc_edu.dsp import PETERSON_BARNEY, filter_signal, glottal_pulses, resonator

Numbers = dict[str, Any]
FAINT = 1e-3  # partials below are left out where there would be very many


def brass(tone: Tone, p: Numbers) -> np.ndarray:
    """Lips and a tube: the harder it is blown, the more high partials, and they come in later."""
    k = np.arange(1, count_partials(tone, 90) + 1)
    f = k * tone.frequency
    dark = _falling(f, p["cut"] * (0.35 + 0.35 * tone.force), p["steep"])
    bright = _falling(f, p["cut"] * (0.5 + 0.9 * tone.force), p["steep"])
    frequency = pitch(tone, p["vibrato"], p["hz"], 2.0, p["scoop"])
    level = played(tone, p["attack"] * (1.4 - 0.6 * tone.force), 0.12)
    level *= 1 + 0.02 * wander(tone.rng, len(level), 20)
    heard = bright > FAINT
    sums = (dark[heard], (bright - dark)[heard])
    low, high = (harmonics(frequency, a) for a in sums)
    breath = p["breath"] * band(tone.rng, len(level), 400, 3000) * rise(tone.times, 0.01)
    return low * level + high * level**3 + 0.02 * breath * decay(tone.times, 0.12)


def flute(tone: Tone, p: Numbers) -> np.ndarray:
    """A nearly pure tone and the player's breath, which trembles with the vibrato."""
    k = np.arange(1, count_partials(tone, 8) + 1)
    heights = 10 ** (-(p["fall"] - 3 * tone.force) * (k - 1) / 20) / (1 + 0.4 * (k % 2 == 0))
    heights[0] *= 1.0 + 0.3 * (1 - tone.force)
    level = played(tone, p["attack"] * (1.3 - 0.5 * tone.force), 0.15)
    tremor = 1 + p["tremor"] * rise(tone.times - 0.1, 0.2) * np.sin(
        2 * np.pi * p["hz"] * tone.times + p["start"]
    )
    x = harmonics(pitch(tone, p["vibrato"], p["hz"], 1.5, p["scoop"]), heights)
    edge = max(tone.frequency, 500.0)
    breath = band(tone.rng, len(x), edge, min(4 * edge, 5000), 1.0) * p["breath"]
    chiff = 1 + 2.5 * np.exp(-(((tone.times - 0.03) / 0.025) ** 2))
    return level * tremor * (x + breath * chiff * (0.5 + 0.5 * tone.force))


def reed(tone: Tone, p: Numbers) -> np.ndarray:
    """A vibrating reed: ``even`` says how strong even partials are, ``formants`` what is loud."""
    k = np.arange(1, count_partials(tone, 60) + 1)
    f = k * tone.frequency
    heights = _falling(f, p["cut"] * (0.5 + 0.8 * tone.force), p["steep"])
    heights *= np.where(k % 2 == 0, np.minimum(1, p["even"] * (0.6 + f / 2500)), 1.0)
    for centre, width, gain in p["formants"]:
        heights *= 1 + gain * np.exp(-(((f - centre) / width) ** 2))
    level = played(tone, p["attack"] * (1.3 - 0.5 * tone.force), 0.1)
    level *= 1 + 0.015 * wander(tone.rng, len(level), 25)
    x = harmonics(pitch(tone, p["vibrato"], p["hz"], 1.5, p["scoop"]), heights)
    breath = band(tone.rng, len(x), 800, 5000, 1.0) * p["breath"] * np.abs(heights).max()
    return level * (x + breath)


def string(tone: Tone, p: Numbers) -> np.ndarray:
    """A bow: a sawtooth through the body's resonances, with vibrato and a little noise of hair."""
    k = np.arange(1, count_partials(tone, 80) + 1)
    f = k * tone.frequency
    heights = k**-0.7 * _falling(f, p["cut"] * (0.5 + 0.7 * tone.force), 2)
    heights /= 1 + (p["lowest"] / f) ** 2  # the body is too small for the lowest partials
    for centre, width, gain in p["body"]:
        heights *= 10 ** (gain / 20 * np.exp(-((np.log2(f / centre) / width) ** 2)))
    phases = np.pi * (k % 2 == 0)  # of a sawtooth, with some disorder
    phases = phases + 0.4 * tone.rng.standard_normal(len(k))
    frequency = pitch(tone, p["vibrato"], p["hz"], 2.5, p["scoop"])
    level = played(tone, p["attack"] * (1.4 - 0.7 * tone.force), 0.25)
    level *= 1 + 0.05 * wander(tone.rng, len(level), 12)
    x = harmonics(frequency, heights, phases)
    hair = p["hair"] * band(tone.rng, len(x), 900, 5000, 1.0) * np.sqrt(np.mean(x**2))
    scratch = 1 + 3 * np.exp(-tone.times / 0.04)
    return level * (x + hair * scratch)


def organ(tone: Tone, p: Numbers) -> np.ndarray:
    """Ranks of pipes, reeds or tone wheels, each at a multiple of the fundamental."""
    times, x = tone.times, np.zeros(len(tone.times))
    for ratio, height in p["ranks"]:
        if ratio * tone.frequency > 0.45 * RATE or height == 0:
            continue
        cents = p["detune"] * tone.rng.standard_normal() if ratio > 1 else 0.0
        n = max(1, min(len(p["pipe"]), int(RATE / 2 / tone.frequency / ratio)))
        f = ratio * tone.frequency * 2 ** (cents / 1200)
        sound = harmonics(np.full(len(x), f), np.array(p["pipe"][:n]), tone.rng.random())
        x += height * rise(times, p["attack"] / ratio**0.5) * sound
    swell = 1 + p["tremor"] * np.sin(2 * np.pi * p["hz"] * times + p["start"])
    chiff = band(tone.rng, len(x), 2 * tone.frequency, min(8 * tone.frequency, 7000))
    chiff *= p["chiff"] * np.exp(-times / 0.02) * rise(times, 0.004)
    loud = 0.6 + 0.4 * tone.force  # a swell pedal; the keys themselves know no force
    return swell * decay(times - tone.held, 0.12) * (loud * x + chiff)


def vocal(tone: Tone, p: Numbers) -> np.ndarray:
    """A singer: glottal pulses through the formants of a vowel; softer means closing slower."""
    formants = np.array(PETERSON_BARNEY[p["who"]][p["vowel"]], float) * p["size"]
    formants[0] = max(formants[0], 1.02 * tone.frequency)  # singers tune F1 to high notes
    formants[1] = max(formants[1], 1.3 * formants[0])
    formants = [*formants, 3400 * p["size"], 4300 * p["size"]]
    frequency = pitch(tone, p["vibrato"], p["hz"], 3.0, p["scoop"])
    closing = 0.34 - 0.2 * tone.force  # of the period
    flow = glottal_pulses(frequency, tone.seconds, RATE, 0.45, closing)
    breath = p["breath"] * band(tone.rng, len(flow), 500, 6000, 0.5) * (0.3 + flow)
    x = np.diff(flow, prepend=flow[0]) * RATE / tone.frequency / 6 + breath
    for formant, width in zip(formants, (100, 110, 140, 250, 300), strict=True):
        x = filter_signal(*resonator(min(formant, 7000), width, RATE), x)
    air = band(tone.rng, len(x), 3500, 7500, 1.0) * rise(flow, 1.0)  # past the formants
    x = x + 0.3 * p["breath"] * np.sqrt(np.mean(x**2)) * air
    shimmer = 1 + 0.03 * wander(tone.rng, len(x), 18)
    return x * shimmer * played(tone, p["attack"] * (1.4 - 0.6 * tone.force), 0.2)


def synth_lead(tone: Tone, p: Numbers) -> np.ndarray:
    """FM with an index that falls, or oscillators through a low-pass that closes."""
    level = played(tone, p["attack"], p["release"])
    level *= p["sustain"] + (1 - p["sustain"]) * decay(tone.times, 2 * p["fall"])
    fall = decay(tone.times, p["fall"])
    x = _fm(tone, p, fall) if p["kind"] == "fm" else _oscillators(tone, p, fall)
    return level * x


def _fm(tone: Tone, p: Numbers, fall: np.ndarray) -> np.ndarray:
    """Return Chowning's pair of oscillators, with vibrato, and with an index that cannot alias."""
    carrier, modulator = p["carrier"], p["modulator"]
    room = (RATE / 2 / tone.frequency - carrier) / modulator - 2
    index = p["index"] * (0.3 + 0.9 * tone.force) * (262 / tone.frequency) ** 0.4
    index = min(index, max(0.0, room)) * (0.35 + 0.65 * fall)
    frequency = pitch(tone, p["vibrato"], p["hz"], 0.5, 0.0)
    phase = 2 * np.pi * np.cumsum(frequency) / RATE
    x = np.sin(carrier * phase + index * np.sin(modulator * phase))
    return x + p["under"] * np.sin(phase)


def _oscillators(tone: Tone, p: Numbers, fall: np.ndarray) -> np.ndarray:
    """Return two detuned saws or pulses, of which the filter lets less through as time goes on."""
    k = np.arange(1, count_partials(tone, 60) + 1)
    heights = 1 / k if p["kind"] == "saw" else np.abs(np.sin(np.pi * k * p["width"])) / k
    cut = p["cut"] * (0.4 + 0.8 * tone.force) * (0.35 + 0.65 * fall) + tone.frequency
    swing = 1 / np.sqrt(1 + (np.outer(k * tone.frequency, 1 / cut)) ** 4)  # (K, N)
    swing *= 1 + p["peak"] * np.exp(-((np.log2(np.outer(k * tone.frequency, 1 / cut)) / 0.3) ** 2))
    heard = heights * swing.max(axis=1) > FAINT
    heights, swing = heights[: heard.nonzero()[0][-1] + 1], swing[: heard.nonzero()[0][-1] + 1]
    x = np.zeros(len(fall))
    for cents in (-p["detune"], p["detune"]):
        f = pitch(tone, p["vibrato"], p["hz"], 0.3, 0.0) * 2 ** (cents / 1200)
        x += harmonics(f, heights[:, None] * swing, tone.rng.random())
    return x


def _falling(f: np.ndarray, cutoff: float, steep: float) -> np.ndarray:
    """Return heights that are 1 well below the cutoff and fall by ``6 steep`` dB an octave."""
    return 1 / np.sqrt(1 + (f / cutoff) ** (2 * steep))


def body_of(rng: np.random.Generator, low: float, high: float, count: int) -> list[tuple]:
    """Draw a body's resonances: (centre in Hz, width in octaves, gain in dB)."""
    centres = low * (high / low) ** ((np.arange(count) + rng.random(count)) / count)
    return [(float(c), 0.08 + 0.12 * rng.random(), 12 * rng.random() - 5) for c in centres]
