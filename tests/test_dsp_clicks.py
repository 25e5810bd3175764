"""Clicks: prediction, finding them in speech, and filling what they leave."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from aigc_edu import corpora, dsp
from aigc_edu.dsp.clicks import (
    _largest,
    declick,
    fill_gaps,
    find_clicks,
    prediction_filter,
    prediction_residue,
)
from aigc_edu.errors import InvalidValueError

RATE = 16_000
TRUE = np.array([1.0, -1.6, 1.1, -0.3])


def swinging(count=8000, seed=0):
    """A sound made by feedback from noise, whose best prediction is known."""
    return lfilter([1], TRUE, np.random.default_rng(seed).standard_normal(count))


@pytest.fixture(scope="module")
def speech():
    """Two seconds of the natural voice, at most 0.5."""
    x = np.asarray(corpora.load("sentences")[3].samples, float)[: 2 * RATE]
    return 0.5 * x / np.abs(x).max()


def with_clicks(x, count, seed=0):
    """Return a sound with clicks of one to seven samples, and where they are."""
    random = np.random.default_rng(seed)
    y, spoilt = x.copy(), np.zeros(len(x), bool)
    for place in random.choice(np.arange(400, len(x) - 400, 400), count, replace=False):
        length = random.integers(1, 8)
        y[place : place + length] += random.choice([-1, 1], length) * random.uniform(0.2, 0.5)
        spoilt[place : place + length] = True
    return y, spoilt


def error(x, y):
    return np.sum((x - y) ** 2)


# ---------------------------------------------------------------- prediction


def test_the_filter_that_made_a_sound_is_found():
    x = swinging(50_000)
    assert np.allclose(prediction_filter(x, 3), TRUE, atol=0.03)
    wider = prediction_filter(x, 6)
    assert np.allclose(wider[:4], TRUE, atol=0.04) and np.abs(wider[4:]).max() < 0.04


def test_no_other_filter_leaves_less():
    x = swinging(2000) * np.hanning(2001)[:-1]  # its edges are soft, as under the window
    a = prediction_filter(x, 3)
    shown = x * dsp.window("hann", len(x))
    least = np.sum(np.convolve(shown, a) ** 2)
    for k in (1, 2, 3):
        for step in (-0.01, 0.01):
            other = a.copy()
            other[k] += step
            assert np.sum(np.convolve(shown, other) ** 2) > least


def test_a_sine_is_foretold_and_silence_has_nothing_to_foretell():
    x = dsp.sine(440, 0.5, RATE)
    assert np.abs(prediction_residue(x, 8)[100:]).max() < 0.01
    assert np.array_equal(prediction_filter(np.zeros(50), 4), [1, 0, 0, 0, 0])
    assert not prediction_residue(np.zeros(500), 8).any()


def test_the_residue_is_that_of_each_blocks_filter():
    x, order, block = swinging(1000), 4, 300
    e = prediction_residue(x, order, block)
    a = prediction_filter(x[150:750], order)  # of the second block, and half of it on both sides
    by_hand = [sum(a[k] * x[t - k] for k in range(order + 1)) for t in range(300, 600)]
    assert np.allclose(e[300:600], by_hand)
    assert e[0] == pytest.approx(x[0])


def test_the_largest_of_the_next_ones_by_brute_force():
    e = np.random.default_rng(0).random(40)
    for first, size in ((-7, 5), (2, 8), (-4, 9), (3, 1), (-20, 20), (1, 30), (0, 4)):
        wanted = [
            max((e[t + k] for k in range(first, first + size) if 0 <= t + k < 40), default=0)
            for t in range(40)
        ]
        assert np.array_equal(_largest(e, first, size), wanted)


# ---------------------------------------------------------------- finding and filling


def test_clicks_in_speech_are_found_and_the_voices_pulses_are_not(speech):
    assert find_clicks(speech, RATE).mean() < 0.001
    found, there = 0, 0
    for seed in range(3):
        y, spoilt = with_clicks(speech, 12, seed)
        mended = declick(y, RATE) != y
        starts = np.flatnonzero(np.diff(spoilt.astype(int)) == 1) + 1
        found, there = found + mended[starts].sum(), there + len(starts)
        assert error(speech, declick(y, RATE)) < error(speech, y) / 5
        assert mended.mean() < 0.04
    assert found >= 0.9 * there


def test_gaps_are_filled_far_better_than_by_lines(speech):
    y, spoilt = with_clicks(speech, 12)
    y[spoilt] = 0
    places = np.arange(len(y))
    lines = np.interp(places, places[~spoilt], y[~spoilt])
    filled = fill_gaps(y, spoilt)
    assert np.array_equal(filled[~spoilt], y[~spoilt])
    assert error(speech, filled) < error(speech, lines) / 3
    assert error(speech, lines) < error(speech, y)


def test_what_is_missing_does_not_matter(speech):
    _, spoilt = with_clicks(speech, 8)
    one, other = speech.copy(), speech.copy()
    one[spoilt], other[spoilt] = 0, 100
    assert np.allclose(fill_gaps(one, spoilt), fill_gaps(other, spoilt))


def test_a_pure_tone_comes_back_nearly_whole():
    x = dsp.sine(440, 0.5, RATE)
    missing = np.zeros(len(x), bool)
    missing[3000:3040] = missing[:3] = missing[-2:] = True  # more than a period, and both ends
    y = fill_gaps(np.where(missing, 0, x), missing, order=8)
    assert np.abs(y - x)[3000:3040].max() < 0.05
    assert np.abs(y - x).max() < 0.3


def test_where_nothing_is_wrong_nothing_changes(speech):
    smooth = dsp.sine(200, 0.3, RATE)
    assert np.array_equal(declick(smooth, RATE), smooth)
    assert np.array_equal(fill_gaps(speech, np.zeros(len(speech), bool)), speech)
    assert not find_clicks(np.zeros(3000), RATE).any()


@pytest.mark.parametrize(
    ("act", "complaint"),
    [
        (lambda: prediction_filter(np.ones(5), 5), "more than 5 samples"),
        (lambda: prediction_filter(np.ones(5), 0), "order"),
        (lambda: prediction_residue(np.ones(20)), "needs 33 samples"),
        (lambda: find_clicks(np.ones(200), RATE, threshold=1), "threshold must be above 1"),
        (lambda: find_clicks(np.ones(200), RATE, period=0), "period"),
        (lambda: fill_gaps(np.ones(200), np.zeros(200)), "must be bool"),
        (lambda: fill_gaps(np.ones(200), np.zeros(2, bool)), "must be bool"),
        (lambda: fill_gaps(np.ones(200), np.ones(200, bool)), "all samples are missing"),
        (lambda: declick(np.full(200, np.nan), RATE), "NaN"),
    ],
)
def test_bad_input_is_named(act, complaint):
    with pytest.raises(InvalidValueError, match=complaint):
        act()
