"""Checks of the exercises of the chapter *Judging generated sound*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from aigc_edu import dsp
from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.corpora import RECORDING_RATE, recording
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- the line in 1 / n


@exercise("measures-line")
def line(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    """``answer(counts, distances)``: where a straight line in 1 / n ends for n without end."""
    random = np.random.default_rng(3)
    for counts in (np.array([40, 50, 80, 100, 160]), np.array([10, 20, 30])):
        distances = 7.0 + 900 / counts + random.normal(0, 0.5, len(counts))
        right = np.array(np.polyfit(1 / counts, distances, 1)[1])
        got = np.array(float(written(answer(counts.copy(), distances.copy()))))
        mistakes = _line_mistakes(counts, distances)
        hint = hint_for(got, right, mistakes, f"it should be {right:.3f}, not {got:.3f}.", 1e-3)
        if hint:
            return f"Of sets of {', '.join(map(str, counts))} clips: {hint}"
    return None


def _line_mistakes(counts: np.ndarray, distances: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    slope, end = np.polyfit(1 / counts, distances, 1)
    for hint, wrong in (
        ("that is the slope. polyfit gives the highest power first.", slope),
        ("fit over 1 / n, not over n.", np.polyfit(counts, distances, 1)[1]),
        ("that is the slope over n.", np.polyfit(counts, distances, 1)[0]),
        ("that is the distance of the largest set: it still has its bias.", distances[-1]),
        ("that is a mean, in which all the bias is left.", distances.mean()),
        ("that is the line at 1 / n = 1, a single clip.", slope + end),
        ("fit the distances themselves, not their logarithms.", np.polyfit(
            1 / counts, np.log(distances), 1)[1]),
    ):  # fmt: skip
        yield hint, np.array(wrong)


# ---------------------------------------------------------------- the correlation of ranks


@exercise("measures-rank")
def rank(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    """``answer(x, y)``: Spearman's correlation of two lists (n,) without equal values."""
    random = np.random.default_rng(1)
    for n in (6, 9):
        x = random.normal(size=n)
        y = x + random.normal(size=n)
        x, y = np.exp(2 * x), y**3  # no straight line
        right = np.array(_rank(x, y))
        got = np.array(float(written(answer(x.copy(), y.copy()))))
        rest = f"it should be {right:.4f} for two lists of ours, not {got:.4f}."
        hint = hint_for(got, right, _rank_mistakes(x, y), rest)
        if hint:
            return hint
    return None


def _ranks(x: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(x)).astype(float)


def _rank(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.corrcoef(_ranks(x), _ranks(y))[0, 1])


