"""The checks of the chapter *VITS: from text to durations* name the mistake that was made."""

import math

import numpy as np
import pytest

from aigc_edu.checks.tokens.vits_text_to_durations import (
    ALIGNERS,
    FAULTS,
    Aligner,
    _best,
    brute_best,
)
from aigc_edu.teaching import check


@pytest.mark.parametrize("seed", range(40))
def test_the_largest_sum_is_that_of_all_paths(seed):
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 5))
    optional = [bool(n % 2 == seed % 2) for n in range(count)] if count > 1 else [False]
    score = random.standard_normal((count, int(random.integers(count, 8))))
    assert _best(score, optional) == pytest.approx(brute_best(score, optional))


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ("none", "no symbol was left out"),
        ("all", "that isn't optional"),
        ("own", "has to be optional, not n"),
        ("first", "may be the second one's"),
        ("last", "may be the one's before it"),
        ("anywhere", "belongs to symbol 0"),
        ("begin", "only if symbol 0"),
        ("end", "belongs to the last symbol"),
        ("moving", "may have several frames"),
        ("over", "keep a copy"),
    ],
)
def test_optional_names_the_mistake(change, hint):
    assert check("vits-optional", _best).passed
    assert hint in check("vits-optional", lambda s, o: _best(s, o, **{change: True})).hint


def test_optional_finds_a_column_that_is_written_over():
    def in_place(score, optional):
        Q = np.full(len(score), -np.inf)
        Q[0] = score[0, 0]
        if optional[0]:
            Q[1] = score[1, 0]
        for t in range(1, score.shape[1]):
            for n in range(len(score)):
                came = [Q[n], Q[n - 1] if n else -np.inf]
                if n >= 2 and optional[n - 1]:
                    came.append(Q[n - 2])
                Q[n] = max(came) + score[n, t]
        return max(Q[-1], Q[-2]) if optional[-1] else Q[-1]

    assert "keep a copy" in check("vits-optional", in_place).hint


def test_optional_refuses_what_is_no_sum():
    assert "not 0.5000" in check("vits-optional", lambda s, o: 0.5).hint
    assert "not written yet" in check("vits-optional", lambda s, o: ...).hint


def expand(mean, log_durations, speed):
    return np.repeat(mean, np.ceil(np.exp(log_durations) / speed).astype(int), axis=1)


def with_durations(rule):
    return lambda m, d, v: np.repeat(m, rule(d, v).astype(int), axis=1)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda m, d, v: expand(m, d, v).T, "each column is a frame"),
        (with_durations(lambda d, v: np.ceil(np.exp(d) * v)), "divide by the speed"),
        (with_durations(lambda d, v: np.round(np.exp(d) / v)), "gets one, not none"),
        (with_durations(lambda d, v: np.floor(np.exp(d) / v)), "gets one, not none"),
        (with_durations(lambda d, v: np.maximum(1, np.round(np.exp(d) / v))), "2.2 frames"),
        (with_durations(lambda d, v: np.maximum(1, np.floor(np.exp(d) / v))), "2.8 frames"),
        (with_durations(lambda d, v: np.ceil(np.ceil(np.exp(d)) / v)), "divide first"),
        (with_durations(lambda d, v: np.maximum(1, np.ceil(d / v))), "take exp"),
        (with_durations(lambda d, v: np.ceil(np.exp(d / v))), "divide after exp"),
        (with_durations(lambda d, v: np.ceil(np.exp(d))), "was not used"),
        (
            lambda m, d, v: np.tile(m, 99)[:, : int(np.ceil(np.exp(d) / v).sum())],
            "np.repeat, not np.tile",
        ),
        (lambda m, d, v: np.zeros_like(expand(m, d, v)), "in their order"),
        (lambda m, d, v: m, "the shape should be"),
        (lambda m, d, v: ..., "not written yet"),
    ],
)
def test_expand_names_the_mistake(answer, hint):
    assert check("vits-expand", expand).passed
    assert hint in check("vits-expand", answer).hint


