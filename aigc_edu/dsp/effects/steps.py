"""Footsteps, knocks and doors: bodies that push on floors and boards.

Chapter: chapters/06-product/15-effects.ipynb

References
----------
P. R. Cook (2002), *Modeling Bill's gait: analysis and parametric synthesis of walking sounds*: heel
and toe, and grains for what lies loose on the ground.
A. Farnell (2010), *Designing sound*, the chapters on footsteps and on doors.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aigc_edu.dsp.effects.base import Effect, Parameter
from aigc_edu.dsp.effects.parts import (
    band_noise,
    decay,
    ended,
    level,
    onset,
    put,
    strew,
    times_of,
    wander,
)
from aigc_edu.dsp.modal import Modes, plate_modes, ring, struck


class Floor(NamedTuple):
    """What a floor answers to a foot.

    Attributes
    ----------
    thump
        Of the ground below: frequency in Hz, seconds for 60 dB, level.
    click
        Of sole on floor: lowest and highest frequency in Hz, seconds for 60 dB, level.
    grains
        Of what lies loose: how many a step, lowest and highest frequency in Hz, seconds for 60 dB
        of one, seconds that they go on, level.
    boards
        Level of the modes of a wooden board.
    """

    thump: tuple[float, float, float]
    click: tuple[float, float, float, float]
    grains: tuple[float, float, float, float, float, float]
    boards: float


FLOORS = {
    "wood": Floor((75, 0.18, 0.7), (300, 4500, 0.03, 0.9), (3, 900, 2500, 0.02, 0.1, 0.05), 1.0),
    "stone": Floor((110, 0.06, 0.3), (900, 6500, 0.045, 1.0), (12, 2500, 7000, 0.01, 0.08, 0.2), 0),
    "gravel": Floor((70, 0.08, 0.2), (400, 2500, 0.03, 0.1), (150, 1200, 6500, 0.012, 0.28, 1), 0),
    "snow": Floor((60, 0.1, 0.25), (200, 900, 0.05, 0.1), (900, 500, 3200, 0.008, 0.34, 1), 0),
    "grass": Floor((65, 0.12, 0.5), (300, 1500, 0.05, 0.25), (260, 1500, 7500, 0.006, 0.3, 0.5), 0),
}
_BOARD = ((1.6, 0.45), 0.022)  # of a wooden floor: sides and thickness in metres
_PANEL = ((2.0, 0.85), 0.035)  # of a door
_GRAINS = 16  # how many different ones there are in a step


def footstep(
    rng: np.random.Generator, rate: float, floor: str, weight: float, sole: float, pace: float
) -> np.ndarray:
    """Return one step: the heel lands, and the toe follows, sooner if the walker is quick."""
    later = 0.25 / pace * np.exp(0.08 * rng.standard_normal())
    heavy = (weight / 80) ** 0.5
    heel = _contact(rng, rate, FLOORS[floor], sole, heavy)
    toe = _contact(rng, rate, FLOORS[floor], 0.6 * sole, 0.8 * heavy)
    softer = 0.45 * np.exp(0.2 * rng.standard_normal())
    return put([(0.0, heel), (later, softer * toe)], rate)


def _contact(
    rng: np.random.Generator, rate: float, floor: Floor, sole: float, heavy: float
) -> np.ndarray:
    """Return what heel or toe makes of a floor; a hard sole is bright, a heavy body low."""
    low, high, ringing, loud = floor.click
    t = times_of(0.25, rate)
    bright = 0.45 + 1.1 * sole
    click = band_noise(rng, len(t), low, high * bright, rate) * decay(t, ringing)
    thump, lasting, boom = floor.thump
    thump *= heavy**-0.6 * np.exp(0.05 * rng.standard_normal())
    x = boom * heavy * np.sin(2 * np.pi * thump * t * (1 + 0.1 * decay(t, 0.1))) * decay(t, lasting)
    x += loud * bright * 0.4 * click * np.exp(0.15 * rng.standard_normal())
    parts = [(0.0, onset(x, 0.0006 + 0.004 * (1 - sole), rate))]
    if floor.boards:
        modes = plate_modes("wood", *_BOARD, strike=rng.uniform(0.15, 0.85, 2), highest=4000)
        board = struck(modes, 0.25 + 0.45 * sole, rate)
        parts.append((0.0, 0.5 * floor.boards * board / np.abs(board).max()))
    parts.append((0.0, _loose(rng, rate, floor, heavy)))
    return put(parts, rate)


def _loose(rng: np.random.Generator, rate: float, floor: Floor, heavy: float) -> np.ndarray:
    """Return the small collisions of what lies on a floor: many at first, then fewer."""
    number, low, high, ringing, going, loud = floor.grains
    t = times_of(1.4 * going, rate)
    rise = np.minimum(1, t / (0.25 * going))
    events = rise * decay(t - 0.3 * going, 1.6 * going)
    events *= number * heavy / (np.sum(events) / rate)
    u = times_of(2 * ringing, rate)
    centres = np.minimum(low * (high / low) ** rng.random(_GRAINS), 0.45 * rate)
    kernels = [np.sin(2 * np.pi * f * u + 6.3 * rng.random()) * decay(u, ringing) for f in centres]
    x = strew(rng, events, kernels, len(t) / rate, rate, 0.6)
    return ended(loud * 0.3 * x / np.sqrt(number / 100 + 1), 0.1 * going, rate)


def knock(
    rng: np.random.Generator, rate: float, material: str, count: float, hardness: float
) -> np.ndarray:
    """Return knocks on a panel: each hits another place, a little sooner or later."""
    at, blows = 0.0, []
    for _ in range(round(count)):
        modes = plate_modes(material, *_PANEL, strike=rng.uniform(0.2, 0.8, 2), highest=6000)
        short = modes._replace(seconds=np.minimum(modes.seconds, 0.35))  # hinges hold it
        hard = np.clip(hardness + 0.05 * rng.standard_normal(), 0, 1)
        blow = struck(short, hard, rate)
        blows.append((at, blow / np.abs(blow).max() * np.exp(0.15 * rng.standard_normal())))
        at += 0.19 * np.exp(0.12 * rng.standard_normal())
    return put(blows, rate)


def door(
    rng: np.random.Generator, rate: float, material: str, creak: float, force: float
) -> np.ndarray:
    """Return a door that closes: its hinge creaks, the latch snaps, panel and frame boom."""
    parts = []
    if creak > 0:
        parts.append((0.0, 0.25 * _creak(rng, rate, material, creak)))
    modes = plate_modes(material, *_PANEL, strike=(0.95, rng.uniform(0.3, 0.7)), highest=3000)
    short = modes._replace(seconds=np.minimum(modes.seconds, 0.5))
    slam = struck(short, 0.15 + 0.4 * force, rate)
    t = times_of(0.5, rate)
    boom = np.sin(2 * np.pi * 55 * np.exp(0.06 * rng.standard_normal()) * t) * decay(t, 0.35)
    x = put([(0, slam / np.abs(slam).max()), (0, 0.9 * onset(boom, 0.004, rate))], rate)
    parts.append((creak, (0.3 + 0.7 * force) * x))
    parts.append((creak + rng.uniform(0.008, 0.03), (0.25 + 0.2 * force) * _latch(rng, rate)))
    return put(parts, rate)


def _creak(rng: np.random.Generator, rate: float, material: str, seconds: float) -> np.ndarray:
    """Return a hinge that sticks and slips: pulses that come faster as the door does."""
    t = times_of(seconds, rate)
    pulses = 45 * np.exp(0.45 * wander(rng, len(t), 2.5, rate) + 0.5 * t / seconds)
    phase = np.cumsum(pulses) / rate
    slips = np.flatnonzero(np.diff(np.floor(phase), prepend=0.0) > 0)
    train = np.zeros(len(t))
    train[slips] = np.exp(0.35 * rng.standard_normal(len(slips)))
    body = plate_modes(material, (0.7, 0.3), 0.03, rng.uniform(0.2, 0.8, 2), highest=4500)
    answer = ring(body._replace(seconds=np.minimum(body.seconds, 0.06)), rate, 0.06)
    x = np.convolve(train, answer)[: len(t)]
    swell = np.sin(np.pi * np.minimum(1, t / seconds)) ** 0.5
    return ended(level(x) * swell * np.exp(0.25 * wander(rng, len(t), 4, rate)), 0.02, rate)


def _latch(rng: np.random.Generator, rate: float) -> np.ndarray:
    """Return a small steel tongue that snaps in, twice within a few hundredths of a second."""
    modes = plate_modes("steel", (0.05, 0.02), 0.004, rng.uniform(0.2, 0.8, 2), highest=12_000)
    click = ring(Modes(modes.frequencies, np.full(len(modes.frequencies), 0.04), modes.gains), rate)
    click = click / max(np.abs(click).max(), 1e-9)
    return put([(0.0, 0.6 * click), (rng.uniform(0.015, 0.04), click)], rate)


_MATERIAL = Parameter("wood", "what the door is made of", choices=("wood", "steel", "glass"))
EFFECTS = (
    Effect(
        "footstep",
        "one step of a walker",
        footstep,
        parameters={
            "floor": Parameter("wood", "what is trodden on", choices=tuple(FLOORS)),
            "weight": Parameter(80.0, "kilograms of the walker", 20, 200),
            "sole": Parameter(0.6, "0 for a bare foot, 1 for a heel of steel"),
            "pace": Parameter(1.8, "steps a second", 0.5, 4),
        },
    ),
    Effect(
        "knock",
        "knuckles on a door",
        knock,
        parameters={
            "material": _MATERIAL,
            "count": Parameter(3.0, "how many knocks", 1, 12),
            "hardness": Parameter(0.45, "0 for a fist in a glove, 1 for a ring of steel"),
        },
    ),
    Effect(
        "door",
        "a door that closes",
        door,
        parameters={
            "material": _MATERIAL,
            "creak": Parameter(1.0, "seconds that it creaks before", 0, 6),
            "force": Parameter(0.5, "0 for gently, 1 for slammed"),
        },
    ),
)
