"""Checks of the exercises of the chapter *An AI composer*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.corpora.recipes.tune_styles import STYLES
from aigc_edu.corpora.recipes.tunes import compose
from aigc_edu.music import MELODY, Event, Score
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- one voice as words

Note = tuple[int, int, int]  # start, pitch, length in sixteenths
_LINES: tuple[tuple[list[Note], int], ...] = (
    ([(0, 60, 4), (4, 62, 4), (8, 64, 8), (16, 65, 16)], 16),
    ([(0, 67, 4), (8, 64, 4), (12, 60, 12)], 12),
    ([(2, 72, 2), (36, 71, 6), (44, 60, 1)], 12),
)


@exercise("composer-words")
def words(answer: Callable[[list[Note], int], list[str]]) -> str | None:
    """``answer(notes, bar)``: the words of one voice, "bar" before each bar, "end" at the end."""
    for notes, bar in _LINES:
        got = list(map(str, written(answer([*notes], bar))))
        right = _words(notes, bar)
        if got == right:
            continue
        for hint, wrong in _word_mistakes(notes, bar):
            if got == wrong:
                return f"With bars of {bar}: {hint}"
        return f"With bars of {bar}: {_first_difference(got, right)}"
    return None


def _words(notes: Sequence[Note], bar: int, **told: bool) -> list[str]:
    row, bars = [], 0
    for start, pitch, length in notes:
        wanted = start // bar + 1
        if told.get("each"):
            row.append("bar")
        elif told.get("jump") and bars < wanted:
            row, bars = [*row, "bar"], wanted
        while not told.get("each") and bars < wanted:
            row, bars = [*row, "bar"], bars + 1
        place = start if told.get("absolute") else start % bar
        triple = [f"position {place}", f"melody {pitch}", f"length {length}"]
        row += [triple[1], triple[2], triple[0]] if told.get("order") else triple
    row = row[1:] if told.get("late") else row
    return row if told.get("open") else [*row, "end"]


def _word_mistakes(notes: Sequence[Note], bar: int) -> Iterator[tuple[str, list[str]]]:
    for hint, told in (
        ("the word end is missing.", {"open": True}),
        ("positions count from the beginning of the bar: start % bar.", {"absolute": True}),
        ("a bar without a note has its word, too.", {"jump": True}),
        ("there is one bar for each bar, not for each note.", {"each": True}),
        ("the first bar begins with the word bar, too.", {"late": True}),
        ("the order is position, melody, length.", {"order": True}),
    ):
        yield hint, _words(notes, bar, **told)


def _first_difference(got: Sequence[str], right: Sequence[str]) -> str:
    for n, (mine, wanted) in enumerate(zip([*got, ""], [*right, ""], strict=False)):
        if mine != wanted:
            return f"word number {n} should be {wanted or 'none'!r}, not {mine or 'none'!r}."
    return f"expected {len(right)} words, not {len(got)}."


# ---------------------------------------------------------------- chances under a grammar


@exercise("composer-chances")
def chances(answer: Callable[[np.ndarray, np.ndarray, float], np.ndarray]) -> str | None:
    """``answer(logits, may, temperature)``: probabilities of words, of which some may not come."""
    rng = np.random.default_rng(5)
    for temperature in (0.5, 1.0, 2.0):
        logits, may = rng.normal(size=8), np.array([1, 1, 0, 1, 0, 0, 1, 1], bool)
        logits[2] = 4.0  # the likeliest word is one that may not come
        got = np.asarray(written(answer(logits.copy(), may.copy(), temperature)), float)
        rest = f"the sum should be 1 and is {got.sum():.4f}, or the words' shares are others."
        mistakes = _chance_mistakes(logits, may, temperature)
        hint = hint_for(got, _chances(logits, may, temperature), mistakes, rest)
        if hint:
            return f"At a temperature of {temperature}: {hint}"
    return None


def _softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x[np.isfinite(x)].max())
    return e / e.sum()


def _chances(logits: np.ndarray, may: np.ndarray, temperature: float) -> np.ndarray:
    return _softmax(np.where(may, logits / temperature, -np.inf))


def _chance_mistakes(
    logits: np.ndarray, may: np.ndarray, temperature: float
) -> Iterator[tuple[str, np.ndarray]]:
    free = _softmax(logits / temperature)
    yield from (
        ("words that may not come still get a share.", free),
        (
            "a logit of 0 is no probability of 0: take minus infinity.",
            _softmax(np.where(may, logits / temperature, 0)),
        ),
        ("the shares of what may come must sum to 1 again.", np.where(may, free, 0)),
        (
            "divide the logits by the temperature, don't multiply.",
            _softmax(np.where(may, logits * temperature, -np.inf)),
        ),
        ("the temperature is missing.", _softmax(np.where(may, logits, -np.inf))),
        (
            "divide the logits, not the probabilities, by the temperature.",
            np.where(may, _softmax(np.where(may, logits, -np.inf)) / temperature, 0),
        ),
        (
            "True means: may come. Here only the forbidden words are left.",
            _softmax(np.where(may, -np.inf, logits / temperature)),
        ),
    )


# ---------------------------------------------------------------- the longest copy

Line = list[tuple[int, int]]  # pitch and length of each note


@exercise("composer-longest")
def longest(answer: Callable[[Line, list[Line]], int]) -> str | None:
    """``answer(line, learned)``: notes of the longest run that is in another melody, in any key."""
    a = [(60, 4), (62, 4), (64, 2), (65, 2), (67, 8), (72, 4)]
    up = [(p + 5, d) for p, d in a]
    cases: tuple[tuple[str, Line, list[Line], int], ...] = (
        ("A melody was learned note for note, a fourth higher.", a, [up], 6),
        ("Of six notes the third to the fifth were learned, in another key.", a, [up[2:5]], 3),
        ("Pitches alike, but all lengths others.", a, [[(p, d + 1) for p, d in a]], 0),
        (
            "Two notes alike, another between them in one melody only.",
            [(60, 4), (62, 4), (60, 4)],
            [[(60, 4), (71, 2), (60, 4)]],
            1,
        ),
        ("The second of two melodies has more of it.", a, [up[:2], up[:4]], 4),
    )
    for told, line, learned, right in cases:
        got = int(written(answer([*line], [[*one] for one in learned])))
        if got != right:
            hint = _longest_hint(got, right, told)
            return f"{told} The longest run has {right} notes, not {got}. {hint}"
    return None


def _longest_hint(got: int, right: int, told: str) -> str:
    if got == right - 1:
        return "Notes are counted, not the steps between them."
    if "key" in told or "higher" in told:
        return "Compare how far notes lie above the run's first one."
    if "lengths" in told:
        return "The lengths have to agree, too."
    if "between" in told:
        return "A run has no gaps: its notes follow each other in both melodies."
    return "Look through all melodies."


# ---------------------------------------------------------------- four composers

FAULTS = ("none", "copyist", "keyless", "looping")


def learned_tunes(count: int = 24) -> list[Score]:
    """Return the tunes that the four composers of the exercise have learned from."""
    return [_by_rule(n) for n in range(count)]


def _by_rule(seed: int) -> Score:
    return compose(tuple(STYLES)[seed % len(STYLES)], np.random.default_rng([77, seed]))[0]


def tunes_of(fault: str, seed: int, count: int = 8) -> list[Score]:
    """Return tunes by a composer that is no network, and may have a fault.

    Parameters
    ----------
    fault
        ``"none"``; ``"copyist"``: it plays what it has learned in other keys; ``"keyless"``: it
        plays wrong notes; ``"looping"``: it plays its first bar again and again.
    seed
        Of what is drawn.
    count
        How many.
    """
    rng, learned = np.random.default_rng([seed, 9]), learned_tunes()
    fresh = [_by_rule(1000 + 50 * seed + n) for n in range(count)]
    if fault == "copyist":
        picked = rng.choice(len(learned), count, replace=False)
        return [learned[n].transposed(int(rng.integers(-3, 4))) for n in picked]
    if fault == "keyless":
        return [_wrong_notes(tune, rng) for tune in fresh]
    return [_looped(tune) for tune in fresh] if fault == "looping" else fresh


def _wrong_notes(tune: Score, rng: np.random.Generator) -> Score:
    moved = (e._replace(pitch=e.pitch + int(rng.integers(-1, 2))) for e in tune.events)
    return replace(tune, events=tuple(moved))


def _looped(tune: Score) -> Score:
    first = [e for e in tune.events if e.start < tune.bar]
    again = (Event(e.start + n * tune.bar, *e[1:]) for n in range(tune.bars) for e in first)
    return replace(
        tune, events=tuple(e for e in again if e.voice == MELODY or e.length <= tune.bar)
    )


PATIENTS = {name: tunes_of(FAULTS[n], 1) for name, n in zip("ABCD", (1, 3, 0, 2), strict=True)}


@exercise("composer-fault")
def fault(answer: Callable[[list[Score], list[Score]], str]) -> str | None:
    """``answer(tunes, learned)`` names what is wrong with the composer of some tunes."""
    learned = learned_tunes()
    for seed in (2, 3, 4):
        for right in FAULTS:
            got = written(answer(tunes_of(right, seed), learned))
            if got != right:
                return _fault_hint(right, got)
    return None


def _fault_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    told = {
        "copyist": "Its tunes keep every rule. Only beside what was learned is it found out.",
        "keyless": "Its notes lie in no scale: some of the time is out of every key.",
        "looping": "All its bars are alike, and none of its tunes comes to an end.",
        "none": "New tunes by the rules share some runs with the learned ones, by chance.",
    }
    return f'"{right}" was called "{got}". {told[right]}'
