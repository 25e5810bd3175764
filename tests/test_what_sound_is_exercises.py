"""The checks of *What sound is* accept right answers and name the typical mistakes."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_edu.teaching import check


def hint(name, answer):
    verdict = check(name, answer)
    assert not verdict.passed
    return verdict.hint


def power(level):
    return 10 ** (level / 10)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda t, m: t - m, "subtract levels"),
        (lambda t, m: 20 * np.log10(10 ** (t / 20) - 10 ** (m / 20)), "subtract amplitudes"),
        (lambda t, m: 20 * np.log10(power(t) - power(m)), "not 20 times"),
        (lambda t, m: 10 * np.log10(power(t) + power(m)), "You add the two"),
        (lambda t, m: power(t) - power(m), "back into a level"),
        (lambda t, m: t, "67.67 dB; you return 72.00"),
    ],
)
def test_levels(answer, says):
    assert says in hint("sound-levels", answer)


def test_right_levels():
    assert check("sound-levels", lambda t, m: 10 * np.log10(power(t) - power(m))).passed
    assert check("sound-levels", lambda t, m: t + 10 * np.log10(1 - power(m - t))).passed


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda f, b, t: f - b if t > b else f + b, "turned round"),
        (lambda f, b, t: f + t if t > b else f - t, "after the string was tightened"),
        (lambda f, b, t: f + b / 2 if t > b else f - b / 2, "halve the beats"),
        (lambda f, b, t: f + b, "higher than the fork in any case"),
        (lambda f, b, t: f - b, "lower than the fork in any case"),
        (lambda f, b, t: b, "at 443 Hz; you return 3"),
    ],
)
def test_tuning(answer, says):
    assert says in hint("sound-tuning", answer)


def comb(start=0.5, factor=1.0, more=0, order=1, first=0):
    def notches(detour, highest):
        delay = detour / 343
        k = np.arange(first, int(np.floor(highest * delay - start + 1e-9)) + 1 + more)
        return list(((k + start) / delay * factor)[::order])

    return notches


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (comb(start=0.0), "twice as strong"),
        (comb(factor=0.5), "half a swing late"),
        (comb(more=1), "beyond the highest"),
        (comb(more=-1), "you stop after"),
        (comb(order=-1), "rising order"),
        (comb(first=1), "begin with k = 0"),
        (lambda d, h: [1.0], "Hz apart"),
    ],
)
def test_notches(answer, says):
    assert says in hint("sound-notches", answer)


def test_right_notches_in_any_container():
    assert check("sound-notches", comb()).passed
    assert check("sound-notches", lambda d, h: np.array(comb()(d, h))).passed


def exact(f):
    return 69 + 12 * np.log2(f / 440)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda f: (np.floor(exact(f)), 0.0), "by rounding"),
        (lambda f: (exact(f), 0.0), "a whole number"),
        (lambda f: (round(69 + 12 * np.log(f / 440)), 0.0), "base 2"),
        (lambda f: (round(exact(f) - 69), 0.0), "its number is 69"),
        (lambda f: (0, 0.0), "has the number 69; you return 0"),
        (lambda f: (round(exact(f)), 100 * (round(exact(f)) - exact(f))), "sign is turned"),
        (lambda f: (round(exact(f)), exact(f) - round(exact(f))), "in semitones"),
        (lambda f: (round(exact(f)), 1200 * (exact(f) - round(exact(f)))), "an octave 1200"),
        (lambda f: (round(exact(f)), 100 * abs(exact(f) - round(exact(f)))), "size of the"),
        (lambda f: (round(exact(f)), 1.0), "38.9 cents above"),
        (lambda f: round(exact(f)), "Return two things"),
    ],
)
def test_notes(answer, says):
    assert says in hint("sound-note", answer)


def t60(h, rate, log=10, drop=60, squares=True, sign=-1, seconds=True):
    to_come = np.cumsum((h**2 if squares else np.abs(h))[::-1])[::-1]
    curve = log * np.log10(np.maximum(to_come / to_come[0], 1e-30))
    part = np.flatnonzero((curve <= -5) & (curve >= -25))
    slope = np.polyfit(part / (rate if seconds else 1), curve[part], 1)[0]
    return sign * drop / slope


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        ({"log": 20}, "not 20 times"),
        ({"drop": 20}, "prolong the line"),
        ({"squares": False}, "squares must be summed"),
        ({"sign": 1}, "A time is positive"),
        ({"seconds": False}, "divide by the rate"),
    ],
)
def test_reverberation(mistake, says):
    assert says in hint("sound-reverberation", lambda h, rate: t60(h, rate, **mistake))


def test_right_reverberation():
    assert check("sound-reverberation", t60).passed
    assert "0.42 s; you return 7" in hint("sound-reverberation", lambda h, rate: 7.0)
