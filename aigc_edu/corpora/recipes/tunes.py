"""The recipe of the built-in tunes: eight bars for two voices, by rules and by chance.

A tune has a key, a metre and a style. Its first phrase of four bars ends open, on a chord of the
fifth step, and its second one closes on the tonic. Bars of one letter share a motif: a rhythm, and
how the melody moves. Each bar has a chord; the melody meets it on the strong beats and goes by
steps between them. The bass plays the chord's root and what else the style wants.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple, TypeVar

import numpy as np

from aigc_edu.corpora.base import part_of_key
from aigc_edu.corpora.recipes.tones import chance
from aigc_edu.corpora.recipes.tune_styles import CLOSED, OPEN, STYLES, Rhythm, Style
from aigc_edu.music.keys import Key
from aigc_edu.music.score import BASS, Event, Score

SEED = 11
EACH = 480  # tunes of each style
LOWEST = 57  # MIDI number of the lowest tonic of a melody
BASS_FROM = 38  # of the lowest root of a bass
FLOOR, CEILING = -2, 9  # steps of the scale around the tonic between which a melody stays
STEPS_OF = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
STRONG = 8  # steps between strong beats: of four quarters the first and third, so of three
MIDDLE, PULL = 3, 0.6  # where melodies tend to, and what is left of the way from there at a bar
FIFTH, SEVENTH = 4, 6  # steps of the scale, from 0
CHORD = (0, 2, 4)  # steps above its root


T = TypeVar("T")


class Row(NamedTuple):
    """A tune before it is made."""

    key: str
    style: str
    part: str


class Motif(NamedTuple):
    """What bars of one letter share: a rhythm, and for each note after the first how it moves."""

    rhythm: Rhythm
    moves: tuple[int, ...]


@cache
def rows() -> tuple[Row, ...]:
    """Return all tunes by their keys, with the part of the official split that each is in."""
    keys = (f"{style}-{n:04d}" for style in STYLES for n in range(EACH))
    return tuple(Row(key, key.split("-")[0], part_of_key(key)) for key in keys)


def make(key: str) -> Score:
    """Make a tune from its key, ``waltz-0012``: the same on every machine."""
    name = key.split("-")[0]
    return compose(name, chance(SEED, key))[0]


def compose(name: str, rng: np.random.Generator) -> tuple[Score, Key]:
    """Draw a tune of a style.

    Parameters
    ----------
    name
        One of :data:`STYLES`.
    rng
        What the choices are drawn from.

    Returns
    -------
    tuple
        The score, and the key that it was written in.
    """
    style = STYLES[name]
    mode, tonic = _one(rng, style.modes), int(rng.integers(12))
    chords = (*_one(rng, OPEN), *_one(rng, CLOSED))
    forms = _one(rng, style.forms), _one(rng, style.forms)
    motifs = {letter: _motif(rng, style, letter == "d") for letter in "abcd"}
    pattern = _one(rng, style.bass)
    line = _Line(style, mode, tonic, rng)
    for bar, chord in enumerate(chords):
        letter = (forms[0] + forms[1])[bar]
        last = bar % 4 == 3
        motif = motifs[letter.lower()]
        if last:
            motif = _motif(rng, style, True)
        elif letter.isupper():
            motif = _fuller(motif, rng)
        line.melody_of(bar, chord, motif, closes=last)
        line.bass_of(bar, chord, pattern, closes=bar == len(chords) - 1)
    tempo = round(rng.uniform(*style.tempo))
    return Score(tuple(line.events), style.bar, tempo, name), Key(tonic, mode)


class _Line:
    """Writes bar after bar; it remembers where the melody was."""

    def __init__(self, style: Style, mode: str, tonic: int, rng: np.random.Generator) -> None:
        self.style, self.mode, self.rng = style, mode, rng
        self.tonic = LOWEST + (tonic - LOWEST) % 12
        self.root = BASS_FROM + (tonic - BASS_FROM) % 12
        self.place = int(rng.choice((0, 2, 4)))  # the step of the scale at which the melody is
        self.events: list[Event] = []

    def melody_of(self, bar: int, chord: int, motif: Motif, closes: bool) -> None:
        """Write a bar of the melody; it begins on a tone of the chord, not far from the middle."""
        start = now = bar * self.style.bar
        self.place = nearest(MIDDLE + round(PULL * (self.place - MIDDLE)), self._goals(chord, True))
        sounding = [n for n, length in enumerate(motif.rhythm) if length > 0]
        for n, length in enumerate(motif.rhythm):
            if length > 0:
                ends = closes and n == sounding[-1]
                goals = self._goals(chord, (now - start) % STRONG == 0 or ends, ends)
                if n != sounding[0]:
                    self.place = moved(self.place, motif.moves[sounding.index(n) - 1], goals)
                elif ends:
                    self.place = nearest(self.place, goals)
                self.events.append(Event(now, self._pitch(self.tonic, self.place, chord), length))
            now += abs(length)

    def _goals(self, chord: int, strong: bool, ends: bool = False) -> list[int]:
        """Return the steps that the melody may take: of the chord on strong beats, else any."""
        tones = [(chord + step) % 7 for step in CHORD] if strong else list(self.style.steps)
        if ends and chord == 0:
            tones = [0]
        return [p for p in range(FLOOR, CEILING + 1) if p % 7 in tones]

    def bass_of(
        self, bar: int, chord: int, pattern: Sequence[tuple[int, int, int]], closes: bool
    ) -> None:
        """Write a bar of the bass; the last one is one long root."""
        start = bar * self.style.bar
        for at, length, step in ((0, self.style.bar, 0),) if closes else pattern:
            place = chord + step if chord < 4 else chord - 7 + step
            pitch = self._pitch(self.root, place, chord)
            self.events.append(Event(start + at, pitch, length, BASS))

    def _pitch(self, tonic: int, place: int, chord: int) -> int:
        """Return the MIDI number of a step; in minor the fifth's chord has a raised seventh."""
        octave, step = divmod(place, 7)
        raised = self.mode == "minor" and chord == FIFTH and step == SEVENTH
        return tonic + 12 * octave + STEPS_OF[self.mode][step] + raised


