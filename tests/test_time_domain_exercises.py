"""The checks of *The time domain* accept right answers and name the typical mistakes."""

from __future__ import annotations

import numpy as np
import pytest
from matching import assert_no_diagnosis_is_refused, assert_told_what_speaks_against

from aigc_edu import dsp
from aigc_edu.teaching import check

# ---------------------------------------------------------------- frames


def cut(x, frame, hop):
    starts = np.arange(0, len(x) - frame + 1, hop)
    return x[starts[:, None] + np.arange(frame)]


def cut_early(x, frame, hop):
    return np.array([x[i : i + frame] for i in range(0, len(x) - frame, hop)])


def cut_padded(x, frame, hop):
    long = np.append(x, np.zeros(frame))
    return np.array([long[i : i + frame] for i in range(0, len(x), hop)])


# ---------------------------------------------------------------- crossings


def signs(x):
    return np.mean((x[1:] < 0) != (x[:-1] < 0))


# ---------------------------------------------------------------- envelopes


def envelope(x, rate):
    return dsp.amplitude_envelope(x, rate)


def transplant(donor, carrier, rate, floor=1e-3):
    own = envelope(carrier, rate)
    return envelope(donor, rate) * carrier / (own + floor * own.max())


def transplant_maximum(donor, carrier, rate):
    own = envelope(carrier, rate)
    return envelope(donor, rate) * carrier / np.maximum(own, 1e-3 * own.max())


def upside_down(donor, carrier, rate):
    own = envelope(carrier, rate)
    return envelope(donor, rate) * carrier * own


def both_divided(donor, carrier, rate):
    own, sought = envelope(carrier, rate), envelope(donor, rate)
    return carrier / (own + 1e-3 * own.max()) / (sought + 1e-3 * sought.max())


# ---------------------------------------------------------------- normalising


def normalise(d):
    return np.append(1.0, d[1:] * np.arange(1, len(d)) / np.cumsum(d[1:]))


def normalise_slowly(d):
    return [1.0] + [d[lag] / np.mean(d[1 : lag + 1]) for lag in range(1, len(d))]


RIGHT = [
    ("time-frames", cut),
    ("time-frames", lambda x, frame, hop: cut(x, frame, hop).tolist()),
    ("time-frames", lambda x, frame, hop: dsp.frames(x, frame, hop).astype(np.float32)),
    ("time-crossings", signs),
    ("time-crossings", lambda x: np.count_nonzero(np.diff(np.signbit(x + 0.0))) / (len(x) - 1)),
    ("time-crossings", lambda x: dsp.zero_crossing_rate(x, len(x), 1)),
    ("time-transplant", transplant),
    ("time-transplant", transplant_maximum),
    ("time-transplant", lambda *a: transplant(*a).astype(np.float32)),
    ("time-normalise", normalise),
    ("time-normalise", normalise_slowly),
    ("time-normalise", lambda d: normalise(d).astype(np.float32)),
]