def normal(z):
    return -0.5 * (z**2 + math.log(2 * math.pi))


def density(d, u, a, s):
    y = np.log(d - u)
    return normal(a + math.exp(s) * y) + s - y


def added(rule):
    """Return an answer with other logarithms of slopes: a function of s and y."""
    return lambda d, u, a, s: normal(a + math.exp(s) * np.log(d - u)) + rule(s, np.log(d - u))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (added(lambda s, y: 0), "both steps stretch"),
        (added(lambda s, y: -s - y), "is s, not -s"),
        (added(lambda s, y: s), "-ln(d - u) is missing"),
        (added(lambda s, y: s + y), "not +"),
        (added(lambda s, y: -y), "exp(s), is missing"),
        (added(lambda s, y: math.exp(s) - y), "s, not exp(s)"),
        (added(lambda s, y: s + np.exp(-y)), "not 1 / (d - u)"),
        (added(lambda s, y: s - y + 0.5 * math.log(2 * math.pi)), "1 / sqrt(2 pi)"),
        (lambda d, u, a, s: density(d, 0, a, s), "not of d"),
        (lambda d, u, a, s: np.exp(density(d, u, a, s)), "return its logarithm"),
        (lambda d, u, a, s: density(d, u, a, s).sum(), "not their sum"),
        (lambda d, u, a, s: normal(a + s * np.log(d - u)) + s - np.log(d - u), "not by s"),
        (lambda d, u, a, s: np.ones(len(d)), "not 1.0000"),
        (lambda d, u, a, s: ..., "not written yet"),
    ],
)
def test_density_names_the_mistake(answer, hint):
    assert check("vits-density", density).passed
    assert hint in check("vits-density", answer).hint


def scores(durations, best=1.0):
    """Return scores of which just these durations have the largest sum."""
    labels = np.repeat(np.arange(len(durations)), durations)
    return best * (labels == np.arange(len(durations))[:, None])


def fault(aligner):
    clear = scores([2, 5, 1, 4])
    lured, poor = clear.copy(), clear.copy()
    lured[0, 9] = 3
    poor[2] = -9
    if (np.diff(aligner(lured)) < 0).any():
        return "jumps"
    if 2 not in aligner(poor):
        return "skips"
    if np.bincount(aligner(clear)).tolist() == [2, 5, 1, 4]:
        return "none"
    return "even" if np.bincount(aligner(clear)).tolist() == [3, 3, 3, 3] else "late"


@pytest.mark.parametrize(
    ("found", "instead", "hint"),
    [
        ("none", "late", "just the durations"),
        ("jumps", "none", "goes back"),
        ("skips", "none", "fits no frame"),
        ("even", "late", "doesn't look at them"),
        ("late", "none", "one frame behind"),
        ("late", "fine", "return one of"),
        ("none", None, "not written yet"),
    ],
)
def test_fault_names_the_mistake(found, instead, hint):
    def wrong(aligner):
        return instead if aligner.fault == found else aligner.fault

    assert hint in check("vits-fault", wrong).hint


def test_the_faults_are_found_by_giving_scores():
    assert check("vits-fault", fault).passed
    assert sorted(fault(one) for one in ALIGNERS.values()) == sorted(FAULTS)
    with pytest.raises(ValueError, match="shape"):
        Aligner("none")(np.zeros((3, 2)))


@pytest.mark.parametrize("seed", range(10))
def test_every_aligner_but_two_gives_each_symbol_a_frame(seed):
    score = np.random.default_rng(seed).standard_normal((5, 5 + seed))
    for name in ("none", "even", "late"):
        labels = Aligner(name)(score)
        assert labels.shape == (5 + seed,) and set(labels) == set(range(5))
        assert (np.diff(labels) >= 0).all()
    assert (np.diff(Aligner("skips")(score)) >= 0).all()
