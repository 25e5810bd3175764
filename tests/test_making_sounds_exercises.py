"""The checks of *Making sounds from numbers* accept right answers and name typical mistakes."""

from __future__ import annotations

import numpy as np
import pytest
from matching import assert_no_diagnosis_is_refused, assert_told_what_speaks_against

from aigc_edu.teaching import check

# ---------------------------------------------------------------- the lines of FM


def lines(carrier, modulator, order, k=None):
    return carrier + (np.arange(-order, order + 1) if k is None else k) * modulator


# ---------------------------------------------------------------- strings


def string(burst, count, delays=(0, 1), scale=0.5):
    D = len(burst)
    y = np.zeros(count + D + 2)  # zeros after the end serve for those before the start
    y[:D] = burst
    for t in range(D, count):
        y[t] = scale * sum(y[t - D - d] for d in delays)
    return y[:count]


def string_from_the_end(burst, count):
    y = list(burst)
    for t in range(len(burst), count):
        y.append((y[t - len(burst)] + y[t - len(burst) - 1]) / 2)
    return y


def string_once(burst, count):
    mean = (burst + np.append(0, burst[:-1])) / 2
    return np.append(burst, np.resize(mean, count - len(burst)))


RIGHT = [
    ("sounds-sidebands", lambda c, m, n: np.unique(np.abs(lines(c, m, n)))),
    ("sounds-sidebands", lambda c, m, n: sorted({abs(c + k * m) for k in range(-n, n + 1)})),
    ("sounds-sidebands", lambda c, m, n: [f for f in np.unique(np.abs(lines(c, m, n))) if f]),
    ("sounds-string", string),
    ("sounds-string", lambda burst, count: string(burst, count).astype(np.float32)),
]

MISTAKES = [
    ("sounds-sidebands", lines, "a line at -f is heard at f"),
    ("sounds-sidebands", lambda c, m, n: [f for f in lines(c, m, n) if f >= 0], "left out"),
    ("sounds-sidebands", lambda c, m, n: np.sort(np.abs(lines(c, m, n))), "twice"),
    ("sounds-sidebands", lambda c, m, n: list(dict.fromkeys(np.abs(lines(c, m, n)))), "sort"),
    ("sounds-sidebands", lambda c, m, n: lines(c, m, n)[n:], "k also runs below 0"),
    (
        "sounds-sidebands",
        lambda c, m, n: sorted({abs(c + k * m) for k in range(-n, n + 1) if k}),
        "k = 0, is missing",
    ),
    ("sounds-sidebands", lambda c, m, n: np.unique(np.abs(lines(m, c, n))), "exchanged"),
    (
        "sounds-sidebands",
        lambda c, m, n: sorted({abs(c + k * m) for k in range(-n, n)}),
        "a range excludes its end",
    ),
    ("sounds-sidebands", lambda c, m, n: [c], "it should be [550, 700"),
    ("sounds-string", lambda b, n: string(b, n, (0, 0)), "Nothing is averaged"),
    ("sounds-string", lambda b, n: string(b, n, (0, -1)), "the sample after it"),
    ("sounds-string", lambda b, n: string(b, n, scale=1.0), "halve the sum"),
    ("sounds-string", string_from_the_end, "counts from the end"),
    ("sounds-string", lambda b, n: string(b, n, (1, 2)), "one sample too long"),
    ("sounds-string", string_once, "averaged once"),
    ("sounds-string", lambda b, n: np.append(b, np.zeros(n - len(b))), "all is silent"),
    ("sounds-string", lambda b, n: string(b, n)[::-1], "begin with the burst"),
    ("sounds-string", lambda b, n: string(b, n + len(b)), "count more"),
    ("sounds-string", lambda b, n: b, "count = 60 samples"),
    ("sounds-string", lambda b, n: string(b, n, (0, 2)), "should be the mean of"),
]

STUBS = [
    ("sounds-sidebands", lambda carrier, modulator, order: ...),
    ("sounds-string", lambda burst, count: ...),
]


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_right_answers_pass(name, answer):
    verdict = check(name, answer)
    assert verdict.passed, verdict.hint


@pytest.mark.parametrize(("name", "answer", "named"), MISTAKES)
def test_each_mistake_is_named(name, answer, named):
    verdict = check(name, answer)
    assert not verdict.passed
    assert named in verdict.hint


@pytest.mark.parametrize(("name", "answer"), STUBS)
def test_stubs_are_not_written_yet(name, answer):
    assert "not written yet" in check(name, answer).hint


# ---------------------------------------------------------------- which clip is which?

DIAGNOSES = {
    "A": "wrong source",
    "B": "narrow bandwidths",
    "C": "missing formant",
    "D": "good",
}


def test_the_right_diagnosis_passes():
    assert check("sounds-diagnose", DIAGNOSES).passed


@pytest.mark.parametrize(
    ("clip", "guess", "named"),
    [
        ("A", "good", "25 dB or more"),
        ("A", "missing formant", "one peak below 2 kHz"),
        ("C", "narrow bandwidths", "like bottles"),
        ("D", "wrong source", "far too strong"),
    ],
)
def test_a_wrong_diagnosis_is_told_what_speaks_against_it(clip, guess, named):
    assert_told_what_speaks_against("sounds-diagnose", DIAGNOSES, clip, guess, named)


def test_what_is_no_diagnosis_is_refused():
    assert_no_diagnosis_is_refused("sounds-diagnose", DIAGNOSES)
