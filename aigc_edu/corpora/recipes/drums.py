"""The recipe of the built-in drums: eight kinds of hits, thirty kits, four hits a kit and kind.

A kit draws the numbers of its instruments once; each hit differs a little in force, place and
noise. Half of the kits are like wood and skin, half like the drum machines of the 1980s.

References
----------
N. H. Fletcher, T. D. Rossing (1998), *The physics of musical instruments*, chapters 18 and 20.
P. R. Cook (2002), *Real sound synthesis for interactive applications*.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from aigc_edu.corpora.recipes.tones import (
    RATE,
    band,
    between,
    chance,
    decay,
    ended,
    highpassed,
    lowpassed,
    modes,
    rise,
)

SEED = 5
KITS = 30
FORCES = (1.0, 0.8, 0.6, 0.45)  # of a kit's four hits
LONGEST = 16_384  # samples
PEAK = 0.9  # of a hit at full force
_MEMBRANE = (1.0, 1.59, 2.14, 2.30, 2.65, 2.92)  # modes of a circular one, the first as 1


class Hit(NamedTuple):
    """One hit: whether a machine makes it, its force, its number, and both kinds of chance.

    ``own`` is the instrument's, the same for all its hits; ``rng`` is the hit's.
    """

    machine: bool
    force: float
    number: int
    own: np.random.Generator
    rng: np.random.Generator

    def draw(self, low: float, high: float) -> float:
        """Draw a number of the instrument's, and vary it for the hit by some per cent."""
        return between(self.own, low, high) * 2 ** (0.04 * self.rng.standard_normal())


class Row(NamedTuple):
    """One hit before it is made."""

    key: str
    kind: str
    kit: str
    part: str


def times(seconds: float) -> np.ndarray:
    """Return the times of a hit's samples, shape (N,); 16,384 at most."""
    return np.arange(min(LONGEST, round(seconds * RATE))) / RATE


def kick(hit: Hit) -> np.ndarray:
    """A sine that falls within a few hundredths of a second, and the beater's click."""
    ring = hit.draw(0.4, 2.2) if hit.machine else hit.draw(0.35, 1.3)
    u = times(0.8 * ring)
    low = hit.draw(42, 62)
    start = low * (hit.draw(2.5, 6) if hit.machine else hit.draw(1.4, 2.2))
    frequency = low + (start - low) * np.exp(-u / hit.draw(0.012, 0.045))
    x = np.sin(2 * np.pi * np.cumsum(frequency) / RATE + 0.3) * rise(u, 0.002) * decay(u, ring)
    if not hit.machine:
        skin = [(low * m, 0.15, 0.25 * ring / m) for m in _MEMBRANE[1:]]
        room = band(hit.rng, len(u), 50, 700, 1.0) * decay(u, 0.3) * rise(u, 0.004)
        x = x + hit.force * modes(u, skin) + hit.draw(0.01, 0.04) * room
    beater = lowpassed(band(hit.rng, len(u), 300, hit.draw(1500, 5000)), 6000)
    x += hit.draw(0.03, 0.25) * hit.force**1.5 * beater * np.exp(-u / hit.draw(0.001, 0.004))
    drive = hit.draw(0.5, 2.5) * hit.force
    return np.tanh(drive * x) / np.tanh(drive)


def snare(hit: Hit) -> np.ndarray:
    """A skin's first modes, and the wires below it: noise that comes a moment later."""
    ring = hit.draw(0.25, 0.7)
    sizzle = hit.draw(0.35, 1.0) * (0.7 + 0.3 * hit.force)
    u = times(0.1 + 0.8 * max(ring, sizzle))
    first = hit.draw(165, 235)
    bend = 1 + 0.25 * hit.force * np.exp(-u / 0.012)
    phase = 2 * np.pi * np.cumsum(first * bend) / RATE
    skin = sum(
        np.sin(m * phase) * decay(u, ring / m) / m for m in (1, 1.59, 2.14)[: 2 + hit.number]
    )
    top = hit.draw(4500, 8000)
    wires = band(hit.rng, len(u), hit.draw(700, 2200), top, 1.0)
    wires *= rise(u, hit.draw(0.001, 0.004)) * decay(u, sizzle)
    stick = highpassed(band(hit.rng, len(u), 1500, 7000), 500) * np.exp(-u / 0.0015)
    share = hit.draw(0.3, 0.9)
    return skin * rise(u, 0.001) + share * wires + 0.08 * hit.force * stick


def rim(hit: Hit) -> np.ndarray:
    """Wood on metal: three modes that are over within a few hundredths of a second."""
    u = times(0.22)
    first = hit.draw(420, 1100)
    ring = hit.draw(0.06, 0.2)
    ratios = (1.0, hit.draw(1.6, 2.4), hit.draw(3.2, 4.4))
    rows = [(first * m, 1 / m**0.3, ring / m**0.3) for m in ratios]
    x = modes(u, rows) * rise(u, 0.0005)
    click = band(hit.rng, len(u), 1200, 6500) * np.exp(-u / hit.draw(0.0007, 0.002))
    return x + hit.draw(0.3, 0.9) * hit.force * click


def clap(hit: Hit) -> np.ndarray:
    """Several hands, not quite together, and the room's answer: bursts of band-passed noise."""
    ring = hit.draw(0.2, 0.5)
    u = times(0.1 + ring)
    centre = hit.draw(900, 1700)
    width = hit.draw(1.4, 2.2)
    noise = band(hit.rng, len(u), centre / width, centre * width, 2.0)
    gap = hit.draw(0.008, 0.013)
    count = 3 + int(2 * between(hit.own, 0, 1))
    level = np.zeros(len(u))
    for i in range(count):
        start = i * gap * (1 + 0.15 * hit.rng.standard_normal())
        level += np.where(u >= start, np.exp(-(u - start) / 0.0035), 0) * (
            0.7 + 0.3 * hit.rng.random()
        )
    last = count * gap
    tail = np.where(u >= last, decay(u - last, ring), 0)
    return noise * (level + hit.draw(0.5, 1.0) * tail)


def tom(hit: Hit) -> np.ndarray:
    """A tuned skin, a little higher while it swings wide; the four hits go down a row of toms."""
    first = hit.draw(130, 200) * 2 ** (-hit.number / 3.2)
    ring = hit.draw(0.8, 2.2) * (150 / first) ** 0.4
    u = times(0.8 * ring)
    glide = hit.draw(0.3, 0.8) if hit.machine else hit.draw(0.05, 0.2)
    phase = 2 * np.pi * np.cumsum(first * (1 + glide * hit.force * np.exp(-u / 0.04))) / RATE
    x = np.sin(phase) * decay(u, ring)
    if not hit.machine:
        x = x + sum(
            hit.force * 0.3 / m * np.sin(m * phase) * decay(u, 0.4 * ring / m)
            for m in _MEMBRANE[1:]
        )
    stick = band(hit.rng, len(u), 200, hit.draw(1000, 3500)) * np.exp(-u / hit.draw(0.002, 0.006))
    skin = band(hit.rng, len(u), 60, 900, 1.0) * decay(u, 0.35) * rise(u, 0.003)
    x = x + hit.draw(0.01, 0.05) * skin
    return x * rise(u, 0.0015) + hit.draw(0.05, 0.25) * hit.force * stick


def hihat_closed(hit: Hit) -> np.ndarray:
    """Two small cymbals, pressed together: it is over at once."""
    return _metal(hit, hit.draw(0.15, 0.5), 0.3, (1800, 7600), hit.draw(1000, 3500))


def hihat_open(hit: Hit) -> np.ndarray:
    """The same, apart, and sizzling."""
    return _metal(hit, hit.draw(1.5, 4.0), 1.024, (1500, 7600), hit.draw(800, 3000))


def cymbal(hit: Hit) -> np.ndarray:
    """A large plate: many modes, whose highest come up after the blow and go first."""
    return _metal(hit, hit.draw(2.5, 6.0), 1.024, (250, 7600), hit.draw(250, 1800), bloom=0.03)


def _metal(
    hit: Hit,
    ring: float,
    longest: float,
    spread: tuple[float, float],
    cutoff: float,
    bloom: float = 0.0,
) -> np.ndarray:
    """Return modes at places of chance between two frequencies, and noise, without the lows."""
    u = times(min(longest, 0.8 * ring))
    bands, each = 8, 3 if hit.machine else 6
    edges = spread[0] * (spread[1] / spread[0]) ** (np.arange(bands + 1) / bands)
    tilt, x = hit.draw(0.3, 1.0), np.zeros(len(u))
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        places = low + (high - low) * hit.own.random(each)
        heights = (0.3 + hit.own.random(each)) * (places / 3000) ** tilt
        phases = 2 * np.pi * hit.rng.random(each)
        waves = np.sin(2 * np.pi * np.outer(places, u) + phases[:, None])
        length = ring * (0.6 + 0.8 * hit.own.random()) * (2500 / (low + 1500)) ** 0.5
        x += (
            (heights[:, None] * waves).sum(0)
            * decay(u, length)
            * rise(u, 0.001 + bloom * low / 8000)
        )
    hiss = band(hit.rng, len(u), max(cutoff, 2000), 7800, 1.0) * decay(u, 0.8 * ring)
    x = x / np.sqrt(bands * each) + hit.draw(0.15, 0.6) * hiss * rise(u, 0.001 + bloom)
    stick = band(hit.rng, len(u), 2000, 7500) * np.exp(-u / 0.002)
    x = highpassed(x + 0.6 * hit.force * stick, cutoff, 2)
    return x * np.minimum(1, (u[-1] - u) / min(0.15, 0.3 * u[-1]))


_PLAY: dict[str, Callable[[Hit], np.ndarray]] = {
    "kick": kick,
    "snare": snare,
    "rim": rim,
    "clap": clap,
    "tom": tom,
    "hihat_closed": hihat_closed,
    "hihat_open": hihat_open,
    "cymbal": cymbal,
}
KINDS = tuple(_PLAY)


@cache
def rows() -> tuple[Row, ...]:
    """Return all hits. Of every thirty kits, four are for validation and four for the test."""
    hits = []
    for i in range(KITS):
        part = {3: "validation", 4: "validation", 7: "test", 8: "test"}.get(i % 15, "train")
        for kind in KINDS:
            for number in range(len(FORCES)):
                hits.append(Row(f"{kind}_kit{i:02d}_{number}", kind, f"kit{i:02d}", part))
    return tuple(hits)


def make(key: str) -> np.ndarray:
    """Make a hit from its key, ``snare_kit07_2``.

    Returns
    -------
    ndarray
        float64, shape (N,) with N <= 16384, within [-1, 1].
    """
    kind, kit, number = key.rsplit("_", 2)
    machine = int(kit[3:]) % 2 == 1
    force = FORCES[int(number)]
    hit = Hit(machine, force, int(number), chance(SEED, kit, kind), chance(SEED, key))
    x = ended(_PLAY[kind](hit))
    return x * PEAK * force**0.7 / np.abs(x).max()
