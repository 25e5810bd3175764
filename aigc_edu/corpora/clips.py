"""What one clip of a corpus is: its samples, and what is known about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Phoneme:
    """A phoneme and where it sounds.

    Attributes
    ----------
    symbol
        In the International Phonetic Alphabet; empty for a pause.
    start, stop
        Sample positions in the clip, at the clip's rate; ``stop`` is not included.
    """

    symbol: str
    start: int
    stop: int


@dataclass(frozen=True)
class Note:
    """What is played in a clip of a single note, in the manner of NSynth.

    Attributes
    ----------
    pitch
        As a MIDI note number; 69 is the A of 440 Hz, and 1 more is a semitone. It may lie between.
    velocity
        How hard the note is struck, 1 ... 127.
    instrument
        Name of the one instrument that plays it.
    family
        The kind of instrument, ``"guitar"`` for instance.
    source
        How the sound came about: ``"acoustic"``, ``"electronic"`` or ``"synthetic"``.
    """

    pitch: float
    velocity: int
    instrument: str
    family: str
    source: str

    @property
    def frequency(self) -> float:
        """The fundamental frequency in Hz, ``440 * 2^((pitch - 69) / 12)``."""
        return 440.0 * 2 ** ((self.pitch - 69) / 12)


@dataclass(frozen=True, eq=False)
class Clip:
    """One recording.

    Attributes
    ----------
    key
        Name of the clip, unique in its corpus.
    label
        Index into the corpus's ``labels``; for digits, the digit itself. None where the corpus
        has no classes.
    speaker
        Name of the speaker or voice; of what else must not be in two parts of a split where nobody
        speaks: the instrument, or the recording that the clip was cut from.
    rate
        Sampling rate in Hz.
    split
        The official part it belongs to: ``"train"``, ``"validation"`` or ``"test"``.
    load
        Reads the samples; called once, when they are first asked for.
    phonemes
        Empty where the corpus does not know them.
    text
        What is said, as words; empty where the corpus does not know it.
    note
        What is played, or None where it is no single note.
    """

    key: str
    label: int | None
    speaker: str
    rate: int
    split: str
    load: Callable[[], np.ndarray] = field(repr=False)
    phonemes: tuple[Phoneme, ...] = ()
    text: str = ""
    note: Note | None = None

    @cached_property
    def samples(self) -> np.ndarray:
        """The waveform, float32 of shape (N,), within [-1, 1]; it cannot be written to."""
        x = np.array(self.load(), np.float32)
        x.flags.writeable = False
        return x

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate
