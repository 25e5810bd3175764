"""Written music: the notes of two voices on a grid of sixteenths.

Chapter: chapters/06-product/12-composer.ipynb
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from aigc_edu.errors import InvalidValueError

STEPS = 4  # of a quarter note: a step of the grid is a sixteenth
MELODY, BASS = 0, 1
VOICES = ("melody", "bass")
BARS = (12, 16)  # steps of a bar that can be written: three quarters, or four
SLOWEST, FASTEST = 20.0, 400.0  # quarter notes a minute


class Event(NamedTuple):
    """One note of a score.

    Attributes
    ----------
    start, length
        In steps of a sixteenth; the first step of the score is 0, and a length is 1 or more.
    pitch
        A MIDI number, 0 ... 127; 60 is the middle C.
    voice
        :data:`MELODY` or :data:`BASS`.
    """

    start: int
    pitch: int
    length: int
    voice: int = MELODY

    @property
    def stop(self) -> int:
        """The first step after the note."""
        return self.start + self.length


@dataclass(frozen=True)
class Score:
    """A piece of music for two voices, each of which plays one note at a time.

    Attributes
    ----------
    events
        The notes; they are put in the order of their starts, at one step the melody first.
    bar
        Steps of a bar, one of :data:`BARS`.
    tempo
        Quarter notes a minute, 20 ... 400.
    style
        What kind of piece it is, or None where nobody said.

    Raises
    ------
    InvalidValueError
        If a note, the bar or the tempo is out of bounds, or two notes of one voice overlap.
    """

    events: tuple[Event, ...]
    bar: int = 16
    tempo: float = 100.0
    style: str | None = None

    def __post_init__(self) -> None:
        ordered = sorted((Event(*event) for event in self.events), key=lambda e: (e.start, e.voice))
        object.__setattr__(self, "events", tuple(ordered))
        if self.bar not in BARS:
            raise InvalidValueError(f"a bar has 12 or 16 sixteenths, got {self.bar}")
        if not SLOWEST <= self.tempo <= FASTEST:
            raise InvalidValueError(f"the tempo lies from 20 to 400, got {self.tempo:g}")
        for event in self.events:
            _check(event)
        for voice in range(len(VOICES)):
            _check_one_at_a_time(self.voice(voice))

    def __len__(self) -> int:
        """Return the number of notes."""
        return len(self.events)

    @property
    def steps(self) -> int:
        """The step at which the last note ends; 0 without notes."""
        return max((event.stop for event in self.events), default=0)

    @property
    def bars(self) -> int:
        """Bars that have begun when the last note ends."""
        return math.ceil(self.steps / self.bar)

    @property
    def step_seconds(self) -> float:
        """How long a step takes, in seconds."""
        return 60 / self.tempo / STEPS

    @property
    def seconds(self) -> float:
        """How long the score takes up to the end of its last note."""
        return self.steps * self.step_seconds

    def voice(self, number: int) -> tuple[Event, ...]:
        """Return the notes of one voice, in their order."""
        return tuple(event for event in self.events if event.voice == number)

    def transposed(self, semitones: int) -> Score:
        """Return the score with all pitches moved up, or down where ``semitones`` is negative."""
        moved = tuple(e._replace(pitch=e.pitch + semitones) for e in self.events)
        return replace(self, events=moved)

    def cut(self, first: int, last: int) -> Score:
        """Return the bars ``first`` to ``last - 1``, so that ``first`` becomes the first bar.

        A note belongs to the bar in which it begins; at the end it is cut off.
        """
        if not 0 <= first < last:
            raise InvalidValueError(f"expected bars 0 <= first < last, got {first} and {last}")
        begin, end = first * self.bar, last * self.bar
        inside = (e for e in self.events if begin <= e.start < end)
        shifted = (
            e._replace(start=e.start - begin, length=min(e.stop, end) - e.start) for e in inside
        )
        return replace(self, events=tuple(shifted))

    def then(self, other: Score) -> Score:
        """Return this score's whole bars and the other's notes behind them, at this one's tempo."""
        shift = self.bars * self.bar
        later = (e._replace(start=e.start + shift) for e in other.events)
        return replace(self, events=(*self.events, *later))


def folded(pitch: int, low: int, high: int) -> int:
    """Return a pitch moved by octaves, as few as possible, to where ``low <= pitch <= high``.

    Raises
    ------
    InvalidValueError
        If there is no octave between the bounds.
    """
    if high - low < 11:
        raise InvalidValueError(f"from {low} to {high} not every tone has a place")
    if pitch < low:
        return pitch + 12 * math.ceil((low - pitch) / 12)
    return pitch - 12 * math.ceil(max(0, pitch - high) / 12)


def skyline(notes: Iterable[tuple[int, int, int]], top: bool = True) -> list[Event]:
    """Return the highest (or lowest) line through notes that may sound together.

    Of notes that begin at one step the highest stays; a note ends where the next one that stays
    begins, and one that begins below a note that still sounds is left out.

    Parameters
    ----------
    notes
        Start, pitch and length of each, in steps.
    top
        False for the lowest line; then read "lowest" for "highest", and "above" for "below".
    """
    sign = 1 if top else -1
    line: list[Event] = []
    for start, pitch, length in sorted(notes, key=lambda note: (note[0], -sign * note[1])):
        if line and start < line[-1].stop:
            if start == line[-1].start or sign * pitch < sign * line[-1].pitch:
                continue
            line[-1] = line[-1]._replace(length=start - line[-1].start)
        line.append(Event(start, pitch, length, MELODY if top else BASS))
    return line


def _check(event: Event) -> None:
    if event.start < 0 or event.length < 1 or not 0 <= event.pitch <= 127:
        raise InvalidValueError(
            f"a note starts at 0 or later, lasts a step or more and has a pitch of 0 ... 127, "
            f"got {event}"
        )
    if event.voice not in range(len(VOICES)):
        raise InvalidValueError(f"there are the voices 0 and 1, got {event.voice}")


def _check_one_at_a_time(line: Sequence[Event]) -> None:
    for one, other in pairwise(line):
        if other.start < one.stop:
            raise InvalidValueError(
                f"a voice plays one note at a time; {other} begins before {one} ends"
            )
