"""Checks of the exercises of the chapter *Audiobook and radio play*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aigc_edu import dsp
from aigc_edu.audio import loudness
from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- who speaks


@exercise("book-line")
def line(answer: Callable[[str, set[str]], tuple[str | None, str]]) -> str | None:
    """``answer(text, voices)``: who speaks, None for the narrator, and the words."""
    voices = {"Ada", "Brand"}
    for text, right in (
        ("Ada: Who is there?", ("Ada", "Who is there?")),
        ("It was late.", (None, "It was late.")),
        ("Brand: Only one thing: the wind.", ("Brand", "Only one thing: the wind.")),
        ("He said one thing: go.", (None, "He said one thing: go.")),
        ("Brand:   Where?  ", ("Brand", "Where?")),
        ("Ada and Brand: two names.", (None, "Ada and Brand: two names.")),
    ):
        got = written(answer(text, set(voices)))
        hint = _line_hint(got, right, text)
        if hint:
            return f"For the line {text!r}: {hint}"
    return None


def _line_hint(got: object, right: tuple[str | None, str], text: str) -> str | None:
    if not (isinstance(got, tuple) and len(got) == 2):
        return f"return a pair, (who, words), not {got!r}."
    who, words = got
    if (who, words) == right:
        return None
    if who is not None and right[0] is None:
        return "this isn't the name of a voice: the narrator reads the whole line."
    if who is None and right[0] is not None:
        return "the word before the first colon is a voice: it speaks."
    if isinstance(words, str) and words.strip() == right[1]:
        return "take the white space around the words away."
    if isinstance(words, str) and right[1].startswith(words.strip()) and words.strip():
        return "cut at the first colon only: there may be more in what is said."
    if isinstance(words, str) and right[1].endswith(words.strip()) and words.strip():
        return "cut at the first colon, not at the last."
    if words == text:
        return "the name itself isn't read aloud."
    return f"it should be {right}, not {got}."


# ---------------------------------------------------------------- marks


@exercise("book-marks")
def marks(answer: Callable[[Sequence[int], int, int], Sequence[float]]) -> str | None:
    """``answer(lengths, pause, rate)``: the seconds of the chapter marks."""
    for lengths, pause, rate in (
        ([16000, 8000, 32000], 8000, 16000),
        ([5, 7, 9, 11], 4, 10),
        ([9], 2, 3),
    ):
        got = np.array([float(written(x)) for x in written(answer(list(lengths), pause, rate))])
        right = _marks(lengths, pause, rate)
        rest = f"they should be {np.round(right, 3)}, not {np.round(got, 3)}."
        hint = hint_for(got, right, _mark_mistakes(lengths, pause, rate), rest)
        if hint:
            return f"For chapters of {lengths} samples, a pause of {pause}, {rate} Hz: {hint}"
    return None


def _marks(lengths: Sequence[int], pause: int, rate: int, back: float = 0.5) -> np.ndarray:
    starts = np.cumsum([0, *[n + pause for n in lengths[:-1]]])
    at = (starts - back * pause) / rate
    at[0] = 0
    return at


def _mark_mistakes(
    lengths: Sequence[int], pause: int, rate: int
) -> Iterator[tuple[str, np.ndarray]]:
    right = _marks(lengths, pause, rate)
    if len(lengths) == 1:
        return
    begins, ends = _marks(lengths, pause, rate, 0), _marks(lengths, pause, rate, 1)
    yield "that is where the chapters begin: a mark stands half a pause before.", begins
    yield "that is where the chapter before ends: half a pause later.", ends
    yield "these are samples: divide by the rate.", right * rate
    early = right.copy()
    early[0] = -pause / 2 / rate
    yield "the first mark stands at 0.", early
    yield (
        "the pauses before count, too: each chapter comes later by all of them.",
        np.append(0, (np.cumsum(lengths[:-1]) + pause / 2) / rate),
    )
    yield "a mark for the first chapter is missing, at 0.", right[1:]
    end = (sum(lengths) + pause * (len(lengths) - 0.5)) / rate
    yield "the end of the file is no chapter.", np.append(right, end)


# ---------------------------------------------------------------- how far is far


@exercise("book-distance")
def distance(answer: Callable[[np.ndarray], float]) -> str | None:
    """``answer(h)``: where walls and straight way are equally strong, from a response at 1 m."""
    random = np.random.default_rng(5)
    for share in (0.25, 3.0, 1.0):
        walls = random.normal(size=400) * np.exp(-np.arange(400) / 80)
        walls *= np.sqrt(share / np.sum(walls**2))
        h = np.append(1.0, walls)
        got, right = np.array(float(written(answer(h.copy())))), np.array(1 / np.sqrt(share))
        rest = f"it should be {right:.3f} m, not {got:.3f}."
        hint = hint_for(got, right, _distance_mistakes(h), rest)
        if hint:
            return f"For walls with {share:g} times the energy of the straight way at 1 m: {hint}"
    return None


def _distance_mistakes(h: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    walls = np.sum(h[1:] ** 2)
    for hint, wrong in (
        ("energies fall with the square of the distance: take the root.", 1 / walls),
        (
            "the wrong way round: the more the walls send back, the nearer that place is.",
            walls**0.5,
        ),
        ("the straight way is no wall: leave h[0] out of them.", 1 / np.sqrt(np.sum(h**2))),
        ("energies are squares, h ** 2.", 1 / np.sqrt(np.abs(np.sum(h[1:])))),
        ("energies are squares, h ** 2.", 1 / np.sqrt(np.sum(np.abs(h[1:])))),
        ("that is a ratio in decibels, not a distance.", 10 * np.log10(walls)),
        ("that is a ratio in decibels, not a distance.", -10 * np.log10(walls)),
        ("take the sum over the walls' answers, not their mean.", 1 / np.sqrt(np.mean(h[1:] ** 2))),
    ):
        yield hint, np.array(wrong)


# ---------------------------------------------------------------- five takes

RATE = 16_000
FAULTS = ("none", "levels", "clipped", "hasty", "far")
_REST, _LINE = 0.25, 0.5  # seconds of a pause as it should be, and of a line


@dataclass(frozen=True)
class Take:
    """A scene: samples (N,) at 16 kHz, and where its four lines are, pairs (start, stop)."""

    samples: np.ndarray
    lines: tuple[tuple[int, int], ...]


def take_with(fault: str, seed: int = 0) -> Take:
    """Return a scene with a fault.

    ``"levels"``: one of two voices is 8 LU softer; ``"clipped"``: peaks were cut off; ``"hasty"``:
    a pause is missing; ``"far"``: the second half is drowned in the walls' answers; ``"none"``.
    """
    random = np.random.default_rng(seed)
    parts, lines, now = [], [], 0
    for number in range(4):
        x = _hum(random, 130 + 60 * (number % 2))
        x *= 10 ** ((-24 - loudness(x, RATE, short="whole")) / 20)
        if fault == "levels" and number % 2:
            x *= 10 ** (-8 / 20)
        if fault == "far" and number >= 2:
            x = _in_walls(x, random)
        rest = 0.02 if fault == "hasty" and number == 1 else _REST
        lines.append((now, now + len(x)))
        parts += [x, np.zeros(round(rest * RATE))]
        now += len(x) + round(rest * RATE)
    x = np.concatenate(parts)
    peak = np.abs(x).max()
    x = x * 0.6 / peak if fault != "clipped" else np.clip(x * 2.2 / peak, -0.6, 0.6)
    return Take(x, tuple(lines))


def _hum(random: np.random.Generator, f0: float) -> np.ndarray:
    glide = f0 * 2 ** (0.15 * np.sin(np.linspace(0, 6, round(_LINE * RATE)) + random.uniform(0, 6)))
    x = dsp.vowel((600, 1150, 2500), glide, _LINE, RATE, (120, 150, 200))
    return x * np.minimum(1, np.minimum(np.arange(len(x)), np.arange(len(x))[::-1]) / 400)


def _in_walls(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return a line whose walls are as loud as can be, no longer than it was, and as loud."""
    h = random.normal(size=8000) * np.exp(-np.arange(8000) / 2000)
    h[0] = 2.0
    y = np.convolve(np.pad(x, (0, 8000)), h)[: len(x)]
    return y * np.sqrt(np.sum(x**2) / np.sum(y**2))


TAKES = {name: take_with(FAULTS[n], 7) for name, n in zip("ABCDE", (3, 0, 1, 2, 4), strict=True)}


@exercise("book-fault")
def fault(answer: Callable[[Take], str]) -> str | None:
    """``answer(take)``: one of FAULTS but "far", which is for ears."""
    for name in FAULTS[:-1]:
        for seed in (1, 2):
            got = written(answer(take_with(name, seed)))
            if got != name:
                return _fault_hint(got, name)
    return None


def _fault_hint(got: object, name: str) -> str:
    if got not in FAULTS[:-1]:
        return one_of(FAULTS[:-1], got)
    told = {
        "none": "the lines are within 1 LU of each other, the pauses alike, and few samples touch "
        "the highest one.",
        "levels": "measure the loudness of each line: two of them are 8 LU softer.",
        "clipped": "count the samples that are as high as the highest one: here there are many.",
        "hasty": "measure from where a line ends to where the next one begins: one pause is short.",
    }
    return f"You found {got!r} where it was {name!r}: {told[name]}"
