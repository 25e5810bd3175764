"""Instruments that are plucked or struck, and then left to themselves: strings and bars.

Each function plays one :class:`Tone` on an instrument that ``p``, a dict of numbers, describes.

References
----------
K. Karplus, A. Strong (1983), *Digital synthesis of plucked-string and drum timbres*.
D. A. Jaffe, J. O. Smith (1983), *Extensions of the Karplus-Strong plucked-string algorithm*.
N. H. Fletcher, T. D. Rossing (1998), *The physics of musical instruments*, chapters 2, 12 and 19.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from aigc_edu.corpora.recipes.sustained import synth_lead
from aigc_edu.corpora.recipes.tones import (
    RATE,
    Tone,
    band,
    decay,
    highpassed,
    lowpassed,
    modes,
    resonances,
    rise,
)
from aigc_edu.dsp import karplus_strong, string_loop

Numbers = dict[str, Any]
Partials = list[tuple[float, float, float]]

# Partials of bars, as multiples of the first: tuned ones of marimba, xylophone and vibraphone, and
# a plain bar, as in a glockenspiel (Fletcher and Rossing, chapter 19).
BARS = {
    "marimba": ((1, 1.0, 1.0), (3.93, 0.18, 0.25), (9.2, 0.06, 0.1)),
    "xylophone": ((1, 1.0, 1.0), (3.0, 0.3, 0.4), (6.1, 0.12, 0.2)),
    "vibraphone": ((1, 1.0, 1.0), (4.0, 0.2, 0.35), (9.9, 0.05, 0.12)),
    "glockenspiel": ((1, 1.0, 1.0), (2.76, 0.35, 0.5), (5.4, 0.12, 0.25)),
    "celesta": ((1, 1.0, 1.0), (2.0, 0.06, 0.6), (4.0, 0.1, 0.3), (6.3, 0.04, 0.15)),
    "pan": ((1, 1.0, 1.0), (2.0, 0.5, 0.8), (3.0, 0.2, 0.5), (4.02, 0.12, 0.4)),
}


def guitar(tone: Tone, p: Numbers) -> np.ndarray:
    """A string by Karplus and Strong, with a body or a pickup; ``courses`` are strings a note."""
    seconds = p["ring"] * (196 / tone.frequency) ** 0.6
    x = np.zeros(len(tone.times))
    for octave in range(p["courses"]):  # the second string of a course sounds an octave higher
        if tone.frequency * 2**octave < RATE / 5:
            x += _plucked(tone, p, 2**octave, seconds) * 0.6**octave
    x = resonances(x, p["body"], p["dry"])
    nail = band(tone.rng, len(x), 1500, 6000) * np.exp(-tone.times / 0.004)
    x += p["nail"] * tone.force * nail * np.sqrt(np.mean(x**2))
    return x * decay(tone.times - tone.held, p["damping"])


def _plucked(tone: Tone, p: Numbers, ratio: float, seconds: float) -> np.ndarray:
    """Return one string: its burst has the spectrum of a pluck at a place, and any phases."""
    f = ratio * tone.frequency
    smoothing = _smoothing(p["smoothing"], f)
    line = string_loop(f, RATE, smoothing, seconds).line
    k = np.arange(1, line // 2 + 1)
    place = p["place"] * 2 ** (0.2 * tone.rng.standard_normal())
    heights = np.abs(np.sin(np.pi * k * place)) * np.abs(np.sin(np.pi * k * p["pickup"]))
    heights *= k ** -p["soft"] / np.sqrt(1 + (k * f / (p["cut"] * (0.3 + 1.2 * tone.force))) ** 4)
    heights += 0.05 * heights.max() / k
    turns = np.exp(2j * np.pi * tone.rng.random(len(k)))
    burst = np.fft.irfft(np.concatenate([[0], heights * turns]), line)
    string = karplus_strong(f, tone.seconds, RATE, 0, smoothing, seconds, burst)
    return string * rise(tone.times, 0.003)


def _smoothing(at_110_hz: float, frequency: float) -> float:
    """Return S for a string, so that strings of all pitches lose their high partials alike.

    A round multiplies the power at w by ``1 - 2 S (1 - S) (1 - cos w)``, and there are as many
    rounds a second as the fundamental has Hz.
    """
    share = min(0.25, at_110_hz * (1 - at_110_hz) * 110 / frequency)
    return max(0.02, (1 - (1 - 4 * share) ** 0.5) / 2)


def bass(tone: Tone, p: Numbers) -> np.ndarray:
    """A thick string, or a synthesiser's bass."""
    if p["kind"] != "string":
        return lowpassed(synth_lead(tone, p), 2500, 2)
    x = guitar(tone, p)
    slap = modes(tone.times, [(1800 + 700 * tone.rng.random(), 1.0, 0.03)])
    return x + p["slap"] * tone.force**2 * slap * np.abs(x).max()


