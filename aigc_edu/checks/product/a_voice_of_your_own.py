"""Checks of the exercises of the chapter *A voice of your own*."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from aigc_edu import dsp
from aigc_edu.audio import resample
from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- three factors


@exercise("voice-factors")
def factors(answer: Callable[[float, float], tuple[float, float, float]]) -> str | None:
    """``answer(semitones, formants)``: PSOLA's pitch and stretch, and the factor of resampling."""
    for semitones, formants in ((0, 1.0), (12, 1.0), (0, 1.25), (-5, 0.8), (7, 1.15)):
        got = np.array([float(written(x)) for x in written(answer(semitones, formants))])
        right = _factors(semitones, formants)
        rest = f"it should be {np.round(right, 4)}, not {np.round(got, 4)}."
        hint = hint_for(got, right, _factor_mistakes(semitones, formants), rest)
        if hint:
            return f"For {semitones} semitones and formants {formants:g}: {hint}"
    return None


def _factors(semitones: float, formants: float) -> np.ndarray:
    p = 2 ** (semitones / 12)
    return np.array([p / formants, formants, formants])


def _factor_mistakes(semitones: float, q: float) -> Iterator[tuple[str, np.ndarray]]:
    p = 2 ** (semitones / 12)
    for hint, wrong in (
        ("resampling by q raises the pitch, too: PSOLA has to leave that out, p / q.", (p, q, q)),
        ("take off what resampling will add to the pitch: p / q, not p q.", (p * q, q, q)),
        ("a sound that is played faster gets shorter: stretch it by q before.", (p / q, 1, q)),
        ("resampling by q makes it q times shorter: stretch by q, not 1 / q.", (p / q, 1 / q, q)),
        ("formants go up by q when it is played q times faster.", (p / q, q, 1 / q)),
        ("an octave has 12 semitones, 2 ** (semitones / 12).", (2**semitones / q, q, q)),
        ("a semitone is a factor, not a sum: 2 ** (semitones / 12).", (semitones / 12 / q, q, q)),
        (
            "that is the base of cents, 1200; a semitone has 12.",
            (2 ** (semitones / 1200) / q, q, q),
        ),
        ("the order is: PSOLA's pitch, its stretch, then resampling.", (q, q, p / q)),
    ):
        yield hint, np.array(wrong, float)


# ---------------------------------------------------------------- what was changed

CHANGES = ("nothing", "tape", "pitch", "formants", "tempo")
RATE = 16_000
_FORMANTS, _WIDE = (600.0, 1200.0, 2500.0), (120.0, 150.0, 200.0)


def changed_vowel(change: str, factor: float, f0: float = 150.0) -> tuple[np.ndarray, np.ndarray]:
    """Return a sung vowel, 0.6 s at 16 kHz, and what comes of it.

    Parameters
    ----------
    change
        ``"tape"``: played faster, so that all moves; ``"pitch"``, ``"formants"`` or ``"tempo"``
        alone; or ``"nothing"``.
    factor
        By how much, e.g. 1.2.
    f0
        The vowel's pitch in Hz.
    """
    x = _vowel(f0, 1.0, 0.6)
    if change == "tape":
        return x, resample(x, round(1000 * factor), 1000).astype(float)
    pitch = f0 * factor if change == "pitch" else f0
    shift = factor if change == "formants" else 1.0
    return x, _vowel(pitch, shift, 0.6 / factor if change == "tempo" else 0.6)


def _vowel(f0: float, shift: float, seconds: float) -> np.ndarray:
    pitch = f0 * (1 + 0.01 * np.sin(30 * np.arange(round(seconds * RATE)) / RATE))
    return dsp.vowel([shift * f for f in _FORMANTS], pitch, seconds, RATE, _WIDE)


# Four sounds to listen to, A to D, each made of the first one in a way that isn't told.
PATIENTS = {
    name: changed_vowel(change, factor)
    for name, change, factor in (
        ("A", "formants", 1.22),
        ("B", "tape", 1.22),
        ("C", "tempo", 1.22),
        ("D", "pitch", 1.22),
    )
}


@exercise("voice-changed")
def changed(answer: Callable[[np.ndarray, np.ndarray], str]) -> str | None:
    """``answer(x, y)``: what was done to x, one of CHANGES."""
    for change in CHANGES:
        for factor, f0 in ((1.25, 140.0), (0.8, 170.0)):
            x, y = changed_vowel(change, factor, f0)
            got = written(answer(x.copy(), y.copy()))
            if got != change:
                return _changed_hint(got, change, factor)
    return None


