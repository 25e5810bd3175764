"""Checks of the exercises of the chapter *Adversarial learning*."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

import numpy as np

from aigc_edu.teaching.exercises import exercise, written
from aigc_edu.teaching.interactive.two_players import game

# ---------------------------------------------------------------- a distance by sorting


def _distance_hints(real: np.ndarray, made: np.ndarray) -> dict[float, str]:
    """Return what comes out of each known mistake, with a hint."""
    gaps = np.sort(real) - np.sort(made)
    return {
        float(np.abs(real - made).mean()): "the order must not matter: sort both first.",
        float(np.abs(np.sort(real) - made).mean()): "sort the made notes, too.",
        float(np.abs(real - np.sort(made)).mean()): "sort the real notes, too.",
        float(abs(real.mean() - made.mean())): "that is the distance of the means: two sets with "
        "the same mean can lie quite differently.",
        float(gaps.mean()): "a way up and a way down must not cancel: take absolute values.",
        float((gaps**2).mean()): "that is the mean square; take the mean absolute value.",
        float(np.sqrt((gaps**2).mean())): "that is the root of the mean square.",
        float(np.abs(gaps).sum()): "that is the sum; divide by the number of notes.",
        float(np.abs(gaps).max()): "that is the largest way; take the mean of all.",
    }


@exercise("adversarial-distance")
def distance(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    """``answer(real, made)``: the mean of |sort(real) - sort(made)|."""
    cases = (
        (np.array([0.5, -0.25, 1.0, 0.1]), np.array([0.7, 1.5, -0.85, 0.35])),
        (np.array([-0.75, 0.0, 0.0, 0.6]), np.array([0.0, 0.6, 0.0, -0.75])),
    )
    for real, made in cases:
        right = float(np.abs(np.sort(real) - np.sort(made)).mean())
        got = float(written(answer(real.copy(), made.copy())))
        if math.isclose(got, right, abs_tol=1e-6):
            continue
        case = f"For {real.tolist()} and {made.tolist()}"
        for wrong, hint in _distance_hints(real, made).items():
            if math.isclose(got, wrong, abs_tol=1e-6):
                return f"{case}: {hint}"
        return f"{case} it is {right:.4f}, not {got:.4f}."
    return None


# ---------------------------------------------------------------- a turn in the plane

Turn = Callable[[float, float, float, float], tuple[float, float]]


def _sig(a: float) -> float:
    return 1 / (1 + math.exp(-a))


def _right_turn(psi: float, theta: float, h: float, gamma: float) -> tuple[float, float]:
    critic = psi - h * (theta * _sig(psi * theta) + gamma * psi)
    return critic, theta + h * psi * _sig(-psi * theta)


def _in_turns(psi: float, theta: float, h: float, gamma: float) -> tuple[float, float]:
    critic, _ = _right_turn(psi, theta, h, gamma)
    return critic, theta + h * critic * _sig(-critic * theta)


def _scaled(friction: float) -> Turn:
    """Return the turn whose friction is so many times the right one."""
    return lambda psi, theta, h, gamma: _right_turn(psi, theta, h, friction * gamma)


_WRONG_TURNS: tuple[tuple[Turn, str], ...] = (
    (_scaled(0), "where is gamma?"),
    (_scaled(-1), "friction pulls psi towards 0: the sign of gamma's part."),
    (_scaled(0.5), "the derivative of gamma / 2 times psi squared has no 1/2."),
    (_scaled(2), "the derivative of gamma / 2 times psi squared is gamma psi."),
    (_in_turns, "you stepped in turns: theta must move by the *old* psi."),
    (
        lambda p, t, h, g: (2 * p - _right_turn(p, t, h, -g)[0], _right_turn(p, t, h, g)[1]),
        "the critic wants psi * theta small: its step has the other sign.",
    ),
    (
        lambda p, t, h, g: (_right_turn(p, t, h, g)[0], 2 * t - _right_turn(p, t, h, g)[1]),
        "the generator wants psi * theta large: its step has the other sign.",
    ),
    (
        lambda p, t, h, g: (p - h * (t + g * p), t + h * p),
        "those are the Wasserstein losses; the derivative of ln(1 + e^a) is sig(a).",
    ),
    (
        lambda p, t, h, g: (_right_turn(p, t, h, g)[0], t + h * p * _sig(p * t)),
        "the generator's loss has -psi * theta in it: its sigmoid is that of -psi * theta.",
    ),
    (
        lambda p, t, h, g: (p - h * t * _sig(p * t) - g * p, _right_turn(p, t, h, g)[1]),
        "the penalty is a part of the loss: its gradient is multiplied by h, too.",
    ),
    (lambda p, t, h, g: _right_turn(p, t, h, g)[::-1], "return psi first, then theta."),
)


@exercise("adversarial-turn")
def turn(answer: Turn) -> str | None:
    """``answer(psi, theta, h, gamma)``: both steps from the old weights."""
    for case in ((0.5, 1.0, 0.2, 0.3), (-1.5, 0.75, 0.1, 0.0), (1.0, -2.0, 0.5, 1.0)):
        right, got = _right_turn(*case), written(answer(*case))
        if np.shape(got) != (2,):
            return "Return two numbers, psi and theta."
        got = tuple(float(value) for value in got)
        if np.allclose(got, right, atol=1e-9):
            continue
        where = "For psi = {}, theta = {}, h = {}, gamma = {}".format(*case)
        for wrong, hint in _WRONG_TURNS:
            if np.allclose(got, wrong(*case), atol=1e-9):
                return f"{where}: {hint}"
        return f"{where} it is {right[0]:.4f}, {right[1]:.4f}, not {got[0]:.4f}, {got[1]:.4f}."
    return None


# ---------------------------------------------------------------- pairs


def _pair_hints(real: np.ndarray, made: np.ndarray) -> dict[float, str]:
    """Return what comes out of each known mistake, with a hint."""
    gaps, every = made - real, made[None] - real[:, None]
    return {
        float(np.logaddexp(0, -gaps).mean()): "that is the generator's loss: exchange the roles.",
        float(np.logaddexp(0, gaps.mean())): "take the mean after the logarithm, not before.",
        float(np.logaddexp(0, gaps).sum()): "that is the sum; take the mean.",
        float(np.logaddexp(0, every).mean()): "you compared each with each; pair first with first.",
        float(np.logaddexp(0, -gaps).mean() * -1): "the sign: the loss is never negative.",
        float(
            np.logaddexp(0, -real).mean() + np.logaddexp(0, made).mean()
        ): "that is the loss of the first GAN, which looks at each score by itself.",
        float(gaps.mean()): "that is the Wasserstein loss: where is the logarithm?",
        float(np.logaddexp2(0, gaps / math.log(2)).mean()): "use the natural logarithm.",
    }


@exercise("adversarial-pairs")
def pairs(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    """``answer(real, made)``: the mean of ln(1 + exp(made - real)), row by row."""
    real, made = np.array([1.0, -0.5, 2.0]), np.array([0.25, 0.75, -1.0])
    right = float(np.logaddexp(0, made - real).mean())
    got = float(written(answer(real.copy(), made.copy())))
    if not math.isclose(got, right, abs_tol=1e-6):
        case = f"For the scores {real.tolist()} and {made.tolist()}"
        for wrong, hint in _pair_hints(real, made).items():
            if math.isclose(got, wrong, abs_tol=1e-6):
                return f"{case}: {hint}"
        return f"{case} it is {right:.4f}, not {got:.4f}."
    for low, high, wanted in ((0.0, 2000.0, 2000.0), (2000.0, 0.0, 0.0)):
        with np.errstate(all="ignore"):
            got = float(answer(np.array([low]), np.array([high])))
        if not math.isclose(got, wanted, abs_tol=1e-6):
            return (
                f"For a real score of {low:g} and a made one of {high:g} it is {wanted:g}, not "
                f"{got}: the exponential overflows. ln(1 + e^a) is max(a, 0) + ln(1 + e^-|a|)."
            )
    return None


# ---------------------------------------------------------------- lost notes

_LOSSES = ("logistic", "wasserstein", "relativistic")
_RATIOS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_HIGH, _NEAR = 7 / 12, 0.2  # octaves


def _at_high_place(loss: str, ratio: float) -> int:
    """Return how many of the 48 notes are at the high place after the last turn."""
    return int((np.abs(game(loss, ratio)["made"][-1] - _HIGH) < _NEAR).sum())


@exercise("adversarial-lost")
def lost(answers: Collection[tuple[str, float]]) -> list[str] | str:
    """``answers``: the games of the figure that end without a high note, as (loss, ratio)."""
    if not isinstance(answers, Collection) or isinstance(answers, str):
        return 'Give a set of pairs, such as {("relativistic", 1)}.'
    given = set()
    for pair in answers:
        pair = written(pair)
        if not isinstance(pair, tuple) or len(pair) != 2:
            return f"{pair!r} is no pair of a loss and a ratio."
        if pair[0] not in _LOSSES or pair[1] not in _RATIOS:
            return f"{pair!r}: losses are {', '.join(_LOSSES)}; ratios 0.25, 0.5, 1, 2, 4, 8, 16."
        given.add((pair[0], float(pair[1])))
    kept = {pair: _at_high_place(*pair) for pair in given}
    wrong = [
        f"{loss} at {ratio:g} keeps it: {count} of 48 notes are high after turn 400."
        for (loss, ratio), count in sorted(kept.items())
        if count
    ]
    right = {
        (loss, ratio) for loss in _LOSSES for ratio in _RATIOS if not _at_high_place(loss, ratio)
    }
    if not wrong and given != right:
        return f"{len(right - given)} more: go through the ratios of each loss, both ends included."
    return wrong