MISTAKES = [
    ("time-frames", cut_early, "the last frame is missing"),
    ("time-frames", cut_padded, "reach beyond the end"),
    (
        "time-frames",
        lambda x, L, H: [x[i : i + L] for i in range(0, len(x), H)],
        "not all of one length",
    ),
    (
        "time-frames",
        lambda x, L, H: np.lib.stride_tricks.sliding_window_view(x, L),
        "one sample apart",
    ),
    (
        "time-frames",
        lambda x, L, H: np.lib.stride_tricks.sliding_window_view(x, L)[::L],
        "don't overlap",
    ),
    ("time-frames", lambda x, L, H: cut(x, L, H).T, "transpose"),
    ("time-frames", lambda x, L, H: dsp.frames(x, H, L), "exchanged"),
    ("time-frames", lambda x, L, H: cut(x, L, H)[:, 1:], "the shape should be"),
    ("time-frames", lambda x, L, H: cut(x, L, H) + 1, "compare each row"),
    ("time-crossings", lambda x: signs(x) * (len(x) - 1) / len(x), "L - 1 steps"),
    ("time-crossings", lambda x: signs(x) * (len(x) - 1), "the number of crossings"),
    ("time-crossings", lambda x: np.mean((x[:-1] < 0) & (x[1:] >= 0)), "one direction"),
    ("time-crossings", lambda x: np.mean((x[:-1] >= 0) & (x[1:] < 0)), "one direction"),
    ("time-crossings", lambda x: np.mean(np.abs(np.diff(np.sign(x)))), "doubled"),
    ("time-crossings", lambda x: np.mean(np.abs(np.diff(np.sign(x)))) / 2, "two halves"),
    ("time-crossings", lambda x: np.mean(x[1:] * x[:-1] < 0), "exact zero"),
    ("time-crossings", lambda x: np.mean((x[1:] > 0) != (x[:-1] > 0)), "counts as negative"),
    ("time-crossings", lambda x: 0.3, "your function returns 0.3"),
    ("time-transplant", lambda d, c, r: envelope(d, r) * c, "own envelope is still there"),
    ("time-transplant", lambda d, c, r: d * c, "ring modulation"),
    ("time-transplant", lambda d, c, r: transplant(d, c, r) * d / envelope(d, r), "take its env"),
    ("time-transplant", lambda d, c, r: transplant(c, d, r), "exchanged"),
    ("time-transplant", lambda d, c, r: transplant(d, c, r) / envelope(d, r), "is missing"),
    ("time-transplant", upside_down, "should divide by it"),
    ("time-transplant", both_divided, "should multiply with it"),
    ("time-transplant", lambda d, c, r: transplant(d, c, r, floor=0), "NaN or infinite"),
    ("time-transplant", lambda d, c, r: transplant(d, c, r)[1:], "your result (3999,)"),
    ("time-transplant", lambda d, c, r: 2 * transplant(d, c, r), "100% off"),
    ("time-normalise", lambda d: normalise(d)[1:], "begin with 1"),
    ("time-normalise", lambda d: np.append(0.0, normalise(d)[1:]), "by definition, not 0"),
    (
        "time-normalise",
        lambda d: d * np.arange(len(d)) / np.cumsum(d),
        "by definition, not nan",
    ),
    ("time-normalise", lambda d: d / np.cumsum(d), "divide by the mean"),
    ("time-normalise", lambda d: d * np.arange(1, len(d) + 1) / np.cumsum(d), "count lag 0"),
    (
        "time-normalise",
        lambda d: np.append(1, d[1:] * np.arange(len(d) - 1) / np.cumsum(d[1:])),
        "off by one",
    ),
    ("time-normalise", lambda d: d / d.mean(), "one mean of all lags"),
    ("time-normalise", lambda d: d / d[1:].mean(), "one mean of all lags"),
    ("time-normalise", lambda d: d / d.max(), "largest value"),
    ("time-normalise", lambda d: 1 / normalise(d), "upside down"),
    (
        "time-normalise",
        lambda d: [1, np.nan] + [d[i] / np.mean(d[1:i]) for i in range(2, len(d))],
        "the lag before",
    ),
    ("time-normalise", lambda d: d[:5], "d has the shape (41,)"),
    ("time-normalise", lambda d: 3 * d, "At lag 2 it should be"),
]

STUBS = [
    ("time-frames", lambda x, frame, hop: ...),
    ("time-crossings", lambda x: ...),
    ("time-transplant", lambda donor, carrier, rate: ...),
    ("time-normalise", lambda d: None),
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
    "A": "good",
    "B": "no voicing decision",
    "C": "short frames",
    "D": "double period",
}


def test_the_right_diagnosis_passes():
    assert check("time-diagnose", DIAGNOSES).passed


@pytest.mark.parametrize(
    ("clip", "guess", "named"),
    [
        ("B", "good", "NaN in a good part"),
        ("A", "short frames", "can't hold two periods"),
        ("C", "no voicing decision", "steady in the vowels"),
        ("B", "double period", "Compare the medians"),
    ],
)
def test_a_wrong_diagnosis_is_told_what_speaks_against_it(clip, guess, named):
    assert_told_what_speaks_against("time-diagnose", DIAGNOSES, clip, guess, named)


def test_what_is_no_diagnosis_is_refused():
    assert_no_diagnosis_is_refused("time-diagnose", DIAGNOSES)
