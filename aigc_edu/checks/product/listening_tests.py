"""Checks of the exercises of the chapter *Listening tests*."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from aigc_edu.checks._compare import hint_for
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- Student's interval


@exercise("listening-interval")
def interval(answer: Callable[[np.ndarray], tuple[float, float]]) -> str | None:
    """``answer(values)``: the ends of Student's 95 % interval for the mean of (n,)."""
    for n in (5, 12):
        x = np.random.default_rng(n).normal(60, 10, n)
        right = _around(x, stats.t.ppf(0.975, n - 1) * x.std(ddof=1) / math.sqrt(n))
        got = np.array(written(answer(x.copy())), float)
        rest = f"of {n} values it should be {right.round(2)}, not {got.round(2)}."
        hint = hint_for(got, right, _interval_mistakes(x), rest, 1e-3)
        if hint:
            return hint
    return None


def _around(x: np.ndarray, half: float) -> np.ndarray:
    return x.mean() + half * np.array([-1.0, 1.0])


def _interval_mistakes(x: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    n, s, t = len(x), x.std(ddof=1), stats.t.ppf(0.975, len(x) - 1)
    for hint, half in (
        ("1.96 is for very many values. Few need t of n - 1 degrees.", 1.96 * s / math.sqrt(n)),
        ("np.std divides by n: ddof=1.", t * x.std() / math.sqrt(n)),
        ("that is where single values lie. Divide by the root of n.", t * s),
        ("divide by the root of n, not by n.", t * s / n),
        ("there are n - 1 degrees of freedom.", stats.t.ppf(0.975, n) * s / math.sqrt(n)),
        ("2.5 % lie above: t is taken at 0.975.", stats.t.ppf(0.95, n - 1) * s / math.sqrt(n)),
        ("that is the standard error; t is missing.", s / math.sqrt(n)),
        ("the lower end comes first.", -t * s / math.sqrt(n)),
    ):
        yield hint, _around(x, half)


# ---------------------------------------------------------------- who is left out


@exercise("listening-screen")
def screen(answer: Callable[[np.ndarray, float, float], np.ndarray]) -> str | None:
    """``answer(ratings, least, share)``: which listeners stay, from (listeners, trials)."""
    for ratings, share in ((_RATINGS, 0.15), (_RATINGS, 0.25), (_RATINGS.T[:5], 0.3)):
        right = (ratings < 90).mean(axis=1) <= share
        got = np.asarray(written(answer(ratings.copy(), 90.0, share)))
        if got.dtype != bool:
            return "return a row of True and False: who stays."
        rest = f"with a share of {share} it should be {right.tolist()}, not {got.tolist()}."
        hint = hint_for(got.astype(float), right, _screen_mistakes(ratings, share), rest)
        if hint:
            return hint
    return None


# Whose means say something else than the shares, a share of just a quarter, a rating of just 90.
_RATINGS = np.array(
    [
        [100, 100, 100, 90, 100, 100, 90, 100],
        [89, 100, 100, 100, 100, 100, 100, 100],
        [89, 88, 100, 100, 100, 100, 100, 100],
        [100, 30, 100, 100, 100, 100, 100, 100],
        [89, 89, 89, 100, 100, 100, 100, 100],
        [10, 20, 90, 5, 77, 60, 31, 100],
    ],
    float,
)


def _screen_mistakes(ratings: np.ndarray, share: float) -> Iterator[tuple[str, np.ndarray]]:
    missed = ratings < 90
    for hint, wrong in (
        ("that is who goes: return who stays.", missed.mean(axis=1) > share),
        ("who misses just that share stays: only more is too much.", missed.mean(axis=1) < share),
        (
            "a rating of just 90 isn't missed: only lower ones are.",
            (ratings <= 90).mean(1) <= share,
        ),
        ("one miss is allowed now and then: compare the share.", ~missed.any(axis=1)),
        ("the mean rating doesn't tell: count the misses.", ratings.mean(axis=1) >= 90),
        ("that is the number of misses: take their share.", missed.sum(axis=1) <= share),
        ("a row is a listener: mean(axis=1).", missed.mean(axis=0) <= share),
    ):
        yield hint, wrong.astype(float)


# ---------------------------------------------------------------- by chance


@exercise("listening-chance")
def chance(answer: Callable[[int, int], float]) -> str | None:
    """``answer(hits, trials)``: the probability of so many hits or more by guessing."""
    for hits, n in ((9, 12), (12, 16), (5, 10), (0, 4), (7, 7)):
        right = np.array(stats.binom.sf(hits - 1, n, 0.5))
        got = np.array(float(written(answer(hits, n))))
        rest = f"it should be {right:.4f}, not {got:.4f}."
        hint = hint_for(got, right, _chance_mistakes(hits, n), rest)
        if hint:
            return f"{hits} of {n}: {hint}"
    return None


def _chance_mistakes(hits: int, n: int) -> Iterator[tuple[str, np.ndarray]]:
    so_many, more = stats.binom.pmf(hits, n, 0.5), stats.binom.sf(hits, n, 0.5)
    right = so_many + more
    for hint, wrong in (
        ("count just so many hits, too: range(hits, n + 1).", more),
        ("that is the probability of just so many. Add those of more.", so_many),
        ("that is the probability of so many or fewer.", 1 - more),
        ("both ends are counted: only more hits are better.", min(1, 2 * right)),
        ("how many ways are there to get k of n right? math.comb(n, k).", (n - hits + 1) / 2**n),
        ("range ends before its end: range(hits, n + 1).", right - 0.5**n),
        ("divide by all 2^n outcomes.", right * 2**n),
        ("that is the share of hits, not a probability.", hits / n),
    ):
        yield hint, np.array(wrong)


# ---------------------------------------------------------------- looking too often

MOST, EVERY = 40, 4


@exercise("listening-peeking")
def peeking(answer: Callable[[int, int, int, np.random.Generator], float]) -> str | None:
    """``answer(listeners, most, every, random)``: how many who guess pass, if one looks often."""
    right, at_end = _passing(EVERY), _passing(MOST)
    got = float(written(answer(3000, MOST, EVERY, np.random.default_rng(1))))
    if not 0 <= got <= 1:
        return f"return a share from 0 to 1, not {got:g}."
    if abs(got - right) < 0.02:
        last = float(answer(3000, MOST, MOST, np.random.default_rng(2)))
        return None if abs(last - at_end) < 0.015 else "who looks once, at the end, looks too."
    if abs(got - at_end) < 0.012:
        return "that is who passes at the end. Count who passes at any of the looks."
    if abs(got - _passing(1)) < 0.02:
        return f"you look after each trial; look after {EVERY}, {2 * EVERY}, ... trials."
    if abs(1 - got - right) < 0.02:
        return "that is the share who never pass."
    return f"it should be near {right:.3f}, not {got:.3f}."


def _passing(every: int) -> float:
    """Return the exact share of guessers who have p <= 0.05 at one look or more, up to MOST."""
    alive = np.zeros(MOST + 1)  # probability of each number of hits, among who hasn't passed yet
    alive[0] = 1.0
    for n in range(1, MOST + 1):
        alive = 0.5 * (alive + np.append(0.0, alive[:-1]))
        if n % every == 0:
            least = next(k for k in range(n + 2) if stats.binom.sf(k - 1, n, 0.5) <= 0.05)
            alive[least:] = 0.0
    return float(1 - alive.sum())
