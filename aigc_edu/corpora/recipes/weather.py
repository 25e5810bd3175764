"""Rain, sea waves and wind, for the recipe of the built-in effects: noise, and what shapes it.

References
----------
A. Farnell (2010), *Designing sound*, the chapters on rain, wind and bubbles.
J. S. Marshall, W. McK. Palmer (1948), *The distribution of raindrops with size*, Journal of
Meteorology 5: the number of drops falls exponentially with their diameter.
M. Minnaert (1933), *On musical air-bubbles and the sounds of running water*, Philosophical
Magazine 16: a bubble of radius r in water swings at about 3.26 / r Hz, with r in metres.
V. Strouhal (1878), *Ueber eine besondere Art der Tonerregung*, Annalen der Physik 241: behind a
wire of thickness d, wind of speed v whirls about 0.2 v / d times a second.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aigc_edu.corpora.recipes.tones import RATE, band, between, decay, resonances, wander
from aigc_edu.dsp import istft, stft

SECONDS = 5.0
LENGTH = round(SECONDS * RATE)
FRAME, HOP = 1024, 256  # of the noise whose spectrum changes as it goes
MINNAERT = 3.26  # Hz m
STROUHAL = 0.2
_DROPS, _BUBBLES = 40, 24  # how many different ones there are in a clip


class Scene(NamedTuple):
    """One clip: ``own`` is the chance of its recording, ``rng`` that of this piece of it."""

    own: np.random.Generator
    rng: np.random.Generator

    def draw(self, low: float, high: float) -> float:
        """Draw a number of the recording's: the same one for all its pieces."""
        return between(self.own, low, high)


def times() -> np.ndarray:
    """Return the times of a clip's samples in seconds, shape (80000,)."""
    return np.arange(LENGTH) / RATE


def coloured(rng: np.random.Generator, gain: np.ndarray) -> np.ndarray:
    """Return noise of shape (80000,) whose spectrum follows gain, (bins, frames) or (bins, 1)."""
    return istft(gain * stft(rng.standard_normal(LENGTH), FRAME, HOP), HOP, length=LENGTH)


def bins() -> np.ndarray:
    """Return the frequencies in Hz at which :func:`coloured` wants a gain, shape (bins, 1)."""
    return np.fft.rfftfreq(FRAME, 1 / RATE)[:, None]


