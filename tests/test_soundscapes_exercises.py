"""The checks of the chapter Soundscapes name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu.checks.product.soundscapes import PATIENTS, RATE, siren
from aigc_edu.teaching import check


def strewn(x, starts, length, g=None, hop=None, add=True):
    hop = hop or length // 2
    g = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length) if g is None else g
    y = np.zeros((len(starts) - 1) * hop + length)
    for k, start in enumerate(starts):
        at = slice(k * hop, k * hop + length)
        y[at] = (y[at] if add else 0) + g * x[start : start + length]
    return y


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, s, n: strewn(x, s, n, np.ones(n)), "no window"),
        (lambda x, s, n: strewn(x, s, n, np.hanning(n)), "symmetric window"),
        (
            lambda x, s, n: strewn(
                x, s, n, (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)) ** 2
            ),
            "twice",
        ),
        (lambda x, s, n: strewn(x, s, n, add=False), "replaces"),
        (lambda x, s, n: strewn(x, s, n, hop=n), "half a grain after"),
        (lambda x, s, n: strewn(x, s, n)[: len(s) * n // 2], "end of the last"),
        (lambda x, s, n: np.pad(strewn(x, s, n), (n // 2, 0)), "in front"),
        (lambda x, s, n: 2 * strewn(x, s, n), "other samples"),
        (lambda x, s, n: np.zeros(3), "shape"),
        (lambda x, s, n: ..., "not written yet"),
    ],
)
def test_grains_names_the_mistake(answer, hint):
    assert check("scape-grains", strewn).passed
    assert hint in check("scape-grains", answer).hint


def test_grains_of_one_row_are_told_from_grains_of_their_own_places():
    def row(x, starts, length):
        return strewn(x, length // 2 * np.arange(len(starts)) % (len(x) - length), length)

    assert "from its own start" in check("scape-grains", row).hint


def turned(p, t):
    return np.array([np.cos(t) * p[0] + np.sin(t) * p[1], np.cos(t) * p[1] - np.sin(t) * p[0]])


def place(frames, where, way=1, order=-1, unit=np.radians, first=False):
    p = np.array(where, float)
    for x, y, turn in frames[::order]:
        o = np.array([x, y])
        p = turned(p + o, way * unit(turn)) if first else o + turned(p, way * unit(turn))
    return p


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda f, p: place(f, p, way=-1), "yours goes left"),
        (lambda f, p: place(f, p, first=True), "first turn, then move"),
        (lambda f, p: place(f, p, order=1), "inside out"),
        (lambda f, p: place(f, p, unit=float), "in degrees"),
        (lambda f, p: place(f, p, way=0), "turns are missing"),
        (lambda f, p: place(f[-1:], p), "innermost layer"),
        (lambda f, p: np.zeros(2), "not (0.000, 0.000)"),
        (lambda f, p: ..., "not written yet"),
    ],
)
def test_place_names_the_mistake(answer, hint):
    assert check("scape-place", place).passed
    assert hint in check("scape-place", answer).hint


def least(need, length, ahead=True):
    ones = np.ones(length - 1)
    padded = np.append(need, ones) if ahead else np.append(ones, need)
    return np.lib.stride_tricks.sliding_window_view(padded, length).min(axis=1)


def mean(gain, length, ahead=False):
    ones = np.ones(length - 1)
    padded = np.append(gain, ones) if ahead else np.append(ones, gain)
    return np.lib.stride_tricks.sliding_window_view(padded, length).mean(axis=1)


def slow(need, length):
    found = np.array(
        [
            np.mean(
                [
                    need[max(0, m) : max(0, m + length)].min(initial=1.0)
                    for m in range(n - length + 1, n + 1)
                ]
            )
            for n in range(len(need))
        ]
    )
    return found


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda g, n: g, "which jumps"),
        (lambda g, n: least(g, n), "still jumps"),
        (lambda g, n: least(g, n, False), "Look ahead"),
        (lambda g, n: mean(g, n, True), "First the least"),
        (lambda g, n: mean(g, n), "when the peak is over"),
        (lambda g, n: mean(least(g, n, False), n), "The least looks ahead"),
        (lambda g, n: mean(least(g, n), n, True), "on its way up"),
        (lambda g, n: mean(least(g, n), n), "at the beginning"),
        (lambda g, n: 0.4 * np.ones(len(g)), "lower than it has to be"),
        (lambda g, n: 0.45 * np.ones(len(g)), "a peak passes"),
        (lambda g, n: np.ones(3), "shape"),
        (lambda g, n: ..., "not written yet"),
    ],
)
def test_ceiling_names_the_mistake(answer, hint):
    assert check("scape-ceiling", slow).passed
    assert hint in check("scape-ceiling", answer).hint


def pitches(both, rate):
    x, half = both.sum(axis=0), rate // 2
    found = []
    for part in (x[:half], x[-half:]):
        spectrum = np.abs(np.fft.rfft(part * np.hanning(half), 16 * half))
        found.append(np.argmax(spectrum) * rate / (16 * half))
    return found


def speed(both, rate):
    first, last = pitches(both, rate)
    return 343 * (first - last) / (first + last)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda b, r: -speed(b, r), "larger first"),
        (lambda b, r: 343 * (pitches(b, r)[0] / pitches(b, r)[1] - 1), "ratio of both"),
        (lambda b, r: 343 * (1 - pitches(b, r)[1] / pitches(b, r)[0]), "ratio of both"),
        (lambda b, r: 2 * speed(b, r), "divide by their sum"),
        (lambda b, r: 3.6 * speed(b, r), "kilometres an hour"),
        (lambda b, r: 1.3 * speed(b, r), "many zeros"),
        (lambda b, r: ..., "not written yet"),
    ],
)
def test_doppler_names_the_mistake(answer, hint):
    assert check("scape-doppler", speed).passed
    assert hint in check("scape-doppler", answer).hint


def test_the_patients_are_found():
    for wanted, seed in PATIENTS.values():
        assert speed(siren(wanted, seed), RATE) == pytest.approx(wanted, abs=1)
