"""From a script to sound: lines, pauses, rooms, what lies under them, and where all of it is.

Chapter: chapters/06-product/10-audiobook-and-radio-play.ipynb
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.speaking.lines import SPOKEN, Speaker, levelled, speak
from aigc_edu.speaking.rooms import panned, placed
from aigc_edu.speaking.script import (
    NARRATOR,
    Chapter,
    Item,
    Line,
    Pause,
    Script,
    ScriptError,
    Sound,
)
from aigc_edu.speaking.sounds import NOTHING, sound_of
from aigc_edu.speaking.voices import Voice

UNDER_FADE = 0.5  # seconds in which what lies under a scene comes and goes


@dataclass(frozen=True)
class Placed:
    """What is heard from when to when, in samples of the chapter; a room may ring on after it."""

    item: Item
    start: int
    stop: int


@dataclass(frozen=True)
class Rendered:
    """A chapter as sound.

    Attributes
    ----------
    samples
        float64, shape (C, N), with C = 1 or 2. It may pass full scale.
    placed
        Lines, pauses and sounds in their order.
    """

    samples: np.ndarray
    placed: tuple[Placed, ...]


def render_chapter(script: Script, number: int, speaker: Speaker) -> Rendered:
    """Return a chapter of a script as sound.

    Each line has a loudness of -23 LUFS and its voice's level before its room is put around it.
    Between two lines there is the script's pause; ``[pause S]`` stands in its place.

    Parameters
    ----------
    script
        From :func:`aigc_edu.speaking.read_script`.
    number
        Of the chapter, from 0.
    speaker
        Who speaks all parts.

    Raises
    ------
    ScriptError
        If a line can't be spoken, or a sound not be read; the text names the line.
    """
    chapter = script.chapters[number]
    mix = _Mix(2 if script.stereo else 1, speaker.rate, script)
    for item in _items(script, chapter):
        try:
            mix.take(item, speaker)
        except InvalidValueError as error:
            raise ScriptError(f"line {item.number}: {error}") from error
    return mix.finished()


def _items(script: Script, chapter: Chapter) -> Iterator[Item]:
    """Yield what is heard in a chapter, its title first if it is announced."""
    if script.announce:
        spoken = (i for c in script.chapters for i in c.items if isinstance(i, Line))
        voice = next((line.voice for line in spoken if line.who == NARRATOR), Voice())
        yield Line(chapter.number, NARRATOR, f"{chapter.title}.", voice)
        yield Pause(chapter.number, 2 * script.pause)
    yield from chapter.items


class _Mix:
    """A chapter that is being put together."""

    def __init__(self, channels: int, rate: int, script: Script) -> None:
        self.channels, self.rate, self.script = channels, rate, script
        self.parts: list[tuple[int, np.ndarray]] = []  # where it begins, (C, N)
        self.placed: list[Placed] = []
        self.under: list[tuple[int, Sound]] = []
        self.now, self.rested = 0, True  # rested: no pause is due before the next line

    def take(self, item: Item, speaker: Speaker) -> None:
        """Put the next item behind what there is."""
        if isinstance(item, Sound) and item.under:
            self.under.append((self.now, item))
        elif isinstance(item, Pause):
            self.pause(item)
        elif isinstance(item, Sound):
            x = sound_of(item.name, self.rate, item.seconds, self.script.folder)
            x = levelled(x, self.rate, SPOKEN + item.level, item.name)
            self.put(item, x, len(x), Voice())
        else:
            x = speak(speaker, item.text, item.voice)
            self.put(item, placed(x, self.rate, item.voice.room, item.voice.distance), len(x))

    def pause(self, item: Pause) -> None:
        stop = self.now + round(item.seconds * self.rate)
        self.placed.append(Placed(item, self.now, stop))
        self.now, self.rested = stop, True

    def put(self, item: Item, x: np.ndarray, length: int, voice: Voice | None = None) -> None:
        """Lay a sound down; the next one waits for ``length`` samples, not for the room."""
        if not self.rested:
            self.now += round(self.script.pause * self.rate)
        voice = voice or item.voice  # type: ignore[union-attr]
        self.parts.append((self.now, self.in_channels(x, voice.side)))
        self.placed.append(Placed(item, self.now, self.now + length))
        self.now, self.rested = self.now + length, False

    def in_channels(self, x: np.ndarray, side: float = 0.0) -> np.ndarray:
        return panned(x, side) if self.channels == 2 else x[None]

    def finished(self) -> Rendered:
        """Return all of it in one piece, as long as its last sound rings."""
        end = max([self.now, *(start + x.shape[1] for start, x in self.parts)])
        y = np.zeros((self.channels, end))
        for start, x in [*self.parts, *self.beds(end)]:
            y[:, start : start + x.shape[1]] += x
        return Rendered(y, tuple(self.placed))

    def beds(self, end: int) -> Iterator[tuple[int, np.ndarray]]:
        """Yield what lies under the scene: each sound until the next one, or to the end."""
        stops = [start for start, _ in self.under[1:]] + [end]
        for (start, sound), stop in zip(self.under, stops, strict=False):
            if sound.name == NOTHING or stop <= start:
                continue
            seconds = (stop - start) / self.rate
            x = sound_of(sound.name, self.rate, seconds, self.script.folder)
            fade = min(round(UNDER_FADE * self.rate), len(x) // 2)
            ramp = np.minimum(1, np.arange(len(x)) / max(1, fade))
            x = levelled(x, self.rate, SPOKEN + sound.level, sound.name) * ramp * ramp[::-1]
            yield start, self.in_channels(x)
