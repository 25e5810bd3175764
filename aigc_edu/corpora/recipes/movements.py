"""A clock and a brush, for the recipe of the built-in effects: things that move back and forth.

References
----------
A. Farnell (2010), *Designing sound*, the chapter on clocks.
P. R. Cook (2002), *Real sound synthesis for interactive applications*: modes that are struck, and
many small random collisions.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.corpora.recipes.tones import RATE, band, decay, lowpassed, modes, resonances, wander
from aigc_edu.corpora.recipes.weather import (
    LENGTH,
    Scene,
    bins,
    coloured,
    grains,
    level,
    slope,
    times,
)

BEATS = (3600, 5400, 7200, 9000, 14_400, 18_000)  # an hour: clocks have such, watches the last two
_STROKE = 2400  # samples that a tick rings at most


def beat(scene: Scene) -> int:
    """Return the samples from a tick to the next, a whole number; the first thing to be drawn."""
    return round(3600 * RATE / BEATS[int(scene.own.integers(len(BEATS)))])


def clock(scene: Scene) -> np.ndarray:
    """An escapement strikes the works, its case answers, and so does the room."""
    step = beat(scene)
    x, start = np.zeros(LENGTH), int(scene.rng.integers(step))
    tick, tock = _works(scene), _works(scene)
    lame = scene.draw(0.5, 1.0)  # how loud the tock is beside the tick
    for i, place in enumerate(range(start, LENGTH, step)):
        blow = (lame if i % 2 else 1.0) * np.exp(0.06 * scene.rng.standard_normal())
        stroke = blow * (tock if i % 2 else tick)[: LENGTH - place]
        x[place : place + len(stroke)] += stroke
    case = [(scene.draw(160, 1100), scene.draw(40, 160), scene.draw(0.2, 1.2)) for _ in "123"]
    x = _room(scene, resonances(x, case, scene.draw(0.4, 1.0)))
    air = lowpassed(scene.rng.standard_normal(LENGTH), scene.draw(200, 1500))
    return x / np.abs(x).max() + scene.draw(0.0005, 0.008) * level(air)


def _works(scene: Scene) -> np.ndarray:
    """Return a tick: the anchor lets go, pushes and falls, three blows within a hundredth."""
    u = np.arange(_STROKE) / RATE
    ring, high = scene.draw(0.015, 0.09), scene.draw(0.3, 1.2)
    parts = [(scene.draw(600, 5500), scene.draw(0.2, 1.0), ring) for _ in range(6)]
    metal = modes(
        u, [(f, a * (f / 2500) ** (high - 1), t * (2500 / f) ** 0.5) for f, a, t in parts]
    )
    click = band(scene.own, _STROKE, 700, 7000, 1.0) * decay(u, scene.draw(0.004, 0.015))
    blow = (metal + scene.draw(0.3, 1.2) * click) * np.minimum(1, u / 0.0002)
    x = np.zeros(_STROKE)
    for late, height in ((0.0, scene.draw(0.1, 0.5)), (scene.draw(0.002, 0.006), 1.0)):
        x += height * _later(blow, late)
    return x + scene.draw(0.2, 0.6) * _later(blow, scene.draw(0.008, 0.016))


def _later(x: np.ndarray, seconds: float) -> np.ndarray:
    shift = round(seconds * RATE)
    return np.concatenate([np.zeros(shift), x[: len(x) - shift]])


def _room(scene: Scene, x: np.ndarray) -> np.ndarray:
    """Add the room's answer: noise that dies away, its highs first, the same for every tick."""
    length = scene.draw(0.12, 0.6)
    u = np.arange(round(length * RATE)) / RATE
    tail = band(scene.own, len(u), 150, scene.draw(1500, 6000), 1.0) * decay(u, length)
    tail *= (
        scene.draw(0.15, 0.9) * np.minimum(1, u / 0.004) / np.sqrt(np.sum(decay(u, length) ** 2))
    )
    size = 2 ** int(np.ceil(np.log2(LENGTH + len(u))))
    wet = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(tail, size), size)
    return x + wet[:LENGTH]


def brush(scene: Scene) -> np.ndarray:
    """Strokes back and forth: bristles hiss while they run and stop where the hand turns."""
    speed, forth = _strokes(scene)
    f = bins()
    low, high = scene.draw(500, 2200), scene.draw(3000, 7000)
    x = np.zeros(LENGTH)
    for way in (forth, 1 - forth):  # bristles that are pushed sound unlike those that are pulled
        shift = scene.draw(0.65, 1.5)
        gain = slope(f, high * shift, 2.0) * slope(low * shift, f + 1, scene.draw(1.0, 2.0))
        hiss = level(coloured(scene.rng, gain))
        rough = level(grains(scene.rng, 20 + 1100 * speed, _bristles(scene, low, high), 0.4))
        x += scene.draw(0.7, 1.0) * way * speed * (hiss + scene.draw(0.3, 1.2) * rough)
    hollow = [(scene.draw(250, 3200), scene.draw(80, 400), scene.draw(0.2, 1.2)) for _ in "123"]
    mouth = 1 + 0.3 * wander(scene.rng, LENGTH, 0.8)
    x = level(resonances(x, hollow[:1]) + mouth * resonances(x, hollow[1:], 0.0))
    turns = np.abs(np.diff(forth, prepend=forth[0])) * RATE / 200
    knock = lowpassed(turns * scene.rng.standard_normal(LENGTH), 500)
    x += scene.draw(0.03, 0.25) * knock
    return x + scene.draw(0.01, 0.05) * level(lowpassed(scene.rng.standard_normal(LENGTH), 400))


def _strokes(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Return the brush's speed, 0 ... about 1, and how far it goes forth: 1, or 0 for back."""
    hz, steady = scene.draw(1.4, 4.5), scene.draw(0.02, 0.09)
    pace = hz * np.exp(steady * wander(scene.rng, LENGTH, 1.5))
    phase = np.pi * (2 * np.cumsum(pace) / RATE + scene.rng.random())
    swing = np.sin(phase)
    force = np.exp(scene.draw(0.08, 0.25) * wander(scene.rng, LENGTH, 2.0))
    speed = np.abs(swing) ** scene.draw(0.5, 1.3) * force
    if scene.draw(0, 1) < 0.3:  # now and then the hand goes to another place
        pause, t = 0.3 + 4.4 * scene.rng.random(), times()
        speed = speed * np.clip(np.abs(t - pause) / 0.08 - scene.draw(1, 3), 0.02, 1)
    return speed, 0.5 + 0.5 * np.tanh(12 * swing)


def _bristles(scene: Scene, low: float, high: float) -> list[np.ndarray]:
    """Return the clicks of single bristles as they jump over what is rough."""
    u = np.arange(240) / RATE
    places = low * (high / low) ** scene.rng.random(12)
    return [np.sin(2 * np.pi * f * u) * np.exp(-u / (3 / f + 0.0006)) for f in places]
