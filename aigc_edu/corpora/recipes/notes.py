"""The recipe of the built-in notes: eleven families, six instruments each, in NSynth's manner.

Every instrument is an archetype, a trumpet say, whose numbers are varied by chance. It plays twelve
pitches from its range with two velocities each. A note is made by itself from its key alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from aigc_edu.corpora.clips import Note
from aigc_edu.corpora.recipes import plucked, sustained
from aigc_edu.corpora.recipes.archetypes import ARCHETYPES
from aigc_edu.corpora.recipes.tones import Tone, between, chance, ended, loudest

SEED = 3
VELOCITIES = (25, 50, 75, 100, 127)  # NSynth's
PITCHES = 12  # of each instrument
SECONDS = 1.024  # 16,384 samples
HELD = 0.75  # share of the note after which it is let go, as in NSynth
LEVEL = 0.2  # root mean square of the loudest tenth of a second, at full velocity
PEAK = 0.9
_PLAY: dict[str, Callable[[Tone, dict[str, Any]], np.ndarray]] = {
    "bass": plucked.bass,
    "brass": sustained.brass,
    "flute": sustained.flute,
    "guitar": plucked.guitar,
    "keyboard": plucked.keyboard,
    "mallet": plucked.mallet,
    "organ": sustained.organ,
    "reed": sustained.reed,
    "string": sustained.string,
    "synth_lead": sustained.synth_lead,
    "vocal": sustained.vocal,
}
FAMILIES = tuple(_PLAY)


class Instrument(NamedTuple):
    """One instrument: its family, what it is like, its lowest and highest pitch, its numbers."""

    name: str
    family: str
    kind: str
    low: int
    high: int
    numbers: dict[str, Any]
    part: str


class Row(NamedTuple):
    """One note before it is made."""

    key: str
    note: Note
    part: str


@cache
def instruments() -> dict[str, Instrument]:
    """Return all instruments by their names."""
    made = {}
    for family in FAMILIES:
        for i, (kind, low, high, numbers) in enumerate(ARCHETYPES[family]):
            name = f"{family}_synthetic_{i:03d}"
            drawn = _drawn(chance(SEED, name), numbers)
            part = {4: "validation", 5: "test"}.get(i, "train")
            made[name] = Instrument(name, family, kind, low, high, drawn, part)
    return made


def _drawn(rng: np.random.Generator, numbers: dict[str, Any]) -> dict[str, Any]:
    """Draw an instrument's numbers: a pair stands for a range, ``("body", ...)`` for a body."""
    drawn: dict[str, Any] = {}
    for name, value in numbers.items():
        if isinstance(value, tuple) and value and value[0] == "body":
            value = sustained.body_of(rng, *value[1:])
        elif isinstance(value, tuple) and len(value) == 2:
            value = between(rng, *value)
        drawn[name] = value
    return drawn | {"start": 2 * np.pi * rng.random()}


@cache
def rows() -> tuple[Row, ...]:
    """Return all notes: each instrument's pitches lie evenly in its range, off by chance."""
    notes = []
    for name, who in instruments().items():
        rng = chance(SEED, name, "pitches")
        places = (np.arange(PITCHES) + rng.random(PITCHES)) / PITCHES
        pitches = who.low + np.floor(places * (who.high - who.low + 1)).astype(int)
        first = int(5 * rng.random())
        for i, pitch in enumerate(pitches):
            for j in (0, 2):  # two velocities; over the pitches all five come up alike
                velocity = VELOCITIES[(first + 3 * i + j) % 5]
                key = f"{name}-{pitch:03d}-{velocity:03d}"
                note = Note(int(pitch), velocity, name, who.family, "synthetic")
                notes.append(Row(key, note, who.part))
    return tuple({row.key: row for row in notes}.values())


def make(key: str, seconds: float = SECONDS) -> np.ndarray:
    """Make a note from its key, ``flute_synthetic_002-072-100``.

    Returns
    -------
    ndarray
        float64, shape (16000 seconds,), within [-1, 1].
    """
    name, pitch, velocity = key.rsplit("-", 2)
    who = instruments()[name]
    frequency, force = 440 * 2 ** ((int(pitch) - 69) / 12), int(velocity) / 127
    tone = Tone(frequency, force, seconds, HELD * seconds, chance(SEED, key))
    x = ended(_PLAY[who.family](tone, who.numbers))
    x = x * force**1.2 * LEVEL / loudest(x)
    return x * min(1.0, PEAK / np.abs(x).max())
