"""Checks of the exercises of the chapter *VITS: from text to durations*."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product

import numpy as np

from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.nn.alignment import search_alignment
from aigc_edu.teaching.exercises import exercise, written

Array = np.ndarray

# ---------------------------------------------------------------- symbols that may be left out


@exercise("vits-optional")
def optional_symbols(answer: Callable[[Array, Sequence[bool]], float]) -> str | None:
    """``answer(score, optional)``: the largest sum, if optional symbols may have no frame."""
    random = np.random.default_rng(3)
    cases = [
        (random.standard_normal((len(optional), len(optional) + more)), optional)
        for optional in _OPTIONAL
        for more in (0, 1, 2, 3, 3, 3)
    ]
    got = np.array([float(written(answer(score.copy(), list(o)))) for score, o in cases])
    right = np.array([_best(*case) for case in cases])
    off = np.flatnonzero(~np.isclose(got, right, rtol=1e-4, atol=1e-5))
    if not len(off):
        return None
    score, optional = cases[off[0]]
    flags = "".join("?" if one else "x" for one in optional)
    rest = (
        f"for the symbols {flags} (? is optional) and {score.shape[1]} frames the largest sum "
        f"is {right[off[0]]:.4f}, not {got[off[0]]:.4f}."
    )
    return hint_for(got, right, _optional_mistakes(cases), rest)


_OPTIONAL = [
    tuple(mark == "?" for mark in marks)
    for marks in ("xxx", "x?x", "?xx", "xx?", "x?x?x", "?x?x?", "xx?xx")
]


def _best(score: Array, optional: Sequence[bool], **change: bool) -> float:
    """Return the largest sum; ``change`` makes one mistake."""
    if change.get("over", False):
        return _overwriting(score, optional)
    count, frames = score.shape
    skip = [change.get("all", False) or one for one in optional]
    if change.get("own", False):
        skip = [*optional[1:], False]
    if change.get("none", False):
        skip = count * [False]
    best = np.full(count, -np.inf)
    best[0] = score[0, 0]
    if count > 1 and (skip[0] or change.get("begin", False)) and not change.get("first", False):
        best[1] = score[1, 0]
    if change.get("anywhere", False):
        best = score[:, 0].copy()
    for t in range(1, frames):
        rows = [best] if not change.get("moving", False) else []
        rows.append(np.concatenate([[-np.inf], best[:-1]]))
        two = np.concatenate([[-np.inf, -np.inf], best[:-2]])[:count]
        over = np.array([False, False, *skip[1 : count - 1]])[:count]
        rows.append(np.where(over, two, -np.inf))
        best = np.max(rows, axis=0) + score[:, t]
    if change.get("end", False):
        return float(best.max())
    return float(max(best[-1], best[-2] if skip[-1] and not change.get("last") else -np.inf))


def _overwriting(score: Array, optional: Sequence[bool]) -> float:
    """Return what comes out if each value is written over the one that the next symbol needs."""
    best = np.full(len(score) + 2, -np.inf)  # two in front, from where nobody comes
    best[2:4] = score[0, 0], score[1, 0] if optional[0] else -np.inf
    for t in range(1, score.shape[1]):
        for n in range(len(score)):
            two = best[n] if n >= 2 and optional[n - 1] else -np.inf
            best[n + 2] = max(best[n + 2], best[n + 1], two) + score[n, t]
    return float(max(best[-1], best[-2] if optional[-1] else -np.inf))


def brute_best(score: Array, optional: Sequence[bool]) -> float:
    """Return the largest sum by trying all paths: for the tests."""
    count, frames = score.shape
    sums = [-math.inf]
    for kept in product(*((True, False) if one else (True,) for one in optional)):
        rows = score[np.flatnonzero(kept)]
        for cuts in combinations(range(1, frames), len(rows) - 1):
            ends = zip((0, *cuts), (*cuts, frames), strict=True)
            parts = (row[a:b].sum() for row, (a, b) in zip(rows, ends, strict=True))
            sums.append(float(sum(parts)))
    return max(sums)


def _optional_mistakes(
    cases: Sequence[tuple[Array, Sequence[bool]]],
) -> Iterator[tuple[str, Array]]:
    for hint, change in (
        ("no symbol was left out: from n - 2 one may go to n if n - 1 is optional.", "none"),
        ("a symbol was left out that isn't optional.", "all"),
        ("to go from n - 2 to n, n - 1 has to be optional, not n.", "own"),
        ("if the first symbol is optional, the first frame may be the second one's.", "first"),
        ("if the last symbol is optional, the last frame may be the one's before it.", "last"),
        ("the first frame belongs to symbol 0, or to 1 if 0 is optional.", "anywhere"),
        ("the first frame may be symbol 1's only if symbol 0 is optional.", "begin"),
        ("the last frame belongs to the last symbol, or to the one before if that may go.", "end"),
        ("a symbol may have several frames: from n one may stay at n.", "moving"),
        ("Q of frame t needs that of frame t - 1: keep a copy while you write.", "over"),
    ):
        yield hint, np.array([_best(*case, **{change: True}) for case in cases])


# ---------------------------------------------------------------- from symbols to frames


@exercise("vits-expand")
def expand(answer: Callable[[Array, Array, float], Array]) -> str | None:
    """``answer(mean, log_durations, speed)``: what each frame gets, (C, T)."""
    random = np.random.default_rng(5)
    for speed in (1.0, 2.0, 0.5):
        mean, log_durations = random.standard_normal((3, 6)), random.normal(0.8, 1.0, 6)
        log_durations[2] = -2.0  # far below a frame
        right = _expanded(mean, np.ceil(np.exp(log_durations) / speed))
        got = np.array(written(answer(mean.copy(), log_durations.copy(), speed)), float)
        rest = "the values aren't those of the symbols in their order."
        hint = hint_for(got, right, _expand_mistakes(mean, log_durations, speed), rest)
        if hint:
            return f"At a speed of {speed:g}: {hint}"
    return None


def _expanded(mean: Array, durations: Array) -> Array:
    return np.repeat(mean, durations.astype(int), axis=1)


def _expand_mistakes(
    mean: Array, log_durations: Array, speed: float
) -> Iterator[tuple[str, Array]]:
    d = np.exp(log_durations)
    right = np.ceil(d / speed)
    yield "the shape is (C, T): each column is a frame.", _expanded(mean, right).T
    for hint, durations in (
        ("twice as fast means half as long: divide by the speed.", np.ceil(d * speed)),
        ("round up: a symbol of 0.1 frames gets one, not none.", np.round(d / speed)),
        ("round up: a symbol of 0.1 frames gets one, not none.", np.floor(d / speed)),
        ("round up, not to the nearest: 2.2 frames become 3.", np.maximum(1, np.round(d / speed))),
        ("round up, not down: 2.8 frames become 3.", np.maximum(1, np.floor(d / speed))),
        ("divide first, and round up then.", np.ceil(np.ceil(d) / speed)),
        (
            "these are logarithms of durations: take exp.",
            np.maximum(1, np.ceil(log_durations / speed)),
        ),
        ("add the logarithm, or divide after exp.", np.ceil(np.exp(log_durations / speed))),
        ("the speed was not used.", np.ceil(d)),
    ):
        yield hint, _expanded(mean, durations)
    order = np.arange(int(right.sum())) % mean.shape[1]
    hint = "a symbol's frames follow one another: np.repeat, not np.tile."
    yield hint, mean[:, order]


# ---------------------------------------------------------------- the density of a duration


@exercise("vits-density")
def density(answer: Callable[[Array, Array, float, float], Array]) -> str | None:
    """``answer(d, u, a, s)``: the log-density of d - u by a flow of two steps, for each row."""
    random = np.random.default_rng(8)
    for a, s in ((0.5, 0.3), (-1.5, 0.4), (-2.0, -0.7)):
        d, u = random.integers(1, 12, 7), random.uniform(0.05, 0.95, 7)
        right = _density(d, u, a, s)
        got = np.array(written(answer(d.copy(), u.copy(), a, s)), float)
        rest = f"for d = {d[0]}, u = {u[0]:.2f} it should be {right[0]:.4f}, not "
        rest += f"{got.ravel()[0]:.4f}."
        hint = hint_for(got, right, _density_mistakes(d, u, a, s), rest)
        if hint:
            return f"With a = {a:g} and s = {s:g}: {hint}"
    return None


def _normal(z: Array) -> Array:
    return -0.5 * (z**2 + math.log(2 * math.pi))


def _density(d: Array, u: Array, a: float, s: float) -> Array:
    y = np.log(d - u)
    return _normal(a + math.exp(s) * y) + s - y


def _density_mistakes(d: Array, u: Array, a: float, s: float) -> Iterator[tuple[str, Array]]:
    y = np.log(d - u)
    normal = _normal(a + math.exp(s) * y)
    half = 0.5 * math.log(2 * math.pi)
    for hint, wrong in (
        ("both steps stretch: add the logarithms of their slopes.", normal),
        ("the slope of z = a + exp(s) y is exp(s): its logarithm is s, not -s.", normal - s - y),
        ("the slope of the logarithm is 1 / (d - u): -ln(d - u) is missing.", normal + s),
        ("the slope of the logarithm is 1 / (d - u), so -ln(d - u), not +.", normal + s + y),
        ("the slope of the second step, exp(s), is missing.", normal - y),
        ("these slopes are to be added as logarithms: s, not exp(s).", normal + math.exp(s) - y),
        ("the logarithms are to be added: -ln(d - u), not 1 / (d - u).", normal + s + 1 / (d - u)),
        ("the normal density has a factor 1 / sqrt(2 pi).", normal + half + s - y),
        ("take the logarithm of d - u, not of d.", _density(d, 0 * u, a, s)),
        ("that is the density: return its logarithm.", np.exp(normal + s - y)),
        ("one number for each row, not their sum.", np.array((normal + s - y).sum())),
        ("z is a + exp(s) y: multiply by exp(s), not by s.", _normal(a + s * y) + s - y),
    ):
        yield hint, np.asarray(wrong)


# ---------------------------------------------------------------- five aligners

FAULTS = ("none", "jumps", "skips", "even", "late")


class Aligner:
    """Says which symbol each frame belongs to, and may have a fault.

    Parameters
    ----------
    fault
        ``"none"``; ``"jumps"``: it takes the best symbol of each frame by itself; ``"skips"``: it
        never goes back, but may leave symbols out; ``"even"``: it gives all symbols the same
        time, whatever the scores; ``"late"``: a symbol begins a frame too late.
    """

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def __call__(self, score: Array) -> Array:
        """Return a symbol's number for each frame, (T,), for scores (N, T), N <= T."""
        score = np.asarray(score, float)
        if score.ndim != 2 or not 1 <= len(score) <= score.shape[1]:
            raise ValueError(f"score has the shape (N, T) with N <= T, got {score.shape}")
        if self.fault == "jumps":
            return score.argmax(axis=0)
        if self.fault == "skips":
            return _skipping(score)
        count, frames = score.shape
        ends = np.cumsum(search_alignment(score))
        if self.fault == "even":
            ends = np.round(np.linspace(0, frames, count + 1)).astype(int)[1:]
        if self.fault == "late":
            ends = np.minimum(ends + 1, frames - np.arange(count)[::-1])
        return np.repeat(np.arange(count), np.diff(ends, prepend=0))


