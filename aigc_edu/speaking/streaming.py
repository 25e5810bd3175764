"""Speaking while the answer is still being written: sentence by sentence, piece by piece.

Chapter: chapters/06-product/09-a-voice-of-your-own.ipynb
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aigc_edu.audio import loudness
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.vits import say_in_pieces
from aigc_edu.speaking.lines import SPOKEN, Network, Speaker, speak
from aigc_edu.speaking.voices import Voice
from aigc_edu.text import phonemes_of, sentences_of

GAP = 0.25  # seconds between two sentences
_SAMPLE = "This is how loud I usually am."


@dataclass(frozen=True)
class Piece:
    """A stretch of sound, and when it was ready.

    Attributes
    ----------
    samples
        float64, shape (N,).
    rate
        In Hz.
    ready
        Seconds from the question on.
    sentence
        Of which sentence, from 0; its text is ``text``.
    """

    samples: np.ndarray
    rate: int
    ready: float
    sentence: int
    text: str

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate


def sentences_as_they_come(parts: Iterable[str]) -> Iterator[str]:
    """Yield each sentence as soon as the next one has begun, and what is left at the end.

    Parameters
    ----------
    parts
        Pieces of a text, as a program writes them: words, letters, lines.
    """
    text = ""
    for part in parts:
        text += part
        *whole, text = sentences_of(text) if text.strip() else ["", text]
        if part[-1:].isspace():
            text += " "
        yield from filter(None, whole)
    yield from filter(None, sentences_of(text))


def stream(
    speaker: Speaker,
    parts: Iterable[str],
    voice: Voice | None = None,
    frames: int | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Piece]:
    """Yield an answer as sound, each piece as soon as it is ready.

    Parameters
    ----------
    speaker
        Who speaks.
    parts
        The text, in whatever pieces it comes.
    voice
        How; the network's own voice by default.
    frames
        Decode so many frames at a time, so that a sentence begins before it is finished. For the
        course's network alone, and for its own pitch, formants and melody: to change these, a
        sentence must be whole. By default a piece is a sentence.
    clock
        Seconds that pass.

    Raises
    ------
    InvalidValueError
        If pieces of frames are asked for, and the voice or the speaker can't have them.
    """
    voice, began = voice or Voice(), clock()
    if frames is not None and not (isinstance(speaker, Network) and _plain(voice)):
        raise InvalidValueError(
            "pieces of a sentence need the course's network with its own pitch, formants and "
            "melody; leave frames out, and a piece is a sentence"
        )
    for number, text in enumerate(sentences_as_they_come(parts)):
        rest = np.zeros(round(GAP * speaker.rate) if number else 0)
        for n, x in enumerate(_spoken(speaker, text, voice, frames, number)):
            x = x if n else np.concatenate([rest, x])
            yield Piece(x, speaker.rate, clock() - began, number, text)


def _spoken(
    speaker: Speaker, text: str, voice: Voice, frames: int | None, number: int
) -> Iterator[np.ndarray]:
    if frames is None:
        yield speak(speaker, text, voice)
        return
    assert isinstance(speaker, Network)
    gain, manner = gain_of(speaker, voice), speaker.manner(voice)
    for x in say_in_pieces(speaker.trained, phonemes_of(text), manner, number, frames):
        yield gain * x


def gain_of(speaker: Speaker, voice: Voice) -> float:
    """Return the factor that makes a speaker's usual sentence as loud as all others are.

    Who speaks piece by piece can't wait for a sentence's loudness. It is measured once, on one
    sentence, and kept with the speaker.
    """
    usual = getattr(speaker, "usual_loudness", None)
    if usual is None:
        usual = loudness(speaker.say(_SAMPLE, Voice()), speaker.rate, short="whole")
        speaker.usual_loudness = usual  # type: ignore[attr-defined]
    return 10 ** ((SPOKEN + voice.level - usual) / 20)


def _plain(voice: Voice) -> bool:
    return voice.pitch == 0 and voice.formants == 1 and voice.melody == 1


def first_start(ready: Sequence[float], seconds: Sequence[float]) -> float:
    """Return when playing may begin so that it never has to wait, in seconds.

    Piece k is needed when all pieces before it have been heard: ``t + sum_{j < k} d_j``. So the
    earliest start is ``max_k (r_k - sum_{j < k} d_j)``.

    Parameters
    ----------
    ready
        When each piece is ready, r, rising, (K,).
    seconds
        How long each lasts, d, (K,).
    """
    r, d = np.asarray(ready, float), np.asarray(seconds, float)
    if r.shape != d.shape or r.ndim != 1 or not r.size:
        raise InvalidValueError("expected as many durations as pieces, one at least")
    return float(np.max(r - (np.cumsum(d) - d)))


def waiting(ready: Sequence[float], seconds: Sequence[float]) -> float:
    """Return how long a player that begins with the first piece stands still later, in all.

    That is ``first_start - r_0``, however the gaps are spread.
    """
    return first_start(ready, seconds) - float(ready[0])


def typed(
    text: str, words_a_second: float = 10.0, sleep: Callable[[float], None] = time.sleep
) -> Iterator[str]:
    """Yield a text word by word, at the speed at which a program writes it."""
    if words_a_second <= 0:
        raise InvalidValueError(f"words_a_second is above 0, got {words_a_second}")
    for word in text.split():
        sleep(1 / words_a_second)
        yield f"{word} "
