"""The checks of the chapter *Adversarial learning* name the mistake that was made."""

import math

import numpy as np
import pytest

from aigc_edu.teaching import check

LOST = {("logistic", 16), ("wasserstein", 0.25)}


def right_distance(real, made):
    return np.abs(np.sort(real) - np.sort(made)).mean()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, y: np.abs(x - y).mean(), "sort both"),
        (lambda x, y: np.abs(np.sort(x) - y).mean(), "sort the made"),
        (lambda x, y: np.abs(x - np.sort(y)).mean(), "sort the real"),
        (lambda x, y: abs(x.mean() - y.mean()), "distance of the means"),
        (lambda x, y: (np.sort(x) - np.sort(y)).mean(), "absolute values"),
        (lambda x, y: ((np.sort(x) - np.sort(y)) ** 2).mean(), "mean square"),
        (lambda x, y: ((np.sort(x) - np.sort(y)) ** 2).mean() ** 0.5, "root of the mean square"),
        (lambda x, y: np.abs(np.sort(x) - np.sort(y)).sum(), "divide by the number"),
        (lambda x, y: np.abs(np.sort(x) - np.sort(y)).max(), "largest way"),
        (lambda x, y: 7.0, "not 7.0"),
        (lambda x, y: ..., "not written yet"),
    ],
)
def test_distance_names_the_mistake(answer, hint):
    assert check("adversarial-distance", right_distance).passed
    assert hint in check("adversarial-distance", answer).hint


def sig(a):
    return 1 / (1 + math.exp(-a))


def right_turn(psi, theta, h, gamma):
    a = psi * theta
    return psi - h * (theta * sig(a) + gamma * psi), theta + h * psi * sig(-a)


def in_turns(psi, theta, h, gamma):
    psi, _ = right_turn(psi, theta, h, gamma)
    return psi, theta + h * psi * sig(-psi * theta)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (in_turns, "*old* psi"),
        (lambda p, t, h, g: (p - h * (t + g * p), t + h * p), "derivative of ln(1 + e^a)"),
        (lambda p, t, h, g: right_turn(p, t, h, 0), "where is gamma"),
        (lambda p, t, h, g: right_turn(p, t, h, -g), "friction"),
        (lambda p, t, h, g: right_turn(p, t, h, g / 2), "no 1/2"),
        (lambda p, t, h, g: right_turn(p, t, h, 2 * g), "gamma psi"),
        (
            lambda p, t, h, g: (p + h * (t * sig(p * t) - g * p), right_turn(p, t, h, g)[1]),
            "critic wants",
        ),
        (
            lambda p, t, h, g: (right_turn(p, t, h, g)[0], t - h * p * sig(-p * t)),
            "generator wants",
        ),
        (
            lambda p, t, h, g: (right_turn(p, t, h, g)[0], t + h * p * sig(p * t)),
            "its sigmoid is that of -psi",
        ),
        (
            lambda p, t, h, g: (p - h * t * sig(p * t) - g * p, right_turn(p, t, h, g)[1]),
            "multiplied by h",
        ),
        (lambda p, t, h, g: right_turn(p, t, h, g)[::-1], "psi first"),
        (lambda p, t, h, g: p, "two numbers"),
        (lambda p, t, h, g: (1.0, 2.0), "not 1.0000, 2.0000"),
        (lambda p, t, h, g: ..., "not written yet"),
    ],
)
def test_turn_names_the_mistake(answer, hint):
    assert check("adversarial-turn", right_turn).passed
    assert hint in check("adversarial-turn", answer).hint


def test_the_solution_is_right_about_where_the_game_ends():
    for gamma, low, high in ((0.0, 0.3, 0.9), (0.3, 0.0, 1e-3)):
        psi, theta = 0.0, 1.0
        for _ in range(2000):
            psi, theta = right_turn(psi, theta, 0.2, gamma)
        assert low <= math.hypot(psi, theta) < high


def right_pairs(real, made):
    return np.logaddexp(0, made - real).mean()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, y: np.logaddexp(0, x - y).mean(), "exchange the roles"),
        (lambda x, y: np.logaddexp(0, (y - x).mean()), "after the logarithm"),
        (lambda x, y: np.logaddexp(0, y - x).sum(), "that is the sum"),
        (lambda x, y: np.logaddexp(0, y[None] - x[:, None]).mean(), "first with first"),
        (lambda x, y: -np.logaddexp(0, x - y).mean(), "never negative"),
        (lambda x, y: (np.logaddexp(0, -x) + np.logaddexp(0, y)).mean(), "first GAN"),
        (lambda x, y: (y - x).mean(), "where is the logarithm"),
        (lambda x, y: np.log2(1 + np.exp(y - x)).mean(), "natural logarithm"),
        (lambda x, y: np.log(1 + np.exp(y - x)).mean(), "overflows"),
        (lambda x, y: 7.0, "not 7.0"),
        (lambda x, y: ..., "not written yet"),
    ],
)
def test_pairs_names_the_mistake(answer, hint):
    assert check("adversarial-pairs", right_pairs).passed
    assert hint in check("adversarial-pairs", answer).hint


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (LOST | {("relativistic", 1)}, "relativistic at 1 keeps it"),
        ({("logistic", 16)}, "1 more"),
        (set(), "2 more"),
        ({("logistic", 3)}, "ratios 0.25"),
        ({("hinge", 1)}, "losses are"),
        ({"logistic"}, "no pair"),
        ("logistic", "a set of pairs"),
        (3, "a set of pairs"),
        ({("relativistic", 1), ...}, "not written yet"),
    ],
)
def test_lost_names_the_mistake(answer, hint):
    assert check("adversarial-lost", LOST).passed
    assert hint in check("adversarial-lost", answer).hint