def _skipping(score: Array) -> Array:
    """Return the best row of symbols that never goes back, all others allowed."""
    best, came = score[:, 0].copy(), []
    for t in range(1, score.shape[1]):
        up_to = np.maximum.accumulate(best)
        came.append(
            np.array([int(np.flatnonzero(best[: n + 1] == up_to[n])[-1]) for n in _n(best)])
        )
        best = up_to + score[:, t]
    labels = [int(best.argmax())]
    for row in reversed(came):
        labels.append(int(row[labels[-1]]))
    return np.array(labels[::-1])


def _n(row: Array) -> range:
    return range(len(row))


ALIGNERS = dict(zip("ABCDE", (Aligner(FAULTS[n]) for n in (4, 1, 0, 3, 2)), strict=True))


@exercise("vits-fault")
def fault(answer: Callable[[Aligner], str]) -> str | None:
    """``answer(aligner)`` names what is wrong with an aligner, by giving it scores."""
    for right in FAULTS:
        got = written(answer(Aligner(right)))
        if got not in FAULTS:
            return one_of(FAULTS, got)
        if got != right:
            return f'"{right}" was called "{got}". {_FAULT_HINTS[right]}'
    return None


_FAULT_HINTS = {
    "none": "A right one finds just the durations that the scores were made of.",
    "jumps": "Make a frame in the middle that fits an early symbol best: this one goes back.",
    "skips": "Make a symbol that fits no frame: it must have one frame all the same.",
    "even": "Make scores of clear durations that are not equal: this one doesn't look at them.",
    "late": "Make scores of clear durations: here each border lies one frame behind the true one.",
}
