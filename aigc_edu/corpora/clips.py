"""What one clip of a corpus is: its samples, and what is known about them."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from aigc_edu.music.score import Score

SAMPLES_IN_MEMORY = 2**30  # bytes that the clips of all corpora may hold between them


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
    qualities
        Words on how it sounds, such as ``"bright"`` or ``"percussive"``; empty where nobody said.
    """

    pitch: float
    velocity: int
    instrument: str
    family: str
    source: str
    qualities: tuple[str, ...] = ()

    @property
    def frequency(self) -> float:
        """The fundamental frequency in Hz, ``440 * 2^((pitch - 69) / 12)``."""
        return 440.0 * 2 ** ((self.pitch - 69) / 12)


class _Lazy:
    """A field of a clip; given as a function, it is read when it is first asked for."""

    def __init__(self, default: Any) -> None:
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, clip: Clip | None, owner: type | None = None) -> Any:
        if clip is None:
            return self.default  # on the class: what the dataclass takes for the default
        value = clip.__dict__[self.name]
        if callable(value):
            value = clip.__dict__[self.name] = value()
        return value

    def __set__(self, clip: Clip, value: Any) -> None:
        clip.__dict__[self.name] = value


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
        Reads the samples when they are first asked for.
    phonemes
        Empty where the corpus does not know them.
    text
        What is said, as words; empty where the corpus does not know it. A loader may give a
        function that reads it.
    note
        What is played, or None where it is no single note.
    score
        What is played as written music, or None where nobody wrote it down. A loader may give a
        function that makes or reads it.
    """

    key: str
    label: int | None
    speaker: str
    rate: int
    split: str
    load: Callable[[], np.ndarray] = field(repr=False)
    phonemes: tuple[Phoneme, ...] = ()
    text: str = _Lazy("")
    note: Note | None = None
    score: Score | None = _Lazy(None)

    @cached_property
    def samples(self) -> np.ndarray:
        """The waveform, float32 of shape (N,), within [-1, 1]; it cannot be written to.

        It is kept, until clips that were read later need the room: together they hold 1 GiB at
        most. Then it is read again when it is asked for again.
        """
        x = np.array(self.load(), np.float32)
        x.flags.writeable = False
        _memory.keep(self, x.nbytes)
        return x

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate


class _Memory:
    """Which clips hold their samples, in the order in which they were read.

    Without it, whoever walks once through a corpus of a day's speech has 7 GB of it in memory.
    """

    def __init__(self) -> None:
        self._order: deque[tuple[weakref.ref[Clip], int]] = deque()
        self._held = 0
        self._lock = threading.Lock()

    def keep(self, clip: Clip, size: int) -> None:
        with self._lock:
            self._order.append((weakref.ref(clip), size))
            self._held += size
            while self._held > SAMPLES_IN_MEMORY and len(self._order) > 1:
                oldest, freed = self._order.popleft()
                self._held -= freed
                if (old := oldest()) is not None:
                    old.__dict__.pop("samples", None)  # where cached_property keeps them


_memory = _Memory()
