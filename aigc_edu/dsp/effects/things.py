"""Things that are struck, swung, stroked or driven, water that drips, a bird that sings.

Chapter: chapters/06-product/15-effects.ipynb

References
----------
V. Strouhal (1878), *Ueber eine besondere Art der Tonerregung*, Annalen der Physik 241: behind a
rod of thickness d, air of speed v whirls about 0.2 v / d times a second.
M. Minnaert (1933), *On musical air-bubbles and the sounds of running water*, Philosophical
Magazine 16: a bubble of radius r in water swings at about 3.26 / r Hz, with r in metres.
A. Farnell (2010), *Designing sound*, the chapters on engines and on birds.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp.acoustics import SPEED_OF_SOUND
from aigc_edu.dsp.effects.base import Effect, Parameter
from aigc_edu.dsp.effects.parts import (
    Shaper,
    band_noise,
    chance,
    decay,
    ended,
    heard_share,
    level,
    onset,
    put,
    strew,
    times_of,
    wander,
)
from aigc_edu.dsp.modal import MATERIALS, plate_modes, struck

STROUHAL, MINNAERT = 0.2, 3.26  # without unit, and in Hz m
_BRISTLES = 12  # how many different ones there are in a stroke


def impact(
    rng: np.random.Generator,
    rate: float,
    material: str,
    size: float,
    thickness: float,
    hardness: float,
    force: float,
) -> np.ndarray:
    """Return a blow on a plate, whose modes stay what they are: only the place is another one."""
    sides, strike = (size, 0.62 * size), rng.uniform(0.15, 0.85, 2)
    modes = plate_modes(material, sides, thickness / 1000, strike, min(16_000, rate / 2))
    hard = hardness + 0.15 * (force - 0.5) + 0.03 * rng.standard_normal()  # a fast blow is short
    x = struck(modes, float(np.clip(hard, 0, 1)), rate)
    x = x / max(np.abs(x).max(), 1e-9)
    t = times_of(0.02, rate)
    touch = band_noise(rng, len(t), 300, 1200 + 6000 * hardness, rate) * decay(t, 0.015)
    return put([(0.0, (0.2 + 0.8 * force) * x), (0.0, 0.08 * force * touch)], rate)


def whoosh(
    rng: np.random.Generator, rate: float, speed: float, thickness: float, seconds: float
) -> np.ndarray:
    """Return a rod that is swung: its tone and its loudness follow the speed of the air."""
    t = times_of(seconds, rate)
    shaper = Shaper(len(t), rate)
    peak = 0.5 + 0.06 * rng.standard_normal()
    swing = np.clip(t / seconds, 1e-6, 1) ** (np.log(0.5) / np.log(np.clip(peak, 0.2, 0.8)))
    v = np.sin(np.pi * swing) ** 2 * np.exp(0.04 * wander(rng, len(t), 12, rate))  # share of it
    centre = STROUHAL * speed * np.maximum(v[shaper.places], 0.05) / (thickness / 1000)
    gain = 1 / (1 + ((shaper.bins - centre) / (0.22 * centre)) ** 2)
    gain = gain / np.sqrt(
        np.maximum(centre, 20)
    )  # the same power in a wide band as in a narrow one
    x = shaper.noise(rng, gain) * v**3  # the pressure of a whirl grows with the cube of the speed
    return ended(onset(x, 0.01, rate), 0.02, rate)


def engine(
    rng: np.random.Generator,
    rate: float,
    cylinders: float,
    rpm: float,
    rpm_end: float,
    pipe: float,
    seconds: float,
) -> np.ndarray:
    """Return a four-stroke engine: each cylinder fires once in two turns, into one pipe."""
    t = times_of(seconds, rate)
    turns = rpm + (rpm_end - rpm) * (t / seconds)
    turns = turns * np.exp(0.006 * wander(rng, len(t), 6, rate))
    fired = np.cumsum(turns) / 60 / 2 * round(cylinders) / rate
    at = np.flatnonzero(np.diff(np.floor(fired), prepend=0.0) > 0)
    own = np.exp(0.22 * chance("cylinders", round(cylinders)).standard_normal(round(cylinders)))
    train = np.zeros(len(t))
    heights = own[np.arange(len(at)) % len(own)] * np.exp(0.07 * rng.standard_normal(len(at)))
    train[at] = heights
    u = times_of(0.05, rate)
    puff = onset(decay(u, 0.02), 0.0015, rate)
    x = _in_a_pipe(np.convolve(train, puff)[: len(t)], pipe, rate)
    hiss = band_noise(rng, len(t), 400, 4000, rate, 1.0)
    x = level(x) + 0.05 * hiss * (
        1 + np.convolve(train, onset(decay(u, 0.05), 0.004, rate))[: len(t)]
    )
    return ended(onset(x, 0.03, rate), 0.05, rate)


def _in_a_pipe(x: np.ndarray, length: float, rate: float) -> np.ndarray:
    """Return what leaves a pipe that is open at one end: echoes of changing sign, ever duller."""
    y, round_trip = x.copy(), 2 * length / SPEED_OF_SOUND
    for k in range(1, 9):
        late = round(k * round_trip * rate)
        if late < len(x):
            y[late:] += (-0.72) ** k * x[: len(x) - late]
    smooth = np.ones(max(1, round(rate / 3000))) / max(1, round(rate / 3000))
    y = np.convolve(y, smooth)[: len(x)]
    return y - np.mean(y)


def drip(rng: np.random.Generator, rate: float, radius: float) -> np.ndarray:
    """Return a drop that falls into water: a tap, and a bubble whose pitch rises to the surface."""
    metres = radius / 1000 * np.exp(0.12 * rng.standard_normal())
    first, ringing = MINNAERT / metres, 0.05 + 25 * metres
    t = times_of(1.2 * ringing, rate)
    rising = first * (1 + rng.uniform(0.1, 0.6) * t / ringing)
    tone = np.sin(2 * np.pi * np.cumsum(rising) / rate) * decay(t, ringing)
    tone = tone * heard_share(rising, rate)
    u = times_of(0.012, rate)
    tap = band_noise(rng, len(u), 1500, 9000, rate) * decay(u, 0.008)
    late = rng.uniform(0.004, 0.02)
    return put([(0.0, 0.12 * tap), (late, onset(tone, 0.002, rate))], rate)


def brush(
    rng: np.random.Generator, rate: float, seconds: float, bristles: float, stiffness: float
) -> np.ndarray:
    """Return one stroke: bristles hiss and click while they run, as fast as the hand moves."""
    t = times_of(seconds, rate)
    speed = np.sin(np.pi * np.minimum(1, t / seconds)) ** 0.7
    speed = speed * np.exp(0.12 * wander(rng, len(t), 7, rate))
    centre = 1200 * 5**stiffness
    shaper = Shaper(len(t), rate)
    low, high = 0.5 * centre, 2.2 * centre * (0.4 + 0.6 * np.minimum(1, speed[shaper.places]))
    gain = 1 / (1 + (low / (shaper.bins + 1)) ** 2) / (1 + (shaper.bins / high) ** 2)
    hiss = level(shaper.noise(rng, gain))
    u = times_of(0.006, rate)
    places = np.minimum(centre * 2 ** rng.uniform(-1, 1.2, _BRISTLES), 0.45 * rate)
    kernels = [np.sin(2 * np.pi * f * u) * decay(u, 0.002 + 6 / f) for f in places]
    clicks = level(strew(rng, 2 + bristles * np.abs(speed) / seconds, kernels, seconds, rate, 0.5))
    x = speed * ((1 - 0.45 * stiffness) * hiss + (0.3 + 0.5 * stiffness) * clicks[: len(t)])
    return ended(onset(x, 0.02, rate), 0.03, rate)


def bird(
    rng: np.random.Generator, rate: float, pitch: float, syllables: float, individual: float
) -> np.ndarray:
    """Return a strophe of one bird, which has its own motif and never sings it twice the same."""
    motif, at, parts = chance("bird", round(individual)), 0.0, []
    for _ in range(round(syllables)):
        lasting = motif.uniform(0.05, 0.16) * np.exp(0.06 * rng.standard_normal())
        ends = pitch * 2 ** motif.uniform(-0.35, 0.35, 2) * 2 ** (0.02 * rng.standard_normal(2))
        trill, deep = motif.uniform(18, 60), motif.uniform(0, 0.04)
        t = times_of(lasting, rate)
        glide = ends[0] * (ends[1] / ends[0]) ** (t / lasting)
        glide = glide * (1 + deep * np.sin(2 * np.pi * trill * t))
        note = np.sin(2 * np.pi * np.cumsum(glide) / rate) * heard_share(glide, rate)
        note = note * np.sin(np.pi * t / lasting) ** 0.8
        parts.append((at, motif.uniform(0.4, 1.0) * note * np.exp(0.12 * rng.standard_normal())))
        at += lasting + motif.uniform(0.01, 0.09)
    return put(parts, rate)


_SECONDS = Parameter(1.2, "how long it takes, in seconds", 0.1, 20)
EFFECTS = (
    Effect(
        "impact",
        "a blow on a plate",
        impact,
        parameters={
            "material": Parameter("steel", "of the plate", choices=tuple(MATERIALS)),
            "size": Parameter(0.3, "the longer side in metres", 0.02, 3),
            "thickness": Parameter(3.0, "in millimetres", 0.3, 60),
            "hardness": Parameter(0.7, "of what strikes: 0 a fingertip, 1 a steel ball"),
            "force": Parameter(0.5, "0 for a touch, 1 for all one's might"),
        },
    ),
    Effect(
        "whoosh",
        "a rod or a blade that is swung",
        whoosh,
        parameters={
            "speed": Parameter(30.0, "metres a second at its fastest", 3, 120),
            "thickness": Parameter(8.0, "of the rod, in millimetres", 1, 200),
            "seconds": Parameter(0.6, "how long the swing takes", 0.1, 5),
        },
    ),
    Effect(
        "engine",
        "a four-stroke engine",
        engine,
        parameters={
            "cylinders": Parameter(4.0, "how many", 1, 12),
            "rpm": Parameter(1200.0, "turns a minute at the beginning", 300, 9000),
            "rpm_end": Parameter(1200.0, "turns a minute at the end", 300, 9000),
            "pipe": Parameter(1.6, "length of the exhaust in metres", 0.2, 5),
            "seconds": Parameter(3.0, "how long it runs", 0.2, 60),
        },
    ),
    Effect(
        "drip",
        "a drop that falls into water",
        drip,
        parameters={"radius": Parameter(2.2, "of the bubble, in millimetres", 0.4, 8)},
    ),
    Effect(
        "brush",
        "one stroke of a brush",
        brush,
        parameters={
            "seconds": _SECONDS,
            "bristles": Parameter(900.0, "that click in a stroke", 0, 20_000),
            "stiffness": Parameter(0.4, "0 for a make-up brush, 1 for a hand brush"),
        },
    ),
    Effect(
        "bird",
        "a strophe of a bird",
        bird,
        parameters={
            "pitch": Parameter(3200.0, "in Hz, in the middle", 800, 7000),
            "syllables": Parameter(5.0, "how many", 1, 20),
            "individual": Parameter(1.0, "the number of the bird: each has a motif", 0, 10_000),
        },
    ),
)
