"""The checks of the chapter Listening tests name the mistake that was made."""

import math

import numpy as np
import pytest
from scipy import stats

from aigc_edu.checks.product.listening_tests import _passing
from aigc_edu.teaching import check


def around(x, half):
    return x.mean() - half, x.mean() + half


def half(x, at=0.975, off=1, root=True, ddof=1):
    t = stats.t.ppf(at, len(x) - off)
    return t * x.std(ddof=ddof) / (math.sqrt(len(x)) if root else 1)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x: around(x, 1.96 * x.std(ddof=1) / math.sqrt(len(x))), "1.96"),
        (lambda x: around(x, half(x, ddof=0)), "ddof=1"),
        (lambda x: around(x, half(x, root=False)), "single values"),
        (lambda x: around(x, half(x, root=False) / len(x)), "not by n"),
        (lambda x: around(x, half(x, off=0)), "n - 1 degrees"),
        (lambda x: around(x, half(x, at=0.95)), "taken at 0.975"),
        (lambda x: around(x, x.std(ddof=1) / math.sqrt(len(x))), "t is missing"),
        (lambda x: around(x, -half(x)), "lower end comes first"),
        (lambda x: half(x), "shape should be"),
        (lambda x: (0, 1), "it should be"),
        (lambda x: ..., "not written yet"),
    ],
)
def test_interval_names_the_mistake(answer, hint):
    assert check("listening-interval", lambda x: around(x, half(x))).passed
    assert hint in check("listening-interval", answer).hint


def screen(ratings, least, share):
    return (ratings < least).mean(axis=1) <= share


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda r, a, s: ~screen(r, a, s), "return who stays"),
        (lambda r, a, s: (r < a).mean(axis=1) < s, "only more is too much"),
        (lambda r, a, s: (r <= a).mean(axis=1) <= s, "only lower ones"),
        (lambda r, a, s: (r >= a).all(axis=1), "now and then"),
        (lambda r, a, s: r.mean(axis=1) >= a, "count the misses"),
        (lambda r, a, s: (r < a).sum(axis=1) <= s, "take their share|now and then"),
        (lambda r, a, s: (r < a).mean(axis=0) <= s, "axis=1|shape should be"),
        (lambda r, a, s: (r < a).mean(axis=1), "True and False"),
        (lambda r, a, s: ..., "not written yet"),
    ],
)
def test_screen_names_the_mistake(answer, hint):
    assert check("listening-screen", screen).passed
    told = check("listening-screen", answer).hint
    assert any(part in told for part in hint.split("|"))


def chance(hits, n):
    return sum(math.comb(n, k) for k in range(hits, n + 1)) / 2**n


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda k, n: chance(k + 1, n), "count just so many"),
        (lambda k, n: math.comb(n, k) / 2**n, "Add those of more"),
        (lambda k, n: 1 - chance(k + 1, n), "or fewer"),
        (lambda k, n: min(1, 2 * chance(k, n)), "both ends"),
        (lambda k, n: (n - k + 1) / 2**n, "math.comb"),
        (lambda k, n: chance(k, n) - 1 / 2**n, "range ends"),
        (lambda k, n: chance(k, n) * 2**n, "all 2^n"),
        (lambda k, n: k / n, "share of hits"),
        (lambda k, n: 0.123, "it should be"),
        (lambda k, n: ..., "not written yet"),
    ],
)
def test_chance_names_the_mistake(answer, hint):
    assert check("listening-chance", chance).passed
    assert hint in check("listening-chance", answer).hint


def looks(listeners, most, every, random):
    hits = random.integers(0, 2, (listeners, most)).cumsum(axis=1)
    n = np.arange(1, most + 1)
    return (stats.binom.sf(hits - 1, n, 0.5) <= 0.05)[:, every - 1 :: every]


def peeking(listeners, most, every, random):
    return looks(listeners, most, every, random).any(axis=1).mean()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda a, m, e, r: looks(a, m, e, r)[:, -1].mean(), "at any of the looks"),
        (lambda a, m, e, r: peeking(a, m, 1, r), "after each trial"),
        (lambda a, m, e, r: 1 - peeking(a, m, e, r), "never pass"),
        (lambda a, m, e, r: peeking(a, m, 4, r), "looks once"),
        (lambda a, m, e, r: 17.0, "a share from 0 to 1"),
        (lambda a, m, e, r: 0.6, "it should be near"),
        (lambda a, m, e, r: ..., "not written yet"),
    ],
)
def test_peeking_names_the_mistake(answer, hint):
    assert check("listening-peeking", peeking).passed
    assert hint in check("listening-peeking", answer).hint


def test_the_exact_share_is_what_drawing_finds():
    random = np.random.default_rng(0)
    for every in (1, 4, 40):
        assert abs(peeking(20_000, 40, every, random) - _passing(every)) < 0.012
    assert _passing(40) == pytest.approx(stats.binom.sf(25, 40, 0.5))
