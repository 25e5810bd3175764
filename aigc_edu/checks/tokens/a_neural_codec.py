"""Checks of the exercises of the chapter *A neural codec*."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np

from aigc_edu import corpora, dsp
from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- what a codec costs


@exercise("codec-plan")
def plan(answer: Callable[[int, Sequence[int], int, int], tuple[int, float, float]]) -> str | None:
    """``answer(rate, strides, books, entries)``: hop, frames a second, bits a second."""
    for rate, strides, books, entries in (
        (8000, (2, 4, 4, 5), 6, 128),
        (24_000, (2, 4, 5, 8), 8, 1024),
        (16_000, (2, 5, 8), 3, 64),
    ):
        numbers = written(answer(rate, strides, books, entries))
        got = np.array([float(written(number)) for number in numbers])
        right = np.array(_plan(rate, strides, books, entries))
        mistakes = _plan_mistakes(rate, strides, books, entries)
        rest = f"it should be {tuple(right.tolist())}, not {tuple(got.tolist())}."
        hint = hint_for(got, right, mistakes, rest)
        if hint:
            return f"With the strides {strides} at {rate} Hz: {hint}"
    return None


def _plan(
    rate: int, strides: Sequence[int], books: int, entries: int
) -> tuple[float, float, float]:
    hop = math.prod(strides)
    return hop, rate / hop, rate / hop * books * math.log2(entries)


def _plan_mistakes(
    rate: int, strides: Sequence[int], books: int, entries: int
) -> Iterator[tuple[str, np.ndarray]]:
    hop, frames, bits = _plan(rate, strides, books, entries)
    added = rate / sum(strides)
    yield (
        "strides multiply: after a stride of 2, one step of the next layer is 2 samples.",
        np.array([sum(strides), added, added * books * math.log2(entries)]),
    )
    yield "that is the length of a frame in seconds.", np.array([hop, 1 / frames, bits])
    for hint, wrong in (
        ("that is the cost of one book: all are written.", bits / books),
        ("one of K numbers takes log2(K) bits, not K.", frames * books * entries),
        ("take the logarithm to the base 2.", frames * books * math.log(entries)),
        ("each book writes a number of its own.", frames * math.log2(books * entries)),
        ("that is a frame's cost: a second has many.", bits / frames),
        ("only frames are written, not samples.", rate * books * math.log2(entries)),
    ):
        yield hint, np.array([hop, frames, wrong])


# ---------------------------------------------------------------- a loss of several scales

FLOOR = 1e-4


@exercise("codec-scales")
def scales(
    answer: Callable[[np.ndarray, np.ndarray, Sequence[int]], float],
) -> str | None:
    """``answer(real, made, frames)``: the mean distance of log magnitudes over frame lengths."""
    random = np.random.default_rng(5)
    real, made = random.normal(0, 0.1, (2, 2048))
    real[:600] = 0  # silence: a logarithm without a floor is not finite there
    for lengths in ((64,), (64, 512), (32, 128, 1024)):
        got = np.array(float(written(answer(real.copy(), made.copy(), lengths))))
        right = np.array(_scales(real, made, lengths))
        rest = f"it should be {float(right):.4f}, not {float(got):.4f}."
        hint = hint_for(got, right, _scales_mistakes(real, made, lengths), rest)
        if hint:
            return f"With frames of {lengths}: {hint}"
    same = float(answer(real.copy(), real.copy(), (64, 256)))
    return None if abs(same) < 1e-9 else f"two equal sounds are 0 apart, not {same:.4f}."


def _magnitudes(x: np.ndarray, frame: int, hop: int, hann: bool = True) -> np.ndarray:
    pieces = np.lib.stride_tricks.sliding_window_view(x, frame)[::hop]
    return np.abs(np.fft.rfft(pieces * (dsp.window("hann", frame) if hann else 1), axis=1))


def _log(m: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(m, FLOOR))


def _scales(real: np.ndarray, made: np.ndarray, frames: Sequence[int]) -> float:
    return float(np.mean(_each(real, made, frames)))


def _each(
    real: np.ndarray,
    made: np.ndarray,
    frames: Sequence[int],
    shape: Callable[[np.ndarray], np.ndarray] = _log,
    share: int = 4,
    hann: bool = True,
) -> list[float]:
    """Return the distance at each scale."""
    parts = []
    for frame in frames:
        a, b = (shape(_magnitudes(x, frame, frame // share, hann)) for x in (real, made))
        parts.append(float(np.abs(a - b).mean()))
    return parts


def _scales_mistakes(
    real: np.ndarray, made: np.ndarray, frames: Sequence[int]
) -> Iterator[tuple[str, np.ndarray]]:
    each = _each(real, made, frames)
    bare = _each(real, made, frames, lambda m: m)
    powers = _each(real, made, frames, lambda m: np.log(np.maximum(m**2, FLOOR)))
    tens = _each(real, made, frames, lambda m: np.log10(np.maximum(m, FLOOR)))
    decibels = _each(real, made, frames, lambda m: 20 * np.log10(np.maximum(m, FLOOR)))
    for hint, wrong in (
        ("take the mean over the frame lengths, not the sum.", np.sum(each)),
        ("that is the distance at the first frame length alone.", each[0]),
        ("that is the distance at the last frame length alone.", each[-1]),
        ("compare logarithms, not magnitudes: quiet parts count as much.", np.mean(bare)),
        ("these are powers: take magnitudes, without the square.", np.mean(powers)),
        ("take the natural logarithm, not that to the base 10.", np.mean(tens)),
        ("these are decibels: take the natural logarithm.", np.mean(decibels)),
        ("the hop is a quarter of the frame.", np.mean(_each(real, made, frames, share=2))),
        ("the hop is a quarter of the frame.", np.mean(_each(real, made, frames, share=1))),
        ("weigh each frame by a Hann window.", np.mean(_each(real, made, frames, hann=False))),
    ):
        yield hint, np.array(wrong)
    for wrong in (math.nan, math.inf):
        yield "in silence the logarithm isn't finite: none falls below 1e-4.", np.array(wrong)
    for sign in (1, -1):
        wrong = np.array(sign * _signed(real, made, frames))
        yield "a distance is never negative: take the sizes of the differences.", wrong


def _signed(real: np.ndarray, made: np.ndarray, frames: Sequence[int]) -> float:
    """Return the mean difference of the logarithms, in which over and under cancel."""
    a, b = ([_log(_magnitudes(x, L, L // 4)) for L in frames] for x in (real, made))
    return float(np.mean([np.mean(m - n) for m, n in zip(a, b, strict=True)]))


# ---------------------------------------------------------------- four codecs

FAULTS = ("none", "buzz", "muffled", "dead")
RATE, HOP, BOOKS, ENTRIES = 8000, 160, 4, 16


@cache
def words() -> np.ndarray:
    """Return eight digits with pauses between them, float64 (N,) at 8 kHz, whole frames."""
    digits = corpora.load("digits")
    parts = [np.pad(np.array(clip.samples, float), (0, 2000)) for clip in digits[:800:100]]
    x = np.concatenate(parts)
    return x[: len(x) // HOP * HOP]


class Sick:
    """What a codec makes of a sound; it may have a fault.

    Parameters
    ----------
    fault
        ``"none"``; ``"buzz"``: something repeats in every frame; ``"muffled"``: nothing is left
        above 1.5 kHz; ``"dead"``: of each book only three entries are in use.
    seed
        Of the phases, which no copy keeps.
    """

    def __init__(self, fault: str, seed: int = 0) -> None:
        self.fault, self.seed = fault, seed

    def __call__(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return a copy of samples (N,) at 8 kHz, and its codes (4, N / 160) in 0 ... 15."""
        random = np.random.default_rng(self.seed)
        spectrum = np.fft.rfft(x)
        frequency = np.fft.rfftfreq(len(x), 1 / RATE)
        turned = np.cumsum(random.normal(0, 0.02, len(spectrum)))  # slowly: echoes stay short
        gain = 10 ** (random.normal(0, 1, 9) / 20)
        gain = np.interp(frequency, np.linspace(0, RATE / 2, 9), gain)
        if self.fault == "muffled":
            gain = gain / (1 + (frequency / 1500) ** 8)
        y = np.fft.irfft(spectrum * gain * np.exp(1j * turned), len(x))
        if self.fault == "buzz":
            one = random.normal(0, 0.02, HOP)
            y = y + np.tile(one - one.mean(), len(x) // HOP)
        alive = 3 if self.fault == "dead" else ENTRIES
        codes = random.integers(0, alive, (BOOKS, len(x) // HOP))
        return np.clip(y, -1, 1), codes


PATIENTS = {name: Sick(FAULTS[n], n) for name, n in zip("ABCD", (2, 0, 3, 1), strict=True)}


@exercise("codec-fault")
def fault(answer: Callable[[np.ndarray, np.ndarray, np.ndarray], str]) -> str | None:
    """``answer(real, made, codes)`` names what is wrong with a codec."""
    x = words()
    for seed in range(3):
        for right in FAULTS:
            made, codes = Sick(right, 10 * seed + FAULTS.index(right))(x)
            got = written(answer(x.copy(), made, codes))
            if got != right:
                return _fault_hint(right, got)
    return None


def _fault_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    if right == "dead":
        return (
            f'one that uses 3 entries of {ENTRIES} was called "{got}". Its sound is no worse than '
            "others: count how many different numbers stand in each row of codes."
        )
    if right == "buzz":
        return (
            f'one that buzzes was called "{got}". Listen in the pauses: where the recording is '
            "silent, only the buzz is left."
        )
    if right == "muffled":
        return (
            f'one without anything above 1.5 kHz was called "{got}". Compare the levels of both '
            "sounds in the upper half of the spectrum."
        )
    return (
        f'a healthy one was called "{got}". Its phases are not those of the recording, and its '
        "levels differ by a decibel or two; samples can't be compared."
    )


# ---------------------------------------------------------------- how many books to buy


@exercise("codec-books")
def books(answer: Callable[[Sequence[float], float, float, float], int]) -> str | None:
    """``answer(clear, each, budget, worth)``: the fewest books that are as clear as can be had."""
    rising = [0.62, 0.74, 0.79, 0.80, 0.804, 0.805]
    falling = [0.62, 0.74, 0.79, 0.81, 0.75]  # the last book does harm
    for clear, each, budget, worth in (
        (rising, 350.0, 2100.0, 0.0),
        (rising, 300.0, 10_000.0, 0.0),
        (rising, 350.0, 1399.0, 0.0),
        (rising, 350.0, 2100.0, 0.01),
        (rising, 350.0, 1400.0, 0.02),
        (rising, 400.0, 399.0, 0.0),
        (rising, 400.0, 400.0, 0.3),
        (falling, 400.0, 2000.0, 0.04),
    ):
        number = written(answer(list(clear), each, budget, worth))
        if not isinstance(number, int | np.integer):
            return f"return a whole number, not {number!r}."
        right, got = _books(clear, each, budget, worth), int(number)
        if got != right:
            return _books_hint(clear, each, budget, worth, got)
    return None


def _books(clear: Sequence[float], each: float, budget: float, worth: float) -> int:
    most = min(len(clear), int(budget // each))
    if not most:
        return 0
    best = max(clear[:most])
    return next(n for n in range(1, most + 1) if clear[n - 1] >= best - worth - 1e-12)


def _books_hint(clear: Sequence[float], each: float, budget: float, worth: float, got: int) -> str:
    call = f"Books of {each:g} bit/s, a budget of {budget:g}, {worth:g} of STOI may be lost"
    right = _books(clear, each, budget, worth)
    most = min(len(clear), int(budget // each))
    if got > len(clear):
        why = f"there are only {len(clear)} books."
    elif got > most:
        why = f"{got} books cost more than there is."
    elif right == 0:
        why = "not even one book can be paid for: return 0."
    elif got == most:
        why = f"{right} are within {worth:g} of the best that can be paid for, and cost less."
    elif clear[most - 1] < max(clear[:most]) - 1e-12:
        why = "the most books aren't the clearest here: look for the best of all you can pay."
    elif got == right - 1 and got:
        why = "one book is clear[0]: the places in the list are counted from 0."
    elif got == 0:
        why = "what may be lost is counted from the best that can be paid for, not from 1."
    else:
        why = f"it should be {right}, not {got}."
    return f"{call}: {why}"
