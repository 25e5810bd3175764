"""Loops: the best place is found, the power kept, and a bad joint caught."""

import numpy as np
import pytest

from aigc_edu.audio.loops import (
    THRESHOLD,
    Loop,
    click_level,
    clicks,
    fade_gains,
    find_loop,
    make_loop,
)
from aigc_edu.errors import InvalidValueError

RATE = 8000
t = np.arange(4 * RATE) / RATE


def periodic(seconds=4, period=1.3):
    """Return unrelated noise that comes again after so many seconds."""
    one = np.random.default_rng(2).standard_normal(round(period * RATE))
    return 0.1 * np.resize(one, round(seconds * RATE))


def test_what_repeats_is_joined_a_period_on():
    loop = find_loop(periodic(), RATE, 1.0, 1.6)
    assert loop.stop - loop.start == round(1.3 * RATE) and loop.likeness == pytest.approx(1)
    y = make_loop(periodic(), loop)
    twice = np.concatenate([y, y, y])
    assert np.allclose(twice, np.resize(periodic()[loop.start : loop.stop], len(twice)))


def test_the_likeness_is_one_minus_the_difference():
    x = np.random.default_rng(0).standard_normal(3 * RATE)
    start, stop, fade, likeness = find_loop(x, RATE, 1.0)
    a, b = x[stop : stop + fade], x[start : start + fade]
    by_hand = 1 - np.sum((a - b) ** 2) / (np.sum(a**2) + np.sum(b**2))
    assert likeness == pytest.approx(by_hand)
    others = [x[e : e + fade] for e in range(start + RATE, len(x) - fade, 37)]
    most = max(2 * b @ o / (b @ b + o @ o) for o in others)
    assert likeness >= most - 1e-9


def test_unequal_levels_are_unlike():
    x = np.sin(2 * np.pi * 200 * t) * np.where(t < 2, 0.1, 0.8)
    loop = find_loop(x, RATE, 1.0)
    assert loop.likeness > 0.99
    assert (loop.start < 2 * RATE) == (loop.stop < 2 * RATE)


@pytest.mark.parametrize("likeness", [0.0, 0.4, 1.0])
def test_the_gains_keep_the_power(likeness):
    out, into = fade_gains(500, likeness)
    assert np.allclose(out**2 + into**2 + 2 * likeness * out * into, 1)
    assert np.allclose(out, into[::-1]) and out[0] > 0.99 and out[-1] < 0.01
    if likeness == 1:
        assert np.allclose(out + into, 1), "equal stretches: equal gain"


def test_a_noise_keeps_its_level_over_the_joint():
    levels = []
    for seed in range(40):
        x = np.random.default_rng(seed).standard_normal(RATE)
        y = make_loop(x, Loop(0, 6000, 2000, 0.0))
        levels.append([np.mean(y[500:1500] ** 2), np.mean(y[3000:] ** 2)])
    middle, rest = np.mean(levels, axis=0)
    assert 10 * np.log10(middle / rest) == pytest.approx(0, abs=0.25)


def test_a_bad_loop_of_a_tone_is_caught_and_a_good_one_passes():
    x = 0.5 * np.sin(2 * np.pi * 210 * t) + 0.2 * np.sin(2 * np.pi * 630 * t)
    bad = x[: 2 * RATE + 11]
    assert clicks(bad, 0, RATE) and click_level(bad, 0, RATE) > 25
    good = make_loop(x, find_loop(x, RATE, 1.0))
    assert not clicks(good, 0, RATE) and click_level(good, 0, RATE) < 3


def test_a_place_that_is_no_joint_hardly_ever_clicks():
    x = np.random.default_rng(1).standard_normal(3 * RATE)
    found = [click_level(x, place, RATE) for place in range(0, len(x), 61)]
    assert max(found) < 4 < THRESHOLD and np.mean(found) < 0


def test_a_click_hides_in_a_noise_and_stands_out_of_a_tone():
    step = np.where(np.arange(len(t)) < 2 * RATE, 0.05, -0.05)
    tone, noise = np.sin(2 * np.pi * 210 * t), np.random.default_rng(3).standard_normal(len(t))
    assert clicks(0.5 * tone + step, 2 * RATE, RATE)
    assert not clicks(0.1 * noise + step, 2 * RATE, RATE)


def test_both_channels_are_cut_alike():
    x = np.stack([periodic(), 0.5 * np.roll(periodic(), 333)])
    loop = find_loop(x, RATE, 1.0, 1.6)
    y = make_loop(x, loop)
    assert y.shape == (2, round(1.3 * RATE)) and not clicks(y, 0, RATE)
    assert np.allclose(make_loop(x[0], loop), y[0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: find_loop(periodic(), RATE, 5.0), "hold no loop of 5 s"),
        (lambda: find_loop(periodic(), RATE, 0.05), "as long as the crossfade"),
        (lambda: find_loop(np.zeros(RATE * 2), RATE, 1.0), "silent"),
        (lambda: find_loop(periodic(), RATE, 1.0, overlap=0), "overlap"),
        (lambda: find_loop(periodic(), RATE, float("nan")), "shortest"),
        (lambda: make_loop(periodic(), Loop(0, 40_000, 100, 0.0)), "outside"),
        (lambda: click_level(np.ones(10), 0, RATE), "too few"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()
