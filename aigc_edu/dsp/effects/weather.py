"""Rain by its drops, wind by its speed, fire and a brook: sounds that go on.

Chapter: chapters/06-product/16-close-to-the-ear.ipynb

References
----------
J. S. Marshall, W. McK. Palmer (1948), *The distribution of raindrops with size*, Journal of
Meteorology 5: a cubic metre of air holds N0 exp(-L D) drops for each millimetre of diameter D,
where L = 4.1 R^-0.21 and R is the rain in mm an hour.
D. Atlas, R. C. Srivastava, R. S. Sekhon (1973), *Doppler radar characteristics of precipitation at
vertical incidence*: such drops fall with 9.65 - 10.3 exp(-0.6 D) m/s.
M. Minnaert (1933) on bubbles and V. Strouhal (1878) on wind at wires: see ``things.py``.
A. Farnell (2010), *Designing sound*, the chapters on rain, wind, fire and running water.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from aigc_edu.dsp.effects.base import Effect, Parameter
from aigc_edu.dsp.effects.parts import (
    Shaper,
    band_noise,
    chance,
    decay,
    heard_share,
    level,
    onset,
    strew,
    times_of,
    wander,
)
from aigc_edu.dsp.effects.things import MINNAERT, STROUHAL
from aigc_edu.dsp.modal import plate_modes, ring

DENSITY = 8000.0  # N0: drops in a cubic metre for each mm of diameter
SMALLEST, LARGEST = 0.9, 4.0  # mm between which drops are heard one by one
NEAR = 0.5  # square metres on which they are
SURFACES = ("ground", "leaves", "water", "tent", "tin")
_CLASSES = 12  # of diameters
_BUBBLES = 20


def drops_in_air(diameter: np.ndarray, rain: float) -> np.ndarray:
    """Return how many drops of a diameter are in a cubic metre, for each mm of diameter.

    ``N0 exp(-4.1 R^-0.21 D)`` (Marshall and Palmer 1948).

    Parameters
    ----------
    diameter
        D in mm, any shape.
    rain
        R in mm an hour, above 0.
    """
    return DENSITY * np.exp(-4.1 * rain**-0.21 * np.asarray(diameter, float))


def falling_speed(diameter: np.ndarray) -> np.ndarray:
    """Return how fast drops of a diameter in mm fall, in m/s (Atlas et al. 1973)."""
    return np.maximum(0.0, 9.65 - 10.3 * np.exp(-0.6 * np.asarray(diameter, float)))


def rain(
    rng: np.random.Generator, rate: float, seconds: float, intensity: float, surface: str
) -> np.ndarray:
    """Return rain: drops on half a square metre, one by one, and a noise of all those behind.

    The many that are far away make a noise with the spectrum of the near ones.
    """
    d, widths = _diameters()
    hits = NEAR * drops_in_air(d, intensity) * falling_speed(d) * widths  # a second
    kernels = _drops(surface, rate)
    share = hits / hits.sum()
    near = strew(rng, hits.sum(), kernels, seconds, rate, 0.5, share)
    size = 1 << (max(map(len, kernels)) - 1).bit_length()
    power = sum(s * np.abs(np.fft.rfft(k, size)) ** 2 for s, k in zip(share, kernels, strict=True))
    shaper = Shaper(len(near), rate)
    f = np.fft.rfftfreq(size, 1 / rate)
    gain = np.interp(shaper.bins[:, 0], f, np.sqrt(power))[:, None]
    far = shaper.noise(rng, gain / (1 + shaper.bins / 9000))
    swell = np.exp(0.1 * wander(rng, len(near), 0.5, rate))
    # Shot noise of h drops a second has the density of white noise of the power h / rate.
    return near + 1.6 * np.sqrt(hits.sum() / rate) * far * swell


def _diameters() -> tuple[np.ndarray, np.ndarray]:
    """Return the diameters of the classes of drops in mm, and how wide each class is."""
    edges = np.geomspace(SMALLEST, LARGEST, _CLASSES + 1)
    return np.sqrt(edges[1:] * edges[:-1]), np.diff(edges)


@lru_cache(maxsize=8)
def _drops(surface: str, rate: float) -> tuple[np.ndarray, ...]:
    """Return the sound of a drop of each diameter: its push, and what the surface makes of it.

    The push is the drop's momentum divided by the time in which it falls through its own height, so
    that it grows with the square of diameter times speed.
    """
    made, rng = [], chance("drops", surface)
    for d in _diameters()[0]:
        v = falling_speed(d)
        touch = _SOFT[surface] * d / 1000 / v
        u = times_of(_RINGS[surface], rate)
        push = _smooth(rng.standard_normal(len(u)) * np.exp(-u / touch), touch / 3, rate)
        made.append((d * v) ** 2 / 150 * (push + _answer(rng, rate, u, d, surface)))
    return tuple(made)


_RINGS = {"ground": 0.03, "leaves": 0.04, "water": 0.06, "tent": 0.09, "tin": 0.4}
_SOFT = {"ground": 1.2, "leaves": 5.0, "water": 1.0, "tent": 2.5, "tin": 0.8}


def _answer(
    rng: np.random.Generator, rate: float, u: np.ndarray, diameter: float, surface: str
) -> np.ndarray:
    """Return how a surface answers a drop, shape of u; each drop falls on another place of it."""
    if surface == "water":
        radius = rng.uniform(0.4, 0.9) * diameter / 1000
        tone = np.sin(2 * np.pi * MINNAERT / radius * u * (1 + 3 * u))
        tone = tone * heard_share(MINNAERT / radius * (1 + 6 * u), rate)
        return 0.8 * tone * decay(u, 0.008 + 14 * radius) * np.minimum(1, u / 0.001)
    if surface == "tent":
        low = rng.uniform(140, 320, 3) * np.array([1, 1.6, 2.1])
        return sum(0.5 * np.sin(2 * np.pi * f * u) * decay(u, 0.07) for f in low)
    if surface == "tin":
        modes = plate_modes("steel", (1.1, 0.7), 0.0006, rng.uniform(0.1, 0.9, 2), 9000, 400)
        some = slice(20, None, 9)
        lasting = np.minimum(modes.seconds[some], 0.35)
        few = modes._replace(
            frequencies=modes.frequencies[some], seconds=lasting, gains=modes.gains[some]
        )
        return 0.35 * np.resize(ring(few, rate, len(u) / rate), len(u))
    hollow = rng.uniform(900, 2600) if surface == "ground" else rng.uniform(500, 1500)
    return 0.4 * np.sin(2 * np.pi * hollow * u) * decay(u, 0.012)


def _smooth(x: np.ndarray, seconds: float, rate: float) -> np.ndarray:
    """Return the running mean over so many seconds, at least one sample."""
    size = max(1, round(seconds * rate))
    return np.convolve(x, np.ones(size) / size)[: len(x)]


def wind(
    rng: np.random.Generator, rate: float, seconds: float, speed: float, gusts: float, wire: float
) -> np.ndarray:
    """Return wind: a rumble that rises with the speed of the air, and the howl of a wire."""
    count = len(times_of(seconds, rate))
    slow = wander(rng, count, 0.3, rate) + 0.4 * wander(rng, count, 1.2, rate)
    air = speed * np.exp(0.5 * gusts * slow)
    shaper = Shaper(count, rate)
    v, f = air[shaper.places], shaper.bins
    corner = 30 * v
    rumble = np.minimum(1, f / 25) / (1 + (f / corner) ** 2) ** 0.8 / np.sqrt(corner)
    leaves = 0.05 * (f > 0) / (1 + (900 / (f + 1)) ** 2) / (1 + (f / (400 * v)) ** 2) / np.sqrt(v)
    x = shaper.noise(rng, rumble + leaves + (_howl(f, v, wire / 1000) if wire > 0 else 0))
    return x * (air / 10) ** 2  # a pressure grows with the square of the speed


def _howl(f: np.ndarray, v: np.ndarray, thickness: float) -> np.ndarray:
    """Return the gain of a wire in the wind: a narrow band about 0.2 v / d."""
    centre = STROUHAL * v / thickness
    return 0.45 / (1 + ((f - centre) / (0.05 * centre)) ** 2) / np.sqrt(centre)


def fire(
    rng: np.random.Generator, rate: float, seconds: float, size: float, crackle: float
) -> np.ndarray:
    """Return fire: gas that laps and hisses, and wood that cracks, now and then in a volley."""
    count = len(times_of(seconds, rate))
    lap = band_noise(rng, count, 25, 130, rate) * np.exp(0.5 * wander(rng, count, 3.5, rate))
    hiss = band_noise(rng, count, 1800, 7000, rate, 1.0) ** 3  # rare and strong: a heavy tail
    hiss = level(hiss) * np.exp(0.4 * wander(rng, count, 1.5, rate))
    u = times_of(0.03, rate)
    kernels = []
    for _ in range(20):
        burst = band_noise(rng, len(u), rng.uniform(500, 1500), rng.uniform(2500, 9000), rate)
        kernels.append(onset(burst * decay(u, rng.uniform(0.003, 0.028)), 0.0003, rate))
    events = crackle * np.exp(0.9 * wander(rng, count, 1.8, rate) - 0.4)
    cracks = strew(rng, events, kernels, seconds, rate, 0.9)
    return (0.2 + 0.8 * size) * (0.25 * lap + 0.05 * hiss) + 0.22 * cracks


def brook(
    rng: np.random.Generator, rate: float, seconds: float, bubbles: float, largest: float
) -> np.ndarray:
    """Return running water: bubbles of all sizes, each with its own pitch, in little runs."""
    count = len(times_of(seconds, rate))
    u, kernels = times_of(0.09, rate), []
    for n in range(_BUBBLES):
        share = (n + rng.random()) / _BUBBLES
        radius = 0.0005 * (largest / 0.5) ** share
        swing = MINNAERT / radius * (1 + rng.uniform(0, 6) * u)
        tone = np.sin(2 * np.pi * np.cumsum(swing) / rate) * decay(u, 0.012 + 16 * radius)
        kernels.append(radius**0.7 * onset(tone * heard_share(swing, rate), 0.0012, rate))
    events = bubbles * np.exp(0.5 * wander(rng, count, 3, rate))
    runs = level(strew(rng, events, kernels, seconds, rate, 0.6))
    bed = band_noise(rng, count, 250, 2500, rate, 1.0)
    return runs + 0.12 * bed


EFFECTS = (
    Effect(
        "rain",
        "rain by its drops",
        rain,
        True,
        {
            "intensity": Parameter(8.0, "mm of rain an hour", 0.1, 150),
            "surface": Parameter("ground", "what it falls on", choices=SURFACES),
        },
    ),
    Effect(
        "wind",
        "wind, and a wire that howls in it",
        wind,
        True,
        {
            "speed": Parameter(9.0, "metres a second", 1, 40),
            "gusts": Parameter(0.5, "0 for steady, 1 for a storm's"),
            "wire": Parameter(4.0, "thickness of the wire in mm, 0 for none", 0, 100),
        },
    ),
    Effect(
        "fire",
        "a fire of logs",
        fire,
        True,
        {
            "size": Parameter(0.5, "0 for embers, 1 for a bonfire"),
            "crackle": Parameter(9.0, "cracks a second", 0, 200),
        },
    ),
    Effect(
        "brook",
        "running water",
        brook,
        True,
        {
            "bubbles": Parameter(90.0, "how many a second", 1, 2000),
            "largest": Parameter(3.5, "radius of the largest, in mm", 0.8, 10),
        },
    ),
)
