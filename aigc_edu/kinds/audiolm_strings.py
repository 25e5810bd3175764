"""What an AudioLM learns from: strings of digits by one voice, or of notes by one instrument.

Chapter: chapters/05-tokens/03-audiolm.ipynb

Clips are joined with short silences between them; notes are held for a while and walk up and down
the pitches that the instrument has. A string depends on the seed and its number alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from aigc_edu.audio import resample
from aigc_edu.audio.levels import scaled_to
from aigc_edu.corpora import Clip, Corpus
from aigc_edu.errors import InvalidValueError

PEAK = 0.5  # of each clip
GAPS = (0.15, 0.3)  # seconds of silence between digits: more than the closure in *eight* has
HELD = (0.25, 0.5)  # seconds of a note
FADE = 0.01  # seconds at the end of a note that is cut
SPEED = 0.15  # by which a string is played faster or slower at most, with ``vary``
COLOUR = 4.0  # dB, the largest deviation of the gains in its bands, with ``vary``
BANDS = (100, 300, 700, 1400, 2400, 4000)  # Hz, where those gains are drawn


class String(NamedTuple):
    """Clips behind each other.

    Attributes
    ----------
    samples
        float32, shape (N,), in [-1, 1].
    speaker
        Whose voice or instrument it is.
    starts
        Where each clip begins, in samples; the last may be cut off.
    keys
        The clips' keys.
    """

    samples: np.ndarray
    speaker: str
    starts: tuple[int, ...]
    keys: tuple[str, ...]


def strings_of(
    corpus: Corpus, count: int, seconds: float, seed: int, vary: bool = False
) -> list[String]:
    """Return strings of one length; the speakers take turns.

    Parameters
    ----------
    corpus
        The clips.
    count
        How many strings.
    seconds
        Of each.
    seed
        Of all choices.
    vary
        Whether each is played a little faster or slower, which changes its pitch and vowels, too,
        and through a filter of its own: as if there were more voices, so that a model has to listen
        to a prompt rather than know its voice by heart.

    Raises
    ------
    InvalidValueError
        If there are no clips.
    """
    return list(Strings(corpus, count, seconds, seed, vary))


@dataclass(frozen=True)
class Strings:
    """What :func:`strings_of` returns, each made when its turn comes: thousands need no room.

    They can be gone through again and again. Parameters: see there.
    """

    corpus: Corpus
    count: int
    seconds: float
    seed: int
    vary: bool = False

    def __post_init__(self) -> None:
        if len(self.corpus) == 0:
            raise InvalidValueError("there are no clips to make strings of")

    def __iter__(self) -> Iterator[String]:
        """Go through the strings."""
        voices = [[c for c in self.corpus if c.speaker == name] for name in self.corpus.speakers]
        for i in range(self.count):
            random = np.random.default_rng([self.seed, i])
            yield _string(voices[i % len(voices)], self.seconds, random, self.vary)


def _string(
    clips: Sequence[Clip], seconds: float, random: np.random.Generator, vary: bool
) -> String:
    rate, length = clips[0].rate, round(seconds * clips[0].rate)
    speed = random.uniform(1 - SPEED, 1 + SPEED) if vary else 1.0
    pieces: list[np.ndarray] = []
    starts, keys, total = [], [], 0
    chosen = _walk(clips, random) if clips[0].note else _any(clips, random)
    while total < length * speed + 1:
        clip = next(chosen)
        pieces += _played(clip, random)
        starts.append(round(total / speed))
        keys.append(clip.key)
        total += len(pieces[-2]) + len(pieces[-1])
    x = np.concatenate(pieces)
    if vary:
        x = at_level(coloured(resample(x, round(rate * speed), rate), rate, random))
    inside = [i for i, start in enumerate(starts) if start < length]
    return String(
        np.clip(x[:length], -1, 1).astype(np.float32),
        clips[0].speaker,
        tuple(starts[i] for i in inside),
        tuple(keys[i] for i in inside),
    )


def coloured(x: np.ndarray, rate: int, random: np.random.Generator) -> np.ndarray:
    """Return samples (N,) through a filter whose gains in :data:`BANDS` are drawn.

    They are normal, of a deviation that is drawn first, from 0 to :data:`COLOUR` dB; between the
    bands' logarithms they run straight.
    """
    gains = random.uniform(0, COLOUR) * random.standard_normal(len(BANDS))
    hertz = np.maximum(np.fft.rfftfreq(len(x), 1 / rate), BANDS[0])
    db = np.interp(np.log(hertz), np.log(BANDS), gains)
    return np.fft.irfft(np.fft.rfft(x) * 10 ** (db / 20), len(x))


def _played(clip: Clip, random: np.random.Generator) -> list[np.ndarray]:
    """Return a clip and the silence behind it, which may be empty."""
    x = at_level(clip.samples)
    if clip.note:
        x = x[: round(random.uniform(*HELD) * clip.rate)]
        fade = min(len(x), round(FADE * clip.rate))
        x = np.concatenate([x[: len(x) - fade], x[len(x) - fade :] * np.linspace(1, 0, fade)])
        return [x, x[:0]]
    return [x, np.zeros(round(random.uniform(*GAPS) * clip.rate))]


def at_level(x: np.ndarray) -> np.ndarray:
    """Return samples (N,) with the largest at :data:`PEAK`; silence stays silence."""
    return scaled_to(x, PEAK)


def _any(clips: Sequence[Clip], random: np.random.Generator) -> Iterator[Clip]:
    while True:
        yield clips[int(random.integers(len(clips)))]


def _walk(clips: Sequence[Clip], random: np.random.Generator) -> Iterator[Clip]:
    """Go one or two pitches up or down from note to note, among those that there are."""
    pitches = sorted({clip.note.pitch for clip in clips})
    place = int(random.integers(len(pitches)))
    while True:
        same = [clip for clip in clips if clip.note.pitch == pitches[place]]
        yield same[int(random.integers(len(same)))]
        step = int(random.choice([-2, -1, 1, 2]))
        place = place + step if 0 <= place + step < len(pitches) else place - step
        place = int(np.clip(place, 0, len(pitches) - 1))