def nearest(wanted: int, goals: Sequence[int]) -> int:
    """Return the goal that is nearest to what is wanted, of two the lower one."""
    return min(goals, key=lambda p: (abs(p - wanted), p))


def moved(place: int, move: int, goals: Sequence[int]) -> int:
    """Return the goal nearest to a move away, in its direction where there is one, else back."""
    for way in (1, -1):
        ahead = [p for p in goals if way * move * (p - place) > 0]
        if ahead:
            return nearest(place + way * move, ahead)
    return place


def _motif(rng: np.random.Generator, style: Style, ending: bool) -> Motif:
    """Draw a rhythm and how the melody moves in it: mostly on in one direction, by steps."""
    rhythm = _one(rng, style.endings if ending else style.rhythms)
    way, moves = int(rng.choice((-1, 1))), []
    for _ in range(sum(length > 0 for length in rhythm) - 1):
        if rng.random() < 0.35:
            way = -way
        moves.append(way * (int(rng.integers(2, 4)) if rng.random() < style.leap else 1))
    return Motif(rhythm, tuple(moves))


def _fuller(motif: Motif, rng: np.random.Generator) -> Motif:
    """Return a motif with one long note cut in two: up, and back where it was going."""
    long = [n for n, length in enumerate(motif.rhythm) if length >= 4]
    if not long:
        return motif
    n = int(rng.choice(long))
    half = motif.rhythm[n] // 2
    rhythm = (*motif.rhythm[:n], half, motif.rhythm[n] - half, *motif.rhythm[n + 1 :])
    after = sum(length > 0 for length in motif.rhythm[:n])
    return Motif(rhythm, (*motif.moves[:after], 1, *motif.moves[after:]))


def _one(rng: np.random.Generator, options: Sequence[T]) -> T:
    return options[int(rng.integers(len(options)))]