def keyboard(tone: Tone, p: Numbers) -> np.ndarray:
    """A piano, an electric piano, or a plucked string under a key."""
    x = {"piano": _piano, "tines": _tines, "plucked": guitar}[p["kind"]](tone, p)
    thump = band(tone.rng, len(x), 60, p["wood"]) * np.exp(-tone.times / 0.012)
    x = x + p["thump"] * thump * np.abs(x).max() * (0.3 + 0.7 * tone.force)
    return x * decay(tone.times - tone.held, p["damping"])


def _piano(tone: Tone, p: Numbers) -> np.ndarray:
    """Return stiff strings, two for each note, of which one rings longer than the other.

    Partial k lies at ``k sqrt((1 + B k^2) / (1 + B))`` times the first (Fletcher and Rossing,
    equation 2.67), so that the first partial is the note's label. B is that of a concert grand.
    """
    k = np.arange(1, min(64, int(RATE / 2.1 / tone.frequency)) + 1)
    stiffness = p["stiffness"] * (tone.frequency / 262) ** 1.2
    ratio = k * np.sqrt((1 + stiffness * k**2) / (1 + stiffness))
    f = tone.frequency * ratio
    cut = p["cut"] * (0.35 + 1.0 * tone.force) * (1 + tone.frequency / 500)
    heights = np.exp(-f / cut) * (0.15 + np.abs(np.sin(np.pi * k * p["place"])))
    first = p["ring"] * (110 / tone.frequency) ** 0.65
    seconds = first / (1 + 0.25 * (k - 1))
    keep = heights > 1e-4 * heights.max()
    detune = 2 ** (p["detune"] * tone.rng.standard_normal(2) / 1200)
    chosen = list(zip(f[keep], heights[keep], seconds[keep], strict=True))
    x = np.zeros(len(tone.times))
    for share, length, cents in ((0.7, 0.5, detune[0]), (0.4, 1.6, detune[1])):
        rows = [(a * cents, share * b, length * c) for a, b, c in chosen]
        x += modes(tone.times, rows, phase=2 * np.pi * tone.rng.random())
    return x * rise(tone.times, p["attack"] * (1.5 - tone.force))


def _tines(tone: Tone, p: Numbers) -> np.ndarray:
    """Return FM with two modulators, as in electric pianos of the 1980s: body and bell."""
    phase = 2 * np.pi * tone.frequency * tone.times
    body = p["index"] * (0.2 + 1.2 * tone.force) * (196 / tone.frequency) ** 0.4
    body = body * (0.3 + 0.7 * decay(tone.times, 1.2))
    ratio = min(p["bell"], int(0.42 * RATE / tone.frequency))
    bell = p["clang"] * tone.force**1.5 * decay(tone.times, 0.5) * np.sin(ratio * phase)
    ring = decay(tone.times, p["ring"] * (196 / tone.frequency) ** 0.4)
    shake = 1 + p["tremor"] * np.sin(2 * np.pi * p["hz"] * tone.times + p["start"])
    return rise(tone.times, 0.003) * ring * shake * (np.sin(phase + body * np.sin(phase)) + bell)


def mallet(tone: Tone, p: Numbers) -> np.ndarray:
    """A bar and its resonator: few partials, far apart, of which the high ones die first."""
    ring = p["ring"] * (262 / tone.frequency) ** p["shorter"]
    hard = 0.3 + 1.1 * tone.force * p["hard"]
    rows: Partials = []
    for number, (ratio, height, length) in enumerate(BARS[p["bar"]]):
        spot = 2 ** (0.3 * tone.rng.standard_normal()) if number else 1.0  # where it is hit
        near = 1 + p["sharp"] * number  # no two bars are tuned alike
        rows.append((ratio * near * tone.frequency, height * spot * hard**number, ring * length))
    x = modes(tone.times, rows) * rise(tone.times, 0.002)
    head = highpassed(band(tone.rng, len(x), 300, p["head"]), 200)
    x += 0.25 * p["hard"] * (0.2 + tone.force) * head * np.exp(-tone.times / p["knock"])
    shake = 1 + p["tremor"] * np.sin(2 * np.pi * p["hz"] * tone.times + p["start"])
    return x * shake * decay(tone.times - tone.held, p["damping"])
