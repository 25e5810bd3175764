"""The checks of the chapter A neural codec name the mistake that was made."""

import math

import numpy as np
import pytest

from aigc_edu import dsp
from aigc_edu.checks.tokens.a_neural_codec import FAULTS, PATIENTS, Sick, words
from aigc_edu.evaluation.fidelity import log_mel_distance, si_sdr
from aigc_edu.teaching import check


def plan(rate, strides, books, entries):
    hop = math.prod(strides)
    return hop, rate / hop, rate / hop * books * math.log2(entries)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda r, s, n, k: plan(r, [sum(s)], n, k), "strides multiply"),
        (lambda r, s, n, k: plan(r, s, 1, k), "the cost of one book"),
        (lambda r, s, n, k: (*plan(r, s, n, k)[:2], plan(r, s, n, 2)[2] * k), "log2(K) bits"),
        (
            lambda r, s, n, k: (*plan(r, s, n, k)[:2], plan(r, s, n, 2)[2] * math.log(k)),
            "to the base 2",
        ),
        (lambda r, s, n, k: plan(r, s, 1, n * k), "a number of its own"),
        (
            lambda r, s, n, k: (*plan(r, s, n, k)[:2], n * math.log2(k)),
            "a frame's cost",
        ),
        (lambda r, s, n, k: (math.prod(s), math.prod(s) / r, plan(r, s, n, k)[2]), "in seconds"),
        (
            lambda r, s, n, k: (*plan(r, s, n, k)[:2], r * n * math.log2(k)),
            "not samples",
        ),
        (lambda r, s, n, k: (1, 2, 3), "it should be (160"),
        (lambda r, s, n, k: (..., ..., ...), "not written yet"),
    ],
)
def test_plan_names_the_mistake(answer, hint):
    assert check("codec-plan", plan).passed
    assert hint in check("codec-plan", answer).hint


def of(shape=lambda m: np.log(np.maximum(m, 1e-4)), share=4, hann=True, pool=np.mean):
    """Return an answer to the exercise on scales; the arguments put mistakes in."""

    def answer(real, made, frames):
        parts = []
        for L in frames:
            pieces = (np.lib.stride_tricks.sliding_window_view(x, L) for x in (real, made))
            weigh = dsp.window("hann", L) if hann else 1
            a, b = (shape(np.abs(np.fft.rfft(p[:: L // share] * weigh, axis=1))) for p in pieces)
            parts.append(np.abs(a - b).mean())
        return pool(parts)

    return answer


def signed(real, made, frames):
    """Return the mean difference of the logarithms, in which over and under cancel."""
    means = []
    for L in frames:
        pieces = (np.lib.stride_tricks.sliding_window_view(x, L)[:: L // 4] for x in (real, made))
        a, b = (np.abs(np.fft.rfft(p * dsp.window("hann", L), axis=1)) for p in pieces)
        means.append(np.mean(np.log(np.maximum(a, 1e-4)) - np.log(np.maximum(b, 1e-4))))
    return np.mean(means)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (of(pool=np.sum), "not the sum"),
        (of(pool=lambda parts: parts[0]), "first frame length alone"),
        (of(pool=lambda parts: parts[-1]), "last frame length alone"),
        (signed, "sizes of the differences"),
        (of(shape=lambda m: m), "compare logarithms"),
        (of(shape=lambda m: np.log(np.maximum(m**2, 1e-4))), "these are powers"),
        (of(shape=lambda m: np.log10(np.maximum(m, 1e-4))), "to the base 10"),
        (of(shape=lambda m: 20 * np.log10(np.maximum(m, 1e-4))), "decibels"),
        (of(share=2), "a quarter of the frame"),
        (of(share=1), "a quarter of the frame"),
        (of(hann=False), "Hann window"),
        (lambda a, b, f: math.nan, "isn't finite"),
        (lambda a, b, f: math.inf, "isn't finite"),
        (lambda a, b, f: of()(a, b, f) if (a != b).any() else 1.0, "two equal sounds"),
        (lambda a, b, f: 0.5, "not 0.5000"),
        (lambda a, b, f: ..., "not written yet"),
    ],
)
def test_scales_names_the_mistake(answer, hint):
    assert check("codec-scales", of()).passed
    assert hint in check("codec-scales", answer).hint


def fault(real, made, codes):
    if min(len(set(row)) for row in codes) <= 8:
        return "dead"
    if np.sqrt(np.mean(made[np.abs(real) < 1e-4] ** 2)) > 0.01:
        return "buzz"
    low, high = (np.sum(np.abs(np.fft.rfft(x)[len(x) // 4 :]) ** 2) for x in (made, real))
    return "muffled" if low < high / 10 else "none"


@pytest.mark.parametrize(
    ("found", "instead", "hint"),
    [
        ("dead", "none", "count how many different numbers"),
        ("buzz", "none", "in the pauses"),
        ("muffled", "none", "upper half"),
        ("none", "muffled", "samples can't be compared"),
        ("none", "fine", "return one of"),
        ("none", None, "not written yet"),
    ],
)
def test_fault_names_the_mistake(found, instead, hint):
    def wrong(real, made, codes):
        right = fault(real, made, codes)
        return instead if right == found else right

    assert hint in check("codec-fault", wrong).hint


def test_the_faults_are_found_by_listening_and_counting():
    assert check("codec-fault", fault).passed
    x = words()
    assert sorted(fault(x, *one(x)) for one in PATIENTS.values()) == sorted(FAULTS)
    healthy, dead = (Sick(name)(x)[0] for name in ("none", "dead"))
    assert np.array_equal(healthy, dead)  # by ear there is no difference
    assert si_sdr(x, healthy) < 3 and log_mel_distance(x, healthy, 8000) < 2


def books(clear, each, budget, worth):
    payable = clear[: int(budget // each)]
    good = [value >= max(payable) - worth for value in payable]
    return 1 + good.index(True) if good else 0


def against_the_last(clear, each, budget, worth):
    """Compare with the most books that can be paid for, which need not be the clearest."""
    payable = clear[: int(budget // each)]
    good = [value >= payable[-1] - worth for value in payable]
    return 1 + good.index(True) if good else 0


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda c, e, b, w: int(b // e), "only 6 books"),
        (lambda c, e, b, w: min(len(c), int(b // e)), "cost less"),
        (lambda c, e, b, w: 6, "cost more than there is"),
        (lambda c, e, b, w: max(1, books(c, e, b, w)), "more than there is"),
        (lambda c, e, b, w: books(c, e, b, w) - 1, "counted from 0"),
        (against_the_last, "the most books aren't the clearest"),
        (lambda c, e, b, w: 0, "not from 1"),
        (lambda c, e, b, w: 2, "should be 6, not 2"),
        (lambda c, e, b, w: 2.5, "a whole number"),
        (lambda c, e, b, w: ..., "not written yet"),
    ],
)
def test_books_names_the_mistake(answer, hint):
    assert check("codec-books", books).passed
    assert hint in check("codec-books", answer).hint