def at_frames(curve: np.ndarray) -> np.ndarray:
    """Return a curve of samples at the frames' places, shape (frames,)."""
    return curve[np.minimum(np.arange(1 + LENGTH // HOP) * HOP, LENGTH - 1)]


def slope(f: np.ndarray, corner: np.ndarray | float, order: float) -> np.ndarray:
    """Return a gain that is 1 far below the corner and falls by ``6 order`` dB an octave above."""
    return (1 + (f / corner) ** 2) ** (-order / 2)


def grains(
    rng: np.random.Generator, rate: np.ndarray, kernels: list[np.ndarray], spread: float
) -> np.ndarray:
    """Strew small sounds by chance, as a Poisson process.

    Parameters
    ----------
    rate
        How many a second at each sample, shape (80000,).
    kernels
        The sounds, each as likely as the others.
    spread
        Standard deviation of the natural logarithm of their heights, whose signs are by chance.

    Returns
    -------
    ndarray
        float64, shape (80000,).
    """
    total = np.cumsum(rate) / RATE
    count = rng.poisson(total[-1])
    places = np.searchsorted(total, total[-1] * rng.random(count))
    kinds = rng.integers(len(kernels), size=count)
    heights = np.exp(spread * rng.standard_normal(count)) * rng.choice([-1, 1], count)
    size = 2 ** int(np.ceil(np.log2(LENGTH + max(map(len, kernels)))))
    spectrum = np.zeros(size // 2 + 1, complex)
    for kind, kernel in enumerate(kernels):
        chosen = kinds == kind
        train = np.bincount(places[chosen], heights[chosen], size)
        spectrum += np.fft.rfft(train) * np.fft.rfft(kernel, size)
    return np.fft.irfft(spectrum, size)[:LENGTH]


def level(x: np.ndarray) -> np.ndarray:
    """Return x with a root mean square of 1."""
    return x / np.sqrt(np.mean(x**2))


def rain(scene: Scene) -> np.ndarray:
    """The drops far away are a noise, those that are near one can hear singly."""
    f, t = bins(), times()
    corner, low = scene.draw(900, 4500), scene.draw(150, 700)
    swell = np.exp(0.12 * wander(scene.rng, LENGTH, 0.6))
    bed = coloured(scene.rng, slope(f, corner, scene.draw(0.8, 1.6)) * slope(low, f + 1, 1.0))
    near = level(grains(scene.rng, scene.draw(150, 1800) * swell, drops(scene), 0.25))
    x = level(bed) * swell + scene.draw(0.15, 0.65) * near
    if scene.draw(0, 1) < 0.5:  # water stands on the ground: bubbles
        wet = grains(scene.rng, scene.draw(8, 70) * swell, bubbles(scene, 0.5e-3, 2.2e-3), 0.6)
        x += scene.draw(0.1, 0.35) * level(wet)
    if scene.draw(0, 1) < 0.35:  # a roof, a windowsill or a tent rings below the drops
        rows = [(scene.draw(180, 2400), scene.draw(50, 260), scene.draw(0.3, 1.2)) for _ in "12345"]
        x = resonances(x, rows)
    trend = 1 + scene.draw(0, 0.5) * (t / SECONDS - 0.5) * scene.rng.choice([-1, 1])
    return level(x * trend) + scene.draw(0.02, 0.5) * band(scene.rng, LENGTH, 15, 70, 1.0)


def drops(scene: Scene) -> list[np.ndarray]:
    """Return the sounds of drops on one ground: the smaller, the shorter, brighter and softer."""
    softness, hollow = scene.draw(0.4, 2.5), scene.draw(0.3, 1.0)
    u, made = np.arange(400) / RATE, []
    for i in range(_DROPS):
        diameter = 0.5 - np.log(1 - (i + 0.5) / _DROPS) * 0.8  # mm: Marshall and Palmer
        length = softness * 0.0006 * diameter
        click = scene.rng.standard_normal(len(u)) * np.exp(-u / length)
        body = np.sin(2 * np.pi * 1400 / (softness * diameter) ** 0.5 * u) * np.exp(-u / length / 3)
        made.append(diameter**1.3 * (click + hollow * body) * np.minimum(1, u / 0.0002))
    return made


def bubbles(scene: Scene, smallest: float, largest: float) -> list[np.ndarray]:
    """Return the sounds of bubbles with radii between two, in metres; their pitch rises a little.

    They rise towards the surface, where less water is moved.
    """
    u, made = np.arange(1200) / RATE, []
    for i in range(_BUBBLES):
        radius = smallest * (largest / smallest) ** ((i + scene.rng.random()) / _BUBBLES)
        first, ring = MINNAERT / radius, 20 * radius + 0.008
        swing = np.sin(2 * np.pi * np.cumsum(first * (1 + 1.5 * u)) / RATE)
        made.append(np.sqrt(radius) * swing * decay(u, ring) * np.minimum(1, u / 0.0005))
    return made


def waves(scene: Scene) -> np.ndarray:
    """A swell: a roar that opens as the wave breaks, and foam that hisses when it has."""
    f, t = bins(), times()
    surge, foam = _surf(scene, t)
    depth = scene.draw(0.5, 2.6)  # how far the waves stand out of the surf behind them
    corner = scene.draw(350, 900) * (1 + scene.draw(0.3, 1.3) * at_frames(surge))
    gain = slope(f, corner, scene.draw(1.0, 1.6)) * slope(scene.draw(40, 140), f + 1, 1.0)
    flutter = np.exp(0.08 * wander(scene.rng, LENGTH, 9.0) + 0.1 * wander(scene.rng, LENGTH, 2.0))
    roar = level(coloured(scene.rng, gain)) * (1 + depth * surge**1.5) * flutter
    far = level(coloured(scene.rng, slope(f, scene.draw(200, 500), 1.3) * np.minimum(1, f / 60)))
    spray = level(
        coloured(scene.rng, slope(f, scene.draw(3500, 7000), 1.5) * slope(2200, f + 1, 1))
    )
    fizz = grains(scene.rng, 30 + 1500 * foam, bubbles(scene, 0.45e-3, 1.6e-3), 0.5)
    hiss = scene.draw(0.08, 0.3)
    x = roar + 0.5 * far + hiss * depth * foam * spray + 0.6 * hiss * foam * level(fizz)
    return level(x) + scene.draw(0.01, 0.15) * band(scene.rng, LENGTH, 15, 60, 1.0)


def _surf(scene: Scene, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how much water breaks and how much foam there is, each about 0 ... 1."""
    period, rising, falling = scene.draw(2.8, 8.0), scene.draw(0.6, 1.8), scene.draw(0.6, 1.7)
    surge, foam = np.zeros(LENGTH), np.zeros(LENGTH)
    start = -2 * period + period * scene.rng.random()
    while start < SECONDS:
        height = np.exp(0.3 * scene.rng.standard_normal())
        quick = np.exp(0.2 * scene.rng.standard_normal())
        u = t - start
        up = 0.5 - 0.5 * np.cos(np.pi * np.clip(u / (rising * quick), 0, 1))
        surge += height * up * np.exp(-np.maximum(0, u - rising * quick) / falling)
        late = u - 0.6 * rising * quick
        foam += height * np.clip(late / 0.7, 0, 1) * np.exp(-np.maximum(0, late - 0.7) / 1.6)
        start += period * (0.75 + 0.5 * scene.rng.random())
    return surge, foam


def wind(scene: Scene) -> np.ndarray:
    """Gusts: the faster the air, the louder and brighter its rumble, and the higher its howl."""
    f = bins()
    gusts = scene.draw(0.15, 0.45)
    calm = wander(scene.rng, LENGTH, 0.35) + 0.5 * wander(scene.rng, LENGTH, 1.3)
    speed = np.exp(gusts * (calm + 0.25 * wander(scene.rng, LENGTH, 5.0)))  # 1 on the average
    v = at_frames(speed)
    gain = slope(f, scene.draw(70, 260) * v, scene.draw(1.3, 2.0)) * np.minimum(1, f / 25)
    x = level(coloured(scene.rng, gain)) * speed**2
    trees = slope(f, 3500 * v, 1.5) * slope(scene.draw(600, 1500), f + 1, 1.5)
    leaves = np.exp(0.3 * wander(scene.rng, LENGTH, 12.0))
    x += scene.draw(0.02, 0.35) * level(coloured(scene.rng, trees)) * speed**3 * leaves
    howl = sum(_howl(scene, f, v) for _ in range(1 + int(scene.draw(0, 3))))
    return x + scene.draw(0.05, 0.7) * level(coloured(scene.rng, howl)) * speed**2.5


def _howl(scene: Scene, f: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the gain of an edge, a wire or a gap, which howls in a narrow band."""
    metres_a_second, thickness = scene.draw(6, 14), scene.draw(2.5e-3, 8e-3)
    eddies = np.exp(0.04 * at_frames(wander(scene.rng, LENGTH, 2.5)))
    centre = STROUHAL * metres_a_second * v / thickness * eddies
    width = centre * scene.draw(0.04, 0.25)
    return v**2 / (1 + ((f - centre) / width) ** 2)
