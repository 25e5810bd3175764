"""The checks of the chapter Dubbing name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu.checks.product.dubbing import PATIENTS, RATE, WAYS, shortened
from aigc_edu.dsp import pitch_track
from aigc_edu.teaching import check


def plan(natural, most, faster, stretch):
    speed = min(max(natural / most, 1.0), faster)
    left = natural / speed
    squeeze = max(min(most / left, 1.0), 1 / stretch)
    return speed, squeeze, max(0.0, left * squeeze - most)


def but(change):
    """Return a plan with a mistake in it: a function of speed, squeeze, over and the arguments."""
    return lambda n, m, f, s: change(*plan(n, m, f, s), n, m, f, s)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda n, m, f, s: (n / m, 1, 0), "change nothing"),
        (
            lambda n, m, f, s: (
                *plan(n, m, f, s)[:2],
                plan(n, m, f, s)[0] and n - m if n < m else 0.0,
            ),
            "no negative",
        ),
        (lambda n, m, f, s: (max(1, n / m), 1, 0), "only so much faster"),
        (but(lambda v, q, o, n, m, f, s: (1 / v, q, o)), "above 1 is faster"),
        (but(lambda v, q, o, n, m, f, s: (v, 1 / q, o)), "below 1 is shorter"),
        (but(lambda v, q, o, n, m, f, s: (v, 1, max(0, n / v - m))), "may be squeezed, too"),
        (but(lambda v, q, o, n, m, f, s: (v, min(1, m * v / n), 0)), "1 / stretch at least"),
        (
            but(lambda v, q, o, n, m, f, s: (v, min(1, max(m / n, 1 / s)), o)),
            "what the voice has left",
        ),
        (
            but(
                lambda v, q, o, n, m, f, s: (
                    min(max(n / s / m, 1), f),
                    min(1, max(m / n, 1 / s)),
                    o,
                )
            ),
            "the voice first",
        ),
        (but(lambda v, q, o, n, m, f, s: (v, q, max(0, n - m))), "what is left after both"),
        (but(lambda v, q, o, n, m, f, s: (v, q, n / v * q / m if o else 0)), "not a share"),
        (but(lambda v, q, o, n, m, f, s: (v, q, 0)), "has to be told"),
        (lambda n, m, f, s: (9, 9, 9), "it should be"),
        (lambda n, m, f, s: ..., "not written yet"),
    ],
)
def test_plan_names_the_mistake(answer, hint):
    assert check("dub-plan", plan).passed
    assert hint in check("dub-plan", answer).hint


def alike(goal, x, places):
    return min(places, key=lambda k: np.sum((x[k : k + len(goal)] - goal) ** 2))


def by(score):
    return lambda goal, x, places: min(places, key=lambda k: score(x[k : k + len(goal)], goal))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (by(lambda a, b: -a @ b), "where x is loud"),
        (by(lambda a, b: -np.sum((a - b) ** 2)), "differ most"),
        (by(lambda a, b: abs(np.sum(a - b))), "cancel each other"),
        (by(lambda a, b: abs(a[0] - b[0])), "one sample doesn't tell"),
        (lambda g, x, places: places.index(alike(g, x, places)), "number of the place"),
        (lambda g, x, places: 7, "one of the places"),
        (lambda g, x, places: ..., "not written yet"),
    ],
)
def test_alike_names_the_mistake(answer, hint):
    assert check("dub-alike", alike).passed
    assert check("dub-alike", by(lambda a, b: -a @ b / np.sqrt(a @ a))).passed
    assert hint in check("dub-alike", answer).hint


def way(x, y):
    if len(y) > 0.98 * len(x):
        return "none"
    if np.allclose(x[: len(y)], y, atol=1e-3):
        return "cut"
    pitch = np.nanmedian(pitch_track(y, RATE)[:2400]) / np.nanmedian(pitch_track(x, RATE)[:2400])
    return "tape" if pitch > 1.05 else "overlap"


@pytest.mark.parametrize("name", WAYS)
def test_way_names_the_mistake(name):
    def wrong(x, y):
        found = way(x, y)
        return next(w for w in WAYS if w != name) if found == name else found

    assert f"where it was {name!r}" in check("dub-way", wrong).hint


def test_ways_are_found_by_measuring():
    assert check("dub-way", way).passed
    assert {k: way(*pair) for k, pair in PATIENTS.items()} == {
        "A": "tape",
        "B": "overlap",
        "C": "cut",
    }
    assert "return one of" in check("dub-way", lambda x, y: "fast").hint
    assert "not written yet" in check("dub-way", lambda x, y: ...).hint
    x, y = shortened("overlap", 0.8)
    assert len(y) == round(0.8 * len(x))


def gain(clips, wanted, ceiling):
    return min(wanted, ceiling / max(np.abs(c).max() for c in clips))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda c, g, t: g, "nothing may pass"),
        (lambda c, g, t: min(g, t / max(x.max() for x in c)), "peaks go down"),
        (lambda c, g, t: t / max(np.abs(x).max() for x in c), "only ever lowered"),
        (lambda c, g, t: min(g, t / np.abs(c[0]).max()), "not the first clip's"),
        (lambda c, g, t: min(g, t / min(np.abs(x).max() for x in c)), "softest one's"),
        (lambda c, g, t: min(g, t / np.mean([np.abs(x).max() for x in c])), "not the mean"),
        (lambda c, g, t: min(g, 1 / max(np.abs(x).max() for x in c)), "not 1"),
        (lambda c, g, t: 0.123, "not 0.1230"),
        (lambda c, g, t: ..., "not written yet"),
    ],
)
def test_gain_names_the_mistake(answer, hint):
    assert check("dub-gain", gain).passed
    assert hint in check("dub-gain", answer).hint
