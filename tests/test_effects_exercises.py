"""The checks of the chapter Sound effects name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu.audio.loops import THRESHOLD, click_level
from aigc_edu.checks.product.effects import FAULTS, PATIENTS, RATE, faulty_loop
from aigc_edu.teaching import check

FALL = np.log(1000)


def ring(f, seconds, gains, count, rate, fall=FALL, turn=2 * np.pi, wave=np.sin, all_=False):
    t = np.arange(count) / rate
    x = np.zeros(count)
    for one, lasting, gain in zip(f, seconds, gains, strict=True):
        if one < rate / 2 or all_:
            x += gain * wave(turn * one * t) * np.exp(-fall * t / lasting)
    return x


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *a: ring(*a, fall=1), "fallen to 1 / e"),
        (lambda *a: ring(*a, fall=np.log(1e6)), "120 dB"),
        (lambda *a: ring(*a, fall=3), "no factor of 1,000"),
        (lambda *a: ring(*a, turn=1), "2 pi is missing"),
        (lambda *a: ring(*a, wave=np.cos), "not a cosine"),
        (lambda f, s, g, n, r: ring(f, s, g / g, n, r), "gains are missing"),
        (lambda *a: ring(*a, all_=True), "above half the rate"),
        (
            lambda f, s, g, n, r: (
                ring(f[:1], s, g, n, r) if len(f) == 1 else ring(f[:1], s[:1], g[:1], n, r)
            ),
            "one mode alone",
        ),
        (lambda *a: ring(*a)[:-1], "shape"),
        (lambda *a: 2 * ring(*a), "sample 1 should be"),
        (lambda *a: ..., "not written yet"),
    ],
)
def test_ring_names_the_mistake(answer, hint):
    assert check("effects-ring", ring).passed
    assert hint in check("effects-ring", answer).hint


def likeness(a, b):
    return np.abs(np.correlate(a, b, "full")).max() / np.sqrt(np.sum(a**2) * np.sum(b**2))


def wrapped(a, b):
    n = max(len(a), len(b))
    both = np.fft.irfft(np.fft.rfft(a, n) * np.fft.rfft(b, n).conj(), n)
    return np.abs(both).max() / np.sqrt(np.sum(a**2) * np.sum(b**2))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (wrapped, "wrap round"),
        (lambda a, b: abs(a[: len(b)] @ b[: len(a)]) / np.sqrt(a @ a * (b @ b)), "without a shift"),
        (lambda a, b: np.correlate(a, b, "full").max() / np.sqrt(a @ a * (b @ b)), "upside down"),
        (lambda a, b: np.abs(np.correlate(a, b, "full")).max() / (a @ a), "not by one of them"),
        (lambda a, b: np.abs(np.correlate(a, b, "full")).max() / (b @ b), "not by one of them"),
        (lambda a, b: likeness(a, b) / np.sqrt(a @ a * (b @ b)), "root is missing"),
        (lambda a, b: likeness(a, b) * np.sqrt(a @ a * (b @ b)), "how loud"),
        (
            lambda a, b: np.abs(np.correlate(a, b, "full")).mean() / np.sqrt(a @ a * (b @ b)),
            "mean over",
        ),
        (lambda a, b: 0.25, "not 0.2500"),
        (lambda a, b: ..., "not written yet"),
    ],
)
def test_likeness_names_the_mistake(answer, hint):
    assert check("effects-likeness", likeness).passed
    assert hint in check("effects-likeness", answer).hint


def gains(count, r, power=0.5, u=None):
    u = np.pi / 2 * ((np.arange(count) + 0.5) / count if u is None else u)
    n = (1 + r * np.sin(2 * u)) ** power
    return np.cos(u) / n, np.sin(u) / n


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda n, r: gains(n, 0), "whatever the likeness is"),
        (lambda n, r: (1 - (np.arange(n) + 0.5) / n, (np.arange(n) + 0.5) / n), "equal gain"),
        (lambda n, r: gains(n, r)[::-1], "fades out: it falls"),
        (lambda n, r: gains(n, r, 1.0), "by n, its root"),
        (lambda n, r: gains(n, r, -0.5), "multiplied"),
        (lambda n, r: gains(n, r, u=np.linspace(0, 1, n)), "half a step within"),
        (lambda n, r: gains(n, r, u=np.arange(n) / n), "half a step within"),
        (lambda n, r: tuple(0.9 * g for g in gains(n, r)), "yours goes from 0.81"),
        (lambda n, r: (np.ones(n), np.zeros(n)), "gains are others"),
        (lambda n, r: (..., ...), "not written yet"),
    ],
)
def test_fade_names_the_mistake(answer, hint):
    assert check("effects-fade", gains).passed
    assert hint in check("effects-fade", answer).hint


def test_fade_knows_a_wrong_sine():
    def wrong(n, r, f):
        u = np.pi / 2 * (np.arange(n) + 0.5) / n
        return np.cos(u) / np.sqrt(1 + r * f(u)), np.sin(u) / np.sqrt(1 + r * f(u))

    for f, hint in ((np.sin, "not sin(u)"), (lambda u: 2 * np.sin(u), "not 2 sin(u)")):
        assert hint in check("effects-fade", lambda n, r, f=f: wrong(n, r, f)).hint


def fault(x, rate):
    if click_level(x, 0, rate) > THRESHOLD:
        return "click"

    def level(part):
        return 10 * np.log10(np.mean(part**2))

    tenth, rest = rate // 20, level(x[len(x) // 4 : -len(x) // 4])
    near = level(np.concatenate([x[:tenth], x[-tenth:]]))
    if near < rest - 4:
        return "dip"
    begin, end = level(x[2 * tenth : 6 * tenth]), level(x[-6 * tenth : -2 * tenth])
    return "step" if abs(end - begin) > 4 else "none"


@pytest.mark.parametrize(
    ("found", "instead", "hint"),
    [
        ("none", "step", "sway a little"),
        ("click", "none", "place 0"),
        ("dip", "none", "close to the joint"),
        ("step", "none", "before the joint and behind it"),
        ("none", "ok", "return one of"),
        ("none", None, "not written yet"),
    ],
)
def test_loops_names_the_mistake(found, instead, hint):
    known = {faulty_loop(f, s + 20).tobytes(): f for s in range(6) for f in FAULTS}

    def wrong(x, rate):
        right = known[x.tobytes()]
        return instead if right == found else right

    assert hint in check("effects-loops", wrong).hint


def test_the_faults_are_found_by_measuring():
    assert check("effects-loops", fault).passed
    assert sorted(fault(faulty_loop(*one), RATE) for one in PATIENTS.values()) == sorted(FAULTS)
    assert all(fault(faulty_loop(*one), RATE) == one[0] for one in PATIENTS.values())