def _changed_hint(got: object, change: str, factor: float) -> str:
    if got not in CHANGES:
        return one_of(CHANGES, got)
    told = {
        "nothing": "neither length, nor pitch, nor formants have changed: allow for some error.",
        "tape": f"all of it moved by {factor:g}, and the length by 1 / {factor:g}: that is a tape.",
        "pitch": "length and formants have stayed. Compare the pitch.",
        "formants": "length and pitch have stayed. Compare the envelopes of the spectra.",
        "tempo": "the length has changed, and the pitch has not. On a tape both would.",
    }
    return f"You found {got!r} where it was {change!r}: {told[change]}"


# ---------------------------------------------------------------- sentences as they come


@exercise("voice-sentences")
def sentences(answer: Callable[[Iterable[str]], Iterator[str]]) -> str | None:
    """``answer(parts)``: yields each sentence as soon as the next one has begun."""
    text = "It costs 3.50 euros. Really? Yes! So be it"
    whole = ["It costs 3.50 euros.", "Really?", "Yes!", "So be it"]
    for parts in ([f"{word} " for word in text.split()], list(text), [text]):
        seen: list[int] = []
        got, when = [], []
        for sentence in written(answer(_counted(parts, seen))):
            got.append(sentence.strip() if isinstance(sentence, str) else sentence)
            when.append(len(seen))
        hint = _sentences_hint(got, whole) or (_too_late(when, parts) if len(parts) > 1 else None)
        if hint:
            return hint
    return None


def _counted(parts: Sequence[str], seen: list[int]) -> Iterator[str]:
    for number, part in enumerate(parts):
        seen.append(number)
        yield part


def _sentences_hint(got: list[str], whole: list[str]) -> str | None:
    if got == whole:
        return None
    if any(re.fullmatch(r"It costs 3\.", str(one)) for one in got):
        return "3.50 was cut: a full stop ends a sentence only where white space follows it."
    if got == whole[:-1]:
        return "the last sentence is lost: when nothing more comes, hand out what is left."
    if [str(one).rstrip(".?!") for one in got] == [one.rstrip(".?!") for one in whole]:
        return "the marks are part of a sentence: a voice reads them."
    if "" in got:
        return "there is an empty sentence: hand out only what has a word in it."
    if len(got) == 1:
        return "all came in one piece: a sentence ends at . ! or ? before white space."
    return f"expected {whole}, got {got}."


def _too_late(when: list[int], parts: Sequence[str]) -> str | None:
    """Say whether the first sentence came when all had been read."""
    if when[0] == len(parts):
        return (
            "the first sentence came only when the whole text was there. Use yield, within the "
            "loop over the parts."
        )
    return None


# ---------------------------------------------------------------- when to begin


@exercise("voice-start")
def start(answer: Callable[[Sequence[float], Sequence[float]], float]) -> str | None:
    """``answer(ready, seconds)``: when playing may begin so that it never waits."""
    random = np.random.default_rng(2)
    cases = [([0.4, 3.0, 3.6], [1.0, 2.0, 1.0]), ([0.5, 0.9, 1.2], [2.0, 2.0, 2.0])]
    cases += [(np.cumsum(random.random(5)).tolist(), random.random(5).tolist()) for _ in range(4)]
    for ready, seconds in cases:
        r, d = np.array(ready), np.array(seconds)
        got = np.array(float(written(answer(list(ready), list(seconds)))))
        right = np.max(r - (np.cumsum(d) - d))
        rest = f"it should be {right:.3f}, not {got:.3f}."
        hint = hint_for(got, np.array(right), _start_mistakes(r, d), rest)
        if hint:
            told = f"ready after {np.round(r, 2)} s and lasting {np.round(d, 2)} s"
            return f"For pieces {told}: {hint}"
    return None


def _start_mistakes(r: np.ndarray, d: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    for hint, wrong in (
        ("so early it would have to wait for a later piece.", r[0]),
        ("that late all is ready. Pieces may still come while others are heard.", r.max()),
        (
            "piece k is needed when those before it have been heard: leave its own d out.",
            np.max(r - np.cumsum(d)),
        ),
        (
            "take off the durations of the pieces before, all of them.",
            np.max(r - np.append(0, d[:-1])),
        ),
        (
            "that is how long it would wait. Add when the first piece is ready.",
            np.max(r - (np.cumsum(d) - d)) - r[0],
        ),
        ("the latest need counts, not the sum.", np.sum(np.maximum(0, r - (np.cumsum(d) - d)))),
        ("of all pieces the largest counts, not only the last.", (r - (np.cumsum(d) - d))[-1]),
        ("of all pieces the largest counts, not the mean.", np.mean(r - (np.cumsum(d) - d))),
    ):
        yield hint, np.array(wrong)
