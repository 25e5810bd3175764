"""The checks of the chapter Close to the ear name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu.checks.product.close_to_the_ear import PATIENTS, RATE, heard_from
from aigc_edu.dsp.effects.weather import drops_in_air, falling_speed
from aigc_edu.dsp.head import RADIUS, time_difference
from aigc_edu.teaching import check

UNIT = RADIUS / 343


def sooner(azimuth):
    theta = np.arcsin(np.sin(np.radians(azimuth)))
    return UNIT * (theta + np.sin(theta))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda a: UNIT * (a + np.sin(a)), "no radians"),
        (lambda a: UNIT * (np.radians(a) + np.sin(a)), "sine got degrees"),
        (lambda a: -sooner(a), "other way round"),
        (lambda a: UNIT * (np.radians(a) + np.sin(np.radians(a))), "mirror image"),
        (lambda a: 2 * UNIT * np.sin(np.radians(a)), "through the head"),
        (lambda a: UNIT * np.radians(a), "round the head alone"),
        (lambda a: UNIT * np.sin(np.radians(a)), "straight part alone"),
        (lambda a: 343 * sooner(a), "in metres"),
        (lambda a: 1000 * sooner(a), "milliseconds"),
        (lambda a: abs(sooner(a)), "has a sign"),
        (lambda a: 0.0001, "not 100"),
        (lambda a: ..., "not written yet"),
    ],
)
def test_time_names_the_mistake(answer, hint):
    assert check("ear-time", sooner).passed
    assert hint in check("ear-time", answer).hint


def lag(both, rate, highs=True):
    left, right = np.diff(both, axis=1) if highs else both
    size = 1 << (2 * len(left)).bit_length()
    together = np.fft.irfft(np.fft.rfft(left, size) * np.fft.rfft(right, size).conj(), size)
    most = int(0.0008 * rate)
    lags = np.arange(-most, most + 1)
    return lags[np.argmax(together[lags])]


def where(both, rate, highs=True):
    grid = np.linspace(-90, 90, 361)
    return grid[np.argmin(np.abs(time_difference(grid) - lag(both, rate, highs) / rate))]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda b, r: -where(b, r), "other side"),
        (lambda b, r: np.radians(where(b, r)), "are radians"),
        (lambda b, r: lag(b, r), "are samples"),
        (lambda b, r: lag(b, r) / r, "are seconds"),
        (
            lambda b, r: np.degrees(np.arcsin(np.clip(lag(b, r) / r / UNIT / 2, -1, 1))),
            "through the head",
        ),
        (lambda b, r: 1.5 * where(b, r), "np.diff of both ears"),
        (lambda b, r: ..., "not written yet"),
    ],
)
def test_where_names_the_mistake(answer, hint):
    assert check("ear-where", where).passed
    assert hint in check("ear-where", answer).hint


def test_the_patients_are_found_by_the_highs_and_missed_by_the_lows():
    for azimuth, seed in PATIENTS.values():
        assert abs(where(heard_from(azimuth, seed), RATE) - azimuth) <= 6
    far = heard_from(75.0, 2)
    assert abs(where(far, RATE, highs=False) - 75) > 6


def drops(rain, low, high, area, fall=falling_speed, held=drops_in_air, weight=1.0):
    d = np.linspace(low, high, 1001)
    return area * np.sum(held(d, rain) * fall(d) * weight) * (d[1] - d[0])


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *a: drops(*a, fall=np.ones_like), "hang in"),
        (lambda r, lo, hi, a: drops(r, lo, hi, 1.0), "area is missing"),
        (lambda *a: drops(*a, held=lambda d, r: 8000 * np.exp(-4.1 * r**0.21 * d)), "-0.21"),
        (lambda *a: drops(*a, held=lambda d, r: 8000 * np.exp(-4.1 * d)), "R in Lambda"),
        (
            lambda r, lo, hi, a: drops(
                r, lo, hi, a, weight=np.pi / 6 * np.linspace(lo, hi, 1001) ** 3
            ),
            "volume",
        ),
        (
            lambda r, lo, hi, a: a * (hi - lo) * drops_in_air(lo, r) * falling_speed(lo),
            "thin slices",
        ),
        (lambda *a: 17.0, "not 17"),
        (lambda *a: ..., "not written yet"),
    ],
)
def test_rain_names_the_mistake(answer, hint):
    assert check("ear-rain", drops).passed
    assert hint in check("ear-rain", answer).hint


def test_rain_knows_metres():
    def metres(rain, low, high, area):
        d = np.linspace(low, high, 1001)
        held = 8000 * np.exp(-4.1 * rain**-0.21 * d / 1000)
        return area * np.sum(held * np.abs(9.65 - 10.3 * np.exp(-0.6 * d / 1000))) * (d[1] - d[0])

    assert "in mm, not in metres" in check("ear-rain", metres).hint


def moments(e):
    mean, size = e.mean(axis=1), e.std(axis=1)
    return mean, (size / mean) ** 2, np.mean(((e.T - mean) / size) ** 3, axis=0)


def changed(place, change):
    def answer(e):
        found = list(moments(e))
        found[place] = change(e, *found)
        return tuple(found)

    return answer


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (changed(0, lambda e, *_: e.mean(axis=0)), "over the bands"),
        (changed(0, lambda e, *_: e.mean()), "one number for each"),
        (changed(0, lambda e, *_: np.median(e, axis=1)), "median"),
        (changed(1, lambda e, *_: e.var(axis=1)), "that is the variance"),
        (changed(1, lambda e, m, v, s: np.sqrt(v)), "square it"),
        (changed(1, lambda e, m, v, s: v * m), "*squared* mean"),
        (changed(1, lambda e, m, v, s: v * 90 / 89), "by M, not by M - 1"),
        (changed(2, lambda e, *_: np.mean((e.T - e.mean(1)) ** 3, axis=0)), "before the third"),
        (changed(2, lambda e, *_: np.mean((e.T / e.std(1)) ** 3, axis=0)), "mean off first"),
        (
            changed(2, lambda e, *_: np.mean(((e.T - e.mean(1)) / e.std(1)) ** 4, axis=0)),
            "kurtosis",
        ),
        (
            changed(2, lambda e, *_: np.mean(((e.T - e.mean(1)) / e.var(1)) ** 3, axis=0)),
            "instead of its root",
        ),
        (changed(2, lambda e, m, v, s: s * (89 / 90) ** 1.5), "by M, not by M - 1"),
        (changed(1, lambda e, m, v, s: v + 1), "of the first band"),
        (lambda e: moments(e)[0], "three things"),
        (lambda e: (..., ..., ...), "not written yet"),
    ],
)
def test_moments_names_the_mistake(answer, hint):
    assert check("ear-moments", moments).passed
    assert hint in check("ear-moments", answer).hint
