"""Checks of the exercises of the chapter *The listening bench*."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from aigc_edu.checks._compare import hint_for
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- the best of k


@exercise("bench-best")
def best(answer: Callable[[int, int, int], float]) -> str | None:
    """``answer(hits, n, k)``: how probable a hit is among k of n takes, drawn without return."""
    for hits, n, k in ((2, 6, 3), (1, 10, 4), (5, 6, 2), (0, 6, 3), (4, 6, 3), (6, 6, 1)):
        right = np.array(1 - math.comb(n - hits, k) / math.comb(n, k))
        got = np.array(float(written(answer(hits, n, k))))
        rest = f"it should be {right:.4f}, not {got:.4f}."
        hint = hint_for(got, right, _best_mistakes(hits, n, k), rest)
        if hint:
            return f"{hits} hits of {n}, the best of {k}: {hint}"
    return None


def _best_mistakes(hits: int, n: int, k: int) -> Iterator[tuple[str, np.ndarray]]:
    none = math.comb(n - hits, k) / math.comb(n, k)
    for hint, wrong in (
        ("that is how probable it is that all k miss.", none),
        ("so the same take can be drawn twice: count the sets of k.", 1 - (1 - hits / n) ** k),
        ("that is the share of hits; k is more than one.", hits / n),
        ("that many hits are expected; one is enough.", min(1.0, k * hits / n)),
        (
            "that is a set in which all k hit. One is enough.",
            math.comb(hits, k) / math.comb(n, k),
        ),
    ):
        yield hint, np.array(wrong)


# ---------------------------------------------------------------- how many sounds


@exercise("bench-needed")
def needed(answer: Callable[[float, float], int]) -> str | None:
    """``answer(p, q)``: the fewest sounds each that tell two shares apart, by the normal law."""
    for p, q in ((0.9, 0.7), (0.85, 0.8), (0.6, 0.95), (0.5, 0.48)):
        right = np.array(_fewest(p, q, p * (1 - p) + q * (1 - q)))
        got = np.array(float(written(answer(p, q))))
        rest = f"it should be {right:.0f}, not {got:g}."
        hint = hint_for(got, right, _needed_mistakes(p, q), rest, 1e-6)
        if hint:
            return f"{p:.0%} and {q:.0%}: {hint}"
    return None


def _fewest(p: float, q: float, variance: float, z: float = 1.96) -> int:
    return math.floor(z * z * variance / (p - q) ** 2) + 1


def _needed_mistakes(p: float, q: float) -> Iterator[tuple[str, np.ndarray]]:
    a, b = p * (1 - p), q * (1 - q)
    exact = 1.96**2 * (a + b) / (p - q) ** 2
    for hint, wrong in (
        ("it is a whole number of sounds: the first one above.", exact),
        ("with so many the interval still holds 0: one more.", math.floor(exact)),
        ("1.96 is squared, as the root is.", math.floor(1.96 * (a + b) / (p - q) ** 2) + 1),
        ("the difference is squared, too.", math.floor(1.96**2 * (a + b) / abs(p - q)) + 1),
        ("both shares are uncertain: add the two variances.", _fewest(p, q, a)),
        ("both shares are uncertain: add the two variances.", _fewest(p, q, b)),
        ("1.96 standard deviations, not one.", _fewest(p, q, a + b, 1.0)),
    ):
        yield hint, np.array(wrong)


# ---------------------------------------------------------------- the winner of equals


@exercise("bench-equals")
def equals(answer: Callable[[int, int, float], float]) -> str | None:
    """``answer(models, n, p)``: the mean share of the best of some equal models on n sounds."""
    for models, n, p in ((5, 60, 0.8), (1, 20, 0.3), (3, 10, 0.5), (8, 200, 0.9)):
        right = np.array(_best_of_equals(models, n, p))
        got = np.array(float(written(answer(models, n, p))))
        rest = f"it should be {right:.4f}, not {got:.4f}."
        hint = hint_for(got, right, _equals_mistakes(models, n, p), rest, 1e-3)
        if hint:
            return f"{models} models, {n} sounds, {p:.0%}: {hint}"
    return None


def _best_of_equals(models: int, n: int, p: float) -> float:
    below = stats.binom.cdf(np.arange(n), n, p)  # P(fewer than 1, 2 ... n hits)
    return float((1 - below**models).sum() / n)


def _equals_mistakes(models: int, n: int, p: float) -> Iterator[tuple[str, np.ndarray]]:
    below, up_to = (stats.binom.cdf(np.arange(n) + i, n, p) for i in (0, 1))
    for hint, wrong in (
        ("that is a single model's share; the best of them does better.", p),
        ("that is a number of hits: divide by n.", (1 - below**models).sum()),
        ("the powers say that all stay below; one must not.", (below**models).mean()),
        ("fewer than k hits is cdf(k - 1).", (1 - up_to**models).sum() / n),
        ("that is the worst of them: all have k or more.", ((1 - below) ** models).mean()),
        ("probabilities of events that can come together don't add up.",
         np.minimum(1, models * (1 - below)).mean()),
    ):  # fmt: skip
        yield hint, np.array(wrong)


# ---------------------------------------------------------------- cost against quality


@exercise("bench-front")
def front(answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    """``answer(cost, quality)``: which of (n,) models nobody beats in both."""
    for cost, quality in _MODELS:
        right = _front(cost, quality)
        got = np.asarray(written(answer(cost.copy(), quality.copy())))
        if got.dtype != bool:
            return "return a row of True and False: who is on the front."
        rest = (
            f"of costs {cost.tolist()} and qualities {quality.tolist()} it should be "
            f"{right.tolist()}, not {got.tolist()}."
        )
        wrong = _front_mistakes(cost, quality)
        hint = hint_for(got.astype(float), right.astype(float), wrong, rest)
        if hint:
            return hint
    return None


# In the first set the second model costs as much as the first and is worse, the third is as good
# and costs more; in the second set the last two are the same in both.
_MODELS = (
    (np.array([1.0, 1.0, 2.0, 4.0, 3.0, 9.0]), np.array([0.5, 0.4, 0.5, 0.9, 0.95, 0.99])),
    (np.array([5.0, 2.0, 2.0]), np.array([0.9, 0.7, 0.7])),
)


def _front(cost: np.ndarray, quality: np.ndarray) -> np.ndarray:
    """Return who is on the front: a row for each model, a column for each that might beat it."""
    reaches = (cost <= cost[:, None]) & (quality >= quality[:, None])
    better = (cost < cost[:, None]) | (quality > quality[:, None])
    return ~(reaches & better).any(axis=1)


def _front_mistakes(cost: np.ndarray, quality: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    cheaper, nicer = cost < cost[:, None], quality > quality[:, None]
    as_good = (cost <= cost[:, None]) & (quality >= quality[:, None])
    for hint, wrong in (
        ("that is who is beaten: return the others.", ~_front(cost, quality)),
        (
            "equal in one and better in the other is enough to beat it.",
            ~(cheaper & nicer).any(axis=1),
        ),
        (
            "models that are equal in both don't beat each other.",
            as_good.sum(axis=1) == 1,  # itself
        ),
        ("a model doesn't beat itself, nor one that is equal in both.", ~as_good.any(axis=1)),
        ("a high cost is bad: the front is where costs are low.", _front(-cost, quality)),
        ("a high quality is good: change the sign.", _front(cost, -quality)),
    ):
        yield hint, wrong.astype(float)
