"""The checks of *Filters* accept right answers and name the typical mistakes."""

from __future__ import annotations

import numpy as np
import pytest
from matching import assert_no_diagnosis_is_refused, assert_told_what_speaks_against

from aigc_edu import dsp
from aigc_edu.teaching import check

# ---------------------------------------------------------------- convolution


def convolver(size=lambda n, m: n + m - 1, keep=lambda n, m: n + m - 1, part=np.real, form=None):
    form = form or (lambda X, H: X * H)

    def convolve(x, h):
        n, m = len(x), len(h)
        points = size(n, m)
        Y = form(np.fft.fft(x, points), np.fft.fft(h, points))
        return part(np.fft.ifft(Y))[: keep(n, m)]

    return convolve


def without_length(x, h):
    size = len(x) + len(h) - 1
    return np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(h, size))


# ---------------------------------------------------------------- notches


def notch(
    frequency, bandwidth, rate, *, inside=1.0, poles=True, sign=-1, scale=1.0, half=1, turn=2
):
    theta, r = turn * np.pi * frequency / rate, np.exp(-np.pi * bandwidth / rate * half)
    b = np.array([1, 2 * sign * inside * np.cos(theta), inside**2])
    a = np.array([1, -2 * r * np.cos(theta), r**2]) if poles else np.array([1.0, 0, 0])
    return scale * b, a


def cut(**mistake):
    return lambda f, bandwidth, rate: notch(f, bandwidth, rate, **mistake)


def unity_at_zero(f, bandwidth, rate):
    b, a = notch(f, bandwidth, rate)
    return b * a.sum() / b.sum(), a


def poles_elsewhere(f, bandwidth, rate):
    b, _ = notch(f, bandwidth, rate)
    r = np.exp(-np.pi * bandwidth / rate)
    return b, [1, -2 * np.cos(2 * np.pi * f / rate) * r**6, r**2]


def scipys(f, bandwidth, rate):
    from scipy.signal import iirnotch

    return iirnotch(f, f / bandwidth, fs=rate)


RIGHT = {
    "filters-convolve": [
        convolver(),
        convolver(size=lambda n, m: 2 ** int(np.ceil(np.log2(n + m)))),
        np.convolve,
        dsp.fft_convolve,
        lambda x, h: list(np.convolve(x, h)),
        lambda x, h: np.convolve(np.float32(x), np.float32(h)),
    ],
    "filters-notch": [notch, unity_at_zero, scipys, lambda *v: [list(c) for c in notch(*v)]],
}

MISTAKES = [
    ("filters-convolve", convolver(size=lambda n, m: n), "wraps round"),
    ("filters-convolve", convolver(size=max), "wraps round"),
    ("filters-convolve", convolver(size=lambda n, m: n + m - 2), "wraps round"),
    (
        "filters-convolve",
        convolver(size=lambda n, m: n + m, keep=lambda n, m: None),
        "padding is",
    ),
    ("filters-convolve", convolver(part=lambda y: y), "but complex"),
    ("filters-convolve", convolver(keep=lambda n, m: n), "len(x) + len(h) - 1 = "),
    ("filters-convolve", without_length, "irfft(Y, size)"),
    ("filters-convolve", convolver(form=lambda X, H: X + H), "not added"),
    ("filters-convolve", convolver(form=lambda X, H: X * H.conj()), "a correlation"),
    ("filters-convolve", convolver(form=lambda X, H: X.conj() * H), "a correlation"),
    ("filters-convolve", convolver(form=lambda X, H: np.abs(X * H)), "phases are lost"),
    ("filters-convolve", lambda x, h: 2 * np.convolve(x, h), "the first samples should be"),
    ("filters-notch", lambda *v: notch(*v)[::-1], "belong in a"),
    ("filters-notch", cut(inside=0.999), "b has no r in it"),
    ("filters-notch", cut(sign=1), "is -2 cos(theta)"),
    ("filters-notch", cut(turn=1), "at the angle theta"),
    ("filters-notch", cut(poles=False), "no poles beside the zeros"),
    ("filters-notch", cut(half=0.5), "too narrow"),
    ("filters-notch", cut(half=2), "too wide"),
    ("filters-notch", cut(scale=2), "should be about 1"),
    ("filters-notch", cut(half=-1), "outside of the unit circle"),
    ("filters-notch", cut(half=0), "on the unit circle"),
    ("filters-notch", poles_elsewhere, "the poles are not beside"),
    ("filters-notch", lambda *v: notch(*v)[0], "two arrays"),
    ("filters-notch", lambda *v: (notch(*v)[0][:2], notch(*v)[1]), "three coefficients"),
    ("filters-notch", lambda *v: (np.full(3, np.nan), notch(*v)[1]), "finite numbers"),
    ("filters-notch", dsp.resonator, "three coefficients"),
]


@pytest.mark.parametrize(("name", "answer"), [(k, a) for k, rows in RIGHT.items() for a in rows])
def test_right_answers_pass(name, answer):
    verdict = check(name, answer)
    assert verdict.passed, verdict.hint


@pytest.mark.parametrize(("name", "answer", "named"), MISTAKES)
def test_each_mistake_is_named(name, answer, named):
    verdict = check(name, answer)
    assert not verdict.passed
    assert named in verdict.hint, verdict.hint


@pytest.mark.parametrize("name", RIGHT)
def test_stubs_are_not_written_yet(name):
    assert "not written yet" in check(name, lambda *arguments: ...).hint


def test_an_answer_may_not_change_what_it_is_given():
    """The checks hand out copies, so an answer that works in place is judged like any other."""

    def in_place(x, h):
        y = np.convolve(x, h)
        x[:] = 0
        h[:] = 0
        return y

    assert check("filters-convolve", in_place).passed


# ---------------------------------------------------------------- which clip is which?

DIAGNOSES = dict(
    zip("ABCDEF", ("resonator", "low-pass", "notch", "room", "high-pass", "none"), strict=True)
)


def test_the_right_diagnosis_passes():
    assert check("filters-match", DIAGNOSES).passed


@pytest.mark.parametrize(
    ("clip", "guess", "named"),
    [
        ("A", "none", "a straight line"),
        ("A", "low-pass", "above 1 kHz"),
        ("B", "high-pass", "the voice is thin"),
        ("B", "resonator", "one peak, at 750 Hz"),
        ("F", "notch", "one narrow dip"),
        ("C", "room", "ragged all along"),
    ],
)
def test_a_wrong_diagnosis_is_told_what_speaks_against_it(clip, guess, named):
    assert_told_what_speaks_against("filters-match", DIAGNOSES, clip, guess, named)


def test_what_is_no_diagnosis_is_refused():
    assert_no_diagnosis_is_refused("filters-match", DIAGNOSES)
