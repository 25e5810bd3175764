"""The checks of the chapter Judging generated sound name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu.checks.product.judging import DAMAGES, damaged, words
from aigc_edu.evaluation.fidelity import log_mel_distance, si_sdr
from aigc_edu.teaching import check


def line(counts, distances):
    return np.polyfit(1 / counts, distances, 1)[1]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda n, d: np.polyfit(1 / n, d, 1)[0], "that is the slope"),
        (lambda n, d: np.polyfit(n, d, 1)[1], "over 1 / n, not over n"),
        (lambda n, d: np.polyfit(n, d, 1)[0], "slope over n"),
        (lambda n, d: d[-1], "largest set"),
        (lambda n, d: d.mean(), "a mean"),
        (lambda n, d: np.polyfit(1 / n, d, 1).sum(), "a single clip"),
        (lambda n, d: np.polyfit(1 / n, np.log(d), 1)[1], "not their logarithms"),
        (lambda n, d: 0.0, "it should be"),
        (lambda n, d: ..., "not written yet"),
    ],
)
def test_line_names_the_mistake(answer, hint):
    assert check("measures-line", line).passed
    assert hint in check("measures-line", answer).hint


def ranks(x):
    return np.argsort(np.argsort(x))


def rank(x, y):
    return np.corrcoef(ranks(x), ranks(y))[0, 1]


def by_formula(x, y):
    n, d = len(x), ranks(x) - ranks(y)
    return 1 - 6 * np.sum(d**2) / (n * (n**2 - 1))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, y: np.corrcoef(x, y)[0, 1], "the values themselves"),
        (lambda x, y: np.corrcoef(np.argsort(x), np.argsort(y))[0, 1], "argsort the result"),
        (lambda x, y: np.corrcoef(ranks(x), y)[0, 1], "no ranks yet"),
        (lambda x, y: np.corrcoef(x, ranks(y))[0, 1], "no ranks yet"),
        (lambda x, y: -rank(x, y), "turned round"),
        (lambda x, y: np.cov(ranks(x), ranks(y))[0, 1], "n - 1"),
        (lambda x, y: np.cov(ranks(x), ranks(y), bias=True)[0, 1], "both deviations"),
        (lambda x, y: np.corrcoef(ranks(x), ranks(y))[0, 0], "take [0, 1]"),
        (lambda x, y: 1 - 6 * np.sum((ranks(x) - ranks(y)) ** 2) / len(x) ** 3, "n (n^2 - 1)"),
        (lambda x, y: 0.5, "it should be"),
        (lambda x, y: ..., "not written yet"),
    ],
)
def test_rank_names_the_mistake(answer, hint):
    assert check("measures-rank", rank).passed and check("measures-rank", by_formula).passed
    assert hint in check("measures-rank", answer).hint


def upper(x):
    return np.sum(np.abs(np.fft.rfft(x)[len(x) // 4 :]) ** 2)


def damage(real, made):
    if si_sdr(real, made) > 60:
        return "softer"
    if upper(made) < upper(real) / 4:
        return "muffled"
    return "late" if log_mel_distance(real, made, 8000) < 1 else "hiss"


@pytest.mark.parametrize(
    ("found", "instead", "hint"),
    [
        ("late", "hiss", "stays below 1 dB"),
        ("softer", "late", "SI-SDR doesn't see a gain"),
        ("hiss", "muffled", "most of all in the pauses"),
        ("muffled", "hiss", "next to nothing is left"),
        ("hiss", "noise", "return one of"),
        ("late", None, "not written yet"),
    ],
)
def test_damage_names_the_mistake(found, instead, hint):
    def wrong(real, made):
        right = damage(real, made)
        return instead if right == found else right

    assert check("measures-damage", damage).passed
    assert hint in check("measures-damage", wrong).hint


def test_the_damages_are_told_apart_at_all_their_strengths_and_what_the_hints_say_is_true():
    real = words()
    for seed in range(12):
        made = {name: damaged(name, seed) for name in DAMAGES}
        assert {damage(real, x): name for name, x in made.items()} == {n: n for n in DAMAGES}
        assert all(np.abs(x).max() <= 1 for x in made.values())
        assert si_sdr(real, made["late"]) < 10 and si_sdr(real, made["softer"]) > 100
        assert log_mel_distance(real, made["hiss"], 8000) > 2
    with pytest.raises(ValueError, match="the damages are"):
        damaged("loud")


def draws(values, repeats, random):
    n = len(values)
    return values[random.integers(0, n, (repeats, n))].mean(axis=1)


def bootstrap(values, repeats, random):
    return np.percentile(draws(values, repeats, random), [2.5, 97.5])


def shuffled(values, repeats, random):
    return [random.permutation(values).mean() for _ in range(repeats)]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, n, r: np.percentile(shuffled(x, n, r), [2.5, 97.5]), "*with* replacement"),
        (lambda x, n, r: np.percentile(x, [2.5, 97.5]), "how far the values spread"),
        (lambda x, n, r: np.percentile(draws(x, n, r), [5, 95]), "90 % interval"),
        (lambda x, n, r: np.percentile(draws(x, n, r), [0, 95]), "to one side"),
        (lambda x, n, r: np.percentile(draws(x, n, r), [97.5, 2.5]), "lower end comes first"),
        (lambda x, n, r: np.percentile(draws(x[:40], n, r), [2.5, 97.5]), "to one side|as wide"),
        (lambda x, n, r: bootstrap(x, n, np.random.default_rng()), "from `random` alone"),
        (lambda x, n, r: x.mean(), "two numbers"),
        (lambda x, n, r: ..., "not written yet"),
    ],
)
def test_bootstrap_names_the_mistake(answer, hint):
    assert check("measures-bootstrap", bootstrap).passed
    told = check("measures-bootstrap", answer).hint
    assert any(part in told for part in hint.split("|"))