def _rank_mistakes(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    a, b = _ranks(x), _ranks(y)
    off, n = np.square(a - b), len(x)
    for hint, wrong in (
        ("that correlates the values themselves. Put ranks in their place.", np.corrcoef(x, y)),
        (
            "argsort says where the smallest value stands, not which rank the first one has: "
            "argsort the result once more.",
            np.corrcoef(np.argsort(x), np.argsort(y)),
        ),
        ("one of the two has no ranks yet.", np.corrcoef(a, y)),
        ("one of the two has no ranks yet.", np.corrcoef(x, b)),
        ("the sign is turned round.", -np.corrcoef(a, b)),
    ):
        yield hint, np.array(wrong[0, 1])
    yield (
        "divide the covariance by both deviations.",
        np.array(np.mean(a * b) - a.mean() * b.mean()),
    )
    yield "np.cov divides by n - 1; divide by both deviations, too.", np.array(np.cov(a, b)[0, 1])
    yield "np.corrcoef returns a table of four: take [0, 1].", np.array(1.0)
    yield "in Spearman's formula it is n (n^2 - 1) below.", np.array(1 - 6 * off.sum() / n**3)


# ---------------------------------------------------------------- four damages


DAMAGES = ("late", "softer", "hiss", "muffled")


@cache
def words() -> np.ndarray:
    """Return three recorded words with pauses between them, float64 (N,) at 8 kHz."""
    parts = [recording(digit) for digit in ("three", "nine", "five")]
    x = np.concatenate([np.pad(part / np.abs(part).max(), (400, 1600)) for part in parts])
    return 0.3 * x


def damaged(damage: str, seed: int = 0) -> np.ndarray:
    """Return the words with a damage of some strength, (N,): see :data:`DAMAGES`."""
    random, x = np.random.default_rng(seed), words()
    if damage == "late":
        return np.pad(x, (int(random.integers(3, 16)), 0))[: len(x)]
    if damage == "softer":
        return random.uniform(0.3, 0.8) * x
    if damage == "hiss":
        return x + x.std() * 10 ** (-random.uniform(3, 12) / 20) * random.normal(size=len(x))
    if damage == "muffled":
        return np.convolve(x, dsp.lowpass(random.uniform(600, 1400), RECORDING_RATE, 101), "same")
    raise ValueError(f"the damages are {DAMAGES}, not {damage!r}")


@exercise("measures-damage")
def damage(answer: Callable[[np.ndarray, np.ndarray], str]) -> str | None:
    """``answer(real, made)`` names what has been done to a copy."""
    for seed in range(4):
        for right in DAMAGES:
            got = written(answer(words().copy(), damaged(right, 10 * seed + DAMAGES.index(right))))
            if got != right:
                return _damage_hint(right, got)
    return None


def _damage_hint(right: str, got: object) -> str:
    if got not in DAMAGES:
        return one_of(DAMAGES, got)
    told = {
        "late": "SI-SDR falls below 10 dB, and yet the log-mel distance stays below 1 dB",
        "softer": "SI-SDR doesn't see a gain at all: it is huge",
        "hiss": "the log-mel distance is large, most of all in the pauses",
        "muffled": "of the power above 2 kHz next to nothing is left",
    }
    return f'a copy that is {_ADJECTIVE[right]} was called "{got}". Of such a one {told[right]}.'


_ADJECTIVE = {"late": "late", "softer": "softer", "hiss": "full of hiss", "muffled": "muffled"}

# ---------------------------------------------------------------- drawing again


@exercise("measures-bootstrap")
def bootstrap(
    answer: Callable[[np.ndarray, int, np.random.Generator], tuple[float, float]],
) -> str | None:
    """``answer(values, repeats, random)``: the 95 % interval of a mean, by drawing again."""
    values = np.random.default_rng(5).exponential(2.0, 160)
    got = np.array(written(answer(values.copy(), 2000, np.random.default_rng(0))), float)
    if got.shape != (2,):
        return f"return two numbers, the lower end first, not something of shape {got.shape}."
    again = np.array(answer(values.copy(), 2000, np.random.default_rng(0)), float)
    if not np.array_equal(got, again):
        return "equal generators give equal intervals: draw from `random` alone."
    return _interval_hint(*got, values)


def _interval_hint(low: float, high: float, values: np.ndarray) -> str | None:
    half = 1.96 * values.std() / np.sqrt(len(values))
    wide, middle = (high - low) / (2 * half), (high + low) / 2 - values.mean()
    if low > high:
        return "the lower end comes first."
    if abs(wide) < 0.01:
        return (
            "the interval has no width: draw n values *with* replacement, and take the mean of "
            "each draw."
        )
    if wide > 5:
        return "that is how far the values spread. Take percentiles of the means of the draws."
    if abs(middle) > 0.3 * half and abs(wide) < 3:
        return "it lies to one side: cut off 2.5 % at each end, not 5 % at one."
    if 0.78 < wide < 0.90:
        return "that is a 90 % interval: 2.5 % lie below it, and 2.5 % above."
    if not 0.93 < wide < 1.07:
        return f"it is {wide:.2f} times as wide as it should be. Does each draw have n values?"
    return None
