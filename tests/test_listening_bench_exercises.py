"""The checks of the chapter The listening bench name the mistake that was made."""

import math

import numpy as np
import pytest
from scipy import stats

from aigc_edu.teaching import check

Z = 1.96


def best(h, n, k):
    return 1 - math.comb(n - h, k) / math.comb(n, k)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda h, n, k: math.comb(n - h, k) / math.comb(n, k), "all k miss"),
        (lambda h, n, k: 1 - (1 - h / n) ** k, "drawn twice"),
        (lambda h, n, k: h / n, "share of hits"),
        (lambda h, n, k: min(1, k * h / n), "one is enough"),
        (lambda h, n, k: math.comb(h, k) / math.comb(n, k), "all k hit"),
        (lambda h, n, k: 0.5, "it should be"),
        (lambda h, n, k: ..., "not written yet"),
    ],
)
def test_best_names_the_mistake(answer, hint):
    assert check("bench-best", best).passed
    assert hint in check("bench-best", answer).hint


def test_best_is_what_drawing_gives():
    hits, n, k, random = 2, 6, 3, np.random.default_rng(0)
    takes = np.arange(n) < hits
    drawn = [random.permutation(takes)[:k].any() for _ in range(4000)]
    assert np.mean(drawn) == pytest.approx(best(hits, n, k), abs=0.03)


def needed(p, q):
    return math.floor(Z**2 * (p * (1 - p) + q * (1 - q)) / (p - q) ** 2) + 1


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda p, q: Z**2 * (p - p * p + q - q * q) / (p - q) ** 2, "whole number"),
        (lambda p, q: needed(p, q) - 1, "one more"),
        (lambda p, q: math.floor(Z * (p - p * p + q - q * q) / (p - q) ** 2) + 1, "is squared"),
        (lambda p, q: math.floor(Z**2 * (p - p * p + q - q * q) / abs(p - q)) + 1, "squared, too"),
        (lambda p, q: math.floor(Z**2 * (p - p * p) / (p - q) ** 2) + 1, "two variances"),
        (lambda p, q: math.floor(Z**2 * (q - q * q) / (p - q) ** 2) + 1, "two variances"),
        (lambda p, q: math.floor((p - p * p + q - q * q) / (p - q) ** 2) + 1, "not one"),
        (lambda p, q: 7, "it should be"),
        (lambda p, q: ..., "not written yet"),
    ],
)
def test_needed_names_the_mistake(answer, hint):
    assert check("bench-needed", needed).passed
    assert hint in check("bench-needed", answer).hint


def equals(models, n, p):
    below = stats.binom.cdf(np.arange(n), n, p)
    return (1 - below**models).sum() / n


def parts(n, p, plus=0):
    return stats.binom.cdf(np.arange(n) + plus, n, p)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda m, n, p: p, "single model"),
        (lambda m, n, p: n * equals(m, n, p), "divide by n"),
        (lambda m, n, p: (parts(n, p) ** m).mean(), "all stay below"),
        (lambda m, n, p: (1 - parts(n, p, 1) ** m).sum() / n, "cdf(k - 1)"),
        (lambda m, n, p: ((1 - parts(n, p)) ** m).mean(), "worst of them"),
        (lambda m, n, p: np.minimum(1, m * (1 - parts(n, p))).mean(), "don't add up"),
        (lambda m, n, p: 0.123, "it should be"),
        (lambda m, n, p: ..., "not written yet"),
    ],
)
def test_equals_names_the_mistake(answer, hint):
    assert check("bench-equals", equals).passed
    assert hint in check("bench-equals", answer).hint


def test_equals_is_what_drawing_gives():
    drawn = np.random.default_rng(0).binomial(60, 0.8, (20_000, 5)).max(axis=1) / 60
    assert drawn.mean() == pytest.approx(equals(5, 60, 0.8), abs=1e-3)


def front(cost, quality):
    on = [
        not any(
            c <= cost[i] and q >= quality[i] and (c < cost[i] or q > quality[i])
            for c, q in zip(cost, quality, strict=True)
        )
        for i in range(len(cost))
    ]
    return np.array(on)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda c, q: ~front(c, q), "return the others"),
        (lambda c, q: ~((c < c[:, None]) & (q > q[:, None])).any(axis=1), "is enough to beat"),
        (lambda c, q: ((c <= c[:, None]) & (q >= q[:, None])).sum(axis=1) == 1, "each other"),
        (lambda c, q: ~((c <= c[:, None]) & (q >= q[:, None])).any(axis=1), "beat itself"),
        (lambda c, q: front(-c, q), "costs are low"),
        (lambda c, q: front(c, -q), "change the sign"),
        (lambda c, q: front(c, q).astype(int), "True and False"),
        (lambda c, q: np.arange(len(c)) == 0, "it should be"),
        (lambda c, q: ..., "not written yet"),
    ],
)
def test_front_names_the_mistake(answer, hint):
    assert check("bench-front", front).passed
    assert hint in check("bench-front", answer).hint
