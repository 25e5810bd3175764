"""An exercise's broken AudioLMs: recordings, arranged as each fault would leave them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from aigc_edu import corpora
from aigc_edu.audio import sounding_parts
from aigc_edu.audio.levels import scaled_to
from aigc_edu.checks._compare import one_of
from aigc_edu.corpora import Corpus
from aigc_edu.evaluation import NOTHING, Judge
from aigc_edu.evaluation.voices import Voices
from aigc_edu.teaching.exercises import exercise, written

FAULTS = ("none", "babble", "stuck", "stranger")
RATE = 8000


@cache
def _voices() -> tuple[Corpus, ...]:
    """Return the clips of seven voices that differ clearly, those of the test."""
    test = corpora.load("digits").split("official").test
    return tuple(test.select(speaker=name) for name in test.speakers)


def _string(corpus: Corpus, seconds: float, seed: int) -> np.ndarray:
    """Return clips behind each other with silences between them, float32 (N,)."""
    random, pieces, total = np.random.default_rng(seed), [], 0
    while total < seconds * RATE:
        clip = corpus[int(random.integers(len(corpus)))]
        gap = np.zeros(round(random.uniform(0.15, 0.3) * RATE))
        pieces += [scaled_to(clip.samples, 0.5), gap]
        total += len(pieces[-2]) + len(gap)
    return np.concatenate(pieces)[: round(seconds * RATE)].astype(np.float32)


def _parts(x: np.ndarray) -> list[np.ndarray]:
    """Return what sounds, part by part; the last one, if the end cuts it off, only if alone."""
    places = sounding_parts(x, RATE)
    if len(places) > 1 and places[-1][1] >= len(x) - RATE // 30:
        places = places[:-1]
    return [x[max(0, a - 320) : b + 320] for a, b in places]


@cache
def _known() -> Voices:
    return Voices({c.speakers[0]: [_string(c, 3.0, i) for i in range(8)] for c in _voices()}, RATE)


@cache
def _judge() -> Judge:
    return Judge.load("listener-digits")


def digits_in(x: np.ndarray) -> list[int]:
    """Return which digit a judge hears in each word of a sound (N,); -1 for none of them."""
    labels = _judge().recognise(_parts(x) or [np.zeros(RATE)], RATE).labels
    return [-1 if label == NOTHING else int(label) for label in labels]


def voice_of(x: np.ndarray) -> str:
    """Return the name of the nearest of seven voices."""
    return _known().nearest(x)


class Broken:
    """Continues a prompt; it may have a fault.

    Parameters
    ----------
    fault
        ``"none"``; ``"babble"``: no words; ``"stuck"``: one word again and again; ``"stranger"``:
        words in another voice.
    seed
        Of voices and words.
    """

    def __init__(self, fault: str, seed: int = 0) -> None:
        self.fault, self.seed = fault, seed

    def __call__(self) -> tuple[np.ndarray, np.ndarray]:
        """Return a prompt (N,), and its continuation (M,), both float32 at 8 kHz."""
        random = np.random.default_rng(self.seed)
        own, other = (_voices()[i] for i in random.choice(len(_voices()), 2, replace=False))
        prompt = _string(own, 2.0, 2 * self.seed)
        source = other if self.fault == "stranger" else own
        if self.fault == "stuck":
            source = source[int(random.integers(len(source)))]
            source = own.select(label=source.label)
        made = _string(source, 3.0, 2 * self.seed + 1)
        return prompt, _shuffled(made, random) if self.fault == "babble" else made


def _shuffled(x: np.ndarray, random: np.random.Generator, piece: int = 480) -> np.ndarray:
    """Return overlapping pieces of what sounds, 60 ms each, in another order."""
    loud = np.concatenate(_parts(x))
    starts = random.integers(0, len(loud) - piece, 2 * len(loud) // piece)
    y, window = np.zeros(len(loud) + piece), np.hanning(piece)
    for i, start in enumerate(starts):
        at = i * piece // 2
        y[at : at + piece] += window * loud[start : start + piece]
    return np.clip(y, -1, 1).astype(np.float32)


PATIENTS = {name: Broken(FAULTS[n], 20 + n) for name, n in zip("ABCD", (1, 3, 0, 2), strict=True)}


@exercise("audiolm-broken")
def broken(answer: Callable[[np.ndarray, np.ndarray], str]) -> str | None:
    """``answer(prompt, made)`` names what is wrong with a continuation."""
    for seed in range(3):
        for right in FAULTS:
            prompt, made = Broken(right, 100 * seed + FAULTS.index(right))()
            got = written(answer(prompt.copy(), made.copy()))
            if got != right:
                return _broken_hint(right, got)
    return None


def _broken_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    if right == "babble":
        return (
            f'one without words was called "{got}". Ask for the digits first: in babble most parts '
            "are heard as none, and what voice it has says nothing."
        )
    if right == "stuck":
        return (
            f'one that says one word again and again was called "{got}". All its digits are heard, '
            "and they are all the same."
        )
    if right == "stranger":
        return (
            f'one in another voice was called "{got}". Compare whose voice the prompt is with '
            "whose voice goes on."
        )
    return (
        f'a healthy one was called "{got}". A judge may miss a word now and then, and a digit may '
        "come twice."
    )
