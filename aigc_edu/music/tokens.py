"""A score as a row of tokens, and back: one vocabulary, and which token may follow which.

Chapter: chapters/06-product/12-composer.ipynb

A tune reads ``style, metre``, then for each bar the word ``bar`` and for each note that begins in
it three words: its position in the bar, its pitch (of the melody, or of the bass), its length.
``end`` comes last. Writing positions in a bar, instead of the time since the last note, is the idea
of Huang and Yang 2020, "Pop Music Transformer", arXiv:2002.00212.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.music.score import BARS, BASS, MELODY, VOICES, Event, Score, folded

STYLES = ("air", "march", "waltz", "lament", "dance")
ANY = "any"  # the style of a piece of which nobody said it
LOWEST, PITCHES = (53, 33), (36, 30)  # of melody and bass, MIDI numbers; how many of each
LONGEST = 16  # steps of a note; a longer one is cut
POSITIONS = max(BARS)

WORDS: tuple[str, ...] = (
    "end",
    *(f"style {name}" for name in (ANY, *STYLES)),
    *(f"metre {bar}" for bar in BARS),
    "bar",
    *(f"position {p}" for p in range(POSITIONS)),
    *(f"{VOICES[v]} {LOWEST[v] + n}" for v in (MELODY, BASS) for n in range(PITCHES[v])),
    *(f"length {n}" for n in range(1, LONGEST + 1)),
)
TOKENS = {word: number for number, word in enumerate(WORDS)}
END, BAR = TOKENS["end"], TOKENS["bar"]


def to_tokens(score: Score) -> list[int]:
    """Write a score down as tokens.

    Pitches outside of a voice's range are moved by octaves, lengths above 16 cut; what else is in
    the score, but for its tempo, can be read back.

    Parameters
    ----------
    score
        With a note at least.

    Returns
    -------
    list of int
        Numbers into :data:`WORDS`, the last one ``end``.
    """
    if not len(score):
        raise InvalidValueError("a score without notes cannot be written down")
    style = score.style if score.style in STYLES else ANY
    words, bar = [f"style {style}", f"metre {score.bar}"], -1
    for event in score.events:
        while bar < event.start // score.bar:
            words.append("bar")
            bar += 1
        words += _words_of(event, score.bar)
    return [TOKENS[word] for word in (*words, "end")]


def _words_of(event: Event, bar: int) -> list[str]:
    low = LOWEST[event.voice]
    pitch = folded(event.pitch, low, low + PITCHES[event.voice] - 1)
    length = min(event.length, LONGEST)
    return [f"position {event.start % bar}", f"{VOICES[event.voice]} {pitch}", f"length {length}"]


def from_tokens(tokens: Sequence[int], tempo: float = 100.0) -> Score:
    """Read a score from tokens; the last note or bar may be unfinished and is then left out.

    Raises
    ------
    InvalidValueError
        If a token stands where it may not; the text names it and its place.
    """
    reader = Grammar()
    for number, token in enumerate(tokens):
        if not 0 <= int(token) < len(WORDS) or not reader.allowed()[int(token)]:
            word = WORDS[token] if 0 <= int(token) < len(WORDS) else token
            raise InvalidValueError(f"token {number}, {word!r}, may not stand there")
        reader.push(int(token))
    style = None if reader.style == ANY else reader.style
    return Score(tuple(reader.events), reader.metre or BARS[-1], tempo, style)


def _range(kind: str) -> slice:
    """Return where the tokens of a kind lie."""
    found = [n for n, word in enumerate(WORDS) if word.split()[0] == kind]
    return slice(found[0], found[-1] + 1)


_STYLE, _METRE, _POSITION, _LENGTH = (_range(k) for k in ("style", "metre", "position", "length"))
_PITCH = tuple(_range(voice) for voice in VOICES)


class Grammar:
    """Reads tokens one by one, and knows which may come next.

    Attributes
    ----------
    style, metre
        What was read of them: a name, steps of a bar; None before.
    events
        The whole notes so far.
    bars
        Bars that have begun.
    """

    def __init__(self) -> None:
        self.style: str | None = None
        self.metre: int | None = None
        self.events: list[Event] = []
        self.bars = 0
        self.ended = False
        self._last: str | None = None  # the kind of the word before
        self._position, self._voice, self._pitch = -1, -1, -1
        self._free = [0, 0]  # the step at which each voice's last note ends

    def push(self, token: int) -> None:
        """Read a token, one of those :meth:`allowed`."""
        kind, _, value = WORDS[token].partition(" ")
        if kind == "bar":
            self.bars, self._position, self._voice = self.bars + 1, -1, -1
        elif kind == "position":
            self._voice = -1 if int(value) != self._position else self._voice
            self._position = int(value)
        elif kind in VOICES:
            self._voice, self._pitch = VOICES.index(kind), int(value)
        elif kind == "length":
            start = (self.bars - 1) * (self.metre or 0) + self._position
            self.events.append(Event(start, self._pitch, int(value), self._voice))
            self._free[self._voice] = start + int(value)
        elif kind == "style":
            self.style = value
        elif kind == "metre":
            self.metre = int(value)
        self.ended = kind == "end"
        self._last = kind

    def allowed(self) -> np.ndarray:
        """Return which tokens may come next: bool, one for each of :data:`WORDS`."""
        may = np.zeros(len(WORDS), bool)
        if self.ended:
            return may
        if self._last is None:
            may[_STYLE] = True
        elif self._last == "style":
            may[_METRE] = True
        elif self._last == "position":
            for voice in self._voices(self._position):
                may[_PITCH[voice]] = True
        elif self._last in VOICES:
            may[_LENGTH] = True
        else:
            may[BAR], may[END] = True, bool(self.events)
            may[_POSITION] = self._positions() if self._last != "metre" else False
        return may

    def _positions(self) -> list[bool]:
        """Return at which positions of the bar a voice may still begin a note."""
        ahead = range(max(self._position, 0), self.metre or 0)
        return [p in ahead and bool(self._voices(p)) for p in range(POSITIONS)]

    def _voices(self, position: int) -> list[int]:
        """Return the voices that may begin at a position: free ones, the melody before the bass."""
        now = (self.bars - 1) * (self.metre or 0) + position
        least = self._voice + 1 if position == self._position else 0
        return [v for v in range(least, len(VOICES)) if self._free[v] <= now]


def room(tokens: Sequence[int]) -> tuple[int, int]:
    """Return by how many semitones a row of tokens can be moved down, as 0 or less, and up."""
    down, up = -12, 12
    row = np.asarray(tokens)
    for part in _PITCH:
        there = row[(row >= part.start) & (row < part.stop)]
        if len(there):
            down, up = (
                max(down, part.start - int(there.min())),
                min(up, part.stop - 1 - int(there.max())),
            )
    return down, up


def moved(tokens: Sequence[int], semitones: int) -> list[int]:
    """Return a row of tokens with all its pitches moved.

    Raises
    ------
    InvalidValueError
        If there is no :func:`room` for that.
    """
    down, up = room(tokens)
    if not down <= semitones <= up:
        raise InvalidValueError(f"there is room from {down} to {up} semitones, not {semitones}")
    low, high = _PITCH[MELODY].start, _PITCH[BASS].stop
    return [t + semitones if low <= t < high else t for t in map(int, tokens)]
