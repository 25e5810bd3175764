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
        (np.array([0.5, -0.25, 1.0, 0.0]), np.array([0.75, 1.5, -1.0, 0.5])),
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
_WRONG_TURNS: tuple[tuple[Turn, str], ...] = (
    (
        lambda p, t, h, g: (p - h * (t + g * p), t + h * (p - h * (t + g * p))),
        "you stepped in turns: theta must move by the *old* psi.",
    ),
    (
        lambda p, t, h, g: (p + h * (t - g * p), t + h * p),
        "the critic wants psi * theta small: its step has the other sign.",
    ),
    (
        lambda p, t, h, g: (p - h * (t + g * p), t - h * p),
        "the generator wants psi * theta large: its step has the other sign.",
    ),
    (lambda p, t, h, g: (p - h * t, t + h * p), "where is gamma?"),
    (
        lambda p, t, h, g: (p - h * (t - g * p), t + h * p),
        "friction pulls psi towards 0: the sign of gamma's part.",
    ),
    (
        lambda p, t, h, g: (p - h * (t + g / 2 * p), t + h * p),
        "the penalty is gamma / 2 times psi squared: its derivative has no 1/2.",
    ),
    (
        lambda p, t, h, g: (p - h * (t + 2 * g * p), t + h * p),
        "the penalty is gamma / 2 times psi squared, so its derivative is gamma psi.",
    ),
    (
        lambda p, t, h, g: (p - h * (t + g * p), t + h * (p - g * t)),
        "the penalty belongs to the critic alone.",
    ),
    (
        lambda p, t, h, g: (p - h * t - g * p, t + h * p),
        "the penalty is a part of the loss: its gradient is multiplied by h, too.",
    ),
    (
        lambda p, t, h, g: (
            p - h * (t / (1 + math.exp(-p * t)) + g * p),
            t + h * p / (1 + math.exp(p * t)),
        ),
        "those are the losses of the first GAN; with Wasserstein's there is no sigmoid.",
    ),
    (lambda p, t, h, g: (t + h * p, p - h * (t + g * p)), "return psi first, then theta."),
)


@exercise("adversarial-turn")
def turn(answer: Turn) -> str | None:
    """``answer(psi, theta, h, gamma)``: both steps from the old weights."""
    for case in ((0.5, 1.0, 0.2, 0.3), (-1.5, 0.75, 0.1, 0.0), (1.0, -2.0, 0.5, 1.0)):
        psi, theta, h, gamma = case
        right = (psi - h * (theta + gamma * psi), theta + h * psi)
        got = written(answer(psi, theta, h, gamma))
        if np.shape(got) != (2,):
            return "Return two numbers, psi and theta."
        got = tuple(float(value) for value in got)
        if np.allclose(got, right, atol=1e-9):
            continue
        where = f"For psi = {psi}, theta = {theta}, h = {h}, gamma = {gamma}"
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
